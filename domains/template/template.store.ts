import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import type { Parameters, TemplateBody } from './template.model.ts'
import type { TemplateState } from './template-standing.model.ts'

export interface TemplateRow {
  readonly id: string
  readonly tenantId: string
  readonly no: string
  readonly createdAt: Date
}
export interface VersionRow {
  readonly id: string
  readonly modelId: string
  readonly version: number
  readonly tenantId: string
  readonly state: TemplateState
  readonly body: TemplateBody
  readonly hash: string | null
  readonly authorId: string
  readonly createdAt: Date
  readonly testerId: string | null
  readonly testEnvironment: string | null
  readonly testNote: string | null
  readonly testedAt: Date | null
  readonly reviewedBy: string | null
  readonly reviewedAt: Date | null
  readonly publishedBy: string | null
  readonly publishedAt: Date | null
  readonly endedBy: string | null
  readonly endedAt: Date | null
  readonly endReason: string | null
}
const columnOf = {
  state: 'state',
  body: 'body',
  hash: 'hash',
  testerId: 'tester_id',
  testEnvironment: 'test_environment',
  testNote: 'test_note',
  testedAt: 'tested_at',
  reviewedBy: 'reviewed_by',
  reviewedAt: 'reviewed_at',
  publishedBy: 'published_by',
  publishedAt: 'published_at',
  endedBy: 'ended_by',
  endedAt: 'ended_at',
  endReason: 'end_reason',
} as const satisfies Partial<Record<keyof VersionRow, string>>
const versionColumns = sql`v.id, v.model_id as "modelId", v.version, v.tenant_id as "tenantId", v.state, v.body, v.hash, v.author_id as "authorId", v.created_at as "createdAt",
  v.tester_id as "testerId", v.test_environment as "testEnvironment", v.test_note as "testNote", v.tested_at as "testedAt", v.reviewed_by as "reviewedBy", v.reviewed_at as "reviewedAt",
  v.published_by as "publishedBy", v.published_at as "publishedAt", v.ended_by as "endedBy", v.ended_at as "endedAt", v.end_reason as "endReason"`

export const nextTemplateNo = async (tx: Tx, tenantId: string): Promise<string> =>
  (await sql<{ no: string }>`select next_template_no(${tenantId}) as no`.execute(tx)).rows[0]!.no
export const insertModel = (tx: Tx, row: TemplateRow & { createdBy: string }) =>
  sql`insert into template_model (id, tenant_id, no, created_by, created_at) values (${row.id}, ${row.tenantId}, ${row.no}, ${row.createdBy}, ${row.createdAt})`.execute(
    tx,
  )
export const insertVersion = (
  tx: Tx,
  row: Pick<VersionRow, 'id' | 'modelId' | 'version' | 'tenantId' | 'body' | 'authorId' | 'createdAt'>,
) =>
  sql`insert into template_version (id, model_id, version, tenant_id, state, body, author_id, created_at)
    values (${row.id}, ${row.modelId}, ${row.version}, ${row.tenantId}, 'draft', ${JSON.stringify(row.body)}::jsonb, ${row.authorId}, ${row.createdAt})`.execute(
    tx,
  )
export async function updateVersion(tx: Tx, id: string, patch: Partial<Pick<VersionRow, keyof typeof columnOf>>): Promise<void> {
  const sets = Object.entries(patch).map(([key, value]) => {
    const column = sql.ref(columnOf[key as keyof typeof columnOf])
    return key === 'body' ? sql`${column} = ${JSON.stringify(value)}::jsonb` : sql`${column} = ${value}`
  })
  await sql`update template_version set ${sql.join(sets)} where id = ${id}`.execute(tx)
}

export const findModel = async (tx: ReadTx, id: string): Promise<TemplateRow | undefined> =>
  (
    await sql<TemplateRow>`select id, tenant_id as "tenantId", no, created_at as "createdAt" from template_model where id = ${id}`.execute(
      tx,
    )
  ).rows[0]
