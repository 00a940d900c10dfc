import fc from 'fast-check'
import { expect, test } from 'vitest'
import { preauthorisationMaxDays, revokeRefusal, stateOf, termsRefusal } from './consent.model.ts'

const now = new Date('2026-11-25T12:00:00Z')
const days = (count: number): Date => new Date(now.getTime() + count * 86_400_000)
const any = { fromMinute: null, toMinute: null }

test('a pre-authorisation is given to an end that is still to come, a year off at most', () => {
  expect(termsRefusal({ ...any, notBefore: days(-1), notAfter: days(1) }, now)).toBeUndefined()
  expect(termsRefusal({ ...any, notBefore: days(0), notAfter: days(preauthorisationMaxDays) }, now)).toBeUndefined()
  expect(termsRefusal({ ...any, notBefore: days(0), notAfter: days(preauthorisationMaxDays + 1) }, now)).toBe(
    'consent.span_invalid',
  )
  expect(termsRefusal({ ...any, notBefore: days(2), notAfter: days(1) }, now)).toBe('consent.span_invalid')
  expect(termsRefusal({ ...any, notBefore: days(-2), notAfter: now }, now)).toBe('consent.span_invalid')
  expect(termsRefusal({ notBefore: days(0), notAfter: days(1), fromMinute: 60, toMinute: null }, now)).toBe(
    'consent.hours_invalid',
  )
})

test('it holds within its term until it is revoked, and never again; only what may still hold is revoked', () => {
  const moment = fc.integer({ min: -400, max: 400 })
  fc.assert(
    fc.property(moment, moment, fc.option(moment, { nil: null }), moment, (from, length, revoked, at) => {
      const word = {
        notBefore: days(from),
        notAfter: days(from + Math.abs(length) + 1),
        revokedAt: revoked === null ? null : days(revoked),
      }
      const time = days(at)
      const state = stateOf(word, time)
      expect(state === 'holds').toBe(word.revokedAt === null && time >= word.notBefore && time < word.notAfter)
      expect(revokeRefusal(word, time) === undefined).toBe(state === 'holds' || state === 'ahead')
      if (word.revokedAt) expect(state).toBe('revoked')
    }),
  )
})
