import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { type Asker, reopenRefusal } from './lifecycle.model.ts'
import type { LifecycleDeps } from './lifecycle.ports.ts'
import type { FindingView, JoinerView, SuspensionView } from './lifecycle-norm.contract.ts'
import {
  closingRule,
  dueOf,
  joinerDone,
  joinerSteps,
  type NormFinding,
  nextJoinerStep,
  normFindings,
  norms,
  type PersonFacts,
  type Standing,
  standingOf,
  type Told,
  trainingActs,
} from './lifecycle-norm.model.ts'
import {
  askSuspension,
  closeFindings,
  endBindingSuspension,
  endSuspension,
  type FindingRow,
  insertFinding,
  insertSuspension,
  isHeldByRule,
  listFindings,
  listPeople,
  lockSuspension,
  noteOverdue,
  type Suspension,
} from './lifecycle-norm.store.ts'

interface On {
  readonly tx: Tx
  readonly deps: LifecycleDeps
  readonly tenantId: string
  readonly at: Date
}
const keyOf = (personId: string, finding: { rule: string; about: string }): string =>
  `${personId} ${finding.rule} ${finding.about}`

/** Looks at everybody in a unit: opens what is new, clears what is over, tells what is late, and takes away what a rule says. Answers the events. */
export async function judgeUnit(on: On): Promise<DomainEvent[]> {
  const { tx, tenantId, at } = on
  const people = await listPeople(tx, tenantId, at)
  const open = new Map(
    (await listFindings(tx, { limit: 20_000, open: true, tenantId })).map((row) => [keyOf(row.personId, row), row]),
  )
  const told = await seatsOf(on)
  const standing = standingOf(people, at)
  const events: DomainEvent[] = []
  const held = new Set<string>()
  for (const person of people) {
    for (const finding of normFindings(person, at)) {
      const key = keyOf(person.personId, finding)
      held.add(key)
      const known = open.get(key)
      events.push(...(known ? await remind(on, known) : await find(on, person, finding, told(person, finding))))
    }
    events.push(...(await suspend(on, person, standing)))
  }
  const over = [...open].filter(([key]) => !held.has(key)).map(([, row]) => row)
  if (over.length > 0)
    await closeFindings(
      tx,
      over.map((row) => row.id),
      at,
    )
  for (const row of over) events.push(normEvent(row, 'norm.cleared'))
  return events
}
const normEvent = (
  row: Pick<FindingRow, 'id' | 'tenantId' | 'personId' | 'rule' | 'about'>,
  type: string,
  data: object = {},
): DomainEvent => ({
  type,
  object: `account-finding/${row.id}`,
  tenantId: row.tenantId,
  personId: row.personId,
  norm: row.rule,
  about: row.about,
  ...data,
})
/** Who sits where in the unit, asked once for all its people. */
async function seatsOf({ tx, deps, tenantId }: On): Promise<(of: PersonFacts, finding: NormFinding) => string[]> {
  const ids = async (role: string, duty: string | null = null): Promise<string[]> =>
    (await deps.holders(tx, { role, duty, tenantId })).map((one) => one.personId)
  const seats: Record<Exclude<Told, 'person'>, string[]> = {
    administrator: [...(await ids('PAD')), ...(await ids('TAD'))],
    security: await ids('SEC'),
    supervisor: await ids('APV', 'supervisor'),
  }
  return (of, finding) => [
    ...new Set(norms[finding.rule].tells.flatMap((who) => (who === 'person' ? [of.personId] : seats[who]))),
  ]
}
const tellNorm = (
  { tx, deps, tenantId }: On,
  kind: string,
  row: { personName: string; rule: string },
  people: readonly string[],
) =>
  deps.notify(
    tx,
    people.map((personId) => ({
      tenantId,
      personId,
      kind,
      object: `account-findings/${row.rule}`,
      params: { person: row.personName, norm: row.rule },
    })),
  )