/** The model of one's own unit with its row held: acts of two persons come one after the other. @throws Refusal template.not_found */
export async function lockModel(tx: Tx, id: string, tenantId: string): Promise<TemplateRow> {
  const row = await findModel(tx, id)
  if (!row || row.tenantId !== tenantId) throw notFound('template')
  await sql`select 1 from template_version where model_id = ${id} for update`.execute(tx)
  return row
}
export const listModels = async (tx: ReadTx, q: { after?: string | undefined; limit: number }): Promise<TemplateRow[]> =>
  (
    await sql<TemplateRow>`select id, tenant_id as "tenantId", no, created_at as "createdAt" from template_model
      where ${q.after ?? null}::uuid is null or id < ${q.after ?? null}::uuid order by id desc limit ${q.limit}`.execute(tx)
  ).rows
/** Newest first, at most fifty of each model. */
export const listVersions = async (tx: ReadTx, modelIds: readonly string[]): Promise<VersionRow[]> =>
  (
    await sql<VersionRow>`select ${versionColumns} from unnest(${[...modelIds]}::uuid[]) m (id)
      cross join lateral (select * from template_version t where t.model_id = m.id order by t.version desc limit 50) v order by v.version desc`.execute(
      tx,
    )
  ).rows

export interface StandingFigures {
  readonly modelId: string
  readonly uses: number
  readonly failures: number
  readonly lastFailedAt: Date | null
}
export const listFigures = async (tx: ReadTx, modelIds: readonly string[]): Promise<ReadonlyMap<string, StandingFigures>> =>
  new Map(
    (
      await sql<StandingFigures>`select model_id as "modelId", uses, failures, last_failed_at as "lastFailedAt" from template_standing_facts(${[...modelIds]}::uuid[])`.execute(
        tx,
      )
    ).rows.map((row) => [row.modelId, row]),
  )

export interface InstanceRow {
  readonly changeId: string
  readonly versionId: string
  readonly modelId: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly parameters: Parameters
  readonly targetIds: readonly string[]
  readonly planSm3: string
  readonly createdBy: string
  readonly createdAt: Date
}
export const insertInstance = (tx: Tx, row: InstanceRow) =>
  sql`insert into template_instance (change_id, version_id, model_id, tenant_id, party_ids, parameters, target_ids, plan_sm3, created_by, created_at)
    values (${row.changeId}, ${row.versionId}, ${row.modelId}, ${row.tenantId}, ${[...row.partyIds]}::uuid[], ${JSON.stringify(row.parameters)}::jsonb,
      ${[...row.targetIds]}::uuid[], ${row.planSm3}, ${row.createdBy}, ${row.createdAt})`.execute(tx)
export interface UseRow {
  readonly changeId: string
  readonly changeNo: string
  readonly version: number
  readonly at: Date
  readonly closedAt: Date | null
  readonly failedAt: Date | null
}
export const listUses = async (tx: ReadTx, modelId: string): Promise<UseRow[]> =>
  (
    await sql<UseRow>`select change_id as "changeId", change_no as "changeNo", version, at, closed_at as "closedAt", failed_at as "failedAt" from template_uses(${modelId})`.execute(
      tx,
    )
  ).rows

export interface AuthorityRow extends StandingFigures {
  readonly no: string
  readonly name: string
  readonly version: number
  readonly state: TemplateState
  readonly publishedBy: string | null
  readonly publishedAt: Date | null
  readonly reviewedBy: string | null
  readonly reviewedAt: Date | null
  readonly parameters: Parameters
  readonly equal: boolean
  readonly withinLimits: boolean
  readonly ownWord: boolean
}
export const findAuthority = async (tx: ReadTx, changeId: string): Promise<AuthorityRow | undefined> =>
  (
    await sql<AuthorityRow>`select model_id as "modelId", no, name, version, state, published_by as "publishedBy", published_at as "publishedAt", reviewed_by as "reviewedBy",
      reviewed_at as "reviewedAt", parameters, equal, within_limits as "withinLimits", own_word as "ownWord", uses, failures, last_failed_at as "lastFailedAt" from template_authority(${changeId})`.execute(
      tx,
    )
  ).rows[0]
