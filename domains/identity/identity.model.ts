import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** One person, one account (RL-23). An account is never deleted: its name stays taken, so that old records stay unambiguous. */
export const accountStatuses = ['active', 'disabled'] as const
export type AccountStatus = (typeof accountStatuses)[number]
export const locales = ['zh-CN', 'en'] as const
export type Locale = (typeof locales)[number]
export const secondFactors = ['totp', 'webauthn'] as const

/** First factors that are not ours: what a source proved. Its password is none of ours to change; our second factor is asked all the same. */
export const isProvedElsewhere = (firstFactor: string): boolean => firstFactor === 'oidc' || firstFactor === 'ldap'

const minute = 60_000
export const sessionIdleMs = 30 * minute
export const sessionAbsoluteMs = 8 * 60 * minute
export const challengeMs = 5 * minute
/** A challenge ends after so many wrong codes, whatever the counters of the account say. */
export const challengeAttempts = 5
/** GB/T 22239 8.1.4.1 b: five failures lock the name for a quarter of an hour. */
export const lockFailures = 5
export const lockMs = 15 * minute
/** NT-A05: the 21st attempt on one name within ten minutes is refused, from wherever; a source has a wider bound of its own. */
export const attemptWindowMs = 10 * minute
export const attemptsPerLogin = 20
export const attemptsPerSource = 200

export interface LogonSession {
  readonly lastSeenAt: Date
  readonly expiresAt: Date
  readonly revokedAt: Date | null
  readonly accountStatus: AccountStatus
  readonly notAfter: Date | null
  readonly personStatus: 'active' | 'left'
  readonly unitStatus: 'onboarding' | 'active' | 'left'
}

/** Whether a session still stands: not idle for 30 minutes, not 8 hours old, not revoked, and everybody it rests on is still in place. */
export const isLive = (session: LogonSession, at: Date): boolean =>
  session.revokedAt === null &&
  at < session.expiresAt &&
  at.getTime() - session.lastSeenAt.getTime() < sessionIdleMs &&
  mayLogOn(session, at)

export const mayLogOn = (
  account: Pick<LogonSession, 'accountStatus' | 'notAfter' | 'personStatus' | 'unitStatus'>,
  at: Date,
): boolean =>
  account.accountStatus === 'active' &&
  account.personStatus === 'active' &&
  account.unitStatus !== 'left' &&
  (account.notAfter === null || at < account.notAfter)

/** A failure streak on one login name or source address; the same for names that exist and names that do not. */
export interface Throttle {
  readonly failures: number
  readonly attempts: number
  readonly windowStart: Date
  readonly lockedUntil: Date | null
}
export const throttleRefusal = (throttle: Throttle, kind: 'login' | 'source', at: Date): IdentityRefusal | undefined => {
  if (throttle.lockedUntil !== null && at < throttle.lockedUntil) return 'identity.locked'
  const fresh = at.getTime() - throttle.windowStart.getTime() < attemptWindowMs
  const bound = kind === 'login' ? attemptsPerLogin : attemptsPerSource
  return fresh && throttle.attempts > bound ? 'identity.too_many_attempts' : undefined
}

/** Roles whose recovery takes two people (NT-A14): nobody alone resets those who hold the platform. */
export const isPrivileged = (roles: readonly string[]): boolean => roles.some((role) => ['PAD', 'SEC', 'AUD'].includes(role))

/** The pair that recovers a privileged account: a platform administrator and a security administrator, neither of them its owner. */
export function recoveryRefusal(recovery: {
  subjectId: string
  requestedBy: string
  requestedRole: string
  confirmedBy: string
  confirmedRole: string | undefined
}): IdentityRefusal | undefined {
  const { subjectId, requestedBy, confirmedBy } = recovery
  if (subjectId === requestedBy || subjectId === confirmedBy) return 'identity.own_account'
  if (requestedBy === confirmedBy) return 'identity.second_person_required'
  const pair = [recovery.requestedRole, recovery.confirmedRole].sort().join('+')
  return pair === 'PAD+SEC' ? undefined : 'identity.second_person_required'
}

export const identityRefusals = {
  'identity.logon_refused': { status: 401 },
  'identity.locked': { status: 423 },
  'identity.too_many_attempts': { status: 429 },
  'identity.challenge_expired': { status: 401 },
  'identity.code_wrong': { status: 401 },
  'identity.key_refused': { status: 401 },
  'identity.factor_missing': { status: 409 },
  'identity.csrf': { status: 403 },
  'identity.service_refused': { status: 401 },
  'identity.password_change_required': { status: 403 },
  'identity.password_too_short': { status: 422 },
  'identity.password_too_simple': { status: 422 },
  'identity.password_contains_name': { status: 422 },
  'identity.password_common': { status: 422 },
  'identity.password_reused': { status: 422 },
  'identity.password_too_young': { status: 409 },
  'identity.password_wrong': { status: 403 },
  'identity.terminal_unregistered': { status: 403, rule: 'RL-20' },
  'identity.terminal_invalid': { status: 422, rule: 'RL-20' },
  'identity.own_terminal': { status: 409, rule: 'RL-20' },
  'identity.key_weak': { status: 422 },
  'identity.key_taken': { status: 409, rule: 'RL-23' },
  'identity.too_many_keys': { status: 409 },
  'identity.last_factor': { status: 409 },
  'identity.certificate_invalid': { status: 422 },
  'identity.certificate_missing': { status: 401 },
  'identity.certificate_refused': { status: 401 },
  'identity.certificate_revoked': { status: 409, rule: 'RL-23' },
  'identity.role_not_held': { status: 403, rule: 'RL-27' },
  'identity.login_taken': { status: 409, rule: 'RL-23' },
  'identity.person_has_account': { status: 409, rule: 'RL-23' },
  'identity.own_account': { status: 409, rule: 'RL-23' },
  'identity.second_person_required': { status: 409, rule: 'RL-23' },
  'identity.training_invalid': { status: 409, rule: 'RL-24' },
  'identity.not_yours': { status: 403 },
  'account.not_found': { status: 404 },
  'terminal.not_found': { status: 404 },
  'credential.not_found': { status: 404 },
  'recovery.not_found': { status: 404 },
} as const satisfies RefusalTable
export type IdentityRefusal = keyof typeof identityRefusals
