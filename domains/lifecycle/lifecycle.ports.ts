import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'

/** Who ended something: a person's id, or null where time did. */
export interface Ending {
  readonly tenantId: string
  readonly personId: string
  readonly by: string | null
  readonly at: Date
  readonly reason: string
}
/** What the life cycle of people asks of the domains before it; each answers the events to record. Wired in the composition root. */
export interface LifecycleDeps {
  readonly clock: Clock
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  peopleOf(tx: ReadTx, tenantId: string, ids: readonly string[]): Promise<ReadonlySet<string>>
  holders(
    tx: ReadTx,
    of: { role: string; duty: string | null; tenantId?: string; party?: string },
  ): Promise<readonly { personId: string; tenantId: string }[]>
  isAllowed(tx: ReadTx, actor: PersonActor, action: string): Promise<boolean>
  /** Whether the department is one of that unit. */
  isDepartmentOf(tx: ReadTx, tenantId: string, departmentId: string): Promise<boolean>
  /** Moves the person to a department of their unit, or to none. */
  movePerson(tx: Tx, personId: string, departmentId: string | null): Promise<void>
  /** The person is no longer of the unit. */
  personLeft(tx: Tx, personId: string, at: Date): Promise<void>
  /** One role, for ever; no events where it had ended already. */
  endRole(tx: Tx, bindingId: string, how: Pick<Ending, 'by' | 'at' | 'reason'>): Promise<DomainEvent[]>
  /** Every live or future role of the person, and what they asked for. */
  endRoles(tx: Tx, of: Ending): Promise<DomainEvent[]>
  /** Account off, sessions closed, keys and certificates revoked, terminals released. */
  closeAccount(tx: Tx, of: Ending): Promise<DomainEvent[]>
  /** Sessions of logon alone: the account stays. */
  endLogons(tx: Tx, of: Ending): Promise<DomainEvent[]>
  /** The account off and its sessions closed; nothing that it holds is lost. */
  suspendAccount(tx: Tx, of: Ending): Promise<DomainEvent[]>
  reopenAccount(tx: Tx, of: Ending): Promise<DomainEvent[]>
  /** One role counts for nothing for a while, and again; no events where it was so already. */
  holdRole(tx: Tx, bindingId: string, how: Pick<Ending, 'by' | 'at' | 'reason'>): Promise<DomainEvent[]>
  releaseRole(tx: Tx, bindingId: string, how: Pick<Ending, 'by' | 'at' | 'reason'>): Promise<DomainEvent[]>
  /** What sources of identity propose about the person is decided: nobody is asked any more. */
  settleProposals(tx: Tx, of: { personId: string; kind: 'joiner' | 'mover' | 'leaver'; at: Date }): Promise<void>
  /** What gateways do for the person ends at once. */
  endSessions(tx: Tx, of: Ending): Promise<DomainEvent[]>
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
