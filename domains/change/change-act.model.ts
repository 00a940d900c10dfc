import { type Approval, decisionRefusal } from '@huabiao/domains/approval/approval.model'
import type { RefusalCode } from '@huabiao/kit/errors/errors'
import {
  type ChangeAction,
  type ChangePeople,
  type ChangeRefusal,
  type ChangeState,
  canChange,
  canResumeTo,
  dutyRefusal,
  isExpedited,
  isRunning,
  type Part,
  type Urgency,
} from './change.model.ts'
import { amendmentRefusal, type PlannedVersion } from './change-amendment.model.ts'
import {
  blocking,
  evaluateGuards,
  type GuardFacts,
  type GuardId,
  type GuardModes,
  type GuardResult,
  guardsOf,
} from './change-guard.model.ts'
import { type ChangePlan, contentSlots } from './change-plan.model.ts'
import {
  attemptOf,
  cosignFromDanger,
  inFlight,
  isBatchExecuted,
  isHealthy,
  type NextRun,
  nextRun,
  type StepRun,
} from './change-run.model.ts'
import { withSnapshot } from './change-snapshot.model.ts'
import { deniedRefusal, riskAskedRefusal, riskBearerRefusal, testRefusal, type UrgentFacts } from './change-urgent.model.ts'

/** One answer to "may this person do this now?": the service refuses by it, and the console shows it beside the button. */
export interface ActFacts extends UrgentFacts {
  readonly now: Date
  readonly change: {
    readonly state: ChangeState
    readonly plan: ChangePlan
    readonly planHash: string | null
    readonly approvedPlanHash: string | null
    readonly currentBatch: number
    readonly soakUntil: Date | null
    readonly rolledBack: boolean
    readonly pausedFrom: ChangeState | null
    readonly pauseReason: string | null
    readonly urgency: Urgency
    readonly amendmentId: string | null
    /** The plan as it was frozen holds the platform's own questions. */
    readonly snapshots: boolean
  } & PlannedVersion
  readonly people: ChangePeople
  readonly approval: Approval | undefined
  readonly consents: { readonly needed: readonly { systemId: string; tenantId: string }[]; readonly given: readonly string[] }
  readonly runs: readonly (StepRun & { readonly planHash: string })[]
  readonly cosigns: readonly { planHash: string; stepKey: string; phase: string; targetId: string; attempt: number }[]
  readonly guard: GuardFacts
  readonly modes: GuardModes
  readonly sessionState: string | undefined
  /** SHA-256 of the contents that came in by upload for this change. */
  readonly contents: ReadonlySet<string>
}
export interface Asking {
  readonly personId: string
  readonly tenantId: string
  readonly actions: ReadonlySet<string>
}

/** Every act on a change, and the permission of its endpoint. */
export const actPermissions = {
  submit: 'change:draft',
  accept: 'change:accept',
  return: 'change:accept',
  reject: 'change:accept',
  withdraw: 'change:read',
  startPlanning: 'change:draft',
  savePlan: 'change:draft',
  finishPlan: 'change:draft',
  assess: 'change:assess',
  returnPlan: 'change:assess',
  recordTest: 'change:test',
  decide: 'change:approve',
  reassign: 'change:reassign',
  consent: 'change:consent',
  begin: 'change:execute',
  runNext: 'change:execute',
  cosign: 'change:review',
  releaseBatch: 'change:review',
  passVerification: 'change:review',
  pause: 'change:read',
  resume: 'change:resume',
  rollBack: 'change:stop',
  amend: 'change:draft',
  acceptRisk: 'change:approve',
  dropAmendment: 'change:read',
  abandon: 'change:stop',
  explainItems: 'change:execute',
  confirmItems: 'change:manage',
  close: 'change:manage',
} as const
export type Act = keyof typeof actPermissions
export const acts = Object.keys(actPermissions) as Act[]

