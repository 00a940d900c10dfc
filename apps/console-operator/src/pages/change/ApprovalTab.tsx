import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { getPlanVersions } from '@huabiao/domains/change/change-overview.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag, type Tone } from '@huabiao/ui/patterns/StatusTag'
import { HashChip } from '@huabiao/ui/primitives/Copyable'
import { useApi } from '../../api/hooks.ts'
import { changeWords } from './change-words.ts'
import { planDiff } from './plan-diff.ts'
import { StageSeats } from './StageSeats.tsx'

const stageTone: Readonly<Record<string, Tone>> = {
  approved: 'good',
  open: 'wait',
  rejected: 'bad',
  voided: 'side',
  waiting: 'neutral',
}

export function ApprovalTab({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const format = useFormat()
  return (
    <div className="overview">
      <div className="stack gap-16">
        <Card title={w.stages} extra={change.approval ? <HashChip hash={change.approval.hash} label={w.planHash} /> : null}>
          {change.approval ? (
            <ol className="stages">
              {change.approval.stages.map((stage) => (
                <li key={stage.key}>
                  <div className="row gap-8">
                    <StatusTag tone={stageTone[stage.state] ?? 'neutral'}>{w.stageStates[stage.state]}</StatusTag>
                    <b>{w.stageNames[stage.key.replace(/-\d+$/, '')] ?? stage.key}</b>
                    <span className="muted small">
                      {stage.duty} × {stage.quorum}
                    </span>
                  </div>
                  {stage.decisions.map((decision) => (
                    <div key={decision.person.id} className="small">
                      <b>{decision.person.name}</b>{' '}
                      {{ approve: w.approve, reject: w.rejectIt, return: w.returnIt }[decision.verdict]}{' '}
                      <span className="muted">{format.dateTime(decision.at)}</span> {decision.note}
                    </div>
                  ))}
                  {stage.state === 'open' || stage.state === 'waiting' ? (
                    <div className="muted small">
                      {w.candidates}: {stage.candidates.map((person) => person.name).join('、') || '—'}
                    </div>
                  ) : null}
                  <StageSeats change={change} stage={stage} />
                </li>
              ))}
            </ol>
          ) : (
            <EmptyState title={w.stageStates.waiting ?? ''} icon="audit" compact />
          )}
        </Card>
        <Card title={w.consents}>
          <ul className="stack gap-8">
            {change.consents.map((consent) => (
              <li key={consent.systemName} className="row gap-8">
                <StatusTag tone={consent.person ? 'good' : 'wait'}>{consent.person ? w.consented : w.waitingConsent}</StatusTag>
                <span>
                  {consent.systemName} · {consent.unitName}
                </span>
                <span className="muted small push">
                  {consent.person ? `${consent.person.name} ${consent.at ? format.dateTime(consent.at) : ''}` : ''}
                </span>
              </li>
            ))}
          </ul>
        </Card>
        <Card title={w.tests}>
          <ul className="stack gap-8">
            {change.tests.map((test) => (
              <li key={test.at} className="stack">
                <div className="row gap-8">
                  <StatusTag tone={test.verdict === 'pass' ? 'good' : 'bad'}>
                    {test.verdict === 'pass' ? w.passed : w.failed}
                  </StatusTag>
                  <b>{test.environment}</b>
                  <span className="muted small">
                    {test.tester.name} · {format.dateTime(test.at)}
                  </span>
                  <HashChip hash={test.planHash} label={w.planHash} />
                </div>
                <span>{test.note}</span>
              </li>
            ))}
          </ul>
        </Card>
      </div>
      <PlanDiff change={change} />
    </div>
  )
}

function PlanDiff({ change }: { change: ChangeDetail }) {
  const w = useWords(changeWords)
  const { data } = useApi(getPlanVersions, { params: { changeId: change.id } })
  const before = data?.items.find((version) => version.approved && version.version < change.planVersion)
  const lines = before
    ? planDiff(
        {
          plan: before.plan,
          windowStart: before.windowStart,
          windowEnd: before.windowEnd,
          executor: before.executorName,
          reviewer: before.reviewerName,
        },
        {
          plan: change.plan,
          windowStart: change.windowStart,
          windowEnd: change.windowEnd,
          executor: change.executor?.name ?? null,
          reviewer: change.reviewer?.name ?? null,
        },
      )
    : []
  return (
    <Card title={w.diff} flush>
      {before && lines.length > 0 ? (
        <ol className="diff">
          {lines.map((line, i) => (
            <li key={i} className={line.kind}>
              <code>
                <span aria-hidden>{{ same: ' ', gone: '−', added: '+' }[line.kind]}</span> {line.text}
              </code>
            </li>
          ))}
        </ol>
      ) : (
        <EmptyState title={before ? w.same : w.noDiff} icon="document" compact />
      )}
    </Card>
  )
}
