import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** Life of a change (变更); anchors/itsm.md §2.1. The table below is the law: what it does not list cannot happen. */
export const changeStates = [
  'draft',
  'submitted',
  'accepted',
  'planning',
  'assessing',
  'testing',
  'approving',
  'consenting',
  'scheduled',
  'ready',
  'prechecking',
  'gray_running',
  'gray_soaking',
  'rolling',
  'verifying',
  'ci_reviewing',
  'reviewing',
  'closed',
  'returned',
  'rejected',
  'withdrawn',
  'paused',
  'amending',
  'rolling_back',
  'expired',
] as const
export type ChangeState = (typeof changeStates)[number]

export const runningStates = [
  'prechecking',
  'gray_running',
  'gray_soaking',
  'rolling',
  'verifying',
  'rolling_back',
] as const satisfies readonly ChangeState[]
export const finalStates = ['closed', 'rejected', 'withdrawn', 'expired'] as const satisfies readonly ChangeState[]
/** States in which the approvals, consents and grants of a plan may exist; an edit of the plan voids them all and leads back to planning. */
export const boundStates = [
  'assessing',
  'testing',
  'approving',
  'consenting',
  'scheduled',
  'ready',
] as const satisfies readonly ChangeState[]

export const isRunning = (state: ChangeState): boolean => (runningStates as readonly ChangeState[]).includes(state)
export const isFinal = (state: ChangeState): boolean => (finalStates as readonly ChangeState[]).includes(state)
export const openStates = changeStates.filter((state) => !isFinal(state))

/** Who may fire a transition: parts people play in this change, or `system`. Roles are checked by the permission of the endpoint. */
export type Part =
  | 'requester'
  | 'manager'
  | 'assessor'
  | 'tester'
  | 'approver'
  | 'consenter'
  | 'executor'
  | 'reviewer'
  | 'l2-or-cre'
  | 'system'

interface Transition {
  readonly from: readonly ChangeState[]
  readonly to: ChangeState
  readonly by: readonly Part[]
}

/** Numbers are the rows of the table in anchors/itsm.md §2.1. */
export const transitions = {
  /* 2 */ submit: { from: ['draft', 'returned'], to: 'submitted', by: ['requester'] },
  /* 3 */ accept: { from: ['submitted'], to: 'accepted', by: ['manager'] },
  /* 4 */ reject: { from: ['submitted', 'approving', 'consenting'], to: 'rejected', by: ['manager', 'approver', 'consenter'] },
  /* 4 */ return: { from: ['submitted'], to: 'returned', by: ['manager'] },
  /* 5 */ plan: { from: ['accepted'], to: 'planning', by: ['requester'] },
  /* 6 */ finishPlan: { from: ['planning'], to: 'assessing', by: ['requester'] },
  /* 7, 12 */ returnPlan: { from: ['assessing', 'approving'], to: 'planning', by: ['assessor', 'approver'] },
  /* 2.1, standard change: a published model stands in for rows 7 to 12 */
  admitStandard: { from: ['assessing'], to: 'consenting', by: ['system'] },
  /* 8 */ assess: { from: ['assessing'], to: 'testing', by: ['assessor'] },
  /* 9 */ passTest: { from: ['testing'], to: 'approving', by: ['tester'] },
  /* 10 */ failTest: { from: ['testing'], to: 'planning', by: ['tester'] },
  /* 11 */ approve: { from: ['approving'], to: 'consenting', by: ['approver'] },
  /* 13 */ editPlan: {
    from: ['assessing', 'testing', 'approving', 'consenting', 'scheduled', 'ready'],
    to: 'planning',
    by: ['requester'],
  },
  /* 14 */ consent: { from: ['consenting'], to: 'scheduled', by: ['consenter', 'system'] },
  /* 15 */ makeReady: { from: ['scheduled'], to: 'ready', by: ['system'] },
  /* 15 */ unready: { from: ['ready'], to: 'scheduled', by: ['system'] },
  /* 16 */ begin: { from: ['ready'], to: 'prechecking', by: ['executor'] },
  /* 17 */ startGrey: { from: ['prechecking'], to: 'gray_running', by: ['system'] },
  /* 18 */ soak: { from: ['gray_running'], to: 'gray_soaking', by: ['system'] },
  /* 19 */ roll: { from: ['gray_soaking'], to: 'rolling', by: ['reviewer'] },
  /* 20 */ nextBatch: { from: ['rolling'], to: 'rolling', by: ['reviewer'] },
  /* 21 */ verify: { from: ['rolling', 'gray_soaking'], to: 'verifying', by: ['system', 'reviewer'] },
  /* 22 */ pause: {
    from: ['prechecking', 'gray_running', 'gray_soaking', 'rolling', 'verifying', 'rolling_back'],
    to: 'paused',
    by: ['system', 'executor', 'reviewer', 'manager', 'l2-or-cre'],
  },
  /* 24 */ rollBack: { from: ['paused'], to: 'rolling_back', by: ['executor', 'manager', 'system'] },
  /* 25 */ amend: { from: ['paused'], to: 'amending', by: ['requester', 'executor'] },
  /* itsm 2.3-A: what is urgent, or half done, is approved before anything else; its test may follow as a debt. */
  finishUrgent: { from: ['planning'], to: 'approving', by: ['requester'] },
  finishAmendment: { from: ['amending'], to: 'approving', by: ['requester'] },
  editAmendment: { from: ['approving', 'consenting', 'scheduled', 'ready'], to: 'amending', by: ['requester', 'approver'] },
  /** Denied, given up or out of its window: back where it was paused, with the plan that ran so far. */
  dropAmendment: {
    from: ['amending', 'approving', 'consenting', 'scheduled', 'ready'],
    to: 'paused',
    by: ['approver', 'consenter', 'requester', 'executor', 'manager', 'system'],
  },
  /** An amended plan goes on in the batch where something is missing: those before it are done, soaked and healthy already. */
  rejoin: { from: ['prechecking'], to: 'rolling', by: ['system'] },
  /** It stays as it is: neither finished nor undone. */
  abandon: { from: ['paused'], to: 'ci_reviewing', by: ['requester', 'executor', 'manager'] },
  /* 26 */ rolledBack: { from: ['rolling_back'], to: 'verifying', by: ['system'] },
  /* 27 */ passVerification: { from: ['verifying'], to: 'ci_reviewing', by: ['reviewer'] },
  /* 29 */ confirmItems: { from: ['ci_reviewing'], to: 'reviewing', by: ['manager'] },
  /* 30 */ close: { from: ['reviewing'], to: 'closed', by: ['manager'] },
  /* 31 */ withdraw: {
    from: [
      'draft',
      'returned',
      'submitted',
      'accepted',
      'planning',
      'assessing',
      'testing',
      'approving',
      'consenting',
      'scheduled',
    ],
    to: 'withdrawn',
    by: ['requester', 'manager'],
  },
  /* 32 */ expire: { from: ['scheduled', 'ready', 'draft'], to: 'expired', by: ['system'] },
} as const satisfies Record<string, Transition>
export type ChangeAction = keyof typeof transitions
export const changeActions = Object.keys(transitions) as ChangeAction[]

