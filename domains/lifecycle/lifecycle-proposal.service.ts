import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { departureSteps, sourceReasons } from './lifecycle.model.ts'
import type { LifecycleDeps } from './lifecycle.ports.ts'
import { begin, departureEvent, tellLeaving } from './lifecycle.service.ts'
import { lockDeparture, saveDeparture } from './lifecycle.store.ts'
import { listSaid, listTakenBack, type SaidOf } from './lifecycle-proposal.store.ts'

/** What sources of identity say of leavers: it waits for the administrator's word, takes nothing away, and is asked once. */

interface On {
  readonly tx: Tx
  readonly deps: LifecycleDeps
  readonly tenantId: string
}

/** Asks about whoever a source says is gone, and ends what no source says any more. Answers the events to record. */
export async function followSources(on: On): Promise<DomainEvent[]> {
  const { tx, deps, tenantId } = on
  const events: DomainEvent[] = []
  for (const said of await listSaid(tx, tenantId)) events.push(...(await follow(on, said)))
  for (const id of await listTakenBack(tx, tenantId)) {
    const of = await lockDeparture(tx, id)
    if (of.state !== 'proposed') continue
    await saveDeparture(tx, of, {
      state: departureSteps.cancel.to,
      cancelled: { by: null, at: deps.clock.now(), reason: sourceReasons.back },
    })
    await tellLeaving(on, of, 'departure.cancelled', await administrators(tx, deps, tenantId))
    events.push(departureEvent(of, 'departure.cancelled', { reason: sourceReasons.back, source: of.source }))
  }
  return events
}
async function follow({ tx, deps, tenantId }: On, said: SaidOf): Promise<DomainEvent[]> {
  const { personId, kind, isHere, works } = said
  const at = deps.clock.now()
  if (kind === 'leaver' && isHere) {
    const about = {
      kind: 'leave',
      lastDay: beijingDay(at),
      reason: sourceReasons.gone,
      source: said.source.slice(0, 60),
    } as const
    const of = await begin(tx, deps, { ...about, tenantId, personId, by: null })
    await tellLeaving({ tx, deps }, of, 'departure.proposed', await administrators(tx, deps, tenantId))
    return [departureEvent(of, 'departure.proposed', { reason: of.reason, source: of.source })]
  }
  // Whoever is gone leaves no more; whoever came back to a working account is back.
  if (kind === 'leaver' ? !isHere : isHere && works) await deps.settleProposals(tx, { personId, kind, at })
  return []
}
const administrators = async (tx: ReadTx, deps: LifecycleDeps, tenantId: string): Promise<string[]> =>
  (await Promise.all(['PAD', 'TAD'].map((role) => deps.holders(tx, { role, duty: null, tenantId }))))
    .flat()
    .map((one) => one.personId)
