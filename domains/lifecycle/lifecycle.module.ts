import type { PersonActor } from '@huabiao/kit/actor/actor'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './lifecycle.contract.ts'
import type { LifecycleDeps } from './lifecycle.ports.ts'
import { addThing, cancel, complete, confirm, declare, offer, peopleIn, settle, toItem, view } from './lifecycle.service.ts'
import { goneAtOf, listDepartures, listHeld } from './lifecycle.store.ts'
import { handover } from './lifecycle-handover.model.ts'
import * as norm from './lifecycle-norm.contract.ts'
import { actorsOf, ask, joiners, reopen, toFindings, toSuspension } from './lifecycle-norm.service.ts'
import { countFigures, listFindings, listSuspensionRows } from './lifecycle-norm.store.ts'
import { reviewRoutes } from './lifecycle-review-routes.service.ts'

export { type LifecycleJobs, sweepCampaigns, sweepDepartures, sweepNorms, sweepProposals } from './lifecycle.jobs.ts'
export type { Ending, LifecycleDeps } from './lifecycle.ports.ts'

export function lifecycleModule(deps: LifecycleDeps) {
  const doing = (tx: Tx, actor: PersonActor) => ({ tx, deps, actor })
  const routes: Route[] = [
    look(contract.listDepartures, async (tx, actor, { query }) => {
      const seesAll = await deps.isAllowed(tx, actor, 'lifecycle:oversee')
      const { personId } = actor
      const rows = await listDepartures(tx, {
        after: query.after,
        limit: query.limit,
        open: query.show === 'open',
        seesAll,
        personId,
      })
      const names = await deps.names(tx, peopleIn(rows))
      return {
        view: {
          items: rows.map((row) => toItem(row, names, row.offeredToMe)),
          next: rows.length === query.limit ? rows.at(-1)!.id : null,
        },
      }
    }),
    look(contract.getDeparture, async (tx, actor, { params }) => ({ view: await view(tx, deps, actor, params.departureId) })),
    handle(contract.declareDeparture, (tx, actor, { body }) => declare(doing(tx, actor), body)),
    handle(contract.confirmDeparture, (tx, actor, { params, ifMatch }) => confirm(doing(tx, actor), params.departureId, ifMatch)),
    handle(contract.cancelDeparture, (tx, actor, { params, body, ifMatch }) =>
      cancel(doing(tx, actor), params.departureId, body.reason, ifMatch),
    ),
    handle(contract.offerItem, (tx, actor, { params, body }) => offer(doing(tx, actor), params.departureId, body)),
    handle(contract.settleItem, (tx, actor, { params, body }) => settle(doing(tx, actor), params.departureId, body)),
    handle(contract.addThing, (tx, actor, { params, body }) => addThing(doing(tx, actor), params.departureId, body)),
    handle(contract.completeDeparture, (tx, actor, { params, ifMatch }) =>
      complete(doing(tx, actor), params.departureId, ifMatch),
    ),
    look(norm.listJoiners, async (tx, actor) => ({ view: await joiners(tx, actor.tenantId, deps.clock.now()) })),
    look(norm.listNormFindings, async (tx, _actor, { query }) => {
      const { show, ...page } = query
      const rows = await listFindings(tx, { ...page, open: show === 'open' })
      return {
        view: { items: await toFindings(tx, deps, rows), next: rows.length === query.limit ? rows.at(-1)!.id : null },
      }
    }),
    look(norm.listSuspensions, async (tx, actor, { query }) => {
      const rows = await listSuspensionRows(tx, query)
      const asker = await actorsOf(tx, deps, actor)
      const names = await deps.names(tx, [...new Set(rows.flatMap((row) => row.askedBy ?? []))])
      const items = rows.map((row) => toSuspension(row, names, asker))
      return { view: { items, next: rows.length === query.limit ? rows.at(-1)!.id : null } }
    }),
    handle(norm.askReopening, (tx, actor, { params, body }) => ask(doing(tx, actor), params.suspensionId, body.reason)),
    handle(norm.confirmReopening, (tx, actor, { params }) => reopen(doing(tx, actor), params.suspensionId)),
    ...reviewRoutes(deps),
    look(norm.getLifecycleFigures, async (tx) => ({ view: await countFigures(tx, deps.clock.now()) })),
  ]
  return { routes, deps }
}

/** G-QUAL "not on a leaving list": which of them are still in their post at that moment. */
export async function staying(tx: ReadTx, personIds: readonly string[], at: Date): Promise<Set<string>> {
  const gone = await goneAtOf(tx, personIds)
  return new Set(personIds.filter((id) => at <= (gone.get(id) ?? at)))
}

/** What still stands in the way of an entry `left` without a departure (RL-25): live roles, and everything that needs other hands. */
export async function openItemsOf(tx: ReadTx, personId: string, at: Date): Promise<number> {
  const items = handover('leave', await listHeld(tx, personId, beijingDay(at)), [])
  return items.filter((item) => item.kind === 'role' || item.state === 'open').length
}
