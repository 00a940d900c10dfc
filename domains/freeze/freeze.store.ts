import { enterTenant, type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import type { FreezeScope } from './freeze.model.ts'

export interface FreezeRow {
  readonly id: string
  readonly name: string
  readonly reason: string
  readonly startsAt: Date
  readonly endsAt: Date
  readonly tenantId: string | null
  readonly scope: FreezeScope
  readonly scopeIds: readonly string[]
  readonly declaredBy: string
  readonly declaredAt: Date
  readonly liftedBy: string | null
  readonly liftedAt: Date | null
  readonly liftReason: string | null
}
const columns = sql`f.id, f.name, f.reason, f.starts_at as "startsAt", f.ends_at as "endsAt", f.tenant_id as "tenantId", f.scope, f.scope_ids as "scopeIds",
  f.declared_by as "declaredBy", f.declared_at as "declaredAt", f.lifted_by as "liftedBy", f.lifted_at as "liftedAt", f.lift_reason as "liftReason"`

export async function insertFreeze(tx: Tx, row: Omit<FreezeRow, 'liftedBy' | 'liftedAt' | 'liftReason'>): Promise<void> {
  await sql`insert into freeze_declaration (id, name, reason, starts_at, ends_at, tenant_id, scope, scope_ids, declared_by, declared_at)
    values (${row.id}, ${row.name}, ${row.reason}, ${row.startsAt}, ${row.endsAt}, ${row.tenantId}, ${row.scope}, ${[...row.scopeIds]}::uuid[], ${row.declaredBy}, ${row.declaredAt})`.execute(
    tx,
  )
}
export const findFreeze = async (tx: ReadTx, id: string): Promise<FreezeRow | undefined> =>
  (await sql<FreezeRow>`select ${columns} from freeze_declaration f where f.id = ${id}`.execute(tx)).rows[0]
/** @throws Refusal freeze.not_found */
export async function lockFreeze(tx: Tx, id: string): Promise<FreezeRow> {
  const [row] = (await sql<FreezeRow>`select ${columns} from freeze_declaration f where f.id = ${id} for update`.execute(tx)).rows
  if (!row) throw notFound('freeze')
  return row
}
export const listFreezeRows = async (
  tx: ReadTx,
  q: { after?: string | undefined; limit: number; currentAt?: Date | undefined },
): Promise<FreezeRow[]> =>
  (
    await sql<FreezeRow>`select ${columns} from freeze_declaration f where (${q.after ?? null}::uuid is null or f.id < ${q.after ?? null}::uuid)
      and (${q.currentAt ?? null}::timestamptz is null or f.lifted_at is null and f.ends_at > ${q.currentAt ?? null}::timestamptz)
      order by f.id desc limit ${q.limit}`.execute(tx)
  ).rows
export async function liftRow(tx: Tx, id: string, how: { by: string; at: Date; reason: string }): Promise<void> {
  await sql`update freeze_declaration set lifted_by = ${how.by}, lifted_at = ${how.at}, lift_reason = ${how.reason} where id = ${id}`.execute(
    tx,
  )
}

export const unitNames = async (tx: ReadTx, ids: readonly string[]): Promise<{ id: string; name: string }[]> =>
  (
    await sql<{
      id: string
      name: string
    }>`select tenant_id as id, name_zh as name from pub_tenant_name where tenant_id = any (${[...ids]}::uuid[])`.execute(tx)
  ).rows

export interface ExceptionRow {
  readonly id: string
  readonly freezeId: string
  readonly changeId: string
  readonly changeNo: string
  readonly planHash: string
  readonly tenantId: string
  readonly partyPersonIds: readonly string[]
  readonly reason: string
  readonly requestedBy: string
  readonly requestedAt: Date
  readonly firstBy: string | null
  readonly firstTenantId: string | null
  readonly firstAt: Date | null
  readonly secondBy: string | null
  readonly secondAt: Date | null
  readonly refusedBy: string | null
  readonly refusedAt: Date | null
  readonly refusalNote: string | null
}
const exceptionColumns = sql`e.id, e.freeze_id as "freezeId", e.change_id as "changeId", e.change_no as "changeNo", e.plan_hash as "planHash", e.tenant_id as "tenantId",
  e.party_person_ids as "partyPersonIds", e.reason, e.requested_by as "requestedBy", e.requested_at as "requestedAt", e.first_by as "firstBy",
  (select p.tenant_id from pub_person_name p where p.id = e.first_by) as "firstTenantId", e.first_at as "firstAt", e.second_by as "secondBy", e.second_at as "secondAt",
  e.refused_by as "refusedBy", e.refused_at as "refusedAt", e.refusal_note as "refusalNote"`

/** @throws Refusal freeze.already_requested */
export async function insertException(
  tx: Tx,
  row: Omit<
    ExceptionRow,
    'firstBy' | 'firstTenantId' | 'firstAt' | 'secondBy' | 'secondAt' | 'refusedBy' | 'refusedAt' | 'refusalNote'
  >,
): Promise<void> {
  try {
    await sql`insert into freeze_exception (id, freeze_id, change_id, change_no, plan_hash, tenant_id, party_person_ids, reason, requested_by, requested_at)
      values (${row.id}, ${row.freezeId}, ${row.changeId}, ${row.changeNo}, ${row.planHash}, ${row.tenantId}, ${[...row.partyPersonIds]}::uuid[], ${row.reason}, ${row.requestedBy}, ${row.requestedAt})`.execute(
      tx,
    )
  } catch (error) {
    if (sqlState(error) === '23505') throw new Refusal('freeze.already_requested', {}, error)
    throw error
  }
}
export const listExceptions = async (tx: ReadTx, freezeId: string): Promise<ExceptionRow[]> =>
  (
    await sql<ExceptionRow>`select ${exceptionColumns} from freeze_exception e where e.freeze_id = ${freezeId} order by e.id desc limit 100`.execute(
      tx,
    )
  ).rows
/**
 * Locked, in the unit whose change it is: whoever decides may be of the management unit, which sees it and writes there one word of its own.
 * @throws Refusal freeze.exception_not_found
 */
export async function lockException(tx: Tx, id: string): Promise<ExceptionRow> {
  const visible = await sql`select 1 from freeze_exception where id = ${id}`.execute(tx)
  const place = await sql<{ tenant: string | null }>`select freeze_exception_tenant(${id}) as tenant`.execute(tx)
  const tenant = place.rows[0]?.tenant
  if (visible.rows.length === 0 || !tenant) throw new Refusal('freeze.exception_not_found')
  await enterTenant(tx, tenant)
  return (
    await sql<ExceptionRow>`select ${exceptionColumns} from freeze_exception e where e.id = ${id} for update of e`.execute(tx)
  ).rows[0]!
}
export async function decideRow(
  tx: Tx,
  id: string,
  of: { column: 'first' | 'second' | 'refused'; by: string; at: Date; note: string | undefined },
): Promise<void> {
  const by = sql.ref(`${of.column}_by`)
  const at = sql.ref(`${of.column}_at`)
  await sql`update freeze_exception set ${by} = ${of.by}, ${at} = ${of.at}, refusal_note = ${of.column === 'refused' ? (of.note ?? '') : null} where id = ${id}`.execute(
    tx,
  )
}
