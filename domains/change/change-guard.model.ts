import { type Notice, noticeFault } from '@huabiao/domains/announcement/announcement.model'
import type { Standing } from '@huabiao/domains/release/release.model'

/**
 * The guards (红线护栏) of anchors/itsm.md §2.0.2: pure functions of facts to pass, fail or unknown, with reasons. Unknown is fail; a
 * guard that throws fails. A guard whose source does not exist yet answers unknown and says what will feed it; whether that stops a
 * change is a setting per deployment (`required` or `not-yet-fed`), visible wherever the guard is shown.
 */
export const guardIds = [
  'G-PLAN',
  'G-OPER',
  'G-TEST',
  'G-REL',
  'G-AUTH',
  'G-CONSENT',
  'G-DUAL',
  'G-WIN',
  'G-FREEZE',
  'G-PEAK',
  'G-CONF',
  'G-NOTIFY',
  'G-GRAY',
  'G-EXPECT',
  'G-SCOPE',
  'G-GRANT',
  'G-ROOT',
  'G-QUAL',
  'G-BUDGET',
  'G-BACKUP',
  'G-CIV',
  'G-HON',
  'G-EVID',
  'G-RETRO',
] as const
export type GuardId = (typeof guardIds)[number]
export const guardVerdicts = ['pass', 'fail', 'unknown'] as const
export type GuardVerdict = (typeof guardVerdicts)[number]
export type GuardMode = 'required' | 'not-yet-fed'

/** The red line a guard enforces, and the source that feeds it where no data exists yet. */
export const guardTable = {
  'G-PLAN': { rule: 'RL-04', feeds: null },
  'G-OPER': { rule: 'RL-04', feeds: null },
  'G-TEST': { rule: 'RL-05', feeds: null },
  'G-REL': { rule: 'RL-12', feeds: null },
  'G-AUTH': { rule: 'RL-01', feeds: null },
  'G-CONSENT': { rule: 'RL-11', feeds: null },
  'G-DUAL': { rule: 'RL-06', feeds: null },
  'G-WIN': { rule: 'RL-02', feeds: null },
  'G-FREEZE': { rule: 'RL-03', feeds: null },
  'G-PEAK': { rule: 'RL-02', feeds: 'telemetry' },
  'G-CONF': { rule: 'RL-02', feeds: null },
  'G-NOTIFY': { rule: 'RL-11', feeds: null },
  'G-GRAY': { rule: 'RL-08', feeds: null },
  'G-EXPECT': { rule: 'RL-09', feeds: null },
  'G-SCOPE': { rule: 'RL-07', feeds: null },
  'G-GRANT': { rule: 'RL-07', feeds: null },
  'G-ROOT': { rule: 'RL-17', feeds: null },
  'G-QUAL': { rule: 'RL-24', feeds: null },
  'G-BUDGET': { rule: 'RL-02', feeds: 'sla' },
  'G-BACKUP': { rule: 'RL-04', feeds: 'backup' },
  'G-CIV': { rule: 'RL-07', feeds: null },
  'G-HON': { rule: 'RL-13', feeds: 'alarm' },
  // The recording is ours to check; the extra evidence of the eleven categories (itsm §2.2.3) waits for the document store.
  'G-EVID': { rule: 'RL-40', feeds: 'document' },
  'G-RETRO': { rule: 'RL-10', feeds: null },
} as const satisfies Record<GuardId, { rule: string; feeds: string | null }>

export interface GuardResult {
  readonly guard: GuardId
  readonly verdict: GuardVerdict
  /** Machine codes of why, worded by the phrases; empty when it passed. */
  readonly reasons: readonly string[]
}

