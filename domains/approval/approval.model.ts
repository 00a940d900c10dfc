import type { RefusalTable } from '@huabiao/kit/errors/errors'

/**
 * Approval (审批), one arithmetic for changes, orders, permissions and acceptance: stages are AND, one after the other; within a stage a
 * quorum of distinct natural persons out of a list frozen when the approval was opened. It fails closed: an empty list, the requester, a
 * person twice, another hash and silence never approve (anchors/itsm.md §0, findings 2 and 3).
 */
export interface ApprovalStage {
  readonly key: string
  /** What the candidates are, in the words of the access domain: `L2`, `technical-manager`, `CHM`. */
  readonly duty: string
  readonly quorum: number
  readonly candidateIds: readonly string[]
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
}
export type StageState = 'waiting' | 'open' | 'approved' | 'rejected' | 'voided'

const counts = (approval: Approval, stage: ApprovalStage, decision: ApprovalDecision): boolean =>
  decision.stage === stage.key &&
  decision.hash === approval.hash &&
  stage.candidateIds.includes(decision.personId) &&
  !approval.excludedIds.includes(decision.personId)

/** The state of each stage, recomputed from the decisions: no counter can go wrong. One person counts in at most one stage, once. */
export function stageStates(approval: Approval): StageState[] {
  const used = new Set<string>()
  let open = true
  return approval.stages.map((stage) => {
    if (approval.voided) return 'voided'
    if (!open) return 'waiting'
    const valid = approval.decisions.filter((decision) => counts(approval, stage, decision))
    if (valid.some((decision) => decision.verdict !== 'approve')) {
      open = false
      return 'rejected'
    }
    const persons = new Set(valid.map((decision) => decision.personId).filter((id) => !used.has(id)))
    for (const id of persons) used.add(id)
    if (stage.quorum >= 1 && persons.size >= stage.quorum) return 'approved'
    open = false
    return 'open'
  })
}

/** Complete only when there is at least one stage and every stage is approved for this very hash. */
export const isComplete = (approval: Approval, hash: string): boolean =>
  approval.hash === hash && approval.stages.length > 0 && stageStates(approval).every((state) => state === 'approved')

export const openStage = (approval: Approval): ApprovalStage | undefined => approval.stages[stageStates(approval).indexOf('open')]

/** Why this person may not decide now; undefined when they may. */
export function decisionRefusal(approval: Approval, personId: string, hash: string): ApprovalRefusal | undefined {
  if (approval.voided) return 'approval.voided'
  if (hash !== approval.hash) return 'approval.hash_mismatch'
  const stage = openStage(approval)
  if (!stage) return 'approval.not_open'
  if (approval.excludedIds.includes(personId)) return 'approval.own_item'
  if (approval.decisions.some((decision) => decision.personId === personId)) return 'approval.already_decided'
  return stage.candidateIds.includes(personId) ? undefined : 'approval.not_candidate'
}

/** A stage that nobody can decide must not be opened (finding 2: bk-itsm passes an empty set). */
export function openingRefusal(stages: readonly ApprovalStage[], excludedIds: readonly string[]): ApprovalRefusal | undefined {
  if (stages.length === 0) return 'approval.no_stage'
  const able = stages.map((stage) => stage.candidateIds.filter((id) => !excludedIds.includes(id)))
  if (stages.some((stage, i) => stage.quorum < 1 || new Set(able[i]).size < stage.quorum)) return 'approval.no_candidate'
  return hasDistinctPersons(stages, able) ? undefined : 'approval.no_candidate'
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
} as const satisfies RefusalTable
export type ApprovalRefusal = keyof typeof approvalRefusals