/** Reads of an earlier plan prove nothing about this one; what was executed stays executed (itsm §2.3-A). */
export const countingRuns = (facts: Pick<ActFacts, 'runs' | 'change'>): readonly StepRun[] =>
  facts.runs.filter(
    (run) =>
      run.phase === 'execute' || run.phase === 'before' || run.phase === 'rollback' || run.planHash === facts.change.planHash,
  )
export const soakOver = ({ change, now }: Pick<ActFacts, 'change' | 'now'>): boolean =>
  change.soakUntil !== null && now >= change.soakUntil
/** The next run, or undefined. After a rollback the reviewer judges the result; the plan's own verification no longer applies. */
export function nextOf(facts: Pick<ActFacts, 'runs' | 'change' | 'now'>): NextRun | undefined {
  const { plan, state, currentBatch } = facts.change
  const planned = nextRun(plan, state, currentBatch, countingRuns(facts), soakOver(facts))
  const next = withSnapshot(facts.change, facts.runs, planned)
  return next && { ...next, attempt: attemptOf(facts.runs, next.stepKey, next.phase, next.targetId) }
}
export const isCosigned = (facts: Pick<ActFacts, 'cosigns' | 'change'>, next: NextRun): boolean =>
  facts.cosigns.some(
    (sign) =>
      sign.planHash === facts.change.planHash &&
      sign.stepKey === next.stepKey &&
      sign.phase === next.phase &&
      sign.targetId === next.targetId &&
      sign.attempt === next.attempt,
  )
/** A rollback must not wait for a second person: no red line may trap a half-done change (itsm §2.0.3). */
export const needsCosign = (next: NextRun): boolean => next.danger >= cosignFromDanger && next.phase !== 'rollback'

const codeOfGuard: Partial<Record<GuardId, ChangeRefusal>> = {
  'G-PLAN': 'change.plan_incomplete',
  'G-OPER': 'change.plan_incomplete',
  'G-GRAY': 'change.plan_incomplete',
  'G-TEST': 'change.not_tested',
  'G-AUTH': 'change.not_approved',
  'G-CONSENT': 'change.no_consent',
  'G-FREEZE': 'change.frozen',
  'G-REL': 'change.artifact_unreleased',
  'G-NOTIFY': 'change.not_announced',
  'G-CONF': 'change.conflict',
  'G-ROOT': 'change.root_not_granted',
  'G-QUAL': 'change.not_qualified',
  'G-EXPECT': 'change.unexpected_result',
  'G-SCOPE': 'change.beyond_plan',
  'G-EVID': 'change.evidence_open',
  'G-CIV': 'change.items_unexplained',
  'G-RETRO': 'change.filing_overdue',
}
export function guardRefusal(result: GuardResult | undefined): ChangeRefusal | undefined {
  if (!result) return undefined
  if (result.guard === 'G-WIN')
    return result.reasons.includes('guard.window_too_short') ? 'change.window_too_short' : 'change.outside_window'
  if (result.guard === 'G-DUAL')
    return result.reasons.includes('guard.reviewer_absent') ? 'change.reviewer_absent' : 'change.same_person'
  return codeOfGuard[result.guard] ?? 'change.guard_failed'
}

type Rule = (facts: ActFacts, who: Asking) => RefusalCode | undefined
const inState =
  (...actions: ChangeAction[]): Rule =>
  ({ change }) =>
    actions.some((action) => canChange(change.state, action))
      ? undefined
      : change.state === 'paused'
        ? 'change.paused'
        : 'change.wrong_state'
const as =
  (part: Part): Rule =>
  ({ people }, who) =>
    dutyRefusal(people, part, who.personId)
const only =
  (member: 'requesterId' | 'executorId' | 'reviewerId', code: ChangeRefusal): Rule =>
  ({ people }, who) =>
    people[member] === who.personId ? undefined : code
