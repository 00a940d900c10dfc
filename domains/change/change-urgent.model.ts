import { type ChangePeople, type ChangeRefusal, type ChangeState, canChange, isExpedited, type Urgency } from './change.model.ts'
import { deniedReason, type PlannedVersion } from './change-amendment.model.ts'
import { type RiskBearer, riskParts } from './change-grade.model.ts'
import type { GuardFacts } from './change-guard.model.ts'

/** Rules of the short path (itsm §2.3-A): what may be tested beside the decisions or afterwards, who bears the risk until then. */
export interface UrgentFacts {
  /** The amendment that is being written, decided or in force, with the plan that it starts from. */
  readonly amendment: { readonly from: PlannedVersion; readonly pausedFrom: ChangeState } | undefined
  readonly riskAcceptances: readonly { readonly planHash: string; readonly part: RiskBearer; readonly personId: string }[]
  /** Who may bear the risk of an untested plan, by part; empty where it is not asked. */
  readonly riskBearers: Readonly<Record<RiskBearer, readonly string[]>>
  readonly debts: readonly { readonly planHash: string; readonly settledAt: Date | null }[]
}
interface Standing {
  readonly state: ChangeState
  readonly planHash: string | null
  readonly urgency: Urgency
  readonly amendmentId: string | null
}

const isBesideApproval = (change: Standing): boolean =>
  isExpedited(change) && ['approving', 'consenting', 'scheduled'].includes(change.state)

/** After a no only the ways that need no new plan are left. */
export const deniedRefusal = (change: { readonly pauseReason: string | null }): ChangeRefusal | undefined =>
  change.pauseReason === deniedReason ? 'change.amendment_denied' : undefined

/** In its turn; on the short path also beside the decisions, and afterwards while it is owed. Nobody tests what they decided on. */
export function testRefusal(
  { change, debts, people }: { readonly change: Standing; readonly people: ChangePeople } & Pick<UrgentFacts, 'debts'>,
  personId: string,
): ChangeRefusal | undefined {
  if (canChange(change.state, 'passTest')) return undefined
  const owed = debts.some((debt) => debt.settledAt === null)
  if (!owed && !isBesideApproval(change)) return 'change.wrong_state'
  return people.approverIds.includes(personId) ? 'change.own_approval' : undefined
}

export function riskAskedRefusal({
  change,
  guard,
}: {
  readonly change: Standing
  readonly guard: Pick<GuardFacts, 'riskAccepted' | 'passedTests'>
}): ChangeRefusal | undefined {
  if (!isBesideApproval(change)) return 'change.wrong_state'
  return guard.riskAccepted || guard.passedTests?.some((test) => test.planHash === change.planHash)
    ? 'change.already_decided'
    : undefined
}

type Bearing = { readonly change: Standing } & Pick<UrgentFacts, 'riskAcceptances' | 'riskBearers'>
/** The part in which this person bears the risk of the present plan: one that is open still, and nobody bears two. */
export function riskPartOf({ change, riskAcceptances, riskBearers }: Bearing, personId: string): RiskBearer | undefined {
  const given = riskAcceptances.filter((one) => one.planHash === change.planHash)
  if (given.some((one) => one.personId === personId)) return undefined
  return riskParts.find((part) => riskBearers[part].includes(personId) && !given.some((one) => one.part === part))
}
export function riskBearerRefusal(facts: Bearing, personId: string): ChangeRefusal | undefined {
  if (riskPartOf(facts, personId)) return undefined
  const given = facts.riskAcceptances.some((one) => one.planHash === facts.change.planHash && one.personId === personId)
  return given ? 'change.already_decided' : 'change.not_risk_bearer'
}
