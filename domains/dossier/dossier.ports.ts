import type { Evidence } from '@huabiao/domains/evidence/evidence.module'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { ReadTx } from '@huabiao/kit/db/db'
import type { PdfWriter } from '@huabiao/kit/pdf/pdf'

/** What dossiers need of others; wired in the composition root. */
export interface DossierDeps {
  readonly clock: Clock
  readonly evidence: Evidence
  readonly pdf: PdfWriter
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** The number of a change that the caller may see, or undefined. */
  changeNo(tx: ReadTx, changeId: string): Promise<string | undefined>
}
