import type { InformationSystem } from '@huabiao/domains/infosystem/infosystem.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'

/** What announcements need of others; wired in the composition root. */
export interface AnnouncementDeps {
  readonly clock: Clock
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  readonly systems: { find(tx: ReadTx, ids: readonly string[]): Promise<InformationSystem[]> }
  holders(
    tx: ReadTx,
    of: { role: string; duty: null; tenantId: string },
  ): Promise<readonly { personId: string; tenantId: string }[]>
  notify(
    tx: Tx,
    notices: readonly { tenantId: string; personId: string; kind: string; object: string; params: Record<string, string> }[],
  ): Promise<void>
}
