import type { PersonActor } from '@huabiao/kit/actor/actor'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import type { DepartureItem, DepartureView } from './lifecycle.contract.ts'
import {
  type Asker,
  type DepartureAct,
  type DepartureKind,
  departureSteps,
  goneAt,
  lastDayRefusal,
  stepRefusal,
} from './lifecycle.model.ts'
import type { Ending, LifecycleDeps } from './lifecycle.ports.ts'
import {
  type Departure,
  findDeparture,
  insertDeparture,
  insertThing,
  isLeaving,
  listHeld,
  listSettlements,
  lockDeparture,
  saveDeparture,
  saveOffer,
  saveSettlement,
  silence,
} from './lifecycle.store.ts'
import { documentsThing, handover, type Item, offerRefusal, openItems, settleRefusal } from './lifecycle-handover.model.ts'

export interface Doing {
  readonly tx: Tx
  readonly deps: LifecycleDeps
  readonly actor: PersonActor
}
type Done = { view: DepartureView; events: DomainEvent[] }

export const departureEvent = (of: Departure, type: string, data: Record<string, unknown> = {}): DomainEvent => ({
  type,
  object: `departure/${of.id}`,
  tenantId: of.tenantId,
  personId: of.personId,
  lastDay: of.lastDay,
  ...data,
})

/** What the person holds, with who takes it over. */
export async function listOf(tx: ReadTx, of: Departure): Promise<Item[]> {
  const held = of.state === 'cancelled' || of.state === 'complete' ? [] : await listHeld(tx, of.personId, of.lastDay)
  return handover(of.kind, held, await listSettlements(tx, of.id))
}
const askerOf = async (tx: ReadTx, deps: LifecycleDeps, actor: PersonActor): Promise<Asker> => ({
  personId: actor.personId,
  tenantId: actor.tenantId,
  manages: await deps.isAllowed(tx, actor, 'lifecycle:manage'),
})
const supervisorsOf = async (tx: ReadTx, deps: LifecycleDeps, of: { tenantId: string; personId: string }): Promise<string[]> =>
  (await deps.holders(tx, { role: 'APV', duty: 'supervisor', tenantId: of.tenantId }))
    .map((one) => one.personId)
    .filter((id) => id !== of.personId)

/** A departure the actor may see: with oversight of the unit, as leaver, as successor, or as line supervisor. */
async function visible(tx: ReadTx, deps: LifecycleDeps, actor: PersonActor, id: string): Promise<Departure> {
  const found = await findDeparture(tx, id)
  if (!found) throw notFound('lifecycle')
  if (await deps.isAllowed(tx, actor, 'lifecycle:oversee')) return found
  if (found.personId === actor.personId || (await supervisorsOf(tx, deps, found)).includes(actor.personId)) return found
  const takesOver = (await listSettlements(tx, id)).some((one) => one.successorId === actor.personId)
  if (!takesOver) throw notFound('lifecycle')
  return found
}

export const toItem = (of: Departure, names: ReadonlyMap<string, string>, offeredToMe: boolean): DepartureItem => ({
  id: of.id,
  tenantId: of.tenantId,
  person: { id: of.personId, name: of.personName },
  kind: of.kind,
  state: of.state,
  lastDay: of.lastDay,
  goneAt: goneAt(of.lastDay).toISOString(),
  reason: of.reason,
  source: of.source,
  toDepartment: of.toDepartment,
  toPost: of.toPost,
  declaredBy: of.declaredBy && (names.get(of.declaredBy) ?? '—'),
  declaredAt: of.declaredAt.toISOString(),
  cutAt: of.cutAt?.toISOString() ?? null,
  completedBy: of.completedBy && (names.get(of.completedBy) ?? '—'),
  completedAt: of.completedAt?.toISOString() ?? null,
  cancelReason: of.cancelReason,
  offeredToMe,
  version: of.version,
})
export const peopleIn = (rows: readonly Departure[]): string[] =>
  [...new Set(rows.flatMap((row) => [row.declaredBy, row.completedBy]))].filter((id) => id !== null)

