import type { CryptoSuite } from '@huabiao/kit/crypto/suite'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { fromHex, toHex } from '@huabiao/kit/merkle/bytes'
import { treeRoot } from '@huabiao/kit/merkle/merkle'
import { type EvidenceClass, retentionFloorDays, tombstoneMax } from './evidence.model.ts'
import type { ObjectStore } from './evidence.ports.ts'
import { type ExpiredObject, expireObjects, listDueClasses, listGoing, markRemoved } from './evidence.store.ts'

/** What one sweep takes at most; the rest waits for the next. */
const classesMax = 50
const removalsMax = 2_000

/** The tombstone (墓碑): what went, of which class and time, and the root over its digests (RFC 6962 over SM3), so that a verifier can tell loss from term. */
const tombstone = (tenantId: string, of: EvidenceClass, gone: readonly ExpiredObject[], suite: CryptoSuite) => ({
  type: 'evidence.expired',
  object: `evidence/${of}`,
  tenantId,
  class: of,
  floorDays: retentionFloorDays[of],
  count: gone.length,
  bytes: gone.reduce((sum, one) => sum + one.bytes, 0),
  from: gone[0]!.createdAt.toISOString(),
  to: gone.at(-1)!.createdAt.toISOString(),
  root: toHex(
    treeRoot(
      suite.digest,
      gone.map(({ sha256 }) => fromHex(sha256)!),
    ),
  ),
  digests: gone.map(({ sha256 }) => sha256),
})
export type Tombstone = ReturnType<typeof tombstone>

export interface ExpiryDeps {
  readonly db: Database
  readonly store: ObjectStore
  readonly suite: CryptoSuite
  /** Writes to the ledger in the transaction in which the objects are marked. */
  readonly record: (tx: Tx, events: readonly Tombstone[]) => Promise<void>
}

/**
 * Evidence that is over its term goes, by schedule and in this order: marked by the database, which alone decides that the term is over;
 * named in the ledger, in the same transaction; only then removed from the store. Answers how many objects were removed.
 */
export async function expireEvidence(
  { db, store, suite, record }: ExpiryDeps,
  onError: (what: string, error: unknown) => void,
): Promise<number> {
  for (const { tenantId, class: of } of await db.read({ kind: 'nobody' }, (tx) => listDueClasses(tx, classesMax)))
    await db
      .transact({ kind: 'tenant', tenantId }, async (tx) => {
        const gone = await expireObjects(tx, of, tombstoneMax)
        if (gone.length > 0) await record(tx, [tombstone(tenantId, of, gone, suite)])
      })
      .catch((error: unknown) => onError(`${tenantId} ${of}`, error))
  let removed = 0
  for (const { tenantId, sha256 } of await db.read({ kind: 'nobody' }, (tx) => listGoing(tx, removalsMax))) {
    try {
      await store.remove({ tenantId, sha256 })
      await db.transact({ kind: 'tenant', tenantId }, (tx) => markRemoved(tx, sha256))
      removed += 1
    } catch (error) {
      onError(`${tenantId} ${sha256}`, error)
      // A store that refuses one removal refuses the next: a locked bucket, or a key that may not delete.
      break
    }
  }
  return removed
}