const requester = only('requesterId', 'change.not_requester')
const executor = only('executorId', 'change.not_executor')
const reviewer = only('reviewerId', 'change.not_reviewer')
const quiet: Rule = ({ runs }) => (inFlight(runs) ? 'change.step_running' : undefined)
/** What makes a change ready: on the short path nobody waits for notice periods (itsm §2.3-A). */
export const readyGuards = (change: ActFacts['change']): readonly GuardId[] =>
  isExpedited(change) ? guardsOf.readyUrgent : guardsOf.ready
/** What a change that is not ready yet still lacks: whoever begins it too early is told the red line that holds it, not merely "no". */
const lacking: Partial<Record<ChangeState, ChangeRefusal>> = {
  draft: 'change.plan_incomplete',
  submitted: 'change.plan_incomplete',
  returned: 'change.plan_incomplete',
  accepted: 'change.plan_incomplete',
  planning: 'change.plan_incomplete',
  amending: 'change.plan_incomplete',
  assessing: 'change.not_tested',
  testing: 'change.not_tested',
  approving: 'change.not_approved',
  consenting: 'change.no_consent',
  paused: 'change.paused',
}
const ready: Rule = (facts) => {
  const { state } = facts.change
  if (canChange(state, 'begin')) return undefined
  // Scheduled and not ready: some guard of readiness holds it.
  if (state === 'scheduled')
    return guardRefusal(blocking(evaluateGuards(readyGuards(facts.change), facts.guard), facts.modes)) ?? 'change.wrong_state'
  return lacking[state] ?? 'change.wrong_state'
}
/** What the plan places must be there whole, the way back included, before anything begins: a rollback cannot wait for an upload. */
const contentIsThere: Rule = ({ change, contents }) =>
  change.state === 'rolling_back' || contentSlots(change.plan).every((slot) => contents.has(slot.sha256))
    ? undefined
    : 'change.content_missing'
const running: Rule = ({ change }) => (isRunning(change.state) ? undefined : (lacking[change.state] ?? 'change.wrong_state'))
/** The guards that an act asks. A rollback asks few: no red line may trap a half-done change (itsm §2.0.3). */
const guardsOfAct: Partial<Record<Act, (facts: ActFacts) => readonly GuardId[]>> = {
  finishPlan: () => guardsOf.finishPlan,
  decide: ({ change }) => (isExpedited(change) ? guardsOf.approveUrgent : guardsOf.approve),
  begin: () => guardsOf.begin,
  runNext: ({ change }) => (change.state === 'rolling_back' ? guardsOf.rollbackStep : guardsOf.step),
  releaseBatch: () => guardsOf.nextBatch,
  resume: ({ change }) => (change.pausedFrom === 'rolling_back' ? [] : guardsOf.resume),
  passVerification: () => guardsOf.verified,
  confirmItems: () => guardsOf.confirmItems,
  close: () => guardsOf.close,
}
/** The guard that holds this act back now, for whoever words or records the refusal. */
export const guardHolding = (act: Act, facts: ActFacts): GuardResult | undefined =>
  blocking(evaluateGuards(guardsOfAct[act]?.(facts) ?? [], facts.guard), facts.modes)
const guarded =
  (act: Act): Rule =>
  (facts) =>
    guardRefusal(guardHolding(act, facts))

