import type { Plane } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import type { DataClass, TicketDecision, TicketFacts } from './transfer-ticket.model.ts'

export interface TicketRow extends TicketFacts {
  readonly id: string
  readonly tenantId: string
  readonly no: string
  readonly plane: Plane
  readonly personId: string
  readonly changeId: string
  readonly changeNo: string
  readonly targetId: string
  readonly targetName: string
  readonly account: string
  readonly path: string
  readonly purpose: string
  readonly dataClass: DataClass
  readonly hours: number
  readonly subjectHash: string
  readonly contentId: string | null
  readonly sessionId: string | null
  readonly decidedAt: Date | null
  /** Of the transfer that fetches it. */
  readonly contentRefusal: string | null
  readonly contentBytes: number | null
  readonly contentSm3: string | null
  readonly contentSha256: string | null
}
const columns = sql`k.id, k.tenant_id as "tenantId", k.no, k.plane, k.person_id as "personId", k.change_id as "changeId", k.change_no as "changeNo", k.target_id as "targetId", k.target_name as "targetName",
  k.account, k.path, k.purpose, k.data_class as "dataClass", k.hours, k.downloads, k.used, k.subject_hash as "subjectHash", k.decision, k.content_id as "contentId", k.session_id as "sessionId",
  k.created_at as "createdAt", k.decided_at as "decidedAt", k.expires_at as "expiresAt", case when c.state in ('open', 'accepted') then c.state when c.state is not null then 'other' end as content, c.refusal as "contentRefusal", c.bytes as "contentBytes", c.sm3 as "contentSm3", c.sha256 as "contentSha256"`
const from = sql`from transfer_ticket k left join transfer_record c on c.id = k.content_id`

export type NewTicket = Omit<
  TicketRow,
  | 'used'
  | 'decision'
  | 'contentId'
  | 'sessionId'
  | 'decidedAt'
  | 'expiresAt'
  | 'content'
  | 'contentRefusal'
  | 'contentBytes'
  | 'contentSm3'
  | 'contentSha256'
>
export async function insertTicket(tx: Tx, k: NewTicket): Promise<void> {
  await sql`insert into transfer_ticket (id, tenant_id, no, plane, person_id, change_id, change_no, target_id, target_name, account, path, purpose, data_class, hours, downloads, subject_hash, created_at)
    values (${k.id}, ${k.tenantId}, ${k.no}, ${k.plane}, ${k.personId}, ${k.changeId}, ${k.changeNo}, ${k.targetId}, ${k.targetName}, ${k.account}, ${k.path}, ${k.purpose}, ${k.dataClass},
      ${k.hours}, ${k.downloads}, ${k.subjectHash}, ${k.createdAt})`.execute(tx)
}
export const findTicket = async (tx: ReadTx, id: string): Promise<TicketRow | undefined> =>
  (await sql<TicketRow>`select ${columns} ${from} where k.id = ${id}`.execute(tx)).rows[0]
/** @throws Refusal transfer.ticket_not_found */
export async function lockTicket(tx: Tx, id: string): Promise<TicketRow> {
  await sql`select 1 from transfer_ticket where id = ${id} for update`.execute(tx)
  const row = await findTicket(tx, id)
  if (!row) throw new Refusal('transfer.ticket_not_found')
  return row
}
export const findTicketByNo = async (tx: ReadTx, no: string): Promise<TicketRow | undefined> =>
  (await sql<TicketRow>`select ${columns} ${from} where k.no = ${no}`.execute(tx)).rows[0]
export const listTicketRows = async (tx: ReadTx, q: { after?: string | undefined; limit: number }): Promise<TicketRow[]> =>
  (
    await sql<TicketRow>`select ${columns} ${from} where ${q.after ? sql`k.id < ${q.after}::uuid` : sql`true`} order by k.id desc limit ${q.limit}`.execute(
      tx,
    )
  ).rows
/** Approved and in time: what a person may be downloading by. */
export const listLiveTickets = async (tx: ReadTx, personId: string, now: Date): Promise<TicketRow[]> =>
  (
    await sql<TicketRow>`select ${columns} ${from} where k.person_id = ${personId} and k.decision = 'approved' and k.expires_at > ${now} order by k.id desc limit 50`.execute(
      tx,
    )
  ).rows

export async function decideTicketRow(
  tx: Tx,
  id: string,
  of: { decision: Exclude<TicketDecision, 'open'>; at: Date; expiresAt: Date | null },
): Promise<void> {
  await sql`update transfer_ticket set decision = ${of.decision}, decided_at = ${of.at}, expires_at = ${of.expiresAt} where id = ${id}`.execute(
    tx,
  )
}
export async function setContent(tx: Tx, id: string, of: { contentId: string; sessionId: string }): Promise<void> {
  await sql`update transfer_ticket set content_id = ${of.contentId}, session_id = ${of.sessionId} where id = ${id}`.execute(tx)
}
export async function useTicket(tx: Tx, id: string): Promise<void> {
  await sql`update transfer_ticket set used = used + 1 where id = ${id}`.execute(tx)
}