export async function view(tx: ReadTx, deps: LifecycleDeps, actor: PersonActor, id: string): Promise<DepartureView> {
  return toView(tx, deps, actor, await visible(tx, deps, actor, id))
}
async function toView(tx: ReadTx, deps: LifecycleDeps, actor: PersonActor, of: Departure): Promise<DepartureView> {
  const items = await listOf(tx, of)
  const asker = await askerOf(tx, deps, actor)
  const mayOffer = await offers(tx, deps, of, asker)
  const ids = items
    .flatMap((item) => [item.settlement?.successorId, item.settlement?.settledBy])
    .filter((one) => typeof one === 'string')
  const names = await deps.names(tx, [...new Set([...peopleIn([of]), ...ids])])
  const open = openItems(items).length
  const ref = (personId: string | null | undefined) => (personId ? { id: personId, name: names.get(personId) ?? '—' } : null)
  return {
    ...toItem(
      of,
      names,
      items.some((item) => item.state === 'offered' && item.settlement?.successorId === actor.personId),
    ),
    open,
    items: items.map(({ settlement, blocks: _blocks, ...item }) => ({
      ...item,
      successor: ref(settlement?.successorId),
      settledBy: ref(settlement?.settledBy)?.name ?? null,
      settledAt: settlement?.settledAt?.toISOString() ?? null,
      note: settlement?.note ?? null,
      offerRefusal: mayOffer
        ? (offerRefusal(of, { ...item, settlement, blocks: false }, { personId: '', staysInUnit: true }) ?? null)
        : 'lifecycle.not_administrator',
      settleRefusal: settleRefusal(of, { ...item, settlement, blocks: false }, asker) ?? null,
    })),
    confirmRefusal: stepRefusal(of, 'confirm', asker, 0) ?? null,
    cancelRefusal: stepRefusal(of, 'cancel', asker, 0) ?? null,
    completeRefusal: stepRefusal(of, 'complete', asker, open) ?? null,
  }
}
/** Administrators, the leaver while they are there, and the line supervisor name successors. */
const offers = async (tx: ReadTx, deps: LifecycleDeps, of: Departure, asker: Asker): Promise<boolean> =>
  asker.tenantId === of.tenantId &&
  (asker.manages || asker.personId === of.personId || (await supervisorsOf(tx, deps, of)).includes(asker.personId))

export interface Declaration {
  readonly kind: DepartureKind
  readonly personId: string
  readonly lastDay: string
  readonly reason: string
  readonly toDepartmentId?: string | null
  readonly toPost?: string
}
export async function begin(
  tx: Tx,
  deps: LifecycleDeps,
  of: Declaration & { tenantId: string; source: string; by: string | null },
): Promise<Departure> {
  const now = deps.clock.now()
  refuseIf(lastDayRefusal(of.lastDay, now))
  // Another unit's person and nobody are the same answer (NT-B13).
  if (!(await deps.peopleOf(tx, of.tenantId, [of.personId])).has(of.personId)) throw new Refusal('lifecycle.person_not_found')
  if (await isLeaving(tx, of.personId)) throw new Refusal('lifecycle.already_leaving')
  const toDepartmentId = of.toDepartmentId ?? null
  if (toDepartmentId && !(await deps.isDepartmentOf(tx, of.tenantId, toDepartmentId)))
    throw new Refusal('lifecycle.department_invalid')
  const id = newId(now.getTime())
  const { tenantId, personId, kind, lastDay, reason, source } = of
  const state = of.by ? 'notice' : 'proposed'
  const row = { id, tenantId, personId, kind, toDepartmentId, toPost: of.toPost ?? null, lastDay, reason, source, state } as const
  await insertDeparture(tx, { ...row, declaredBy: of.by, declaredAt: now })
  await insertThing(tx, {
    id: newId(now.getTime()),
    departureId: id,
    tenantId,
    name: documentsThing,
    way: 'accept',
    by: of.by,
    at: now,
  })
  return lockDeparture(tx, id)
}
export const tellLeaving = async (
  on: Pick<Doing, 'tx' | 'deps'>,
  of: Departure,
  kind: string,
  people: readonly string[],
): Promise<void> =>
  on.deps.notify(
    on.tx,
    [...new Set(people)].map((personId) => ({
      tenantId: of.tenantId,
      personId,
      kind,
      object: `departure/${of.id}`,
      params: { person: of.personName, lastDay: of.lastDay },
    })),
  )

/** Somebody had the word: what sources propose about it waits no longer. */
const decided = ({ tx, deps }: Pick<Doing, 'tx' | 'deps'>, of: Departure): Promise<void> =>
  deps.settleProposals(tx, { personId: of.personId, kind: of.kind === 'leave' ? 'leaver' : 'mover', at: deps.clock.now() })

