import {
  Count,
  Digest,
  endpoint,
  Instant,
  Label,
  PageQuery,
  Prose,
  pageOf,
  ShortNote,
  Total,
  Uuid,
} from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { TransferView } from './transfer.contract.ts'
import { dataClasses, ticketMaxDownloads, ticketMaxHours, ticketStates } from './transfer-ticket.model.ts'

/** Events: ticket.requested, ticket.approved, ticket.granted, ticket.rejected, ticket.withdrawn, ticket.fetching. */

const PersonRef = z.object({ id: Uuid, name: Label })
export const TicketView = z.object({
  id: Uuid,
  no: Label,
  person: PersonRef,
  changeId: Uuid,
  changeNo: Label,
  targetId: Uuid,
  targetName: Label,
  account: Label,
  path: Label,
  purpose: Prose,
  dataClass: z.enum(dataClasses),
  hours: Count,
  downloads: Count,
  used: Count,
  state: z.enum(ticketStates),
  /** Where the file is for a client, once it is ready. */
  place: Label.nullable(),
  stages: z
    .array(
      z.object({
        key: Label,
        state: Label,
        candidates: z.array(PersonRef).max(50),
        decisions: z.array(z.object({ person: PersonRef, verdict: Label, note: Prose, at: Instant })).max(10),
      }),
    )
    .max(5),
  decideRefusal: Label.nullable(),
  fetchRefusal: Label.nullable(),
  content: z.object({ transferId: Uuid, bytes: Total, sm3: Digest, sha256: Digest }).nullable(),
  /** Why the last fetch came to nothing. */
  fetchFault: Label.nullable(),
  sessionId: Uuid.nullable(),
  createdAt: Instant,
  decidedAt: Instant.nullable(),
  expiresAt: Instant.nullable(),
})
export type TicketView = z.infer<typeof TicketView>

const params = z.object({ ticketId: Uuid })
export const listTickets = endpoint({
  name: 'listTickets',
  method: 'GET',
  path: '/api/v1/transfer-tickets',
  permission: 'transfer:read',
  summary: '外传单列表 / Out-transfer tickets',
  query: PageQuery,
  response: pageOf(TicketView),
})
export const getTicket = endpoint({
  name: 'getTicket',
  method: 'GET',
  path: '/api/v1/transfer-tickets/:ticketId',
  permission: 'transfer:read',
  resource: 'transfer-ticket/:ticketId',
  summary: '外传单详情 / One ticket',
  params,
  response: TicketView,
  refusals: ['transfer.ticket_not_found'],
})
export const requestTicket = endpoint({
  name: 'requestTicket',
  method: 'POST',
  path: '/api/v1/transfer-tickets',
  permission: 'session:observe',
  summary: '申请外传 / Request an out-transfer',
  body: z.object({
    changeId: Uuid,
    targetId: Uuid,
    path: z.string().max(300),
    purpose: ShortNote,
    dataClass: z.enum(dataClasses),
    hours: z.number().int().min(1).max(ticketMaxHours),
    downloads: z.number().int().min(1).max(ticketMaxDownloads),
  }),
  response: TicketView,
  refusals: [
    'transfer.ticket_path_unfit',
    'transfer.ticket_too_wide',
    'transfer.ticket_no_purpose',
    'session.target_not_found',
    'approval.no_candidate',
  ],
})
export const decideTicket = endpoint({
  name: 'decideTicket',
  method: 'POST',
  path: '/api/v1/transfer-tickets/:ticketId/decisions',
  permission: 'permission-request:decide',
  resource: 'transfer-ticket/:ticketId',
  danger: 3,
  summary: '审批外传 / Decide an out-transfer',
  params,
  body: z.object({ verdict: z.enum(['approve', 'reject']), note: z.string().trim().max(2000).default('') }),
  response: TicketView,
  refusals: [
    'transfer.ticket_not_found',
    'transfer.ticket_closed',
    'approval.own_item',
    'approval.not_candidate',
    'approval.already_decided',
  ],
})
export const withdrawTicket = endpoint({
  name: 'withdrawTicket',
  method: 'POST',
  path: '/api/v1/transfer-tickets/:ticketId/withdraw',
  permission: 'session:observe',
  resource: 'transfer-ticket/:ticketId',
  summary: '撤回外传申请 / Withdraw a ticket',
  params,
  response: TicketView,
  refusals: ['transfer.ticket_not_found', 'transfer.ticket_closed', 'transfer.ticket_not_yours'],
})
/** The platform reads the file on the target, in an observe session of its own, and keeps it as evidence. */
export const fetchTicket = endpoint({
  name: 'fetchTicket',
  method: 'POST',
  path: '/api/v1/transfer-tickets/:ticketId/fetch',
  permission: 'session:observe',
  resource: 'transfer-ticket/:ticketId',
  danger: 3,
  summary: '提取文件 / Fetch the file',
  params,
  response: TicketView,
  refusals: [
    'transfer.ticket_not_found',
    'transfer.ticket_not_yours',
    'transfer.ticket_not_approved',
    'transfer.ticket_closed',
    'transfer.ticket_no_purpose',
    'session.gateway_unavailable',
    'session.recorder_unavailable',
    'session.evidence_unavailable',
    'access.session_denied',
  ],
})
/** One part of a download that was begun by the console. */
export const receivePart = endpoint({
  name: 'receivePart',
  method: 'POST',
  path: '/api/v1/transfers/:transferId/parts/read',
  permission: 'self',
  resource: 'transfer/:transferId',
  summary: '下载分段 / Receive a part',
  params: z.object({ transferId: Uuid }),
  body: z.object({ index: Count }),
  response: z.object({ data: z.string().max(1_400_000) }),
  refusals: ['transfer.not_found', 'transfer.wrong_state'],
})
/** All parts were received: the download is on record with what the person has now. */
export const finishDownload = endpoint({
  name: 'finishDownload',
  method: 'POST',
  path: '/api/v1/transfers/:transferId/received',
  permission: 'self',
  resource: 'transfer/:transferId',
  summary: '结束下载 / Finish a download',
  params: z.object({ transferId: Uuid }),
  response: TransferView,
  refusals: ['transfer.not_found', 'transfer.wrong_state'],
})
