import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  blocking,
  defaultGuardModes,
  evaluateGuard,
  type GuardFacts,
  type GuardId,
  guardIds,
  guardModesOf,
  guardsOf,
  guardTable,
} from './change-guard.model.ts'
import { guardPhrases, guardReasonPhrases } from './change-guard.phrases.ts'

/** Each guard with a pass, a fail, and its source missing (itsm §2.0.2). */
const now = new Date('2026-11-25T14:00:00Z')
const minutes = (count: number): Date => new Date(now.getTime() + count * 60_000)
const hash = 'a'.repeat(64)
const notice = { unit: 'centre', sentAt: minutes(-9000), receivedAt: minutes(-8000), waived: false, earliestStart: minutes(-60) }
const good: GuardFacts = {
  now,
  running: true,
  begun: true,
  planHash: hash,
  approvedPlanHash: hash,
  approvalComplete: true,
  lintErrors: [],
  greyErrors: [],
  artifacts: [{ path: '/srv/app/app.conf', standing: 'issued' }],
  passedTests: [{ planHash: hash, environment: 'staging', testerId: 'tester', at: minutes(-60) }],
  requesterId: 'requester',
  risk: 'R2',
  consents: { needed: ['portal'], given: ['portal'] },
  notices: [notice],
  executorId: 'executor',
  reviewerId: 'reviewer',
  reviewerSeenAt: minutes(-0.5),
  windowStart: minutes(-10),
  windowEnd: minutes(50),
  remainingMs: 600_000,
  freezes: [],
  conflicts: [],
  qualified: { executor: true, reviewer: true },
  privileged: { used: true, approved: true },
  categories: [],
  unmet: [],
  beyondPlan: [],
  underWay: { executorId: 'executor', planHash: hash, notAfter: minutes(2), started: false },
  unexplained: [],
  openRecordings: [],
  filingsOwed: [],
}
type Fixture = { fails: Partial<GuardFacts>[]; missing: Partial<GuardFacts> }
const fixtures: Partial<Record<GuardId, Fixture>> = {
  'G-PLAN': { fails: [{ lintErrors: ['plan.impact_missing'] }], missing: { lintErrors: undefined } },
  'G-OPER': {
    fails: [{ lintErrors: ['step.no_rollback'] }, { passedTests: [{ ...good.passedTests![0]!, planHash: 'b'.repeat(64) }] }],
    missing: { passedTests: undefined },
  },
  'G-TEST': {
    fails: [
      { passedTests: [] },
      { passedTests: [{ ...good.passedTests![0]!, planHash: 'b'.repeat(64) }] },
      { passedTests: [{ ...good.passedTests![0]!, environment: 'production' }] },
      { passedTests: [{ ...good.passedTests![0]!, at: minutes(-31 * 24 * 60) }] },
      { passedTests: [{ ...good.passedTests![0]!, testerId: 'requester' }] },
    ],
    missing: { passedTests: undefined },
  },
  'G-REL': {
    fails: [
      { artifacts: [...good.artifacts!, { path: '/srv/app/other.conf', standing: 'unknown' }] },
      { artifacts: [{ path: '/srv/app/app.conf', standing: 'withdrawn' }] },
    ],
    missing: { artifacts: undefined },
  },
  'G-AUTH': {
    fails: [{ approvalComplete: false }, { approvedPlanHash: 'b'.repeat(64) }, { planHash: null, approvedPlanHash: null }],
    missing: { approvalComplete: undefined },
  },
  'G-CONSENT': { fails: [{ consents: { needed: ['portal', 'archive'], given: ['portal'] } }], missing: { consents: undefined } },
  'G-NOTIFY': {
    fails: [
      { notices: [{ ...notice, sentAt: null }] },
      { notices: [{ ...notice, receivedAt: null, earliestStart: null }] },
      { notices: [{ ...notice, earliestStart: minutes(-9) }] },
      { notices: [{ ...notice, waived: true, receivedAt: null }] },
    ],
    missing: { notices: undefined },
  },
  'G-DUAL': {
    fails: [
      { reviewerId: null },
      { reviewerId: 'executor' },
      { reviewerSeenAt: null },
      { reviewerSeenAt: new Date(now.getTime() - 60_001) },
    ],
    missing: { reviewerSeenAt: undefined },
  },
  'G-WIN': {
    fails: [
      { windowStart: null },
      { windowStart: minutes(1) },
      { windowEnd: now },
      { windowEnd: minutes(-1) },
      { remainingMs: 50 * 60_000 + 1 },
    ],
    missing: { remainingMs: undefined },
  },
  'G-FREEZE': {
    fails: [{ freezes: [{ name: '国庆', startsAt: minutes(-60), endsAt: minutes(60) }] }],
    missing: { freezes: undefined },
  },
  'G-CONF': { fails: [{ conflicts: ['CHG-20261125-0002'] }], missing: { conflicts: undefined } },
  'G-GRAY': { fails: [{ greyErrors: ['batch.single_batch'] }], missing: { greyErrors: undefined } },
  'G-EXPECT': { fails: [{ unmet: ['deploy @ portal-web-01'] }], missing: { unmet: undefined } },
  'G-SCOPE': { fails: [{ beyondPlan: ['extra @ portal-web-01'] }], missing: { beyondPlan: undefined } },
  'G-GRANT': {
    fails: [
      { underWay: { ...good.underWay!, executorId: 'another' } },
      { underWay: { ...good.underWay!, planHash: 'b'.repeat(64) } },
      { underWay: { ...good.underWay!, notAfter: minutes(-1) } },
    ],
    missing: { underWay: undefined },
  },
  'G-ROOT': { fails: [{ privileged: { used: true, approved: false } }], missing: { privileged: undefined } },
  'G-QUAL': {
    fails: [{ qualified: { executor: false, reviewer: true } }, { qualified: { executor: true, reviewer: false } }],
    missing: { qualified: undefined },
  },
  'G-CIV': { fails: [{ unexplained: ['portal-web-01 ports tcp/8080'] }], missing: { unexplained: undefined } },
  'G-RETRO': { fails: [{ filingsOwed: ['EC-20261129-0001'] }], missing: { filingsOwed: undefined } },
  'G-EVID': { fails: [{ openRecordings: ['session'] }], missing: { openRecordings: undefined } },
}
const fed = guardIds.filter((id) => fixtures[id])
const unfed = guardIds.filter((id) => !fixtures[id])

