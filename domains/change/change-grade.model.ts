import type { Risk } from './change.model.ts'
import type { ChangePlan, PlanStep } from './change-plan.model.ts'

/** Risk and approvers (anchors/itsm.md §2.2). Risk is the worst factor, never a sum: one catastrophe must not be averaged away. */
export interface RiskReason {
  readonly factor: string
  readonly risk: Risk
  readonly params: Readonly<Record<string, string | number>>
}
/** What of a plan is graded; an emergency has no more than this (emergency-risk.model.ts). */
export interface Graded {
  readonly steps: readonly Pick<PlanStep, 'danger' | 'phase' | 'account' | 'rollback'>[]
  readonly health: Pick<NonNullable<ChangePlan['health']>, 'account'> | null
}
export interface GradeFacts {
  readonly plan: Graded
  readonly categories: readonly number[]
  readonly systems: readonly { readonly id: string; readonly tenantId: string; readonly mlpsLevel: number }[]
  readonly targets: readonly {
    readonly id: string
    readonly tier: 'edge' | 'inner' | 'core'
    readonly accounts: readonly { readonly name: string; readonly privileged: boolean }[]
  }[]
}

/** Floors of the eleven reportable categories of S3-9.1.2 (itsm §2.2.3). */
export const categoryFloor: Readonly<Record<number, Risk>> = {
  1: 'R2',
  2: 'R1',
  3: 'R2',
  4: 'R2',
  5: 'R2',
  6: 'R3',
  7: 'R1',
  8: 'R1',
  9: 'R2',
  10: 'R2',
  11: 'R1',
}
/** Categories that change a security control: the security administrator approves too. */
const securityCategories = [1, 5]
/** Categories of which the management unit is not only told but asked. */
const managementCategories = [2, 4, 5, 7, 8, 11]

export const usesPrivileged = ({ plan, targets }: Pick<GradeFacts, 'plan' | 'targets'>): boolean => {
  const privileged = new Set(
    targets.flatMap((target) => target.accounts.filter((account) => account.privileged).map((account) => account.name)),
  )
  return plan.steps.some((step) => privileged.has(step.account)) || (plan.health !== null && privileged.has(plan.health.account))
}

export function riskReasons(facts: GradeFacts): RiskReason[] {
  const reasons: RiskReason[] = []
  const add = (factor: string, risk: Risk, params: RiskReason['params'] = {}) => reasons.push({ factor, risk, params })
  const level = Math.max(0, ...facts.systems.map((system) => system.mlpsLevel))
  if (level >= 4) add('mlps-level', 'R1', { level })
  else if (level === 3) add('mlps-level', 'R2', { level })
  else if (level > 0) add('mlps-level', 'R3', { level })
  const units = new Set(facts.systems.map((system) => system.tenantId)).size
  if (units > 1) add('several-units', 'R2', { units })
  const danger = Math.max(0, ...facts.plan.steps.map((step) => step.danger))
  if (danger >= 5) add('danger', 'R1', { danger })
  else if (danger >= 3) add('danger', 'R3', { danger })
  const irreversible = facts.plan.steps.filter(
    (step) => step.phase === 'execute' && step.rollback?.kind === 'none' && step.danger > 1,
  ).length
  if (irreversible > 0) add('irreversible', 'R2', { steps: irreversible })
  if (usesPrivileged(facts)) add('privileged-account', 'R2')
  if (facts.targets.some((target) => target.tier === 'core') && facts.targets.length === 1) add('not-greyable', 'R2')
  for (const category of facts.categories) if (categoryFloor[category]) add('category', categoryFloor[category], { category })
  return reasons.sort((a, b) => a.risk.localeCompare(b.risk))
}
export const riskOf = (reasons: readonly RiskReason[]): Risk => reasons[0]?.risk ?? 'R4'

/** A stage as the policy asks for it, before people are found for it. `duty` is a role or a role's duty of the access domain. */
export interface StagePolicy {
  readonly key: string
  readonly role: string
  readonly duty: string | null
  readonly quorum: number
  readonly of: 'provider' | 'owner-unit' | 'management'
  /** Asked together with the stage before it. */
  readonly parallel?: true
}
const l2: StagePolicy = { key: 'l2', role: 'CRE', duty: 'L2', quorum: 1, of: 'provider' }
const technicalManager: StagePolicy = {
  key: 'technical-manager',
  role: 'APV',
  duty: 'technical-manager',
  quorum: 1,
  of: 'provider',
}
const changeManager: StagePolicy = { key: 'change-manager', role: 'CHM', duty: null, quorum: 1, of: 'provider' }
const owner: StagePolicy = { key: 'owner', role: 'APV', duty: 'owner', quorum: 1, of: 'owner-unit' }
const security: StagePolicy = { key: 'security', role: 'SEC', duty: null, quorum: 1, of: 'provider' }
const board: StagePolicy = { key: 'advisory-board', role: 'APV', duty: 'technical-manager', quorum: 2, of: 'provider' }
const management: StagePolicy = { key: 'management-unit', role: 'GMU', duty: null, quorum: 1, of: 'management' }

/** The stages by risk, with what categories and privileged accounts add (itsm §2.2.2; RL-17 for root). */
export function stagePolicies(risk: Risk, facts: GradeFacts): StagePolicy[] {
  const byRisk: Record<Risk, StagePolicy[]> = {
    R4: [l2],
    R3: [l2, changeManager],
    R2: [l2, technicalManager, changeManager, owner],
    R1: [l2, changeManager, board, owner],
  }
  const stages = [...byRisk[risk]]
  if (facts.categories.some((category) => securityCategories.includes(category)) || usesPrivileged(facts) || risk === 'R1')
    stages.push(security)
  if (risk === 'R1' || facts.categories.some((category) => managementCategories.includes(category))) stages.push(management)
  return stages
}

/**
 * The stages of an urgent change and of an amendment, all asked at once (row U1 of itsm §2.2.2, §2.3-A). What the normal path asks beside
 * the table for security controls, privileged accounts and categories is asked here too: no urgency waives it.
 */
export function expeditedStages(risk: Risk, facts: GradeFacts): StagePolicy[] {
  const byRisk: Record<Risk, StagePolicy[]> = {
    R4: [changeManager],
    R3: [technicalManager, changeManager],
    R2: [technicalManager, changeManager, owner],
    R1: [technicalManager, changeManager, management],
  }
  const also = stagePolicies(risk, facts).filter((stage) => stage === security || stage === management)
  return [...new Set([...byRisk[risk], ...also])].map((stage) => ({ ...stage, parallel: true }))
}
/** Who together may bear the risk of an untested plan (itsm §2.3-A): each in person, and neither takes part in it. */
export const riskBearers = {
  'technical-manager': { role: 'APV', duty: 'technical-manager' },
  cre: { role: 'CRE', duty: null },
} as const
export type RiskBearer = keyof typeof riskBearers
export const riskParts = Object.keys(riskBearers) as RiskBearer[]
