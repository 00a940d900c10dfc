import type { Clock } from '@huabiao/kit/clock/clock'
import type { ReadTx } from '@huabiao/kit/db/db'

export interface OrganizationDeps {
  readonly clock: Clock
  /** Keyed digest of a citizen identity number, 64 hex. */
  digestIdentity(identityNumber: string): string
  /** What is still open in a person's hands: live roles, changes, sole custody. Somebody who leaves hands over first (RL-25). */
  openItems(tx: ReadTx, personId: string): Promise<number>
}
