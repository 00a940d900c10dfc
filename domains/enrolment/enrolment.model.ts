import type { Plane } from '@huabiao/kit/actor/actor'
import type { RefusalTable } from '@huabiao/kit/errors/errors'

/**
 * Enrolment (纳管): what a target must be told so that it obeys the bastion of its plane and nobody else, and the check that it does. A
 * target's host key is read at its own console by a person and typed here; what the network shows is only compared with it (NT-E01). Pure.
 */
export const enrolmentRefusals = {
  'enrolment.target_not_found': { status: 404 },
  'enrolment.request_not_found': { status: 404 },
  'enrolment.system_unknown': { status: 422 },
  'enrolment.name_taken': { status: 409 },
  'enrolment.principal_taken': { status: 409, rule: 'RL-18' },
  'enrolment.accounts_wrong': { status: 422, rule: 'RL-17' },
  'enrolment.host_key_wrong': { status: 422, rule: 'RL-18' },
  'enrolment.host_key_same': { status: 409 },
  'enrolment.host_key_waiting': { status: 409 },
  'enrolment.own_request': { status: 403, rule: 'RL-06' },
  'enrolment.request_decided': { status: 409 },
  'enrolment.check_running': { status: 409 },
  'enrolment.check_not_found': { status: 404 },
} as const satisfies RefusalTable
export type EnrolmentRefusal = keyof typeof enrolmentRefusals

/** A check that has not ended after this long is lost; no certificate of it is signed any more. */
export const checkMaxMs = 120_000
/** Clocks of a target and of its gateway may differ by this much (NT-B02). */
export const clockDifferenceMaxMs = 2_000
/** After this long a check says little: somebody may have changed the target since. */
export const checkStaleMs = 30 * 86_400_000

export interface TargetAccount {
  /** What plans call it. */
  readonly name: string
  /** Its name on the host. */
  readonly login: string
  readonly privileged: boolean
}
export const loginOf = ({ login }: { readonly login: string }): string => login

/** An SSH fingerprint as `ssh-keygen -l` prints it. */
export const fingerprintForm = /^SHA256:[A-Za-z0-9+/]{43}$/

/** An account with `_` has no principal of the usual form; two with one name would be one to a plan. At least one must not be privileged. */
export function accountsRefusal(accounts: readonly TargetAccount[]): EnrolmentRefusal | undefined {
  const names = new Set(accounts.map(({ name }) => name))
  const rootIsOrdinary = accounts.some(({ login, name, privileged }) => (login === 'root' || name === 'root') && !privileged)
  const good = names.size === accounts.length && accounts.some(({ privileged }) => !privileged) && !rootIsOrdinary
  return good ? undefined : 'enrolment.accounts_wrong'
}

/** What the signer reads of a check before it signs certificates for it. */
export interface CheckFacts {
  readonly checkId: string
  readonly gatewayId: string
  readonly askedBy: string
  readonly state: string
  readonly plane: Plane
  /** Accounts that are not privileged: a check never becomes root. */
  readonly target: { readonly name: string; readonly accounts: readonly { readonly name: string; readonly login: string }[] }
  readonly requestedAt: Date
  readonly now: Date
}
export function checkRefusal(facts: CheckFacts | undefined, gatewayId: string): 'signer.check_unknown' | undefined {
  if (!facts || facts.gatewayId !== gatewayId || facts.state !== 'requested') return 'signer.check_unknown'
  const age = facts.now.getTime() - facts.requestedAt.getTime()
  return age >= 0 && age <= checkMaxMs ? undefined : 'signer.check_unknown'
}

/** The one command that certificates of a check force: it changes nothing, and says whose check it is and what time it is there. */
export const checkLine = (checkId: string): string => `printf 'huabiao %s\\n' ${checkId} && date +%s.%N`
/** What the gateway asks for instead, and must not get. */
export const otherLine = 'echo not-the-forced-command'
/** A principal that no target lists. */
export const strangerPrincipal = (checkId: string): string => `hb-check-${checkId.slice(0, 8)}`

/** In the order in which they are tried: what must fail comes last, because OpenSSH 9.8 and later punish an address for failures. */
export const probes = [
  'host-key',
  'enters',
  'forced-command',
  'clock',
  'forwarding',
  'wrong-principal',
  'login-principal',
  'other-plane',
  'no-certificate',
  'other-methods',
] as const
export type Probe = (typeof probes)[number]

/** What the gateway saw; it judges nothing. */
export const sightings = [
  'equal',
  'differs',
  'entered',
  'refused',
  'forced',
  'not-forced',
  'opened',
  'offered',
  'measured',
  'unreached',
] as const
export type Sighting = (typeof sightings)[number]
export interface Seen {
  readonly probe: Probe
  readonly account: string | null
  readonly sighting: Sighting
  /** Of the clock: target minus gateway. */
  readonly differenceMs: number | null
  /** In the words of SSH or of the network, for people. */
  readonly detail: string
}
export interface ProbeVerdict {
  readonly probe: Probe
  readonly account: string | null
  readonly passed: boolean
  readonly differenceMs: number | null
  readonly detail: string
}

const wanted: Readonly<Record<Probe, Sighting>> = {
  'host-key': 'equal',
  enters: 'entered',
  'forced-command': 'forced',
  clock: 'measured',
  forwarding: 'refused',
  'wrong-principal': 'refused',
  'login-principal': 'refused',
  'other-plane': 'refused',
  'no-certificate': 'refused',
  'other-methods': 'refused',
}

/** Verdicts on everything that a check must show, in order. What was not seen has not passed: unknown means no. */
export function verdictsOf(seen: readonly Seen[], accounts: readonly string[]): ProbeVerdict[] {
  const due = probes.flatMap((probe): { probe: Probe; account: string | null }[] =>
    probe === 'enters' ? accounts.map((account) => ({ probe, account })) : [{ probe, account: null }],
  )
  return due.map(({ probe, account }) => {
    const found = seen.find((one) => one.probe === probe && (account === null || one.account === account))
    const inTime = probe !== 'clock' || (found?.differenceMs != null && Math.abs(found.differenceMs) <= clockDifferenceMaxMs)
    return {
      probe,
      account,
      passed: found !== undefined && found.sighting === wanted[probe] && inTime,
      differenceMs: found?.differenceMs ?? null,
      detail: found?.detail ?? '',
    }
  })
}
export const hasPassed = (verdicts: readonly ProbeVerdict[]): boolean =>
  verdicts.length > 0 && verdicts.every(({ passed }) => passed)

export const enrolmentStates = ['unchecked', 'checking', 'enrolled', 'stale', 'failing', 'key-changing'] as const
export type EnrolmentState = (typeof enrolmentStates)[number]
/** Where a target stands. A check that never ended counts as a failure: nobody knows what the target does. */
export function enrolmentState(of: {
  readonly check: { readonly state: string; readonly passed: boolean | null; readonly requestedAt: Date } | undefined
  readonly keyWaiting: boolean
  readonly now: Date
}): EnrolmentState {
  if (of.keyWaiting) return 'key-changing'
  if (!of.check) return 'unchecked'
  const age = of.now.getTime() - of.check.requestedAt.getTime()
  if (of.check.state !== 'finished') return age <= checkMaxMs ? 'checking' : 'failing'
  if (!of.check.passed) return 'failing'
  return age > checkStaleMs ? 'stale' : 'enrolled'
}
