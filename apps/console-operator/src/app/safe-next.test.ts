import { expect, test } from 'vitest'
import { safeNext } from './safe-next.ts'

test('after the logon one goes back to a page of ours, never to a foreign address', () => {
  expect(safeNext('/ledger?seq=3')).toBe('/ledger?seq=3')
  for (const foreign of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '', null])
    expect(safeNext(foreign)).toBe('/')
})
