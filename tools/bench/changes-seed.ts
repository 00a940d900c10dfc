import type pg from 'pg'
import type { Deployment } from '../../e2e/deployment.ts'
import { prepareChange } from '../../e2e/portal-change.ts'

/** A provider's changes of several years, as copies of one that was really prepared: eleven in twelve of the customer's portal, the rest of the archives. */

const works = ['升级', '扩容', '补丁', '配置调整', '证书更换', '策略变更', '迁移', '下线', '巡检整改', '参数优化']
const parts = ['门户前端', '统一认证', '数据库', '负载均衡', '防火墙', '消息队列', '对象存储', '电子证照', '短信网关', '日志平台']

export async function seedChanges(on: Deployment, owner: pg.Client, count: number): Promise<void> {
  const { id } = await prepareChange(on, {
    title: '门户升级',
    targetNames: ['portal-web-01', 'portal-web-02'],
    version: '2.4.0',
  })
  const { rows } = await owner.query<{ column_name: string }>(
    `select column_name from information_schema.columns where table_name = 'change_request' and is_generated = 'NEVER' order by ordinal_position`,
  )
  const own: Readonly<Record<string, string>> = {
    // Version 7 of RFC 9562, in the order of time as ours are.
    id: `(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid`,
    no: `'CHG-' || to_char(at, 'YYYYMMDD') || '-' || lpad((n % 10000)::text, 4, '0') || 'B'`,
    title: `($3::text[])[1 + n % 10] || ($4::text[])[1 + (n / 10) % 10] || '（第' || n || '次）'`,
    state: `case when n % 50 < 48 then 'closed' else ($5::text[])[1 + (n / 50) % 6] end`,
    outcome: `case when n % 50 < 48 then 'success' end`,
    party_ids: `case when n % 12 = 0 then array[a.tenant_id] else c.party_ids end`,
    system_ids: `case when n % 12 = 0 then array[a.id] else c.system_ids end`,
    // Twenty engineers share the work; every twentieth change is the executor's own.
    requester_id: `(p.ids)[1 + n % cardinality(p.ids)]`,
    executor_id: `(p.ids)[1 + (n + 3) % cardinality(p.ids)]`,
    reviewer_id: `(p.ids)[1 + (n + 5) % cardinality(p.ids)]`,
    window_start: `at + interval '3 days'`,
    window_end: `at + interval '3 days 2 hours'`,
    created_at: 'at',
    updated_at: `at + interval '4 days'`,
    state_since: `at + interval '4 days'`,
    session_id: 'null',
  }
  const columns = rows.map((row) => row.column_name)
  await owner.query('alter table change_request disable trigger user')
  await owner.query(
    `insert into change_request (${columns.join(', ')})
     select ${columns.map((name) => own[name] ?? `c.${name}`).join(', ')}
     from change_request c
     cross join (select n, now() - ($2::int - n) * interval '1 hour' as at from generate_series(1, $2::int) n) s
     cross join (select id, tenant_id from information_system where code = 'archive') a
     cross join (select array_agg(id order by id) as ids from person where tenant_id = (select tenant_id from change_request where id = $1)) p
     where c.id = $1`,
    [id, count, parts, works, ['draft', 'submitted', 'planning', 'assessing', 'testing', 'approving']],
  )
  await owner.query('alter table change_request enable trigger user')
  // What autovacuum would have done by the time there are so many.
  await owner.query('vacuum analyze change_request')
}