/** What the guards look at. A missing member means its source did not answer: the guard is then unknown. */
export interface GuardFacts {
  readonly now: Date
  readonly running: boolean
  readonly planHash: string | null | undefined
  readonly approvedPlanHash: string | null | undefined
  readonly approvalComplete: boolean | undefined
  /** A standard change: whether its model stands in for approvals and test, and why not. Absent where the change is none. */
  readonly standard?: { readonly holds: boolean; readonly reasons: readonly string[] } | undefined
  readonly lintErrors: readonly string[] | undefined
  /** Files about to be placed: of the whole plan until it runs, of the next step while it runs. */
  readonly artifacts: readonly { readonly path: string; readonly standing: Standing }[] | undefined
  readonly passedTests: readonly { planHash: string; environment: string; testerId: string; at: Date }[] | undefined
  /** Technical manager and CRE bear the risk of this very plan untested; only what is urgent or half done may ask them (itsm §2.3-A). */
  readonly riskAccepted?: boolean | undefined
  readonly requesterId: string
  readonly risk: 'R1' | 'R2' | 'R3' | 'R4'
  readonly consents: { needed: readonly string[]; given: readonly string[] } | undefined
  /** Each affected unit, and what it was told about this plan. */
  readonly notices: readonly Notice[] | undefined
  readonly executorId: string | null | undefined
  readonly reviewerId: string | null | undefined
  readonly reviewerSeenAt: Date | null | undefined
  readonly windowStart: Date | null | undefined
  readonly windowEnd: Date | null | undefined
  readonly remainingMs: number | undefined
  readonly freezes: readonly { name: string; startsAt: Date; endsAt: Date }[] | undefined
  readonly conflicts: readonly string[] | undefined
  readonly qualified: { executor: boolean; reviewer: boolean } | undefined
  readonly privileged: { used: boolean; approved: boolean } | undefined
  readonly greyErrors: readonly string[] | undefined
  readonly categories: readonly number[]
  /** Whether any run was ever granted: before that, results, scope and grants have nothing to say. */
  readonly begun: boolean
  /** Newest results that are worse than expected and that nobody took as they are, as `step @ target`. */
  readonly unmet: readonly string[] | undefined
  /** Runs that the plan they name does not hold, or not at that place in its order. */
  readonly beyondPlan: readonly string[] | undefined
  /** The run that is under way, as its grant covers it; null when none is. */
  readonly underWay: { executorId: string; planHash: string; notAfter: Date; started: boolean } | null | undefined
  /** Differences of configuration items that the plan does not declare and nobody has explained, as `target key`. */
  readonly unexplained: readonly string[] | undefined
  /** Sessions of this change whose recording is neither sealed nor declared a gap. */
  readonly openRecordings: readonly string[] | undefined
  /** Numbers of emergencies whose filing is overdue or was rejected, of executor, reviewer or a target (NT-F03). */
  readonly filingsOwed: readonly string[] | undefined
}

/** A reviewer unseen for this long is absent (itsm §2.0.3, D). */
export const reviewerAbsentMs = 60_000
/** A test older than this no longer speaks for today's production (G-TEST, D). */
export const testValidMs = 30 * 86_400_000

type Judged = Omit<GuardResult, 'guard'>
// Nearly every guard passes nearly every time: one value for all of them, and no array that stays empty, make a decision twice as fast
// (docs/bench.md, 2026-11-25).
const none: readonly string[] = Object.freeze([])
const pass: Judged = Object.freeze({ verdict: 'pass', reasons: none })
const passed = Object.fromEntries(guardIds.map((guard) => [guard, Object.freeze({ guard, ...pass })])) as Readonly<
  Record<GuardId, GuardResult>
>
const verdict = (reasons: readonly string[]): Judged => (reasons.length === 0 ? pass : { verdict: 'fail', reasons })
const expects = (holds: boolean, reason: string): Judged => (holds ? pass : { verdict: 'fail', reasons: [reason] })
const unknown = (reason: string): Judged => ({ verdict: 'unknown', reasons: [reason] })
const unfed = (source: string) => (): Judged => unknown(`guard.source_missing:${source}`)

