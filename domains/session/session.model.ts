import type { Plane } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** Life of one O&M session (运维会话); anchors/bastion.md §5.2. Only `live` moves bytes. */
export const sessionStates = ['requested', 'live', 'paused', 'draining', 'closed', 'sealed', 'gap'] as const
export type SessionState = (typeof sessionStates)[number]

/** plan-run: the platform runs approved steps. observe: read-only allow-list over argv the broker parsed itself. interactive: break-glass. */
export const sessionModes = ['plan-run', 'observe', 'interactive'] as const
export type SessionMode = (typeof sessionModes)[number]

export const pauseReasons = [
  'reviewer-absent',
  'expectation-failed',
  'freeze',
  'release-withdrawn',
  'consent-withdrawn',
  'health-failed',
  'unknown-outcome',
  'recorder-lag',
  'grant-revoked',
  'supervisor-order',
  'reviewer-objection',
  'window-reserve',
  'gateway-lost',
] as const
export type PauseReason = (typeof pauseReasons)[number]

const steps = {
  open: { from: ['requested'], to: 'live' },
  pause: { from: ['live'], to: 'paused' },
  resume: { from: ['paused'], to: 'live' },
  drain: { from: ['live', 'paused'], to: 'draining' },
  close: { from: ['requested', 'live', 'paused', 'draining'], to: 'closed' },
  seal: { from: ['closed'], to: 'sealed' },
  // The recording ended before the session did, or its tail is lost: said plainly instead of sealed (NT-D02).
  declareGap: { from: ['requested', 'live', 'paused', 'draining', 'closed'], to: 'gap' },
} as const satisfies Record<string, { from: readonly SessionState[]; to: SessionState }>
export type SessionAction = keyof typeof steps

export const canSession = (state: SessionState, action: SessionAction): boolean =>
  (steps[action].from as readonly SessionState[]).includes(state)
export const afterSession = (action: SessionAction): SessionState => steps[action].to

/** States in which a recording still grows and the gateway holds channels. */
export const isRunning = (state: SessionState): boolean => state === 'live' || state === 'paused' || state === 'draining'

/** The text whose SM3 seals a recording: every segment's digests in order, and why it ended. Gateway and control plane both compute it. */
export const manifestText = (of: {
  readonly sessionId: string
  readonly reason: string
  readonly segments: readonly { readonly index: number; readonly sm3: string; readonly sha256: string; readonly bytes: number }[]
}): string =>
  `huabiao/recording-manifest/v1\n${canonicalJson({
    sessionId: of.sessionId,
    reason: of.reason,
    segments: of.segments.map(({ index, sm3, sha256, bytes }) => ({ index, sm3, sha256, bytes })),
  })}`

/** A gateway unheard of for this long is lost; it polls at least every 25 s. */
export const gatewayLostMs = 45_000
/** After this silence nobody waits for its recordings any longer: what is missing is said to be missing (G-EVID; the verifier's own limit). */
export const gatewayGoneMs = 24 * 3_600_000
export const ticketMs = 30_000
interface Whose {
  readonly executorId: string
  readonly reviewerId: string | null
}
/** Whether somebody is of a session: then they know its id, see it in lists, and may join it; others need the duty to oversee (NT-E03). */
export const isOwnSession = (session: Whose, personId: string): boolean =>
  session.executorId === personId || session.reviewerId === personId

/** Recordings are for the auditors of their own plane (S3-A.8-03): a tenant's for its own, the platform's for its operator's and for who oversees it. */
export function isOfPlane(
  session: { readonly plane: Plane; readonly tenantId: string },
  reader: { readonly tenantId: string; readonly party: string },
): boolean {
  const isCustomer = reader.party === 'user-unit' || reader.party === 'service-provider'
  return session.tenantId === reader.tenantId || (session.plane === 'platform' && !isCustomer)
}
/** The customer on whose system it was done reads the provider's too, where policy lets them. One's own session may be looked at again. */
export function replayRefusal(
  session: Whose & { readonly plane: Plane; readonly tenantId: string },
  reader: { readonly personId: string; readonly tenantId: string; readonly party: string },
  may: { readonly audit: boolean; readonly ofProvider: boolean },
): SessionRefusal | undefined {
  if (isOwnSession(session, reader.personId)) return undefined
  const isTheirs = isOfPlane(session, reader) || (session.plane === 'platform' && may.ofProvider)
  return may.audit && isTheirs ? undefined : 'session.recording_not_yours'
}

export const sessionRefusals = {
  'session.not_found': { status: 404 },
  'session.wrong_state': { status: 409 },
  'session.no_purpose': { status: 409, rule: 'RL-19' },
  'session.not_executor': { status: 403, rule: 'RL-07' },
  'session.recorder_unavailable': { status: 409, rule: 'RL-36' },
  'session.evidence_unavailable': { status: 409, rule: 'RL-36' },
  'session.gateway_unavailable': { status: 409, rule: 'RL-18' },
  'session.command_not_listed': { status: 409, rule: 'RL-21' },
  'session.segment_out_of_order': { status: 409, rule: 'RL-36' },
  'session.segment_digest_mismatch': { status: 422, rule: 'RL-36' },
  'session.recording_not_yours': { status: 403, rule: 'RL-27' },
  'session.target_not_found': { status: 404 },
  'session.observe_needs_purpose': { status: 409, rule: 'RL-19' },
  'session.grant_not_found': { status: 404 },
  'session.terminal_begun': { status: 409, rule: 'RL-07' },
  'session.keys_not_yours': { status: 403, rule: 'RL-27' },
  'session.keys_took_part': { status: 403, rule: 'RL-27' },
  'session.keys_same_side': { status: 409, rule: 'RL-23' },
  'session.keys_request_over': { status: 409 },
  'session.keys_none': { status: 404 },
  'session.keys_unreadable': { status: 409, rule: 'RL-36' },
  'session.grant_used': { status: 409, rule: 'RL-07' },
  'session.grant_expired': { status: 409, rule: 'RL-02' },
  'session.other_gateway': { status: 403, rule: 'RL-18' },
  'session.stale_boot': { status: 409, rule: 'RL-18' },
  'session.ticket_invalid': { status: 401 },
  'session.root_refused': { status: 403, rule: 'RL-17' },
  'session.channel_refused': { status: 403, rule: 'RL-18' },
  'session.direct_shell_refused': { status: 403, rule: 'RL-21' },
  'session.mutation_refused': { status: 403, rule: 'RL-15' },
  'session.other_way_refused': { status: 403, rule: 'RL-18' },
  'session.forwarding_refused': { status: 403, rule: 'RL-18' },
  'session.transfer_refused': { status: 403, rule: 'RL-22' },
} as const satisfies RefusalTable
export type SessionRefusal = keyof typeof sessionRefusals