const rules: Readonly<Record<Act, readonly Rule[]>> = {
  submit: [inState('submit'), requester],
  accept: [inState('accept'), as('manager')],
  return: [inState('return'), as('manager')],
  reject: [({ change }) => (change.state === 'submitted' ? undefined : 'change.wrong_state'), as('manager')],
  withdraw: [
    inState('withdraw'),
    // Half done is not withdrawn: it is finished, undone, or given up by name.
    ({ change }) => (change.amendmentId === null ? undefined : 'change.half_done'),
    ({ people }, who) =>
      who.personId === people.requesterId || who.personId === people.managerId ? undefined : 'change.not_requester',
  ],
  startPlanning: [inState('plan'), requester],
  savePlan: [
    ({ change }) =>
      ['draft', 'returned', 'planning', 'amending'].includes(change.state) || canChange(change.state, 'editPlan')
        ? undefined
        : 'change.wrong_state',
    requester,
  ],
  finishPlan: [inState('finishPlan', 'finishAmendment'), requester, planIsFinished],
  assess: [inState('assess'), as('assessor')],
  returnPlan: [({ change }) => (change.state === 'assessing' ? undefined : 'change.wrong_state'), as('assessor')],
  recordTest: [(facts, who) => testRefusal(facts, who.personId), as('tester')],
  decide: [
    ({ change }) => (change.state === 'assessing' || change.state === 'testing' ? 'change.not_tested' : undefined),
    inState('approve'),
    as('approver'),
    ({ approval, change }, who) =>
      approval ? decisionRefusal(approval, who.personId, change.planHash ?? '') : 'change.not_approver',
    guarded('decide'),
  ],
  // Whose matter it is changes nobody's seat in it; which seat, the approval itself judges.
  reassign: [inState('approve'), as('approver')],
  consent: [mayStillConsent, as('consenter'), consentIsOpen],
  begin: [ready, executor, as('executor'), contentIsThere, guarded('begin')],
  runNext: [running, executor, quiet, somethingIsNext, recorderIsLive, contentIsThere, isSigned, guarded('runNext')],
  cosign: [running, reviewer, quiet, signatureIsOpen],
  releaseBatch: [releasable, reviewer, quiet, batchIsHealthy, guarded('releaseBatch')],
  passVerification: [
    inState('passVerification'),
    reviewer,
    quiet,
    // After a rollback the snapshot is offered only: its window may be over.
    (facts) => (nextOf(facts) && !facts.change.rolledBack ? 'change.not_next_step' : undefined),
    guarded('passVerification'),
  ],
  pause: [inState('pause'), mayStop],
  resume: [
    ({ change }) => (change.state === 'paused' && canResumeTo(change.pausedFrom) ? undefined : 'change.wrong_state'),
    ({ change }) => deniedRefusal(change),
    as('l2-or-cre'),
    quiet,
    guarded('resume'),
  ],
  rollBack: [inState('rollBack'), quiet],
  amend: [
    inState('amend'),
    ({ change }) => deniedRefusal(change),
    ({ people }, who) =>
      who.personId === people.requesterId || who.personId === people.executorId ? undefined : 'change.not_requester',
    quiet,
  ],
  acceptRisk: [riskAskedRefusal, as('approver'), (facts, who) => riskBearerRefusal(facts, who.personId)],
  dropAmendment: [
    inState('dropAmendment'),
    ({ change }) => (change.amendmentId === null ? 'change.wrong_state' : undefined),
    mayStop,
  ],
  abandon: [
    inState('abandon'),
    ({ people }, who) =>
      [people.requesterId, people.executorId, people.managerId].includes(who.personId) ? undefined : 'change.not_requester',
    quiet,
  ],
  explainItems: [
    inState('confirmItems'),
    executor,
    ({ guard }) => (guard.unexplained?.length === 0 ? 'change.nothing_to_explain' : undefined),
  ],
  confirmItems: [inState('confirmItems'), as('manager'), guarded('confirmItems')],
  close: [inState('close'), as('manager'), guarded('close')],
}

