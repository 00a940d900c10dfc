import type { Clock } from '@huabiao/kit/clock/clock'
import type { ReadTx } from '@huabiao/kit/db/db'

/** What approval needs of the domains before it; wired in the composition root. */
export interface ApprovalDeps {
  readonly clock: Clock
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Live holders of a role in a unit. */
  holders(
    tx: ReadTx,
    of: { role: string; duty: string | null; tenantId: string },
  ): Promise<readonly { personId: string; name: string; tenantId: string }[]>
}