const checks: Readonly<Record<GuardId, (facts: GuardFacts) => Judged>> = {
  'G-PLAN': (f) => (f.lintErrors === undefined ? unknown('guard.source_missing:lint') : verdict(f.lintErrors.slice(0, 10))),
  // Rehearsed means: tested on the same hash, rollback steps included; the resolve part is lint.
  'G-OPER': (f) =>
    f.passedTests === undefined || f.lintErrors === undefined
      ? unknown('guard.source_missing:test')
      : verdict([
          // Rehearsed once for all, with the model.
          ...f.lintErrors.filter((code) => code.includes('rollback')),
          ...(f.standard?.holds || f.passedTests.some((t) => t.planHash === f.planHash) ? [] : ['guard.not_rehearsed']),
        ]),
  'G-TEST': (f) => {
    if (f.passedTests === undefined) return unknown('guard.source_missing:test')
    if (f.riskAccepted === true) return pass
    // The model was tested by another person than its author, and is reviewed again every half year (RL-05).
    if (f.standard?.holds) return pass
    const valid = f.passedTests.filter(
      (t) => t.planHash === f.planHash && t.environment !== 'production' && f.now.getTime() - t.at.getTime() <= testValidMs,
    )
    if (valid.length === 0) return verdict(['guard.no_test_of_this_plan'])
    return verdict(
      valid.some((t) => t.testerId !== f.requesterId) || (f.risk !== 'R1' && f.risk !== 'R2') ? [] : ['guard.tested_by_author'],
    )
  },
  'G-REL': (f) =>
    f.artifacts === undefined
      ? unknown('guard.source_missing:release')
      : verdict(
          f.artifacts
            .filter((artifact) => artifact.standing !== 'issued')
            .slice(0, 10)
            .map(({ path, standing }) => `guard.artifact_${standing === 'withdrawn' ? 'withdrawn' : 'unreleased'}:${path}`),
        ),
  'G-AUTH': (f) =>
    f.approvalComplete === undefined
      ? unknown('guard.source_missing:approval')
      : f.standard && !f.standard.holds
        ? verdict(f.standard.reasons.slice(0, 10).map((reason) => `guard.standard_${reason}`))
        : expects(f.approvalComplete && f.planHash != null && f.planHash === f.approvedPlanHash, 'guard.not_approved'),
  'G-CONSENT': (f) =>
    f.consents === undefined
      ? unknown('guard.source_missing:consent')
      : verdict(f.consents.needed.filter((id) => !f.consents!.given.includes(id)).map(() => 'guard.consent_missing')),
  'G-DUAL': (f) => {
    if (!f.reviewerId || !f.executorId) return verdict(['guard.no_reviewer'])
    if (f.reviewerId === f.executorId) return verdict(['guard.same_person'])
    if (f.reviewerSeenAt === undefined) return unknown('guard.source_missing:presence')
    const seen = f.reviewerSeenAt !== null && f.now.getTime() - f.reviewerSeenAt.getTime() <= reviewerAbsentMs
    return expects(seen, 'guard.reviewer_absent')
  },
  'G-WIN': (f) => {
    if (!f.windowStart || !f.windowEnd) return verdict(['guard.no_window'])
    const [now, end] = [f.now.getTime(), f.windowEnd.getTime()]
    if (now < f.windowStart.getTime()) return verdict(['guard.before_window'])
    if (now >= end) return verdict(['guard.after_window'])
    if (f.remainingMs === undefined) return unknown('guard.source_missing:estimate')
    return expects(end - now >= f.remainingMs, 'guard.window_too_short')
  },
  'G-FREEZE': (f) =>
    f.freezes === undefined
      ? unknown('guard.source_missing:freeze')
      : verdict(
          f.freezes
            .filter(
              (freeze) =>
                freeze.startsAt <= (f.running ? f.now : (f.windowEnd ?? f.now)) &&
                freeze.endsAt > (f.running ? f.now : (f.windowStart ?? f.now)),
            )
            .map(({ name }) => `guard.frozen:${name}`),
        ),
  'G-PEAK': unfed('telemetry'),
  'G-CONF': (f) =>
    f.conflicts === undefined
      ? unknown('guard.source_missing:booking')
      : verdict(f.conflicts.map((no) => `guard.conflicts_with:${no}`)),
  'G-NOTIFY': (f) =>
    f.notices === undefined
      ? unknown('guard.source_missing:announcement')
      : verdict(
          f.notices.flatMap((notice) => {
            const fault = noticeFault(notice, f.windowStart ?? null)
            return fault ? [`guard.${fault}:${notice.unit}`] : []
          }),
        ),
  'G-GRAY': (f) => (f.greyErrors === undefined ? unknown('guard.source_missing:lint') : verdict([...f.greyErrors])),
  'G-EXPECT': (f) => {
    if (!f.begun) return unknown('guard.while_running')
    if (f.unmet === undefined) return unknown('guard.source_missing:runs')
    return verdict(f.unmet.slice(0, 10).map((place) => `guard.unexpected_result:${place}`))
  },
  'G-SCOPE': (f) => {
    if (!f.begun) return unknown('guard.while_running')
    if (f.beyondPlan === undefined) return unknown('guard.source_missing:runs')
    return verdict(f.beyondPlan.slice(0, 10).map((place) => `guard.beyond_plan:${place}`))
  },
  'G-GRANT': (f) => {
    if (!f.begun) return unknown('guard.while_running')
    if (f.underWay === undefined) return unknown('guard.source_missing:grants')
    if (f.underWay === null) return verdict([])
    const { executorId, planHash, notAfter, started } = f.underWay
    return verdict([
      ...(executorId === f.executorId ? [] : ['guard.grant_of_another_executor']),
      ...(planHash === f.planHash ? [] : ['guard.grant_of_another_plan']),
      // A step that began in time may end after it: the grant is for beginning.
      ...(started || f.now <= notAfter ? [] : ['guard.grant_over']),
    ])
  },
  'G-ROOT': (f) =>
    f.privileged === undefined
      ? unknown('guard.source_missing:accounts')
      : expects(!f.privileged.used || f.privileged.approved, 'guard.root_not_approved'),
  'G-QUAL': (f) =>
    f.qualified === undefined
      ? unknown('guard.source_missing:training')
      : f.qualified.executor && f.qualified.reviewer
        ? pass
        : verdict([
            ...(f.qualified.executor ? [] : ['guard.executor_not_qualified']),
            ...(f.qualified.reviewer ? [] : ['guard.reviewer_not_qualified']),
          ]),
  'G-BUDGET': unfed('sla'),
  'G-BACKUP': unfed('backup'),
  'G-CIV': (f) => {
    if (!f.begun) return unknown('guard.while_running')
    if (f.unexplained === undefined) return unknown('guard.source_missing:snapshot')
    return verdict(f.unexplained.slice(0, 10).map((place) => `guard.item_unexplained:${place}`))
  },
  'G-HON': unfed('alarm'),
  'G-EVID': (f) => {
    if (f.openRecordings === undefined) return unknown('guard.source_missing:recording')
    if (f.openRecordings.length > 0) return verdict(['guard.recording_open'])
    return f.categories.length > 0 ? unknown('guard.source_missing:document') : verdict([])
  },
  'G-RETRO': (f) =>
    f.filingsOwed === undefined
      ? unknown('guard.source_missing:emergency')
      : verdict(f.filingsOwed.map((no) => `guard.filing_overdue:${no}`)),
}

