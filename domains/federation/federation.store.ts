import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { Attributes, KnownSubject, Proposal, ProposalKind, SourceKind, SubjectStatus } from './federation.model.ts'
import type { SourceSettings } from './federation-settings.model.ts'

export interface SourceRow {
  readonly id: string
  readonly tenantId: string
  readonly kind: SourceKind
  readonly name: string
  readonly settings: SourceSettings
  readonly status: 'enabled' | 'disabled'
  readonly version: number
  readonly createdAt: Date
  readonly syncedAt: Date | null
  readonly syncCode: string | null
  readonly syncPeople: number | null
  readonly subjects: number
  readonly bound: number
}
const sourceColumns = sql`s.id, s.tenant_id as "tenantId", s.kind, s.name, s.settings, s.status, s.version, s.created_at as "createdAt",
  s.synced_at as "syncedAt", s.sync_code as "syncCode", s.sync_people as "syncPeople",
  (select count(*)::int from federation_subject u where u.source_id = s.id) as subjects,
  (select count(*)::int from federation_subject u where u.source_id = s.id and u.person_id is not null) as bound`

export const listSources = async (tx: ReadTx, tenantId: string): Promise<SourceRow[]> =>
  (
    await sql<SourceRow>`select ${sourceColumns} from federation_source s where s.tenant_id = ${tenantId} order by s.id limit 50`.execute(
      tx,
    )
  ).rows
export const findSource = async (tx: ReadTx, id: string): Promise<SourceRow | undefined> =>
  (
    await sql<SourceRow>`select ${sourceColumns} from federation_source s where s.id = ${id} and s.tenant_id = app_tenant()`.execute(
      tx,
    )
  ).rows[0]
/** Held, so that two acts on one source follow each other. */
export async function lockSource(tx: Tx, id: string): Promise<SourceRow | undefined> {
  await sql`select 1 from federation_source where id = ${id} and tenant_id = app_tenant() for update`.execute(tx)
  return findSource(tx, id)
}
export const countSources = async (tx: ReadTx): Promise<number> =>
  (await sql<{ n: number }>`select count(*)::int as n from federation_source where tenant_id = app_tenant()`.execute(tx)).rows[0]!
    .n
export async function insertSource(
  tx: Tx,
  row: { id: string; tenantId: string; kind: SourceKind; name: string; settings: SourceSettings; by: string; at: Date },
): Promise<void> {
  await sql`insert into federation_source (id, tenant_id, kind, name, settings, created_by, created_at)
    values (${row.id}, ${row.tenantId}, ${row.kind}, ${row.name}, ${JSON.stringify(row.settings)}::jsonb, ${row.by}, ${row.at})`.execute(
    tx,
  )
}
export const updateSource = (tx: Tx, id: string, set: { name: string; settings: SourceSettings }) =>
  sql`update federation_source set name = ${set.name}, settings = ${JSON.stringify(set.settings)}::jsonb, version = version + 1 where id = ${id}`.execute(
    tx,
  )
export const setSourceStatus = (tx: Tx, id: string, status: 'enabled' | 'disabled') =>
  sql`update federation_source set status = ${status}, version = version + 1 where id = ${id}`.execute(tx)
export const saveSync = (tx: Tx, id: string, of: { at: Date; code: string | null; people: number | null }) =>
  sql`update federation_source set synced_at = ${of.at}, sync_code = ${of.code}, sync_people = ${of.people} where id = ${id}`.execute(
    tx,
  )

export interface LogonSource {
  id: string
  kind: 'oidc' | 'ldap'
  name: string
  unitZh: string
  unitEn: string
}
export const listLogonSources = async (tx: ReadTx): Promise<LogonSource[]> =>
  (
    await sql<LogonSource>`select id, kind, name, unit_zh as "unitZh", unit_en as "unitEn" from federation_logon_sources()`.execute(
      tx,
    )
  ).rows
export const findTenantOfSource = async (tx: ReadTx, id: string): Promise<string | undefined> =>
  (await sql<{ tenant_id: string }>`select tenant_id from federation_find_source(${id})`.execute(tx)).rows[0]?.tenant_id
export const findTenantOfFlow = async (tx: ReadTx, stateSha256: string): Promise<string | undefined> =>
  (await sql<{ tenant_id: string }>`select tenant_id from federation_find_flow(${stateSha256})`.execute(tx)).rows[0]?.tenant_id
export const listDueSources = async (tx: ReadTx, before: Date): Promise<{ id: string; tenantId: string }[]> =>
  (
    await sql<{
      id: string
      tenantId: string
    }>`select id, tenant_id as "tenantId" from federation_due_sources(${before})`.execute(tx)
  ).rows

