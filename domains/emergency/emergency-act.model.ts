import type { Risk } from '@huabiao/domains/change/change.model'
import type { RefusalCode } from '@huabiao/kit/errors/errors'
import {
  answerMs,
  custodiansNeeded,
  type EmergencyRefusal,
  type EmergencyState,
  grantMs,
  renewalsMost,
  targetsMost,
} from './emergency.model.ts'

/** Who may do what in an emergency, and when: the service refuses by it, the console shows the same answer beside the button. */

/** Who decides on a filing: the change manager; of risk R1 the technical manager and the management unit as well (itsm §2.3 B). */
export const filingParts = ['change-manager', 'technical-manager', 'management-unit'] as const
export type FilingPart = (typeof filingParts)[number]
export const filingPartRoles = {
  'change-manager': { role: 'CHM', duty: null },
  'technical-manager': { role: 'APV', duty: 'technical-manager' },
  'management-unit': { role: 'GMU', duty: null },
} as const satisfies Record<FilingPart, { role: string; duty: string | null }>

export const wordKinds = ['confirm', 'custody', 'order', 'countersign', 'decide', 'close'] as const
export interface Word {
  readonly kind: (typeof wordKinds)[number]
  /** Of custody and order: 0 the grant, then the renewals. Of countersign and decide: the version of the filing. */
  readonly round: number
  readonly personId: string
  readonly verdict: 'yes' | 'no'
  /** Of decide: whose word it is. */
  readonly part?: FilingPart | null
}
export interface EmergencyFacts {
  readonly now: Date
  readonly tenantId: string
  readonly state: EmergencyState
  readonly risk: Risk
  readonly executorId: string
  readonly secondId: string
  readonly invokedAt: Date
  readonly confirmed: boolean
  readonly notAfter: Date | null
  readonly renewals: number
  /** Version of the newest filing; 0 while there is none. */
  readonly filing: number
  readonly words: readonly Word[]
}
export interface Asking {
  readonly personId: string
  readonly tenantId: string
  readonly actions: ReadonlySet<string>
  /** The sides of a decision on a filing that this person can speak for. */
  readonly parts: ReadonlySet<FilingPart>
}

/** Every act on an emergency, and the permission of its endpoint. */
export const emergencyActPermissions = {
  confirm: 'emergency:invoke',
  withdraw: 'emergency:invoke',
  allow: 'emergency:custody',
  refuse: 'emergency:custody',
  order: 'emergency:approve',
  renew: 'emergency:custody',
  stabilise: 'emergency:stabilise',
  file: 'emergency:invoke',
  countersign: 'emergency:invoke',
  approve: 'emergency:decide',
  reject: 'emergency:decide',
  close: 'emergency:approve',
} as const
export type EmergencyAct = keyof typeof emergencyActPermissions
export const emergencyActs = Object.keys(emergencyActPermissions) as EmergencyAct[]

type Rule = (facts: EmergencyFacts, who: Asking) => EmergencyRefusal | undefined
const inState =
  (...states: EmergencyState[]): Rule =>
  ({ state }) =>
    states.includes(state) ? undefined : 'emergency.wrong_state'
const second: Rule = ({ secondId }, who) => (who.personId === secondId ? undefined : 'emergency.not_second')
const executor: Rule = ({ executorId }, who) => (who.personId === executorId ? undefined : 'emergency.not_executor')
const either: Rule = ({ executorId, secondId }, who) =>
  who.personId === executorId || who.personId === secondId ? undefined : 'emergency.not_concerned'
/** Whoever acts, or stands beside it, decides nothing about it (NT-F01). */
const apart: Rule = ({ executorId, secondId }, who) =>
  who.personId === executorId || who.personId === secondId ? 'emergency.own_case' : undefined
/** Custodian and change manager of one emergency are two persons (S11). */
const noCustodian: Rule = ({ words }, who) =>
  words.some((word) => word.kind === 'custody' && word.personId === who.personId) ? 'emergency.custodian_decides' : undefined
const noManager: Rule = ({ words }, who) =>
  words.some((word) => word.kind === 'order' && word.personId === who.personId) ? 'emergency.own_word' : undefined
const once =
  (kind: Word['kind'], round: (facts: EmergencyFacts) => number): Rule =>
  (facts, who) =>
    facts.words.some((word) => word.kind === kind && word.round === round(facts) && word.personId === who.personId)
      ? 'emergency.already_said'
      : undefined
/** Whoever comes too late finds it over, whether or not a sweep has come by. */
const answerable: Rule = ({ invokedAt, now }) =>
  now.getTime() - invokedAt.getTime() < answerMs ? undefined : 'emergency.expired'
