import type { Plane } from '@huabiao/kit/actor/actor'
import type { CalendarName } from '@huabiao/kit/calendar/calendar'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { EntryId, Intent, Severity } from './violation.model.ts'
import type { ViolationDeadline, ViolationState } from './violation-life.model.ts'

export interface NewCase {
  readonly id: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly plane: Plane
  readonly no: string
  readonly entry: EntryId
  readonly intent: Intent
  readonly severity: Severity
  readonly joinKey: string
  readonly count: number
  readonly firstAt: Date
  readonly lastAt: Date
  readonly raisedAt: Date
  readonly personId: string | null
  readonly personName: string | null
  readonly object: string
  readonly code: string | null
  readonly rule: string | null
  readonly changeId: string | null
  readonly changeNo: string | null
  readonly sessionId: string | null
  readonly detail: Readonly<Record<string, string | number>>
}
export interface Case extends NewCase {
  readonly unitName: string
  readonly state: ViolationState
  readonly stateSince: Date
  readonly answer: string | null
  readonly answeredBy: string | null
  readonly answeredAt: Date | null
  readonly answerOverdueAt: Date | null
  readonly decideOverdueAt: Date | null
  readonly verdict: 'confirmed' | 'dismissed' | null
  readonly decision: string | null
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly appeal: string | null
  readonly appealedBy: string | null
  readonly appealedAt: Date | null
  readonly reviewVerdict: 'upheld' | 'overturned' | null
  readonly review: string | null
  readonly reviewedBy: string | null
  readonly reviewedAt: Date | null
  readonly closedAt: Date | null
}
const columns = sql`v.id, v.tenant_id as "tenantId", v.party_ids as "partyIds", v.plane, v.no, v.entry, v.intent, v.severity, v.join_key as "joinKey", v.count, v.first_at as "firstAt",
  v.last_at as "lastAt", v.raised_at as "raisedAt", v.person_id as "personId", v.person_name as "personName", v.object, v.code, v.rule, v.change_id as "changeId", v.change_no as "changeNo",
  v.session_id as "sessionId", v.detail, v.state, v.state_since as "stateSince", v.answer, v.answered_by as "answeredBy", v.answered_at as "answeredAt",
  v.answer_overdue_at as "answerOverdueAt", v.decide_overdue_at as "decideOverdueAt", v.verdict, v.decision, v.decided_by as "decidedBy", v.decided_at as "decidedAt", v.appeal,
  v.appealed_by as "appealedBy", v.appealed_at as "appealedAt", v.review_verdict as "reviewVerdict", v.review, v.reviewed_by as "reviewedBy", v.reviewed_at as "reviewedAt", v.closed_at as "closedAt"`

export const nextNo = async (tx: Tx, day: string): Promise<string> =>
  (await sql<{ no: string }>`select next_violation_no(${day}) as no`.execute(tx)).rows[0]!.no

export async function insertCase(tx: Tx, c: NewCase): Promise<void> {
  await sql`insert into violation_case (id, tenant_id, party_ids, plane, no, entry, intent, severity, join_key, count, first_at, last_at, raised_at, person_id, person_name, object, code, rule,
      change_id, change_no, session_id, detail, state_since)
    values (${c.id}, ${c.tenantId}, ${[...c.partyIds]}, ${c.plane}, ${c.no}, ${c.entry}, ${c.intent}, ${c.severity}, ${c.joinKey}, ${c.count}, ${c.firstAt}, ${c.lastAt}, ${c.raisedAt},
      ${c.personId}, ${c.personName}, ${c.object}, ${c.code}, ${c.rule}, ${c.changeId}, ${c.changeNo}, ${c.sessionId}, ${JSON.stringify(c.detail)}::jsonb, ${c.raisedAt})`.execute(
    tx,
  )
}
/** The case that takes a further one in: the same again, or where one person has very many, the newest of the entry. Locked. */
export async function findJoin(
  tx: Tx,
  of: { joinKey: string; entry: EntryId; personId: string | null; since: Date; hourAgo: Date; most: number },
): Promise<Pick<Case, 'id' | 'tenantId' | 'partyIds' | 'count' | 'severity' | 'intent' | 'lastAt'> | undefined> {
  // Two that are raised at once would each find none.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`violation ${of.entry} ${of.personId ?? of.joinKey}`}, 0))`.execute(
    tx,
  )
  const { rows } = await sql<
    Pick<Case, 'id' | 'tenantId' | 'partyIds' | 'count' | 'severity' | 'intent' | 'lastAt'>
  >`select v.id, v.tenant_id as "tenantId", v.party_ids as "partyIds", v.count, v.severity, v.intent, v.last_at as "lastAt" from violation_case v
    where v.state = 'raised' and (
      (v.join_key = ${of.joinKey} and v.last_at >= ${of.since})
      or (v.entry = ${of.entry} and v.person_id = ${of.personId}::uuid and v.raised_at >= ${of.hourAgo}
        and (select count(*) from violation_case o where o.entry = v.entry and o.person_id = v.person_id and o.raised_at >= ${of.hourAgo}) >= ${of.most}))
    order by (v.join_key = ${of.joinKey}) desc, v.raised_at desc limit 1 for update`.execute(tx)
  return rows[0]
}
export async function growCase(tx: Tx, id: string, of: { count: number; lastAt: Date; severity: Severity }): Promise<void> {
  await sql`update violation_case set count = ${of.count}, last_at = ${of.lastAt}, severity = ${of.severity} where id = ${id}`.execute(
    tx,
  )
}

