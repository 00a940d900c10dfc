import type { ChangeSummary } from '@huabiao/domains/change/change.contract'
import { isRunning } from '@huabiao/domains/change/change.model'
import type { Act } from '@huabiao/domains/change/change-act.model'
import { getMyWork } from '@huabiao/domains/change/change-overview.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { LinkButton } from '@huabiao/ui/primitives/Button'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { Link } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { useCan, useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { toneOf } from '../change/change-tone.ts'
import { changeWords } from '../change/change-words.ts'
import { DueTag } from '../change/DeadlineTag.tsx'
import { WaitingEmergencies } from '../emergency/WaitingEmergencies.tsx'
import { WaitingPeople } from '../lifecycle/WaitingPeople.tsx'
import { WaitingViolations } from '../violation/WaitingViolations.tsx'
import { actPath } from './act-path.ts'
import { Upcoming } from './Upcoming.tsx'
import { workWords } from './work-words.ts'
import './my-work.css'

export function Page() {
  const w = useWords(workWords)
  const c = useWords(changeWords)
  const me = useMe()
  const can = useCan()
  const format = useFormat()
  const { data, error } = useApi(getMyWork, {}, { everyMs: 5_000 })
  const line = (change: ChangeSummary, to: string, before: React.ReactNode, after: React.ReactNode) => (
    <li key={change.id}>
      <Link to={to} className="work-line">
        {before}
        <span className="stack grow">
          <b className="clip" title={change.title}>
            {change.title}
          </b>
          <span className="muted small clip">
            {change.no} · {format.list(change.systemNames)}
          </span>
        </span>
        <StatusTag tone={toneOf(change.state)} live={isRunning(change.state)}>
          {c.states[change.state]}
        </StatusTag>
        {after}
      </Link>
    </li>
  )
  const due = (change: ChangeSummary, at: string | null) =>
    at ? (
      <span className="work-due small muted" title={format.dateTime(at)}>
        {isRunning(change.state) || change.state === 'paused' ? w.windowEnds : w.windowStarts}
        <br />
        {format.relative(at)}
      </span>
    ) : (
      <span className="work-due" />
    )
  return (
    <ResourcePage
      title={w.title}
      meta={
        <span>
          {me.person.name} · {data ? w.counts(data.waiting.length, data.executing.length, data.atRisk.length) : ' '}
        </span>
      }
    >
      {error ? <ProblemNote error={error} /> : null}
      {!data ? (
        error ? null : (
          <Skeleton lines={8} height={32} />
        )
      ) : (
        <div className="page-split even">
          <div className="stack gap-16">
            {can('emergency:read') ? <WaitingEmergencies /> : null}
            <Card title={w.waiting} flush extra={<span className="count">{data.waiting.length}</span>}>
              {data.waiting.length === 0 ? (
                <EmptyState
                  title={w.nothing}
                  text={w.nothingText}
                  icon="check"
                  compact
                  action={can('change:read') ? <LinkButton to={paths.changes}>{w.toChanges}</LinkButton> : undefined}
                />
              ) : null}
              <ul>
                {data.waiting.map((item) => {
                  const act = item.act as Act
                  const todo = act === 'finishPlan' ? w.writePlan : (c.acts[act] ?? item.act)
                  return line(
                    item.change,
                    actPath(item.change.id, act),
                    <span className="work-act">{todo}</span>,
                    item.dueAt && item.deadline ? (
                      <span className="work-due small">
                        <DueTag name={item.deadline} dueAt={item.dueAt} />
                      </span>
                    ) : (
                      due(item.change, item.dueAt)
                    ),
                  )
                })}
              </ul>
            </Card>
            {can('violation:read') ? <WaitingViolations /> : null}
            {can('lifecycle:read') ? <WaitingPeople /> : null}
            {can('change:read') ? <Upcoming /> : null}
          </div>
          <div className="stack gap-16">
            {data.atRisk.length > 0 ? (
              <Card title={w.atRisk} flush className="at-risk" extra={<span className="count">{data.atRisk.length}</span>}>
                <ul>
                  {data.atRisk.map((item) =>
                    line(
                      item.change,
                      paths.change(item.change.id),
                      null,
                      item.reason === item.change.state ? null : (
                        <StatusTag tone="bad">{w.reasons[item.reason] ?? item.reason}</StatusTag>
                      ),
                    ),
                  )}
                </ul>
              </Card>
            ) : null}
            {data.executing.length > 0 ? (
              <Card title={w.executing} flush extra={<span className="count">{data.executing.length}</span>}>
                <ul>{data.executing.map((change) => line(change, `${paths.change(change.id)}?tab=cockpit`, null, null))}</ul>
              </Card>
            ) : null}
            <Card title={w.recent} flush>
              {data.recent.length === 0 ? <EmptyState title={w.noRecent} icon="clock" compact /> : null}
              <ul>
                {data.recent.map((change) =>
                  line(
                    change,
                    paths.change(change.id),
                    null,
                    <span className="work-due muted small">{format.relative(change.updatedAt)}</span>,
                  ),
                )}
              </ul>
            </Card>
          </div>
        </div>
      )}
    </ResourcePage>
  )
}
