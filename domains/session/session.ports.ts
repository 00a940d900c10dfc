import type { ChangeRuns } from '@huabiao/domains/change/change.module'
import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { Emergencies } from '@huabiao/domains/emergency/emergency.module'
import type { Evidence, StoreWatch } from '@huabiao/domains/evidence/evidence.module'
import type { Door, PersonActor, ServiceActor } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import type { CertificateRequest, SignerKeys } from '@huabiao/kit/crypto/signer-client'
import type { SecretRequest } from '@huabiao/kit/crypto/vault-client'
import type { Database, ReadTx, Tx } from '@huabiao/kit/db/db'
import type { Stages } from '@huabiao/kit/http/route'
import type { ExecutionGrant } from './session-grant.model.ts'

/** What the session domain needs; wired in the composition root. */
export interface SessionDeps {
  readonly db: Database
  readonly clock: Clock
  readonly evidence: Evidence
  /** Whether a recording would be kept now. */
  readonly store: StoreWatch
  /** The change's side of a run; asked late, because each needs the other. */
  runs(): ChangeRuns
  readonly targets: { find(tx: ReadTx, ids: readonly string[]): Promise<Target[]> }
  readonly signer: {
    keys(): Promise<SignerKeys>
    signExecutionGrant(grant: object): Promise<SignedEnvelope>
    signSshCertificate(of: CertificateRequest): Promise<string>
    openKeystrokes(of: { requestId: string; sessionId: string; announcement: string }): Promise<Uint8Array>
  }
  /** Kept credentials of targets that trust no authority; asked late, because they come after sessions. */
  kept(): KeptCredentials
  /** Break-glass: who may be where, asked when a terminal opens and while it is open. */
  readonly emergencies: Pick<Emergencies, 'mandateOfNo'>
  notify(tx: Tx, notices: readonly SessionNotice[]): Promise<void>
  /** What an observe session must be for: a change whose executor the person is, in a state in which looking is right. */
  observable(tx: ReadTx, actor: PersonActor, changeId: string): Promise<ObservableChange | undefined>
  /** A session token of a person for the web terminal, of door `web-terminal`. */
  issueToken(
    tx: Tx,
    of: {
      accountId: string
      personId: string
      tenantId: string
      door: Door
      sourceIp: string
      mfaAt: Date | null
      ttlMs: number
    },
  ): Promise<string>
  sessionDenial(
    actor: PersonActor,
    act: {
      action: 'session:open' | 'session:step'
      targetName: string
      port: number
      channel: 'observe' | 'fetch' | 'interactive'
      danger: number
    },
  ): Promise<{ policy: string; target: string; dimensions: readonly string[] } | undefined>
  localeOf(tx: ReadTx, actor: PersonActor): Promise<'zh-CN' | 'en'>
  /** WebSocket address of a gateway, as browsers reach it. */
  wsUrl(gatewayId: string): string | undefined
  isAllowed(tx: ReadTx, actor: PersonActor, action: string): Promise<boolean>
}
export interface SessionNotice {
  readonly tenantId: string
  readonly personId: string
  readonly kind: string
  readonly object: string
  readonly params: Record<string, string | number>
}
export interface ObservableChange {
  readonly id: string
  readonly no: string
  readonly title: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly plane: 'platform' | 'tenant'
  readonly planHash: string
  readonly windowEnd: Date | null
  readonly executorId: string
  readonly executorName: string
  readonly reviewerId: string | null
  readonly targetIds: readonly string[]
  readonly batchOf: Readonly<Record<string, number>>
}

export interface KeptCredentials {
  /** The box of a kept secret, recorded before it leaves; undefined where the grant's account has none. @throws Refusal, Unavailable */
  release(
    stages: Stages<ServiceActor>,
    of: { readonly grant: ExecutionGrant; readonly request: SecretRequest },
  ): Promise<string | undefined>
}

/** Wakes long polls of gateways; see session-gateway.jobs. */
export interface WorkBell {
  wait(gatewayId: string, ms: number): Promise<void>
}
