import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { RequestState } from './access-request.model.ts'

export interface Binding {
  readonly id: string
  readonly tenantId: string
  readonly personId: string
  readonly role: string
  readonly duty: string | null
  readonly notBefore: Date
  readonly notAfter: Date
  readonly grantedBy: string | null
  readonly requestId: string | null
}
export interface StoredBinding extends Binding {
  readonly revokedAt: Date | null
  readonly suspendedAt: Date | null
}
export async function insertBinding(tx: Tx, b: Binding): Promise<void> {
  await sql`insert into role_binding (id, tenant_id, person_id, role, duty, not_before, not_after, granted_by, request_id)
    values (${b.id}, ${b.tenantId}, ${b.personId}, ${b.role}, ${b.duty}, ${b.notBefore}, ${b.notAfter}, ${b.grantedBy}, ${b.requestId})`.execute(
    tx,
  )
}
export async function revokeBinding(tx: Tx, id: string, by: string | null, at: Date): Promise<boolean> {
  const done =
    await sql`update role_binding set revoked_at = ${at}, revoked_by = ${by} where id = ${id} and revoked_at is null`.execute(tx)
  return done.numAffectedRows === 1n
}
/** Everything of a person that is in force or will be; `by` is null where time ended it. Answers what ended. */
export async function endBindings(
  tx: Tx,
  personId: string,
  by: string | null,
  at: Date,
): Promise<{ id: string; role: string; duty: string | null }[]> {
  const { rows } = await sql<{
    id: string
    role: string
    duty: string | null
  }>`update role_binding set revoked_at = ${at}, revoked_by = ${by}
    where person_id = ${personId} and revoked_at is null and not_after > ${at} returning id, role, duty`.execute(tx)
  return rows
}
export const openRequestsOf = async (tx: ReadTx, personId: string): Promise<string[]> =>
  (
    await sql<{ id: string }>`select id from permission_request where person_id = ${personId} and state = 'open'`.execute(tx)
  ).rows.map((row) => row.id)
/** One question for a whole page of people. */
export async function rolesOfPersons(tx: ReadTx, personIds: readonly string[], at: Date): Promise<Map<string, string[]>> {
  const { rows } = await sql<{
    personId: string
    roles: string[]
  }>`select person_id as "personId", array_agg(distinct role) as roles
    from pub_role_holder where person_id = any (${[...personIds]}::uuid[]) and not_before <= ${at} and not_after > ${at} group by 1`.execute(
    tx,
  )
  return new Map(rows.map(({ personId, roles }) => [personId, roles]))
}
export const rolesOfPerson = async (tx: ReadTx, personId: string, at: Date): Promise<string[]> =>
  (
    await sql<{
      role: string
    }>`select distinct role from pub_role_holder where person_id = ${personId} and not_before <= ${at} and not_after > ${at} order by role`.execute(
      tx,
    )
  ).rows.map((row) => row.role)

/** A logon session by the digest of its token, as identity finds it, with the roles in force: one statement, and it needs nobody's scope. */
export const findSessionWithRoles = async <S>(
  tx: ReadTx,
  tokenSha256: string,
  at: Date,
): Promise<(S & { roles: string[] }) | undefined> =>
  (
    await sql<
      S & { roles: string[] }
    >`select s.*, access_roles_at(s.person_id, ${at}) as roles from identity_find_session(${tokenSha256}) s`.execute(tx)
  ).rows[0]

/** Every role whose term overlaps this one, suspended and future ones included: exclusions ask for all of them. */
export const rolesBound = async (tx: ReadTx, personId: string, term: { notBefore: Date; notAfter: Date }): Promise<string[]> =>
  (
    await sql<{
      role: string
    }>`select distinct role from role_binding where person_id = ${personId} and revoked_at is null and not_after > ${term.notBefore} and not_before < ${term.notAfter}`.execute(
      tx,
    )
  ).rows.map((row) => row.role)

export interface BindingView extends StoredBinding {
  readonly personName: string
  readonly grantedByName: string | null
}
export const listBindings = async (
  tx: ReadTx,
  q: {
    after?: string | undefined
    limit: number
    personId?: string | undefined
    role?: string | undefined
    live: boolean
    at: Date
  },
): Promise<BindingView[]> => {
  const where = [sql`true`]
  if (q.after) where.push(sql`b.id > ${q.after}::uuid`)
  if (q.personId) where.push(sql`b.person_id = ${q.personId}::uuid`)
  if (q.role) where.push(sql`b.role = ${q.role}`)
  if (q.live) where.push(sql`b.revoked_at is null and b.not_after > ${q.at}`)
  return (
    await sql<BindingView>`select b.id, b.tenant_id as "tenantId", b.person_id as "personId", b.role, b.duty, b.not_before as "notBefore", b.not_after as "notAfter", b.granted_by as "grantedBy",
      b.request_id as "requestId", b.revoked_at as "revokedAt", b.suspended_at as "suspendedAt", coalesce(p.name, '—') as "personName", g.name as "grantedByName"
      from role_binding b left join pub_person_name p on p.id = b.person_id left join pub_person_name g on g.id = b.granted_by
      where ${sql.join(where, sql` and `)} order by b.id limit ${q.limit}`.execute(tx)
  ).rows
}
/** Held back at once, or given back; answers whether it was not so already. */
export async function suspendBinding(tx: Tx, id: string, by: string | null, at: Date | null): Promise<boolean> {
  const done = await sql`update role_binding set suspended_at = ${at}, suspended_by = ${by}
    where id = ${id} and revoked_at is null and (suspended_at is null) = (${at}::timestamptz is not null)`.execute(tx)
  return done.numAffectedRows === 1n
}
export async function noteAnnounced(tx: Tx, id: string, days: number): Promise<void> {
  await sql`update role_binding set noticed_days = ${days} where id = ${id}`.execute(tx)
}
export interface DueItem {
  readonly what: 'expire' | 'end' | 'announce'
  readonly tenantId: string
  readonly id: string
}
export const listDue = async (tx: ReadTx, at: Date, [first, last]: readonly [number, number]): Promise<DueItem[]> =>
  (await sql<DueItem>`select what, tenant_id as "tenantId", id from access_due(${at}, ${first}, ${last})`.execute(tx)).rows
