import { expect, test } from 'vitest'
import { clockOf, minutesOf } from './day-minutes.ts'

test('every minute of the day is written and read; what is no time is none', () => {
  for (let minute = 0; minute < 1440; minute += 1) expect(minutesOf(clockOf(minute))).toBe(minute)
  expect(minutesOf('6:05')).toBe(365)
  expect(minutesOf('22：30')).toBe(1350)
  for (const wrong of ['', '24:00', '12:60', '12', 'x', '1:5']) expect(minutesOf(wrong), wrong).toBeUndefined()
})
