import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './organization.contract.ts'
import { isTrained } from './organization.model.ts'
import type { OrganizationDeps } from './organization.ports.ts'
import { organizationService } from './organization.service.ts'
import {
  isDepartmentOf,
  listOrganizations,
  listPersons,
  markLeft,
  movePerson,
  personByDigest,
  personNames,
  trainedPersons,
  unitPersons,
} from './organization.store.ts'

export { identityDigest } from './organization.service.ts'

export function organizationModule(deps: OrganizationDeps): {
  routes: Route[]
  names(tx: ReadTx, ids: readonly string[]): Promise<Map<string, string>>
  trained(tx: ReadTx, ids: readonly string[], at: Date): Promise<Set<string>>
  peopleOf(tx: ReadTx, tenantId: string, ids: readonly string[]): Promise<Set<string>>
  personByDigest(tx: ReadTx, tenantId: string, digest: string): Promise<string | undefined>
  isDepartmentOf(tx: ReadTx, tenantId: string, id: string): Promise<boolean>
  movePerson(tx: Tx, id: string, departmentId: string | null): Promise<void>
  personLeft(tx: Tx, id: string, at: Date): Promise<void>
} {
  const service = organizationService(deps)
  const organizations = async (tx: ReadTx, actor: PersonActor): Promise<contract.OrganizationView[]> =>
    (await listOrganizations(tx)).map((row) => ({ ...row, mine: row.tenantId === actor.tenantId }))
  const oneOrganization = async (tx: Tx, actor: PersonActor, id: string) => {
    const found = (await organizations(tx, actor)).find((row) => row.id === id)
    if (!found) throw notFound('organization')
    return found
  }
  const toView = ({
    unitZh,
    departmentZh,
    createdAt,
    ...row
  }: Awaited<ReturnType<typeof listPersons>>[number]): contract.PersonView => ({
    ...row,
    unitName: unitZh,
    departmentName: departmentZh,
    trained: isTrained(row.trainingValidUntil, deps.clock.now()),
    createdAt: createdAt.toISOString(),
  })
  const onePerson = async (tx: Tx, id: string): Promise<contract.PersonView> => {
    const [row] = await listPersons(tx, { limit: 1, id })
    if (!row) throw notFound('person')
    return toView(row)
  }
  return {
    names: personNames,
    trained: trainedPersons,
    peopleOf: unitPersons,
    personByDigest,
    isDepartmentOf,
    movePerson,
    personLeft: markLeft,
    routes: [
      look(contract.listOrganizations, async (tx, actor) => ({ view: { items: await organizations(tx, actor) } })),
      handle(contract.createOrganization, async (tx, actor, input) => {
        const { id, events } = await service.create(tx, actor, input)
        return { view: await oneOrganization(tx, actor, id), events }
      }),
      handle(contract.updateOrganization, async (tx, actor, input) => {
        const events = await service.update(tx, actor, input)
        return { view: await oneOrganization(tx, actor, input.params.organizationId), events }
      }),
      look(contract.listPersons, async (tx, _actor, { query }) => {
        const rows = await listPersons(tx, query)
        return { view: { items: rows.map(toView), next: rows.length === query.limit ? rows.at(-1)!.id : null } }
      }),
      handle(contract.createPerson, async (tx, actor, input) => {
        const { id, events } = await service.register(tx, actor, input)
        return { view: await onePerson(tx, id), events }
      }),
      handle(contract.updatePerson, async (tx, actor, input) => {
        const events = await service.change(tx, actor, input)
        return { view: await onePerson(tx, input.params.personId), events }
      }),
      handle(contract.recordTraining, async (tx, actor, input) => {
        const events = await service.train(tx, actor, input)
        return { view: await onePerson(tx, input.params.personId), events }
      }),
    ],
  }
}
