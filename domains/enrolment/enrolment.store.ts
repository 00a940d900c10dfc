import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { enterTenant, sqlState } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import type { ProbeVerdict } from './enrolment.model.ts'

export interface CheckRow {
  readonly id: string
  readonly tenantId: string
  readonly targetId: string
  readonly gatewayId: string
  readonly state: 'requested' | 'certified' | 'finished'
  readonly askedBy: string
  readonly askedByName: string
  readonly requestedAt: Date
  readonly passed: boolean | null
  readonly verdicts: readonly ProbeVerdict[]
}
const checkColumns = sql`c.id, c.tenant_id as "tenantId", c.target_id as "targetId", c.gateway_id as "gatewayId", c.state, c.asked_by as "askedBy", c.asked_by_name as "askedByName",
  c.requested_at as "requestedAt", c.passed, c.verdicts`

/** One at a time until the transaction ends: for what is looked for and then written, and no index can hold. */
export async function takeTurn(tx: Tx, what: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`enrolment ${what}`}, 0))`.execute(tx)
}
export async function insertCheck(
  tx: Tx,
  c: Pick<CheckRow, 'id' | 'tenantId' | 'targetId' | 'gatewayId' | 'askedBy' | 'askedByName' | 'requestedAt'> & {
    partyIds: readonly string[]
  },
): Promise<void> {
  await sql`insert into enrolment_check (id, tenant_id, party_ids, target_id, gateway_id, asked_by, asked_by_name, requested_at)
    values (${c.id}, ${c.tenantId}, ${[...c.partyIds]}, ${c.targetId}, ${c.gatewayId}, ${c.askedBy}, ${c.askedByName}, ${c.requestedAt})`.execute(
    tx,
  )
}
/** The last check of each target, of those that saw its present host key: another key may be another machine. */
export async function lastChecks(tx: ReadTx, targetIds: readonly string[]): Promise<Map<string, CheckRow>> {
  if (targetIds.length === 0) return new Map()
  const { rows } =
    await sql<CheckRow>`select distinct on (c.target_id) ${checkColumns} from enrolment_check c where c.target_id = any (${[...targetIds]}::uuid[])
      and not exists (select 1 from enrolment_key_request k where k.target_id = c.target_id and k.state = 'confirmed' and k.decided_at >= c.requested_at)
    order by c.target_id, c.requested_at desc`.execute(tx)
  return new Map(rows.map((row) => [row.targetId, row]))
}
/** A check, locked, in its tenant: gateways know ids and no tenants. @throws Refusal enrolment.check_not_found */
export async function lockCheck(tx: Tx, id: string, gatewayId: string): Promise<CheckRow> {
  const { rows } = await sql<{
    tenant_id: string
    gateway_id: string
  }>`select tenant_id, gateway_id from enrolment_check_place(${id})`.execute(tx)
  if (rows[0]?.gateway_id !== gatewayId) throw new Refusal('enrolment.check_not_found')
  await enterTenant(tx, rows[0].tenant_id)
  const [row] = (await sql<CheckRow>`select ${checkColumns} from enrolment_check c where c.id = ${id} for update`.execute(tx))
    .rows
  if (!row) throw new Refusal('enrolment.check_not_found')
  return row
}
export async function setCertified(tx: Tx, id: string, key: string): Promise<void> {
  await sql`update enrolment_check set state = 'certified', certified_key = ${key} where id = ${id}`.execute(tx)
}
export async function finishCheck(
  tx: Tx,
  id: string,
  of: { at: Date; passed: boolean; verdicts: readonly ProbeVerdict[] },
): Promise<void> {
  await sql`update enrolment_check set state = 'finished', finished_at = ${of.at}, passed = ${of.passed}, verdicts = ${JSON.stringify(of.verdicts)}::jsonb where id = ${id}`.execute(
    tx,
  )
}

export interface KeyRequestRow {
  readonly id: string
  readonly tenantId: string
  readonly targetId: string
  readonly oldSha256: string
  readonly newSha256: string
  readonly reason: string
  readonly state: 'asked' | 'confirmed' | 'refused'
  readonly askedBy: string
  readonly askedByName: string
  readonly askedAt: Date
  readonly decidedByName: string | null
  readonly decidedAt: Date | null
}
const keyColumns = sql`k.id, k.tenant_id as "tenantId", k.target_id as "targetId", k.old_sha256 as "oldSha256", k.new_sha256 as "newSha256", k.reason, k.state, k.asked_by as "askedBy", k.asked_by_name as "askedByName",
  k.asked_at as "askedAt", k.decided_by_name as "decidedByName", k.decided_at as "decidedAt"`
/** @throws Refusal enrolment.host_key_waiting */
export async function insertKeyRequest(
  tx: Tx,
  k: Omit<KeyRequestRow, 'state' | 'decidedByName' | 'decidedAt'> & { partyIds: readonly string[] },
): Promise<void> {
  try {
    await sql`insert into enrolment_key_request (id, tenant_id, party_ids, target_id, old_sha256, new_sha256, reason, asked_by, asked_by_name, asked_at)
    values (${k.id}, ${k.tenantId}, ${[...k.partyIds]}, ${k.targetId}, ${k.oldSha256}, ${k.newSha256}, ${k.reason}, ${k.askedBy}, ${k.askedByName}, ${k.askedAt})`.execute(
      tx,
    )
  } catch (error) {
    if (sqlState(error) === '23505') throw new Refusal('enrolment.host_key_waiting', {}, error)
    throw error
  }
}
export const listKeyRequests = async (tx: ReadTx, targetId: string): Promise<KeyRequestRow[]> =>
  (
    await sql<KeyRequestRow>`select ${keyColumns} from enrolment_key_request k where k.target_id = ${targetId} order by k.asked_at desc limit 20`.execute(
      tx,
    )
  ).rows
export const targetsWithOpenKey = async (tx: ReadTx, targetIds: readonly string[]): Promise<ReadonlySet<string>> =>
  targetIds.length === 0
    ? new Set()
    : new Set(
        (
          await sql<{
            id: string
          }>`select target_id as id from enrolment_key_request where state = 'asked' and target_id = any (${[...targetIds]}::uuid[])`.execute(
            tx,
          )
        ).rows.map(({ id }) => id),
      )
export const lockKeyRequest = async (tx: Tx, id: string): Promise<KeyRequestRow | undefined> =>
  (await sql<KeyRequestRow>`select ${keyColumns} from enrolment_key_request k where k.id = ${id} for update`.execute(tx)).rows[0]
export async function decideKeyRequest(
  tx: Tx,
  id: string,
  of: { state: 'confirmed' | 'refused'; by: string; byName: string; at: Date },
): Promise<void> {
  await sql`update enrolment_key_request set state = ${of.state}, decided_by = ${of.by}, decided_by_name = ${of.byName}, decided_at = ${of.at} where id = ${id}`.execute(
    tx,
  )
}
export const takenBy = async (tx: ReadTx, name: string, principals: readonly string[]): Promise<'name' | 'principal' | null> =>
  (
    await sql<{
      taken: 'name' | 'principal' | null
    }>`select enrolment_taken(${name}, ${[...principals]}::text[]) as taken`.execute(tx)
  ).rows[0]?.taken ?? null
