import './change.css'
import type { ChangeSummary } from '@huabiao/domains/change/change.contract'
import { getCalendar } from '@huabiao/domains/change/change-overview.contract'
import { useFormat } from '@huabiao/ui/i18n/format'
import { dictionary, useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button, IconButton } from '@huabiao/ui/primitives/Button'
import { useState } from 'react'
import { Link } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { toneOf } from './change-tone.ts'
import { changeWords } from './change-words.ts'

const words = dictionary(
  { title: '变更日历', week: '周', today: '本周', before: '上一周', after: '下一周', freeze: '封网', none: '无变更' },
  {
    title: 'Change calendar',
    week: 'Week',
    today: 'This week',
    before: 'Week before',
    after: 'Week after',
    freeze: 'Freeze',
    none: 'none',
  },
)
const dayMs = 86_400_000
const mondayOf = (at: Date): Date => {
  const day = new Date(at.getFullYear(), at.getMonth(), at.getDate())
  return new Date(day.getTime() - ((day.getDay() + 6) % 7) * dayMs)
}

/** One week, a column for each day: windows where they lie, freezes above them. */
export function Page() {
  const w = useWords(words)
  const c = useWords(changeWords)
  const format = useFormat()
  const [monday, setMonday] = useState(() => mondayOf(new Date()))
  const from = monday.toISOString()
  const to = new Date(monday.getTime() + 7 * dayMs).toISOString()
  const { data, error } = useApi(getCalendar, { query: { from, to } }, { everyMs: 30_000 })
  const days = Array.from({ length: 7 }, (_, i) => new Date(monday.getTime() + i * dayMs))
  const touches = (start: string, end: string, day: Date): boolean =>
    new Date(start).getTime() < day.getTime() + dayMs && new Date(end).getTime() > day.getTime()
  const on = (day: Date): ChangeSummary[] =>
    (data?.changes ?? [])
      .filter((change) => change.windowStart && change.windowEnd && touches(change.windowStart, change.windowEnd, day))
      .sort((a, b) => (a.windowStart ?? '').localeCompare(b.windowStart ?? ''))
  return (
    <ResourcePage
      title={w.title}
      meta={<span>{`${format.date(from)} – ${format.date(new Date(monday.getTime() + 6 * dayMs))}`}</span>}
      actions={
        <>
          <IconButton icon="chevronLeft" label={w.before} onClick={() => setMonday(new Date(monday.getTime() - 7 * dayMs))} />
          <Button onClick={() => setMonday(mondayOf(new Date()))}>{w.today}</Button>
          <IconButton icon="chevronRight" label={w.after} onClick={() => setMonday(new Date(monday.getTime() + 7 * dayMs))} />
        </>
      }
    >
      {error ? <ProblemNote error={error} /> : null}
      <Card flush label={w.week}>
        <ol className="week">
          {days.map((day) => (
            <li key={day.toISOString()} className={day.toDateString() === new Date().toDateString() ? 'today' : ''}>
              <h2>
                {format.weekday(day)} <span className="muted">{format.monthDay(day)}</span>
              </h2>
              {data?.freezes
                .filter((freeze) => touches(freeze.startsAt, freeze.endsAt, day))
                .map((freeze) => (
                  <StatusTag key={freeze.id} tone="bad" icon="lock">
                    {w.freeze} · {freeze.name}
                  </StatusTag>
                ))}
              {on(day).map((change) => (
                <Link key={change.id} to={paths.change(change.id)} className="week-item">
                  <span className="small">
                    {change.windowStart && change.windowEnd
                      ? `${format.time(change.windowStart)} – ${format.time(change.windowEnd)}`
                      : ''}
                  </span>
                  <b>{change.title}</b>
                  <StatusTag tone={toneOf(change.state)}>{c.states[change.state]}</StatusTag>
                </Link>
              ))}
              {data && on(day).length === 0 ? <span className="faint small">{w.none}</span> : null}
            </li>
          ))}
        </ol>
      </Card>
    </ResourcePage>
  )
}
