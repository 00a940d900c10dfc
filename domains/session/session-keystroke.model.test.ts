import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  agreeRefusal,
  keySideOf,
  keysRefusal,
  openingRefusal,
  readKeysRefusal,
  shownKeys,
  sideFor,
} from './session-keystroke.model.ts'

const people = ['executor', 'second', 'auditor', 'auditor2', 'security', 'engineer'] as const
const rolesOf: Record<(typeof people)[number], string[]> = {
  executor: ['ENG', 'SEC'],
  second: ['AUD'],
  auditor: ['AUD'],
  auditor2: ['AUD'],
  security: ['SEC'],
  engineer: ['ENG'],
}
const session = { executorId: 'executor', reviewerId: 'second' }
const now = new Date('2026-11-29T18:00:00Z')
const person = fc.constantFrom(...people)

test('S8 whatever is asked by whom and agreed by whom, only an auditor and a security administrator who took no part ever read', () => {
  fc.assert(
    fc.property(person, person, person, fc.integer({ min: -10, max: 3_700 }), (asks, agrees, reads, seconds) => {
      const side = keySideOf(rolesOf[asks])
      if (keysRefusal(session, asks, side)) return
      const request = {
        askedBy: asks as string,
        askedSide: side!,
        agreedBy: null,
        agreedSide: null,
        expiresAt: new Date(now.getTime() + 3_600_000),
      }
      const other = keySideOf(rolesOf[agrees])
      if (agreeRefusal(session, request, { personId: agrees, side: other, now })) return
      const agreed = { ...request, agreedBy: agrees as string, agreedSide: other! }
      const when = new Date(now.getTime() + seconds * 1000)
      if (readKeysRefusal(session, agreed, { personId: reads, now: when })) return
      expect([reads === asks || reads === agrees, when < agreed.expiresAt]).toEqual([true, true])
      expect([side, other].toSorted()).toEqual(['audit', 'security'])
      expect([asks, agrees]).not.toContain('executor')
      expect([asks, agrees]).not.toContain('second')
    }),
  )
})

test('NT-E03 the side is one of the session’s own plane', () => {
  const at = (plane: 'platform' | 'tenant', role: string, tenantId: string, party: string) =>
    sideFor({ plane, tenantId: 'home' }, { roles: [role], tenantId, party })
  expect(at('platform', 'AUD', 'home', 'service-provider')).toBe('audit')
  expect(at('platform', 'AUD', 'other', 'management-unit')).toBe('audit')
  expect(at('platform', 'AUD', 'other', 'service-provider')).toBeUndefined()
  expect(at('platform', 'SEC', 'other', 'service-provider')).toBeUndefined()
  expect(at('platform', 'TAU', 'other', 'user-unit')).toBeUndefined()
  expect(at('tenant', 'TAU', 'home', 'user-unit')).toBe('audit')
  expect(at('tenant', 'AUD', 'other', 'management-unit')).toBeUndefined()
  expect(at('tenant', 'SEC', 'other', 'management-unit'), 'tenants have none of their own').toBe('security')
})

test('a request that nobody of the other side agreed to opens nothing', () => {
  const expiresAt = new Date(now.getTime() + 1000)
  const alone = { askedBy: 'auditor', askedSide: 'audit' as const, agreedBy: null, agreedSide: null, expiresAt }
  expect(openingRefusal(session, alone)).toBe('session.keys_same_side')
  expect(openingRefusal(session, { ...alone, agreedBy: 'auditor2', agreedSide: 'audit' })).toBe('session.keys_same_side')
  expect(openingRefusal(session, { ...alone, agreedBy: 'security', agreedSide: 'security' })).toBeUndefined()
  expect(
    openingRefusal({ executorId: 'security', reviewerId: null }, { ...alone, agreedBy: 'security', agreedSide: 'security' }),
  ).toBe('session.keys_took_part')
})

test('what was typed acts on nobody who reads it', () => {
  expect(shownKeys('ls\r\x1b[A\x7f\x03')).toBe('ls␍␛[A␡␃')
  expect(shownKeys('a\u202eb')).toBe('a\\u{202e}b')
})
