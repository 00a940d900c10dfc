import './calendar.css'
import { isFinal, isRunning } from '@huabiao/domains/change/change.model'
import { getCalendar } from '@huabiao/domains/change/change-overview.contract'
import { beijingMoment } from '@huabiao/kit/calendar/calendar'
import { useFormat } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Card, ResourcePage } from '@huabiao/ui/patterns/ResourcePage'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { Button, IconButton } from '@huabiao/ui/primitives/Button'
import { Segmented } from '@huabiao/ui/primitives/Choice'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Tooltip } from '@huabiao/ui/primitives/Tooltip'
import { Link } from 'react-router'
import { useApi } from '../../api/hooks.ts'
import { paths } from '../../app/paths.ts'
import { useParam } from '../../app/use-param.ts'
import { addDays, type Booked, bookings, daysOf, moved, touches, type View } from './calendar-days.ts'
import { calendarWords } from './calendar-words.ts'
import { toneOf } from './change-tone.ts'
import { changeWords } from './change-words.ts'

/** Windows where they lie, freezes above them, and what stands against each other; week or month, kept in the address. */
export function Page() {
  const w = useWords(calendarWords)
  const format = useFormat()
  const [askedView, setView] = useParam('view')
  const [askedDay, setDay] = useParam('day')
  const view: View = askedView === 'month' ? 'month' : 'week'
  const around = /^\d{4}-\d\d-\d\d$/.test(askedDay) ? beijingMoment(`${askedDay} 12:00:00`) : new Date()
  const days = daysOf(view, around)
  const [first, last] = [days[0]!, days.at(-1)!]
  const query = { from: first.toISOString(), to: addDays(last, 1).toISOString() }
  const { data, error } = useApi(getCalendar, { query }, { everyMs: 30_000 })
  const booked = bookings(data?.changes ?? [], data?.freezes ?? [])
  const go = (by: 1 | -1) => setDay(format.date(moved(view, around, by)))
  return (
    <ResourcePage
      title={w.title}
      meta={
        <>
          <span>{`${format.date(first)} – ${format.date(last)}`}</span>
          <span className="row gap-6">
            <Icon name="warn" className="calendar-warn" />
            {w.legend}
          </span>
        </>
      }
      actions={
        <>
          <Segmented
            label={w.view}
            value={view}
            onChange={(next) => setView(next === 'week' ? '' : next)}
            options={(['week', 'month'] as const).map((value) => ({ value, label: w.views[value] }))}
          />
          <IconButton icon="chevronLeft" label={w.before} onClick={() => go(-1)} />
          <Button onClick={() => setDay('')}>{w.now[view]}</Button>
          <IconButton icon="chevronRight" label={w.after} onClick={() => go(1)} />
        </>
      }
    >
      {error ? <ProblemNote error={error} /> : null}
      <Card flush label={w.views[view]}>
        <ol className={`calendar ${view}`}>
          {days.map((day) => {
            const freezes = (data?.freezes ?? []).filter((freeze) => touches(freeze.startsAt, freeze.endsAt, day))
            const here = booked.filter((change) => touches(change.windowStart, change.windowEnd, day))
            const isToday = format.date(day) === format.date(new Date())
            const other = view === 'month' && format.monthDay(day).slice(0, 2) !== format.monthDay(around).slice(0, 2)
            return (
              <li
                key={day.toISOString()}
                className={`${isToday ? 'today' : ''}${other ? ' other' : ''}${freezes.length > 0 ? ' frozen' : ''}`}
                aria-current={isToday ? 'date' : undefined}
              >
                <h2>
                  {format.weekday(day)} <span className="muted">{format.monthDay(day)}</span>
                  {isToday ? <span className="calendar-today">{w.today}</span> : null}
                </h2>
                {freezes.map((freeze) => (
                  <Link
                    key={freeze.id}
                    to={paths.freeze(freeze.id)}
                    className="calendar-freeze"
                    title={format.span(freeze.startsAt, freeze.endsAt)}
                  >
                    <Icon name="lock" />
                    <span className="clip">
                      {w.freeze} · {freeze.name}
                    </span>
                  </Link>
                ))}
                {view === 'week' ? (
                  here.map((change) => <WeekItem key={change.id} change={change} day={day} />)
                ) : (
                  <MonthItems changes={here} day={format.date(day)} />
                )}
                {data && here.length === 0 && view === 'week' ? <span className="faint small">{w.none}</span> : null}
              </li>
            )
          })}
        </ol>
      </Card>
    </ResourcePage>
  )
}

/** What stands against this window, in words, or nothing. */
function useAgainst(): (change: Booked) => string | undefined {
  const w = useWords(calendarWords)
  const format = useFormat()
  return ({ overlaps, frozen }) =>
    format.clauses([...(overlaps.length > 0 ? [w.overlap(format.list(overlaps))] : []), ...(frozen ? [w.frozen(frozen)] : [])]) ||
    undefined
}

function WeekItem({ change, day }: { change: Booked; day: Date }) {
  const c = useWords(changeWords)
  const format = useFormat()
  const against = useAgainst()(change)
  const before = Date.parse(change.windowStart) < day.getTime()
  const later = Date.parse(change.windowEnd) > addDays(day, 1).getTime()
  return (
    <Link
      to={paths.change(change.id)}
      className={`calendar-item ${toneOf(change.state)}${isFinal(change.state) ? ' past' : ''}`}
      title={`${change.no} ${change.title}`}
    >
      <span className="row gap-4 small">
        {before ? '…' : format.time(change.windowStart)} – {later ? '…' : format.time(change.windowEnd)}
        {against ? (
          <span className="push">
            <Tooltip text={against}>
              <span className="calendar-warn" role="img" aria-label={against}>
                <Icon name="warn" />
              </span>
            </Tooltip>
          </span>
        ) : null}
      </span>
      <b className="calendar-title">{change.title}</b>
      <span className="row gap-6 wrap-row">
        <StatusTag tone={toneOf(change.state)} live={isRunning(change.state)}>
          {c.states[change.state]}
        </StatusTag>
        <span className="muted small clip">{change.executor?.name}</span>
      </span>
    </Link>
  )
}

const most = 4
function MonthItems({ changes, day }: { changes: readonly Booked[]; day: string }) {
  const w = useWords(calendarWords)
  const c = useWords(changeWords)
  const format = useFormat()
  const against = useAgainst()
  return (
    <ul className="month-items">
      {changes.slice(0, most).map((change) => {
        const why = against(change)
        const said = [change.no, change.title, c.states[change.state], why].filter(Boolean).join(' · ')
        return (
          <li key={change.id}>
            <Link to={paths.change(change.id)} className={isFinal(change.state) ? 'past' : ''} title={said}>
              <i className={`dot ${toneOf(change.state)}`} aria-hidden />
              <span className="muted">{format.time(change.windowStart)}</span>
              <span className="clip">{change.title}</span>
              {why ? <Icon name="warn" className="calendar-warn" /> : null}
            </Link>
          </li>
        )
      })}
      {changes.length > most ? (
        <li>
          <Link to={`${paths.calendar}?day=${day}`}>{w.more(changes.length - most)}</Link>
        </li>
      ) : null}
    </ul>
  )
}
