import type { OpenApproval, StoredApproval } from '@huabiao/domains/approval/approval.module'
import type { NewStandardChange } from '@huabiao/domains/change/change.module'
import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { InformationSystem } from '@huabiao/domains/infosystem/infosystem.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'

/** What models need of others; wired in the composition root. */
export interface TemplateDeps {
  readonly clock: Clock
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  holders(
    tx: ReadTx,
    of: { role: string; duty: string | null; tenantId: string },
  ): Promise<readonly { personId: string; name: string }[]>
  readonly systems: { find(tx: ReadTx, ids: readonly string[]): Promise<InformationSystem[]> }
  readonly targets: { find(tx: ReadTx, ids: readonly string[]): Promise<Target[]> }
  readonly approval: {
    open(tx: Tx, approval: OpenApproval): Promise<void>
    decide(
      tx: Tx,
      kind: string,
      subjectId: string,
      decision: { personId: string; hash: string; verdict: 'approve' | 'reject' | 'return'; note: string; at: Date },
    ): Promise<{ stage: string; complete: boolean }>
    stages(
      tx: ReadTx,
      kind: string,
      subjectIds: readonly string[],
      personId: string,
    ): Promise<
      ReadonlyMap<
        string,
        {
          refusal: string | null
          stages: readonly { key: string; state: string; candidateIds: readonly string[]; decisions: StoredApproval['notes'] }[]
        }
      >
    >
  }
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
  readonly changes: {
    /** Drafts the change with its plan saved. @throws Refusal whatever saving a plan refuses */
    draftStandard(
      tx: Tx,
      actor: PersonActor,
      of: NewStandardChange,
    ): Promise<{ changeId: string; no: string; partyIds: readonly string[]; events: DomainEvent[] }>
    candidates(
      tx: ReadTx,
      of: { tenantId: string },
    ): Promise<{
      executors: readonly { personId: string; name: string }[]
      reviewers: readonly { personId: string; name: string }[]
    }>
  }
}
