import type { Announcements } from '@huabiao/domains/announcement/announcement.module'
import type { ApprovalStage, Reassignment } from '@huabiao/domains/approval/approval.model'
import type { OpenApproval, StoredApproval } from '@huabiao/domains/approval/approval.module'
import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { InformationSystem } from '@huabiao/domains/infosystem/infosystem.model'
import type { ArtifactStanding } from '@huabiao/domains/release/release.model'
import type { Actor, Door, PersonActor, Plane } from '@huabiao/kit/actor/actor'
import type { Holidays } from '@huabiao/kit/calendar/calendar'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import type { GuardModes } from './change-guard.model.ts'
import type { Change } from './change-record.model.ts'
import type { NextRun } from './change-run.model.ts'

/** What the change needs of the domains before it, and of the session domain after it; wired in the composition root. */
export interface ChangeDeps {
  readonly clock: Clock
  /** Live holders of a role (and duty) in a tenant; `party` where the tenant is that of a party and not known by id. */
  holders(tx: ReadTx, of: HolderQuery): Promise<readonly { personId: string; name: string; tenantId: string }[]>
  /** Names of persons of any tenant, for views. */
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Whose training is valid at that time (RL-24, G-QUAL). */
  qualified(tx: ReadTx, personIds: readonly string[], at: Date): Promise<ReadonlySet<string>>
  /** RAM actions the actor may perform: the same decision as the gate's. */
  actionsOf(tx: ReadTx, actor: Actor): Promise<ReadonlySet<string>>
  readonly approval: {
    open(tx: Tx, approval: OpenApproval): Promise<void>
    find(tx: ReadTx, kind: string, subjectId: string): Promise<StoredApproval | undefined>
    decide(
      tx: Tx,
      kind: string,
      subjectId: string,
      decision: { personId: string; hash: string; verdict: 'approve' | 'reject' | 'return'; note: string; at: Date },
    ): Promise<{ stage: string; complete: boolean }>
    voidAll(tx: Tx, kind: string, subjectId: string, reason: string, at: Date): Promise<number>
    reassign(tx: Tx, at: ApprovalPlace, of: Reassignment & { reason: string; byTenantId: string }): Promise<void>
    successors(
      tx: ReadTx,
      approval: StoredApproval,
      of: Omit<Reassignment, 'toId'>,
    ): Promise<readonly { personId: string; name: string }[]>
    /** Deputies who would join these stages if they ran out of time. */
    standIns(tx: ReadTx, approval: StoredApproval, stages: readonly ApprovalStage[]): Promise<readonly StandIn[]>
    /** It has: they join it. */
    callDeputies(tx: Tx, at: ApprovalPlace, stage: string): Promise<readonly StandIn[]>
  }
  readonly systems: { find(tx: ReadTx, ids: readonly string[]): Promise<InformationSystem[]> }
  readonly targets: { find(tx: ReadTx, ids: readonly string[]): Promise<Target[]> }
  /** Emergencies whose filing is owed by these people, or for these targets, whoever may see them (G-RETRO). */
  filingBlocks(tx: ReadTx, personIds: readonly string[], targetIds: readonly string[]): Promise<readonly { no: string }[]>
  /** Who is affected is told, and says so (G-NOTIFY). */
  readonly announcements: Announcements
  /** How files stand in the release register of a unit; what it does not name was never issued (RL-12). */
  readonly releases: {
    standings(tx: ReadTx, tenantId: string, sha256s: readonly string[]): Promise<ReadonlyMap<string, ArtifactStanding>>
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
  /** What the unit's session policies say of an act; undefined where they let it be. */
  sessionDenial(
    actor: PersonActor,
    act: {
      action: 'session:open' | 'session:step'
      targetName: string
      port: number
      channel: 'command' | 'script' | 'file' | 'interactive'
      danger: number
    },
  ): Promise<{ policy: string; target: string; dimensions: readonly string[] } | undefined>
  readonly signer: { signExecutionGrant(grant: object): Promise<SignedEnvelope> }
  /** Asked late: the session domain stands after this one. */
  sessions(): SessionPort
  /** Asked late: the transfer domain stands after this one. */
  contents(): ContentPort
  /** What a published standard-change model says for a change of it. Asked late: the template domain stands after this one. */
  authority(tx: ReadTx, change: Pick<Change, 'id' | 'state'>): Promise<Authority | undefined>
  readonly guardModes: GuardModes
  readonly minSoakSeconds: number
  readonly holidays: Holidays
}
/** The word of a standard-change model (itsm §2.1) in place of the approvals of one change. */
export interface Authority {
  readonly templateId: string
  readonly no: string
  readonly name: string
  readonly version: number
  readonly parameters: Readonly<Record<string, string>>
  readonly publishedBy: string | null
  readonly publishedAt: Date | null
  readonly reviewedBy: string | null
  readonly reviewedAt: Date | null
  readonly holds: boolean
  /** Why it does not, by name. */
  readonly reasons: readonly string[]
}
export interface ApprovalPlace {
  readonly kind: string
  readonly subjectId: string
  readonly now: Date
}
export interface StandIn {
  readonly stage: string
  readonly fromId: string
  readonly toId: string
  readonly tenantId: string
}

export interface HolderQuery {
  readonly role: string
  readonly duty: string | null
  readonly tenantId?: string
  readonly party?: 'management-unit'
}
export type { ApprovalStage }

/** Contents of artifacts that came in by upload, as the transfer domain keeps them; by SHA-256. */
export interface ContentPort {
  held(tx: ReadTx, changeId: string): Promise<ReadonlyMap<string, HeldContent>>
}
/** Where a gateway reads a content from: the transfer that brought it, in parts. */
export interface HeldContent {
  readonly transferId: string
  readonly bytes: number
  readonly parts: number
}

/** The bastion as the change sees it: sessions opened for a change, and commands queued to its gateway. */
export interface SessionPort {
  /** A gateway that has been heard of lately, or undefined. */
  gateway(tx: ReadTx, plane: Plane, now: Date): Promise<{ id: string } | undefined>
  open(tx: Tx, session: NewSession): Promise<{ sessionId: string; events: DomainEvent[] }>
  state(tx: ReadTx, sessionId: string): Promise<{ state: string; gatewayId: string } | undefined>
  /** Whether the session's own gateway has been heard of lately. */
  isServed(tx: ReadTx, sessionId: string, now: Date): Promise<boolean>
  /** Sessions of this change whose recording is neither sealed nor declared a gap (G-EVID). */
  openRecordings(tx: ReadTx, changeId: string): Promise<readonly string[]>
  /** Writes and registers the grant before it is signed: nothing can be started that is not known here. */
  grant(tx: Tx, request: GrantRequest): Promise<{ id: string; grant: object }>
  queueRun(
    tx: Tx,
    run: {
      sessionId: string
      gatewayId: string
      grant: SignedEnvelope
      stdin: string
      /** Instead of `stdin` where the content is too large to be queued. */
      content: HeldContent | null
      label: string
      stepKey: string | null
    },
  ): Promise<void>
  revokeGrant(tx: Tx, grantId: string): Promise<void>
  grantOfRun(tx: ReadTx, runId: string): Promise<string | null>
  pause(tx: Tx, sessionId: string, reason: string): Promise<DomainEvent[]>
  resume(tx: Tx, sessionId: string): Promise<DomainEvent[]>
  close(tx: Tx, sessionId: string, how: { drain: boolean; reason: string; at: Date }): Promise<DomainEvent[]>
}
/** One run as the grant must say it; the session domain adds what only it knows (principal, lifetime, nonce). */
export interface GrantRequest {
  readonly change: Pick<Change, 'id' | 'no' | 'tenantId' | 'partyIds' | 'plane' | 'windowEnd'> & { readonly planHash: string }
  readonly runId: string
  readonly next: NextRun
  readonly target: Target
  readonly executor: { readonly personId: string; readonly name: string }
  readonly reviewer: { readonly personId: string; readonly name: string } | null
  readonly guards: readonly { readonly guard: string; readonly inputsHash: string }[]
  readonly sessionId: string
  readonly gatewayId: string
  readonly now: Date
  readonly notAfter: Date
}
export interface NewSession {
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly plane: Plane
  readonly mode: 'plan-run' | 'observe' | 'interactive'
  readonly changeId: string
  readonly changeNo: string
  readonly title: string
  readonly executorId: string
  readonly executorName: string
  readonly reviewerId: string | null
  readonly reviewerName: string | null
  readonly targetNames: readonly string[]
  readonly door: Door
  readonly sourceIp: string
  readonly gatewayId: string
  readonly at: Date
}

/** What the session domain tells the change. Each answers the events to record with it. */
export interface ChangeRuns {
  started(tx: Tx, runId: string): Promise<DomainEvent[]>
  finished(tx: Tx, runId: string, result: RunReport): Promise<DomainEvent[]>
  /** The session of a running change ended, or its gateway asks for a stop: the change pauses. */
  interrupted(tx: Tx, changeId: string, reason: string, detail: string): Promise<DomainEvent[]>
}
export interface RunReport {
  readonly outcome: 'exited' | 'signalled' | 'timed-out' | 'not-started' | 'killed' | 'unknown'
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  readonly outputSha256: string
  readonly durationMs: number
  readonly detail: string
}
