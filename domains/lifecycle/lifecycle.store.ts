import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import { type DepartureKind, type DepartureState, openDepartures } from './lifecycle.model.ts'
import type { Held, Settlement } from './lifecycle-handover.model.ts'

export interface Departure {
  readonly id: string
  readonly tenantId: string
  readonly personId: string
  readonly personName: string
  readonly kind: DepartureKind
  readonly toDepartmentId: string | null
  readonly toDepartment: string | null
  readonly toPost: string | null
  /** `YYYY-MM-DD`. */
  readonly lastDay: string
  readonly reason: string
  readonly source: string
  readonly state: DepartureState
  readonly declaredBy: string | null
  readonly declaredAt: Date
  readonly cutAt: Date | null
  readonly completedBy: string | null
  readonly completedAt: Date | null
  readonly cancelReason: string | null
  readonly version: number
}
const columns = sql`d.id, d.tenant_id as "tenantId", d.person_id as "personId", p.name as "personName", d.kind, d.to_department_id as "toDepartmentId",
  o.name_zh as "toDepartment", d.to_post as "toPost", to_char(d.last_day, 'YYYY-MM-DD') as "lastDay", d.reason, d.source, d.state, d.declared_by as "declaredBy",
  d.declared_at as "declaredAt", d.cut_at as "cutAt", d.completed_by as "completedBy", d.completed_at as "completedAt", d.cancel_reason as "cancelReason", d.version`
const from = sql`from lifecycle_departure d join pub_person_name p on p.id = d.person_id left join pub_department o on o.id = d.to_department_id`

export type NewDeparture = Pick<
  Departure,
  | 'id'
  | 'tenantId'
  | 'personId'
  | 'kind'
  | 'toDepartmentId'
  | 'toPost'
  | 'lastDay'
  | 'reason'
  | 'source'
  | 'declaredBy'
  | 'declaredAt'
> & { state: 'proposed' | 'notice' }
export async function insertDeparture(tx: Tx, row: NewDeparture): Promise<void> {
  await sql`insert into lifecycle_departure (id, tenant_id, person_id, kind, to_department_id, to_post, last_day, reason, source, state, declared_by, declared_at)
    values (${row.id}, ${row.tenantId}, ${row.personId}, ${row.kind}, ${row.toDepartmentId}, ${row.toPost}, ${row.lastDay}::date, ${row.reason}, ${row.source},
      ${row.state}, ${row.declaredBy}, ${row.declaredAt})`.execute(tx)
}
export const findDeparture = async (tx: ReadTx, id: string): Promise<Departure | undefined> =>
  (await sql<Departure>`select ${columns} ${from} where d.id = ${id}`.execute(tx)).rows[0]
/** @throws Refusal lifecycle.not_found */
export async function lockDeparture(tx: Tx, id: string): Promise<Departure> {
  const [row] = (await sql<Departure>`select ${columns} ${from} where d.id = ${id} for update of d`.execute(tx)).rows
  if (!row) throw notFound('lifecycle')
  return row
}
export const isLeaving = async (tx: ReadTx, personId: string): Promise<boolean> =>
  (
    await sql<{
      id: string
    }>`select id from lifecycle_departure where person_id = ${personId} and state = any (${[...openDepartures]})`.execute(tx)
  ).rows.length > 0
/** `sees`: everything that row security shows, or what concerns one person. */
export const listDepartures = async (
  tx: ReadTx,
  q: { after?: string | undefined; limit: number; open: boolean; seesAll: boolean; personId: string },
): Promise<(Departure & { offeredToMe: boolean })[]> => {
  const where = [sql`true`]
  if (q.after) where.push(sql`d.id < ${q.after}::uuid`)
  if (q.open) where.push(sql`d.state = any (${[...openDepartures]})`)
  const offered = sql`select 1 from lifecycle_settlement s where s.departure_id = d.id and s.successor_id = ${q.personId}::uuid`
  if (!q.seesAll) where.push(sql`(d.person_id = ${q.personId}::uuid or exists (${offered}))`)
  return (
    await sql<
      Departure & { offeredToMe: boolean }
    >`select ${columns}, exists (${offered} and s.settled_at is null) as "offeredToMe" ${from} where ${sql.join(where, sql` and `)} order by d.id desc limit ${q.limit}`.execute(
      tx,
    )
  ).rows
}
export interface DeparturePatch {
  readonly state: DepartureState
  readonly cutAt?: Date
  readonly completed?: { by: string; at: Date }
  readonly cancelled?: { by: string | null; at: Date; reason: string }
  readonly declaredBy?: string
  readonly lastDay?: string
}
export async function saveDeparture(tx: Tx, row: Departure, set: DeparturePatch): Promise<void> {
  const { completed, cancelled } = set
  await sql`update lifecycle_departure set state = ${set.state}, version = version + 1, cut_at = coalesce(cut_at, ${set.cutAt ?? null}),
    completed_by = ${completed?.by ?? null}, completed_at = ${completed?.at ?? null}, declared_by = coalesce(${set.declaredBy ?? null}::uuid, declared_by),
    last_day = coalesce(${set.lastDay ?? null}::date, last_day),
    cancelled_by = ${cancelled?.by ?? null}, cancelled_at = ${cancelled?.at ?? null}, cancel_reason = ${cancelled?.reason ?? null}
    where id = ${row.id} and version = ${row.version}`.execute(tx)
}