export async function insertFlow(
  tx: Tx,
  row: {
    stateSha256: string
    tenantId: string
    sourceId: string
    browserSha256: string
    sealed: Buffer
    expiresAt: Date
    at: Date
  },
): Promise<void> {
  await sql`delete from federation_flow where expires_at < ${row.at}`.execute(tx)
  await sql`insert into federation_flow (state_sha256, tenant_id, source_id, browser_sha256, sealed, expires_at)
    values (${row.stateSha256}, ${row.tenantId}, ${row.sourceId}, ${row.browserSha256}, ${row.sealed}, ${row.expiresAt})`.execute(
    tx,
  )
}
/** Once: whoever asks a second time finds nothing. */
export const takeFlow = async (
  tx: Tx,
  stateSha256: string,
): Promise<{ sourceId: string; browserSha256: string; sealed: Buffer; expiresAt: Date } | undefined> =>
  (
    await sql<{
      sourceId: string
      browserSha256: string
      sealed: Buffer
      expiresAt: Date
    }>`delete from federation_flow where state_sha256 = ${stateSha256}
      returning source_id as "sourceId", browser_sha256 as "browserSha256", sealed, expires_at as "expiresAt"`.execute(tx)
  ).rows[0]

export interface SubjectRow extends KnownSubject {
  readonly id: string
  readonly tenantId: string
  readonly sourceId: string
  readonly userName: string | null
  readonly boundHow: 'administrator' | 'import' | null
  readonly boundBy: string | null
  readonly boundAt: Date | null
  readonly version: number
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
}
const subjectColumns = sql`id, tenant_id as "tenantId", source_id as "sourceId", external_id as "externalId", user_name as "userName", person_id as "personId",
  bound_how as "boundHow", bound_by as "boundBy", bound_at as "boundAt", attributes, status, version, first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt"`

export const findSubject = async (tx: ReadTx, sourceId: string, externalId: string): Promise<SubjectRow | undefined> =>
  (
    await sql<SubjectRow>`select ${subjectColumns} from federation_subject where source_id = ${sourceId} and external_id = ${externalId}`.execute(
      tx,
    )
  ).rows[0]
export async function lockSubject(tx: Tx, sourceId: string, id: string): Promise<SubjectRow | undefined> {
  return (
    await sql<SubjectRow>`select ${subjectColumns} from federation_subject where source_id = ${sourceId} and id = ${id} for update`.execute(
      tx,
    )
  ).rows[0]
}
export const listAllSubjects = async (tx: ReadTx, sourceId: string): Promise<SubjectRow[]> =>
  (await sql<SubjectRow>`select ${subjectColumns} from federation_subject where source_id = ${sourceId} limit 100000`.execute(tx))
    .rows
export const isPersonBound = async (tx: ReadTx, sourceId: string, personId: string): Promise<boolean> =>
  (await sql`select 1 from federation_subject where source_id = ${sourceId} and person_id = ${personId}`.execute(tx)).rows
    .length > 0
export const countUnbound = async (tx: ReadTx, sourceId: string): Promise<number> =>
  (
    await sql<{
      n: number
    }>`select count(*)::int as n from federation_subject where source_id = ${sourceId} and person_id is null`.execute(tx)
  ).rows[0]!.n

export async function listSubjects(
  tx: ReadTx,
  q: { sourceId: string; after?: string | undefined; limit: number; bound?: 'yes' | 'no' | undefined; text?: string | undefined },
): Promise<SubjectRow[]> {
  const where = [sql`source_id = ${q.sourceId}`]
  if (q.after) where.push(sql`id > ${q.after}::uuid`)
  if (q.bound) where.push(q.bound === 'yes' ? sql`person_id is not null` : sql`person_id is null`)
  if (q.text) where.push(sql`position(lower(${q.text}) in lower(external_id || ' ' || attributes::text)) > 0`)
  return (
    await sql<SubjectRow>`select ${subjectColumns} from federation_subject where ${sql.join(where, sql` and `)} order by id limit ${q.limit}`.execute(
      tx,
    )
  ).rows
}

