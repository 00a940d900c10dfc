import { handle, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './consent.contract.ts'
import type { ConsentDeps } from './consent.ports.ts'
import { give, revoke, toViews } from './consent.service.ts'
import { listPreauthorisationRows } from './consent.store.ts'

export function consentModule(deps: ConsentDeps): { routes: Route[] } {
  return {
    routes: [
      look(contract.listPreauthorisations, async (tx, actor, { query }) => {
        const { after, limit, current } = query
        const rows = await listPreauthorisationRows(tx, {
          after,
          limit,
          currentAt: current === 'true' ? deps.clock.now() : undefined,
        })
        return { view: { items: await toViews(tx, deps, actor, rows), next: rows.length === limit ? rows.at(-1)!.id : null } }
      }),
      handle(contract.givePreauthorisation, (tx, actor, { body }) => give(tx, deps, actor, body)),
      handle(contract.revokePreauthorisation, (tx, actor, { params, body }) =>
        revoke(tx, deps, actor, { id: params.preauthorisationId, reason: body.reason }),
      ),
    ],
  }
}
