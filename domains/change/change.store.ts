import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import type { ChangePlan } from './change-plan.model.ts'
import type { Change } from './change-record.model.ts'

export type { Change } from './change-record.model.ts'

/** Column of each member; the one place where both spellings meet. */
const columnOf = {
  id: 'id',
  tenantId: 'tenant_id',
  partyIds: 'party_ids',
  no: 'no',
  title: 'title',
  reason: 'reason',
  source: 'source',
  plane: 'plane',
  state: 'state',
  stateSince: 'state_since',
  version: 'version',
  urgency: 'urgency',
  risk: 'risk',
  categories: 'categories',
  systemIds: 'system_ids',
  requesterId: 'requester_id',
  managerId: 'manager_id',
  assessorId: 'assessor_id',
  testerId: 'tester_id',
  executorId: 'executor_id',
  reviewerId: 'reviewer_id',
  windowStart: 'window_start',
  windowEnd: 'window_end',
  plan: 'plan',
  planVersion: 'plan_version',
  planHash: 'plan_hash',
  approvedPlanHash: 'approved_plan_hash',
  currentBatch: 'current_batch',
  soakUntil: 'soak_until',
  rolledBack: 'rolled_back',
  pausedFrom: 'paused_from',
  pauseReason: 'pause_reason',
  pauseDetail: 'pause_detail',
  pausedAt: 'paused_at',
  sessionId: 'session_id',
  amendmentId: 'amendment_id',
  snapshots: 'snapshots',
  abandoned: 'abandoned',
  outcome: 'outcome',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
} as const satisfies Record<keyof Change, string>
const names = Object.keys(columnOf) as (keyof Change)[]
/** Made into text once: forty references took a tenth of a millisecond to compile for each statement. */
const columnsOf = (chosen: readonly (keyof Change)[]) =>
  sql.raw<unknown>(chosen.map((name) => `c.${columnOf[name]} as "${name}"`).join(', '))
const columns = columnsOf(names)
const headNames = [
  ...(['id', 'no', 'title', 'state', 'version', 'plane', 'urgency', 'risk', 'outcome', 'categories', 'systemIds'] as const),
  ...(['requesterId', 'managerId', 'executorId', 'reviewerId', 'windowStart', 'windowEnd', 'createdAt', 'updatedAt'] as const),
]
/** What a list shows of a change: half of its columns, and of a plan nothing. */
export type ChangeHead = Pick<Change, (typeof headNames)[number]>
const headColumns = columnsOf(headNames)
const columnValue = (name: keyof Change, value: unknown) =>
  name === 'plan' ? sql`${JSON.stringify(value)}::jsonb` : sql`${value}`

/** The next number of the day in Beijing time: `CHG-20261124-0007`. */
export async function nextChangeNo(tx: Tx, now: Date): Promise<string> {
  const day = beijingDay(now).replaceAll('-', '')
  const { rows } = await sql<{ no: string }>`select next_change_no(${day}) as no`.execute(tx)
  return rows[0]!.no
}

export async function insertChange(tx: Tx, change: Change): Promise<void> {
  await sql`insert into change_request (${sql.join(names.map((name) => sql.ref(columnOf[name])))})
    values (${sql.join(names.map((name) => columnValue(name, change[name])))})`.execute(tx)
}

export async function findChange(tx: ReadTx, id: string): Promise<Change | undefined> {
  return (await sql<Change>`select ${columns} from change_request c where c.id = ${id}`.execute(tx)).rows[0]
}

/** The change, locked: acts on one change happen one after the other. @throws Refusal change.not_found */
export async function lockChange(tx: Tx, id: string): Promise<Change> {
  const [row] = (await sql<Change>`select ${columns} from change_request c where c.id = ${id} for update`.execute(tx)).rows
  if (!row) throw notFound('change')
  return row
}

export type ChangePatch = Partial<Omit<Change, 'id' | 'tenantId' | 'no' | 'version' | 'createdAt'>>
/** Writes what changed, one version on. @throws Refusal request.stale when another act was faster */
export async function updateChange(tx: Tx, change: Change, patch: ChangePatch, now: Date): Promise<Change> {
  const after: Change = { ...change, ...patch, version: change.version + 1, updatedAt: now }
  const sets = [...Object.keys(patch), 'version', 'updatedAt'].map((key) => {
    const name = key as keyof Change
    return sql`${sql.ref(columnOf[name])} = ${columnValue(name, after[name])}`
  })
  const done =
    await sql`update change_request set ${sql.join(sets)} where id = ${change.id} and version = ${change.version}`.execute(tx)
  if (done.numAffectedRows !== 1n) throw new Refusal('request.stale')
  return after
}

