import dayjs from 'dayjs'
import utc from 'dayjs/plugin/utc'
import { expect, test } from 'vitest'
import { entered } from './picked-time.ts'

dayjs.extend(utc)
test('what is picked is Beijing’s hour, whatever zone the station is set to', () => {
  expect(entered(dayjs('2026-11-24 22:00'))).toBe('2026-11-24T14:00:00.000Z')
  expect(entered(dayjs.utc('2026-11-24 22:00'))).toBe('2026-11-24T14:00:00.000Z')
})
