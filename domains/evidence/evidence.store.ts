import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { EvidenceClass } from './evidence.model.ts'

declare module '@huabiao/kit/db/db' {
  interface Tables {
    evidence_object: {
      tenant_id: string
      sha256: string
      sm3: string
      class: EvidenceClass
      bytes: number
      created_at: Date
      keep_until: Date
    }
  }
}

export async function insertObject(
  tx: Tx,
  row: { tenantId: string; sha256: string; sm3: string; class: EvidenceClass; bytes: number; at: Date; keepUntil: Date },
): Promise<void> {
  // The database decides on a clash: the same bytes again are the same object, with the later term.
  await sql`select evidence_keep(${row.tenantId}, ${row.sha256}, ${row.sm3}, ${row.class}, ${row.bytes}, ${row.at}, ${row.keepUntil})`.execute(
    tx,
  )
}

export const listDueClasses = async (tx: ReadTx, most: number): Promise<{ tenantId: string; class: EvidenceClass }[]> =>
  (
    await sql<{
      tenantId: string
      class: EvidenceClass
    }>`select tenant_id as "tenantId", class from evidence_due(${most})`.execute(tx)
  ).rows

export interface ExpiredObject {
  readonly sha256: string
  readonly bytes: number
  readonly createdAt: Date
}
/** Marks what is over its term, at most so many, oldest first. */
export const expireObjects = async (tx: Tx, of: EvidenceClass, most: number): Promise<ExpiredObject[]> =>
  (await sql<ExpiredObject>`select sha256, bytes, created_at as "createdAt" from evidence_expire(${of}, ${most})`.execute(tx))
    .rows

export const listGoing = async (tx: ReadTx, most: number): Promise<{ tenantId: string; sha256: string }[]> =>
  (
    await sql<{ tenantId: string; sha256: string }>`select tenant_id as "tenantId", sha256 from evidence_going(${most})`.execute(
      tx,
    )
  ).rows
export const markRemoved = (tx: Tx, sha256: string) => sql`select evidence_removed(${sha256})`.execute(tx)
