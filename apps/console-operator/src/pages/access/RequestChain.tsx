import './access.css'
import type { PermissionRequestView } from '@huabiao/domains/access/access.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { accessWords } from './access-words.ts'
import { isOverdue } from './request-tones.ts'
import { requestWords } from './request-words.ts'

type Stage = PermissionRequestView['stages'][number]
const tones = { waiting: 'neutral', open: 'wait', approved: 'good', rejected: 'bad', voided: 'neutral' } as const

/** The four stages in their order: who decided and when, whose turn it is and since when, and who comes after. */
export function RequestChain({ stages }: { stages: readonly Stage[] }) {
  const w = useWords(accessWords)
  return (
    <ol className="chain">
      {stages.map((stage, index) => (
        <li key={stage.key}>
          <span className={`chain-mark ${stage.state}`} aria-hidden>
            {stage.state === 'approved' ? <Icon name="check" /> : stage.state === 'rejected' ? <Icon name="close" /> : index + 1}
          </span>
          <div className="stack gap-4">
            <span className="row gap-8">
              <span className="strong">{w.stages[stage.key] ?? stage.key}</span>
              <StatusTag tone={tones[stage.state]}>{w.stageStates[stage.state]}</StatusTag>
            </span>
            <StageLine stage={stage} />
          </div>
        </li>
      ))}
    </ol>
  )
}

function StageLine({ stage }: { stage: Stage }) {
  const w = useWords(accessWords)
  const r = useWords(requestWords)
  const format = useFormat()
  const names = format.list(stage.candidates.map((person) => person.name)) || r.nobody
  if (stage.decisions.length > 0)
    return stage.decisions.map((decision) => (
      <div key={decision.person.id} className="stack">
        <span>
          {decision.person.name} {w.verdicts[decision.verdict]}
          <span className="faint small"> {format.dateTime(decision.at)}</span>
        </span>
        {decision.note ? <span className="muted small pre-line">{decision.note}</span> : null}
      </div>
    ))
  if (stage.state === 'open')
    return (
      <>
        <span>
          {r.next} {names}
        </span>
        {stage.since && stage.dueAt ? (
          <span className="muted small row gap-8">
            {r.since} {format.dateTime(stage.since)} · {r.dueAt(format.dateTime(stage.dueAt))}
            {isOverdue(stage) ? <StatusTag tone="bad">{r.overdue}</StatusTag> : null}
          </span>
        ) : null}
      </>
    )
  return stage.state === 'waiting' ? (
    <span className="muted small">
      {r.next} {names} · {r.waitingText}
    </span>
  ) : null
}
