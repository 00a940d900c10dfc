import { isFinal, isRunning } from '@huabiao/domains/change/change.model'
import { getCalendar } from '@huabiao/domains/change/change-overview.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { Card } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { LinkButton } from '@huabiao/ui/primitives/Button'
import { useState } from 'react'
import { Link } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { toneOf } from '../change/change-tone.ts'
import { changeWords } from '../change/change-words.ts'
import { workWords } from './work-words.ts'

const aheadMs = 3 * 86_400_000
const most = 8
/** What is going on and what comes in three days, for everybody: useful on a day when nothing waits. */
export function Upcoming() {
  const w = useWords(workWords)
  const c = useWords(changeWords)
  const format = useFormat()
  const [now] = useState(() => Math.floor(Date.now() / 60_000) * 60_000)
  const query = { from: new Date(now).toISOString(), to: new Date(now + aheadMs).toISOString() }
  const { data } = useApi(getCalendar, { query }, { everyMs: 30_000 })
  const coming = (data?.changes ?? [])
    .filter((change) => change.windowStart && change.windowEnd && !isFinal(change.state))
    .sort((a, b) => (a.windowStart ?? '').localeCompare(b.windowStart ?? ''))
  return (
    <Card
      title={w.upcoming}
      flush
      extra={
        <LinkButton to={paths.calendar} size="small" icon="calendar">
          {w.toCalendar}
        </LinkButton>
      }
    >
      {data?.freezes.map((freeze) => (
        <div key={freeze.id} className="work-freeze">
          <StatusTag tone="bad" icon="lock">
            {w.freeze}
          </StatusTag>
          <b className="clip">{freeze.name}</b>
          <span className="push small nowrap">{format.span(freeze.startsAt, freeze.endsAt)}</span>
        </div>
      ))}
      {data && coming.length === 0 ? <EmptyState title={w.noUpcoming} icon="calendar" compact /> : null}
      <ul>
        {coming.slice(0, most).map((change) => (
          <li key={change.id}>
            <Link to={paths.change(change.id)} className="work-line slim">
              <span className="work-when small">
                {change.windowStart && change.windowEnd
                  ? `${format.monthDay(change.windowStart)} ${format.time(change.windowStart)} – ${format.time(change.windowEnd)}`
                  : ''}
              </span>
              <span className="clip grow" title={change.title}>
                {change.title}
              </span>
              <span className="muted small nowrap">{change.executor?.name}</span>
              <StatusTag tone={toneOf(change.state)} live={isRunning(change.state)}>
                {c.states[change.state]}
              </StatusTag>
            </Link>
          </li>
        ))}
      </ul>
      {coming.length > most ? <div className="pad muted small">{w.moreUpcoming(coming.length - most)}</div> : null}
    </Card>
  )
}
