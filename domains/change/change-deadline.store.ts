import type { CalendarName } from '@huabiao/kit/calendar/calendar'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { Change } from './change.store.ts'
import type { Deadline } from './change-deadline.model.ts'

/** Rows, not timers: a restart, a slow second or a second scheduler neither loses one nor fires it twice. */
export interface DeadlineRow extends Deadline {
  readonly changeId: string
  readonly calendar: CalendarName
  readonly firedAt: Date | null
  readonly outcome: string | null
}
const columns = sql`change_id as "changeId", name, calendar, started_at as "startedAt", due_at as "dueAt", fired_at as "firedAt", outcome`

export const listOpenDeadlines = async (tx: ReadTx, changeId: string): Promise<DeadlineRow[]> =>
  (
    await sql<DeadlineRow>`select ${columns} from change_deadline where change_id = ${changeId} and fired_at is null and cancelled_at is null limit 50`.execute(
      tx,
    )
  ).rows
/** Those that run, and those that passed, of several changes; the newest first. */
export const listDeadlines = async (tx: ReadTx, changeIds: readonly string[]): Promise<DeadlineRow[]> =>
  (
    await sql<DeadlineRow>`select ${columns} from change_deadline where change_id = any (${[...changeIds]}::uuid[]) and cancelled_at is null
      order by due_at desc limit 2000`.execute(tx)
  ).rows

/** A state that comes back with the same due time takes its row up again; one that has fired stays fired (§2.0.4). */
export async function startDeadline(tx: Tx, change: Change, one: Deadline): Promise<void> {
  await sql`insert into change_deadline (change_id, name, due_at, tenant_id, party_ids, calendar, started_at)
    values (${change.id}, ${one.name}, ${one.dueAt}, ${change.tenantId}, ${[...change.partyIds]}, ${one.calendar}, ${one.startedAt})
    on conflict (change_id, name, due_at) do update set cancelled_at = null, started_at = excluded.started_at where change_deadline.fired_at is null`.execute(
    tx,
  )
}
export async function cancelDeadline(tx: Tx, one: DeadlineRow, at: Date): Promise<void> {
  await sql`update change_deadline set cancelled_at = ${at} where change_id = ${one.changeId} and name = ${one.name} and due_at = ${one.dueAt}
    and fired_at is null and cancelled_at is null`.execute(tx)
}
/** Takes one due deadline for this transaction; undefined where it has fired, was cancelled, or another scheduler is at it. */
export const claimDeadline = async (
  tx: Tx,
  of: Pick<DeadlineRow, 'changeId' | 'name' | 'dueAt'>,
  at: Date,
): Promise<DeadlineRow | undefined> =>
  (
    await sql<DeadlineRow>`select ${columns} from change_deadline where change_id = ${of.changeId} and name = ${of.name} and due_at = ${of.dueAt}
      and due_at <= ${at} and fired_at is null and cancelled_at is null for update skip locked`.execute(tx)
  ).rows[0]
export async function markFired(tx: Tx, one: DeadlineRow, outcome: string, at: Date): Promise<void> {
  await sql`update change_deadline set fired_at = ${at}, outcome = ${outcome} where change_id = ${one.changeId} and name = ${one.name} and due_at = ${one.dueAt}`.execute(
    tx,
  )
}
/** Of all tenants; each is then fired as its own tenant. */
export const listDue = async (
  tx: ReadTx,
  at: Date,
  most: number,
): Promise<{ tenantId: string; changeId: string; name: string; dueAt: Date }[]> =>
  (
    await sql<{
      tenantId: string
      changeId: string
      name: string
      dueAt: Date
    }>`select tenant_id as "tenantId", change_id as "changeId", name, due_at as "dueAt" from change_deadlines_due(${at}, ${most})`.execute(
      tx,
    )
  ).rows
/** A window whose beginning was missed is not made ready a second time. */
export const missedBegin = async (tx: ReadTx, change: Change): Promise<boolean> =>
  change.windowStart !== null &&
  (
    await sql`select 1 from change_deadline where change_id = ${change.id} and name = 'begin' and fired_at is not null
      and due_at > ${change.windowStart} and due_at < ${change.windowEnd}::timestamptz + interval '30 minutes' limit 1`.execute(
      tx,
    )
  ).rows.length > 0

/** Changes that the platform itself rolls back, because their plan says so and nobody decided. */
export const listOwnRollbacks = async (tx: ReadTx): Promise<{ tenantId: string; changeId: string }[]> =>
  (
    await sql<{
      tenantId: string
      changeId: string
    }>`select tenant_id as "tenantId", change_id as "changeId" from change_own_rollbacks() limit 500`.execute(tx)
  ).rows
export const isOwnRollback = async (tx: ReadTx, changeId: string): Promise<boolean> =>
  (await sql<{ own: boolean }>`select change_is_own_rollback(${changeId}) as own`.execute(tx)).rows[0]?.own === true