/** One guard. Total: one that throws fails, and says so. */
export function evaluateGuard(guard: GuardId, facts: GuardFacts): GuardResult {
  try {
    const judged = checks[guard](facts)
    return judged === pass ? passed[guard] : { guard, ...judged }
  } catch {
    return { guard, verdict: 'fail', reasons: ['guard.threw'] }
  }
}
export const evaluateGuards = (guards: readonly GuardId[], facts: GuardFacts): GuardResult[] =>
  guards.map((guard) => evaluateGuard(guard, facts))

export type GuardModes = Readonly<Record<GuardId, GuardMode>>
/** A deployment starts with every fed guard required; only a guard without a source may stand as `not-yet-fed`. */
export const defaultGuardModes: GuardModes = Object.fromEntries(
  guardIds.map((id) => [id, guardTable[id].feeds === null ? 'required' : 'not-yet-fed']),
) as Record<GuardId, GuardMode>

/**
 * The modes of a deployment: what it requires beyond the defaults. A setting can only tighten: a guard whose source is there stays required
 * (itsm §2.0.2). A required guard without a source stops every change at that point, which is the honest answer of who demands it.
 */
export const guardModesOf = (required: readonly GuardId[]): GuardModes =>
  Object.fromEntries(guardIds.map((id) => [id, required.includes(id) ? 'required' : defaultGuardModes[id]])) as Record<
    GuardId,
    GuardMode
  >