/** `resume` (row 23) goes back to where the change was paused, so its target is data and not in the table. */
export const canResumeTo = (pausedFrom: ChangeState | null): pausedFrom is ChangeState =>
  pausedFrom !== null && isRunning(pausedFrom)

export const canChange = (state: ChangeState, action: ChangeAction): boolean =>
  (transitions[action].from as readonly ChangeState[]).includes(state)
export const afterChange = (action: ChangeAction): ChangeState => transitions[action].to

/** Urgency grade (itsm §2.2.1). U0 and U1 are the emergency paths. */
export const urgencies = ['U1', 'U2', 'U3', 'U4'] as const
export type Urgency = (typeof urgencies)[number]
/** Risk: R1 major 重大, R2 considerable 较大, R3 ordinary 一般, R4 low 低. Computed, never self-reported. */
export const risks = ['R1', 'R2', 'R3', 'R4'] as const
export type Risk = (typeof risks)[number]

/** U1, or an amendment of what runs: the short path of itsm §2.3-A. */
export const isExpedited = (change: { readonly urgency: Urgency; readonly amendmentId: string | null }): boolean =>
  change.urgency === 'U1' || change.amendmentId !== null

export const outcomes = ['success', 'success_with_deviation', 'rolled_back', 'failed', 'abandoned', 'expired'] as const
export type ChangeOutcome = (typeof outcomes)[number]

/** The people of a change, by natural person. */
export interface ChangePeople {
  readonly requesterId: string
  readonly managerId: string | null
  readonly assessorId: string | null
  readonly testerId: string | null
  readonly executorId: string | null
  readonly reviewerId: string | null
  readonly approverIds: readonly string[]
}

/**
 * Separation of duties on one change (RL-06, RL-23; S1 of anchors/bastion.md §6): executor, reviewer, approvers and manager are
 * different natural persons, and nobody approves, accepts or assesses their own request. `act` is the part the person is about to play.
 */
