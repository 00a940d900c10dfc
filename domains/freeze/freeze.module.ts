import { handle, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './freeze.contract.ts'
import type { FreezeDeps } from './freeze.ports.ts'
import { decide, declare, lift, oneFreeze, request, toItems } from './freeze.service.ts'
import { listFreezeRows } from './freeze.store.ts'

export type { FrozenChanges } from './freeze.ports.ts'

export function freezeModule(deps: FreezeDeps): { routes: Route[] } {
  return {
    routes: [
      look(contract.listFreezes, async (tx, _actor, { query }) => {
        const { after, limit, current } = query
        const rows = await listFreezeRows(tx, { after, limit, currentAt: current === 'true' ? deps.clock.now() : undefined })
        return { view: { items: await toItems(tx, deps, rows), next: rows.length === limit ? rows.at(-1)!.id : null } }
      }),
      look(contract.getFreeze, async (tx, actor, { params }) => ({ view: await oneFreeze(tx, deps, actor, params.freezeId) })),
      handle(contract.declareFreeze, (tx, actor, { body }) => declare(tx, deps, actor, body)),
      handle(contract.liftFreeze, (tx, actor, { params, body }) => lift(tx, deps, actor, { ...params, ...body })),
      handle(contract.requestException, (tx, actor, { params, body }) => request(tx, deps, actor, { ...params, ...body })),
      handle(contract.decideException, (tx, actor, { params, body }) => decide(tx, deps, actor, { ...params, ...body })),
    ],
  }
}