/** The first guard that holds the change back: fail always does, unknown does where the guard is required. */
export const blocking = (results: readonly GuardResult[], modes: GuardModes): GuardResult | undefined =>
  results.find(
    (result) =>
      result.verdict === 'fail' ||
      (result.verdict === 'unknown' && modes[result.guard] === 'required' && result.reasons[0] !== 'guard.while_running'),
  )

/** Guards of the acts (rows 14–20 of itsm §2.1). */
export const guardsOf = {
  finishPlan: ['G-PLAN', 'G-GRAY', 'G-REL'],
  approve: ['G-PLAN', 'G-REL', 'G-TEST', 'G-OPER', 'G-GRAY'],
  schedule: ['G-AUTH', 'G-CONSENT', 'G-CONF', 'G-FREEZE'],
  ready: [
    'G-AUTH',
    'G-CONSENT',
    'G-CONF',
    'G-FREEZE',
    'G-PEAK',
    'G-NOTIFY',
    'G-REL',
    'G-TEST',
    'G-QUAL',
    'G-RETRO',
    'G-BUDGET',
    'G-BACKUP',
    'G-ROOT',
  ],
  begin: [
    'G-AUTH',
    'G-CONSENT',
    'G-FREEZE',
    'G-REL',
    'G-TEST',
    'G-WIN',
    'G-DUAL',
    'G-QUAL',
    'G-RETRO',
    'G-ROOT',
    'G-GRAY',
    'G-PLAN',
  ],
  step: ['G-AUTH', 'G-CONSENT', 'G-FREEZE', 'G-REL', 'G-WIN', 'G-DUAL', 'G-QUAL', 'G-ROOT', 'G-SCOPE', 'G-GRANT'],
  nextBatch: ['G-AUTH', 'G-CONSENT', 'G-FREEZE', 'G-REL', 'G-WIN', 'G-DUAL', 'G-QUAL', 'G-ROOT', 'G-SCOPE', 'G-EXPECT'],
  // The short path of itsm §2.3-A: nobody waits for notice periods, and the test may be owed; everything else holds.
  approveUrgent: ['G-PLAN', 'G-REL', 'G-GRAY', 'G-QUAL'],
  readyUrgent: ['G-AUTH', 'G-CONSENT', 'G-CONF', 'G-FREEZE', 'G-REL', 'G-TEST', 'G-QUAL', 'G-RETRO', 'G-ROOT'],
  // Back to work is barred by what would stop it again at once.
  resume: ['G-CONSENT', 'G-FREEZE', 'G-REL'],
  // No red line may trap a half-done change: the way back needs only that this very plan was approved (itsm §2.0.3).
  rollbackStep: ['G-AUTH', 'G-GRANT'],
  verified: ['G-EXPECT', 'G-SCOPE'],
  confirmItems: ['G-CIV'],
  close: ['G-CIV', 'G-HON', 'G-EVID'],
} as const satisfies Record<string, readonly GuardId[]>
