import { Buffer } from 'node:buffer'
import type { Actor, Plane } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { CryptoSuite } from '@huabiao/kit/crypto/suite'
import type { Tx } from '@huabiao/kit/db/db'
import { type LedgerBody, linkHash, recordBody } from './ledger.model.ts'
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

const planeOf = (actor: Actor | UnknownCaller, event: RecordableEvent): Plane =>
  event.plane ??
  (actor.kind === 'service' ? actor.plane : actor.kind === 'person' && actor.party === 'user-unit' ? 'tenant' : 'platform')
const tenantOf = (actor: Actor | UnknownCaller, event: RecordableEvent): string =>
  event.tenantId ?? (actor.kind === 'person' ? actor.tenantId : deploymentTenant)

export const ledgerService = ({ clock, suite }: { clock: Clock; suite: CryptoSuite }) => ({
  /**
   * Appends what happened, in the transaction of the act. Call it last: it holds the heads of the chains until the commit.
   * A group of many events costs one lock and one insert per chain.
   */
  append: async (tx: Tx, actor: Actor | UnknownCaller, events: readonly RecordableEvent[]): Promise<void> => {
    const chains = Map.groupBy(events, (event) => `${tenantOf(actor, event)} ${planeOf(actor, event)}`)
    for (const key of [...chains.keys()].sort()) {
      const [tenant, plane] = key.split(' ') as [string, Plane]
      const head = await lockHead(tx, tenant, plane)
      // Taken while the head is held, so that time never runs backwards along a chain.
      const at = clock.now()
      let last = head.last
      const links = chains.get(key)!.map((event, i) => {
        const body = bodyOf(actor, event, { seq: head.size + 1 + i, tenant, plane, at })
        const canonical = canonicalJson(body)
        last = linkHash(suite.digest, last, Buffer.from(canonical))
        return { body, canonical, hash: last }
      })
      await insertRecords(tx, { tenant, plane, at, ...head }, links)
    }
  },
})

function bodyOf(
  actor: Actor | UnknownCaller,
  event: RecordableEvent,
  place: { seq: number; tenant: string; plane: Plane; at: Date },
): LedgerBody {
  const { type, object, tenantId: _tenant, plane: _plane, changeId, decision, code, rule, ...data } = event
  const common = {
    ...place,
    act: type,
    object,
    decision: decision ?? ('done' as const),
    data,
    ...(changeId ? { change: changeId } : {}),
    ...(code ? { code } : {}),
    ...(rule ? { rule } : {}),
  }
  if (actor.kind !== 'visitor') return recordBody({ ...common, actor })
  const stand: Actor = {
    kind: 'service',
    service: 'gateway',
    serviceId: 'unknown',
    plane: place.plane,
    door: 'service',
    sourceIp: actor.sourceIp,
  }
  const door = actor.door as LedgerBody['actor']['door']
  return { ...recordBody({ ...common, actor: stand }), actor: { kind: 'service', service: 'visitor', door, ip: actor.sourceIp } }
}
