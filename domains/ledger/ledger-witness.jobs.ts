import type { Plane } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { CryptoSuite } from '@huabiao/kit/crypto/suite'
import type { Database, ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, Unavailable } from '@huabiao/kit/errors/errors'
import { fromHex, toHex } from '@huabiao/kit/merkle/bytes'
import { appendLeaf, type CompactRange, emptyRange, extensionProof, rangeRoot } from '@huabiao/kit/merkle/merkle'
import { chainOf, recordLeaf, type TreeHead } from './ledger.model.ts'
import { findHead, type HeadRow, listHashes } from './ledger.store.ts'
import { type HeadOffer, pauseAfterFailures, tellAgainMs, WitnessedHead } from './ledger-witness.model.ts'
import type { HeadWitness } from './ledger-witness.ports.ts'
import {
  type ChainToWitness,
  findAttempt,
  findHeadOf,
  insertWitnessed,
  listChainsToWitness,
  saveAttempt,
} from './ledger-witness.store.ts'

export interface WitnessAlarm {
  readonly tenantId: string
  readonly plane: Plane
  readonly code: string
  /** Sizes of the head that was refused, and of the one the witness has seen. */
  readonly size: number
  readonly seen: number
}
/** The record of a history that was refused a signature, by the signer or by the witness. */
export const historyRefused = ({ tenantId, plane, code, size, seen }: WitnessAlarm, rule: string | undefined) => ({
  type: 'ledger.history_refused',
  object: `ledger/${chainOf(tenantId, plane)}`,
  tenantId,
  plane,
  decision: 'refused' as const,
  code,
  ...(rule ? { rule } : {}),
  size,
  seen,
})
export interface WitnessDeps {
  readonly db: Database
  readonly clock: Clock
  readonly suite: CryptoSuite
  readonly witness: HeadWitness
  /** Tells whom it concerns, and the ledger, in the transaction in which the refusal is written down. */
  readonly alarm: (tx: Tx, of: WitnessAlarm) => Promise<void>
}

/** What one sweep takes at most. */
const sweepMax = 50
const pageRecords = 20_000

/**
 * Has the newest head of every chain counter-signed. A witness that is away is asked again later and nothing else waits for it; one
 * that refuses is an alarm. Answers how many heads were signed.
 */
export async function submitHeads(deps: WitnessDeps, onError: (chain: string, error: unknown) => void): Promise<number> {
  const due = await deps.db.read({ kind: 'nobody' }, (tx) => listChainsToWitness(tx, deps.clock.now(), sweepMax))
  let signed = 0
  for (const chain of due) {
    try {
      await submitHead(deps, chain)
      signed += 1
    } catch (error) {
      onError(chainOf(chain.tenant_id, chain.plane), error)
      if (!(error instanceof Unavailable) && !(error instanceof Refusal)) continue
      await noteFailure(deps, chain, error)
      // Who is away for one chain is away for all: each of them would wait for the same time-out.
      if (error instanceof Unavailable) break
    }
  }
  return signed
}

async function submitHead({ db, suite, witness }: WitnessDeps, { tenant_id: tenantId, plane }: ChainToWitness): Promise<void> {
  const scope = { kind: 'tenant', tenantId } as const
  const seen = await witness.last({ tenantId, plane })
  const offer = await makeOffer(db, suite, { tenantId, plane }, seen)
  if (!offer) return
  const { payload, signatures } = await witness.counterSign(offer.offer).catch((error: unknown) => {
    throw error instanceof Refusal ? new Refusal(error.code, { size: offer.size, seen: seen?.size ?? 0 }, error) : error
  })
  const { size, root, at } = WitnessedHead.parse(JSON.parse(payload))
  await db.transact(scope, (tx) => insertWitnessed(tx, tenantId, plane, { size, root, at: new Date(at), payload, signatures }))
}

