import type { Clock } from '@huabiao/kit/clock/clock'
import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import type { ReadTx } from '@huabiao/kit/db/db'
import type { ReleaseStatement } from './release.model.ts'

/** What the register needs of others; wired in the composition root. */
export interface ReleaseDeps {
  readonly clock: Clock
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  readonly signer: { signRelease(statement: ReleaseStatement): Promise<SignedEnvelope> }
}
