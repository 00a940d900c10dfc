import { isTrained } from '@huabiao/domains/organization/organization.model'

/** Norms of accounts (账号规范): pure rules over what is known of one person; each says what it saw, whom it tells, and until when. */

export interface NormBinding {
  readonly id: string
  readonly role: string
  readonly duty: string | null
  readonly since: Date
  readonly suspended: boolean
  /** Suspended because the training lapsed. */
  readonly byTraining: boolean
  readonly usedAt: Date | null
}
export interface PersonFacts {
  readonly personId: string
  readonly name: string
  readonly status: 'active' | 'left'
  readonly registeredAt: Date
  /** `YYYY-MM-DD`. */
  readonly trainingUntil: string | null
  readonly department: string | null
  readonly accountId: string | null
  readonly login: string | null
  readonly accountStatus: 'active' | 'disabled' | null
  readonly openedAt: Date | null
  readonly lastLogonAt: Date | null
  readonly passwordChangedAt: Date | null
  readonly mustChange: boolean
  readonly hasFactor: boolean
  readonly terminals: number
  /** When two persons last opened the account again. */
  readonly reopenedAt: Date | null
  readonly suspended: boolean
  readonly bindings: readonly NormBinding[]
  readonly shared: readonly { readonly from: string; readonly with: string; readonly name: string; readonly at: string }[]
}

export const toldRoles = ['person', 'administrator', 'security', 'supervisor'] as const
export type Told = (typeof toldRoles)[number]
/** What a rule takes away by itself; everything else waits for a person. */
export type Consequence = 'account' | 'roles' | undefined
interface Norm {
  readonly tells: readonly Told[]
  /** Days until it must be settled; 0: at once. */
  readonly days: number
  readonly suspends?: Consequence
}
export const normIds = ['N-A01', 'N-A02', 'N-A03', 'N-A04', 'N-A05', 'N-A06', 'N-A07', 'N-A08', 'N-A09'] as const
export type NormId = (typeof normIds)[number]
export const norms: Readonly<Record<NormId, Norm>> = {
  /** Dormant. */
  'N-A01': { tells: ['person', 'administrator', 'security'], days: 0, suspends: 'account' },
  /** Never logged on. */
  'N-A02': { tells: ['administrator'], days: 7 },
  /** An old password. */
  'N-A03': { tells: ['person'], days: 7 },
  /** Two persons at one place. */
  'N-A04': { tells: ['administrator', 'security', 'supervisor'], days: 3 },
  /** An account without a person in post. */
  'N-A05': { tells: ['administrator', 'security'], days: 0, suspends: 'account' },
  /** A role that nobody uses. */
  'N-A06': { tells: ['security', 'supervisor'], days: 14 },
  /** No valid training (RL-24). */
  'N-A07': { tells: ['person', 'administrator', 'supervisor'], days: 0, suspends: 'roles' },
  /** Training ends soon. */
  'N-A08': { tells: ['person'], days: 30 },
  /** A name that is not a person's. */
  'N-A09': { tells: ['administrator', 'security'], days: 14 },
}

const dayMs = 86_400_000
export const dormantDays = 90
export const neverDays = 30
export const passwordDays = 90
export const unusedDays = 90
export const trainingSoonDays = 30
const generic = new Set([
  'admin',
  'administrator',
  'root',
  'test',
  'guest',
  'oper',
  'operator',
  'user',
  'demo',
  'shared',
  'public',
  'temp',
  'sys',
  'dba',
])
/** Names of one person: letters first, then letters and digits, parts joined by one dot; never a role's or everybody's. */
export const isNameOfNorm = (login: string): boolean =>
  /^[a-z][a-z0-9]*(\.[a-z0-9]+)*$/.test(login) && !login.split('.').some((part) => generic.has(part.replace(/\d+$/, '')))

export interface NormFinding {
  readonly rule: NormId
  /** An account, a binding or an address: one finding for each. */
  readonly about: string
  readonly evidence: Readonly<Record<string, string | number>>
}
const daysSince = (from: Date, at: Date): number => Math.floor((at.getTime() - from.getTime()) / dayMs)
const latest = (...moments: readonly (Date | null)[]): Date | null =>
  moments.reduce<Date | null>((last, one) => (one && (!last || one > last) ? one : last), null)

