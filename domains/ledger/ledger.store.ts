import type { Plane } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { LedgerActor, RecordInput } from './ledger.model.ts'

declare module '@huabiao/kit/db/db' {
  interface Tables {
    ledger_record: {
      tenant_id: string
      plane: Plane
      seq: number
      at: Date
      act: string
      object: string
      change_id: string | null
      person_id: string | null
      actor_name: string
      decision: 'done' | 'refused'
      code: string | null
      rule: string | null
      body: string
      prev: string
      hash: string
    }
    ledger_tree_head: {
      tenant_id: string
      plane: Plane
      size: number
      root: string
      last: string
      at: Date
      payload: string
      signatures: HeadSignature[]
      peaks: string[]
    }
    ledger_chain: { tenant_id: string; plane: Plane; size: number; last: string; last_at: Date | null }
  }
}
export interface HeadSignature {
  alg: 'ed25519' | 'sm2'
  keyId: string
  value: string
}
export interface HeadRow {
  size: number
  root: string
  last: string
  at: Date
  payload: string
  signatures: HeadSignature[]
  peaks: string[]
}

/** Holds the head of a chain until the transaction ends. Chains are always locked in the order of their names, so two writers never deadlock. */
export async function lockHead(tx: Tx, tenantId: string, plane: Plane): Promise<{ size: number; last: string }> {
  const { rows } = await sql<{
    size: number
    last: string
  }>`select size, last from ledger_lock_head(${tenantId}::uuid, ${plane})`.execute(tx)
  return rows[0]!
}

export interface Link {
  readonly record: RecordInput
  readonly canonical: string
  readonly hash: string
}
/**
 * Continues a chain by any number of records in one statement: the group commit of the ledger. Whoever and whenever is the same for all
 * of them. There is no other way to add a record (ADR 10). Bodies go as one text, a line each, since canonical JSON has no raw line feed; quoted as elements of an array they cost as
 * much as making and hashing them (docs/bench.md, 2026-11-25).
 */
export async function insertRecords(
  tx: Tx,
  place: { tenant: string; plane: Plane; at: Date; actor: LedgerActor; size: number; last: string },
  links: readonly Link[],
): Promise<void> {
  const column = <T>(pick: (record: RecordInput) => T): T[] => links.map(({ record }) => pick(record))
  const { actor } = place
  await sql`select ledger_append(${place.tenant}::uuid, ${place.plane}, ${place.size}::bigint, ${place.last}, ${place.at}::timestamptz, ${actor.person ?? null}::uuid,
      ${actor.name ?? actor.service ?? ''}, ${column((r) => r.act)}::text[], ${column((r) => r.object)}::text[], ${column((r) => r.change ?? null)}::uuid[],
      ${column((r) => r.decision)}::text[], ${column((r) => r.code ?? null)}::text[], ${column((r) => r.rule ?? null)}::text[],
      ${links.map((link) => link.canonical).join('\n')}, ${links.map((link) => link.hash).join(' ')})`.execute(tx)
}

export interface DueChain {
  tenant_id: string
  plane: Plane
  size: number
  head_size: number
  head_at: Date | null
}
export const listDueChains = async (tx: ReadTx): Promise<DueChain[]> =>
  (await sql<DueChain>`select * from ledger_chains_due()`.execute(tx)).rows

export const listHashes = (
  tx: ReadTx,
  tenantId: string,
  plane: Plane,
  from: number,
  to: number,
): Promise<{ seq: number; hash: string }[]> =>
  tx
    .selectFrom('ledger_record')
    .select(['seq', 'hash'])
    .where('tenant_id', '=', tenantId)
    .where('plane', '=', plane)
    .where('seq', '>=', from)
    .where('seq', '<=', to)
    .orderBy('seq')
    .execute()

export const findHead = (tx: ReadTx, tenantId: string, plane: Plane, atLeast = 0): Promise<HeadRow | undefined> =>
  tx
    .selectFrom('ledger_tree_head')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('plane', '=', plane)
    .where('size', '>=', atLeast)
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst()

export async function insertHead(tx: Tx, tenantId: string, plane: Plane, head: HeadRow): Promise<void> {
  await tx
    .insertInto('ledger_tree_head')
    .values({ tenant_id: tenantId, plane, ...head, signatures: JSON.stringify(head.signatures) as never })
    .onConflict((clash) => clash.doNothing())
    .execute()
}
