import type { RefusalTable } from '@huabiao/kit/errors/errors'

/**
 * Approval (审批), one arithmetic for changes, orders, permissions and acceptance: stages are AND, one after the other or, where marked,
 * side by side; within a stage a quorum of distinct natural persons out of a list frozen when the approval was opened. It fails closed: an empty list, the requester, a
 * person twice, another hash and silence never approve (anchors/itsm.md §0, findings 2 and 3).
 */
export interface ApprovalStage {
  readonly key: string
  /** What the candidates are, in the words of the access domain: `L2`, `technical-manager`, `CHM`. */
  readonly duty: string
  readonly quorum: number
  readonly candidateIds: readonly string[]
  /** The role that all candidates hold; whoever takes a seat later must hold it too. Absent: no seat changes hands. */
  readonly role?: string
  /** Open at the same time as the stage before it (紧急变更并行审批, itsm §2.3-A). Every stage is still needed. */
  readonly parallel?: true
}
/**
 * A seat that changed hands after the opening (审批人员变更): a deputy (代理人) who was registered beforehand stands beside the candidate, a
 * reassignment (转办) puts one person in the place of another. In order of time.
 */
export interface ApprovalAssignment {
  readonly stage: string
  readonly kind: 'deputy' | 'reassigned'
  readonly fromId: string
  readonly toId: string
}
export interface ApprovalDecision {
  readonly stage: string
  readonly personId: string
  readonly verdict: 'approve' | 'reject' | 'return'
  readonly hash: string
}
export interface Approval {
  readonly hash: string
  readonly stages: readonly ApprovalStage[]
  /** Natural persons who may decide nothing here, whatever their roles: requester, executor, reviewer, tester. */
  readonly excludedIds: readonly string[]
  readonly decisions: readonly ApprovalDecision[]
  readonly voided: boolean
  readonly assignments?: readonly ApprovalAssignment[]
}
export type StageState = 'waiting' | 'open' | 'approved' | 'rejected' | 'voided'

/** Who may decide at this stage now: the frozen candidates, with what changed hands since. Excluded persons are not taken out here. */
export function eligibleIds({ assignments = [] }: Approval, stage: ApprovalStage): ReadonlySet<string> {
  const able = new Set(stage.candidateIds)
  for (const seat of assignments) {
    if (seat.stage !== stage.key) continue
    if (seat.kind === 'reassigned') able.delete(seat.fromId)
    able.add(seat.toId)
  }
  return able
}

const counts = (approval: Approval, stage: ApprovalStage, decision: ApprovalDecision): boolean =>
  decision.stage === stage.key &&
  decision.hash === approval.hash &&
  eligibleIds(approval, stage).has(decision.personId) &&
  !approval.excludedIds.includes(decision.personId)

/** The state of each stage, recomputed from the decisions: no counter can go wrong. One person counts in at most one stage, once. */
export function stageStates(approval: Approval): StageState[] {
  const used = new Set<string>()
  // Whether all stages before this one, and all before its neighbours side by side, are approved.
  let [soFar, reached] = [true, true]
  const states = approval.stages.map((stage): StageState => {
    if (approval.voided) return 'voided'
    if (!stage.parallel) reached = soFar
    if (!reached) return 'waiting'
    const valid = approval.decisions.filter((decision) => counts(approval, stage, decision))
    if (valid.some((decision) => decision.verdict !== 'approve')) {
      soFar = false
      return 'rejected'
    }
    const persons = new Set(valid.map((decision) => decision.personId).filter((id) => !used.has(id)))
    for (const id of persons) used.add(id)
    if (stage.quorum >= 1 && persons.size >= stage.quorum) return 'approved'
    soFar = false
    return 'open'
  })
  // One no ends it for those beside it too.
  return states.includes('rejected') ? states.map((state) => (state === 'open' ? 'waiting' : state)) : states
}

/** Complete only when there is at least one stage and every stage is approved for this very hash. */
export const isComplete = (approval: Approval, hash: string): boolean =>
  approval.hash === hash && approval.stages.length > 0 && stageStates(approval).every((state) => state === 'approved')

