import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ageRefusal,
  isExpired,
  passwordAgeMaxMs,
  passwordAgeMinMs,
  passwordClasses,
  passwordRefusal,
} from './identity-password.model.ts'

const owner = { login: 'zhao.ming', name: '赵明', nameEn: 'Zhao Ming' }
describe('a new password', () => {
  test.each([
    ['Kx7-wombat-L', undefined],
    ['tall-Kettle-9-orbit', undefined],
    ['雾里看花云-Kx7-Lq', undefined],
    ['Kx7-wombat', 'identity.password_too_short'],
    ['kettle-orbit-wombat', 'identity.password_too_simple'],
    ['KETTLEORBITWOMBAT9', 'identity.password_too_simple'],
    ['Kx7-zhao.ming-Lq', 'identity.password_contains_name'],
    ['Kx7-gnim-Lq9-orbit', 'identity.password_contains_name'],
    ['Kx7-赵明-Lq9-orbit', 'identity.password_contains_name'],
    ['P@ssw0rd-123456', 'identity.password_common'],
    ['Admin@12345678', 'identity.password_common'],
    ['Aa1!Aa1!Aa1!', 'identity.password_common'],
  ])('%s: %s', (password, refusal) => expect(passwordRefusal(password, owner)).toBe(refusal))
  test('property: whatever is accepted has twelve characters of three classes, and neither login nor name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (password) => {
        if (passwordRefusal(password, owner) !== undefined) return
        expect([...password].length).toBeGreaterThanOrEqual(12)
        expect(passwordClasses(password)).toBeGreaterThanOrEqual(3)
        expect(password.toLowerCase()).not.toMatch(/zhao|ming|赵明/)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('its age', () => {
  const changedAt = new Date('2026-11-01T00:00:00Z')
  const after = (ms: number): Date => new Date(changedAt.getTime() + ms)
  test('changed once a day, unless it must be', () => {
    expect(ageRefusal({ changedAt, mustChange: false }, after(passwordAgeMinMs - 1))).toBe('identity.password_too_young')
    expect(ageRefusal({ changedAt, mustChange: false }, after(passwordAgeMinMs))).toBeUndefined()
    expect(ageRefusal({ changedAt, mustChange: true }, after(0))).toBeUndefined()
  })
  test('expired after ninety days, when it is an initial one, and when there is none', () => {
    expect(isExpired({ changedAt, mustChange: false }, after(passwordAgeMaxMs - 1))).toBe(false)
    expect(isExpired({ changedAt, mustChange: false }, after(passwordAgeMaxMs))).toBe(true)
    expect(isExpired({ changedAt, mustChange: true }, after(0))).toBe(true)
    expect(isExpired({ changedAt: null, mustChange: false }, after(0))).toBe(true)
  })
})
