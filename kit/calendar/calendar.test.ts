import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addWorkingDays,
  beijingDay,
  beijingMoment,
  beijingTime,
  HolidayTable,
  holidaysOf,
  isWorkingDay,
  yearsWithoutTable,
} from './calendar.ts'
import { publishedHolidays } from './published-holidays.ts'

const holidays = holidaysOf(publishedHolidays)
const at = (text: string): Date => new Date(`${text}+08:00`)
const plus = (text: string, days: number): string => {
  const due = addWorkingDays(holidays, at(text), days)
  return new Date(due.getTime() + 8 * 3_600_000).toISOString().slice(0, 16)
}

describe('working days of China', () => {
  test('the published tables are well formed, and 2026 has the days of the notice', () => {
    for (const table of publishedHolidays) expect(HolidayTable.safeParse(table).error).toBeUndefined()
    const table = publishedHolidays.find((one) => one.year === 2026)!
    // 3 + 9 + 3 + 5 + 3 + 3 + 7 days of seven holidays, six make-up days, all of them on weekends.
    expect([table.daysOff.length, table.workdays.length]).toEqual([33, 6])
    for (const day of table.workdays) expect([0, 6]).toContain(new Date(`${day}T00:00:00Z`).getUTCDay())
  })
  test('a table with a day of another year, or a day both off and worked, is refused', () => {
    const own = { year: 2027, source: '单位自定', daysOff: ['2027-01-01'], workdays: [] as string[] }
    expect(HolidayTable.safeParse(own).success).toBe(true)
    expect(HolidayTable.safeParse({ ...own, daysOff: ['2026-01-01'] }).success).toBe(false)
    expect(HolidayTable.safeParse({ ...own, workdays: ['2027-01-01'] }).success).toBe(false)
    expect(HolidayTable.safeParse({ ...own, daysOff: ['2027-02-30'] }).success).toBe(false)
  })
  test.each([
    ['an ordinary day', '2026-11-25T15:20', 1, '2026-11-26T15:20'],
    ['over a weekend', '2026-11-27T15:20', 1, '2026-11-30T15:20'],
    ['begun on a day off', '2026-11-28T15:20', 1, '2026-11-30T15:20'],
    ['over the National Day holiday, and a Saturday that is worked', '2026-09-30T09:00', 3, '2026-10-10T09:00'],
    ['over the Spring Festival, from a Saturday that is worked', '2026-02-14T18:30', 1, '2026-02-24T18:30'],
    ['onto a Sunday that is worked', '2026-09-18T10:00', 1, '2026-09-20T10:00'],
    ['shortly after midnight in Beijing, which is yesterday in UTC', '2026-11-26T00:30', 1, '2026-11-27T00:30'],
  ])('one working day is the same clock time on the next working day: %s', (_, from, days, due) => {
    expect(plus(from, days)).toBe(due)
  })
  test('property: never due on a day off, at the same clock time, with as many working days between as asked', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2025-06-01'), max: new Date('2028-06-01'), noInvalidDate: true }),
        fc.integer({ min: 1, max: 15 }),
        (from, days) => {
          const due = addWorkingDays(holidays, from, days)
          expect(isWorkingDay(holidays, due)).toBe(true)
          expect((due.getTime() - from.getTime()) % 86_400_000).toBe(0)
          let worked = 0
          for (let day = from.getTime() + 86_400_000; day <= due.getTime(); day += 86_400_000)
            if (isWorkingDay(holidays, new Date(day))) worked += 1
          expect(worked).toBe(days)
        },
      ),
    )
  })
  test('a year without a table is Monday to Friday, and is named', () => {
    expect(isWorkingDay(holidays, at('2027-01-01T09:00'))).toBe(true)
    expect(isWorkingDay(holidays, at('2027-01-02T09:00'))).toBe(false)
    expect(yearsWithoutTable(holidays, at('2026-12-31T09:00'), at('2027-01-04T09:00'))).toEqual([2027])
    expect(yearsWithoutTable(holidays, at('2026-12-30T09:00'), at('2026-12-31T09:00'))).toEqual([])
  })
  test('a deployment’s own table replaces the built-in one of its year', () => {
    const own = holidaysOf([...publishedHolidays, { year: 2026, source: '单位自定', daysOff: ['2026-11-26'], workdays: [] }])
    expect(isWorkingDay(own, at('2026-11-26T09:00'))).toBe(false)
    expect(isWorkingDay(own, at('2026-10-01T09:00'))).toBe(true)
  })
  test('a table that leaves no working day ends all the same', () => {
    const daysOff = Array.from({ length: 100 }, (_, i) => beijingDay(new Date(Date.UTC(2030, 0, 1) + i * 86_400_000)))
    expect(
      addWorkingDays(holidaysOf([{ year: 2030, source: 'x', daysOff, workdays: [] }]), at('2030-01-02T09:00'), 2),
    ).toBeInstanceOf(Date)
  })
})

test('a machine set to another zone reads and enters the same hour as Beijing, over its own change of clocks too', () => {
  const script = `
    import { beijingDay, beijingMoment, beijingTime } from ${JSON.stringify(new URL('calendar.ts', import.meta.url).href)}
    const at = new Date('2026-03-08T07:30:15Z')
    console.log(JSON.stringify([at.getHours(), beijingTime(at), beijingDay(at), beijingMoment(beijingTime(at))]))`
  const said = (zone: string): unknown =>
    JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '--conditions=source', '-e', script], {
        env: { TZ: zone },
        encoding: 'utf8',
      }),
    )
  const same = ['2026-03-08 15:30:15', '2026-03-08', '2026-03-08T07:30:15.000Z']
  // Half an hour after the clocks of New York were put forward.
  expect(said('Asia/Shanghai')).toEqual([15, ...same])
  expect(said('America/New_York')).toEqual([3, ...same])
  fc.assert(
    fc.property(fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), (at) => {
      const second = new Date(Math.floor(at.getTime() / 1000) * 1000)
      expect(beijingMoment(beijingTime(second))).toEqual(second)
    }),
  )
})