describe('every guard that has a source', () => {
  test.each(fed)('%s passes, fails and says when its source is missing', (id) => {
    const { fails, missing } = fixtures[id]!
    expect(evaluateGuard(id, good)).toEqual({ guard: id, verdict: 'pass', reasons: [] })
    for (const change of fails) {
      const failed = evaluateGuard(id, { ...good, ...change })
      expect([failed.verdict, failed.reasons.length > 0], JSON.stringify(change)).toEqual(['fail', true])
    }
    const blind = evaluateGuard(id, { ...good, ...missing })
    expect(blind.verdict).toBe('unknown')
    expect(blocking([blind], defaultGuardModes)?.guard, 'unknown is fail').toBe(guardTable[id].feeds === null ? id : undefined)
    expect(blocking([blind], guardModesOf([id]))?.guard).toBe(id)
  })
  test('a guard whose facts are broken fails, and never throws', () => {
    const broken = new Proxy({} as GuardFacts, {
      get: () => {
        throw new Error('broken source')
      },
    })
    for (const id of fed) expect(evaluateGuard(id, broken), id).toMatchObject({ verdict: 'fail', reasons: ['guard.threw'] })
  })
  test('a customer who waived the time in writing is told and asked for no more', () => {
    const late = { ...notice, earliestStart: minutes(60) }
    expect(evaluateGuard('G-NOTIFY', { ...good, notices: [late] }).verdict).toBe('fail')
    expect(evaluateGuard('G-NOTIFY', { ...good, notices: [{ ...late, waived: true }] }).verdict).toBe('pass')
    expect(evaluateGuard('G-NOTIFY', { ...good, notices: [] }).verdict, 'nobody is affected').toBe('pass')
  })
  test('a freeze that only touches the window stops the scheduling, and one that is over does not', () => {
    const later = { name: '封网', startsAt: minutes(40), endsAt: minutes(90) }
    expect(evaluateGuard('G-FREEZE', { ...good, running: false, freezes: [later] }).verdict).toBe('fail')
    expect(evaluateGuard('G-FREEZE', { ...good, freezes: [later] }).verdict).toBe('pass')
  })
  test('a step that began in time may end after its grant', () => {
    const underWay = { ...good.underWay!, notAfter: minutes(-1), started: true }
    expect(evaluateGuard('G-GRANT', { ...good, underWay }).verdict).toBe('pass')
  })
  test('a category of the eleven asks for evidence that nothing feeds yet; an open recording fails all the same', () => {
    expect(evaluateGuard('G-EVID', { ...good, categories: [2] })).toMatchObject({
      verdict: 'unknown',
      reasons: ['guard.source_missing:document'],
    })
    expect(evaluateGuard('G-EVID', { ...good, categories: [2], openRecordings: ['x'] }).verdict).toBe('fail')
  })
})

describe('every guard that has none yet', () => {
  test.each(unfed)('%s is unknown, names what will feed it, and holds only where the deployment requires it', (id) => {
    const { feeds } = guardTable[id]
    expect(feeds).not.toBeNull()
    const result = evaluateGuard(id, good)
    expect(result).toEqual({ guard: id, verdict: 'unknown', reasons: [`guard.source_missing:${feeds}`] })
    expect(blocking([result], defaultGuardModes)).toBeUndefined()
    expect(blocking([result], guardModesOf([id]))?.guard).toBe(id)
  })
})

test('a deployment can tighten and never loosen: what has a source stays required', () => {
  fc.assert(
    fc.property(fc.subarray([...guardIds]), (required) => {
      const modes = guardModesOf(required)
      for (const id of guardIds) {
        if (required.includes(id) || guardTable[id].feeds === null) expect(modes[id], id).toBe('required')
        else expect(modes[id], id).toBe('not-yet-fed')
      }
    }),
  )
})

test('every guard is asked somewhere, and every guard and reason has its words', () => {
  const asked = new Set<GuardId>(Object.values(guardsOf).flat())
  expect(guardIds.filter((id) => !asked.has(id))).toEqual([])
  for (const id of guardIds) expect(guardPhrases[id], id).toBeDefined()
  for (const id of fed)
    for (const change of [...fixtures[id]!.fails, fixtures[id]!.missing])
      for (const reason of evaluateGuard(id, { ...good, ...change }).reasons)
        if (reason.startsWith('guard.')) expect(guardReasonPhrases[reason.split(':')[0]!], reason).toBeDefined()
})
