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
  readonly pinned: boolean
  readonly findings: readonly Finding[]
}
export function verifyExport(path: string, pinnedKeys?: readonly object[], checkpointPath?: string): Promise<Verdict>
/** By GB/T 32918.2 with the default distinguishing id; the key as an uncompressed point, the signature as DER. */
export function sm2Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
