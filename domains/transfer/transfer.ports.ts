import type { approvalModule } from '@huabiao/domains/approval/approval.module'
import type { ContentSlot } from '@huabiao/domains/change/change-plan.model'
import type { Evidence } from '@huabiao/domains/evidence/evidence.module'
import type { FetchPort } from '@huabiao/domains/session/session.module'
import type { PersonActor, Plane } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import type { RefusalCode } from '@huabiao/kit/errors/errors'

/** What transfers need of the domains before; wired in the composition root. */
export interface TransferDeps {
  readonly clock: Clock
  readonly evidence: Evidence
  readonly changes: {
    /** The artifacts of a change by its number, and why this person may bring none in now; undefined where they see no such change. */
    contents(tx: ReadTx, actor: PersonActor, of: { no: string } | { id: string }): Promise<ContentsOfChange | undefined>
    /** Changes into which this person may bring content now. */
    openTo(tx: ReadTx, actor: PersonActor): Promise<readonly ContentsOfChange[]>
  }
  readonly approval: Pick<ReturnType<typeof approvalModule>, 'open' | 'decide' | 'stages' | 'voidAll'>
  holders(
    tx: ReadTx,
    of: { role: string; duty: string | null; tenantId: string },
  ): Promise<readonly { personId: string; name: string }[]>
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  readonly fetches: FetchPort
  readonly sessions: {
    /** A grant that a gateway is about to use. @throws Refusal session.grant_not_found, session.other_gateway */
    liveGrant(tx: Tx, grantId: string, gatewayId: string): Promise<{ tenantId: string; changeId: string }>
  }
}
export interface ContentsOfChange {
  readonly change: {
    readonly id: string
    readonly no: string
    readonly tenantId: string
    readonly partyIds: readonly string[]
    readonly plane: Plane
  }
  readonly refusal: RefusalCode | undefined
  readonly slots: readonly (ContentSlot & { readonly held: boolean })[]
  /** Where the plan places them. */
  readonly targetNames: readonly string[]
}
