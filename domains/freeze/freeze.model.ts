import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** Freeze periods (封网期, RL-03): when nothing is changed, for whom, who may say so, and what is excepted. */

export const freezeScopes = ['deployment', 'tenants', 'systems', 'targets'] as const
export type FreezeScope = (typeof freezeScopes)[number]
/** A freeze lasts at most this long; a longer one is declared anew, by somebody who still wants it. */
export const freezeMaxDays = 92

export const freezeRefusals = {
  'freeze.not_found': { status: 404 },
  'freeze.exception_not_found': { status: 404 },
  'freeze.span_invalid': { status: 422, rule: 'RL-03' },
  'freeze.scope_invalid': { status: 422, rule: 'RL-03' },
  'freeze.not_speaker': { status: 403, rule: 'RL-03' },
  'freeze.own_freeze': { status: 409, rule: 'RL-03' },
  'freeze.wrong_state': { status: 409, rule: 'RL-03' },
  'freeze.not_covered': { status: 409, rule: 'RL-03' },
  'freeze.already_requested': { status: 409, rule: 'RL-03' },
  'freeze.not_of_change': { status: 403, rule: 'RL-03' },
  'freeze.own_exception': { status: 409, rule: 'RL-03' },
  'freeze.declarer_missing': { status: 409, rule: 'RL-03' },
} as const satisfies RefusalTable
export type FreezeRefusal = keyof typeof freezeRefusals

/** Who asks, as the rules see them. */
export interface Speaker {
  readonly personId: string
  readonly tenantId: string
  /** Of the management unit, whose word holds for everybody. */
  readonly management: boolean
}
/** `tenantId` null: declared by the management unit for everybody. */
export interface FreezeWord {
  readonly tenantId: string | null
  readonly startsAt: Date
  readonly endsAt: Date
  readonly declaredBy: string
  readonly liftedAt: Date | null
}
export const speaksFor = (freeze: Pick<FreezeWord, 'tenantId'>, who: Speaker): boolean =>
  freeze.tenantId === null ? who.management : !who.management && freeze.tenantId === who.tenantId

export function spanRefusal(startsAt: Date, endsAt: Date, now: Date): FreezeRefusal | undefined {
  const length = endsAt.getTime() - startsAt.getTime()
  return length > 0 && length <= freezeMaxDays * 86_400_000 && endsAt > now ? undefined : 'freeze.span_invalid'
}
export function liftRefusal(freeze: FreezeWord, who: Speaker, now: Date): FreezeRefusal | undefined {
  if (freeze.liftedAt !== null || freeze.endsAt <= now) return 'freeze.wrong_state'
  if (!speaksFor(freeze, who)) return 'freeze.not_speaker'
  // Two persons stand behind an early end, as they do behind an exception.
  return freeze.declaredBy === who.personId ? 'freeze.own_freeze' : undefined
}

export interface ExceptionWord {
  readonly tenantId: string
  /** Everybody with a part in the change: none of them decides. */
  readonly partyPersonIds: readonly string[]
  readonly requestedBy: string
  readonly first: Speaker | undefined
  readonly second: Speaker | undefined
  readonly refused: boolean
}
export const exceptionStates = ['open', 'granted', 'refused'] as const
export type ExceptionState = (typeof exceptionStates)[number]
export const exceptionState = (exception: Pick<ExceptionWord, 'second' | 'refused'>): ExceptionState =>
  exception.refused ? 'refused' : exception.second ? 'granted' : 'open'

/**
 * Why this person may not decide now. Two persons of the unit of the change or of the management unit who have no part in it; one of them of
 * whoever declared the freeze.
 */
export function exceptionRefusal(
  exception: ExceptionWord,
  freeze: FreezeWord,
  who: Speaker,
  of: { verdict: 'approve' | 'refuse'; now: Date },
): FreezeRefusal | undefined {
  if (exceptionState(exception) !== 'open' || freeze.liftedAt !== null || freeze.endsAt <= of.now) return 'freeze.wrong_state'
  if (!who.management && who.tenantId !== exception.tenantId) return 'freeze.not_speaker'
  if (who.personId === exception.requestedBy || exception.partyPersonIds.includes(who.personId)) return 'freeze.own_exception'
  if (of.verdict === 'refuse') return undefined
  if (exception.first?.personId === who.personId) return 'freeze.own_exception'
  if (exception.first && !speaksFor(freeze, exception.first) && !speaksFor(freeze, who)) return 'freeze.declarer_missing'
  return undefined
}
