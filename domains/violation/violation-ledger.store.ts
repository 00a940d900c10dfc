import type { Plane } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'

/** What the detector reads of the ledger, and how far it has come. */
export interface ChainBehind {
  readonly tenantId: string
  readonly plane: Plane
  readonly size: number
}
export const listChainsBehind = async (tx: ReadTx): Promise<ChainBehind[]> =>
  (await sql<ChainBehind>`select tenant_id as "tenantId", plane, size from violation_chains_behind()`.execute(tx)).rows

/** Where the chain was left, held until the transaction ends; undefined while another scheduler is at it. */
export async function takePosition(tx: Tx, chain: ChainBehind): Promise<number | undefined> {
  await sql`insert into violation_position (tenant_id, plane, seq) values (${chain.tenantId}, ${chain.plane}, 0) on conflict do nothing`.execute(
    tx,
  )
  const { rows } = await sql<{
    seq: number
  }>`select seq from violation_position where tenant_id = ${chain.tenantId} and plane = ${chain.plane} for update skip locked`.execute(
    tx,
  )
  return rows[0]?.seq
}
export async function setPosition(tx: Tx, chain: ChainBehind, seq: number): Promise<void> {
  await sql`update violation_position set seq = ${seq} where tenant_id = ${chain.tenantId} and plane = ${chain.plane}`.execute(tx)
}

export interface WatchedRecord {
  readonly seq: number
  readonly at: Date
  readonly act: string
  readonly object: string
  readonly changeId: string | null
  readonly personId: string | null
  readonly decision: 'done' | 'refused'
  readonly code: string | null
  readonly rule: string | null
  readonly body: string
}
export const listWatched = async (
  tx: ReadTx,
  chain: ChainBehind,
  { after, to }: { readonly after: number; readonly to: number },
  acts: readonly string[],
): Promise<WatchedRecord[]> =>
  (
    await sql<WatchedRecord>`select seq, at, act, object, change_id as "changeId", person_id as "personId", decision, code, rule, body
      from violation_records(${chain.tenantId}, ${chain.plane}, ${after}, ${to}, ${[...acts]}::text[])`.execute(tx)
  ).rows
/** The same refusal of the same person before this one, the newest first. */
export const listRepeats = async (
  tx: ReadTx,
  chain: ChainBehind,
  of: Pick<WatchedRecord, 'seq' | 'personId' | 'code'>,
  { since, most }: { readonly since: Date; readonly most: number },
): Promise<Pick<WatchedRecord, 'seq' | 'at' | 'act' | 'body'>[]> =>
  (
    await sql<
      Pick<WatchedRecord, 'seq' | 'at' | 'act' | 'body'>
    >`select seq, at, act, body from violation_repeats(${chain.tenantId}, ${chain.plane}, ${of.seq}, ${since}, ${of.personId}::uuid, ${of.code}, ${most})`.execute(
      tx,
    )
  ).rows

export interface Place {
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly plane: Plane
  readonly changeId: string | null
  readonly changeNo: string | null
  readonly sessionId: string | null
  readonly executorId: string | null
}
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Whose an object is; undefined for what has no place, such as a channel or a role. */
export async function findPlace(tx: ReadTx, object: string): Promise<Place | undefined> {
  const [kind = '', id = ''] = object.split('/')
  if (!uuid.test(id)) return undefined
  const { rows } =
    await sql<Place>`select tenant_id as "tenantId", party_ids as "partyIds", plane, change_id as "changeId", change_no as "changeNo", session_id as "sessionId",
    executor_id as "executorId" from violation_place(${kind}, ${id}::uuid)`.execute(tx)
  return rows[0]
}
/** Whose rows the transaction sees now. */
export const presentTenant = async (tx: ReadTx): Promise<string> =>
  (await sql<{ tenant: string | null }>`select current_setting('app.tenant_id', true) as tenant`.execute(tx)).rows[0]?.tenant ??
  ''

/** One record that cannot be judged takes none of the others with it. */
export async function apart<T>(tx: Tx, run: () => Promise<T>): Promise<T> {
  await sql`savepoint violation`.execute(tx)
  try {
    const result = await run()
    await sql`release savepoint violation`.execute(tx)
    return result
  } catch (error) {
    await sql`rollback to savepoint violation`.execute(tx)
    throw error
  }
}
