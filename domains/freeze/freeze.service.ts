import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import type { ExceptionView, FreezeItem, FreezeView } from './freeze.contract.ts'
import {
  type ExceptionWord,
  exceptionRefusal,
  exceptionState,
  type FreezeScope,
  liftRefusal,
  type Speaker,
  spanRefusal,
} from './freeze.model.ts'
import type { FreezeDeps } from './freeze.ports.ts'
import {
  decideRow,
  type ExceptionRow,
  type FreezeRow,
  findFreeze,
  insertException,
  insertFreeze,
  liftRow,
  listExceptions,
  lockException,
  lockFreeze,
  unitNames,
} from './freeze.store.ts'

export interface NewFreeze {
  readonly name: string
  readonly reason: string
  readonly startsAt: string
  readonly endsAt: string
  readonly scope: FreezeScope
  readonly scopeIds: readonly string[]
}
const speaker = (actor: PersonActor): Speaker => ({
  personId: actor.personId,
  tenantId: actor.tenantId,
  management: actor.party === 'management-unit',
})
const event = (freeze: Pick<FreezeRow, 'id' | 'name'>, type: string, data: Record<string, unknown> = {}): DomainEvent => ({
  type,
  object: `freeze/${freeze.id}`,
  name: freeze.name,
  ...data,
})

export async function declare(tx: Tx, deps: FreezeDeps, actor: PersonActor, body: NewFreeze) {
  const now = deps.clock.now()
  const [startsAt, endsAt] = [new Date(body.startsAt), new Date(body.endsAt)]
  refuseIf(spanRefusal(startsAt, endsAt, now))
  const scopeIds = [...new Set(body.scopeIds)]
  const known = await scopeNames(tx, deps, [{ scope: body.scope, scopeIds }])
  const right = body.scope === 'deployment' ? scopeIds.length === 0 : scopeIds.length > 0
  if (!right || scopeIds.some((id) => !known.has(id))) throw new Refusal('freeze.scope_invalid')
  const { name, reason, scope } = body
  const tenantId = actor.party === 'management-unit' ? null : actor.tenantId
  const row = {
    id: newId(now.getTime()),
    name,
    reason,
    startsAt,
    endsAt,
    scope,
    scopeIds,
    tenantId,
    declaredBy: actor.personId,
    declaredAt: now,
  }
  await insertFreeze(tx, row)
  const span = { startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() }
  return {
    view: await oneFreeze(tx, deps, actor, row.id),
    events: [event(row, 'freeze.declared', { ...span, scope, scopeIds, reason, everybody: tenantId === null })],
  }
}

export async function lift(tx: Tx, deps: FreezeDeps, actor: PersonActor, of: { freezeId: string; reason: string }) {
  const row = await lockFreeze(tx, of.freezeId)
  const now = deps.clock.now()
  refuseIf(liftRefusal(row, speaker(actor), now))
  await liftRow(tx, row.id, { by: actor.personId, at: now, reason: of.reason })
  return { view: await oneFreeze(tx, deps, actor, row.id), events: [event(row, 'freeze.lifted', { reason: of.reason })] }
}

export async function request(
  tx: Tx,
  deps: FreezeDeps,
  actor: PersonActor,
  of: { freezeId: string; changeId: string; reason: string },
) {
  const freeze = await findFreeze(tx, of.freezeId)
  if (!freeze) throw notFound('freeze')
  const now = deps.clock.now()
  if (freeze.liftedAt !== null || freeze.endsAt <= now) throw new Refusal('freeze.wrong_state')
  const changes = deps.changes()
  const change = await changes.find(tx, of.changeId)
  if (!change) throw notFound('change')
  const asks = [change.requesterId, change.executorId, change.managerId].includes(actor.personId)
  if (!asks || change.tenantId !== actor.tenantId || !change.planHash) throw new Refusal('freeze.not_of_change')
  if (!(await changes.isHeldBy(tx, change.id, freeze.id))) throw new Refusal('freeze.not_covered')
  const id = newId(now.getTime())
  await insertException(tx, {
    id,
    freezeId: freeze.id,
    changeId: change.id,
    changeNo: change.no,
    planHash: change.planHash,
    tenantId: change.tenantId,
    partyPersonIds: [...new Set(change.personIds)],
    reason: of.reason,
    requestedBy: actor.personId,
    requestedAt: now,
  })
  const deciders = [
    ...(await deps.holders(tx, { role: 'CHM', duty: null, tenantId: change.tenantId })),
    ...(await deps.holders(tx, { role: 'GMU', duty: null, party: 'management-unit' })),
  ]
  await deps.notify(
    tx,
    deciders
      .filter(({ personId }) => personId !== actor.personId && !change.personIds.includes(personId))
      .map((who) => ({
        ...who,
        kind: 'freeze.except',
        object: `freeze/${freeze.id}`,
        params: { no: change.no, title: freeze.name },
      })),
  )
  return {
    view: (await exceptionViews(tx, deps, actor, { freeze })).find((one) => one.id === id)!,
    events: [
      event(freeze, 'freeze.exception_requested', {
        exceptionId: id,
        changeId: change.id,
        no: change.no,
        planHash: change.planHash,
        reason: of.reason,
      }),
    ],
  }
}