async function find(on: On, of: PersonFacts, finding: NormFinding, told: readonly string[]): Promise<DomainEvent[]> {
  const { tx, tenantId, at } = on
  const { rule, about, evidence } = finding
  const row = {
    id: newId(at.getTime()),
    tenantId,
    personId: of.personId,
    rule,
    about,
    evidence,
    toldIds: told,
    foundAt: at,
    dueAt: dueOf(rule, at),
  }
  await insertFinding(tx, row)
  await tellNorm(on, `norm.${rule}`, { personName: of.name, rule }, told)
  return [normEvent(row, 'norm.found', { evidence, told, dueAt: row.dueAt.toISOString() })]
}
/** Silence is told upwards, once. */
async function remind(on: On, row: FindingRow): Promise<DomainEvent[]> {
  const { tx, deps, tenantId, at } = on
  if (row.overdueToldAt !== null || at < row.dueAt || norms[row.rule].days === 0) return []
  await noteOverdue(tx, row.id, at)
  await tellNorm(on, 'norm.overdue', row, [...new Set([...row.toldIds, ...(await reinstating(tx, deps, tenantId))])])
  return [normEvent(row, 'norm.overdue', { dueAt: row.dueAt.toISOString() })]
}

/** Who confirms a way back in a unit: its security, or, where it has none of its own, its tenant administrators. */
export const reinstating = async (tx: ReadTx, deps: LifecycleDeps, tenantId: string): Promise<string[]> => {
  const seats = await Promise.all(['SEC', 'TAD'].map((role) => deps.holders(tx, { role, duty: null, tenantId })))
  return seats.flat().map((one) => one.personId)
}

/** A rule takes one role, whatever held it already: that lets go some day, this does not. */
export async function takeRole(
  { tx, deps, tenantId, at }: On,
  standing: Standing,
  { role, ...of }: { personId: string; bindingId: string; role: string; rule: string },
): Promise<DomainEvent[]> {
  await insertSuspension(tx, { id: newId(at.getTime()), tenantId, accountId: null, since: at, ...of })
  standing.took(of.personId, role)
  return deps.holdRole(tx, of.bindingId, { by: null, at, reason: of.rule })
}

async function suspend(on: On, of: PersonFacts, standing: Standing): Promise<DomainEvent[]> {
  const { tx, deps, tenantId, at } = on
  const events: DomainEvent[] = []
  const closing = closingRule(of, at, standing)
  if (closing && of.accountId && !of.suspended) {
    const row = {
      id: newId(at.getTime()),
      tenantId,
      personId: of.personId,
      accountId: of.accountId,
      bindingId: null,
      rule: closing,
      since: at,
    }
    await insertSuspension(tx, row)
    events.push(...(await deps.suspendAccount(tx, { tenantId, personId: of.personId, by: null, at, reason: closing })))
    standing.took(of.personId)
  }
  const { hold, release } = trainingActs(of, at, standing)
  for (const { id: bindingId, role } of hold)
    events.push(...(await takeRole(on, standing, { personId: of.personId, bindingId, role, rule: 'N-A07' })))
  // What another rule holds as well stays held.
  for (const binding of release)
    if ((await endBindingSuspension(tx, binding.id, 'N-A07', at)) && !(await isHeldByRule(tx, binding.id)))
      events.push(...(await deps.releaseRole(tx, binding.id, { by: null, at, reason: 'N-A07' })))
  return events
}

const toJoiner = (of: PersonFacts, at: Date): JoinerView => {
  const done = joinerDone(of, at)
  return {
    person: { id: of.personId, name: of.name },
    department: of.department,
    login: of.login,
    registeredAt: of.registeredAt.toISOString(),
    trainingUntil: of.trainingUntil,
    done: joinerSteps.filter((step) => done[step]),
    next: nextJoinerStep(done) ?? null,
  }
}
/** Whoever has not taken every step, the newest first; a registered terminal alone is no reason to be here once somebody works. */
export async function joiners(tx: ReadTx, tenantId: string, at: Date): Promise<{ items: JoinerView[]; more: boolean }> {
  const all = (await listPeople(tx, tenantId, at))
    .filter((of) => of.status === 'active')
    .map((of) => toJoiner(of, at))
    .filter((of) => of.next !== null && of.next !== 'terminal')
    .sort((a, b) => (a.registeredAt < b.registeredAt ? 1 : -1))
  return { items: all.slice(0, 500), more: all.length > 500 }
}