const confirmed: Rule = (facts) => (facts.confirmed ? undefined : 'emergency.second_not_confirmed')
const unconfirmed: Rule = (facts) => (facts.confirmed ? 'emergency.already_said' : undefined)
const nextRound = (facts: EmergencyFacts): number => facts.renewals + 1
const live: Rule = ({ notAfter, now }) => (notAfter !== null && now < notAfter ? undefined : 'emergency.expired')
const renewable: Rule = ({ renewals }) => (renewals < renewalsMost ? undefined : 'emergency.renewals_used')
const ordered: Rule = (facts) =>
  facts.words.some((word) => word.kind === 'order' && word.round === nextRound(facts) && word.verdict === 'yes')
    ? undefined
    : 'emergency.not_renewed'
const notOrdered: Rule = (facts) => (ordered(facts, nobody) ? undefined : 'emergency.already_said')
const filed: Rule = (facts) =>
  facts.filing > 0 && !facts.words.some((word) => word.kind === 'decide' && word.round === facts.filing)
    ? undefined
    : 'emergency.not_filed'
/** One person speaks for one side, and whoever ordered the work to go on speaks for no other. */
const asked: Rule = (facts, who) => {
  const part = partOf(facts, who)
  if (part === undefined) return 'emergency.not_asked'
  return part === 'change-manager' ? undefined : noManager(facts, who)
}
const countersigned: Rule = (facts) => (isCountersigned(facts) ? undefined : 'emergency.not_countersigned')
const nobody: Asking = { personId: '', tenantId: '', actions: new Set(), parts: new Set() }
export const isCountersigned = (facts: Pick<EmergencyFacts, 'filing' | 'words' | 'secondId'>): boolean =>
  facts.words.some(
    (word) => word.kind === 'countersign' && word.round === facts.filing && word.personId === facts.secondId && facts.filing > 0,
  )

/** Whose yes the newest filing still needs. */
export const openParts = (facts: Pick<EmergencyFacts, 'risk' | 'filing' | 'words'>): readonly FilingPart[] =>
  filingParts.filter(
    (part) =>
      (part === 'change-manager' || facts.risk === 'R1') &&
      !facts.words.some(
        (word) => word.kind === 'decide' && word.round === facts.filing && word.verdict === 'yes' && word.part === part,
      ),
  )
/** The side this person would speak for now. The management unit is asked wherever it is; the others are of the unit itself. */
export const partOf = (facts: EmergencyFacts, who: Asking): FilingPart | undefined =>
  openParts(facts).find((part) => who.parts.has(part) && (part === 'management-unit' || who.tenantId === facts.tenantId))

/** RL-10: what was done is filed and signed before anybody decides on it, and approved before anybody calls it over. */
const complete: Rule = ({ state, filing }) =>
  state === 'stabilised' || state === 'retro_draft'
    ? filing === 0
      ? 'emergency.not_filed'
      : 'emergency.not_countersigned'
    : undefined
const approved: Rule = ({ state }) => (state === 'retro_filed' || state === 'violation' ? 'emergency.not_approved' : undefined)

const zero = (): number => 0
const newestFiling = (facts: EmergencyFacts): number => facts.filing
const decides: readonly Rule[] = [
  complete,
  inState('retro_filed'),
  apart,
  noCustodian,
  once('decide', newestFiling),
  asked,
  countersigned,
]
const rules: Readonly<Record<EmergencyAct, readonly Rule[]>> = {
  confirm: [inState('invoked'), answerable, second, unconfirmed],
  withdraw: [inState('invoked'), either],
  allow: [inState('invoked'), answerable, apart, confirmed, once('custody', zero)],
  refuse: [inState('invoked'), apart, once('custody', zero)],
  order: [inState('executing'), live, apart, noCustodian, renewable, notOrdered],
  renew: [inState('executing'), live, apart, renewable, noManager, ordered, once('custody', nextRound)],
  stabilise: [inState('executing')],
  // A rejected filing is written anew.
  file: [inState('retro_draft', 'violation'), executor],
  countersign: [inState('retro_draft'), second, filed, once('countersign', newestFiling)],
  approve: decides,
  reject: decides,
  close: [complete, approved, inState('retro_approved'), apart, noCustodian],
}
/** Why this person may not do this now; nothing when they may. */
export function emergencyActRefusal(act: EmergencyAct, facts: EmergencyFacts, who: Asking): RefusalCode | undefined {
  // Reading is wider than acting: of another unit, only the management unit has a word, and only on a filing.
  const decision = act === 'approve' || act === 'reject'
  if (who.tenantId !== facts.tenantId && !(decision && who.parts.has('management-unit'))) return 'emergency.not_concerned'
  if (!who.actions.has(emergencyActPermissions[act])) return 'access.denied'
  // Of those whose permission it is, the change manager ends it from outside; others only where they act themselves.
  if (act === 'stabilise' && !who.actions.has('emergency:approve')) {
    const outside = either(facts, who)
    if (outside) return outside
  }
  for (const rule of rules[act]) {
    const code = rule(facts, who)
    if (code) return code
  }
  return undefined
}

