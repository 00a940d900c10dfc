import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { InformationSystem } from '@huabiao/domains/infosystem/infosystem.model'
import type { Plane } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { CheckCertificate, CheckRequest, SignerKeys } from '@huabiao/kit/crypto/signer-client'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'

/** What enrolment needs of earlier domains; wired in the composition root. */
export interface EnrolmentDeps {
  readonly clock: Clock
  /** Where followers and terminals reach the control plane. */
  readonly controlPlaneUrl: string
  readonly systems: { find(tx: ReadTx, ids: readonly string[]): Promise<InformationSystem[]> }
  readonly targets: {
    find(tx: ReadTx, ids: readonly string[]): Promise<Target[]>
    list(tx: ReadTx, page: { after?: string | undefined; limit: number; text?: string | undefined }): Promise<Target[]>
    insert(tx: Tx, target: Omit<Target, 'systemName' | 'unitName'> & { partyIds: string[] }): Promise<void>
  }
  readonly gateways: {
    /** A gateway of the plane that is there now. */
    of(tx: ReadTx, plane: Plane, now: Date): Promise<{ id: string } | undefined>
    queueCheck(tx: Tx, gatewayId: string, check: QueuedCheck): Promise<void>
  }
  readonly signer: { keys(): Promise<SignerKeys>; signCheckCertificates(of: CheckRequest): Promise<readonly CheckCertificate[]> }
}
export interface QueuedCheck {
  readonly checkId: string
  readonly target: { readonly name: string; readonly host: string; readonly port: number; readonly hostKeySha256: string }
  readonly accounts: readonly { readonly name: string; readonly login: string }[]
}
