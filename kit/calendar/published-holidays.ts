import type { HolidayTable } from './calendar.ts'

/** Days from one to another of the same month, both counted. */
const span = (month: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${month}-${String(from + i).padStart(2, '0')}`)

/** As published by the General Office of the State Council; the next year's comes each November and is added here, or by the deployment. */
export const publishedHolidays: readonly HolidayTable[] = [
  {
    year: 2026,
    source: '国务院办公厅关于2026年部分节假日安排的通知（2025-11-04）',
    daysOff: [
      ...span('2026-01', 1, 3),
      ...span('2026-02', 15, 23),
      ...span('2026-04', 4, 6),
      ...span('2026-05', 1, 5),
      ...span('2026-06', 19, 21),
      ...span('2026-09', 25, 27),
      ...span('2026-10', 1, 7),
    ],
    workdays: ['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10'],
  },
]
