import type { Actor, PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, type RefusalCode, refuseIf } from '@huabiao/kit/errors/errors'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import * as contract from './access.contract.ts'
import { exclusionOf, exclusions, isRole, needsChain, roleCodes, roles, windowRefusal } from './access.model.ts'
import type { AccessDeps } from './access.ports.ts'
import {
  type BindingView,
  findBinding,
  findRequest,
  findSessionWithRoles,
  insertBinding,
  listBindings,
  listHolders,
  listRequests,
  lockRequest,
  revokeBinding,
  rolesOfPerson,
  rolesOfPersons,
  suspendBinding,
} from './access.store.ts'
import { endRole, endRoles, holdByRule } from './access-end.service.ts'
import { accessPolicies } from './access-policy.service.ts'
import { decideRequest, requestPermission, tell, toRequestViews, withdrawRequest } from './access-request.service.ts'

const toView = (row: BindingView): contract.BindingView => ({
  id: row.id,
  tenantId: row.tenantId,
  person: { id: row.personId, name: row.personName },
  role: row.role,
  duty: row.duty,
  notBefore: row.notBefore.toISOString(),
  notAfter: row.notAfter.toISOString(),
  grantedBy: row.grantedByName,
  requestId: row.requestId,
  revokedAt: row.revokedAt?.toISOString() ?? null,
  suspendedAt: row.suspendedAt?.toISOString() ?? null,
})

export { sweepPermissions } from './access.jobs.ts'
export { ceremonyRoutes, closeForEver } from './access-ceremony.service.ts'

