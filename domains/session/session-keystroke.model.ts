import type { Plane } from '@huabiao/kit/actor/actor'
import { isOfPlane, type SessionRefusal } from './session.model.ts'

/** What was typed at a terminal lies sealed in its recording. Two persons open it together, one of each side (S8, NT-D08). */
export const keySides = ['audit', 'security'] as const
export type KeySide = (typeof keySides)[number]
/** A request stands so long. */
export const keyRequestMs = 60 * 60_000

/** On which side a role stands: auditors on one, security administrators on the other, and nobody else on any. */
export function keySideOf(roles: readonly string[]): KeySide | undefined {
  if (roles.includes('AUD') || roles.includes('TAU')) return 'audit'
  return roles.includes('SEC') ? 'security' : undefined
}
/**
 * The side somebody stands on for one session: both are of its plane (NT-E03). A tenant has no security administrators; those of the
 * platform stand on that side for it.
 */
export function sideFor(
  session: { readonly plane: Plane; readonly tenantId: string },
  reader: { readonly roles: readonly string[]; readonly tenantId: string; readonly party: string },
): KeySide | undefined {
  const side = keySideOf(reader.roles)
  return isOfPlane(session, reader) || (side === 'security' && session.plane === 'tenant') ? side : undefined
}

interface Took {
  readonly executorId: string
  readonly reviewerId: string | null
}
export interface KeyRequest {
  readonly askedBy: string
  readonly askedSide: KeySide
  readonly agreedBy: string | null
  readonly agreedSide: KeySide | null
  readonly expiresAt: Date
}

/** Why this person may not ask for it; S7: whoever took part does not look at it as auditor. */
export function keysRefusal(session: Took, personId: string, side: KeySide | undefined): SessionRefusal | undefined {
  if (side === undefined) return 'session.keys_not_yours'
  return personId === session.executorId || personId === session.reviewerId ? 'session.keys_took_part' : undefined
}
export function agreeRefusal(
  session: Took,
  request: KeyRequest,
  of: { readonly personId: string; readonly side: KeySide | undefined; readonly now: Date },
): SessionRefusal | undefined {
  const no = keysRefusal(session, of.personId, of.side)
  if (no) return no
  if (request.agreedBy !== null || of.now >= request.expiresAt) return 'session.keys_request_over'
  return request.askedBy === of.personId || request.askedSide === of.side ? 'session.keys_same_side' : undefined
}
/** Read by the two who agreed, while the request stands; the signer asks the same of the database. */
export function readKeysRefusal(
  session: Took,
  request: KeyRequest,
  of: { readonly personId: string; readonly now: Date },
): SessionRefusal | undefined {
  if (of.personId !== request.askedBy && of.personId !== request.agreedBy) return 'session.keys_not_yours'
  if (request.agreedBy === null || of.now >= request.expiresAt) return 'session.keys_request_over'
  return openingRefusal(session, request)
}
/** What must hold whoever asks: two persons, one of each side, neither of them in the session. */
export function openingRefusal(session: Took, request: KeyRequest): SessionRefusal | undefined {
  const { askedBy, agreedBy, askedSide, agreedSide } = request
  if (agreedBy === null || agreedBy === askedBy || agreedSide === null || agreedSide === askedSide)
    return 'session.keys_same_side'
  const took = [session.executorId, session.reviewerId]
  return took.includes(askedBy) || took.includes(agreedBy) ? 'session.keys_took_part' : undefined
}

/** Keys as somebody can read them: controls as their pictures (U+2400…), so that nothing typed acts on whoever reads it. */
export const shownKeys = (text: string): string =>
  text.replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (char) => {
    const code = char.codePointAt(0)!
    if (code < 0x20) return String.fromCodePoint(0x2400 + code)
    return code === 0x7f ? '\u2421' : `\\u{${code.toString(16)}}`
  })
