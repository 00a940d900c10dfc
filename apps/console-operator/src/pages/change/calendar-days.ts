import type { ChangeSummary } from '@huabiao/domains/change/change.contract'
import { isFinal } from '@huabiao/domains/change/change.model'
import { beijingDay, beijingMoment } from '@huabiao/kit/calendar/calendar'

const dayMs = 86_400_000
export type View = 'week' | 'month'

/** Beijing's midnights; its days all have 24 hours. */
const midnight = (at: Date): Date => beijingMoment(beijingDay(at))
export const addDays = (at: Date, days: number): Date => new Date(at.getTime() + days * dayMs)
const mondayOf = (at: Date): Date => addDays(midnight(at), -((new Date(`${beijingDay(at)}T00:00:00Z`).getUTCDay() + 6) % 7))
/** The first of the month, so many months on. */
function firstOf(at: Date, months: number): Date {
  const [year, month] = beijingDay(at).split('-').map(Number)
  return beijingMoment(new Date(Date.UTC(year!, month! - 1 + months, 1)).toISOString().slice(0, 10))
}

/** The days a view shows: the week around a day, or the weeks that a month touches. */
export function daysOf(view: View, around: Date): Date[] {
  if (view === 'week') return Array.from({ length: 7 }, (_, i) => addDays(mondayOf(around), i))
  const end = firstOf(around, 1)
  const days: Date[] = []
  for (let day = mondayOf(firstOf(around, 0)); day < end || days.length % 7 !== 0; day = addDays(day, 1)) days.push(day)
  return days
}
export const moved = (view: View, around: Date, by: 1 | -1): Date =>
  view === 'week' ? addDays(around, 7 * by) : firstOf(around, by)

export const touches = (start: string, end: string, day: Date): boolean =>
  Date.parse(start) < addDays(day, 1).getTime() && Date.parse(end) > day.getTime()

export interface Booked extends ChangeSummary {
  windowStart: string
  windowEnd: string
  /** Other changes of the same system whose windows overlap, by number. */
  overlaps: string[]
  /** The freeze it would run into. */
  frozen: string | undefined
}
interface Freeze {
  name: string
  startsAt: string
  endsAt: string
  /** The changes that it holds: its scope and exceptions are the server's to judge. */
  holds: readonly string[]
}
const meet = (a: { from: string; to: string }, b: { from: string; to: string }): boolean =>
  Date.parse(a.from) < Date.parse(b.to) && Date.parse(b.from) < Date.parse(a.to)

/** Windows that still mean something or have been carried out, with what stands against each. */
export function bookings(changes: readonly ChangeSummary[], freezes: readonly Freeze[]): Booked[] {
  const shown = changes.filter((change) => change.windowStart && change.windowEnd && (!isFinal(change.state) || change.outcome))
  return shown
    .map((change) => {
      const from = change.windowStart!
      const to = change.windowEnd!
      const open = !isFinal(change.state)
      const others = shown.filter(
        (other) =>
          other.id !== change.id &&
          !isFinal(other.state) &&
          other.systemNames.some((name) => change.systemNames.includes(name)) &&
          meet({ from, to }, { from: other.windowStart!, to: other.windowEnd! }),
      )
      const freeze = freezes.find((one) => one.holds.includes(change.id))
      return {
        ...change,
        windowStart: from,
        windowEnd: to,
        overlaps: open ? others.map((other) => other.no) : [],
        frozen: open ? freeze?.name : undefined,
      }
    })
    .sort((a, b) => a.windowStart.localeCompare(b.windowStart))
}
