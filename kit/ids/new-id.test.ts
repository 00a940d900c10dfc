import { expect, test } from 'vitest'
import { newId } from './new-id.ts'

test('ids of one millisecond, and of the next, sort as they were made (RFC 9562 §6.2)', () => {
  const at = Date.parse('2026-11-29T22:00:00Z')
  const ids = [...Array.from({ length: 2_000 }, () => newId(at)), ...Array.from({ length: 3 }, () => newId(at + 1))]
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})

test('an id says its version, its variant and its time', () => {
  const at = Date.parse('2026-11-29T22:00:00Z')
  const id = newId(at)
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(Number.parseInt(id.replace(/-/g, '').slice(0, 12), 16)).toBe(at)
})
