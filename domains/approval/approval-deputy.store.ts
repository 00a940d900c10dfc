import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { ApprovalAssignment, Deputy } from './approval.model.ts'

export interface DeputyRow extends Deputy {
  readonly id: string
  readonly tenantId: string
  readonly reason: string
  readonly notBefore: Date
  readonly notAfter: Date
}
const columns = sql`id, tenant_id as "tenantId", person_id as "personId", deputy_id as "deputyId", role, not_before as "notBefore", not_after as "notAfter", registered_at as "registeredAt"`

export async function insertDeputy(tx: Tx, row: DeputyRow): Promise<void> {
  await sql`insert into approval_deputy (id, tenant_id, person_id, deputy_id, role, reason, not_before, not_after, registered_at)
    values (${row.id}, ${row.tenantId}, ${row.personId}, ${row.deputyId}, ${row.role}, ${row.reason}, ${row.notBefore}, ${row.notAfter}, ${row.registeredAt})`.execute(
    tx,
  )
}
export async function closeDeputy(tx: Tx, id: string, personId: string, at: Date): Promise<DeputyRow | undefined> {
  const { rows } =
    await sql<DeputyRow>`update approval_deputy set ended_at = ${at} where id = ${id} and person_id = ${personId} and ended_at is null returning ${columns}, reason`.execute(
      tx,
    )
  return rows[0]
}
/** Of one person: whose deputy they are, and who is theirs, present and to come. */
export const listDeputiesOf = async (tx: ReadTx, personId: string, at: Date): Promise<DeputyRow[]> =>
  (
    await sql<DeputyRow>`select ${columns}, reason from approval_deputy
      where ${personId}::uuid in (person_id, deputy_id) and ended_at is null and not_after > ${at} order by registered_at desc limit 200`.execute(
      tx,
    )
  ).rows
/** Live deputies of any of these persons, in whatever unit. */
export const listLiveDeputies = async (
  tx: ReadTx,
  personIds: readonly string[],
  at: Date,
): Promise<(Deputy & { tenantId: string })[]> =>
  (
    await sql<
      Deputy & { tenantId: string }
    >`select ${columns} from pub_approval_deputy where person_id = any (${[...personIds]}::uuid[]) and not_before <= ${at} and not_after > ${at}
      order by registered_at limit 500`.execute(tx)
  ).rows
export const tenantsOf = async (tx: ReadTx, personIds: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const { rows } = await sql<{
    id: string
    tenantId: string
  }>`select id, tenant_id as "tenantId" from pub_person_name where id = any (${[...personIds]}::uuid[])`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.tenantId]))
}

export interface SeatChange extends ApprovalAssignment {
  readonly byId: string | null
  readonly reason: string
  readonly at: Date
}
export async function insertAssignment(
  tx: Tx,
  approval: { id: string; tenantId: string; partyIds: readonly string[] },
  seat: SeatChange,
): Promise<void> {
  await sql`insert into approval_assignment (approval_id, seq, tenant_id, party_ids, stage, kind, from_id, to_id, by_id, reason, at)
    select ${approval.id}, coalesce(max(seq), 0) + 1, ${approval.tenantId}::uuid, ${[...approval.partyIds]}::uuid[], ${seat.stage}, ${seat.kind}, ${seat.fromId}::uuid, ${seat.toId}::uuid,
      ${seat.byId}::uuid, ${seat.reason}, ${seat.at}::timestamptz from approval_assignment where approval_id = ${approval.id}`.execute(
    tx,
  )
}
