import {
  answerViolation,
  appealViolation,
  decideViolation,
  reviewViolation,
  type ViolationDetail,
} from '@huabiao/domains/violation/violation.contract'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote, RefusalHint } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { Button } from '@huabiao/ui/primitives/Button'
import { TextArea } from '@huabiao/ui/primitives/Field'
import { toast } from '@huabiao/ui/primitives/toast'
import { type ReactNode, useState } from 'react'
import { useAct } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { todoOf } from './violation-tones.ts'
import { violationWords } from './violation-words.ts'

/** The one thing the reader may do now; or, to whom it is their duty, why not. */
export function ActCard({ of }: { of: ViolationDetail }) {
  const todo = todoOf(of)
  const can = useCan()
  const me = useMe()
  const w = useWords(violationWords)
  if (todo === 'answer') return <Answer of={of} />
  if (todo === 'decide') return <Decide of={of} />
  if (todo === 'review') return <Review of={of} />
  if (todo === 'appeal') return <Appeal of={of} />
  if (of.state === 'closed') return null
  const why = of.state === 'appealed' ? of.acts.review : of.acts.decide
  const duty = can('violation:decide') && of.state !== 'confirmed'
  if (!why || !(duty || of.person?.id === me.person.id) || (of.state === 'confirmed' && of.person?.id === me.person.id))
    return null
  return (
    <Card title={of.state === 'appealed' ? w.yourReview : w.yourDecision}>
      <RefusalHint code={why} />
    </Card>
  )
}

/** A text, and what may be said with it. */
function Form(props: {
  title: string
  hint: string
  error: unknown
  maxLength?: number
  buttons: (text: string, missing: string | undefined) => ReactNode
}) {
  const w = useWords(violationWords)
  const [text, setText] = useState('')
  return (
    <Card title={props.title} className="violation-act">
      <div className="stack gap-12">
        {props.error ? <ProblemNote error={props.error} compact /> : null}
        <TextArea label={props.title} hideLabel value={text} onChange={setText} hint={props.hint} maxLength={4000} />
        <div className="row gap-8">{props.buttons(text.trim(), text.trim() ? undefined : w.reasonMissing)}</div>
      </div>
    </Card>
  )
}

function Answer({ of }: { of: ViolationDetail }) {
  const w = useWords(violationWords)
  const act = useAct(answerViolation, { onDone: () => toast(w.done) })
  return (
    <Form
      title={w.yourAnswer}
      hint={w.answerHint}
      error={act.error}
      buttons={(text, missing) => (
        <Button
          tone="primary"
          busy={act.isPending}
          disabledReason={missing}
          onClick={() => act.mutate({ params: { violationId: of.id }, body: { text } })}
        >
          {w.sendAnswer}
        </Button>
      )}
    />
  )
}

function Decide({ of }: { of: ViolationDetail }) {
  const w = useWords(violationWords)
  const act = useAct(decideViolation, { onDone: () => toast(w.done) })
  const say = (verdict: 'confirm' | 'dismiss', reason: string) =>
    act.mutate({ params: { violationId: of.id }, body: { verdict, reason } })
  return (
    <Form
      title={w.yourDecision}
      hint={w.decisionHint}
      error={act.error}
      buttons={(text, missing) => (
        <>
          <Button tone="danger-solid" busy={act.isPending} disabledReason={missing} onClick={() => say('confirm', text)}>
            {w.confirm}
          </Button>
          <Button disabledReason={missing} onClick={() => say('dismiss', text)}>
            {w.dismiss}
          </Button>
        </>
      )}
    />
  )
}

function Review({ of }: { of: ViolationDetail }) {
  const w = useWords(violationWords)
  const act = useAct(reviewViolation, { onDone: () => toast(w.done) })
  const say = (verdict: 'uphold' | 'overturn', reason: string) =>
    act.mutate({ params: { violationId: of.id }, body: { verdict, reason } })
  return (
    <Form
      title={w.yourReview}
      hint={w.reviewHint}
      error={act.error}
      buttons={(text, missing) => (
        <>
          <Button tone="primary" busy={act.isPending} disabledReason={missing} onClick={() => say('uphold', text)}>
            {w.uphold}
          </Button>
          <Button disabledReason={missing} onClick={() => say('overturn', text)}>
            {w.overturn}
          </Button>
        </>
      )}
    />
  )
}

function Appeal({ of }: { of: ViolationDetail }) {
  const w = useWords(violationWords)
  const act = useAct(appealViolation, { onDone: () => toast(w.done) })
  return (
    <Form
      title={w.yourAppeal}
      hint={w.appealHint}
      error={act.error}
      buttons={(text, missing) => (
        <Button
          tone="primary"
          busy={act.isPending}
          disabledReason={missing}
          onClick={() => act.mutate({ params: { violationId: of.id }, body: { reason: text } })}
        >
          {w.sendAppeal}
        </Button>
      )}
    />
  )
}