export async function toFindings(tx: ReadTx, deps: LifecycleDeps, rows: readonly FindingRow[]): Promise<FindingView[]> {
  const names = await deps.names(tx, [...new Set(rows.flatMap((row) => row.toldIds))])
  const at = deps.clock.now()
  return rows.map((row) => ({
    id: row.id,
    rule: row.rule,
    person: { id: row.personId, name: row.personName },
    about: row.about,
    evidence: row.evidence,
    told: row.toldIds.map((id) => names.get(id) ?? '—').slice(0, 50),
    foundAt: row.foundAt.toISOString(),
    dueAt: row.dueAt.toISOString(),
    overdue: row.clearedAt === null && norms[row.rule].days > 0 && at >= row.dueAt,
    clearedAt: row.clearedAt?.toISOString() ?? null,
  }))
}

interface Actors extends Asker {
  /** Holds `lifecycle:reinstate`. */
  readonly reinstates: boolean
}
export const actorsOf = async (tx: ReadTx, deps: LifecycleDeps, actor: PersonActor): Promise<Actors> => ({
  personId: actor.personId,
  tenantId: actor.tenantId,
  manages: await deps.isAllowed(tx, actor, 'lifecycle:manage'),
  reinstates: await deps.isAllowed(tx, actor, 'lifecycle:reinstate'),
})
export const toSuspension = (row: Suspension, names: ReadonlyMap<string, string>, asker: Actors): SuspensionView => ({
  id: row.id,
  person: { id: row.personId, name: row.personName },
  login: row.login,
  role: row.role,
  rule: row.rule,
  since: row.since.toISOString(),
  askedBy: row.askedBy && (names.get(row.askedBy) ?? '—'),
  askReason: row.askReason,
  askRefusal: reopenRefusal(row, 'ask', asker) ?? null,
  confirmRefusal: reopenRefusal(row, 'confirm', asker) ?? null,
})
type Done = { view: SuspensionView; events: DomainEvent[] }
interface Doing {
  readonly tx: Tx
  readonly deps: LifecycleDeps
  readonly actor: PersonActor
}
async function admitted({ tx, deps, actor }: Doing, id: string, act: 'ask' | 'confirm') {
  const row = await lockSuspension(tx, id)
  if (!row || row.tenantId !== actor.tenantId) throw new Refusal('lifecycle.suspension_not_found')
  const asker = await actorsOf(tx, deps, actor)
  refuseIf(reopenRefusal(row, act, asker))
  return { row, asker }
}
export async function ask(on: Doing, id: string, reason: string): Promise<Done> {
  const { row, asker } = await admitted(on, id, 'ask')
  const { tx, deps, actor } = on
  await askSuspension(tx, id, { by: actor.personId, reason, at: deps.clock.now() })
  const { tenantId } = row
  const others = (await reinstating(tx, deps, tenantId)).filter((id) => id !== actor.personId && id !== row.personId)
  await deps.notify(
    tx,
    others.map((personId) => ({
      tenantId,
      personId,
      kind: 'suspension.confirm',
      object: 'suspensions',
      params: { person: row.personName, norm: row.rule },
    })),
  )
  const names = await deps.names(tx, [actor.personId])
  const { personId, rule } = row
  return {
    view: toSuspension({ ...row, askedBy: actor.personId, askReason: reason }, names, asker),
    events: [{ type: 'account.reopening_asked', object: `suspension/${id}`, personId, norm: rule, reason }],
  }
}
export async function reopen(on: Doing, id: string): Promise<Done> {
  const { row, asker } = await admitted(on, id, 'confirm')
  const { tx, deps, actor } = on
  const at = deps.clock.now()
  await endSuspension(tx, id, actor.personId, at)
  const { tenantId, personId, bindingId } = row
  const how = { by: actor.personId, at, reason: row.askReason ?? '' }
  const events = bindingId
    ? await deps.releaseRole(tx, bindingId, how)
    : await deps.reopenAccount(tx, { tenantId, personId, ...how })
  if (events.length === 0) throw new Refusal('lifecycle.suspension_not_found')
  const names = await deps.names(tx, row.askedBy ? [row.askedBy] : [])
  return { view: toSuspension(row, names, asker), events }
}
