import type { KeptCredentials } from '@huabiao/domains/session/session.module'
import { handle, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './vault.contract.ts'
import type { VaultDeps } from './vault.ports.ts'
import { deposit, endRotation, giveMaterial, releaseForGrant, rotateNow, toItems } from './vault.service.ts'
import { listKeptRows, lockRotation } from './vault.store.ts'
import * as gate from './vault-gateway.contract.ts'

export { sweepVault } from './vault.jobs.ts'
export type { VaultDeps } from './vault.ports.ts'

export function vaultModule(deps: VaultDeps) {
  const routes: Route[] = [
    look(contract.listKept, async (tx, _actor, { query }) => {
      const rows = await listKeptRows(tx, query)
      return { view: { items: await toItems(tx, deps, rows), next: rows.length === query.limit ? rows.at(-1)!.id : null } }
    }),
    handleStaged(contract.depositSecret, (stages, { body }) => deposit(stages, deps, body)),
    handle(contract.rotateKept, (tx, actor, { params }) => rotateNow(tx, deps, actor, params.accountId)),
    handleStaged(gate.rotationMaterial, async (stages, { params, body }) => ({
      view: { boxed: await giveMaterial(stages, deps, { ...params, ...body }) },
      unchanged: true,
    })),
    handle(gate.rotationFinished, async (tx, actor, { params, body }) => {
      const rotation = await lockRotation(tx, params.rotationId, actor.serviceId)
      if (rotation.state === 'finished') return { view: {}, unchanged: true }
      return { view: {}, events: await endRotation(tx, deps, rotation, body) }
    }),
  ]
  const kept: KeptCredentials = { release: (stages, of) => releaseForGrant(stages, deps, of) }
  return { routes, deps, kept }
}
