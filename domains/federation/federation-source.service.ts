import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent, InputOf } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import type { Stages } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import type * as contract from './federation.contract.ts'
import { bindRefusal, dismissRefusal } from './federation.model.ts'
import type { FederationDeps } from './federation.ports.ts'
import * as store from './federation.store.ts'
import { hostOf, kindOf, type SourceSettings, secretOf } from './federation-settings.model.ts'
import { syncDirectory } from './federation-sync.service.ts'

const sourcesMax = 20
const noSource = (): Refusal => new Refusal('federation.source_not_found')

/** Where a source leads must be a host of the deployment's list: a row alone opens no way out of here. */
export function refuseHost(deps: Pick<FederationDeps, 'hosts'>, settings: SourceSettings): void {
  const host = hostOf(settings)
  if (host !== undefined && !deps.hosts.includes(host)) throw new Refusal('federation.host_not_allowed', { host })
}
export async function secretFor(
  deps: Pick<FederationDeps, 'secret'>,
  { tenantId, settings }: Pick<store.SourceRow, 'tenantId' | 'settings'>,
): Promise<string | undefined> {
  const name = secretOf(settings)
  if (name === null) return undefined
  const secret = await deps.secret(tenantId, name)
  if (secret === undefined) throw new Refusal('federation.secret_missing', { name })
  return secret
}
/** What tells people of a source apart; with people bound it stays, or somebody else would be them. */
const identityOf = (settings: SourceSettings): string =>
  settings.kind === 'oidc'
    ? `${settings.issuer} ${settings.clientId}`
    : settings.kind === 'ldap'
      ? `${settings.baseDn} ${settings.idAttribute} ${settings.loginAttribute}`
      : ''

const toView = async (deps: FederationDeps, row: store.SourceRow): Promise<contract.SourceView> => {
  const name = secretOf(row.settings)
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    settings: row.settings,
    secretPresent: name === null ? null : (await deps.secret(row.tenantId, name)) !== undefined,
    status: row.status,
    version: row.version,
    subjects: row.subjects,
    bound: row.bound,
    syncedAt: row.syncedAt?.toISOString() ?? null,
    syncCode: row.syncCode,
    syncPeople: row.syncPeople,
    createdAt: row.createdAt.toISOString(),
  }
}
const one = async (deps: FederationDeps, tx: Tx, id: string) => toView(deps, (await store.findSource(tx, id))!)
const held = async (tx: Tx, id: string): Promise<store.SourceRow> => {
  const source = await store.lockSource(tx, id)
  if (!source) throw noSource()
  return source
}
const about = (source: { id: string }, type: string, data: object): DomainEvent => ({
  type,
  object: `identity-source/${source.id}`,
  ...data,
})
const subjectViews = async (
  deps: FederationDeps,
  tx: ReadTx,
  rows: readonly store.SubjectRow[],
): Promise<contract.SubjectView[]> => {
  const names = await deps.names(
    tx,
    rows.flatMap((row) => [row.personId, row.boundBy]).filter((id) => id !== null),
  )
  return rows.map((row) => ({
    id: row.id,
    externalId: row.externalId,
    attributes: row.attributes,
    status: row.status,
    personId: row.personId,
    personName: (row.personId && names.get(row.personId)) ?? null,
    boundHow: row.boundHow,
    boundByName: (row.boundBy && names.get(row.boundBy)) ?? null,
    boundAt: row.boundAt?.toISOString() ?? null,
    lastSeenAt: row.lastSeenAt.toISOString(),
  }))
}

