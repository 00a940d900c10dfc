import type { Plane, ServiceActor } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { CryptoSuite } from '@huabiao/kit/crypto/suite'
import type { Tx } from '@huabiao/kit/db/db'
import { ledgerService } from './ledger.service.ts'

/** What a chain is told when the deployment goes on from a backup. */
export interface RestoredChain {
  readonly tenantId: string
  readonly plane: Plane
  /** Where the chain goes on: what it held when the backup was taken. */
  readonly size: number
  /** Records that the signer had signed beyond it and that are given up; unknown where the old signer is gone. */
  readonly discarded?: number
}

const restorer: ServiceActor = {
  kind: 'service',
  service: 'restore',
  serviceId: 'launcher',
  plane: 'platform',
  door: 'system',
  sourceIp: '127.0.0.1',
}

/**
 * The first record of every chain after a restore says so (RL-13): whoever holds a later head from before finds here why it is
 * no longer of this chain, and from which backup the chain goes on.
 */
export const recordRestore = (
  tx: Tx,
  deps: { clock: Clock; suite: CryptoSuite },
  backup: { id: string; takenAt: string; manifestSm3: string },
  chains: readonly RestoredChain[],
): Promise<void> =>
  ledgerService(deps).append(
    tx,
    restorer,
    chains.map(({ tenantId, plane, size, discarded }) => ({
      type: 'ledger.restored',
      object: `backup/${backup.id}`,
      tenantId,
      plane,
      takenAt: backup.takenAt,
      manifestSm3: backup.manifestSm3,
      size,
      ...(discarded === undefined ? {} : { discarded }),
    })),
  )
