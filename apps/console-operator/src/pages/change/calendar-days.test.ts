import type { ChangeSummary } from '@huabiao/domains/change/change.contract'
import { expect, test } from 'vitest'
import { bookings, daysOf } from './calendar-days.ts'

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
const at = (hour: number): string => new Date(2026, 10, 25, hour).toISOString()

test('a week begins on Monday; a month shows whole weeks', () => {
  expect(daysOf('week', new Date(2026, 10, 25)).map((day) => day.getDate())).toEqual([23, 24, 25, 26, 27, 28, 29])
  const month = daysOf('month', new Date(2026, 10, 25))
  expect(month.length % 7).toBe(0)
  expect([month[0]?.getDay(), month[0]?.getDate(), month.at(-1)?.getMonth()]).toEqual([1, 26, 11])
  expect(daysOf('month', new Date(2027, 1, 9))).toHaveLength(28)
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
    [{ name: 'freeze', startsAt: at(4), endsAt: at(9) }],
  )
  expect(found.map(({ no, overlaps, frozen }) => [no, overlaps, frozen])).toEqual([
    ['a', ['b'], undefined],
    ['d', [], undefined],
    ['b', ['a'], undefined],
    ['c', [], 'freeze'],
  ])
})
