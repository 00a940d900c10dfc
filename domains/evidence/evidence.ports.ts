import type { ObjectName, StoreFault } from './evidence.model.ts'

/**
 * Where evidence is kept: a local folder by default, S3-compatible object storage in production. Both name an object alike
 * (`objectPath`), so that a copy moves a deployment from one to the other, and both pass evidence-store.conformance.test.ts.
 * Every method throws Unavailable('evidence') where the store does not answer as it must.
 */
export interface ObjectStore {
  /** Stores the bytes durably under their SHA-256. Storing what is there already is no error and changes nothing. */
  put(name: ObjectName, bytes: Uint8Array, keepUntil: Date): Promise<void>
  /** The bytes, or undefined. The reader checks the digest. */
  get(name: ObjectName): Promise<Uint8Array | undefined>
  /** Removes what is over its term; what is gone already is no error. A store that locks refuses it before its own term. */
  remove(name: ObjectName): Promise<void>
  has(name: ObjectName): Promise<boolean>
  /** Digests of everything kept for a tenant, in ascending order. */
  list(tenantId: string): AsyncIterable<string>
  /** Why a write would not be kept now; undefined when it would. Never throws. */
  fault(): Promise<StoreFault | undefined>
}
