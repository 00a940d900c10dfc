import { askHostKey, decideHostKey, type EnrolmentView, type KeyRequestView } from '@huabiao/domains/enrolment/enrolment.contract'
import { fingerprintForm } from '@huabiao/domains/enrolment/enrolment.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { HeldReason, ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Facts } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextArea, TextField } from '@huabiao/ui/primitives/Field'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { toast } from '@huabiao/ui/primitives/toast'
import { useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { enrolmentWords } from './enrolment-words.ts'

const tones = { asked: 'wait', confirmed: 'good', refused: 'neutral' } as const

export function KeyRequests({ view }: { view: EnrolmentView }) {
  const w = useWords(enrolmentWords)
  if (view.keyRequests.length === 0) return null
  return (
    <section className="stack gap-12" aria-label={w.keyTitle}>
      <h3>{w.keyTitle}</h3>
      <p className="muted small">{w.keyText}</p>
      {view.keyRequests.map((request) => (
        <KeyRequest key={request.id} request={request} />
      ))}
    </section>
  )
}

function KeyRequest({ request }: { request: KeyRequestView }) {
  const w = useWords(enrolmentWords)
  const format = useFormat()
  return (
    <div className="stack gap-8">
      <Facts
        columns={2}
        items={[
          { label: w.state, value: <StatusTag tone={tones[request.state]}>{w.keyState[request.state]}</StatusTag> },
          { label: w.reason, value: request.reason },
          { label: w.asked, value: `${request.askedBy} ${format.dateTime(request.askedAt)}` },
          {
            label: w.decided,
            value: request.decidedAt ? `${request.decidedBy} ${format.dateTime(request.decidedAt)}` : '',
          },
          // Until both have read it, the second reads it at the console and not here.
          ...(request.state === 'confirmed'
            ? [{ label: w.newKey, value: <code className="wrap">{request.newSha256}</code> }]
            : []),
        ]}
      />
      {request.state === 'asked' ? <Decide request={request} /> : null}
    </div>
  )
}

function Decide({ request }: { request: KeyRequestView }) {
  const w = useWords(enrolmentWords)
  const can = useCan()
  const [typed, setTyped] = useState('')
  const decide = useAct(decideHostKey, { onDone: () => toast(w.done) })
  if (request.decideRefusal) return <HeldReason code={request.decideRefusal} />
  if (!can('enrolment:confirm-key')) return null
  const params = { requestId: request.id }
  return (
    <div className="stack gap-8">
      {decide.error ? <ProblemNote error={decide.error} compact /> : null}
      <TextField label={w.newKey} value={typed} onChange={setTyped} mono spellCheck={false} maxLength={60} hint={w.readAgain} />
      <div className="row gap-8">
        <Button tone="danger" busy={decide.isPending} onClick={() => decide.mutate({ params, body: { verdict: 'refuse' } })}>
          {w.refuse}
        </Button>
        <Button
          tone="primary"
          busy={decide.isPending}
          disabledReason={fingerprintForm.test(typed.trim()) ? undefined : w.keyHint}
          onClick={() => decide.mutate({ params, body: { verdict: 'confirm', hostKeySha256: typed.trim() } })}
        >
          {w.confirm}
        </Button>
      </div>
    </div>
  )
}

export function AskKeyDialog({ targetId, onClose }: { targetId: string; onClose: () => void }) {
  const w = useWords(enrolmentWords)
  const [typed, setTyped] = useState('')
  const [reason, setReason] = useState('')
  const ask = useAct(askHostKey, {
    onDone: () => {
      toast(w.done)
      onClose()
    },
  })
  const body = { hostKeySha256: typed.trim(), reason }
  const ready = askHostKey.body.safeParse(body).success
  return (
    <Dialog
      title={w.keyTitle}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button
            tone="primary"
            busy={ask.isPending}
            disabledReason={ready ? undefined : w.keyHint}
            onClick={() => ask.mutate({ params: { targetId }, body })}
          >
            {w.askKey}
          </Button>
        </>
      }
    >
      <div className="stack gap-16">
        {ask.error ? <ProblemNote error={ask.error} compact /> : null}
        <p className="muted">{w.keyText}</p>
        <TextField
          label={w.newKey}
          value={typed}
          onChange={setTyped}
          required
          mono
          spellCheck={false}
          maxLength={60}
          hint={w.keyHint}
        />
        <TextArea label={w.reason} value={reason} onChange={setReason} required maxLength={500} rows={3} hint={w.reasonHint} />
      </div>
    </Dialog>
  )
}