export const listOfSources = async (deps: FederationDeps, tx: ReadTx, actor: PersonActor) => ({
  view: {
    items: await Promise.all((await store.listSources(tx, actor.tenantId)).map((row) => toView(deps, row))),
    redirectUri: `${deps.origin}/logon/oidc`,
    scimUrl: `${deps.origin}/api/v1/scim/v2`,
  },
})
export const createSource = async (
  deps: FederationDeps,
  tx: Tx,
  actor: PersonActor,
  { body }: InputOf<typeof contract.createSource>,
) => {
  refuseHost(deps, body.settings)
  if ((await store.countSources(tx)) >= sourcesMax) throw new Refusal('federation.too_many_sources')
  const at = deps.clock.now()
  const id = newId(at.getTime())
  const { name, settings } = body
  await store.insertSource(tx, {
    id,
    tenantId: actor.tenantId,
    kind: kindOf(settings),
    name,
    settings,
    by: actor.personId,
    at,
  })
  return {
    view: await one(deps, tx, id),
    events: [about({ id }, 'source.created', { name, kind: settings.kind, host: hostOf(settings) ?? null })],
  }
}
export const changeSource = async (deps: FederationDeps, tx: Tx, input: InputOf<typeof contract.updateSource>) => {
  const { params, body, ifMatch } = input
  const source = await held(tx, params.sourceId)
  if (ifMatch !== undefined && ifMatch !== source.version) throw new Refusal('federation.source_stale')
  if (source.status === 'enabled') throw new Refusal('federation.source_enabled')
  if (source.kind !== body.settings.kind) throw new Refusal('federation.source_invalid')
  refuseHost(deps, body.settings)
  if (source.bound > 0 && identityOf(source.settings) !== identityOf(body.settings)) throw new Refusal('federation.source_fixed')
  await store.updateSource(tx, source.id, body)
  return {
    view: await one(deps, tx, source.id),
    events: [about(source, 'source.changed', { name: body.name, host: hostOf(body.settings) ?? null })],
  }
}
export const switchSource = async (
  deps: FederationDeps,
  tx: Tx,
  { params, body }: InputOf<typeof contract.enableSource>,
  status: 'enabled' | 'disabled',
) => {
  const id = params.sourceId
  const source = await held(tx, id)
  if (status === 'enabled') {
    refuseHost(deps, source.settings)
    await secretFor(deps, source)
  }
  await store.setSourceStatus(tx, id, status)
  return {
    view: await one(deps, tx, id),
    events: [about(source, status === 'enabled' ? 'source.enabled' : 'source.disabled', { reason: body.reason })],
  }
}
export const syncNow = async (
  deps: FederationDeps,
  stages: Stages<PersonActor>,
  { params }: InputOf<typeof contract.syncSource>,
) => {
  const source = await stages.read((tx) => store.findSource(tx, params.sourceId))
  if (source?.kind !== 'ldap') throw noSource()
  const result = await syncDirectory(deps, source, (work) => stages.transact(work))
  if ('refusal' in result) throw new Refusal(result.refusal)
  return { view: result, unchanged: true as const }
}
export const listOfSubjects = async (
  deps: FederationDeps,
  tx: ReadTx,
  { params, query }: InputOf<typeof contract.listSubjects>,
) => {
  if (!(await store.findSource(tx, params.sourceId))) throw noSource()
  const rows = await store.listSubjects(tx, { ...query, sourceId: params.sourceId })
  return { view: { items: await subjectViews(deps, tx, rows), next: rows.length === query.limit ? rows.at(-1)!.id : null } }
}
export const bindSubject = async (
  deps: FederationDeps,
  tx: Tx,
  actor: PersonActor,
  { params, body }: InputOf<typeof contract.bindSubject>,
) => {
  const source = await held(tx, params.sourceId)
  if (!(await deps.peopleOf(tx, actor.tenantId, [body.personId])).has(body.personId)) throw notFound('person')
  const { externalId, personId, reason } = body
  const at = deps.clock.now()
  const known = await store.findSubject(tx, source.id, externalId)
  const taken = Boolean(known?.personId) || (await store.isPersonBound(tx, source.id, personId))
  refuseIf(bindRefusal({ actorId: actor.personId, personId, taken }))
  const subject =
    known ??
    (await store.saveSubject(tx, {
      id: newId(at.getTime()),
      tenantId: actor.tenantId,
      sourceId: source.id,
      externalId,
      attributes: {},
      status: 'active',
      at,
    }))
  await store.bind(tx, subject.id, { personId, how: 'administrator', by: actor.personId, at })
  await store.settleJoiner(tx, source.id, externalId, at)
  const view = (await subjectViews(deps, tx, [(await store.findSubject(tx, source.id, externalId))!]))[0]!
  return { view, events: [about(source, 'source.subject_bound', { personId, externalId, how: 'administrator', reason })] }
}
export const unbindSubject = async (
  deps: FederationDeps,
  tx: Tx,
  actor: PersonActor,
  { params, body }: InputOf<typeof contract.unbindSubject>,
) => {
  const source = await held(tx, params.sourceId)
  const subject = await store.lockSubject(tx, source.id, params.subjectId)
  if (!subject?.personId) throw new Refusal('federation.subject_not_found')
  const { personId, externalId } = subject
  if (personId === actor.personId) throw new Refusal('federation.own_binding')
  await store.unbind(tx, subject.id)
  const sessions = await deps.logon.endSessions(tx, personId, source.kind)
  const view = (await subjectViews(deps, tx, [(await store.findSubject(tx, source.id, externalId))!]))[0]!
  return { view, events: [about(source, 'source.subject_unbound', { personId, externalId, sessions, reason: body.reason })] }
}
export const listOfProposals = async (
  deps: FederationDeps,
  tx: ReadTx,
  actor: PersonActor,
  { query }: InputOf<typeof contract.listProposals>,
) => {
  const rows = await store.listProposals(tx, { ...query, tenantId: actor.tenantId })
  const names = await deps.names(
    tx,
    rows.map((row) => row.personId).filter((id) => id !== null),
  )
  const items = rows.map(({ seenAt, ...row }) => ({
    ...row,
    personName: (row.personId && names.get(row.personId)) ?? null,
    seenAt: seenAt.toISOString(),
  }))
  return { view: { items, next: rows.length === query.limit ? rows.at(-1)!.id : null } }
}
/** The reason stays in the ledger, beside who gave it. */
export const dismissProposal = async (
  deps: FederationDeps,
  tx: Tx,
  actor: PersonActor,
  { params, body }: InputOf<typeof contract.dismissProposal>,
) => {
  const proposal = await store.lockProposal(tx, params.proposalId)
  if (!proposal) throw new Refusal('federation.proposal_not_found')
  const { kind, personId, externalId, sourceId } = proposal
  refuseIf(dismissRefusal({ kind, personId, actorId: actor.personId }))
  await store.settleProposal(tx, params.proposalId, deps.clock.now())
  const data = { kind, personId, externalId, reason: body.reason }
  return { view: {}, events: [about({ id: sourceId }, 'source.proposal_dismissed', data)] }
}
