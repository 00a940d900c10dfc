import type { ChangeSummary } from '@huabiao/domains/change/change.contract'
import type { Act } from '@huabiao/domains/change/change-act.model'
import { getMyWork } from '@huabiao/domains/change/change-overview.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Skeleton } from '@huabiao/ui/primitives/Skeleton'
import { Link } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { useMe } from '../../api/me.tsx'
import { paths } from '../../app/paths.ts'
import { toneOf } from '../change/change-tone.ts'
import { changeWords } from '../change/change-words.ts'
import { DueTag } from '../change/DeadlineTag.tsx'
import { workWords } from './work-words.ts'
import './my-work.css'

export function Page() {
  const w = useWords(workWords)
  const c = useWords(changeWords)
  const me = useMe()
  const format = useFormat()
  const { data, error } = useApi(getMyWork, {}, { everyMs: 5_000 })
  const line = (change: ChangeSummary, before: React.ReactNode, after: React.ReactNode) => (
    <li key={change.id}>
      <Link to={paths.change(change.id)} className="work-line">
        {before}
        <span className="stack grow">
          <b>{change.title}</b>
          <span className="muted small">
            {change.no} · {change.systemNames.join('、')}
          </span>
        </span>
        <StatusTag tone={toneOf(change.state)}>{c.states[change.state]}</StatusTag>
        {after}
      </Link>
    </li>
  )
  return (
    <ResourcePage title={w.title} meta={<span>{w.hello(me.person.name)}</span>}>
      {error ? <ProblemNote error={error} /> : null}
      {!data ? (
        error ? null : (
          <Skeleton lines={8} height={32} />
        )
      ) : (
        <div className="work">
          <div className="stack gap-16">
            <Card title={w.waiting} flush extra={<span className="count">{data.waiting.length}</span>}>
              {data.waiting.length === 0 ? <EmptyState title={w.nothing} text={w.nothingText} icon="inbox" compact /> : null}
              <ul>
                {data.waiting.map((item) =>
                  line(
                    item.change,
                    <span className="work-act">{c.acts[item.act as Act] ?? item.act}</span>,
                    item.dueAt ? <DueTag name={item.deadline} dueAt={item.dueAt} /> : null,
                  ),
                )}
              </ul>
            </Card>
            <Card title={w.recent} flush>
              <ul>
                {data.recent.map((change) =>
                  line(change, null, <span className="muted small nowrap">{format.relative(change.updatedAt)}</span>),
                )}
              </ul>
            </Card>
          </div>
          <div className="stack gap-16">
            <Card title={w.executing} flush>
              {data.executing.length === 0 ? <EmptyState title={w.nothingExecuting} icon="play" compact /> : null}
              <ul>{data.executing.map((change) => line(change, null, null))}</ul>
            </Card>
            <Card title={w.atRisk} flush>
              {data.atRisk.length === 0 ? <EmptyState title={w.noRisk} icon="guard" compact /> : null}
              <ul>
                {data.atRisk.map((item) =>
                  line(item.change, <StatusTag tone="bad">{w.reasons[item.reason] ?? item.reason}</StatusTag>, null),
                )}
              </ul>
            </Card>
          </div>
        </div>
      )}
    </ResourcePage>
  )
}
