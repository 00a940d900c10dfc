import type { Evidence } from '@huabiao/domains/evidence/evidence.module'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { Holidays } from '@huabiao/kit/calendar/calendar'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'

/** What the documentary track needs of others; wired in the composition root. */
export interface DocumentaryDeps {
  readonly clock: Clock
  readonly holidays: Holidays
  readonly evidence: Evidence
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  actionsOf(tx: ReadTx, actor: PersonActor): Promise<ReadonlySet<string>>
  holders(
    tx: ReadTx,
    of: { role: string; duty: null; tenantId?: string; party?: 'management-unit' },
  ): Promise<readonly { personId: string; tenantId: string }[]>
  notify(
    tx: Tx,
    notices: readonly {
      tenantId: string
      personId: string
      kind: string
      object: string
      params: Record<string, string | number>
    }[],
  ): Promise<void>
}
