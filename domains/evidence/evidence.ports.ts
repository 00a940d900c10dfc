/** Where evidence is kept: a local folder by default, S3-compatible object storage in production. Both pass evidence.conformance in the tests. */
export interface ObjectStore {
  /** Stores the bytes durably under their SHA-256 (64 hex). Storing what is there already is no error. @throws Unavailable('evidence') */
  put(sha256: string, bytes: Uint8Array): Promise<void>
  /** The bytes, or undefined. The reader checks the digest. @throws Unavailable('evidence') */
  get(sha256: string): Promise<Uint8Array | undefined>
  /** Answers whether a write would be durable now; a recorder asks before it opens (NT-D01). */
  isWritable(): Promise<boolean>
}