export interface Evidence {
  readonly at: Date
  readonly chainTenantId: string
  readonly chainPlane: Plane
  readonly seq: number
  readonly act: string
  readonly door: string | null
  readonly sourceIp: string | null
}
export async function insertEvidence(
  tx: Tx,
  of: Pick<Case, 'id' | 'tenantId' | 'partyIds'>,
  list: readonly Evidence[],
  most: number,
): Promise<void> {
  if (list.length === 0) return
  await sql`insert into violation_evidence (case_id, n, tenant_id, party_ids, at, chain_tenant, chain_plane, seq, act, door, source_ip)
    select ${of.id}, have.n + e.n, ${of.tenantId}, ${[...of.partyIds]}::uuid[], e.at, e.chain_tenant, e.chain_plane, e.seq, e.act, e.door, e.source_ip
    from (select count(*)::int as n from violation_evidence where case_id = ${of.id}) have,
      unnest(${list.map((e) => e.at)}::timestamptz[], ${list.map((e) => e.chainTenantId)}::uuid[], ${list.map((e) => e.chainPlane)}::text[], ${list.map((e) => e.seq)}::bigint[],
        ${list.map((e) => e.act)}::text[], ${list.map((e) => e.door)}::text[], ${list.map((e) => e.sourceIp)}::text[]) with ordinality as e (at, chain_tenant, chain_plane, seq, act, door, source_ip, n)
    where have.n + e.n <= ${most}`.execute(tx)
}
export const listEvidence = async (tx: ReadTx, caseId: string): Promise<Evidence[]> =>
  (
    await sql<Evidence>`select at, chain_tenant as "chainTenantId", chain_plane as "chainPlane", seq, act, door, source_ip as "sourceIp" from violation_evidence where case_id = ${caseId} order by n`.execute(
      tx,
    )
  ).rows

const named = sql`select ${columns}, coalesce(n.name_zh, '—') as "unitName" from violation_case v left join pub_tenant_name n on n.tenant_id = v.tenant_id`
export const findCase = async (tx: ReadTx, id: string): Promise<Case | undefined> =>
  (await sql<Case>`${named} where v.id = ${id}`.execute(tx)).rows[0]
/** In its own tenant; the caller has seen it before and entered there. */
export const lockCase = async (tx: Tx, id: string): Promise<Case | undefined> =>
  (await sql<Case>`${named} where v.id = ${id} for update of v`.execute(tx)).rows[0]

export type CasePatch = Partial<
  Pick<
    Case,
    | 'state'
    | 'stateSince'
    | 'answer'
    | 'answeredBy'
    | 'answeredAt'
    | 'answerOverdueAt'
    | 'decideOverdueAt'
    | 'verdict'
    | 'decision'
    | 'decidedBy'
    | 'decidedAt'
    | 'appeal'
    | 'appealedBy'
    | 'appealedAt'
    | 'reviewVerdict'
    | 'review'
    | 'reviewedBy'
    | 'reviewedAt'
    | 'closedAt'
  >
>
export async function updateCase(tx: Tx, before: Case, patch: CasePatch): Promise<Case> {
  const c: Case = { ...before, ...patch }
  await sql`update violation_case set state = ${c.state}, state_since = ${c.stateSince}, answer = ${c.answer}, answered_by = ${c.answeredBy}, answered_at = ${c.answeredAt},
    answer_overdue_at = ${c.answerOverdueAt}, decide_overdue_at = ${c.decideOverdueAt}, verdict = ${c.verdict}, decision = ${c.decision}, decided_by = ${c.decidedBy}, decided_at = ${c.decidedAt},
    appeal = ${c.appeal}, appealed_by = ${c.appealedBy}, appealed_at = ${c.appealedAt}, review_verdict = ${c.reviewVerdict}, review = ${c.review}, reviewed_by = ${c.reviewedBy},
    reviewed_at = ${c.reviewedAt}, closed_at = ${c.closedAt} where id = ${c.id}`.execute(tx)
  return c
}