/** What is waited for from this person: acts that the emergency needs, not those they merely may. */
const awaited = ['confirm', 'allow', 'renew', 'countersign', 'approve', 'close'] as const satisfies readonly EmergencyAct[]
export function waitsFor(facts: EmergencyFacts, who: Asking): EmergencyAct | undefined {
  const act = awaited.find((one) => !emergencyActRefusal(one, facts, who))
  if (act) return act
  // A filing may be written anew until it is signed; it is waited for while there is none that stands.
  return filed(facts, who) && !emergencyActRefusal('file', facts, who) ? 'file' : undefined
}

/** Whether everybody who is asked has said yes. */
export const isApproved = (facts: Pick<EmergencyFacts, 'risk' | 'filing' | 'words'>): boolean => openParts(facts).length === 0

/** Distinct persons who keep the key, said yes, and neither act nor stand beside it (NT-F01). */
export const custodiansOf = (facts: Pick<EmergencyFacts, 'words' | 'executorId' | 'secondId'>, round = 0): readonly string[] => [
  ...new Set(
    facts.words
      .filter((word) => word.kind === 'custody' && word.round === round && word.verdict === 'yes')
      .map((word) => word.personId)
      .filter((id) => id !== facts.executorId && id !== facts.secondId),
  ),
]
/** Whether it opens now: the second person has confirmed, and enough custodians have said yes. */
export const opens = (facts: EmergencyFacts): boolean =>
  facts.state === 'invoked' && facts.confirmed && custodiansOf(facts).length >= custodiansNeeded
/** An hour from now, never beyond an hour for each word that allowed one. */
export const renewedUntil = (grantedAt: Date, renewals: number, now: Date): Date =>
  new Date(Math.min(now.getTime() + grantMs, grantedAt.getTime() + (1 + renewals) * grantMs))

/** An invocation as its rules see it. */
export interface Invocation {
  readonly executorId: string
  readonly secondId: string
  readonly tenantId: string
  readonly root: boolean
  readonly wanted: readonly { readonly targetId: string; readonly accounts: readonly string[] }[]
}
export interface InvocationFacts {
  readonly secondFit: boolean
  readonly qualified: ReadonlySet<string>
  /** Overdue or rejected filings that hold somebody or something back (G-RETRO). */
  readonly blocks: readonly { readonly no: string; readonly personId: string | null; readonly targetName: string | null }[]
  readonly targets: readonly {
    readonly id: string
    readonly tenantId: string
    readonly plane: string
    readonly accounts: readonly { readonly name: string; readonly privileged: boolean }[]
  }[]
  readonly custodianIds: readonly string[]
  /** The executor has one that is not over. */
  readonly hasOpen: boolean
}
export function invokeRefusal(of: Invocation, facts: InvocationFacts): EmergencyRefusal | undefined {
  if (of.executorId === of.secondId) return 'emergency.same_person'
  if (!facts.secondFit) return 'emergency.second_unfit'
  if (facts.hasOpen) return 'emergency.already_invoked'
  return (
    targetsRefusal(of, facts) ??
    (facts.blocks.some((block) => block.personId !== null) ? 'emergency.retro_overdue' : undefined) ??
    (facts.blocks.length > 0 ? 'emergency.asset_blocked' : undefined) ??
    (facts.qualified.has(of.executorId) && facts.qualified.has(of.secondId) ? undefined : 'emergency.not_qualified') ??
    (facts.custodianIds.filter((id) => id !== of.executorId && id !== of.secondId).length >= custodiansNeeded
      ? undefined
      : 'emergency.custodians_too_few')
  )
}
function targetsRefusal(of: Invocation, { targets }: InvocationFacts): EmergencyRefusal | undefined {
  const known = new Map(targets.map((target) => [target.id, target]))
  const chosen = of.wanted.map((one) => known.get(one.targetId))
  const twice = new Set(of.wanted.map((one) => one.targetId)).size !== of.wanted.length
  if (of.wanted.length === 0 || of.wanted.length > targetsMost || twice || chosen.includes(undefined))
    return 'emergency.target_unknown'
  if (chosen.some((target) => target!.tenantId !== of.tenantId || target!.plane !== chosen[0]!.plane))
    return 'emergency.targets_mixed'
  for (const { targetId, accounts } of of.wanted) {
    const offered = known.get(targetId)!.accounts
    if (accounts.length === 0 || accounts.some((name) => !offered.some((account) => account.name === name)))
      return 'emergency.account_unknown'
    if (!of.root && offered.some((account) => account.privileged && accounts.includes(account.name)))
      return 'emergency.root_not_asked'
  }
  return undefined
}
