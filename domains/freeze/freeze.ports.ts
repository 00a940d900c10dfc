import type { Clock } from '@huabiao/kit/clock/clock'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'

/** What freezes need of others; wired in the composition root. */
export interface FreezeDeps {
  readonly clock: Clock
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  readonly systems: { find(tx: ReadTx, ids: readonly string[]): Promise<readonly { id: string; name: string }[]> }
  readonly targets: { find(tx: ReadTx, ids: readonly string[]): Promise<readonly { id: string; name: string }[]> }
  holders(
    tx: ReadTx,
    of: { role: string; duty: null; tenantId?: string; party?: 'management-unit' },
  ): Promise<readonly { personId: string; tenantId: string }[]>
  notify(
    tx: Tx,
    notices: readonly { tenantId: string; personId: string; kind: string; object: string; params: Record<string, string> }[],
  ): Promise<void>
  /** Asked late: the change domain stands after this one. */
  changes(): FrozenChanges
}
/** A change as an exception sees it. */
export interface FrozenChange {
  readonly id: string
  readonly no: string
  readonly tenantId: string
  readonly planHash: string | null
  readonly requesterId: string
  readonly managerId: string | null
  readonly executorId: string | null
  /** Everybody with a part in it. */
  readonly personIds: readonly string[]
}
export interface FrozenChanges {
  find(tx: ReadTx, changeId: string): Promise<FrozenChange | undefined>
  /** Whether this freeze holds this change in its window or now. */
  isHeldBy(tx: ReadTx, changeId: string, freezeId: string): Promise<boolean>
}