export function accessModule(deps: AccessDeps) {
  const policies = accessPolicies(deps, deps.db)
  const hold = async (tx: Tx, actor: PersonActor, id: string, on: 'suspended' | 'resumed', reason: string) => {
    const binding = await findBinding(tx, id)
    if (!binding) throw new Refusal('access.binding_not_found')
    // Whoever was held back does not let themselves in again.
    if (binding.personId === actor.personId) throw new Refusal('access.own_grant')
    const now = deps.clock.now()
    const held = on === 'suspended'
    if (!(await suspendBinding(tx, id, held ? actor.personId : null, held ? now : null)))
      throw new Refusal('access.binding_not_found')
    const { personId, role, tenantId } = binding
    const object = binding.requestId ? `permission-request/${binding.requestId}` : `role-binding/${id}`
    await tell(tx, deps, { object, tenantId, role }, [personId], on)
    const rows = await listBindings(tx, { limit: 100, personId, live: true, at: now })
    const event = { object: `role-binding/${id}`, personId, role, reason }
    return {
      view: toView(rows.find((row) => row.id === id)!),
      events: [held ? { type: 'role.suspended', ...event } : { type: 'role.resumed', ...event }],
    }
  }
  const oneRequest = async (tx: Tx, actor: PersonActor, id: string) => {
    const request = await lockRequest(tx, id)
    if (!request) throw new Refusal('access.request_not_found')
    return (await toRequestViews(tx, deps, actor, [request]))[0]!
  }
  const routes: Route[] = [
    look(contract.listRoles, async () => ({
      view: {
        roles: roleCodes.map((code) => ({
          code,
          zh: roles[code].zh,
          en: roles[code].en,
          parties: [...roles[code].parties],
          actions: [...roles[code].actions],
        })),
        exclusions: exclusions.map(({ a, b, kind }) => ({ a, b, kind })),
      },
    })),
    look(contract.listRoleBindings, async (tx, _actor, { query }) => {
      const rows = await listBindings(tx, { ...query, live: query.live === 'true', at: deps.clock.now() })
      return { view: { items: rows.map(toView), next: rows.length === query.limit ? rows.at(-1)!.id : null } }
    }),
    handle(contract.grantRole, async (tx, actor, { body }) => {
      const now = deps.clock.now()
      const window = { notBefore: body.notBefore ? new Date(body.notBefore) : now, notAfter: new Date(body.notAfter) }
      refuseIf(windowRefusal(window, now))
      if (body.personId === actor.personId) throw new Refusal('access.own_grant')
      // Another unit's person and nobody are the same answer (NT-B13).
      if (!(await deps.peopleOf(tx, actor.tenantId, [body.personId])).has(body.personId))
        throw new Refusal('access.person_not_found')
      const { personId, role, duty } = body
      // The exclusion first: a chain would be walked in vain.
      const held = (await rolesOfPerson(tx, personId, now)).filter(isRole)
      const clash = held.find((one) => exclusionOf(one, role) === 'static')
      if (clash) throw new Refusal('access.exclusive_roles', { held: clash, wanted: role })
      if (needsChain(role)) throw new Refusal('access.chain_required', { role })
      // RL-24: no role before the training.
      if (!(await deps.trained(tx, [personId], now)).has(personId)) throw new Refusal('access.untrained')
      const id = newId(now.getTime())
      await insertBinding(tx, {
        id,
        tenantId: actor.tenantId,
        personId,
        role,
        duty,
        ...window,
        grantedBy: actor.personId,
        requestId: null,
      })
      const rows = await listBindings(tx, { limit: 100, personId, live: true, at: now })
      const event = {
        type: 'role.granted',
        object: `role-binding/${id}`,
        personId,
        role,
        duty,
        notAfter: window.notAfter.toISOString(),
      }
      return { view: toView(rows.find((row) => row.id === id)!), events: [event] }
    }),
    handle(contract.revokeRole, async (tx, actor, { params }) => {
      const binding = await findBinding(tx, params.bindingId)
      if (!binding || !(await revokeBinding(tx, params.bindingId, actor.personId, deps.clock.now())))
        throw new Refusal('access.binding_not_found')
      const { personId, role } = binding
      return { view: {}, events: [{ type: 'role.revoked', object: `role-binding/${params.bindingId}`, personId, role }] }
    }),
    handle(contract.suspendRole, (tx, actor, { params, body }) => hold(tx, actor, params.bindingId, 'suspended', body.reason)),
    handle(contract.resumeRole, (tx, actor, { params, body }) => hold(tx, actor, params.bindingId, 'resumed', body.reason)),
    look(contract.getPermissionRequest, async (tx, actor, { params }) => {
      const request = await findRequest(tx, params.requestId)
      if (!request) throw new Refusal('access.request_not_found')
      return { view: (await toRequestViews(tx, deps, actor, [request]))[0]! }
    }),
    look(contract.listPermissionRequests, async (tx, actor, { query }) => {
      const rows = await listRequests(tx, query)
      const items = await toRequestViews(tx, deps, actor, rows)
      return { view: { items, next: rows.length === query.limit ? rows.at(-1)!.id : null } }
    }),
    handle(contract.createPermissionRequest, async (tx, actor, { body }) => {
      const { id, events } = await requestPermission(tx, deps, actor, body)
      return { view: await oneRequest(tx, actor, id), events }
    }),
    handle(contract.decidePermissionRequest, async (tx, actor, { params, body }) => {
      const events = await decideRequest(tx, deps, actor, params.requestId, body)
      return { view: await oneRequest(tx, actor, params.requestId), events }
    }),
    handle(contract.withdrawPermissionRequest, async (tx, actor, { params }) => {
      const events = await withdrawRequest(tx, deps, actor, params.requestId)
      return { view: await oneRequest(tx, actor, params.requestId), events }
    }),
  ]
  return {
    deps,
    routes: [...routes, ...policies.routes],
    endRole,
    holdByRule: (tx: Tx, of: Parameters<typeof holdByRule>[2], held: boolean) => holdByRule(tx, deps, of, held),
    endRoles: (tx: Tx, of: Parameters<typeof endRoles>[2]) => endRoles(tx, deps, of),
    actionsOf: policies.actionsOf,
    sessionDenial: policies.sessionDenial,
    /** Default deny: what neither a role nor a policy allows, or a policy denies, is refused (RL-17). */
    authorize: async (actor: Actor, action: string, resource: string): Promise<RefusalCode | undefined> =>
      (await policies.isAllowed(actor, action, resource)) ? undefined : 'access.denied',
    rolesOfAll: (tx: ReadTx, personIds: readonly string[]) => rolesOfPersons(tx, personIds, deps.clock.now()),
    rolesOf: async (tx: ReadTx, personId: string): Promise<{ roles: string[] }> => ({
      roles: await rolesOfPerson(tx, personId, deps.clock.now()),
    }),
    sessionWithRoles: <S>(tx: ReadTx, tokenSha256: string): Promise<(S & { roles: string[] }) | undefined> =>
      findSessionWithRoles<S>(tx, tokenSha256, deps.clock.now()),
    canWear: async (tx: ReadTx, personId: string, role: string): Promise<boolean> =>
      (await rolesOfPerson(tx, personId, deps.clock.now())).includes(role),
    holders: (tx: ReadTx, of: { role: string; duty: string | null; tenantId?: string; party?: string }) =>
      listHolders(tx, of, deps.clock.now()),
  }
}
