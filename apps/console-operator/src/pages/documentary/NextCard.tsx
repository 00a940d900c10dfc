import {
  closeDocumentary,
  type DocumentaryDetail,
  decideDocumentary,
  effectDocumentary,
  fileDocumentary,
  reviewDocumentary,
  signDocumentary,
  takeUpDocumentary,
} from '@huabiao/domains/documentary/documentary.contract'
import type { DocumentaryAct, DocumentaryState } from '@huabiao/domains/documentary/documentary.model'
import { useWords } from '@huabiao/ui/i18n/language'
import { HeldReason, ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { documentaryWords } from './documentary-words.ts'

type Next = Exclude<DocumentaryAct, 'save' | 'settle'>
/** The act that leads on from each state. */
const nextAct: Readonly<Partial<Record<DocumentaryState, Next>>> = {
  drafted: 'review',
  legal_reviewed: 'sign',
  provider_signed: 'takeUp',
  mu_reviewing: 'decide',
  mu_approved: 'effect',
  effective: 'file',
  evidence_filed: 'close',
}

/** The one step that is due, for whoever may take it; otherwise why they may not. */
export function NextCard({ found }: { found: DocumentaryDetail }) {
  const w = useWords(documentaryWords)
  const act = nextAct[found.state]
  const refusal = found.acts.find((one) => one.act === act)?.refusal
  if (!act) return null
  return (
    <Card title={`${w.next} · ${w.acts[act]}`}>
      {refusal === 'access.denied' || refusal === 'documentary.not_found' ? (
        <p className="muted">{w.nothing}</p>
      ) : refusal ? (
        <HeldReason code={refusal} />
      ) : (
        <Act key={act} found={found} act={act} />
      )}
    </Card>
  )
}

function useActs(onDone: () => void) {
  const on = { onDone }
  return {
    review: useAct(reviewDocumentary, on),
    sign: useAct(signDocumentary, on),
    takeUp: useAct(takeUpDocumentary, on),
    decide: useAct(decideDocumentary, on),
    effect: useAct(effectDocumentary, on),
    file: useAct(fileDocumentary, on),
    close: useAct(closeDocumentary, on),
  }
}

function Act({ found, act }: { found: DocumentaryDetail; act: Next }) {
  const w = useWords(documentaryWords)
  const [note, setNote] = useState('')
  const acts = useActs(() => toast(w.saved))
  const params = { documentaryId: found.id }
  const hash = found.hash ?? ''
  const why = note.trim() === '' ? w.noteHint : undefined
  const busy = Object.values(acts).some((one) => one.isPending)
  const error = Object.values(acts).find((one) => one.error)?.error
  const send = (verdict: 'approve' | 'reject' = 'approve') => {
    if (act === 'sign') acts.sign.mutate({ params, body: { hash, note } })
    else if (act === 'decide') acts.decide.mutate({ params, body: { hash, verdict, note } })
    else acts[act].mutate({ params, body: { note } })
  }
  return (
    <div className="stack gap-8">
      {error ? <ProblemNote error={error} compact /> : null}
      <TextArea label={w.note} value={note} onChange={setNote} required maxLength={4000} rows={2} />
      <div className="row gap-8">
        <Button tone="primary" busy={busy} disabledReason={why} onClick={() => send()}>
          {act === 'decide' ? w.approve : w.acts[act]}
        </Button>
        {act === 'decide' ? (
          <Button tone="danger" busy={busy} disabledReason={why} onClick={() => send('reject')}>
            {w.reject}
          </Button>
        ) : null}
      </div>
    </div>
  )
}
