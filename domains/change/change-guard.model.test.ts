import {
  blocking,
  defaultGuardModes,
  evaluateGuard,
  evaluateGuards,
  type GuardFacts,
  type GuardId,
  guardIds,
  guardsOf,
  reviewerAbsentMs,
} from '@huabiao/domains/change/change-guard.model'
import { expect, test } from 'vitest'

/** A change in its window with everything in order; each line below breaks one thing. */
const now = new Date('2026-11-24T14:30:00.000Z')
const at = (ms: number): Date => new Date(now.getTime() + ms)
const minute = 60_000
const hash = 'a'.repeat(64)
const sound: GuardFacts = {
  now,
  running: true,
  planHash: hash,
  approvedPlanHash: hash,
  approvalComplete: true,
  lintErrors: [],
  passedTests: [{ planHash: hash, environment: 'staging', testerId: 't', at: at(-minute) }],
  requesterId: 'r',
  risk: 'R2',
  consents: { needed: ['s'], given: ['s'] },
  executorId: 'e',
  reviewerId: 'v',
  reviewerSeenAt: at(-1_000),
  windowStart: at(-minute),
  windowEnd: at(60 * minute),
  remainingMs: 60 * minute,
  freezes: [],
  conflicts: [],
  qualified: { executor: true, reviewer: true },
  privileged: { used: false, approved: false },
  greyErrors: [],
}

test('every guard of a step passes where everything is in order, and passes alike each time', () => {
  for (const guard of guardsOf.step) expect(evaluateGuard(guard, sound)).toEqual({ guard, verdict: 'pass', reasons: [] })
  expect(blocking(evaluateGuards(guardsOf.step, sound), defaultGuardModes)).toBeUndefined()
  // One value is shared by all that pass: nobody can write on it.
  expect(() => Object.assign(evaluateGuard('G-WIN', sound), { verdict: 'fail' })).toThrow(TypeError)
  expect(evaluateGuard('G-WIN', sound).verdict).toBe('pass')
})

const broken: [GuardId, Partial<GuardFacts>, string][] = [
  ['G-AUTH', { approvalComplete: false }, 'guard.not_approved'],
  ['G-AUTH', { approvedPlanHash: 'b'.repeat(64) }, 'guard.not_approved'],
  ['G-AUTH', { planHash: null, approvedPlanHash: null }, 'guard.not_approved'],
  ['G-CONSENT', { consents: { needed: ['s', 'u'], given: ['s'] } }, 'guard.consent_missing'],
  ['G-FREEZE', { freezes: [{ name: '国庆', startsAt: now, endsAt: at(1) }] }, 'guard.frozen'],
  ['G-WIN', { windowStart: at(1) }, 'guard.before_window'],
  ['G-WIN', { windowEnd: now }, 'guard.after_window'],
  ['G-WIN', { windowEnd: null }, 'guard.no_window'],
  ['G-WIN', { remainingMs: 60 * minute + 1 }, 'guard.window_too_short'],
  ['G-DUAL', { reviewerId: null }, 'guard.no_reviewer'],
  ['G-DUAL', { reviewerId: 'e' }, 'guard.same_person'],
  ['G-DUAL', { reviewerSeenAt: null }, 'guard.reviewer_absent'],
  ['G-DUAL', { reviewerSeenAt: at(-reviewerAbsentMs - 1) }, 'guard.reviewer_absent'],
  ['G-QUAL', { qualified: { executor: false, reviewer: true } }, 'guard.executor_not_qualified'],
  ['G-QUAL', { qualified: { executor: true, reviewer: false } }, 'guard.reviewer_not_qualified'],
  ['G-ROOT', { privileged: { used: true, approved: false } }, 'guard.root_not_approved'],
]
test.each(broken)('%s fails with %o', (guard, facts, reason) => {
  expect(evaluateGuard(guard, { ...sound, ...facts })).toEqual({ guard, verdict: 'fail', reasons: [reason] })
})
test('the borders belong to the change: the first moment of the window, the last of a presence, exactly the time needed, root approved', () => {
  const border = {
    windowStart: now,
    reviewerSeenAt: at(-reviewerAbsentMs),
    privileged: { used: true, approved: true },
    freezes: [{ name: '已过', startsAt: at(-minute), endsAt: now }],
  }
  expect(blocking(evaluateGuards(guardsOf.step, { ...sound, ...border }), defaultGuardModes)).toBeUndefined()
})

const sources: [GuardId, keyof GuardFacts][] = [
  ['G-AUTH', 'approvalComplete'],
  ['G-CONSENT', 'consents'],
  ['G-FREEZE', 'freezes'],
  ['G-WIN', 'remainingMs'],
  ['G-DUAL', 'reviewerSeenAt'],
  ['G-QUAL', 'qualified'],
  ['G-ROOT', 'privileged'],
]
test.each(sources)('%s is unknown, and stops the change, where %s has no source', (guard, member) => {
  const result = evaluateGuard(guard, { ...sound, [member]: undefined })
  expect(result.verdict).toBe('unknown')
  expect(blocking([result], defaultGuardModes)).toEqual(result)
})
test('a guard that throws fails and says so; none of the guards throws into its caller', () => {
  for (const guard of guardIds) expect(['fail', 'pass', 'unknown']).toContain(evaluateGuard(guard, {} as GuardFacts).verdict)
  expect(evaluateGuard('G-CONSENT', { ...sound, consents: {} as never })).toEqual({
    guard: 'G-CONSENT',
    verdict: 'fail',
    reasons: ['guard.threw'],
  })
})
