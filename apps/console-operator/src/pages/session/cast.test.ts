import { expect, test } from 'vitest'
import { findInCast, parseCast, schedule } from './cast.ts'

const body = [
  '{"version":2,"width":120,"height":32}',
  '[0.5,"o","\\u001b[36mload\\u001b[0m average: 0.1\\r\\nup 3 min\\r\\n"]',
  '[1,"i","typed"]',
  '[61,"o","Load again"]',
  '[62,"o","cut of',
].join('\n')

test('only whole output events are replayed', () => {
  expect(parseCast(body).map(({ atMs }) => atMs)).toEqual([500, 61_000])
})
test('search finds printed lines, colours left out, with the line they stand in', () => {
  expect(findInCast(parseCast(body), ' LOAD ')).toEqual([
    { atMs: 500, line: 'load average: 0.1' },
    { atMs: 61_000, line: 'Load again' },
  ])
  expect(findInCast(parseCast(body), ' ')).toEqual([])
})
test('long pauses are shortened only where asked', () => {
  expect(schedule(parseCast(body), false)).toEqual([500, 61_000])
  expect(schedule(parseCast(body), true)).toEqual([500, 2_500])
})
