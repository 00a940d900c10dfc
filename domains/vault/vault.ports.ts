import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { Plane } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { KeptSecret, RotatedSecret, RotationRequest, SecretRequest } from '@huabiao/kit/crypto/vault-client'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import type { SecretKind } from './vault.model.ts'

/** What the vault needs of earlier domains; wired in the composition root. */
export interface VaultDeps {
  readonly clock: Clock
  readonly targets: { find(tx: ReadTx, ids: readonly string[]): Promise<Target[]> }
  readonly gateways: {
    of(tx: ReadTx, plane: Plane, now: Date): Promise<{ id: string } | undefined>
    queueRotation(tx: Tx, gatewayId: string, of: QueuedRotation): Promise<void>
  }
  readonly signer: {
    keepSecret(of: { accountId: string; kind: SecretKind; secret: string }): Promise<KeptSecret>
    /** In a box that only the gateway opens. */
    releaseSecret(of: SecretRequest): Promise<string>
    rotateSecret(of: RotationRequest): Promise<RotatedSecret>
  }
  holders(
    tx: ReadTx,
    of: { role: string; duty: null; tenantId: string },
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
export interface QueuedRotation {
  readonly rotationId: string
  readonly login: string
  readonly target: { readonly name: string; readonly host: string; readonly port: number; readonly hostKeySha256: string }
}
