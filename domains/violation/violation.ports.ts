import type { PersonActor, Plane } from '@huabiao/kit/actor/actor'
import type { Holidays } from '@huabiao/kit/calendar/calendar'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'

import type { Place } from './violation-account.model.ts'

export interface Holder {
  readonly personId: string
  readonly tenantId: string
}
/** What violations need of earlier domains; wired in the composition root. */
export interface ViolationDeps {
  readonly clock: Clock
  readonly holidays: Holidays
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  holders(tx: ReadTx, of: { role: string; duty: string | null; tenantId?: string; party?: string }): Promise<readonly Holder[]>
  isAllowed(tx: ReadTx, actor: PersonActor, action: string): Promise<boolean>
  /** Whether a follower is registered to speak of that target. */
  mayFollow(followerId: string, target: string): boolean
  /** The public key of the authority that signs certificates for targets of a plane, as OpenSSH writes it. */
  authority(plane: Plane): Promise<string>
  /** A piece of evidence, checked against its digest. @throws Refusal, Unavailable */
  readEvidence(of: { tenantId: string; sha256: string }): Promise<Uint8Array>
  /** Where an address is, as far as the deployment knows its networks. */
  placeOf(address: string): Place | undefined
  /** Whether somebody holds a role that reaches production. */
  onDuty(tx: ReadTx, personId: string): Promise<boolean>
  trained(tx: ReadTx, ids: readonly string[], at: Date): Promise<ReadonlySet<string>>
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