export function openStages(approval: Approval): ApprovalStage[] {
  const states = stageStates(approval)
  return approval.stages.filter((_, i) => states[i] === 'open')
}
/**
 * The open stage that a decision of this person counts at. Who sits in several side by side fills the one that leaves the others persons of
 * their own; undefined where they sit in none.
 */
export function openStageOf(approval: Approval, personId: string): ApprovalStage | undefined {
  const seats = openStages(approval).filter((stage) => eligibleIds(approval, stage).has(personId))
  const { hash } = approval
  const filled = (stage: ApprovalStage): Approval => ({
    ...approval,
    decisions: [...approval.decisions, { stage: stage.key, personId, verdict: 'approve', hash }],
  })
  return seats.find((stage) => canComplete(filled(stage))) ?? seats[0]
}

/** Why this person may not decide now; undefined when they may. */
export function decisionRefusal(approval: Approval, personId: string, hash: string): ApprovalRefusal | undefined {
  if (approval.voided) return 'approval.voided'
  if (hash !== approval.hash) return 'approval.hash_mismatch'
  if (openStages(approval).length === 0) return 'approval.not_open'
  if (approval.excludedIds.includes(personId)) return 'approval.own_item'
  if (approval.decisions.some((decision) => decision.personId === personId)) return 'approval.already_decided'
  return openStageOf(approval, personId) ? undefined : 'approval.not_candidate'
}

/** What a stage still waiting for its decision is, or undefined. */
const undecided = (approval: Approval, key: string): ApprovalStage | undefined => {
  const i = approval.stages.findIndex((stage) => stage.key === key)
  const state = stageStates(approval)[i]
  return state === 'open' || state === 'waiting' ? approval.stages[i] : undefined
}

export interface Reassignment {
  readonly stage: string
  readonly fromId: string
  readonly toId: string
  readonly byId: string
}
/**
 * Why a seat may not go from one person to another; undefined when it may (itsm §2.2.2). `holderIds` are those who hold the role of the
 * stage in the unit of `from`. Whoever takes part in the change neither gives nor takes a seat, and nobody seats themselves.
 */
export function reassignRefusal(approval: Approval, of: Reassignment, holderIds: readonly string[]): ApprovalRefusal | undefined {
  if (approval.voided) return 'approval.voided'
  const stage = undecided(approval, of.stage)
  if (!stage) return 'approval.not_open'
  if (approval.excludedIds.includes(of.byId)) return 'approval.own_item'
  if (of.byId === of.toId || of.fromId === of.toId) return 'approval.own_seat'
  if (!eligibleIds(approval, stage).has(of.fromId)) return 'approval.not_candidate'
  const refusal = seatRefusal(approval, stage, of.toId, holderIds)
  if (refusal) return refusal
  if (approval.decisions.some((decision) => decision.personId === of.fromId)) return 'approval.already_decided'
  const after = { ...approval, assignments: [...(approval.assignments ?? []), { ...of, kind: 'reassigned' as const }] }
  return canComplete(after) ? undefined : 'approval.no_candidate'
}
/** Same role, same separation of duties as for every candidate. */
function seatRefusal(
  approval: Approval,
  stage: ApprovalStage,
  toId: string,
  holderIds: readonly string[],
): ApprovalRefusal | undefined {
  if (stage.role === undefined || !holderIds.includes(toId)) return 'approval.role_missing'
  if (approval.excludedIds.includes(toId)) return 'approval.own_item'
  if (eligibleIds(approval, stage).has(toId)) return 'approval.already_candidate'
  return approval.decisions.some((decision) => decision.personId === toId) ? 'approval.already_decided' : undefined
}

/** A deputy as registered: for one person and one role, within a time. */
export interface Deputy {
  readonly personId: string
  readonly deputyId: string
  readonly role: string
  readonly registeredAt: Date
}
/**
 * The deputies who join a stage that ran out of time. Registered before the approval was opened, and only for somebody whose own seat it
 * is: a deputy has no deputy (S2 of anchors/bastion.md §6). `holderIds` as above, of all units concerned.
 */
