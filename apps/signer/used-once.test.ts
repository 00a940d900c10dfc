import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { UsedOnce } from './used-once.ts'

const place = mkdtempSync(join(tmpdir(), 'used-once-'))
afterAll(() => rmSync(place, { recursive: true }))
let now = 1_000
const clock = { now: () => new Date(now) }

test('NT-B16 what was used stays used over a restart, until it can be live no more', () => {
  const path = join(place, 'used.jsonl')
  const opened = () => new UsedOnce(path, { key: 'nonce', clock, pruneAfterLines: 3 })
  let used = opened()
  used.use('a', 2_000)
  expect([used.has('a'), used.has('b')]).toEqual([true, false])
  used.close()
  expect(readFileSync(path, 'utf8')).toBe('{"nonce":"a","until":2000}\n')
  used = opened()
  expect(used.has('a')).toBe(true)
  now = 3_000
  used.use('b', 9_000)
  used.use('c', 9_000)
  expect(['a', 'b', 'c'].map((id) => used.has(id))).toEqual([false, true, true])
  used.close()
  used = opened()
  expect(['a', 'b', 'c'].map((id) => used.has(id))).toEqual([false, true, true])
  used.close()
})
