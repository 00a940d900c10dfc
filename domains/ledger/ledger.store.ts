import type { Plane } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { LedgerBody } from './ledger.model.ts'

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
  readonly body: LedgerBody
  readonly canonical: string
  readonly hash: string
}
/**
 * Continues a chain by any number of records in one statement: the group commit of the ledger. Whoever and whenever is the same for all
 * of them. Bodies go as one text, a line each, since canonical JSON has no raw line feed; quoted as elements of an array they cost as
 * much as making and hashing them (docs/bench.md, 2026-11-25).
 */
export async function insertRecords(
  tx: Tx,
  place: { tenant: string; plane: Plane; at: Date; size: number; last: string },
  links: readonly Link[],
): Promise<void> {
  const column = <T>(pick: (body: LedgerBody) => T): T[] => links.map(({ body }) => pick(body))
  const { actor } = links[0]!.body
  await sql`insert into ledger_record (tenant_id, plane, seq, at, act, object, change_id, person_id, actor_name, decision, code, rule, body, prev, hash)
    select ${place.tenant}::uuid, ${place.plane}, ${place.size}::bigint + n, ${place.at}::timestamptz, act, object, change_id, ${actor.person ?? null}::uuid,
      ${actor.name ?? actor.service ?? ''}, decision, code, rule, body, lag(hash, 1, ${place.last}) over (order by n), hash
    from unnest(${column((b) => b.act)}::text[], ${column((b) => b.object)}::text[], ${column((b) => b.change ?? null)}::uuid[], ${column((b) => b.decision)}::text[],
      ${column((b) => b.code ?? null)}::text[], ${column((b) => b.rule ?? null)}::text[], string_to_array(${links.map((link) => link.canonical).join('\n')}, E'\n'),
      string_to_array(${links.map((link) => link.hash).join(' ')}, ' ')) with ordinality as r (act, object, change_id, decision, code, rule, body, hash, n)`.execute(
    tx,
  )
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
