import type { ChangeSummary } from '@huabiao/domains/change/change.contract'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import { expect, test } from 'vitest'
import { bookings, daysOf, moved, type View } from './calendar-days.ts'

const change = (no: string, from: string, to: string, over: Partial<ChangeSummary> = {}): ChangeSummary =>
  ({
    id: no,
    no,
    state: 'ready',
    outcome: null,
    systemNames: ['portal'],
    windowStart: from,
    windowEnd: to,
    ...over,
  }) as ChangeSummary
const moment = (text: string): Date => new Date(`${text}+08:00`)
const at = (hour: number): string => moment(`2026-11-25T0${hour}:00`).toISOString()
const shown = (view: View, text: string): string[] => daysOf(view, moment(text)).map(beijingDay)

test('a week begins on Monday, a month shows whole weeks, and days are Beijing’s from midnight to midnight', () => {
  const week = ['23', '24', '25', '26', '27', '28', '29'].map((day) => `2026-11-${day}`)
  for (const text of ['2026-11-23T00:00', '2026-11-25T07:59', '2026-11-29T23:59']) expect(shown('week', text)).toEqual(week)
  expect(daysOf('week', moment('2026-11-25T12:00'))[0]).toEqual(moment('2026-11-23T00:00'))
  const month = shown('month', '2026-11-30T23:30')
  expect([month.length, month[0], month.at(-1)]).toEqual([42, '2026-10-26', '2026-12-06'])
  expect(shown('month', '2027-02-09T00:30')).toHaveLength(28)
})

test('one month on and one back is the first of it, over the turn of the year too', () => {
  expect(beijingDay(moved('month', moment('2026-12-31T00:30'), 1))).toBe('2027-01-01')
  expect(beijingDay(moved('month', moment('2027-01-31T00:30'), -1))).toBe('2026-12-01')
})

test('overlapping windows of one system and windows in a freeze are marked (RL-02, RL-03); touching ones are not', () => {
  const found = bookings(
    [
      change('a', at(1), at(3)),
      change('b', at(2), at(4)),
      change('c', at(4), at(5)),
      change('d', at(1), at(3), { systemNames: ['archive'] }),
      change('e', at(1), at(3), { state: 'withdrawn' }),
    ],
    [{ name: 'freeze', startsAt: at(4), endsAt: at(9), holds: ['c', 'e'] }],
  )
  expect(found.map(({ no, overlaps, frozen }) => [no, overlaps, frozen])).toEqual([
    ['a', ['b'], undefined],
    ['d', [], undefined],
    ['b', ['a'], undefined],
    ['c', [], 'freeze'],
  ])
})
