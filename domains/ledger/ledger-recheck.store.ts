import type { Plane } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'

export interface RecheckResult {
  readonly tenantId: string
  readonly plane: Plane
  readonly records: number
  readonly recordings: number
  readonly segments: number
  readonly expired: number
  readonly bytes: number
  readonly faults: number
  readonly findings: readonly { readonly code: string; readonly seq: number; readonly object: string }[]
}
export async function insertRecheck(tx: Tx, id: string, of: RecheckResult, at: Date): Promise<void> {
  await sql`insert into ledger_recheck (id, tenant_id, plane, at, records, recordings, segments, bytes, faults, findings)
    values (${id}, ${of.tenantId}, ${of.plane}, ${at}, ${of.records}, ${of.recordings}, ${of.segments}, ${of.bytes}, ${of.faults}, ${JSON.stringify(of.findings)}::jsonb)`.execute(
    tx,
  )
}
export const listAllChains = async (tx: ReadTx, most: number): Promise<{ tenantId: string; plane: Plane; size: number }[]> =>
  (
    await sql<{
      tenantId: string
      plane: Plane
      size: number
    }>`select tenant_id as "tenantId", plane, size from ledger_chains_all(${most})`.execute(tx)
  ).rows

/** How many faults the last look at a chain found; undefined before the first. */
export const lastFaults = async (tx: ReadTx, tenantId: string, plane: Plane): Promise<number | undefined> =>
  (
    await sql<{
      faults: number
    }>`select faults from ledger_recheck where tenant_id = ${tenantId} and plane = ${plane} order by at desc limit 1`.execute(tx)
  ).rows[0]?.faults

export const readRecheckStanding = async (tx: ReadTx): Promise<{ oldestAt: Date | null; unchecked: boolean; failed: boolean }> =>
  (
    await sql<{
      oldestAt: Date | null
      unchecked: boolean
      failed: boolean
    }>`select oldest_at as "oldestAt", unchecked, failed from ledger_recheck_standing()`.execute(tx)
  ).rows[0]!
