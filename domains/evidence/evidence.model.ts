import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** Evidence (证据): objects named by their content. The same bytes are stored once; no name can ever point at other bytes. */
export const evidenceClasses = ['recording', 'document', 'test', 'dossier'] as const
export type EvidenceClass = (typeof evidenceClasses)[number]

/** Days a class is kept at least; configuration may lengthen, never shorten (RL-36, S3-A.8-05: six months). */
export const retentionFloorDays: Readonly<Record<EvidenceClass, number>> = {
  recording: 180,
  document: 365,
  test: 365,
  dossier: 3650,
}

/** Days that a deployment keeps each class: its own wish where that is longer than the floor. */
export type RetentionDays = Readonly<Partial<Record<EvidenceClass, number>>>
export const keptDays = (of: EvidenceClass, wished: RetentionDays = {}): number =>
  Math.max(retentionFloorDays[of], wished[of] ?? 0)
/** A wish below a floor is refused, never quietly raised: whoever wrote it believes in something that will not happen (RL-36). */
export const retentionRefusal = (wished: RetentionDays): 'ledger.retention_below_floor' | undefined =>
  evidenceClasses.some((one) => (wished[one] ?? Number.POSITIVE_INFINITY) < retentionFloorDays[one])
    ? 'ledger.retention_below_floor'
    : undefined

/** What one tombstone names at most: its record stays far below the largest that is exported. */
export const tombstoneMax = 500

/** An object is the tenant's whose it is (RL-30), and the name is its content. */
export interface ObjectName {
  readonly tenantId: string
  readonly sha256: string
}

/** The largest single piece of evidence. Recordings come in segments of 256 KiB; the largest document is far below it. */
export const objectMaxBytes = 128 * 1024 * 1024

/** `<tenant>/<first two hex>/<sha256>`, in a folder as in a bucket. A name of another shape is a bug, and never becomes a path. */
export function objectPath({ tenantId, sha256 }: ObjectName): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(tenantId)) throw new TypeError('not a tenant')
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError('not a digest')
  return `${tenantId}/${sha256.slice(0, 2)}/${sha256}`
}

/** What keeps a store from keeping: each has another mend (`huabiao doctor`). */
export const storeFaults = ['unreachable', 'slow', 'full', 'unwritable', 'credentials', 'clock', 'bucket', 'refused'] as const
export interface StoreFault {
  readonly kind: (typeof storeFaults)[number]
  /** What the store said, without secrets. */
  readonly detail: string
}

export const evidenceRefusals = {
  'evidence.not_found': { status: 404 },
  'evidence.digest_mismatch': { status: 422, rule: 'RL-36' },
  'evidence.too_large': { status: 413 },
} as const satisfies RefusalTable
export type EvidenceRefusal = keyof typeof evidenceRefusals