/** What the person holds now, of every domain. */
export const listHeld = async (tx: ReadTx, personId: string, lastDay: string): Promise<Held[]> =>
  (
    await sql<Held>`select kind, id, left(label, 200) as label, left(detail, 300) as detail, others, blocks from lifecycle_holds(${personId}, ${lastDay}::date) limit 2500`.execute(
      tx,
    )
  ).rows

export const listSettlements = async (tx: ReadTx, departureId: string): Promise<Settlement[]> =>
  (
    await sql<Settlement>`select item, successor_id as "successorId", settled_by as "settledBy", settled_at as "settledAt", note
      from lifecycle_settlement where departure_id = ${departureId} limit 3000`.execute(tx)
  ).rows
export async function saveOffer(
  tx: Tx,
  of: { departureId: string; tenantId: string; item: string; successorId: string; by: string | null; at: Date },
): Promise<void> {
  await sql`insert into lifecycle_settlement (departure_id, tenant_id, item, successor_id, offered_by, offered_at)
    values (${of.departureId}, ${of.tenantId}, ${of.item}, ${of.successorId}, ${of.by}, ${of.at})
    on conflict (departure_id, item) do update set successor_id = excluded.successor_id, offered_by = excluded.offered_by, offered_at = excluded.offered_at`.execute(
    tx,
  )
}
export async function saveSettlement(
  tx: Tx,
  of: { departureId: string; tenantId: string; item: string; by: string; at: Date; note: string },
): Promise<void> {
  await sql`insert into lifecycle_settlement (departure_id, tenant_id, item, offered_at, settled_by, settled_at, note)
    values (${of.departureId}, ${of.tenantId}, ${of.item}, ${of.at}, ${of.by}, ${of.at}, ${of.note})
    on conflict (departure_id, item) do update set settled_by = excluded.settled_by, settled_at = excluded.settled_at, note = excluded.note`.execute(
    tx,
  )
}
export async function insertThing(
  tx: Tx,
  of: {
    id: string
    departureId: string
    tenantId: string
    name: string
    way: 'accept' | 'return'
    /** What it was on the list before its own row went. */
    was?: 'terminal' | 'security-key'
    by: string | null
    at: Date
  },
): Promise<void> {
  await sql`insert into lifecycle_thing (id, departure_id, tenant_id, name, way, was, added_by, added_at)
    values (${of.id}, ${of.departureId}, ${of.tenantId}, left(${of.name}, 120), ${of.way}, ${of.was ?? null}, ${of.by}, ${of.at})`.execute(
    tx,
  )
}

/** Last days of those of them who are on the leaving list or gone. */
export const goneAtOf = async (tx: ReadTx, personIds: readonly string[]): Promise<Map<string, Date>> =>
  personIds.length === 0
    ? new Map()
    : new Map(
        (
          await sql<{ personId: string; goneAt: Date }>`select person_id as "personId", min(gone_at) as "goneAt" from pub_leaving
            where person_id = any (${[...personIds]}::uuid[]) group by 1`.execute(tx)
        ).rows.map((row) => [row.personId, row.goneAt]),
      )
/** Departures whose last day is over, in whatever unit. `day` is today as `YYYY-MM-DD`. */
export const listDue = async (tx: ReadTx, day: string): Promise<{ tenantId: string; id: string }[]> =>
  (await sql<{ tenantId: string; id: string }>`select tenant_id as "tenantId", id from lifecycle_due(${day}::date)`.execute(tx))
    .rows
/** Notices leave the product for somebody who is gone no more; answers how many channels that ended. */
export const silence = async (tx: Tx, personId: string): Promise<number> =>
  (await sql<{ many: number }>`select lifecycle_silence(${personId}) as many`.execute(tx)).rows[0]!.many
