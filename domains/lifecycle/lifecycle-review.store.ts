import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { Verdict } from './lifecycle-review.model.ts'

export interface Campaign {
  readonly id: string
  readonly tenantId: string
  readonly name: string
  readonly roles: readonly string[]
  readonly departmentIds: readonly string[]
  readonly systemIds: readonly string[]
  readonly openedBy: string | null
  readonly openedAt: Date
  readonly dueAt: Date
  readonly toldDays: number | null
  readonly closedAt: Date | null
  readonly reportSm3: string | null
}
export interface Counted extends Campaign {
  readonly departments: readonly string[]
  readonly systems: readonly string[]
  readonly items: number
  readonly kept: number
  readonly revoked: number
  readonly undecided: number
  readonly mine: number
}
const columns = sql`c.id, c.tenant_id as "tenantId", c.name, c.roles, c.department_ids as "departmentIds", c.system_ids as "systemIds", c.opened_by as "openedBy",
  c.opened_at as "openedAt", c.due_at as "dueAt", c.told_days as "toldDays", c.closed_at as "closedAt", c.report_sm3 as "reportSm3"`
/** `sees`: all that row security shows, or only campaigns in which somebody reviews. */
export const listCampaignRows = async (
  tx: ReadTx,
  q: { id?: string; after?: string | undefined; limit: number; personId: string; seesAll: boolean },
): Promise<Counted[]> =>
  (
    await sql<Counted>`select ${columns},
      array(select d.name_zh from pub_department d where d.id = any (c.department_ids)) as departments,
      array(select s.name from pub_information_system s where s.id = any (c.system_ids)) as systems,
      n.items, n.kept, n.revoked, n.undecided, n.mine
      from lifecycle_campaign c, lateral (select count(*)::int as items, count(*) filter (where r.verdict = 'keep')::int as kept,
        count(*) filter (where r.verdict = 'revoke')::int as revoked, count(*) filter (where r.verdict is null or r.verdict = 'undecided')::int as undecided,
        count(*) filter (where r.verdict is null and ${q.personId}::uuid = any (r.reviewer_ids))::int as mine,
        bool_or(${q.personId}::uuid = any (r.reviewer_ids)) as reviews
        from lifecycle_review r where r.campaign_id = c.id) n
      where (${q.id ?? null}::uuid is null or c.id = ${q.id ?? null}::uuid) and (${q.after ?? null}::uuid is null or c.id < ${q.after ?? null}::uuid)
        and (${q.seesAll} or coalesce(n.reviews, false))
      order by c.id desc limit ${q.limit}`.execute(tx)
  ).rows
export const lockCampaign = async (tx: Tx, id: string): Promise<Campaign | undefined> =>
  (await sql<Campaign>`select ${columns} from lifecycle_campaign c where c.id = ${id} for update`.execute(tx)).rows[0]
export async function insertCampaign(tx: Tx, c: Omit<Campaign, 'toldDays' | 'closedAt' | 'reportSm3'>): Promise<void> {
  await sql`insert into lifecycle_campaign (id, tenant_id, name, roles, department_ids, system_ids, opened_by, opened_at, due_at)
    values (${c.id}, ${c.tenantId}, ${c.name}, ${[...c.roles]}::text[], ${[...c.departmentIds]}::uuid[], ${[...c.systemIds]}::uuid[], ${c.openedBy}, ${c.openedAt}, ${c.dueAt})`.execute(
    tx,
  )
}
export async function noteTold(tx: Tx, id: string, days: number): Promise<void> {
  await sql`update lifecycle_campaign set told_days = ${days} where id = ${id}`.execute(tx)
}
export async function closeCampaign(tx: Tx, id: string, of: { at: Date; report: string; sm3: string }): Promise<void> {
  await sql`update lifecycle_campaign set closed_at = ${of.at}, report = ${of.report}, report_sm3 = ${of.sm3} where id = ${id}`.execute(
    tx,
  )
}
/** The report as it was when the campaign closed; null where it was not kept then. */
export const findReport = async (tx: ReadTx, id: string): Promise<string | null> =>
  (await sql<{ report: string | null }>`select report from lifecycle_campaign where id = ${id}`.execute(tx)).rows[0]?.report ??
  null

export interface Review {
  readonly id: string
  readonly campaignId: string
  readonly tenantId: string
  readonly bindingId: string
  readonly personId: string
  readonly personName: string
  readonly role: string
  readonly duty: string | null
  readonly notAfter: Date
  readonly usedAt: Date | null
  readonly reviewerIds: readonly string[]
  readonly verdict: Verdict | null
  readonly reason: string | null
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
}
export const listReviews = async (tx: ReadTx, campaignId: string): Promise<Review[]> =>
  (
    await sql<Review>`select r.id, r.campaign_id as "campaignId", r.tenant_id as "tenantId", r.binding_id as "bindingId", r.person_id as "personId", coalesce(p.name, '—') as "personName",
      r.role, r.duty, r.not_after as "notAfter", r.used_at as "usedAt", r.reviewer_ids as "reviewerIds", r.verdict, r.reason, r.decided_by as "decidedBy", r.decided_at as "decidedAt"
      from lifecycle_review r left join pub_person_name p on p.id = r.person_id where r.campaign_id = ${campaignId} order by p.name, r.role, r.id limit 3000`.execute(
      tx,
    )
  ).rows
