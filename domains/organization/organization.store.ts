import type { Party } from '@huabiao/kit/actor/actor'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { OrganizationKind, OrganizationStatus, PersonStatus } from './organization.model.ts'

export interface OrganizationRow {
  readonly id: string
  readonly tenantId: string
  readonly parentId: string | null
  readonly kind: OrganizationKind
  readonly party: Party
  readonly code: string
  readonly nameZh: string
  readonly nameEn: string
  readonly status: OrganizationStatus
  readonly version: number
}
export const listOrganizations = async (tx: ReadTx): Promise<(OrganizationRow & { persons: number })[]> =>
  (
    await sql<
      OrganizationRow & { persons: number }
    >`select o.id, o.tenant_id as "tenantId", o.parent_id as "parentId", o.kind, o.party, o.code, o.name_zh as "nameZh", o.name_en as "nameEn", o.status, o.version,
      (select count(*)::int from person p where p.status = 'active' and (p.department_id = o.id or (o.kind = 'unit' and p.tenant_id = o.id))) as persons
      from organization o order by o.tenant_id, o.kind desc, o.code limit 2000`.execute(tx)
  ).rows

export async function insertOrganization(tx: Tx, row: OrganizationRow & { createdAt: Date }): Promise<void> {
  await sql`insert into organization (id, tenant_id, parent_id, kind, party, code, name_zh, name_en, status, created_at)
    values (${row.id}, ${row.tenantId}, ${row.parentId}, ${row.kind}, ${row.party}, ${row.code}, ${row.nameZh}, ${row.nameEn}, ${row.status}, ${row.createdAt})`.execute(
    tx,
  )
}

export interface PersonRow {
  readonly id: string
  readonly tenantId: string
  readonly departmentId: string | null
  readonly name: string
  readonly nameEn: string
  readonly identityDigest: string
  readonly phone: string | null
  readonly email: string | null
  readonly status: PersonStatus
  readonly trainingValidUntil: string | null
  readonly trainingCertificate: string | null
  readonly version: number
}
export async function insertPerson(tx: Tx, row: Omit<PersonRow, 'version' | 'status'> & { createdAt: Date }): Promise<void> {
  await sql`insert into person (id, tenant_id, department_id, name, name_en, identity_digest, phone, email, training_valid_until, training_certificate, created_at)
    values (${row.id}, ${row.tenantId}, ${row.departmentId}, ${row.name}, ${row.nameEn}, ${row.identityDigest}, ${row.phone}, ${row.email}, ${row.trainingValidUntil}, ${row.trainingCertificate}, ${row.createdAt})`.execute(
    tx,
  )
}
export interface PersonQuery {
  readonly id?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
  readonly text?: string | undefined
  readonly tenantId?: string | undefined
  readonly departmentId?: string | undefined
  readonly status?: string | undefined
}
export const listPersons = async (
  tx: ReadTx,
  q: PersonQuery,
): Promise<(Omit<PersonRow, 'identityDigest'> & { departmentZh: string | null; unitZh: string; createdAt: Date })[]> => {
  const where = [sql`true`]
  if (q.id) where.push(sql`p.id = ${q.id}::uuid`)
  if (q.after) where.push(sql`p.id > ${q.after}::uuid`)
  if (q.tenantId) where.push(sql`p.tenant_id = ${q.tenantId}::uuid`)
  if (q.departmentId) where.push(sql`p.department_id = ${q.departmentId}::uuid`)
  if (q.status) where.push(sql`p.status = ${q.status}`)
  if (q.text) where.push(sql`position(lower(${q.text}) in lower(p.name || ' ' || p.name_en)) > 0`)
  return (
    await sql<
      Omit<PersonRow, 'identityDigest'> & { departmentZh: string | null; unitZh: string; createdAt: Date }
    >`select p.id, p.tenant_id as "tenantId", p.department_id as "departmentId", p.name, p.name_en as "nameEn", p.phone, p.email, p.status,
      p.training_valid_until::text as "trainingValidUntil", p.training_certificate as "trainingCertificate", p.version, p.created_at as "createdAt", d.name_zh as "departmentZh", n.name_zh as "unitZh"
      from person p left join organization d on d.id = p.department_id left join pub_tenant_name n on n.tenant_id = p.tenant_id
      where ${sql.join(where, sql` and `)} order by p.id limit ${q.limit}`.execute(tx)
  ).rows
}
/** Names of persons of any unit, for screens. */
export const personNames = async (tx: ReadTx, ids: readonly string[]): Promise<Map<string, string>> =>
  ids.length === 0
    ? new Map()
    : new Map(
        (
          await sql<{
            id: string
            name: string
          }>`select id, name from pub_person_name where id = any (${[...ids]}::uuid[])`.execute(tx)
        ).rows.map((row) => [row.id, row.name]),
      )

