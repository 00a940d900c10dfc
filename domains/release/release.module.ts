import { handle, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './release.contract.ts'
import type { ReleaseDeps } from './release.ports.ts'
import { issue, oneRelease, register, toItems, withdraw } from './release.service.ts'
import { listReleaseRows, standingsOf } from './release.store.ts'

export function releaseModule(deps: ReleaseDeps): { routes: Route[]; standings: typeof standingsOf } {
  return {
    standings: standingsOf,
    routes: [
      look(contract.listReleases, async (tx, _actor, { query }) => {
        const rows = await listReleaseRows(tx, query)
        return { view: { items: await toItems(tx, deps, rows), next: rows.length === query.limit ? rows.at(-1)!.id : null } }
      }),
      look(contract.getRelease, async (tx, actor, { params }) => ({ view: await oneRelease(tx, deps, actor, params.releaseId) })),
      handle(contract.registerRelease, (tx, actor, { body }) => register(tx, deps, actor, body)),
      handleStaged(contract.issueRelease, (stages, { params }) => issue(stages, deps, params.releaseId)),
      handle(contract.withdrawRelease, (tx, actor, { params, body }) => withdraw(tx, deps, actor, { ...params, ...body })),
    ],
  }
}
