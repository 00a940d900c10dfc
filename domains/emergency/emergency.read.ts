import type { ReadTx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'

export interface FigureRow {
  readonly month: string
  readonly unitId: string
  readonly unitName: string
  readonly invoked: number
  readonly granted: number
  readonly refused: number
  readonly changes: number
  readonly sessions: number
  readonly emergencySessions: number
  readonly filedInTime: number
  readonly filedLate: number
  readonly unfiled: number
  readonly rejected: number
  readonly averageFilingHours: number | null
}
/** By month of Beijing and unit: break-glass beside what else was done on production. Row security of every table holds through the views. */
export const listFigures = async (tx: ReadTx, since: Date, now: Date): Promise<FigureRow[]> =>
  (
    await sql<FigureRow>`with e as (
        select to_char(invoked_at at time zone 'Asia/Shanghai', 'YYYY-MM') as month, tenant_id, count(*)::int as invoked, count(granted_at)::int as granted,
          count(*) filter (where state = 'refused')::int as refused,
          count(*) filter (where filed_at <= stabilised_at + interval '24 hours')::int as in_time,
          count(*) filter (where filed_at > stabilised_at + interval '24 hours')::int as late,
          count(*) filter (where filed_at is null and stabilised_at + interval '24 hours' < ${now})::int as unfiled,
          count(*) filter (where exists (select 1 from emergency_word w where w.emergency_id = id and w.kind = 'decide' and w.verdict = 'no'))::int as rejected,
          (avg(extract(epoch from filed_at - stabilised_at)) / 3600)::float8 as hours
        from emergency_case where invoked_at >= ${since} group by 1, 2),
      c as (select to_char(begun_at at time zone 'Asia/Shanghai', 'YYYY-MM') as month, tenant_id, count(*)::int as changes from pub_change_begun where begun_at >= ${since} group by 1, 2),
      s as (select to_char(opened_at at time zone 'Asia/Shanghai', 'YYYY-MM') as month, o.tenant_id, count(*)::int as sessions,
          count(*) filter (where exists (select 1 from emergency_case c where c.id = o.change_id))::int as ours
        from pub_session_opened o where opened_at >= ${since} group by 1, 2)
      select month, tenant_id as "unitId", coalesce(n.name_zh, '') as "unitName", coalesce(e.invoked, 0) as invoked, coalesce(e.granted, 0) as granted, coalesce(e.refused, 0) as refused,
        coalesce(c.changes, 0) + coalesce(e.granted, 0) as changes, coalesce(s.sessions, 0) as sessions, coalesce(s.ours, 0) as "emergencySessions",
        coalesce(e.in_time, 0) as "filedInTime", coalesce(e.late, 0) as "filedLate", coalesce(e.unfiled, 0) as unfiled, coalesce(e.rejected, 0) as rejected,
        case when e.hours is null then null else round(e.hours::numeric, 1)::float8 end as "averageFilingHours"
      from e full join c using (month, tenant_id) full join s using (month, tenant_id) left join pub_tenant_name n using (tenant_id)
      order by month desc, "unitName" limit 500`.execute(tx)
  ).rows
