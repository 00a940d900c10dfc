import type { ReadTx } from '@huabiao/kit/db/db'
import { look, type Route } from '@huabiao/kit/http/route'
import { listSystems as listSystemsEndpoint } from './infosystem.contract.ts'
import type { InformationSystem } from './infosystem.model.ts'
import { findSystems, listSystems } from './infosystem.store.ts'

export function infosystemModule(): { routes: Route[]; find(tx: ReadTx, ids: readonly string[]): Promise<InformationSystem[]> } {
  return {
    find: findSystems,
    routes: [
      look(listSystemsEndpoint, async (tx, _actor, { query }) => {
        const rows = await listSystems(tx, query)
        return {
          view: {
            items: rows.map(({ tenantId, contactPersonId: _, ...row }) => ({ ...row, unitId: tenantId })),
            next: rows.length === query.limit ? rows.at(-1)!.id : null,
          },
        }
      }),
    ],
  }
}
