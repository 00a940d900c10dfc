import type { Door, Plane } from '@huabiao/kit/actor/actor'
import { enterTenant, type ReadTx, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import {
  afterTransfer,
  type Channel,
  canTransfer,
  type Direction,
  type TransferAct,
  type TransferState,
} from './transfer.model.ts'

export interface TransferRow {
  readonly id: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly plane: Plane
  readonly personId: string
  readonly personName: string
  readonly door: Door
  readonly channel: Channel
  readonly direction: Direction
  readonly state: TransferState
  readonly refusal: string | null
  readonly changeId: string | null
  readonly changeNo: string | null
  readonly stepKey: string | null
  readonly ticketId: string | null
  readonly targetNames: readonly string[]
  readonly path: string | null
  readonly asked: string
  readonly expectedBytes: number | null
  readonly expectedSha256: string | null
  readonly bytes: number
  readonly sm3: string | null
  readonly sha256: string | null
  readonly gatewayId: string | null
  readonly openedAt: Date
  readonly endedAt: Date | null
  readonly keepUntil: Date | null
}
const columnOf = {
  id: 'id',
  tenantId: 'tenant_id',
  partyIds: 'party_ids',
  plane: 'plane',
  personId: 'person_id',
  personName: 'person_name',
  door: 'door',
  channel: 'channel',
  direction: 'direction',
  state: 'state',
  refusal: 'refusal',
  changeId: 'change_id',
  changeNo: 'change_no',
  stepKey: 'step_key',
  ticketId: 'ticket_id',
  targetNames: 'target_names',
  path: 'path',
  asked: 'asked',
  expectedBytes: 'expected_bytes',
  expectedSha256: 'expected_sha256',
  bytes: 'bytes',
  sm3: 'sm3',
  sha256: 'sha256',
  gatewayId: 'gateway_id',
  openedAt: 'opened_at',
  endedAt: 'ended_at',
  keepUntil: 'keep_until',
} as const satisfies Record<keyof TransferRow, string>
const names = Object.keys(columnOf) as (keyof TransferRow)[]
const columns = sql.join(names.map((name) => sql`${sql.ref(`t.${columnOf[name]}`)} as ${sql.ref(name)}`))

export async function insertTransfer(tx: Tx, row: TransferRow): Promise<void> {
  await sql`insert into transfer_record (${sql.join(names.map((name) => sql.ref(columnOf[name])))})
    values (${sql.join(names.map((name) => sql`${row[name]}`))})`.execute(tx)
}
export const findTransfer = async (tx: ReadTx, id: string): Promise<TransferRow | undefined> =>
  (await sql<TransferRow>`select ${columns} from transfer_record t where t.id = ${id}`.execute(tx)).rows[0]

/** The transfer, locked. @throws Refusal transfer.not_found */
export async function lockTransfer(tx: Tx, id: string): Promise<TransferRow> {
  const [row] = (await sql<TransferRow>`select ${columns} from transfer_record t where t.id = ${id} for update`.execute(tx)).rows
  if (!row) throw notFound('transfer')
  return row
}
/**
 * The same for a gateway, which knows no tenants: it enters that of the transfer. Whoever is first to report a transfer has it.
 * @throws Refusal transfer.not_found, session.other_gateway
 */
export async function lockForGateway(tx: Tx, id: string, gatewayId: string): Promise<TransferRow> {
  const { rows } = await sql<{
    tenant_id: string
    gateway_id: string | null
  }>`select tenant_id, gateway_id from transfer_place(${id})`.execute(tx)
  if (!rows[0]) throw notFound('transfer')
  await enterTenant(tx, rows[0].tenant_id)
  const row = await lockTransfer(tx, id)
  // What came by the interface never passed a gateway.
  if (row.channel === 'console' || (row.gatewayId !== null && row.gatewayId !== gatewayId))
    throw new Refusal('session.other_gateway')
  if (row.gatewayId === null && row.state === 'open')
    await sql`update transfer_record set gateway_id = ${gatewayId} where id = ${id}`.execute(tx)
  return { ...row, gatewayId }
}

export type TransferPatch = Partial<Pick<TransferRow, 'refusal' | 'bytes' | 'sm3' | 'sha256' | 'endedAt' | 'keepUntil'>>
/** False when the state does not allow it: another report was faster. */
export async function stepTransfer(tx: Tx, row: TransferRow, act: TransferAct, patch: TransferPatch): Promise<boolean> {
  if (!canTransfer(row.state, act)) return false
  const sets = [
    sql`state = ${afterTransfer(act)}`,
    ...Object.entries(patch).map(([name, value]) => sql`${sql.ref(columnOf[name as keyof TransferRow])} = ${value}`),
  ]
  await sql`update transfer_record set ${sql.join(sets)} where id = ${row.id}`.execute(tx)
  return true
}

export interface TransferQuery {
  readonly after?: string | undefined
  readonly limit: number
  readonly state?: TransferState | undefined
  readonly direction?: Direction | undefined
  readonly channel?: Channel | undefined
  readonly changeId?: string | undefined
  readonly text?: string | undefined
}
export const listTransferRows = async (tx: ReadTx, q: TransferQuery): Promise<TransferRow[]> => {
  const where = [sql`true`]
  if (q.after) where.push(sql`t.id < ${q.after}::uuid`)
  if (q.state) where.push(sql`t.state = ${q.state}`)
  if (q.direction) where.push(sql`t.direction = ${q.direction}`)
  if (q.channel) where.push(sql`t.channel = ${q.channel}`)
  if (q.changeId) where.push(sql`t.change_id = ${q.changeId}`)
  if (q.text)
    where.push(
      sql`position(lower(${q.text}) in lower(concat_ws(' ', t.person_name, t.change_no, t.asked, t.path, t.sha256, t.sm3))) > 0`,
    )
  return (
    await sql<TransferRow>`select ${columns} from transfer_record t where ${sql.join(where, sql` and `)} order by t.id desc limit ${q.limit}`.execute(
      tx,
    )
  ).rows
}

/** Contents accepted for a change, newest first, so that of two with the same bytes one is taken. */
export const listAccepted = async (
  tx: ReadTx,
  changeId: string,
): Promise<{ sha256: string; transferId: string; bytes: number }[]> =>
  (
    await sql<{
      sha256: string
      transferId: string
      bytes: number
    }>`select distinct on (t.sha256) t.sha256, t.id as "transferId", t.bytes from transfer_record t
      where t.change_id = ${changeId} and t.state = 'accepted' and t.channel <> 'fetch' order by t.sha256, t.id desc limit 1000`.execute(
      tx,
    )
  ).rows

export interface PartRow {
  readonly index: number
  readonly bytes: number
  readonly sm3: string
  readonly sha256: string
}
export async function insertPart(tx: Tx, of: TransferRow, part: PartRow & { data: Uint8Array }): Promise<void> {
  await sql`insert into transfer_part (transfer_id, index, tenant_id, party_ids, bytes, sm3, sha256, data)
    values (${of.id}, ${part.index}, ${of.tenantId}, ${[...of.partyIds]}, ${part.bytes}, ${part.sm3}, ${part.sha256}, ${part.data})`.execute(
    tx,
  )
}
export const listParts = async (tx: ReadTx, transferId: string): Promise<PartRow[]> =>
  (
    await sql<PartRow>`select index, bytes, sm3, sha256 from transfer_part where transfer_id = ${transferId} order by index limit 1000`.execute(
      tx,
    )
  ).rows
/** How many have come: they come in order. */
export const countParts = async (tx: ReadTx, transferId: string): Promise<number> =>
  Number(
    (await sql<{ n: string }>`select count(*) as n from transfer_part where transfer_id = ${transferId}`.execute(tx)).rows[0]!.n,
  )
export const findPart = async (tx: ReadTx, transferId: string, index: number): Promise<PartRow | undefined> =>
  (
    await sql<PartRow>`select index, bytes, sm3, sha256 from transfer_part where transfer_id = ${transferId} and index = ${index}`.execute(
      tx,
    )
  ).rows[0]
/** The bytes of a part that is not evidence yet. */
export const dataOfPart = async (tx: ReadTx, transferId: string, index: number): Promise<Uint8Array | undefined> =>
  (
    await sql<{
      data: Uint8Array | null
    }>`select data from transfer_part where transfer_id = ${transferId} and index = ${index}`.execute(tx)
  ).rows[0]?.data ?? undefined
/** They are evidence now, or nothing any more. */
export async function dropData(tx: Tx, transferId: string): Promise<void> {
  await sql`update transfer_part set data = null where transfer_id = ${transferId} and data is not null`.execute(tx)
}

export const listDue = async (tx: ReadTx, now: Date, openedBefore: Date) =>
  (
    await sql<{
      tenantId: string
      id: string
      state: TransferState
    }>`select tenant_id as "tenantId", id, state from transfers_due(${openedBefore}, ${now})`.execute(tx)
  ).rows
