import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** A customer's consent in advance (预授权, RL-11): what it covers, and until when it is a word. */

/** The gravest risk that may be allowed in advance: a change of R1 is always asked for by itself. */
export const preauthorisedRisks = ['R2', 'R3', 'R4'] as const
export type PreauthorisedRisk = (typeof preauthorisedRisks)[number]
export const preauthorisationMaxDays = 365
export const minutesOfDay = 1440

export const consentRefusals = {
  'consent.not_found': { status: 404 },
  'consent.span_invalid': { status: 422, rule: 'RL-11' },
  'consent.hours_invalid': { status: 422, rule: 'RL-11' },
  'consent.not_customer': { status: 403, rule: 'RL-11' },
  'consent.wrong_state': { status: 409, rule: 'RL-11' },
} as const satisfies RefusalTable
export type ConsentRefusal = keyof typeof consentRefusals

export interface Preauthorisation {
  readonly notBefore: Date
  readonly notAfter: Date
  readonly revokedAt: Date | null
}
export const preauthorisationStates = ['ahead', 'holds', 'over', 'revoked'] as const
export type PreauthorisationState = (typeof preauthorisationStates)[number]
export function stateOf({ notBefore, notAfter, revokedAt }: Preauthorisation, now: Date): PreauthorisationState {
  if (revokedAt) return 'revoked'
  if (now >= notAfter) return 'over'
  return now < notBefore ? 'ahead' : 'holds'
}

export interface Terms {
  readonly notBefore: Date
  readonly notAfter: Date
  readonly fromMinute: number | null
  readonly toMinute: number | null
}
/** Why these terms cannot be given; only to what is still to come, and to an end. */
export function termsRefusal({ notBefore, notAfter, fromMinute, toMinute }: Terms, now: Date): ConsentRefusal | undefined {
  const length = notAfter.getTime() - notBefore.getTime()
  if (length <= 0 || length > preauthorisationMaxDays * 86_400_000 || notAfter <= now) return 'consent.span_invalid'
  return (fromMinute === null) === (toMinute === null) ? undefined : 'consent.hours_invalid'
}
export const revokeRefusal = (word: Preauthorisation, now: Date): ConsentRefusal | undefined =>
  word.revokedAt !== null || now >= word.notAfter ? 'consent.wrong_state' : undefined
