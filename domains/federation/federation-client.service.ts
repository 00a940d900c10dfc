import { randomBytes } from 'node:crypto'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent, InputOf } from '@huabiao/kit/contract/contract'
import { sha256Hex } from '@huabiao/kit/crypto/suite'
import { type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import type { FederationDeps } from './federation.ports.ts'
import type * as contract from './federation-client.contract.ts'
import { admitRefusal, providerPath, redirectRefusal } from './federation-client.model.ts'
import * as store from './federation-client.store.ts'

const clientsMax = 50

const views = async (deps: FederationDeps, tx: ReadTx, rows: readonly store.ClientRow[]): Promise<contract.ClientView[]> => {
  const ids = rows.flatMap((row) => [row.requestedBy, row.decidedBy, row.revokedBy]).filter((id) => id !== null)
  const names = await deps.names(tx, [...new Set(ids)])
  return rows.map(({ tenantId: _, requestedBy, decidedBy, revokedBy, ...row }) => ({
    ...row,
    requestedById: requestedBy,
    requestedByName: names.get(requestedBy) ?? '',
    requestedAt: row.requestedAt.toISOString(),
    decidedByName: (decidedBy && names.get(decidedBy)) ?? null,
    decidedAt: row.decidedAt?.toISOString() ?? null,
    revokedByName: (revokedBy && names.get(revokedBy)) ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }))
}
const one = async (deps: FederationDeps, tx: Tx, id: string) => (await views(deps, tx, [(await store.lockClient(tx, id))!]))[0]!
const event = (row: { id: string; clientId: string }, type: string, data: object): DomainEvent => ({
  type,
  object: `oidc-client/${row.id}`,
  clientId: row.clientId,
  ...data,
})
const held = async (tx: Tx, id: string): Promise<store.ClientRow> => {
  const row = await store.lockClient(tx, id)
  if (!row) throw new Refusal('federation.client_not_found')
  return row
}

export const listOfClients = async (deps: FederationDeps, tx: ReadTx, actor: PersonActor) => ({
  view: { items: await views(deps, tx, await store.listClients(tx, actor.tenantId)), issuer: `${deps.origin}${providerPath}` },
})
export const requestClient = async (
  deps: FederationDeps,
  tx: Tx,
  actor: PersonActor,
  { body }: InputOf<typeof contract.requestOidcClient>,
) => {
  refuseIf(redirectRefusal(body.redirectUris))
  if (body.postLogoutUris.length > 0) refuseIf(redirectRefusal([...body.redirectUris, ...body.postLogoutUris]))
  if ((await store.countClients(tx)) >= clientsMax) throw new Refusal('federation.too_many_sources')
  const at = deps.clock.now()
  const { confidential, ...asked } = body
  const secret = confidential ? randomBytes(32).toString('base64url') : null
  const row = {
    ...asked,
    claims: [...new Set(asked.claims)],
    id: newId(at.getTime()),
    tenantId: actor.tenantId,
    requestedBy: actor.personId,
    requestedAt: at,
  }
  try {
    await store.insertClient(tx, { ...row, secretSha256: secret && sha256Hex(secret) })
  } catch (error) {
    if (sqlState(error) === '23505') throw new Refusal('federation.client_taken', {}, error)
    throw error
  }
  const { redirectUris, claims, reason } = row
  return {
    view: { client: await one(deps, tx, row.id), secret },
    events: [event(row, 'oidc_client.requested', { redirectUris, claims, reason })],
  }
}
export const decideClient = async (
  deps: FederationDeps,
  tx: Tx,
  actor: PersonActor,
  { params, body, state }: InputOf<typeof contract.admitOidcClient> & { state: 'active' | 'rejected' },
) => {
  const row = await held(tx, params.oidcClientId)
  if (row.state !== 'requested') throw new Refusal('federation.client_wrong_state')
  refuseIf(admitRefusal({ requestedBy: row.requestedBy, actorId: actor.personId, role: actor.role }))
  await store.decideClient(tx, row.id, { state, by: actor.personId, at: deps.clock.now() })
  const type = state === 'active' ? 'oidc_client.admitted' : 'oidc_client.rejected'
  return { view: await one(deps, tx, row.id), events: [event(row, type, { reason: body.reason })] }
}
export const revokeClient = async (
  deps: FederationDeps,
  tx: Tx,
  actor: PersonActor,
  { params, body }: InputOf<typeof contract.revokeOidcClient>,
) => {
  const row = await held(tx, params.oidcClientId)
  if (row.state !== 'active' && row.state !== 'requested') throw new Refusal('federation.client_wrong_state')
  await store.endClient(tx, row, { by: actor.personId, at: deps.clock.now() })
  return { view: await one(deps, tx, row.id), events: [event(row, 'oidc_client.revoked', { reason: body.reason })] }
}
