import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import type { PreauthorisationView } from './consent.contract.ts'
import { type PreauthorisedRisk, revokeRefusal, stateOf, termsRefusal } from './consent.model.ts'
import type { ConsentDeps } from './consent.ports.ts'
import { findPreauthorisation, insertPreauthorisation, type PreauthorisationRow, revokeRow } from './consent.store.ts'

export interface NewPreauthorisation {
  readonly name: string
  readonly reason: string
  readonly systemIds: readonly string[]
  readonly categories: readonly number[]
  readonly maxRisk: PreauthorisedRisk
  readonly fromMinute: number | null
  readonly toMinute: number | null
  readonly waivesNotice: boolean
  readonly notBefore: string
  readonly notAfter: string
}
const event = (row: Pick<PreauthorisationRow, 'id' | 'name'>, type: string, data: Record<string, unknown>): DomainEvent => ({
  type,
  object: `preauthorisation/${row.id}`,
  name: row.name,
  ...data,
})

export async function give(tx: Tx, deps: ConsentDeps, actor: PersonActor, body: NewPreauthorisation) {
  const now = deps.clock.now()
  const terms = { ...body, notBefore: new Date(body.notBefore), notAfter: new Date(body.notAfter) }
  refuseIf(termsRefusal(terms, now))
  const systemIds = [...new Set(body.systemIds)]
  const systems = await deps.systems.find(tx, systemIds)
  const own = systems.filter((system) => system.tenantId === actor.tenantId)
  if (actor.party !== 'user-unit' || own.length !== systemIds.length) throw new Refusal('consent.not_customer')
  const categories = [...new Set(body.categories)].sort((a, b) => a - b)
  const row = {
    ...terms,
    id: newId(now.getTime()),
    tenantId: actor.tenantId,
    systemIds,
    categories,
    givenBy: actor.personId,
    givenAt: now,
  }
  await insertPreauthorisation(tx, row)
  const { reason, maxRisk, fromMinute, toMinute, waivesNotice, notBefore, notAfter } = body
  return {
    view: await oneView(tx, deps, actor, row.id),
    events: [
      event(row, 'consent.preauthorised', {
        reason,
        systemIds,
        categories,
        maxRisk,
        fromMinute,
        toMinute,
        waivesNotice,
        notBefore,
        notAfter,
      }),
    ],
  }
}

export async function revoke(tx: Tx, deps: ConsentDeps, actor: PersonActor, of: { id: string; reason: string }) {
  const row = await findPreauthorisation(tx, of.id)
  if (!row) throw notFound('consent')
  if (row.tenantId !== actor.tenantId) throw new Refusal('consent.not_customer')
  const now = deps.clock.now()
  refuseIf(revokeRefusal(row, now))
  if (!(await revokeRow(tx, row.id, { by: actor.personId, at: now, reason: of.reason }))) throw new Refusal('consent.wrong_state')
  return {
    view: await oneView(tx, deps, actor, row.id),
    events: [event(row, 'consent.revoked', { reason: of.reason, systemIds: row.systemIds })],
  }
}

async function oneView(tx: ReadTx, deps: ConsentDeps, actor: PersonActor, id: string): Promise<PreauthorisationView> {
  const row = await findPreauthorisation(tx, id)
  if (!row) throw notFound('consent')
  return (await toViews(tx, deps, actor, [row]))[0]!
}
export async function toViews(
  tx: ReadTx,
  deps: ConsentDeps,
  actor: PersonActor,
  rows: readonly PreauthorisationRow[],
): Promise<PreauthorisationView[]> {
  const names = await deps.names(tx, [
    ...new Set(rows.flatMap((row) => [row.givenBy, row.revokedBy]).filter((id) => id !== null)),
  ])
  const systems = new Map(
    (await deps.systems.find(tx, [...new Set(rows.flatMap((row) => row.systemIds))])).map((system) => [system.id, system]),
  )
  const now = deps.clock.now()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    reason: row.reason,
    unitName: row.systemIds.map((id) => systems.get(id)?.unitName).find((name) => name !== undefined) ?? '—',
    systems: row.systemIds.map((id) => ({ id, name: systems.get(id)?.name ?? '—' })),
    categories: [...row.categories],
    maxRisk: row.maxRisk,
    fromMinute: row.fromMinute,
    toMinute: row.toMinute,
    waivesNotice: row.waivesNotice,
    notBefore: row.notBefore.toISOString(),
    notAfter: row.notAfter.toISOString(),
    state: stateOf(row, now),
    givenBy: names.get(row.givenBy) ?? '—',
    givenAt: row.givenAt.toISOString(),
    revokedBy: row.revokedBy ? (names.get(row.revokedBy) ?? '—') : null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    revokeReason: row.revokeReason,
    revokeRefusal: row.tenantId === actor.tenantId ? (revokeRefusal(row, now) ?? null) : 'consent.not_customer',
  }))
}