export async function declare({ tx, deps, actor }: Doing, body: Declaration): Promise<Done> {
  const of = await begin(tx, deps, { ...body, tenantId: actor.tenantId, source: 'declared', by: actor.personId })
  await decided({ tx, deps }, of)
  await tellLeaving({ tx, deps }, of, 'departure.declared', [of.personId, ...(await supervisorsOf(tx, deps, of))])
  const { kind, reason, toPost } = of
  return { view: await toView(tx, deps, actor, of), events: [departureEvent(of, 'departure.declared', { kind, reason, toPost })] }
}
/** Held and judged once more: what was shown may have changed since. */
async function admitted({ tx, deps, actor }: Doing, id: string, act: Exclude<DepartureAct, 'cut'>, ifMatch: number | undefined) {
  await visible(tx, deps, actor, id)
  const of = await lockDeparture(tx, id)
  const items = await listOf(tx, of)
  const open = openItems(items)
  refuseIf(
    stepRefusal(of, act, await askerOf(tx, deps, actor), open.length),
    act === 'complete' ? { open: open.length } : undefined,
  )
  if (ifMatch !== undefined && ifMatch !== of.version) throw new Refusal('request.stale', { version: of.version })
  return { of, items }
}
export async function confirm(on: Doing, id: string, ifMatch: number | undefined): Promise<Done> {
  const { of } = await admitted(on, id, 'confirm', ifMatch)
  const { tx, deps, actor } = on
  // A word that comes late takes nothing away before it was given.
  const today = beijingDay(deps.clock.now())
  const lastDay = of.lastDay < today ? today : of.lastDay
  await saveDeparture(tx, of, { state: departureSteps.confirm.to, declaredBy: actor.personId, lastDay })
  await decided({ tx, deps }, of)
  await tellLeaving({ tx, deps }, of, 'departure.declared', [of.personId, ...(await supervisorsOf(tx, deps, of))])
  const after = await lockDeparture(tx, id)
  return {
    view: await toView(tx, deps, actor, after),
    events: [departureEvent(after, 'departure.declared', { kind: of.kind, reason: of.reason, source: of.source })],
  }
}
export async function cancel(on: Doing, id: string, reason: string, ifMatch: number | undefined): Promise<Done> {
  const { of } = await admitted(on, id, 'cancel', ifMatch)
  const { tx, deps, actor } = on
  await saveDeparture(tx, of, {
    state: departureSteps.cancel.to,
    cancelled: { by: actor.personId, at: deps.clock.now(), reason },
  })
  await decided({ tx, deps }, of)
  await tellLeaving({ tx, deps }, of, 'departure.cancelled', [of.personId])
  const after = await lockDeparture(tx, id)
  return { view: await toView(tx, deps, actor, after), events: [departureEvent(after, 'departure.cancelled', { reason })] }
}

export async function offer(on: Doing, id: string, body: { items: readonly string[]; successorId: string }): Promise<Done> {
  const { tx, deps, actor } = on
  await visible(tx, deps, actor, id)
  const of = await lockDeparture(tx, id)
  const asker = await askerOf(tx, deps, actor)
  if (!(await offers(tx, deps, of, asker))) throw new Refusal('lifecycle.not_administrator')
  const items = await listOf(tx, of)
  const successor = { personId: body.successorId, staysInUnit: await stays(tx, deps, of.tenantId, body.successorId) }
  const at = deps.clock.now()
  for (const key of new Set(body.items)) {
    refuseIf(
      offerRefusal(
        of,
        items.find((item) => item.key === key),
        successor,
      ),
    )
    await saveOffer(tx, {
      departureId: id,
      tenantId: of.tenantId,
      item: key,
      successorId: body.successorId,
      by: actor.personId,
      at,
    })
  }
  await tellLeaving({ tx, deps }, of, 'departure.offered', [body.successorId])
  const data = { items: [...new Set(body.items)], successorId: body.successorId }
  return { view: await toView(tx, deps, actor, of), events: [departureEvent(of, 'departure.offered', data)] }
}
const stays = async (tx: ReadTx, deps: LifecycleDeps, tenantId: string, personId: string): Promise<boolean> =>
  (await deps.peopleOf(tx, tenantId, [personId])).has(personId) && !(await isLeaving(tx, personId))

