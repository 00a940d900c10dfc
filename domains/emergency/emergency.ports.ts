import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { InformationSystem } from '@huabiao/domains/infosystem/infosystem.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { Holidays } from '@huabiao/kit/calendar/calendar'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import type { EmergencyMandate } from './emergency.model.ts'

/** Emergencies as later domains see them: the session domain asks before it opens a raw terminal, and while it is open. */
export interface Emergencies {
  /** Undefined where there is none, or the caller may not see it. `actor` is whoever asks; null for work of the platform itself. */
  mandate(tx: ReadTx, actor: PersonActor | null, emergencyId: string): Promise<EmergencyMandate | undefined>
  /** The same by the number that people type. */
  mandateOfNo(tx: ReadTx, no: string): Promise<EmergencyMandate | undefined>
}

/** A session of an emergency as its recording tells it; sealed, a declared gap, or still open. */
export interface EmergencySession {
  readonly sessionId: string
  readonly state: string
  readonly openedAt: Date | null
  readonly closedAt: Date | null
  readonly targetNames: readonly string[]
  /** SM3 of the sealed manifest; null while it is open or where it is a gap. */
  readonly manifestSm3: string | null
  /** What was run, in order; `atMs` from the session's beginning, `source` where it was seen (typed, execve). */
  readonly commands: readonly { readonly atMs: number; readonly text: string; readonly source: string }[]
}
/** The recording's side; filled by the session domain in the composition root. */
export interface EmergencyEvidence {
  sessionsOf(tx: ReadTx, emergencyId: string): Promise<readonly EmergencySession[]>
  /** Ends whatever session of it is still open; answers the events to record. */
  endSessions(tx: Tx, emergencyId: string, of: { readonly reason: string; readonly at: Date }): Promise<readonly DomainEvent[]>
}
/** A case that the violation domain opens. */
export interface EmergencyFinding {
  readonly entry: 'V-P3' | 'V-P4'
  readonly intent: 'fact'
  readonly object: string
  readonly person: string
  readonly tenantId: string
  readonly plane: 'platform' | 'tenant'
  readonly rule: string
  readonly detail: Readonly<Record<string, string | number>>
  readonly at: Date
}
export interface Person {
  readonly personId: string
  readonly name: string
  readonly tenantId: string
}

/** What an emergency needs of other domains; wired in the composition root. */
export interface EmergencyDeps {
  readonly clock: Clock
  readonly holidays: Holidays
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Whose training is valid at that time (G-QUAL). */
  qualified(tx: ReadTx, personIds: readonly string[], at: Date): Promise<ReadonlySet<string>>
  holders(tx: ReadTx, of: { role: string; duty: string | null; tenantId?: string; party?: string }): Promise<readonly Person[]>
  actionsOf(tx: ReadTx, actor: PersonActor): Promise<ReadonlySet<string>>
  readonly systems: { find(tx: ReadTx, ids: readonly string[]): Promise<InformationSystem[]> }
  readonly targets: { find(tx: ReadTx, ids: readonly string[]): Promise<Target[]> }
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
  /** Asked late: session and violation stand after this domain. */
  evidence(): EmergencyEvidence
  raise(tx: Tx, found: EmergencyFinding): Promise<readonly DomainEvent[]>
}
