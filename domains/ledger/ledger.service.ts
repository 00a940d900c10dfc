import { Buffer } from 'node:buffer'
import { type Actor, type Plane, planeOf } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { CryptoSuite } from '@huabiao/kit/crypto/suite'
import type { Tx } from '@huabiao/kit/db/db'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { bodyWriter, type LedgerActor, ledgerActor, linkHash, type RecordInput, recordLeaf } from './ledger.model.ts'
import { insertRecords, lockHead } from './ledger.store.ts'

/** Records of no tenant (a logon by an unknown name, the start of a process) go to the chain of the deployment itself. */
export const deploymentTenant = '00000000-0000-0000-0000-000000000000'

/** Somebody without a session, as the ledger sees them. */
export interface UnknownCaller {
  readonly kind: 'visitor'
  readonly sourceIp: string
  readonly door: string
}
export type RecordableEvent = DomainEvent & {
  readonly decision?: 'done' | 'refused'
  readonly code?: string
  readonly rule?: string
  readonly plane?: Plane
}

const planeFor = (actor: Actor | UnknownCaller, event: RecordableEvent): Plane =>
  event.plane ?? (actor.kind === 'service' ? actor.plane : actor.kind === 'person' ? planeOf(actor.party) : 'platform')
const tenantOf = (actor: Actor | UnknownCaller, event: RecordableEvent): string =>
  event.tenantId ?? (actor.kind === 'person' ? actor.tenantId : deploymentTenant)

export const ledgerService = ({ clock, suite }: { clock: Clock; suite: CryptoSuite }) => ({
  /**
   * Appends what happened, in the transaction of the act. Call it last: it holds the heads of the chains until the commit.
   * A group of many events costs one lock and one insert per chain.
   */
  append: async (tx: Tx, actor: Actor | UnknownCaller, events: readonly RecordableEvent[]): Promise<void> => {
    const chains = Map.groupBy(events, (event) => `${tenantOf(actor, event)} ${planeFor(actor, event)}`)
    for (const key of [...chains.keys()].sort()) {
      const [tenant, plane] = key.split(' ') as [string, Plane]
      const head = await lockHead(tx, tenant, plane)
      // Taken while the head is held, so that time never runs backwards along a chain.
      const at = clock.now()
      const who = recordedActor(actor)
      const write = bodyWriter({ tenant, plane, at, actor: who })
      let last = recordLeaf(head.last)
      const links = chains.get(key)!.map((event, i) => {
        const record = recordOf(event, head.size + 1 + i)
        const canonical = write(record)
        last = linkHash(suite.digest, last, Buffer.from(canonical))
        return { record, canonical, hash: toHex(last) }
      })
      await insertRecords(tx, { tenant, plane, at, actor: who, ...head }, links)
    }
  },
})

function recordOf(event: RecordableEvent, seq: number): RecordInput {
  const { type, object, tenantId: _tenant, plane: _plane, changeId, decision, code, rule, ...data } = event
  return { seq, act: type, object, change: changeId, decision: decision ?? 'done', code, rule, data }
}

const recordedActor = (actor: Actor | UnknownCaller): LedgerActor =>
  actor.kind === 'visitor'
    ? { kind: 'service', service: 'visitor', door: actor.door as LedgerActor['door'], ip: actor.sourceIp }
    : ledgerActor(actor)