export interface ChangeQuery {
  readonly after?: string | undefined
  readonly limit: number
  readonly states?: readonly string[] | undefined
  readonly text?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Who takes part in it, as requester, manager, executor, reviewer or tester. */
  readonly personIds?: readonly string[] | undefined
  readonly risk?: string | undefined
  readonly systemId?: string | undefined
}
const listOf = async <R>(tx: ReadTx, chosen: typeof columns, q: ChangeQuery): Promise<R[]> => {
  const where = [sql`true`]
  if (q.from) where.push(sql`coalesce(c.window_end, c.created_at) >= ${q.from}::timestamptz`)
  if (q.to) where.push(sql`coalesce(c.window_start, c.created_at) < ${q.to}::timestamptz`)
  if (q.risk) where.push(sql`c.risk = ${q.risk}`)
  if (q.systemId) where.push(sql`${q.systemId}::uuid = any (c.system_ids)`)
  for (const personId of q.personIds ?? [])
    where.push(sql`${personId}::uuid in (c.requester_id, c.manager_id, c.executor_id, c.reviewer_id, c.tester_id)`)
  const words = q.text && !isNumber(q.text) && [...q.text].length >= 2 ? q.text : null
  if (q.text && words === null) where.push(textOf(q.text))
  // What only the function knows is found by it, at once as much as is shown; with other filters all that holds the words.
  const upTo = where.length === 1 ? q.limit : null
  if (words !== null || upTo !== null)
    where.push(
      sql`c.id in (select changes_listed(${q.after ?? null}, ${q.states ? [...q.states] : null}::text[], ${words}, ${upTo}))`,
    )
  else {
    if (q.after) where.push(sql`c.id < ${q.after}::uuid`)
    if (q.states) where.push(sql`c.state = any (${[...q.states]}::text[])`)
  }
  return (
    await sql<R>`select ${chosen} from change_request c where ${sql.join(where, sql` and `)} order by c.id desc limit ${q.limit}`.execute(
      tx,
    )
  ).rows
}
export const listChangeHeads = (tx: ReadTx, q: ChangeQuery): Promise<ChangeHead[]> => listOf(tx, headColumns, q)
export const listChangeRows = (tx: ReadTx, q: ChangeQuery): Promise<Change[]> => listOf(tx, columns, q)

const isNumber = (text: string): boolean => /^chg-[0-9-]*$/i.test(text)
/** What begins as a number does is looked up as one, by its index (docs/bench.md); a single character is looked for. */
const textOf = (text: string) =>
  isNumber(text)
    ? sql`c.no >= ${text.toUpperCase()} and c.no < ${`${text.toUpperCase()}~`}`
    : sql`position(lower(${text}) in lower(c.no || ' ' || c.title)) > 0`

export interface PlanVersion {
  readonly changeId: string
  readonly version: number
  readonly plan: ChangePlan
  readonly windowStart: Date | null
  readonly windowEnd: Date | null
  readonly executorId: string | null
  readonly reviewerId: string | null
  readonly hash: string | null
  readonly boundText: string | null
  readonly authorId: string
  readonly at: Date
}
export async function insertPlanVersion(tx: Tx, change: Change, version: PlanVersion): Promise<void> {
  await sql`insert into change_plan_version (change_id, version, tenant_id, party_ids, plan, window_start, window_end, executor_id, reviewer_id, hash, bound_text, author_id, at)
    values (${change.id}, ${version.version}, ${change.tenantId}, ${[...change.partyIds]}, ${JSON.stringify(version.plan)}::jsonb, ${version.windowStart}, ${version.windowEnd},
      ${version.executorId}, ${version.reviewerId}, ${version.hash}, ${version.boundText}, ${version.authorId}, ${version.at})`.execute(
    tx,
  )
}
export const listPlanVersions = async (tx: ReadTx, changeId: string): Promise<(PlanVersion & { approved: boolean })[]> =>
  (
    await sql<
      PlanVersion & { approved: boolean }
    >`select v.change_id as "changeId", v.version, v.plan, v.window_start as "windowStart", v.window_end as "windowEnd",
      v.executor_id as "executorId", v.reviewer_id as "reviewerId", v.hash, v.bound_text as "boundText", v.author_id as "authorId", v.at,
      v.hash is not null and (approval_given('change', v.change_id, v.hash)
        or exists (select 1 from change_amendment m where m.change_id = v.change_id and approval_given('amendment', m.id, v.hash))) as approved
      from change_plan_version v where v.change_id = ${changeId} order by v.version desc limit 100`.execute(tx)
  ).rows

export interface TimelineRow {
  readonly seq: number
  readonly at: Date
  readonly act: string
  readonly actorName: string
  readonly personId: string | null
  readonly role: string | null
  readonly fromState: string | null
  readonly toState: string | null
  readonly note: string
  readonly rule: string | null
}
export async function insertTimeline(tx: Tx, change: Change, row: Omit<TimelineRow, 'seq'>): Promise<void> {
  await sql`insert into change_event (change_id, seq, tenant_id, party_ids, at, act, actor_name, person_id, role, from_state, to_state, note, rule)
    select ${change.id}, coalesce(max(seq), 0) + 1, ${change.tenantId}::uuid, ${[...change.partyIds]}::uuid[], ${row.at}::timestamptz, ${row.act}, ${row.actorName},
      ${row.personId}::uuid, ${row.role}, ${row.fromState}, ${row.toState}, ${row.note}, ${row.rule} from change_event where change_id = ${change.id}`.execute(
    tx,
  )
}
export const listTimeline = async (tx: ReadTx, changeId: string): Promise<TimelineRow[]> =>
  (
    await sql<TimelineRow>`select seq, at, act, actor_name as "actorName", person_id as "personId", role, from_state as "fromState", to_state as "toState", note, rule
      from change_event where change_id = ${changeId} order by seq desc limit 1000`.execute(tx)
  ).rows