/** Which of them are people of that unit. */
export const unitPersons = async (tx: ReadTx, tenantId: string, ids: readonly string[]): Promise<Set<string>> => {
  const { rows } = await sql<{ id: string }>`select id from pub_person
    where tenant_id = ${tenantId}::uuid and id = any (${[...ids]}::uuid[])`.execute(tx)
  return new Set(rows.map((row) => row.id))
}

/** The person of that unit with that digest of an identity number. */
export const personByDigest = async (tx: ReadTx, tenantId: string, digest: string): Promise<string | undefined> =>
  (
    await sql<{
      id: string
    }>`select id from person where tenant_id = ${tenantId} and identity_digest = ${digest} and status = 'active'`.execute(tx)
  ).rows[0]?.id

/** Which of them hold a training that is valid on that day (RL-24). */
export const trainedPersons = async (tx: ReadTx, ids: readonly string[], at: Date): Promise<Set<string>> =>
  ids.length === 0
    ? new Set()
    : new Set(
        (
          await sql<{
            id: string
          }>`select id from pub_person where id = any (${[...ids]}::uuid[]) and status = 'active' and training_valid_until >= ${beijingDay(at)}::date`.execute(
            tx,
          )
        ).rows.map((row) => row.id),
      )

export const findOrganization = async (tx: ReadTx, id: string): Promise<OrganizationRow | undefined> =>
  (
    await sql<OrganizationRow>`select id, tenant_id as "tenantId", parent_id as "parentId", kind, party, code, name_zh as "nameZh", name_en as "nameEn", status, version from organization where id = ${id}`.execute(
      tx,
    )
  ).rows[0]
export async function updateOrganization(
  tx: Tx,
  row: OrganizationRow,
  set: { nameZh?: string | undefined; nameEn?: string | undefined; status?: OrganizationStatus | undefined },
): Promise<boolean> {
  const done =
    await sql`update organization set name_zh = ${set.nameZh ?? row.nameZh}, name_en = ${set.nameEn ?? row.nameEn}, status = ${set.status ?? row.status}, version = version + 1
    where id = ${row.id} and version = ${row.version}`.execute(tx)
  return done.numAffectedRows === 1n
}
export const findPersonRow = async (tx: ReadTx, id: string): Promise<PersonRow | undefined> =>
  (
    await sql<PersonRow>`select id, tenant_id as "tenantId", department_id as "departmentId", name, name_en as "nameEn", '' as "identityDigest", phone, email, status,
      training_valid_until::text as "trainingValidUntil", training_certificate as "trainingCertificate", version from person where id = ${id}`.execute(
      tx,
    )
  ).rows[0]
type PersonPatch = { [K in 'name' | 'nameEn' | 'departmentId' | 'phone' | 'email' | 'status']?: PersonRow[K] | undefined }
export async function updatePerson(tx: Tx, row: PersonRow, set: PersonPatch, at: Date): Promise<boolean> {
  const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined))
  const after = { ...row, ...given } as PersonRow
  const done =
    await sql`update person set name = ${after.name}, name_en = ${after.nameEn}, department_id = ${after.departmentId}, phone = ${after.phone}, email = ${after.email}, status = ${after.status},
    left_at = ${after.status === 'left' ? at : null}, version = version + 1 where id = ${row.id} and version = ${row.version}`.execute(
      tx,
    )
  return done.numAffectedRows === 1n
}
export async function setTraining(tx: Tx, id: string, validUntil: string, certificate: string): Promise<void> {
  await sql`update person set training_valid_until = ${validUntil}::date, training_certificate = ${certificate}, version = version + 1 where id = ${id}`.execute(
    tx,
  )
}

export const isDepartmentOf = async (tx: ReadTx, tenantId: string, id: string): Promise<boolean> =>
  (await sql`select 1 from organization where id = ${id} and tenant_id = ${tenantId} and kind = 'department'`.execute(tx)).rows
    .length > 0
/** Within their unit, or to none of its departments. */
export async function movePerson(tx: Tx, id: string, departmentId: string | null): Promise<void> {
  await sql`update person set department_id = ${departmentId}, version = version + 1 where id = ${id}`.execute(tx)
}
/** For ever: whoever comes back is known by the digest of the identity number. */
export async function markLeft(tx: Tx, id: string, at: Date): Promise<void> {
  await sql`update person set status = 'left', left_at = ${at}, version = version + 1 where id = ${id} and status = 'active'`.execute(
    tx,
  )
}