export function dutyRefusal(people: ChangePeople, act: Part, personId: string): ChangeRefusal | undefined {
  const { requesterId, managerId, executorId, reviewerId, testerId, approverIds } = people
  const isApprover = approverIds.includes(personId)
  if (act === 'manager' && (personId === requesterId || personId === executorId || personId === reviewerId))
    return 'change.own_request'
  if (act === 'assessor' && personId === requesterId) return 'change.own_request'
  if (act === 'tester' && personId === requesterId) return 'change.own_test'
  if (
    (act === 'approver' || act === 'consenter') &&
    (personId === requesterId || personId === executorId || personId === reviewerId || personId === testerId)
  )
    return 'change.own_approval'
  if (act === 'executor' && (personId === reviewerId || personId === managerId || isApprover)) return 'change.same_person'
  if (act === 'reviewer' && (personId === executorId || personId === requesterId || personId === managerId || isApprover))
    return 'change.same_person'
  if (act === 'l2-or-cre' && (personId === executorId || personId === reviewerId)) return 'change.same_person'
  return undefined
}

export const changeRefusals = {
  'change.not_found': { status: 404 },
  'change.documentary_only': { status: 409, rule: 'RL-40' },
  'change.wrong_state': { status: 409, rule: 'RL-01' },
  'change.own_request': { status: 409, rule: 'RL-23' },
  'change.own_approval': { status: 409, rule: 'RL-23' },
  'change.own_test': { status: 409, rule: 'RL-06' },
  'change.same_person': { status: 409, rule: 'RL-06' },
  'change.not_requester': { status: 403, rule: 'RL-23' },
  'change.not_executor': { status: 403, rule: 'RL-07' },
  'change.not_reviewer': { status: 403, rule: 'RL-06' },
  'change.not_approver': { status: 403, rule: 'RL-01' },
  'change.no_approver': { status: 409, rule: 'RL-01' },
  'change.already_decided': { status: 409, rule: 'RL-01' },
  'change.hash_mismatch': { status: 409, rule: 'RL-07' },
  'change.not_approved': { status: 409, rule: 'RL-01' },
  'change.not_tested': { status: 409, rule: 'RL-05' },
  'change.plan_incomplete': { status: 409, rule: 'RL-04' },
  'change.outside_window': { status: 409, rule: 'RL-02' },
  'change.window_too_short': { status: 409, rule: 'RL-02' },
  'change.window_invalid': { status: 422, rule: 'RL-02' },
  'change.frozen': { status: 409, rule: 'RL-03' },
  'change.conflict': { status: 409, rule: 'RL-02' },
  'change.no_consent': { status: 409, rule: 'RL-11' },
  'change.reviewer_absent': { status: 409, rule: 'RL-06' },
  'change.cosign_missing': { status: 409, rule: 'RL-06' },
  'change.not_next_step': { status: 409, rule: 'RL-07' },
  'change.step_running': { status: 409, rule: 'RL-07' },
  'change.content_missing': { status: 409, rule: 'RL-12' },
  'change.soaking': { status: 409, rule: 'RL-08' },
  'change.batch_locked': { status: 409, rule: 'RL-08' },
  'change.health_missing': { status: 409, rule: 'RL-08' },
  'change.paused': { status: 409, rule: 'RL-09' },
  'change.cause_missing': { status: 409, rule: 'RL-09' },
  'change.unexpected_result': { status: 409, rule: 'RL-09' },
  'change.beyond_plan': { status: 409, rule: 'RL-07' },
  'change.evidence_open': { status: 409, rule: 'RL-36' },
  'change.filing_overdue': { status: 409, rule: 'G-RETRO' },
  'change.executed_step_edited': { status: 409, rule: 'RL-07' },
  'change.artifact_unreleased': { status: 409, rule: 'RL-12' },
  'change.not_announced': { status: 409, rule: 'RL-11' },
  'change.guard_failed': { status: 409, rule: 'RL-01' },
  'change.not_qualified': { status: 409, rule: 'RL-24' },
  'change.root_not_granted': { status: 409, rule: 'RL-17' },
  'change.target_not_found': { status: 404 },
  'change.unconfirmed_mutation': { status: 409, rule: 'RL-15' },
  'change.confirmation_mismatch': { status: 409, rule: 'RL-21' },
  'change.amendment_denied': { status: 409, rule: 'RL-09' },
  'change.amendment_unchanged': { status: 409, rule: 'RL-07' },
  'change.amendment_window': { status: 409, rule: 'RL-02' },
  'change.half_done': { status: 409, rule: 'RL-09' },
  'change.items_unexplained': { status: 409, rule: 'RL-07' },
  'change.nothing_to_explain': { status: 409, rule: 'RL-07' },
  'change.not_risk_bearer': { status: 403, rule: 'RL-05' },
} as const satisfies RefusalTable
export type ChangeRefusal = keyof typeof changeRefusals
