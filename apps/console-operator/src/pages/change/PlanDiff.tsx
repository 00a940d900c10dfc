import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { getPlanVersions } from '@huabiao/domains/change/change-overview.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag, type Tone } from '@huabiao/ui/patterns/StatusTag'
import { Button } from '@huabiao/ui/primitives/Button'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { useState } from 'react'
import { useApi } from '../../api/hooks.ts'
import { approvalWords } from './approval-words.ts'
import { changeWords } from './change-words.ts'
import { cockpitWords } from './cockpit-words.ts'
import { deadlineWords } from './deadline-words.ts'
import { editorWords } from './editor-words.ts'
import { expectLines } from './expect-lines.ts'
import { StepCard } from './PlanView.tsx'
import { type DiffPart, planDiff, type Saying } from './plan-diff.ts'

/** What an approver reads: what changed since somebody approved, step by step; the whole plan where nobody has yet. */
export function PlanDiff({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const a = useWords(approvalWords)
  const format = useFormat()
  const [all, setAll] = useState(false)
  const say = useSaying(change)
  const { data, error } = useApi(getPlanVersions, { params: { changeId: change.id } })
  if (!data) return <Card title={w.diff}>{error ? <ProblemNote error={error} /> : <Skeleton lines={6} />}</Card>
  const before = data.items.find((version) => version.approved && version.version < change.planVersion)
  if (!before) return <WholePlan change={change} />
  const parts = planDiff(
    { ...before, executor: before.executorName, reviewer: before.reviewerName },
    { ...change, executor: change.executor?.name ?? null, reviewer: change.reviewer?.name ?? null },
    say,
  )
  const changed = parts.filter((part) => part.kind !== 'same')
  const rest = parts.length - changed.length
  return (
    <Card
      title={w.diff}
      flush
      extra={
        <>
          <span className="muted small">{a.since(before.version, format.dateTime(before.at))}</span>
          <StatusTag tone={changed.length > 0 ? 'wait' : 'good'}>{a.changedParts(changed.length)}</StatusTag>
        </>
      }
    >
      {changed.length === 0 ? <EmptyState title={a.same} icon="check" compact /> : null}
      <ol className="diff">
        {(all ? parts : changed).map((part) => (
          <PartRow key={`${part.key} ${part.kind}`} part={part} beside={change.amendments.length > 0} />
        ))}
      </ol>
      {rest > 0 ? (
        <div className="pad row gap-8">
          <span className="muted small">{a.sameParts(rest)}</span>
          <Button size="small" tone="link" onClick={() => setAll(!all)}>
            {all ? a.hideSame : a.showSame}
          </Button>
        </div>
      ) : null}
    </Card>
  )
}

function useSaying(change: ChangeDetail): Saying {
  const c = useWords(cockpitWords)
  const w = useWords(changeWords)
  const e = useWords(editorWords)
  const d = useWords(deadlineWords)
  const format = useFormat()
  const names = new Map(change.targets.map((target) => [target.id, target.name]))
  return {
    expect: (expect) => expectLines(expect, c),
    moment: (at) => (at ? format.dateTime(at) : '—'),
    target: (id) => names.get(id) ?? id,
    value: (field, value) =>
      (field === 'phase' ? w.phases[value] : field === 'repeat' ? e.repeats[value] : d.autoRollback) ?? value,
  }
}

const tones: Readonly<Record<DiffPart['kind'], Tone>> = {
  same: 'neutral',
  gone: 'bad',
  added: 'good',
  changed: 'wait',
  moved: 'side',
}
const signs = { same: ' ', gone: '−', added: '+' } as const
/** `beside`: what ran on the left, what is asked for on the right; else line under line. */
function PartRow({ part, beside }: { part: DiffPart; beside: boolean }) {
  const w = useWords(changeWords)
  const a = useWords(approvalWords)
  const title = part.of === 'batch' ? w.batch(Number(part.name)) : part.of === 'step' ? part.name : a.parts[part.of]
  return (
    <li className={part.kind}>
      <div className="row gap-8">
        <StatusTag tone={tones[part.kind]}>{a.kinds[part.kind]}</StatusTag>
        <b>{title}</b>
        {part.of === 'step' ? <code className="muted">{part.key.slice(5)}</code> : null}
      </div>
      {part.fields.map(({ field, lines }) => (
        <div key={field} className={beside ? 'diff-field beside' : 'diff-field'}>
          <span className="faint small">{a.fields[field]}</span>
          {(beside ? (['added', 'gone'] as const) : ([undefined] as const)).map((hidden) => (
            <ul key={hidden ?? 'all'} aria-label={hidden === 'added' ? a.before : hidden === 'gone' ? a.after : undefined}>
              {lines
                .filter((line) => line.kind !== hidden)
                .map((line, i) => (
                  <li key={i} className={line.kind}>
                    <span aria-hidden>{signs[line.kind]}</span>
                    <span className="visually-hidden">{a.kinds[line.kind]}</span>
                    <code>{line.text || ' '}</code>
                  </li>
                ))}
            </ul>
          ))}
        </div>
      ))}
    </li>
  )
}

function WholePlan({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const a = useWords(approvalWords)
  return (
    <Card title={w.tabs.plan} flush extra={<span className="muted small">{a.first}</span>}>
      {change.plan.steps.length === 0 ? <EmptyState title={a.noSteps} icon="document" compact /> : null}
      <div className="pad stack gap-6">
        <div>
          <span className="faint small">{w.impact}</span>
          <p className="pre-line wrap">{change.plan.impact || '—'}</p>
        </div>
        <div>
          <span className="faint small">{w.emergency}</span>
          <p className="pre-line wrap">{change.plan.emergencyPlan || '—'}</p>
        </div>
      </div>
      <ol>
        {change.plan.steps.map((step) => (
          <StepCard key={step.key} step={step} />
        ))}
      </ol>
    </Card>
  )
}
