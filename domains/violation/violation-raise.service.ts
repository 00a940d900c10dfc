import type { Plane } from '@huabiao/kit/actor/actor'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { enterTenant, type ReadTx, type Tx } from '@huabiao/kit/db/db'
import { newId } from '@huabiao/kit/ids/new-id'
import {
  aggravatesAt,
  casesPerHour,
  catalogue,
  countMax,
  type EntryId,
  evidenceMax,
  type Intent,
  joinMs,
  type Severity,
  severityOf,
  weighsMore,
} from './violation.model.ts'
import type { Holder, ViolationDeps } from './violation.ports.ts'
import {
  type Case,
  type Evidence,
  findJoin,
  growCase,
  insertCase,
  insertEvidence,
  lockCase,
  type NewCase,
  nextNo,
  replaceDeadline,
} from './violation.store.ts'
import { findPlace, type Place, presentTenant } from './violation-ledger.store.ts'
import { dueIn } from './violation-life.model.ts'

/** What was found, by the detector or by a domain that calls `raise` itself. */
export interface Finding {
  readonly entry: EntryId
  readonly intent: Intent
  /** `change/<id>`, `session/<id>`, `target/<id>`: what it is about. */
  readonly object: string
  /** Null where nobody is known. `executor` asks the object for its own. */
  readonly person: string | 'executor' | null
  /** Where nobody is known: what tells one stranger from another. */
  readonly trace?: string
  /** The unit of the case, where it is not that of the object; of what has no place it is the caller's. */
  readonly tenantId?: string
  readonly plane?: Plane
  readonly code?: string | null
  readonly rule?: string | null
  readonly detail?: Readonly<Record<string, string | number>>
  readonly at: Date
  readonly firstAt?: Date
  readonly count?: number
  readonly evidence?: readonly Evidence[]
}

type Told = Pick<Case, 'id' | 'tenantId' | 'no' | 'entry' | 'severity'>
export const violationEvent = (
  of: Told & Pick<Case, 'plane' | 'personId' | 'changeId'>,
  type: string,
  data: Record<string, unknown> = {},
): DomainEvent => ({
  type,
  object: `violation/${of.id}`,
  tenantId: of.tenantId,
  plane: of.plane,
  no: of.no,
  entry: of.entry,
  severity: of.severity,
  ...(of.personId ? { personId: of.personId } : {}),
  ...(of.changeId ? { changeId: of.changeId } : {}),
  ...data,
})
/** Each person once, in their own unit. */
export async function tell(
  { tx, deps }: { readonly tx: Tx; readonly deps: ViolationDeps },
  of: Told,
  kind: string,
  people: readonly Holder[],
): Promise<void> {
  const { no, entry, severity } = of
  const each = new Map(people.map((one) => [one.personId, one]))
  await deps.notify(
    tx,
    [...each.values()].map(({ tenantId, personId }) => ({
      tenantId,
      personId,
      kind,
      object: `violation/${of.id}`,
      params: { no, entry, severity },
    })),
  )
}
export const supervisorsOf = (tx: ReadTx, deps: ViolationDeps, tenantId: string): Promise<readonly Holder[]> =>
  deps.holders(tx, { role: 'APV', duty: 'supervisor', tenantId })
export const securityOf = (tx: ReadTx, deps: ViolationDeps, tenantId: string): Promise<readonly Holder[]> =>
  deps.holders(tx, { role: 'SEC', duty: null, tenantId })
export const managementOf = async (tx: ReadTx, deps: ViolationDeps): Promise<readonly Holder[]> => [
  ...(await deps.holders(tx, { role: 'GMU', duty: null })),
  ...(await deps.holders(tx, { role: 'SEC', duty: null, party: 'management-unit' })),
]

/**
 * Opens a case, or lets an open one take it in. Works in whatever unit it concerns and comes back to the caller's; answers what the
 * caller records with its own events.
 */
export async function raise(tx: Tx, deps: ViolationDeps, found: Finding): Promise<DomainEvent[]> {
  const home = await presentTenant(tx)
  const place = await findPlace(tx, found.object)
  const tenantId = found.tenantId ?? place?.tenantId ?? home
  await enterTenant(tx, tenantId)
  const events = await raiseThere({ tx, deps, place, tenantId }, found)
  await enterTenant(tx, home)
  return events
}

