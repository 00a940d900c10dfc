import {
  allowEmergency,
  approveFiling,
  closeEmergency,
  confirmEmergency,
  countersignFiling,
  type EmergencyDetail,
  refuseEmergency,
  rejectFiling,
  renewEmergency,
} from '@huabiao/domains/emergency/emergency.contract'
import { type Rejection, rejections } from '@huabiao/domains/emergency/emergency-filing.model'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { HeldReason, ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { toast } from '@huabiao/ui/primitives/toast'
import { type ReactNode, useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan } from '../../api/me.tsx'
import { todoOf } from './emergency-tones.ts'
import { emergencyWords } from './emergency-words.ts'

type Of = { of: EmergencyDetail }

/** The one thing the reader may do now; to whom it is a duty, why not yet; to everybody, what is waited for. */
export function ActCard({ of }: Of) {
  const w = useWords(emergencyWords)
  const can = useCan()
  const format = useFormat()
  const todo = todoOf(of)
  if (todo === 'confirm') return <Confirm of={of} />
  if (todo === 'allow') return <Keys of={of} />
  if (todo === 'renew') return <Renew of={of} />
  if (todo === 'countersign') return <Countersign of={of} />
  if (todo === 'approve') return <Decide of={of} />
  if (todo === 'close') return <Review of={of} />
  // Whoever writes the filing has it before their eyes.
  if (of.state === 'closed' || of.state === 'refused' || (todo === 'file' && of.state !== 'violation')) return null
  const duty =
    of.state === 'invoked' && can('emergency:custody')
      ? of.acts.allow
      : of.state === 'retro_filed' && can('emergency:decide')
        ? of.acts.approve
        : null
  const state = of.state === 'invoked' && of.confirmedAt ? 'confirmed' : of.state
  return (
    <Card>
      <div className="stack gap-12">
        <p>
          {state === 'retro_filed' && of.wanted.length > 0
            ? w.waitParts(format.list(of.wanted.map((part) => w.parts[part])))
            : w.waitFor[state]}
        </p>
        {duty ? <HeldReason code={duty} /> : null}
      </div>
    </Card>
  )
}

function Turn(props: { text: string; error: unknown; children?: ReactNode; buttons: ReactNode }) {
  const w = useWords(emergencyWords)
  return (
    <Card title={w.yourTurn} className="emergency-act">
      <div className="stack gap-12">
        <p>{props.text}</p>
        {props.error ? <ProblemNote error={props.error} compact /> : null}
        {props.children}
        <div className="row gap-8">{props.buttons}</div>
      </div>
    </Card>
  )
}
const useDone = () => {
  const w = useWords(emergencyWords)
  return { onDone: () => toast(w.done) }
}

function Confirm({ of }: Of) {
  const w = useWords(emergencyWords)
  const act = useAct(confirmEmergency, useDone())
  return (
    <Turn
      text={w.confirmText}
      error={act.error}
      buttons={
        <Button
          tone="primary"
          icon="check"
          busy={act.isPending}
          onClick={() => act.mutate({ params: { emergencyId: of.id }, body: {} })}
        >
          {w.confirm}
        </Button>
      }
    />
  )
}
function Keys({ of }: Of) {
  const w = useWords(emergencyWords)
  const [note, setNote] = useState('')
  const allow = useAct(allowEmergency, useDone())
  const refuse = useAct(refuseEmergency, useDone())
  return (
    <Turn
      text={w.allowText}
      error={allow.error ?? refuse.error}
      buttons={
        <>
          <Button
            tone="danger-solid"
            icon="key"
            busy={allow.isPending}
            onClick={() => allow.mutate({ params: { emergencyId: of.id }, body: { note } })}
          >
            {w.allow}
          </Button>
          <Button
            busy={refuse.isPending}
            disabledReason={note.trim() ? undefined : w.refuseHint}
            onClick={() => refuse.mutate({ params: { emergencyId: of.id }, body: { reason: note.trim() } })}
          >
            {w.refuse}
          </Button>
        </>
      }
    >
      <TextArea label={w.note} value={note} onChange={setNote} rows={2} maxLength={500} />
    </Turn>
  )
}
function Renew({ of }: Of) {
  const w = useWords(emergencyWords)
  const [note, setNote] = useState('')
  const act = useAct(renewEmergency, useDone())
  return (
    <Turn
      text={w.renewText}
      error={act.error}
      buttons={
        <Button
          tone="danger-solid"
          icon="key"
          busy={act.isPending}
          onClick={() => act.mutate({ params: { emergencyId: of.id }, body: { note } })}
        >
          {w.renew}
        </Button>
      }
    >
      <TextArea label={w.note} value={note} onChange={setNote} rows={2} maxLength={500} />
    </Turn>
  )
}
function Countersign({ of }: Of) {
  const w = useWords(emergencyWords)
  const act = useAct(countersignFiling, useDone())
  const version = of.filing?.version ?? 0
  return (
    <Turn
      text={w.countersignText}
      error={act.error}
      buttons={
        <Button
          tone="primary"
          icon="edit"
          busy={act.isPending}
          onClick={() => act.mutate({ params: { emergencyId: of.id }, body: { version } })}
        >
          {w.countersign}
        </Button>
      }
    />
  )
}
function Decide({ of }: Of) {
  const w = useWords(emergencyWords)
  const [note, setNote] = useState('')
  const [because, setBecause] = useState<Rejection>('untrue')
  const [rejecting, setRejecting] = useState(false)
  const approve = useAct(approveFiling, useDone())
  const reject = useAct(rejectFiling, useDone())
  const version = of.filing?.version ?? 0
  const missing = note.trim() ? undefined : w.fill
  const params = { emergencyId: of.id }
  return (
    <Turn
      text={rejecting ? w.rejectText : w.approveText}
      error={approve.error ?? reject.error}
      buttons={
        rejecting ? (
          <>
            <Button
              tone="danger-solid"
              busy={reject.isPending}
              disabledReason={missing}
              onClick={() => reject.mutate({ params, body: { version, because, reason: note.trim() } })}
            >
              {w.reject}
            </Button>
            <Button onClick={() => setRejecting(false)}>{w.cancel}</Button>
          </>
        ) : (
          <>
            <Button
              tone="primary"
              icon="check"
              busy={approve.isPending}
              disabledReason={missing}
              onClick={() => approve.mutate({ params, body: { version, note: note.trim() } })}
            >
              {w.approve}
            </Button>
            <Button tone="danger" onClick={() => setRejecting(true)}>
              {w.reject}
            </Button>
          </>
        )
      }
    >
      {rejecting ? (
        <Segmented
          label={w.because}
          value={because}
          onChange={setBecause}
          options={(Object.keys(rejections) as Rejection[]).map((value) => ({ value, label: w.becauses[value] }))}
        />
      ) : null}
      <TextArea label={rejecting ? w.why : w.approveNote} value={note} onChange={setNote} rows={2} maxLength={500} required />
    </Turn>
  )
}
function Review({ of }: Of) {
  const w = useWords(emergencyWords)
  const [review, setReview] = useState('')
  const act = useAct(closeEmergency, useDone())
  return (
    <Turn
      text={w.waitFor.retro_approved}
      error={act.error}
      buttons={
        <Button
          tone="primary"
          icon="check"
          busy={act.isPending}
          disabledReason={review.trim() ? undefined : w.reviewHint}
          onClick={() => act.mutate({ params: { emergencyId: of.id }, body: { review: review.trim() } })}
        >
          {w.close}
        </Button>
      }
    >
      <TextArea label={w.review} value={review} onChange={setReview} rows={3} maxLength={4000} required hint={w.reviewHint} />
    </Turn>
  )
}
