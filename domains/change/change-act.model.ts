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
  isRunning,
  type Part,
} from './change.model.ts'
import {
  blocking,
  evaluateGuards,
  type GuardFacts,
  type GuardId,
  type GuardModes,
  type GuardResult,
  guardsOf,
} from './change-guard.model.ts'
import type { ChangePlan } from './change-plan.model.ts'
import {
  cosignFromDanger,
  inFlight,
  isBatchExecuted,
  isHealthy,
  type NextRun,
  nextRun,
  type StepRun,
} from './change-run.model.ts'

/** One answer to "may this person do this now?": the service refuses by it, and the console shows it beside the button. */
export interface ActFacts {
  readonly now: Date
  readonly change: {
    readonly state: ChangeState
    readonly plan: ChangePlan
    readonly planHash: string | null
    readonly approvedPlanHash: string | null
    readonly windowEnd: Date | null
    readonly currentBatch: number
    readonly soakUntil: Date | null
    readonly rolledBack: boolean
    readonly pausedFrom: ChangeState | null
  }
  readonly people: ChangePeople
  readonly approval: Approval | undefined
  readonly consents: { readonly needed: readonly { systemId: string; tenantId: string }[]; readonly given: readonly string[] }
  readonly runs: readonly (StepRun & { readonly planHash: string })[]
  readonly cosigns: readonly { planHash: string; stepKey: string; phase: string; targetId: string; attempt: number }[]
  readonly guard: GuardFacts
  readonly modes: GuardModes
  readonly sessionState: string | undefined
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
  confirmItems: 'change:manage',
  close: 'change:manage',
} as const
export type Act = keyof typeof actPermissions
export const acts = Object.keys(actPermissions) as Act[]

/** Reads of an earlier plan prove nothing about this one; what was executed stays executed (itsm §2.3-A). */
export const countingRuns = (facts: Pick<ActFacts, 'runs' | 'change'>): readonly StepRun[] =>
  facts.runs.filter((run) => run.phase === 'execute' || run.phase === 'rollback' || run.planHash === facts.change.planHash)
export const soakOver = ({ change, now }: Pick<ActFacts, 'change' | 'now'>): boolean =>
  change.soakUntil !== null && now >= change.soakUntil
/** The next run, or undefined. After a rollback the reviewer judges the result; the plan's own verification no longer applies. */
export function nextOf(facts: Pick<ActFacts, 'runs' | 'change' | 'now'>): NextRun | undefined {
  const { plan, state, currentBatch, rolledBack } = facts.change
  if (state === 'verifying' && rolledBack) return undefined
  return nextRun(plan, state, currentBatch, countingRuns(facts), soakOver(facts))
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
  'G-CONF': 'change.conflict',
  'G-ROOT': 'change.root_not_granted',
  'G-QUAL': 'change.not_qualified',
  'G-EXPECT': 'change.unexpected_result',
  'G-SCOPE': 'change.beyond_plan',
  'G-EVID': 'change.evidence_open',
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
const ready: Rule = ({ change }) =>
  canChange(change.state, 'begin') ? undefined : (lacking[change.state] ?? 'change.wrong_state')
const running: Rule = ({ change }) => (isRunning(change.state) ? undefined : (lacking[change.state] ?? 'change.wrong_state'))
/** The guards that an act asks. A rollback asks few: no red line may trap a half-done change (itsm §2.0.3). */
const guardsOfAct: Partial<Record<Act, (facts: ActFacts) => readonly GuardId[]>> = {
  finishPlan: () => guardsOf.finishPlan,
  decide: () => guardsOf.approve,
  begin: () => guardsOf.begin,
  runNext: ({ change }) => (change.state === 'rolling_back' ? guardsOf.rollbackStep : guardsOf.step),
  releaseBatch: () => guardsOf.nextBatch,
  passVerification: () => guardsOf.verified,
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
  recordTest: [inState('passTest'), as('tester')],
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
  consent: [inState('consent'), as('consenter'), consentIsOpen],
  begin: [ready, executor, as('executor'), guarded('begin')],
  runNext: [running, executor, quiet, somethingIsNext, recorderIsLive, isSigned, guarded('runNext')],
  cosign: [running, reviewer, quiet, signatureIsOpen],
  releaseBatch: [releasable, reviewer, quiet, batchIsHealthy, guarded('releaseBatch')],
  passVerification: [
    inState('passVerification'),
    reviewer,
    quiet,
    (facts) => (nextOf(facts) ? 'change.not_next_step' : undefined),
    guarded('passVerification'),
  ],
  pause: [inState('pause'), mayStop],
  resume: [
    ({ change }) => (change.state === 'paused' && canResumeTo(change.pausedFrom) ? undefined : 'change.wrong_state'),
    as('l2-or-cre'),
    quiet,
  ],
  rollBack: [inState('rollBack'), quiet],
  amend: [
    inState('amend'),
    ({ people }, who) =>
      who.personId === people.requesterId || who.personId === people.executorId ? undefined : 'change.not_requester',
    quiet,
  ],
  confirmItems: [inState('confirmItems'), as('manager')],
  close: [inState('close'), as('manager'), guarded('close')],
}

function planIsFinished(facts: ActFacts): RefusalCode | undefined {
  const { windowEnd } = facts.change
  if (!facts.people.executorId || !facts.people.reviewerId) return 'change.plan_incomplete'
  if (!windowEnd) return 'change.window_invalid'
  if (windowEnd <= facts.now) return 'change.window_invalid'
  return guardRefusal(guardHolding('finishPlan', facts))
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