export async function findBindings(tx: ReadTx, ids: readonly string[]): Promise<Map<string, StoredBinding>> {
  if (ids.length === 0) return new Map()
  const { rows } =
    await sql<StoredBinding>`select id, tenant_id as "tenantId", person_id as "personId", role, duty, not_before as "notBefore", not_after as "notAfter", granted_by as "grantedBy", request_id as "requestId", revoked_at as "revokedAt", suspended_at as "suspendedAt" from role_binding where id = any (${[...ids]}::uuid[])`.execute(
      tx,
    )
  return new Map(rows.map((row) => [row.id, row]))
}
export const findBinding = async (tx: ReadTx, id: string): Promise<StoredBinding | undefined> =>
  (await findBindings(tx, [id])).get(id)

export interface Holder {
  readonly personId: string
  readonly name: string
  readonly tenantId: string
}
/** Live holders of a role in a unit, or in the units of a party. A binding with a duty answers for that duty only. */
export const listHolders = async (
  tx: ReadTx,
  q: { role: string; duty: string | null; tenantId?: string | undefined; party?: string | undefined },
  at: Date,
): Promise<Holder[]> =>
  (
    await sql<Holder>`select distinct person_id as "personId", name, tenant_id as "tenantId" from pub_role_holder
      where role = ${q.role} and (${q.duty}::text is null or duty = ${q.duty}) and not_before <= ${at} and not_after > ${at}
        and (${q.tenantId ?? null}::uuid is null or tenant_id = ${q.tenantId ?? null}::uuid) and (${q.party ?? null}::text is null or party = ${q.party ?? null})
      order by person_id limit 500`.execute(tx)
  ).rows

export interface PermissionRequest {
  readonly id: string
  readonly tenantId: string
  readonly personId: string
  readonly role: string
  readonly duty: string | null
  readonly reason: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly subjectHash: string
  readonly state: RequestState
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly decidedAt: Date | null
  readonly bindingId: string | null
}
const requestColumns = sql`id, tenant_id as "tenantId", person_id as "personId", role, duty, reason, not_before as "notBefore", not_after as "notAfter", subject_hash as "subjectHash", state, created_at as "createdAt", expires_at as "expiresAt", decided_at as "decidedAt", binding_id as "bindingId"`
export async function insertRequest(tx: Tx, r: PermissionRequest): Promise<void> {
  await sql`insert into permission_request (id, tenant_id, person_id, role, duty, reason, not_before, not_after, subject_hash, state, created_at, expires_at)
    values (${r.id}, ${r.tenantId}, ${r.personId}, ${r.role}, ${r.duty}, ${r.reason}, ${r.notBefore}, ${r.notAfter}, ${r.subjectHash}, ${r.state}, ${r.createdAt}, ${r.expiresAt})`.execute(
    tx,
  )
}
export const lockRequest = async (tx: Tx, id: string): Promise<PermissionRequest | undefined> =>
  (await sql<PermissionRequest>`select ${requestColumns} from permission_request where id = ${id} for update`.execute(tx)).rows[0]
export async function endRequest(tx: Tx, id: string, state: RequestState, at: Date, bindingId?: string): Promise<void> {
  await sql`update permission_request set state = ${state}, decided_at = coalesce(decided_at, ${at}), binding_id = coalesce(${bindingId ?? null}::uuid, binding_id) where id = ${id}`.execute(
    tx,
  )
}
export const findRequest = async (tx: ReadTx, id: string): Promise<PermissionRequest | undefined> =>
  (await sql<PermissionRequest>`select ${requestColumns} from permission_request where id = ${id}`.execute(tx)).rows[0]
export const listRequests = async (tx: ReadTx, q: { after?: string | undefined; limit: number }): Promise<PermissionRequest[]> =>
  (
    await sql<PermissionRequest>`select ${requestColumns} from permission_request where (${q.after ?? null}::uuid is null or id < ${q.after ?? null}::uuid) order by id desc limit ${q.limit}`.execute(
      tx,
    )
  ).rows
