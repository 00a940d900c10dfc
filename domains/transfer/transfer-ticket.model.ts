import { artifactMaxBytes } from '@huabiao/domains/change/change-plan.model'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { RefusalTable } from '@huabiao/kit/errors/errors'
import { canonicalPath } from './transfer.model.ts'

/**
 * The out-transfer ticket (外传单, RL-22): one file of one target, for one purpose, to one person, for a short time. The owner of the data and
 * the security administrator approve it; the platform itself fetches the file, by a granted and recorded command that only reads.
 */
export const ticketChain = [
  { key: 'owner', role: 'APV', duty: 'owner' },
  { key: 'security', role: 'SEC', duty: null },
] as const
export const dataClasses = ['public', 'internal', 'sensitive', 'personal'] as const
export type DataClass = (typeof dataClasses)[number]

export const ticketDecisions = ['open', 'approved', 'rejected', 'withdrawn'] as const
export type TicketDecision = (typeof ticketDecisions)[number]
/** What has become of it: the decision, the clock, and the content. */
export const ticketStates = ['open', 'lapsed', 'rejected', 'withdrawn', 'approved', 'fetching', 'ready', 'spent', 'over'] as const
export type TicketState = (typeof ticketStates)[number]

export const ticketMaxHours = 72
export const ticketMaxDownloads = 5
/** Undecided for so long, the need was not there. */
export const ticketLifeMs = 3 * 86_400_000
export const fetchMaxBytes = artifactMaxBytes

export interface TicketWanted {
  readonly path: string
  readonly dataClass: DataClass
  readonly hours: number
  readonly downloads: number
}
/** Why such a ticket cannot be asked for. What tells of people leaves once. */
export function wantedRefusal(wanted: TicketWanted): TicketRefusal | undefined {
  const path = canonicalPath(wanted.path)
  // Typed as it lies on the target, with nothing that a shell or an eye could read otherwise.
  if (path === undefined || path !== wanted.path || !/^\/[A-Za-z0-9._/+:@%,=-]+$/.test(path)) return 'transfer.ticket_path_unfit'
  const sensitive = wanted.dataClass === 'sensitive' || wanted.dataClass === 'personal'
  if (wanted.downloads > (sensitive ? 1 : ticketMaxDownloads) || wanted.hours > ticketMaxHours) return 'transfer.ticket_too_wide'
  return undefined
}

export interface TicketFacts {
  readonly decision: TicketDecision
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly downloads: number
  readonly used: number
  /** State of the transfer that fetches it; null where nothing was fetched yet. */
  readonly content: 'open' | 'accepted' | 'other' | null
}
export function ticketState(ticket: TicketFacts, now: Date): TicketState {
  if (ticket.decision === 'open') return now.getTime() - ticket.createdAt.getTime() > ticketLifeMs ? 'lapsed' : 'open'
  if (ticket.decision !== 'approved') return ticket.decision
  if (!ticket.expiresAt || now >= ticket.expiresAt) return 'over'
  if (ticket.used >= ticket.downloads) return 'spent'
  if (ticket.content === 'accepted') return 'ready'
  return ticket.content === 'open' ? 'fetching' : 'approved'
}

/** Why this person may not have the file fetched now. */
export function fetchRefusal(
  ticket: TicketFacts & { readonly personId: string },
  personId: string,
  now: Date,
): TicketRefusal | undefined {
  if (ticket.personId !== personId) return 'transfer.ticket_not_yours'
  const state = ticketState(ticket, now)
  return state === 'approved' ? undefined : state === 'open' ? 'transfer.ticket_not_approved' : 'transfer.ticket_closed'
}
/** Why a ticket does not let this person download; undefined when it does. */
export function downloadRefusal(
  ticket: (TicketFacts & { readonly personId: string }) | undefined,
  personId: string,
  now: Date,
): TicketRefusal | 'transfer.no_ticket' | undefined {
  if (!ticket) return 'transfer.no_ticket'
  if (ticket.personId !== personId) return 'transfer.ticket_not_yours'
  const state = ticketState(ticket, now)
  if (state === 'ready') return undefined
  return state === 'approved' || state === 'fetching' || state === 'open'
    ? 'transfer.ticket_not_approved'
    : 'transfer.ticket_closed'
}

/** What both approve, and are bound to. */
export const ticketText = (of: {
  readonly id: string
  readonly personId: string
  readonly changeNo: string
  readonly targetId: string
  readonly account: string
  readonly path: string
  readonly purpose: string
  readonly dataClass: DataClass
  readonly hours: number
  readonly downloads: number
}): string => `huabiao/transfer-ticket/v1\n${canonicalJson(of)}`

export const ticketRefusals = {
  'transfer.ticket_not_found': { status: 404 },
  'transfer.ticket_path_unfit': { status: 422, rule: 'RL-21' },
  'transfer.ticket_too_wide': { status: 422, rule: 'RL-22' },
  'transfer.ticket_closed': { status: 409, rule: 'RL-22' },
  'transfer.ticket_not_approved': { status: 409, rule: 'RL-22' },
  'transfer.ticket_not_yours': { status: 403, rule: 'RL-22' },
  'transfer.ticket_no_purpose': { status: 409, rule: 'RL-19' },
  'transfer.fetch_failed': { status: 409 },
} as const satisfies RefusalTable
export type TicketRefusal = keyof typeof ticketRefusals