async function raiseThere(
  on: { tx: Tx; deps: ViolationDeps; place: Place | undefined; tenantId: string },
  found: Finding,
): Promise<DomainEvent[]> {
  const { tx, deps, place, tenantId } = on
  const personId = found.person === 'executor' ? (place?.executorId ?? null) : found.person
  const { entry, intent, at } = found
  // A slip is the person's, whatever they slipped on; anything else is about one object.
  const joinKey = `${entry}|${personId ?? `-${found.trace ?? ''}`}|${intent === 'slip' && personId ? '' : found.object}`.slice(
    0,
    400,
  )
  const hourAgo = new Date(at.getTime() - 3_600_000)
  const since = new Date(at.getTime() - joinMs)
  const open = await findJoin(tx, { joinKey, entry, personId, since, hourAgo, most: casesPerHour })
  if (open) return joinCase(tx, deps, open, found)
  const count = Math.min(found.count ?? 1, countMax)
  const touched = place ? [place.tenantId, ...place.partyIds].filter((id) => id !== tenantId) : []
  // Whose object it is learns of the case; the unit of the person learns no more of the object than it may see anyway.
  const sees = place && (place.tenantId === tenantId || place.partyIds.includes(tenantId))
  const made: NewCase = {
    id: newId(at.getTime()),
    tenantId,
    partyIds: [...new Set(touched)].sort(),
    plane: found.plane ?? place?.plane ?? 'platform',
    no: await nextNo(tx, beijingDay(deps.clock.now()).replaceAll('-', '')),
    entry,
    intent,
    severity: severityOf(entry, intent, count),
    joinKey,
    count,
    firstAt: found.firstAt ?? at,
    lastAt: at,
    raisedAt: deps.clock.now(),
    personId,
    personName: personId ? ((await deps.names(tx, [personId])).get(personId) ?? null) : null,
    object: found.object.slice(0, 200),
    code: found.code ?? null,
    rule: found.rule ?? catalogue[entry].rules[0] ?? null,
    changeId: sees ? place.changeId : null,
    changeNo: sees ? place.changeNo : null,
    sessionId: sees ? place.sessionId : null,
    detail: found.detail ?? {},
  }
  await insertCase(tx, made)
  await insertEvidence(tx, made, found.evidence ?? [], evidenceMax)
  const due = dueIn({ state: 'raised', entry, answerOverdue: false }, made.raisedAt, deps.holidays)
  await replaceDeadline(tx, made, due, made.raisedAt)
  await tellRaised(tx, deps, made, 'violation.raised')
  const { code, rule, object } = made
  return [
    violationEvent(made, 'violation.raised', {
      intent,
      count,
      about: object,
      ...(code ? { of: code } : {}),
      ...(rule ? { line: rule } : {}),
    }),
  ]
}

/** Another one of the same: it counts, and weighs more when there are many. */
async function joinCase(
  tx: Tx,
  deps: ViolationDeps,
  open: NonNullable<Awaited<ReturnType<typeof findJoin>>>,
  found: Finding,
): Promise<DomainEvent[]> {
  const count = Math.min(open.count + 1, countMax)
  const now = severityOf(found.entry, open.intent, count)
  const severity: Severity = weighsMore(now, open.severity) ? now : open.severity
  const lastAt = found.at > open.lastAt ? found.at : open.lastAt
  await growCase(tx, open.id, { count, lastAt, severity })
  await insertEvidence(tx, open, found.evidence?.slice(0, 1) ?? [], evidenceMax)
  if (severity === open.severity) return []
  const grown = (await lockCase(tx, open.id))!
  await tellRaised(tx, deps, grown, 'violation.aggravated')
  return [violationEvent(grown, 'violation.aggravated', { count, after: aggravatesAt })]
}

/** The security team, the person and their supervisor, and whom the catalogue names. */
async function tellRaised(tx: Tx, deps: ViolationDeps, of: NewCase, kind: string): Promise<void> {
  const { told, oversight } = catalogue[of.entry]
  const { tenantId, personId } = of
  const others: Holder[] = [...(await securityOf(tx, deps, tenantId))]
  for (const role of told) others.push(...(await deps.holders(tx, { role, duty: null, tenantId })))
  if (of.severity !== 'minor') {
    for (const unit of of.partyIds) others.push(...(await deps.holders(tx, { role: 'TAD', duty: null, tenantId: unit })))
    if (oversight) others.push(...(await managementOf(tx, deps)), ...(await deps.holders(tx, { role: 'SPV', duty: null })))
  }
  const asked = [...(personId ? [{ personId, tenantId }] : []), ...(await supervisorsOf(tx, deps, tenantId))]
  const answers = new Set(asked.map((one) => one.personId))
  await tell({ tx, deps }, of, kind === 'violation.raised' ? 'violation.answer' : kind, asked)
  await tell(
    { tx, deps },
    of,
    kind,
    others.filter((one) => !answers.has(one.personId)),
  )
}