export function deputiesOf(
  approval: Approval & { readonly openedAt: Date },
  key: string,
  registered: readonly Deputy[],
  holderIds: readonly string[],
): ApprovalAssignment[] {
  const stage = undecided(approval, key)
  if (!stage || approval.voided) return []
  const standsIn = new Set(
    (approval.assignments ?? []).filter((seat) => seat.stage === key && seat.kind === 'deputy').map((seat) => seat.toId),
  )
  const own = [...eligibleIds(approval, stage)].filter((id) => !approval.excludedIds.includes(id) && !standsIn.has(id))
  const found = registered.filter(
    ({ personId, deputyId, role, registeredAt }) =>
      own.includes(personId) &&
      role === stage.role &&
      registeredAt < approval.openedAt &&
      seatRefusal(approval, stage, deputyId, holderIds) === undefined,
  )
  return [...new Map(found.map((one) => [one.deputyId, one])).values()].map(({ personId, deputyId }) => ({
    stage: key,
    kind: 'deputy',
    fromId: personId,
    toId: deputyId,
  }))
}

/** A stage that nobody can decide must not be opened (finding 2: bk-itsm passes an empty set). */
export function openingRefusal(stages: readonly ApprovalStage[], excludedIds: readonly string[]): ApprovalRefusal | undefined {
  if (stages.length === 0) return 'approval.no_stage'
  const able = stages.map((stage) => stage.candidateIds.filter((id) => !excludedIds.includes(id)))
  if (stages.some((stage, i) => stage.quorum < 1 || new Set(able[i]).size < stage.quorum)) return 'approval.no_candidate'
  return hasDistinctPersons(stages, able) ? undefined : 'approval.no_candidate'
}

/** Whether the stages not yet approved can still find their distinct persons. */
function canComplete(approval: Approval): boolean {
  const spent = new Set([...approval.excludedIds, ...approval.decisions.map((decision) => decision.personId)])
  const states = stageStates(approval)
  const left = approval.stages
    .filter((_, i) => states[i] !== 'approved')
    .map((stage) => {
      const decided = approval.decisions.filter((decision) => counts(approval, stage, decision)).length
      return { ...stage, quorum: Math.max(0, stage.quorum - decided) }
    })
  return hasDistinctPersons(
    left,
    left.map((stage) => [...eligibleIds(approval, stage)].filter((id) => !spent.has(id))),
  )
}

/** Whether every stage can get its quorum of persons who fill no other stage (a bipartite matching by augmenting paths). */
function hasDistinctPersons(stages: readonly ApprovalStage[], able: readonly (readonly string[])[]): boolean {
  const seats = stages.flatMap((stage, i) => Array.from({ length: stage.quorum }, () => able[i]!))
  const taken = new Map<string, number>()
  const seat = (index: number, seen: Set<string>): boolean =>
    seats[index]!.some((person) => {
      if (seen.has(person)) return false
      seen.add(person)
      const other = taken.get(person)
      if (other !== undefined && !seat(other, seen)) return false
      taken.set(person, index)
      return true
    })
  return seats.every((_, index) => seat(index, new Set()))
}

export const approvalRefusals = {
  'approval.not_found': { status: 404 },
  'approval.voided': { status: 409, rule: 'RL-07' },
  'approval.hash_mismatch': { status: 409, rule: 'RL-07' },
  'approval.not_open': { status: 409, rule: 'RL-01' },
  'approval.own_item': { status: 409, rule: 'RL-23' },
  'approval.already_decided': { status: 409, rule: 'RL-01' },
  'approval.not_candidate': { status: 403, rule: 'RL-01' },
  'approval.no_stage': { status: 409, rule: 'RL-01' },
  'approval.no_candidate': { status: 409, rule: 'RL-01' },
  'approval.own_seat': { status: 409, rule: 'RL-23' },
  'approval.role_missing': { status: 409, rule: 'RL-01' },
  'approval.already_candidate': { status: 409, rule: 'RL-01' },
  'approval.not_administrator': { status: 403, rule: 'RL-23' },
  'approval.deputy_not_found': { status: 404 },
  'approval.deputy_unfit': { status: 409, rule: 'RL-23' },
  'approval.window_invalid': { status: 422 },
} as const satisfies RefusalTable
export type ApprovalRefusal = keyof typeof approvalRefusals