export async function insertReview(
  tx: Tx,
  r: Pick<
    Review,
    'id' | 'campaignId' | 'tenantId' | 'bindingId' | 'personId' | 'role' | 'duty' | 'notAfter' | 'usedAt' | 'reviewerIds'
  >,
): Promise<void> {
  await sql`insert into lifecycle_review (id, campaign_id, tenant_id, binding_id, person_id, role, duty, not_after, used_at, reviewer_ids)
    values (${r.id}, ${r.campaignId}, ${r.tenantId}, ${r.bindingId}, ${r.personId}, ${r.role}, ${r.duty}, ${r.notAfter}, ${r.usedAt}, ${[...r.reviewerIds]}::uuid[])`.execute(
    tx,
  )
}
export async function saveVerdict(
  tx: Tx,
  id: string,
  of: { verdict: Verdict; reason: string | null; by: string | null; at: Date },
): Promise<void> {
  await sql`update lifecycle_review set verdict = ${of.verdict}, reason = ${of.reason}, decided_by = ${of.by}, decided_at = ${of.at} where id = ${id}`.execute(
    tx,
  )
}

export interface LiveBinding {
  readonly id: string
  readonly personId: string
  readonly personName: string
  readonly departmentId: string | null
  readonly department: string | null
  readonly role: string
  readonly duty: string | null
  readonly notBefore: Date
  readonly notAfter: Date
  readonly grantedBy: string | null
  readonly requestId: string | null
  readonly suspended: boolean
}
/** Live roles of a unit, narrowed where something is asked for. */
export const listLiveBindings = async (
  tx: ReadTx,
  q: {
    tenantId: string
    at: Date
    limit: number
    roles?: readonly string[] | undefined
    personIds?: readonly string[] | undefined
  },
): Promise<LiveBinding[]> => {
  const where = [sql`b.tenant_id = ${q.tenantId} and b.revoked_at is null and b.not_before <= ${q.at} and b.not_after > ${q.at}`]
  if (q.roles) where.push(sql`b.role = any (${[...q.roles]}::text[])`)
  if (q.personIds) where.push(sql`b.person_id = any (${[...q.personIds]}::uuid[])`)
  return (
    await sql<LiveBinding>`select b.id, b.person_id as "personId", p.name as "personName", p.department_id as "departmentId", d.name_zh as department, b.role, b.duty, b.not_before as "notBefore",
      b.not_after as "notAfter", g.name as "grantedBy", b.request_id as "requestId", b.suspended_at is not null as suspended
      from pub_role_binding b join pub_person p on p.id = b.person_id left join pub_department d on d.id = p.department_id left join pub_person_name g on g.id = b.granted_by
      where ${sql.join(where, sql` and `)} and p.status = 'active' order by p.name, b.role, b.id limit ${q.limit}`.execute(tx)
  ).rows
}
export const personsOnSystems = async (
  tx: ReadTx,
  tenantId: string,
  systemIds: readonly string[],
  since: Date,
): Promise<Set<string>> =>
  new Set(
    (
      await sql<{
        id: string
      }>`select person_id as id from lifecycle_on_systems(${tenantId}, ${[...systemIds]}::uuid[], ${since})`.execute(tx)
    ).rows.map((row) => row.id),
  )
export interface PlanToday {
  readonly personId: string
  readonly part: 'executor' | 'reviewer'
  readonly changeId: string
  readonly changeNo: string
  readonly systems: readonly string[]
  readonly systemIds: readonly string[]
  readonly windowStart: Date
  readonly windowEnd: Date
}
/** One more than `plansMax` where there are more. */
export const listPlans = async (tx: ReadTx, tenantId: string, from: Date, to: Date): Promise<PlanToday[]> =>
  (
    await sql<PlanToday>`select person_id as "personId", part, change_id as "changeId", change_no as "changeNo", systems, system_ids as "systemIds", window_start as "windowStart",
      window_end as "windowEnd" from lifecycle_plans(${tenantId}, ${from}, ${to})`.execute(tx)
  ).rows
export const listCampaignsDue = async (tx: ReadTx, at: Date): Promise<{ tenantId: string; id: string }[]> =>
  (
    await sql<{ tenantId: string; id: string }>`select tenant_id as "tenantId", id from lifecycle_campaigns_due(${at})`.execute(
      tx,
    )
  ).rows
export const listUnreviewed = async (tx: ReadTx, since: Date): Promise<string[]> =>
  (await sql<{ id: string }>`select tenant_id as id from lifecycle_units_unreviewed(${since})`.execute(tx)).rows.map(
    (row) => row.id,
  )