export async function decide(
  tx: Tx,
  deps: FreezeDeps,
  actor: PersonActor,
  of: { exceptionId: string; verdict: 'approve' | 'refuse'; note?: string | undefined },
) {
  const row = await lockException(tx, of.exceptionId)
  const freeze = (await findFreeze(tx, row.freezeId))!
  const now = deps.clock.now()
  refuseIf(exceptionRefusal(wordOf(row), freeze, speaker(actor), { verdict: of.verdict, now }))
  const column = of.verdict === 'refuse' ? 'refused' : row.firstBy ? 'second' : 'first'
  await decideRow(tx, row.id, { column, by: actor.personId, at: now, note: of.note })
  const type = {
    refused: 'freeze.exception_refused',
    first: 'freeze.exception_approved',
    second: 'freeze.exception_granted',
  }[column]
  if (column !== 'first')
    await deps.notify(tx, [
      {
        tenantId: row.tenantId,
        personId: row.requestedBy,
        kind: type,
        object: `freeze/${freeze.id}`,
        params: { no: row.changeNo, title: freeze.name },
      },
    ])
  const { changeId, changeNo: no, planHash, tenantId } = row
  return {
    view: (await exceptionViews(tx, deps, actor, { freeze })).find((one) => one.id === row.id)!,
    events: [event(freeze, type, { exceptionId: row.id, tenantId, changeId, no, planHash, note: of.note ?? '' })],
  }
}

const wordOf = (row: ExceptionRow): ExceptionWord => ({
  tenantId: row.tenantId,
  partyPersonIds: row.partyPersonIds,
  requestedBy: row.requestedBy,
  first: row.firstBy
    ? {
        personId: row.firstBy,
        tenantId: row.firstTenantId ?? '',
        // Who decides is of the unit of the change or of the management unit, and of nobody else.
        management: row.firstTenantId !== row.tenantId,
      }
    : undefined,
  second: row.secondBy ? { personId: row.secondBy, tenantId: '', management: false } : undefined,
  refused: row.refusedBy !== null,
})

async function exceptionViews(
  tx: ReadTx,
  deps: FreezeDeps,
  actor: PersonActor,
  { freeze }: { freeze: FreezeRow },
): Promise<ExceptionView[]> {
  const rows = await listExceptions(tx, freeze.id)
  if (rows.length === 0) return []
  const ids = rows.flatMap((row) => [row.requestedBy, row.firstBy, row.secondBy, row.refusedBy]).filter((id) => id !== null)
  const names = await deps.names(tx, [...new Set(ids)])
  const now = deps.clock.now()
  const said = (by: string | null, at: Date | null, verdict: 'approve' | 'refuse') =>
    by && at ? [{ by: names.get(by) ?? '—', at: at.toISOString(), verdict }] : []
  return rows.map((row) => {
    const word = wordOf(row)
    const held = (verdict: 'approve' | 'refuse') => exceptionRefusal(word, freeze, speaker(actor), { verdict, now }) ?? null
    return {
      id: row.id,
      freezeId: row.freezeId,
      change: { id: row.changeId, no: row.changeNo },
      planHash: row.planHash,
      reason: row.reason,
      state: exceptionState(word),
      requestedBy: names.get(row.requestedBy) ?? '—',
      requestedAt: row.requestedAt.toISOString(),
      decisions: [
        ...said(row.firstBy, row.firstAt, 'approve'),
        ...said(row.secondBy, row.secondAt, 'approve'),
        ...said(row.refusedBy, row.refusedAt, 'refuse'),
      ],
      refusalNote: row.refusalNote,
      approveRefusal: held('approve'),
      refuseRefusal: held('refuse'),
    }
  })
}

/** What scopes name, as far as the caller may see it. */
async function scopeNames(
  tx: ReadTx,
  deps: FreezeDeps,
  rows: readonly Pick<FreezeRow, 'scope' | 'scopeIds'>[],
): Promise<ReadonlyMap<string, string>> {
  const ids = (scope: FreezeScope): string[] => [...new Set(rows.flatMap((row) => (row.scope === scope ? row.scopeIds : [])))]
  const found = async (scope: FreezeScope, find: (ids: string[]) => Promise<readonly { id: string; name: string }[]>) =>
    ids(scope).length > 0 ? await find(ids(scope)) : []
  const named = [
    ...(await found('tenants', (some) => unitNames(tx, some))),
    ...(await found('systems', (some) => deps.systems.find(tx, some))),
    ...(await found('targets', (some) => deps.targets.find(tx, some))),
  ]
  return new Map(named.map(({ id, name }) => [id, name]))
}

export async function toItems(tx: ReadTx, deps: FreezeDeps, rows: readonly FreezeRow[]): Promise<FreezeItem[]> {
  const people = await deps.names(tx, [
    ...new Set(rows.flatMap((row) => [row.declaredBy, row.liftedBy]).filter((id) => id !== null)),
  ])
  const scopes = await scopeNames(tx, deps, rows)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    reason: row.reason,
    startsAt: row.startsAt.toISOString(),
    endsAt: row.endsAt.toISOString(),
    everybody: row.tenantId === null,
    scope: row.scope,
    scopeNames: row.scopeIds.map((id) => scopes.get(id) ?? '—'),
    declaredBy: people.get(row.declaredBy) ?? '—',
    declaredAt: row.declaredAt.toISOString(),
    liftedBy: row.liftedBy ? (people.get(row.liftedBy) ?? '—') : null,
    liftedAt: row.liftedAt?.toISOString() ?? null,
    liftReason: row.liftReason,
  }))
}
export async function oneFreeze(tx: ReadTx, deps: FreezeDeps, actor: PersonActor, freezeId: string): Promise<FreezeView> {
  const freeze = await findFreeze(tx, freezeId)
  if (!freeze) throw notFound('freeze')
  const [item] = await toItems(tx, deps, [freeze])
  return {
    ...item!,
    liftRefusal: liftRefusal(freeze, speaker(actor), deps.clock.now()) ?? null,
    exceptions: await exceptionViews(tx, deps, actor, { freeze }),
  }
}
