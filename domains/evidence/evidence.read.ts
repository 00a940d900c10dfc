/** What is kept, of every tenant: for who copies all of it as the owner of the database. */
export interface KeptObject {
  readonly tenant_id: string
  readonly sha256: string
  readonly sm3: string
  readonly keep_until: Date
}
/** What expired has its tombstone in the ledger, and no bytes to copy. */
export const everyObject =
  'select tenant_id, sha256, sm3, keep_until from evidence_object where expired_at is null order by tenant_id, sha256'