/** What a source just said of somebody; the binding stays as it is. */
export async function saveSubject(
  tx: Tx,
  row: {
    id: string
    tenantId: string
    sourceId: string
    externalId: string
    userName?: string | null
    attributes: Attributes
    status: SubjectStatus
    at: Date
  },
): Promise<SubjectRow> {
  const { rows } =
    await sql<SubjectRow>`insert into federation_subject (id, tenant_id, source_id, external_id, user_name, attributes, status, first_seen_at, last_seen_at)
    values (${row.id}, ${row.tenantId}, ${row.sourceId}, ${row.externalId}, ${row.userName ?? null}, ${JSON.stringify(row.attributes)}::jsonb, ${row.status}, ${row.at}, ${row.at})
    on conflict (source_id, external_id) do update set attributes = excluded.attributes, status = excluded.status, user_name = excluded.user_name,
      last_seen_at = excluded.last_seen_at, version = federation_subject.version + 1
    returning ${subjectColumns}`.execute(tx)
  return rows[0]!
}
export const renameSubject = (tx: Tx, id: string, externalId: string) =>
  sql`update federation_subject set external_id = ${externalId} where id = ${id} and external_id <> ${externalId}`.execute(tx)
export const markGone = (tx: Tx, sourceId: string, externalIds: readonly string[]) =>
  sql`update federation_subject set status = 'gone', version = version + 1 where source_id = ${sourceId} and external_id = any (${[...externalIds]})`.execute(
    tx,
  )
export const bind = (
  tx: Tx,
  id: string,
  of: { personId: string; how: 'administrator' | 'import'; by: string | null; at: Date },
) =>
  sql`update federation_subject set person_id = ${of.personId}, bound_how = ${of.how}, bound_by = ${of.by}, bound_at = ${of.at}, version = version + 1 where id = ${id}`.execute(
    tx,
  )
export const unbind = (tx: Tx, id: string) =>
  sql`update federation_subject set person_id = null, bound_how = null, bound_by = null, bound_at = null, version = version + 1 where id = ${id}`.execute(
    tx,
  )

/** An open proposal of the kind is renewed, not doubled; one of another kind on the same subject is settled by it. */
export async function saveProposal(
  tx: Tx,
  row: Proposal & { id: string; tenantId: string; sourceId: string; at: Date },
): Promise<void> {
  await sql`update federation_proposal set settled_at = ${row.at}
    where source_id = ${row.sourceId} and external_id = ${row.externalId} and kind <> ${row.kind} and settled_at is null`.execute(
    tx,
  )
  await sql`insert into federation_proposal (id, tenant_id, source_id, kind, external_id, person_id, attributes, seen_at)
    values (${row.id}, ${row.tenantId}, ${row.sourceId}, ${row.kind}, ${row.externalId}, ${row.personId}, ${JSON.stringify(row.attributes)}::jsonb, ${row.at})
    on conflict (source_id, external_id, kind) where settled_at is null do update set attributes = excluded.attributes, person_id = excluded.person_id`.execute(
    tx,
  )
}
/** They have a person now: nobody joins. */
export const settleJoiner = (tx: Tx, sourceId: string, externalId: string, at: Date) =>
  sql`update federation_proposal set settled_at = ${at} where source_id = ${sourceId} and external_id = ${externalId} and kind = 'joiner' and settled_at is null`.execute(
    tx,
  )

/** Somebody decided, or there is nothing left to decide: about this person and kind no source waits any more. */
export async function settleProposals(tx: Tx, of: { personId: string; kind: ProposalKind; at: Date }): Promise<void> {
  await sql`update federation_proposal set settled_at = ${of.at} where person_id = ${of.personId} and kind = ${of.kind} and settled_at is null`.execute(
    tx,
  )
}

export const lockProposal = async (tx: Tx, id: string): Promise<(Proposal & { sourceId: string }) | undefined> =>
  (
    await sql<
      Proposal & { sourceId: string }
    >`select source_id as "sourceId", kind, external_id as "externalId", person_id as "personId", attributes
      from federation_proposal where id = ${id} and settled_at is null for update`.execute(tx)
  ).rows[0]
export const settleProposal = (tx: Tx, id: string, at: Date) =>
  sql`update federation_proposal set settled_at = ${at} where id = ${id}`.execute(tx)

export interface ProposalRow extends Proposal {
  readonly id: string
  readonly sourceId: string
  readonly sourceName: string
  readonly seenAt: Date
}
export async function listProposals(
  tx: ReadTx,
  q: { tenantId: string; after?: string | undefined; limit: number; kind?: ProposalKind | undefined },
): Promise<ProposalRow[]> {
  const where = [sql`tenant_id = ${q.tenantId}`]
  if (q.after) where.push(sql`id > ${q.after}::uuid`)
  if (q.kind) where.push(sql`kind = ${q.kind}`)
  return (
    await sql<ProposalRow>`select id, source_id as "sourceId", source as "sourceName", kind, external_id as "externalId", person_id as "personId", attributes, seen_at as "seenAt"
      from pub_source_proposal where ${sql.join(where, sql` and `)} order by id limit ${q.limit}`.execute(tx)
  ).rows
}