export async function settle(on: Doing, id: string, body: { item: string; note: string }): Promise<Done> {
  const { tx, deps, actor } = on
  await visible(tx, deps, actor, id)
  const of = await lockDeparture(tx, id)
  const item = (await listOf(tx, of)).find((one) => one.key === body.item)
  refuseIf(settleRefusal(of, item, await askerOf(tx, deps, actor)))
  const at = deps.clock.now()
  await saveSettlement(tx, { departureId: id, tenantId: of.tenantId, item: body.item, by: actor.personId, at, note: body.note })
  const event = departureEvent(of, 'departure.settled', { item: body.item, way: item!.way, by: actor.personId, note: body.note })
  return { view: await toView(tx, deps, actor, of), events: [event] }
}
export async function addThing(on: Doing, id: string, body: { name: string; way: 'accept' | 'return' }): Promise<Done> {
  const { tx, deps, actor } = on
  await visible(tx, deps, actor, id)
  const of = await lockDeparture(tx, id)
  if (of.tenantId !== actor.tenantId) throw new Refusal('lifecycle.not_administrator')
  if (of.state !== 'notice' && of.state !== 'cut') throw new Refusal('lifecycle.wrong_state')
  const at = deps.clock.now()
  await insertThing(tx, { id: newId(at.getTime()), departureId: id, tenantId: of.tenantId, ...body, by: actor.personId, at })
  return { view: await toView(tx, deps, actor, of), events: [departureEvent(of, 'departure.thing_added', body)] }
}

export async function complete(on: Doing, id: string, ifMatch: number | undefined): Promise<Done> {
  const { of, items } = await admitted(on, id, 'complete', ifMatch)
  const { tx, deps, actor } = on
  const at = deps.clock.now()
  // First, so that the database judges what is held before it ends.
  await saveDeparture(tx, of, {
    state: departureSteps.complete.to,
    cutAt: of.cutAt ?? at,
    completed: { by: actor.personId, at },
  })
  const ended = await endAccess({ tx, deps }, of, actor.personId, at)
  if (of.kind === 'leave') await deps.personLeft(tx, of.personId, at)
  else await deps.movePerson(tx, of.personId, of.toDepartmentId)
  if (of.kind === 'leave') await silence(tx, of.personId)
  const after = await lockDeparture(tx, id)
  const settled = items
    .filter((item) => item.state === 'settled')
    .map(({ key, settlement }) => ({ item: key, by: settlement?.settledBy }))
  return {
    view: await toView(tx, deps, actor, after),
    events: [...ended, departureEvent(after, 'departure.completed', { kind: of.kind, settled, toPost: of.toPost })],
  }
}

/** Everything that gave access, in one transaction: roles first, so that nothing asked meanwhile is still allowed. */
async function endAccess(
  { tx, deps }: Pick<Doing, 'tx' | 'deps'>,
  of: Departure,
  by: string | null,
  at: Date,
): Promise<DomainEvent[]> {
  const ending: Ending = { tenantId: of.tenantId, personId: of.personId, by, at, reason: of.kind }
  const roles = await deps.endRoles(tx, ending)
  const sessions = await deps.endSessions(tx, ending)
  const account = of.kind === 'leave' ? await deps.closeAccount(tx, ending) : await deps.endLogons(tx, ending)
  return [...roles, ...sessions, ...account]
}

/** The last day is over (S14): access ends whatever is open, and what is open goes to the line supervisor. Answers the events to record. */
export async function cut(tx: Tx, deps: LifecycleDeps, id: string): Promise<DomainEvent[]> {
  const of = await lockDeparture(tx, id)
  const at = deps.clock.now()
  if (of.state !== 'notice' || of.lastDay >= beijingDay(at)) return []
  const supervisors = await supervisorsOf(tx, deps, of)
  const items = await listOf(tx, of)
  const open = openItems(items)
  for (const item of open.filter((one) => supervisors.length > 0 && one.state === 'open'))
    await saveOffer(tx, { departureId: id, tenantId: of.tenantId, item: item.key, successorId: supervisors[0]!, by: null, at })
  // With the account go the rows of what is to come back; the things themselves are still out, and whoever saw one come back has said so.
  for (const { id: thingId, kind, label } of items)
    if (kind === 'terminal' || kind === 'security-key')
      await insertThing(tx, {
        id: thingId,
        departureId: id,
        tenantId: of.tenantId,
        name: label,
        way: 'return',
        was: kind,
        by: null,
        at,
      })
  const ended = await endAccess({ tx, deps }, of, null, at)
  await saveDeparture(tx, of, { state: 'cut', cutAt: at })
  if (of.kind === 'leave') await silence(tx, of.personId)
  const administrators = await Promise.all(
    ['PAD', 'TAD', 'SEC'].map((role) => deps.holders(tx, { role, duty: null, tenantId: of.tenantId })),
  )
  await tellLeaving({ tx, deps }, of, open.length > 0 ? 'departure.cut_open' : 'departure.cut', [
    ...supervisors,
    ...administrators.flat().map((one) => one.personId),
  ])
  return [
    ...ended,
    departureEvent(of, 'departure.cut', { open: open.map((item) => item.key), supervisorId: supervisors[0] ?? null }),
  ]
}