type Rule = (of: PersonFacts, at: Date) => readonly NormFinding[]
const isLive = (of: PersonFacts): boolean => of.accountId !== null && of.accountStatus === 'active' && of.status === 'active'
const rules: Readonly<Record<NormId, Rule>> = {
  'N-A01': (of, at) => {
    // Whoever never came is dormant from the day the account was opened; two persons' word begins the time anew.
    const last = latest(of.lastLogonAt, of.openedAt, of.reopenedAt)
    const days = last ? daysSince(last, at) : 0
    return isLive(of) && days > dormantDays
      ? [{ rule: 'N-A01', about: of.login ?? '', evidence: { days, last: last!.toISOString() } }]
      : []
  },
  'N-A02': (of, at) => {
    const days = of.openedAt ? daysSince(of.openedAt, at) : 0
    return isLive(of) && of.lastLogonAt === null && days > neverDays && days <= dormantDays
      ? [{ rule: 'N-A02', about: of.login ?? '', evidence: { days, opened: of.openedAt!.toISOString() } }]
      : []
  },
  'N-A03': (of, at) => {
    const days = of.passwordChangedAt ? daysSince(of.passwordChangedAt, at) : 0
    return isLive(of) && days >= passwordDays ? [{ rule: 'N-A03', about: of.login ?? '', evidence: { days } }] : []
  },
  'N-A04': (of) =>
    of.shared.map((one) => ({
      rule: 'N-A04',
      about: `${one.from} ${one.with}`,
      evidence: { from: one.from, with: one.name, at: one.at },
    })),
  'N-A05': (of) =>
    of.status === 'left' && of.accountStatus === 'active'
      ? [{ rule: 'N-A05', about: of.login ?? '', evidence: { status: of.status } }]
      : [],
  'N-A06': (of, at) =>
    of.bindings.flatMap((one): NormFinding[] => {
      const days = daysSince(latest(one.usedAt, one.since)!, at)
      return days > unusedDays ? [{ rule: 'N-A06', about: one.id, evidence: { role: one.role, days } }] : []
    }),
  'N-A07': (of, at) =>
    of.status === 'active' && (of.bindings.length > 0 || isLive(of)) && !isTrained(of.trainingUntil, at)
      ? [{ rule: 'N-A07', about: of.login ?? '', evidence: { until: of.trainingUntil ?? '' } }]
      : [],
  'N-A08': (of, at) => {
    const soon = new Date(at.getTime() + trainingSoonDays * dayMs)
    return of.status === 'active' &&
      of.bindings.length > 0 &&
      isTrained(of.trainingUntil, at) &&
      !isTrained(of.trainingUntil, soon)
      ? [{ rule: 'N-A08', about: of.login ?? '', evidence: { until: of.trainingUntil ?? '' } }]
      : []
  },
  'N-A09': (of) =>
    isLive(of) && of.login && !isNameOfNorm(of.login) ? [{ rule: 'N-A09', about: of.login, evidence: { login: of.login } }] : [],
}
export const normFindings = (of: PersonFacts, at: Date): NormFinding[] => normIds.flatMap((id) => rules[id](of, at))
export const dueOf = (rule: NormId, from: Date): Date => new Date(from.getTime() + norms[rule].days * dayMs)

/** Roles without which a unit could give nothing back: its administration, its security, its audit. */
export const vitalRoles = ['PAD', 'SEC', 'AUD', 'TAD'] as const
/** Who can still act in them while rules take one after another: the last is spared, whatever the order. */
export interface Standing {
  /** Whether nobody else can act in the role. */
  isLast(personId: string, role: string): boolean
  /** A rule took the role of this person, or, without a role, their account. */
  took(personId: string, role?: string): void
}
export function standingOf(people: readonly PersonFacts[], at: Date): Standing {
  const canAct = (of: PersonFacts, role: string): boolean =>
    isLive(of) && of.bindings.some((one) => one.role === role && !one.suspended && one.since <= at)
  const able = new Map<string, Set<string>>(
    vitalRoles.map((role) => [role, new Set(people.filter((of) => canAct(of, role)).map((of) => of.personId))]),
  )
  return {
    isLast: (personId, role) => {
      const holders = able.get(role)
      return holders !== undefined && ![...holders].some((id) => id !== personId)
    },
    took: (personId, role) => {
      for (const [one, holders] of able) if (role === undefined || role === one) holders.delete(personId)
    },
  }
}

/** The rule that closes the account; none closes that of the last who can act in a vital role while they are in post. */
export const closingRule = (of: PersonFacts, at: Date, standing: Standing): NormId | undefined =>
  of.status === 'active' && of.bindings.some((one) => !one.suspended && one.since <= at && standing.isLast(of.personId, one.role))
    ? undefined
    : normFindings(of, at).find((one) => norms[one.rule].suspends === 'account')?.rule

/**
 * What a lapsed training takes: every role in force, except one that is the last of its kind, for nobody could record a training then; that
 * one stays a finding. And what is given back when the training is valid again: only what it took.
 */
export function trainingActs(
  of: PersonFacts,
  at: Date,
  standing: Standing,
): { readonly hold: readonly NormBinding[]; readonly release: readonly NormBinding[] } {
  const trained = isTrained(of.trainingUntil, at)
  return {
    hold: trained ? [] : of.bindings.filter((one) => !one.suspended && !standing.isLast(of.personId, one.role)),
    release: trained ? of.bindings.filter((one) => one.byTraining) : [],
  }
}

/** Joiner (入职): what is still missing before somebody works, in the order it is done (RL-24, RL-20, RL-28). */
export const joinerSteps = ['person', 'training', 'account', 'logon', 'factor', 'terminal', 'role'] as const
export type JoinerStep = (typeof joinerSteps)[number]
export function joinerDone(of: PersonFacts, at: Date): Readonly<Record<JoinerStep, boolean>> {
  return {
    person: true,
    training: isTrained(of.trainingUntil, at),
    account: of.accountStatus === 'active',
    logon: of.lastLogonAt !== null && !of.mustChange,
    factor: of.hasFactor,
    terminal: of.terminals > 0,
    role: of.bindings.some((one) => !one.suspended && one.since <= at),
  }
}
export const nextJoinerStep = (done: Readonly<Record<JoinerStep, boolean>>): JoinerStep | undefined =>
  joinerSteps.find((step) => !done[step])
