import type { Clock } from '@huabiao/kit/clock/clock'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import type { Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { type EvidenceClass, keptDays, type ObjectName, objectMaxBytes, type RetentionDays } from './evidence.model.ts'
import type { ObjectStore } from './evidence.ports.ts'
import { storeWatch } from './evidence-watch.service.ts'

export type { ObjectStore } from './evidence.ports.ts'
export { everyObject, type KeptObject } from './evidence.read.ts'
export { folderStore } from './evidence-folder.store.ts'
export { type BucketAddress, bucketStore } from './evidence-s3.store.ts'

import { insertObject } from './evidence.store.ts'

export interface EvidenceDeps {
  clock: Clock
  store: ObjectStore
  /** Longer terms than the floors, where the deployment wishes them. */
  retention?: RetentionDays | undefined
}

/** Evidence as other domains use it: bytes first become durable (outside any transaction), then the index row joins the act's transaction. */
export const evidenceModule = ({ clock, store, retention }: EvidenceDeps) => {
  const keepUntil = (kind: EvidenceClass, at: Date): Date => new Date(at.getTime() + keptDays(kind, retention) * 86_400_000)
  return {
    /** Whether bytes would be kept now. */
    watch: storeWatch(store),
    /** Stores the bytes and checks them against what the sender claims. @throws Refusal evidence.digest_mismatch, Unavailable */
    keep: async (
      bytes: Uint8Array,
      claimed: { tenantId: string; sha256: string; sm3: string; class: EvidenceClass },
    ): Promise<void> => {
      if (bytes.length > objectMaxBytes) throw new Refusal('evidence.too_large')
      if (toHex(sha256(bytes)) !== claimed.sha256 || toHex(sm3(bytes)) !== claimed.sm3)
        throw new Refusal('evidence.digest_mismatch')
      await store.put({ tenantId: claimed.tenantId, sha256: claimed.sha256 }, bytes, keepUntil(claimed.class, clock.now()))
    },
    index: (
      tx: Tx,
      object: { tenantId: string; sha256: string; sm3: string; class: EvidenceClass; bytes: number },
    ): Promise<void> => {
      const at = clock.now()
      return insertObject(tx, { ...object, at, keepUntil: keepUntil(object.class, at) })
    },
    /** The bytes, checked again: evidence that no longer matches its digest is not evidence. @throws Refusal, Unavailable */
    read: async (name: ObjectName): Promise<Uint8Array> => {
      const bytes = await store.get(name)
      if (!bytes) throw new Refusal('evidence.not_found')
      if (toHex(sha256(bytes)) !== name.sha256) throw new Refusal('evidence.digest_mismatch')
      return bytes
    },
  }
}
export { expireEvidence } from './evidence.jobs.ts'
export type { StoreWatch } from './evidence-watch.service.ts'
export type Evidence = ReturnType<typeof evidenceModule>
