import type { Json } from '@huabiao/kit/canonical/canonical'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'

export interface Kept {
  readonly sm3: string
  readonly sha256: string
  readonly bytes: number
}
export interface DossierRow {
  readonly changeId: string
  readonly tenantId: string
  readonly data: Kept
  readonly document: Kept
  readonly pages: number
  readonly records: number
  readonly headSize: number
  readonly sealedAt: Date
}
export interface DueRow {
  readonly tenantId: string
  readonly changeId: string
  /** How often it could not be sealed. */
  readonly failures: number
}
export const listDue = async (tx: ReadTx, at: Date, most: number): Promise<DueRow[]> =>
  (
    await sql<DueRow>`select tenant_id as "tenantId", change_id as "changeId", failures from dossier_due(${at}, ${most})`.execute(
      tx,
    )
  ).rows
export const postpone = (tx: Tx, { tenantId, changeId, failures }: DueRow, dueAt: Date) =>
  sql`insert into dossier_wait (change_id, tenant_id, failures, due_at) values (${changeId}, ${tenantId}, ${failures + 1}, ${dueAt})
    on conflict (change_id) do update set failures = excluded.failures, due_at = excluded.due_at`.execute(tx)
export const readFacts = async (tx: ReadTx, changeId: string): Promise<{ readonly [member: string]: Json } | undefined> =>
  (await sql<{ facts: { readonly [member: string]: Json } | null }>`select dossier_facts(${changeId}) as facts`.execute(tx))
    .rows[0]?.facts ?? undefined

/** False where another was faster: a change has one dossier. */
export async function insertDossier(tx: Tx, row: DossierRow, partyIds: readonly string[]): Promise<boolean> {
  const { data, document } = row
  const done =
    await sql`insert into dossier (change_id, tenant_id, party_ids, data_sm3, data_sha256, data_bytes, document_sm3, document_sha256, document_bytes, pages, records, head_size, sealed_at)
    values (${row.changeId}, ${row.tenantId}, ${[...partyIds]}::uuid[], ${data.sm3}, ${data.sha256}, ${data.bytes}, ${document.sm3}, ${document.sha256}, ${document.bytes},
      ${row.pages}, ${row.records}, ${row.headSize}, ${row.sealedAt}) on conflict (change_id) do nothing`.execute(tx)
  return done.numAffectedRows === 1n
}
export const findDossier = async (tx: ReadTx, changeId: string): Promise<DossierRow | undefined> =>
  (
    await sql<DossierRow>`select change_id as "changeId", tenant_id as "tenantId", jsonb_build_object('sm3', data_sm3, 'sha256', data_sha256, 'bytes', data_bytes) as data,
      jsonb_build_object('sm3', document_sm3, 'sha256', document_sha256, 'bytes', document_bytes) as document, pages, records, head_size as "headSize", sealed_at as "sealedAt"
      from dossier where change_id = ${changeId}`.execute(tx)
  ).rows[0]
