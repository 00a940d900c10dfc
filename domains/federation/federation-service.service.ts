import { randomBytes } from 'node:crypto'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent, InputOf } from '@huabiao/kit/contract/contract'
import { sha256Hex } from '@huabiao/kit/crypto/suite'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { serviceTermRefusal, serviceTokenForm, serviceTokenPrefix } from './federation.model.ts'
import type { FederationDeps, ServiceOf } from './federation.ports.ts'
import { findSource } from './federation.store.ts'
import type * as contract from './federation-service.contract.ts'
import * as store from './federation-service.store.ts'

const servicesMax = 50
const newToken = (): string => serviceTokenPrefix + randomBytes(32).toString('base64url')

const views = async (
  deps: FederationDeps,
  tx: ReadTx,
  rows: readonly store.ServiceRow[],
): Promise<contract.ServiceIdentityView[]> => {
  const names = await deps.names(
    tx,
    rows.map((row) => row.ownerId),
  )
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    purpose: row.purpose,
    sourceId: row.sourceId,
    sourceName: row.sourceName,
    ownerId: row.ownerId,
    ownerName: names.get(row.ownerId) ?? '',
    createdAt: row.createdAt.toISOString(),
    issuedAt: row.issuedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }))
}
const one = async (deps: FederationDeps, tx: Tx, id: string) => (await views(deps, tx, [(await store.lockService(tx, id))!]))[0]!
const held = async (tx: Tx, id: string): Promise<store.ServiceRow> => {
  const row = await store.lockService(tx, id)
  if (!row) throw new Refusal('federation.service_not_found')
  if (row.revokedAt) throw new Refusal('federation.service_ended')
  return row
}
const event = (id: string, type: string, data: object): DomainEvent => ({ type, object: `service-identity/${id}`, ...data })

export const listOfServices = async (deps: FederationDeps, tx: ReadTx, actor: PersonActor) => ({
  view: {
    items: await views(deps, tx, await store.listServices(tx, actor.tenantId)),
    // The deployment's own processes are the provider's to see, not every unit's.
    processes:
      actor.party === 'user-unit'
        ? []
        : deps.processes.slice(0, 2000).map(({ id, plane, publicKey, service }) => ({
            id,
            service: service ?? ('gateway' as const),
            plane,
            fingerprint: sha256Hex(Buffer.from(publicKey, 'base64')),
          })),
  },
})
export const createService = async (
  deps: FederationDeps,
  tx: Tx,
  actor: PersonActor,
  { body }: InputOf<typeof contract.createServiceIdentity>,
) => {
  const at = deps.clock.now()
  const expiresAt = new Date(body.expiresAt)
  refuseIf(serviceTermRefusal(expiresAt, at))
  if ((await findSource(tx, body.sourceId))?.kind !== 'scim') throw new Refusal('federation.source_not_found')
  if ((await store.countServices(tx)) >= servicesMax) throw new Refusal('federation.too_many_sources')
  const id = newId(at.getTime())
  const token = newToken()
  const { name, purpose, sourceId } = body
  const row = { id, tenantId: actor.tenantId, name, purpose, sourceId, ownerId: actor.personId, at, expiresAt }
  await store.insertService(tx, { ...row, tokenSha256: sha256Hex(token) })
  const events = [event(id, 'service_identity.created', { name, purpose, sourceId, expiresAt: expiresAt.toISOString() })]
  return { view: { identity: await one(deps, tx, id), token }, events }
}
export const rotateService = async (
  deps: FederationDeps,
  tx: Tx,
  { params, body }: InputOf<typeof contract.rotateServiceIdentity>,
) => {
  const at = deps.clock.now()
  const expiresAt = new Date(body.expiresAt)
  const row = await held(tx, params.serviceIdentityId)
  refuseIf(serviceTermRefusal(expiresAt, at))
  const token = newToken()
  await store.reissue(tx, row.id, { tokenSha256: sha256Hex(token), at, expiresAt })
  const events = [event(row.id, 'service_identity.rotated', { expiresAt: expiresAt.toISOString() })]
  return { view: { identity: await one(deps, tx, row.id), token }, events }
}
export const revokeService = async (
  deps: FederationDeps,
  tx: Tx,
  { params, body }: InputOf<typeof contract.revokeServiceIdentity>,
) => {
  const row = await held(tx, params.serviceIdentityId)
  await store.revoke(tx, row.id, deps.clock.now())
  return { view: await one(deps, tx, row.id), events: [event(row.id, 'service_identity.revoked', { reason: body.reason })] }
}
/** Whose token this is; undefined for nobody's, an ended one and a late one. */
export const serviceOf =
  (deps: FederationDeps): ServiceOf =>
  async (token, sourceIp) => {
    if (!serviceTokenForm.test(token)) return undefined
    const at = deps.clock.now()
    const found = await deps.db.read({ kind: 'nobody' }, (tx) => store.findByToken(tx, sha256Hex(token)))
    if (!found || found.revokedAt || at >= found.expiresAt) return undefined
    const { id, tenantId, purpose } = found
    await deps.db.transact({ kind: 'tenant', tenantId }, (tx) => store.touch(tx, id, at))
    return {
      kind: 'service',
      service: purpose,
      serviceId: id,
      plane: 'platform',
      door: 'service',
      sourceIp,
      tenantId,
      about: found.sourceId ?? undefined,
    }
  }
