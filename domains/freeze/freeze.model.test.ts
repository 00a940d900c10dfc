import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ExceptionWord,
  exceptionRefusal,
  exceptionState,
  type FreezeWord,
  freezeMaxDays,
  liftRefusal,
  type Speaker,
  spanRefusal,
  speaksFor,
} from './freeze.model.ts'

const now = new Date('2026-11-25T12:00:00Z')
const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000)
const people: readonly Speaker[] = [
  ...['gmu-1', 'gmu-2'].map((personId) => ({ personId, tenantId: 'bureau', management: true })),
  ...['chm-1', 'chm-2', 'requester', 'executor'].map((personId) => ({ personId, tenantId: 'provider', management: false })),
  { personId: 'chm-b', tenantId: 'other', management: false },
]
const who = (id: string): Speaker => people.find((person) => person.personId === id)!
const freeze = (patch: Partial<FreezeWord> = {}): FreezeWord => ({
  tenantId: null,
  startsAt: hours(-1),
  endsAt: hours(24),
  declaredBy: 'gmu-1',
  liftedAt: null,
  ...patch,
})
const request: ExceptionWord = {
  tenantId: 'provider',
  partyPersonIds: ['requester', 'executor'],
  requestedBy: 'requester',
  first: undefined,
  second: undefined,
  refused: false,
}

describe('RL-03 an exception', () => {
  test('is granted by two different persons without a part in the change, one of them of who declared it; whoever tries, in any order', () => {
    const attempt = fc.record({
      by: fc.constantFrom(...people),
      verdict: fc.constantFrom('approve' as const, 'approve' as const, 'refuse' as const),
    })
    fc.assert(
      fc.property(fc.constantFrom(null, 'provider'), fc.array(attempt, { maxLength: 12 }), (tenantId, attempts) => {
        const declared = freeze({ tenantId })
        let word = request
        let ended = false
        for (const { by, verdict } of attempts) {
          if (exceptionRefusal(word, declared, by, { verdict, now })) continue
          expect(ended, 'nothing is decided after the end').toBe(false)
          if (verdict === 'refuse') word = { ...word, refused: true }
          else word = word.first ? { ...word, second: by } : { ...word, first: by }
          ended = exceptionState(word) !== 'open'
        }
        for (const one of [word.first, word.second])
          if (one) {
            expect([word.requestedBy, ...word.partyPersonIds]).not.toContain(one.personId)
            expect(one.management || one.tenantId === word.tenantId).toBe(true)
          }
        if (exceptionState(word) !== 'granted') return
        expect(word.first!.personId).not.toBe(word.second!.personId)
        expect(speaksFor(declared, word.first!) || speaksFor(declared, word.second!)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
  test('can be granted at all, by the management unit and a change manager, and by two change managers of the unit that declared it', () => {
    const grant = (tenantId: string | null, first: string, second: string) => [
      exceptionRefusal(request, freeze({ tenantId }), who(first), { verdict: 'approve', now }),
      exceptionRefusal({ ...request, first: who(first) }, freeze({ tenantId }), who(second), { verdict: 'approve', now }),
    ]
    expect(grant(null, 'gmu-1', 'chm-1')).toEqual([undefined, undefined])
    expect(grant('provider', 'chm-1', 'chm-2')).toEqual([undefined, undefined])
    expect(grant(null, 'chm-1', 'chm-2')).toEqual([undefined, 'freeze.declarer_missing'])
    expect(grant(null, 'gmu-1', 'gmu-1')).toEqual([undefined, 'freeze.own_exception'])
    expect(grant(null, 'chm-b', 'gmu-1')[0]).toBe('freeze.not_speaker')
  })
  test('is not decided when the freeze is over or lifted', () => {
    for (const over of [freeze({ liftedAt: now }), freeze({ endsAt: now })])
      expect(exceptionRefusal(request, over, who('gmu-1'), { verdict: 'approve', now })).toBe('freeze.wrong_state')
  })
})

test('a freeze ends early by another person of who declared it, and once', () => {
  expect(liftRefusal(freeze(), who('gmu-2'), now)).toBeUndefined()
  expect(liftRefusal(freeze(), who('gmu-1'), now)).toBe('freeze.own_freeze')
  expect(liftRefusal(freeze(), who('chm-1'), now)).toBe('freeze.not_speaker')
  const own = freeze({ tenantId: 'provider', declaredBy: 'chm-1' })
  expect(liftRefusal(own, who('chm-2'), now)).toBeUndefined()
  expect(liftRefusal(own, who('chm-b'), now)).toBe('freeze.not_speaker')
  expect(liftRefusal(own, who('gmu-1'), now), 'what a unit keeps for itself is its own').toBe('freeze.not_speaker')
  expect(liftRefusal(freeze({ liftedAt: now }), who('gmu-2'), now)).toBe('freeze.wrong_state')
})

test('a freeze ends after it begins, after now, and within its longest', () => {
  expect(spanRefusal(hours(-1), hours(1), now)).toBeUndefined()
  expect(spanRefusal(hours(2), hours(1), now)).toBe('freeze.span_invalid')
  expect(spanRefusal(hours(-2), hours(-1), now)).toBe('freeze.span_invalid')
  expect(spanRefusal(hours(0), hours(24 * freezeMaxDays), now)).toBeUndefined()
  expect(spanRefusal(hours(0), hours(24 * freezeMaxDays + 1), now)).toBe('freeze.span_invalid')
})
