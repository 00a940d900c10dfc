import type { ReadTx } from '@huabiao/kit/db/db'
import { look, type Route } from '@huabiao/kit/http/route'
import { listTargets as listTargetsEndpoint } from './cmdb.contract.ts'
import type { Target } from './cmdb.model.ts'
import { findTargets, insertTarget, listTargets } from './cmdb.store.ts'

export function cmdbModule(): {
  routes: Route[]
  find(tx: ReadTx, ids: readonly string[]): Promise<Target[]>
  list: typeof listTargets
  insert: typeof insertTarget
} {
  return {
    find: findTargets,
    list: listTargets,
    insert: insertTarget,
    routes: [
      look(listTargetsEndpoint, async (tx, _actor, { query }) => {
        const rows = await listTargets(tx, query)
        return {
          view: {
            items: rows.map(({ tenantId: _t, plane: _p, ...row }) => ({
              ...row,
              accounts: row.accounts.map(({ name, privileged }) => ({ name, privileged })),
            })),
            next: rows.length === query.limit ? rows.at(-1)!.id : null,
          },
        }
      }),
    ],
  }
}
