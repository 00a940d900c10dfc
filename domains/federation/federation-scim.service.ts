import type { ServiceActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent, InputOf } from '@huabiao/kit/contract/contract'
import { type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import type { Outcome } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { proposalOf } from './federation.model.ts'
import type { FederationDeps } from './federation.ports.ts'
import * as store from './federation.store.ts'
import type * as contract from './federation-scim.contract.ts'
import {
  filterOf,
  patched,
  type ScimUser,
  scimEnterprise,
  scimHuabiao,
  scimList,
  scimUser,
  userOf,
  userView,
} from './federation-scim.model.ts'
import { findUsers } from './federation-scim.store.ts'
import { bindByImport } from './federation-sync.service.ts'

type View = Record<string, unknown>
const headers = { 'content-type': 'application/scim+json; charset=utf-8' }
const pageMax = 200
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const baseOf = (deps: FederationDeps): string => `${deps.origin}/api/v1/scim/v2`
const toView = (deps: FederationDeps, row: store.SubjectRow): View => ({
  ...userView({
    id: row.id,
    externalId: row.externalId,
    userName: row.userName ?? row.externalId,
    active: row.status === 'active',
    attributes: row.attributes,
    version: row.version,
    createdAt: row.firstSeenAt.toISOString(),
    lastModified: row.lastSeenAt.toISOString(),
    location: `${baseOf(deps)}/Users/${row.id}`,
  }),
})
/** The one source that the token is for, in its own tenant: the scope of the transaction is the service's. */
const sourceOf = async (tx: ReadTx, actor: ServiceActor): Promise<store.SourceRow> => {
  const source = actor.about ? await store.findSource(tx, actor.about) : undefined
  if (source?.kind !== 'scim' || source.status !== 'enabled') throw new Refusal('federation.service_refused')
  return source
}
const held = async (tx: Tx, source: store.SourceRow, id: string): Promise<store.SubjectRow> => {
  const row = uuid.test(id) ? await store.lockSubject(tx, source.id, id) : undefined
  // A user who was removed is no user any more (RFC 7644 §3.6).
  if (!row || row.status === 'gone') throw new Refusal('federation.subject_not_found')
  return row
}
const parsed = (body: View): ScimUser => {
  const user = userOf(body)
  if ('refusal' in user) throw new Refusal(user.refusal, { at: user.detail })
  return user
}

/** Writes what the client said, and what follows: a binding by identity number, a proposal, a suspension. Never a role, never a way back in. */
const apply = async (
  deps: FederationDeps,
  tx: Tx,
  source: store.SourceRow,
  { known, user }: { known: store.SubjectRow | undefined; user: ScimUser },
): Promise<Outcome<View>> => {
  const at = deps.clock.now()
  const externalId = user.externalId ?? known?.externalId ?? user.userName
  const events: DomainEvent[] = []
  const event = (type: string, data: object): void =>
    void events.push({ type, object: `identity-source/${source.id}`, tenantId: source.tenantId, externalId, ...data })
  const status = user.active ? 'active' : 'disabled'
  const { subject, personId } = await (async () => {
    try {
      if (known) await store.renameSubject(tx, known.id, externalId)
      const row = { id: known?.id ?? newId(at.getTime()), tenantId: source.tenantId, sourceId: source.id }
      const saved = await store.saveSubject(tx, {
        ...row,
        externalId,
        userName: user.userName,
        attributes: user.attributes,
        status,
        at,
      })
      const bound =
        saved.personId || !user.identityNumber || !user.active
          ? undefined
          : await bindByImport(tx, deps, source, { subjectId: saved.id, identityNumber: user.identityNumber })
      return { subject: saved, personId: saved.personId ?? bound ?? null }
    } catch (error) {
      if (sqlState(error) === '23505') throw new Refusal('federation.scim_taken', {}, error)
      throw error
    }
  })()
  if (personId && !subject.personId) {
    event('source.subject_bound', { personId, how: 'import' })
    await store.settleJoiner(tx, source.id, externalId, at)
  }
  event(known ? 'source.subject_changed' : 'source.subject_added', { personId, active: user.active })
  const proposal = proposalOf(known && { ...known, personId }, { externalId, attributes: user.attributes, active: user.active })
  // Whoever was recognised while they were added has a person already.
  if (proposal && !(proposal.kind === 'joiner' && personId && !known))
    await store.saveProposal(tx, { ...proposal, id: newId(at.getTime()), tenantId: source.tenantId, sourceId: source.id, at })
  if (personId && !user.active)
    events.push(...(await deps.logon.disable(tx, { tenantId: source.tenantId, personId, reason: `scim ${source.name}` })))
  const row = (await store.findSubject(tx, source.id, externalId))!
  return {
    view: toView(deps, row),
    events,
    headers: { ...headers, ...(known ? {} : { location: `${baseOf(deps)}/Users/${row.id}` }) },
  }
}

export const listUsers = async (
  deps: FederationDeps,
  tx: ReadTx,
  actor: ServiceActor,
  { query }: InputOf<typeof contract.scimListUsers>,
) => {
  const source = await sourceOf(tx, actor)
  const filter = query.filter === undefined ? undefined : filterOf(query.filter)
  if (query.filter !== undefined && !filter) throw new Refusal('federation.scim_filter')
  if (filter?.attribute === 'id' && !uuid.test(filter.value)) return { view: listOf([], 0, 1), headers }
  // Negative is zero, and an index below one is one (RFC 7644 §3.4.2.4).
  const start = Math.max(1, query.startIndex)
  const count = Math.min(pageMax, Math.max(0, query.count))
  const { rows, total } = await findUsers(tx, { sourceId: source.id, filter, offset: start - 1, limit: count })
  return {
    view: listOf(
      rows.map((row) => toView(deps, row)),
      total,
      start,
    ),
    headers,
  }
}
export const getUser = async (deps: FederationDeps, tx: ReadTx, actor: ServiceActor, id: string) => {
  const source = await sourceOf(tx, actor)
  const filter = { attribute: 'id' as const, value: id }
  const { rows } = uuid.test(id) ? await findUsers(tx, { sourceId: source.id, filter, offset: 0, limit: 1 }) : { rows: [] }
  if (!rows[0]) throw new Refusal('federation.subject_not_found')
  return { view: toView(deps, rows[0]), headers }
}
export const createUser = async (
  deps: FederationDeps,
  tx: Tx,
  actor: ServiceActor,
  { body }: InputOf<typeof contract.scimCreateUser>,
) => {
  const source = await sourceOf(tx, actor)
  const user = parsed(body)
  const taken = await store.findSubject(tx, source.id, user.externalId ?? user.userName)
  // Somebody who was removed comes back as themselves: the binding is the same, the account stays as it was left.
  if (taken && taken.status !== 'gone') throw new Refusal('federation.scim_taken')
  const outcome = await apply(deps, tx, source, { known: taken, user })
  return { ...outcome, status: 201 as const }
}
export const replaceUser = async (
  deps: FederationDeps,
  tx: Tx,
  actor: ServiceActor,
  { params, body }: InputOf<typeof contract.scimReplaceUser>,
) => {
  const source = await sourceOf(tx, actor)
  return apply(deps, tx, source, { known: await held(tx, source, params.userId), user: parsed(body) })
}
export const patchUser = async (
  deps: FederationDeps,
  tx: Tx,
  actor: ServiceActor,
  { params, body }: InputOf<typeof contract.scimPatchUser>,
) => {
  const source = await sourceOf(tx, actor)
  const row = await held(tx, source, params.userId)
  const result = patched(toView(deps, row), body)
  if ('refusal' in result) throw new Refusal(result.refusal as 'federation.scim_invalid', { at: String(result.detail) })
  return apply(deps, tx, source, { known: row, user: parsed(result as View) })
}
export const removeUser = async (
  deps: FederationDeps,
  tx: Tx,
  actor: ServiceActor,
  id: string,
): Promise<Outcome<Record<string, never>>> => {
  const source = await sourceOf(tx, actor)
  const row = await held(tx, source, id)
  const user = parsed({ ...toView(deps, row), active: false })
  const outcome = await apply(deps, tx, source, { known: row, user })
  await store.markGone(tx, source.id, [row.externalId])
  return { view: {}, events: outcome.events ?? [], status: 204, headers }
}
export const capabilities = (deps: FederationDeps) => ({ view: serviceProviderConfig(baseOf(deps)), headers })
export const resourceTypes = (deps: FederationDeps) => ({ view: listOf([userType(baseOf(deps))], 1, 1), headers })
export const schemas = () => ({ view: listOf([userSchema], 1, 1), headers })

const listOf = (resources: readonly View[], total: number, startIndex: number): View => ({
  schemas: [scimList],
  totalResults: total,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
})
const serviceProviderConfig = (base: string): View => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: pageMax },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Service identity',
      description: 'A token of a service identity, by RFC 6750',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
})
const userType = (base: string): View => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
  id: 'User',
  name: 'User',
  endpoint: '/Users',
  schema: scimUser,
  schemaExtensions: [
    { schema: scimEnterprise, required: false },
    { schema: scimHuabiao, required: false },
  ],
  meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/User` },
})
const attribute = (name: string, type = 'string', required = false): View => ({
  name,
  type,
  multiValued: false,
  required,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: name === 'userName' ? 'server' : 'none',
})
const userSchema: View = {
  id: scimUser,
  name: 'User',
  attributes: [
    attribute('userName', 'string', true),
    attribute('displayName'),
    attribute('title'),
    attribute('active', 'boolean'),
  ],
}
