import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Tx } from '@huabiao/kit/db/db'
import { Unavailable } from '@huabiao/kit/errors/errors'
import type { Outcome } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { type FederationRefusal, peopleMax, proposalsOf } from './federation.model.ts'
import { type DirectoryPerson, type FederationDeps, TooMany } from './federation.ports.ts'
import * as store from './federation.store.ts'
import { hostOf } from './federation-settings.model.ts'

export type Synced = { people: number; proposals: number } | { refusal: FederationRefusal }
type Transact = <T>(work: (tx: Tx) => Promise<Outcome<T>>) => Promise<T>

/** Asks the directory outside of any transaction. */
async function ask(deps: FederationDeps, source: store.SourceRow): Promise<DirectoryPerson[] | FederationRefusal> {
  const { settings } = source
  if (settings.kind !== 'ldap') return 'federation.source_invalid'
  if (!deps.hosts.includes(hostOf(settings)!)) return 'federation.host_not_allowed'
  const secret = await deps.secret(source.tenantId, settings.secretName)
  if (secret === undefined) return 'federation.secret_missing'
  try {
    const people = await deps.directory.people({ settings, secret })
    return people.length > peopleMax ? 'federation.directory_too_large' : people
  } catch (error) {
    if (error instanceof TooMany) return 'federation.directory_too_large'
    if (error instanceof Unavailable) return 'federation.directory_away'
    throw error
  }
}

/** One look at a whole directory: subjects as they are now, bindings by identity number, and what follows as proposals. Never a role. */
export async function syncDirectory(deps: FederationDeps, source: store.SourceRow, transact: Transact): Promise<Synced> {
  const people = await ask(deps, source)
  return transact<Synced>(async (tx) => {
    const at = deps.clock.now()
    const event = (data: object): DomainEvent => ({
      type: 'source.synchronised',
      object: `identity-source/${source.id}`,
      tenantId: source.tenantId,
      ...data,
    })
    const refuse = async (refusal: FederationRefusal): Promise<Outcome<Synced>> => {
      await store.saveSync(tx, source.id, { at, code: refusal, people: Array.isArray(people) ? people.length : null })
      // Every quarter of an hour the same no is one record, until it changes.
      return source.syncCode === refusal
        ? { view: { refusal }, unchanged: true }
        : { view: { refusal }, events: [event({ decision: 'refused', code: refusal })] }
    }
    if (!Array.isArray(people)) return refuse(people)
    if (!(await store.lockSource(tx, source.id))) return refuse('federation.source_not_found')
    const known = await store.listAllSubjects(tx, source.id)
    const result = proposalsOf(known, people)
    if ('refusal' in result) return refuse(result.refusal)
    const before = new Map(known.map((one) => [one.externalId, one]))
    const bound: { personId: string; externalId: string }[] = []
    for (const one of people) bound.push(...(await keep(tx, deps, source, { known: before.get(one.externalId), seen: one })))
    if (result.gone.length > 0) await store.markGone(tx, source.id, result.gone)
    const nowBound = new Set(bound.map((one) => one.externalId))
    let proposals = 0
    for (const proposal of result.proposals) {
      // Whoever was just recognised has a person already: nobody joins.
      if (nowBound.has(proposal.externalId)) continue
      await store.saveProposal(tx, { ...proposal, id: newId(at.getTime()), tenantId: source.tenantId, sourceId: source.id, at })
      proposals += 1
    }
    await store.saveSync(tx, source.id, { at, code: null, people: people.length })
    const view = { people: people.length, proposals }
    const binding = bound.map(
      ({ personId, externalId }): DomainEvent => ({
        ...event({ personId, externalId, how: 'import' }),
        type: 'source.subject_bound',
      }),
    )
    const hasNews = proposals > 0 || binding.length > 0 || source.syncCode !== null || source.syncedAt === null
    return hasNews ? { view, events: [event(view), ...binding] } : { view, unchanged: true }
  })
}

/** Writes what was seen, where it is news; binds a person whom the identity number names. */
async function keep(
  tx: Tx,
  deps: FederationDeps,
  source: store.SourceRow,
  { known, seen }: { known: store.SubjectRow | undefined; seen: DirectoryPerson },
): Promise<{ personId: string; externalId: string }[]> {
  const at = deps.clock.now()
  const { externalId, attributes, active } = seen
  const status = active ? 'active' : 'disabled'
  const isNews = !known || known.status !== status || JSON.stringify(known.attributes) !== JSON.stringify(attributes)
  const subject = isNews
    ? await store.saveSubject(tx, {
        id: newId(at.getTime()),
        tenantId: source.tenantId,
        sourceId: source.id,
        externalId,
        attributes,
        status,
        at,
      })
    : known
  if (subject.personId || !seen.identityNumber || !active) return []
  const personId = await bindByImport(tx, deps, source, { subjectId: subject.id, identityNumber: seen.identityNumber })
  if (!personId) return []
  await store.settleJoiner(tx, source.id, externalId, at)
  return [{ personId, externalId }]
}

/** @returns whom it bound; undefined where nobody of the unit has that number, or has a subject of this source already */
export async function bindByImport(
  tx: Tx,
  deps: FederationDeps,
  source: { id: string; tenantId: string },
  { subjectId, identityNumber }: { subjectId: string; identityNumber: string },
): Promise<string | undefined> {
  const personId = await deps.personOf(tx, source.tenantId, identityNumber)
  if (!personId || (await store.isPersonBound(tx, source.id, personId))) return undefined
  await store.bind(tx, subjectId, { personId, how: 'import', by: null, at: deps.clock.now() })
  return personId
}