/** The newest head, with the proof that it extends what the witness saw, as far as our records bear that out. */
async function makeOffer(
  db: Database,
  suite: CryptoSuite,
  chain: { tenantId: string; plane: Plane },
  seen: TreeHead | undefined,
): Promise<{ offer: HeadOffer; size: number } | undefined> {
  const { tenantId, plane } = chain
  const scope = { kind: 'tenant', tenantId } as const
  const [head, old] = await db.read(scope, async (tx) => [
    await findHead(tx, tenantId, plane),
    seen && (await findHeadOf(tx, tenantId, plane, seen.size)),
  ])
  if (!head) return undefined
  const offer = (proof: readonly string[]) => ({
    offer: { head: { payload: head.payload, signatures: [...head.signatures] }, proof: [...proof] },
    size: head.size,
  })
  // What is shorter than what the witness saw cannot extend it, and of the same length needs no proof: it will say so itself.
  if (!seen || head.size <= seen.size) return offer([])
  const from = old && isRangeOf(suite, old, seen) ? rangeOfHead(old) : await rangeOfRecords(db, suite, chain, seen.size)
  const added: Uint8Array[] = []
  while (from.size + added.length < head.size) {
    const next = from.size + added.length + 1
    const to = Math.min(next + pageRecords - 1, head.size)
    const rows = await db.read(scope, (tx) => listHashes(tx, tenantId, plane, next, to))
    if (rows.length === 0) break
    for (const { hash } of rows) added.push(recordLeaf(hash))
  }
  return offer(from.size === seen.size ? extensionProof(suite.digest, from, added).map(toHex) : [])
}

const rangeOfHead = (head: HeadRow): CompactRange => ({ size: head.size, peaks: head.peaks.map((peak) => fromHex(peak)!) })
const isRangeOf = (suite: CryptoSuite, head: HeadRow, seen: TreeHead): boolean =>
  head.root === seen.root && toHex(rangeRoot(suite.digest, rangeOfHead(head))) === seen.root

/** Where no head of ours is of that size, the range is made of the records themselves, page by page. */
async function rangeOfRecords(
  db: Database,
  suite: CryptoSuite,
  { tenantId, plane }: { tenantId: string; plane: Plane },
  size: number,
): Promise<CompactRange> {
  let range = emptyRange
  while (range.size < size) {
    const to = Math.min(range.size + pageRecords, size)
    const page = (tx: ReadTx) => listHashes(tx, tenantId, plane, range.size + 1, to)
    const rows = await db.read({ kind: 'tenant', tenantId }, page)
    if (rows.length === 0) break
    for (const { hash } of rows) range = appendLeaf(suite.digest, range, recordLeaf(hash))
  }
  return range
}

/**
 * The signer refused to sign a head: what lies in the database is not what it signed before. It weighs as much as a refusal of the
 * witness, and is told by the same rule.
 */
export async function noteSignerRefusal(
  { db, clock, alarm }: Pick<WitnessDeps, 'db' | 'clock' | 'alarm'>,
  { tenantId, plane, size }: { tenantId: string; plane: Plane; size: number },
  code: string,
): Promise<void> {
  const now = clock.now()
  await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
    const known = await findAttempt(tx, tenantId, plane)
    const isNews = known?.refusal !== code
    if (!isNews && now.getTime() - (known.toldAt?.getTime() ?? 0) <= tellAgainMs) return
    const refusedAt = isNews ? now : known.refusedAt
    await saveAttempt(tx, tenantId, plane, { failures: 1, nextAt: now, refusal: code, refusedAt, toldAt: now })
    await alarm(tx, { tenantId, plane, code, size, seen: 0 })
  })
}

/** Writes down that it failed and when to try again; a refusal is told when it is new, and again after a day. */
async function noteFailure(deps: WitnessDeps, chain: ChainToWitness, error: Refusal | Unavailable): Promise<void> {
  const { tenant_id: tenantId, plane } = chain
  const now = deps.clock.now()
  const refusal = error instanceof Refusal ? error.code : chain.refusal
  const failures = chain.failures + 1
  const isNews = error instanceof Refusal && error.code !== chain.refusal
  const pause = pauseAfterFailures(error instanceof Refusal ? 'refused' : 'away', isNews ? 1 : failures)
  const tell = error instanceof Refusal && (isNews || now.getTime() - (chain.told_at?.getTime() ?? 0) > tellAgainMs)
  await deps.db.transact({ kind: 'tenant', tenantId }, async (tx) => {
    await saveAttempt(tx, tenantId, plane, {
      failures: isNews ? 1 : failures,
      nextAt: new Date(now.getTime() + pause),
      refusal,
      refusedAt: isNews ? now : chain.refused_at,
      toldAt: tell ? now : chain.told_at,
    })
    if (!tell) return
    const { size = 0, seen = 0 } = error.params as { size?: number; seen?: number }
    await deps.alarm(tx, { tenantId, plane, code: error.code, size, seen })
  })
}
