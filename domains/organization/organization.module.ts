import type { Clock } from '@huabiao/kit/clock/clock'
import type { ReadTx } from '@huabiao/kit/db/db'
import { look, type Route } from '@huabiao/kit/http/route'
import * as contract from './organization.contract.ts'
import { isTrained } from './organization.model.ts'
import { listOrganizations, listPersons, personNames, trainedPersons } from './organization.store.ts'

export function organizationModule({ clock }: { clock: Clock }): {
  routes: Route[]
  names(tx: ReadTx, ids: readonly string[]): Promise<Map<string, string>>
  trained(tx: ReadTx, ids: readonly string[], at: Date): Promise<Set<string>>
} {
  return {
    names: personNames,
    trained: trainedPersons,
    routes: [
      look(contract.listOrganizations, async (tx, actor) => ({
        view: { items: (await listOrganizations(tx)).map((row) => ({ ...row, mine: row.tenantId === actor.tenantId })) },
      })),
      look(contract.listPersons, async (tx, _actor, { query }) => {
        const rows = await listPersons(tx, query)
        return {
          view: {
            items: rows.map(({ unitZh, departmentZh, ...row }) => ({
              ...row,
              unitName: unitZh,
              departmentName: departmentZh,
              trained: isTrained(row.trainingValidUntil, clock.now()),
              createdAt: row.createdAt.toISOString(),
            })),
            next: rows.length === query.limit ? rows.at(-1)!.id : null,
          },
        }
      }),
    ],
  }
}
