import { z } from 'zod'

/**
 * Two calendars (itsm §2.0.4): `7x24`, where every hour counts, and `working-days`, which knows statutory holidays and the make-up days
 * (调休) of China. One working day (1 个工作日) is the same clock time on the next working day, in Beijing time; what begins on a day off
 * counts from the next working day on. Office hours play no part: a change has people on duty, and a rule that all read alike is worth more.
 */
export const calendarNames = ['7x24', 'working-days'] as const
export type CalendarName = (typeof calendarNames)[number]

const Day = z.iso.date()
/** What the State Council publishes for a year, as days of Beijing: days off that are not plain weekends, and weekends that are worked. */
export const HolidayTable = z
  .strictObject({
    year: z.number().int().min(2000).max(2200),
    source: z.string().min(1).max(200),
    daysOff: z.array(Day).max(100),
    workdays: z.array(Day).max(100),
  })
  .refine((table) => [...table.daysOff, ...table.workdays].every((day) => day.startsWith(`${table.year}-`)), {
    error: 'a day of another year',
  })
  .refine((table) => !table.workdays.some((day) => table.daysOff.includes(day)), { error: 'a day both off and worked' })
export type HolidayTable = z.infer<typeof HolidayTable>

export type Holidays = ReadonlyMap<number, { readonly off: ReadonlySet<string>; readonly on: ReadonlySet<string> }>
/** A later table of the same year replaces an earlier one: a deployment's own wins over what is built in. */
export const holidaysOf = (tables: readonly HolidayTable[]): Holidays =>
  new Map(tables.map(({ year, daysOff, workdays }) => [year, { off: new Set(daysOff), on: new Set(workdays) }]))

const dayMs = 86_400_000
/** China has kept one zone without summer time since 1992. */
const beijingMs = 8 * 3_600_000
/** Days since the epoch, in Beijing. */
const dayNumber = (at: Date): number => Math.floor((at.getTime() + beijingMs) / dayMs)
const dayText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10)

export const beijingDay = (at: Date): string => dayText(dayNumber(at))
/** `2026-11-25 09:30:00`: what a clock in Beijing shows, wherever the machine that asks stands. */
export const beijingTime = (at: Date): string => new Date(at.getTime() + beijingMs).toISOString().slice(0, 19).replace('T', ' ')
/** The moment at which clocks in Beijing show this: `2026-11-25 09:30:00`, or a day at its midnight. */
export const beijingMoment = (text: string): Date =>
  new Date(Date.parse(`${text.slice(0, 10)}T${text.slice(11) || '00:00:00'}+08:00`))

function works(holidays: Holidays, day: number): boolean {
  const text = dayText(day)
  const table = holidays.get(Number(text.slice(0, 4)))
  if (table?.off.has(text)) return false
  // The epoch was a Thursday.
  const weekday = (((day + 4) % 7) + 7) % 7
  return (weekday >= 1 && weekday <= 5) || table?.on.has(text) === true
}
export const isWorkingDay = (holidays: Holidays, at: Date): boolean => works(holidays, dayNumber(at))

/** No run of days off is longer than this, whatever a table says: a year without a working day must not hang the platform. */
const longestBreak = 60

/** The same clock time on the `days`-th working day after. */
export function addWorkingDays(holidays: Holidays, from: Date, days: number): Date {
  const start = dayNumber(from)
  let day = start
  for (let left = days; left > 0; left -= 1) {
    const before = day
    do day += 1
    while (!works(holidays, day) && day - before < longestBreak)
  }
  return new Date(from.getTime() + (day - start) * dayMs)
}

/** Years of that time for which no table is known: there every Monday to Friday counts as worked, and whoever looks is told. */
export function yearsWithoutTable(holidays: Holidays, from: Date, to: Date): number[] {
  const [first, last] = [from, to].map((at) => Number(beijingDay(at).slice(0, 4))) as [number, number]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i).filter((year) => !holidays.has(year))
}
