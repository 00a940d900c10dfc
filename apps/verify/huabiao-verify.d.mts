export interface Finding {
  readonly code: string
  /** Line of the file, from 1. */
  readonly line: number
  /** Number of the record, or of the first of those up to `to`. */
  readonly seq: number
  readonly to?: number
  readonly object: string
}
export interface Verdict {
  readonly ok: boolean
  readonly chain: string
  readonly records: number
  readonly treeHeads: number
  /** Size up to which signed heads bear the records out. */
  readonly proved: number
  /** Size up to which the witness's heads are of these records. */
  readonly witnessed: number
  /** Sessions with recorded segments; how many segments were read anew, and the bytes of those that held. */
  readonly recordings: number
  readonly segments: number
  readonly bytes: number
  /** Segments that are gone by their term, as tombstones say. */
  readonly expired: number
  readonly pinned: boolean
  readonly findings: readonly Finding[]
}
/** What comes by another way than the export: the witness's keys and the heads it kept itself, and the recordings' very bytes. */
export interface Besides {
  readonly witnessKeys?: readonly object[] | undefined
  readonly witnessPath?: string | undefined
  /** The bytes under a tenant's digest; undefined where there are none. */
  readonly readEvidence?: (tenant: string, sha256: string) => Promise<Uint8Array | undefined>
}
export function verifyExport(
  path: string,
  pinnedKeys?: readonly object[],
  checkpointPath?: string,
  besides?: Besides,
): Promise<Verdict>
export function evidenceFolder(folder: string): (tenant: string, sha256: string) => Promise<Uint8Array | undefined>
/** By GB/T 32918.2 with the default distinguishing id; the key as an uncompressed point, the signature as DER. */
export function sm2Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean

/** What of a dossier is not as the ledger says; `seq` is 0 where no record is meant. */
export interface DossierFinding {
  readonly code: string
  readonly object: string
  readonly seq: number
}
export function verifyDossier(
  exportPath: string,
  dossierPath: string,
): Promise<{
  readonly ok: boolean
  readonly change: string
  readonly sm3: string
  readonly records: number
  readonly findings: readonly DossierFinding[]
}>