function planIsFinished(facts: ActFacts): RefusalCode | undefined {
  const { windowEnd } = facts.change
  const { amendment, change, now } = facts
  if (!facts.people.executorId || !facts.people.reviewerId) return 'change.plan_incomplete'
  const code = amendment && amendmentRefusal(change, amendment.from, now)
  if (code) return code
  if (!windowEnd) return 'change.window_invalid'
  if (windowEnd <= facts.now) return 'change.window_invalid'
  return guardRefusal(guardHolding('finishPlan', facts))
}
/** Where a word given in advance no longer covers the change, the customer may still give it for this plan. */
function mayStillConsent({ change }: ActFacts): RefusalCode | undefined {
  const open = canChange(change.state, 'consent') || change.state === 'scheduled' || change.state === 'paused'
  return open ? undefined : 'change.wrong_state'
}
function consentIsOpen({ consents }: ActFacts, who: Asking): RefusalCode | undefined {
  const mine = consents.needed.filter((need) => need.tenantId === who.tenantId)
  // Consent is the customer's alone: whoever gives it for them finds it still missing (RL-11).
  if (mine.length === 0) return 'change.no_consent'
  return mine.every((need) => consents.given.includes(need.systemId)) ? 'change.already_decided' : undefined
}
function somethingIsNext(facts: ActFacts): RefusalCode | undefined {
  if (nextOf(facts)) return undefined
  const { state, soakUntil } = facts.change
  if ((state === 'gray_soaking' || state === 'rolling') && soakUntil && !soakOver(facts)) return 'change.soaking'
  return state === 'gray_soaking' || state === 'rolling' ? 'change.batch_locked' : 'change.not_next_step'
}
function recorderIsLive({ sessionState }: ActFacts): RefusalCode | undefined {
  return sessionState === 'live' ? undefined : 'session.recorder_unavailable'
}
function isSigned(facts: ActFacts): RefusalCode | undefined {
  const next = nextOf(facts)
  return next && needsCosign(next) && !isCosigned(facts, next) ? 'change.cosign_missing' : undefined
}
function signatureIsOpen(facts: ActFacts): RefusalCode | undefined {
  const next = nextOf(facts)
  if (!next || !needsCosign(next)) return 'change.not_next_step'
  return isCosigned(facts, next) ? 'change.already_decided' : undefined
}
function releasable({ change }: ActFacts): RefusalCode | undefined {
  if (change.state === 'paused') return 'change.paused'
  if (change.state !== 'gray_soaking' && change.state !== 'rolling') return 'change.wrong_state'
  return change.currentBatch < change.plan.batches.length ? undefined : 'change.batch_locked'
}
function batchIsHealthy(facts: ActFacts): RefusalCode | undefined {
  const { plan, currentBatch } = facts.change
  const runs = countingRuns(facts)
  if (!isBatchExecuted(plan, currentBatch, runs)) return 'change.batch_locked'
  if (!soakOver(facts)) return 'change.soaking'
  return isHealthy(plan, currentBatch, runs) ? undefined : 'change.health_missing'
}
/** Whoever takes part may stop it; so may whoever holds the permission to stop (supervisor, L2). */
function mayStop({ people }: ActFacts, who: Asking): RefusalCode | undefined {
  const part = [people.executorId, people.reviewerId, people.managerId, people.requesterId].includes(who.personId)
  return part || who.actions.has('change:stop') ? undefined : 'change.not_executor'
}

/** Why the act is refused to this person now, or undefined. Total. */
export function actRefusal(act: Act, facts: ActFacts, who: Asking): RefusalCode | undefined {
  if (!who.actions.has(actPermissions[act])) return 'access.denied'
  for (const rule of rules[act]) {
    const code = rule(facts, who)
    if (code) return code
  }
  return undefined
}

/**
 * Why this person may not bring in content for the plan now. No door is wider than another (NT-B10): whoever could not begin the change,
 * or run its next step, moves no file for it either; what they lack is the content itself, and the signature on the step that needs it.
 */
export function contentRefusal(facts: ActFacts, who: Asking): RefusalCode | undefined {
  if (!who.actions.has('change:execute')) return 'access.denied'
  const act = isRunning(facts.change.state) ? 'runNext' : 'begin'
  for (const rule of rules[act]) {
    const code = rule === contentIsThere || rule === isSigned ? undefined : rule(facts, who)
    if (code) return code
  }
  return undefined
}