export interface CaseQuery {
  readonly after?: string | undefined
  readonly limit: number
  readonly state?: ViolationState | undefined
  readonly open: boolean
  readonly entry?: EntryId | undefined
  readonly severity?: Severity | undefined
  readonly text?: string | undefined
  readonly concerns?: string | undefined
  /** Whose cases are seen beside one's own: all that row security shows, or those of the units whose people one supervises. */
  readonly sees: 'all' | { readonly personId: string; readonly units: readonly string[] }
}
export async function listCases(tx: ReadTx, q: CaseQuery): Promise<Case[]> {
  const where = [sql`true`]
  if (q.after) where.push(sql`v.id < ${q.after}::uuid`)
  if (q.state) where.push(sql`v.state = ${q.state}`)
  if (q.open) where.push(sql`v.state <> 'closed'`)
  if (q.entry) where.push(sql`v.entry = ${q.entry}`)
  if (q.severity) where.push(sql`v.severity = ${q.severity}`)
  if (q.concerns) where.push(sql`v.person_id = ${q.concerns}::uuid`)
  if (q.sees !== 'all')
    where.push(sql`(v.person_id = ${q.sees.personId}::uuid or v.tenant_id = any (${[...q.sees.units]}::uuid[]))`)
  if (q.text)
    where.push(
      sql`position(lower(${q.text}) in lower(v.no || ' ' || coalesce(v.person_name, '') || ' ' || coalesce(v.change_no, '') || ' ' || v.object || ' ' || v.detail::text)) > 0`,
    )
  return (await sql<Case>`${named} where ${sql.join(where, sql` and `)} order by v.id desc limit ${q.limit}`.execute(tx)).rows
}

export interface DeadlineRow {
  readonly caseId: string
  readonly name: ViolationDeadline
  readonly calendar: CalendarName
  readonly startedAt: Date
  readonly dueAt: Date
  readonly firedAt: Date | null
}
const deadlineColumns = sql`case_id as "caseId", name, calendar, started_at as "startedAt", due_at as "dueAt", fired_at as "firedAt"`
export const listDeadlines = async (tx: ReadTx, caseIds: readonly string[]): Promise<DeadlineRow[]> =>
  (
    await sql<DeadlineRow>`select ${deadlineColumns} from violation_deadline where case_id = any (${[...caseIds]}::uuid[]) and cancelled_at is null order by due_at limit 1000`.execute(
      tx,
    )
  ).rows
/** Ends what ran, and starts what runs now. */
export async function replaceDeadline(
  tx: Tx,
  of: Pick<Case, 'id' | 'tenantId' | 'partyIds'>,
  next: { name: ViolationDeadline; calendar: CalendarName; startedAt: Date; dueAt: Date } | undefined,
  at: Date,
): Promise<void> {
  await sql`update violation_deadline set cancelled_at = ${at} where case_id = ${of.id} and name is distinct from ${next?.name ?? null} and fired_at is null and cancelled_at is null`.execute(
    tx,
  )
  if (!next) return
  await sql`insert into violation_deadline (case_id, name, tenant_id, party_ids, calendar, started_at, due_at)
    values (${of.id}, ${next.name}, ${of.tenantId}, ${[...of.partyIds]}, ${next.calendar}, ${next.startedAt}, ${next.dueAt}) on conflict do nothing`.execute(
    tx,
  )
}
export const listDue = async (
  tx: ReadTx,
  at: Date,
  most: number,
): Promise<{ tenantId: string; caseId: string; name: ViolationDeadline }[]> =>
  (
    await sql<{
      tenantId: string
      caseId: string
      name: ViolationDeadline
    }>`select tenant_id as "tenantId", case_id as "caseId", name from violation_deadlines_due(${at}, ${most})`.execute(tx)
  ).rows
/** Takes a due deadline for this transaction; false where it fired, was ended, or another scheduler is at it. */
export const fireDeadline = async (tx: Tx, caseId: string, name: ViolationDeadline, at: Date): Promise<boolean> =>
  (
    await sql`update violation_deadline set fired_at = ${at} where case_id = ${caseId} and name = ${name} and due_at <= ${at} and fired_at is null and cancelled_at is null`.execute(
      tx,
    )
  ).numAffectedRows === 1n

export interface FigureRow {
  readonly month: string
  readonly entry: EntryId
  readonly raised: number
  readonly open: number
  readonly stands: number
  readonly dismissed: number
  readonly overturned: number
  readonly answeredLate: number
}
export const listFigures = async (tx: ReadTx, since: Date): Promise<FigureRow[]> =>
  (
    await sql<FigureRow>`select to_char(raised_at at time zone 'Asia/Shanghai', 'YYYY-MM') as month, entry, count(*)::int as raised, (count(*) filter (where state <> 'closed'))::int as open,
      (count(*) filter (where verdict = 'confirmed' and review_verdict is distinct from 'overturned'))::int as stands, (count(*) filter (where verdict = 'dismissed'))::int as dismissed,
      (count(*) filter (where review_verdict = 'overturned'))::int as overturned, (count(*) filter (where answer_overdue_at is not null))::int as "answeredLate"
      from violation_case where raised_at >= ${since} group by 1, 2 order by 1 desc, 2 limit 1000`.execute(tx)
  ).rows
