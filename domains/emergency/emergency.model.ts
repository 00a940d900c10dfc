import { reviewerAbsentMs } from '@huabiao/domains/change/change-guard.model'
import type { RefusalTable } from '@huabiao/kit/errors/errors'

/**
 * Break-glass (破窗应急, U0): the life of an emergency that is acted on first and filed afterwards (itsm §2.3 B, bastion §5.5). Pure: time and
 * who asks are arguments. `overdue` is a mark beside the state, never its end: the filing can still come.
 */
export const emergencyStates = [
  'invoked',
  'executing',
  'stabilised',
  'retro_draft',
  'retro_filed',
  'retro_approved',
  'closed',
  'refused',
  'violation',
] as const
export type EmergencyState = (typeof emergencyStates)[number]

/** Every move and nothing else; the table `emergency_transition` holds the same pairs (a test compares them). */
export const emergencyMoves: readonly (readonly [EmergencyState, EmergencyState])[] = [
  ['invoked', 'executing'],
  ['invoked', 'refused'],
  ['executing', 'stabilised'],
  ['stabilised', 'retro_draft'],
  ['retro_draft', 'retro_filed'],
  ['retro_filed', 'retro_approved'],
  ['retro_filed', 'violation'],
  // A rejected filing is no filing: the executor writes another, and stays blocked until one is approved (NT-F03).
  ['violation', 'retro_draft'],
  ['retro_approved', 'closed'],
]

/** Custodians who open it; of three who hold the role (bastion §5.5). */
export const custodiansNeeded = 2
export const grantMs = 60 * 60_000
export const renewalsMost = 2
/** An invocation that nobody answers ends by itself: the fault is then somebody else's, or over. */
export const answerMs = 15 * 60_000
/** From the end of the work to the filing, and to its being told upwards (itsm §2.3). */
export const filingMs = 24 * 3_600_000
export const escalationMs = 72 * 3_600_000
/** A draft is not held up for ever by a recording that does not seal. */
export const draftWaitMs = 15 * 60_000
export const targetsMost = 10
export const commandsMost = 2_000
/** A filing is written anew until one holds: never too often in all, for the block would then be for ever, but some within a day at most. */
export const filingsPerDay = 20
export const filingVersionMax = 1_000_000
export const invokerRoles = ['ENG', 'DBA', 'SYS', 'NET', 'CRE'] as const

export const emergencyRefusals = {
  'emergency.not_found': { status: 404 },
  'emergency.wrong_state': { status: 409 },
  'emergency.same_person': { status: 409, rule: 'RL-06' },
  'emergency.second_unfit': { status: 422 },
  'emergency.not_qualified': { status: 409, rule: 'RL-24' },
  'emergency.retro_overdue': { status: 409, rule: 'G-RETRO' },
  'emergency.asset_blocked': { status: 409, rule: 'G-RETRO' },
  'emergency.targets_mixed': { status: 422 },
  'emergency.target_unknown': { status: 422 },
  'emergency.account_unknown': { status: 422 },
  'emergency.root_not_asked': { status: 422, rule: 'RL-17' },
  'emergency.custodians_too_few': { status: 409, rule: 'NT-F01' },
  'emergency.already_invoked': { status: 409 },
  'emergency.not_concerned': { status: 403, rule: 'RL-23' },
  'emergency.not_second': { status: 403, rule: 'RL-06' },
  'emergency.second_not_confirmed': { status: 409, rule: 'RL-06' },
  'emergency.not_custodian': { status: 403, rule: 'NT-F01' },
  'emergency.own_case': { status: 409, rule: 'NT-F01' },
  'emergency.own_word': { status: 409, rule: 'NT-F01' },
  'emergency.already_said': { status: 409, rule: 'NT-F01' },
  'emergency.custodians_missing': { status: 409, rule: 'NT-F01' },
  'emergency.not_renewed': { status: 409, rule: 'NT-F01' },
  'emergency.renewals_used': { status: 409, rule: 'RL-10' },
  'emergency.not_executor': { status: 403, rule: 'RL-07' },
  'emergency.not_granted': { status: 409, rule: 'RL-01' },
  'emergency.expired': { status: 409, rule: 'RL-02' },
  'emergency.second_absent': { status: 409, rule: 'RL-06' },
  'emergency.target_not_named': { status: 409, rule: 'RL-07' },
  'emergency.account_not_named': { status: 409, rule: 'RL-17' },
  'emergency.not_filed': { status: 409, rule: 'RL-10' },
  'emergency.not_countersigned': { status: 409, rule: 'RL-10' },
  'emergency.command_unknown': { status: 422 },
  'emergency.filings_too_many': { status: 409 },
  'emergency.not_manager': { status: 403, rule: 'RL-10' },
  'emergency.not_asked': { status: 403, rule: 'RL-10' },
  'emergency.custodian_decides': { status: 409, rule: 'NT-F01' },
  'emergency.not_approved': { status: 409, rule: 'RL-10' },
} as const satisfies RefusalTable
export type EmergencyRefusal = keyof typeof emergencyRefusals

/** What a gateway's side must know to admit somebody to a target in an emergency. */
export interface EmergencyMandate {
  readonly id: string
  readonly no: string
  readonly title: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly plane: 'platform' | 'tenant'
  readonly state: EmergencyState
  readonly executor: { readonly personId: string; readonly name: string }
  readonly second: { readonly personId: string; readonly name: string }
  readonly secondLastSeenAt: Date | null
  readonly notAfter: Date | null
  readonly targets: readonly { readonly targetId: string; readonly accounts: readonly string[] }[]
}
/**
 * Why this person may not be on that target under that account now; nothing when they may. Asked when a session opens and again while it
 * lasts: the end of the hour and an absent second person end it like anything else.
 */
export function admissionRefusal(
  mandate: EmergencyMandate,
  of: { readonly personId: string; readonly targetId: string; readonly account: string; readonly now: Date },
): EmergencyRefusal | undefined {
  if (mandate.executor.personId !== of.personId) return 'emergency.not_executor'
  if (mandate.state !== 'executing' || mandate.notAfter === null) return 'emergency.not_granted'
  if (of.now >= mandate.notAfter) return 'emergency.expired'
  if (!isHere(mandate.secondLastSeenAt, of.now)) return 'emergency.second_absent'
  const target = mandate.targets.find((one) => one.targetId === of.targetId)
  if (!target) return 'emergency.target_not_named'
  return target.accounts.includes(of.account) ? undefined : 'emergency.account_not_named'
}
/** Whoever is unseen for so long is absent, as in changes (itsm §2.0.3, D). */
export const isHere = (seenAt: Date | null | undefined, now: Date): boolean =>
  seenAt != null && now.getTime() - seenAt.getTime() <= reviewerAbsentMs
