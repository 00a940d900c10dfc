import type { Plane } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { HeadRow, HeadSignature } from './ledger.store.ts'

declare module '@huabiao/kit/db/db' {
  interface Tables {
    ledger_witnessed_head: {
      tenant_id: string
      plane: Plane
      size: number
      root: string
      at: Date
      payload: string
      signatures: HeadSignature[]
    }
  }
}

export interface ChainToWitness {
  tenant_id: string
  plane: Plane
  failures: number
  refusal: string | null
  refused_at: Date | null
  told_at: Date | null
}
export const listChainsToWitness = async (tx: ReadTx, at: Date, most: number): Promise<ChainToWitness[]> =>
  (await sql<ChainToWitness>`select * from ledger_chains_to_witness(${at}, ${most})`.execute(tx)).rows

export const findHeadOf = (tx: ReadTx, tenantId: string, plane: Plane, size: number): Promise<HeadRow | undefined> =>
  tx
    .selectFrom('ledger_tree_head')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('plane', '=', plane)
    .where('size', '=', size)
    .executeTakeFirst()

export type WitnessedRow = { size: number; root: string; at: Date; payload: string; signatures: readonly HeadSignature[] }
/** Keeps what the witness signed; the attempts that led to it are over. */
export async function insertWitnessed(tx: Tx, tenantId: string, plane: Plane, row: WitnessedRow): Promise<void> {
  await tx
    .insertInto('ledger_witnessed_head')
    .values({ tenant_id: tenantId, plane, ...row, signatures: JSON.stringify(row.signatures) as never })
    .onConflict((clash) => clash.doNothing())
    .execute()
  await sql`delete from ledger_witness_attempt where tenant_id = ${tenantId}::uuid and plane = ${plane}`.execute(tx)
}

export interface Attempt {
  readonly failures: number
  readonly nextAt: Date
  readonly refusal: string | null
  readonly refusedAt: Date | null
  readonly toldAt: Date | null
}
export const findAttempt = async (tx: ReadTx, tenantId: string, plane: Plane): Promise<Attempt | undefined> =>
  (
    await sql<Attempt>`select failures, next_at as "nextAt", refusal, refused_at as "refusedAt", told_at as "toldAt"
      from ledger_witness_attempt where tenant_id = ${tenantId} and plane = ${plane}`.execute(tx)
  ).rows[0]
/** The signer signs again: what it had refused stands as it should. A refusal of the witness ends only by its signature. */
export const endSignerRefusal = (tx: Tx, tenantId: string, plane: Plane) =>
  sql`delete from ledger_witness_attempt where tenant_id = ${tenantId} and plane = ${plane} and refusal like 'signer.%'`.execute(
    tx,
  )
export async function saveAttempt(tx: Tx, tenantId: string, plane: Plane, of: Attempt): Promise<void> {
  await sql`insert into ledger_witness_attempt (tenant_id, plane, failures, next_at, refusal, refused_at, told_at)
    values (${tenantId}, ${plane}, ${of.failures}, ${of.nextAt}, ${of.refusal}, ${of.refusedAt}, ${of.toldAt})
    on conflict (tenant_id, plane) do update set failures = excluded.failures, next_at = excluded.next_at,
      refusal = excluded.refusal, refused_at = excluded.refused_at, told_at = excluded.told_at`.execute(tx)
}

export interface WitnessStanding {
  readonly oldestUnseenAt: Date | null
  readonly refused: boolean
  readonly lastAt: Date | null
}
export const readStanding = async (tx: ReadTx): Promise<WitnessStanding> =>
  (
    await sql<WitnessStanding>`select oldest_unseen_at as "oldestUnseenAt", refused, last_at as "lastAt" from ledger_witness_standing()`.execute(
      tx,
    )
  ).rows[0]!

export const listWitnessed = (tx: ReadTx, tenantId: string, plane: Plane, limit: number) =>
  tx
    .selectFrom('ledger_witnessed_head')
    .select(['size', 'payload', 'signatures'])
    .where('tenant_id', '=', tenantId)
    .where('plane', '=', plane)
    .orderBy('size', 'desc')
    .limit(limit)
    .execute()
