import { generateKeyPairSync } from 'node:crypto'
import { newId } from '@huabiao/kit/ids/new-id'
import type pg from 'pg'
import type { Pool } from './arbitrary.ts'
import type { Harness } from './harness.ts'
import { portalPlan } from './portal-plan.ts'

/** Objects of every kind, in several states, so that requests have something to find, to list and to act on. */
export async function liveALittle(h: Harness): Promise<void> {
  const { call } = h
  const systems = (await call('zhao.ming', 'GET', '/information-systems')).body as { items: { id: string; code: string }[] }
  const systemIds = [systems.items.find((system) => system.code === 'portal')!.id]
  for (const acts of [[], ['submit']]) {
    const { body } = await call('zhao.ming', 'POST', '/changes', { title: '门户巡检', reason: '例行', systemIds })
    for (const act of acts) await h.act('zhao.ming', (body as { id: string }).id, act)
  }
  const notAfter = new Date(Date.now() + 30 * 86_400_000).toISOString()
  await call('qian.wei', 'POST', '/permission-requests', { role: 'RLS', reason: '版本发布期间代理', notAfter })
  const statements = [{ effect: 'Deny', actions: ['change:execute'], resources: ['change/none'] }]
  await call('yang.an', 'POST', '/policies', { name: '夜间限制', roles: ['NET'], document: { version: '1', statements } })
  await registers(h, systemIds)
  await papers(h, systemIds)
  await call('han.guan', 'POST', '/terminals', { name: '运维区', cidr: '10.20.0.0/16' })
  const accounts = (await call('han.guan', 'GET', '/accounts?limit=100')).body as { items: { id: string; login: string }[] }
  const privileged = accounts.items.find(({ login }) => login === 'zhu.cha')!
  await call('han.guan', 'POST', `/accounts/${privileged.id}/reset-password`, { reason: '忘记口令' })
  const { publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const blob = Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), raw])
  await call('wu.di', 'POST', '/me/ssh-keys', { name: '工作站', publicKey: `ssh-ed25519 ${blob.toString('base64')}` })
  const later = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString()
  const span = { name: '年末封网', reason: '重要时期保障', startsAt: later(30), endsAt: later(31) }
  await call('chen.jing', 'POST', '/freezes', { ...span, scope: 'systems', scopeIds: systemIds })
  const artifacts = [{ name: 'portal.conf', size: 4, sm3: 'a'.repeat(64), sha256: 'b'.repeat(64) }]
  const product = { product: '政务服务门户', version: '1.0.0', origin: '发布流水线', builderId: null, artifacts }
  await call('feng.ban', 'POST', '/releases', product)
  await call('wu.di', 'POST', '/transfers', { channel: 'console', direction: 'out', path: '/etc/passwd' })
  await connectSystems(h)
  await peopleComeAndGo(h)
  await beginAChange(h)
  await breakGlass(h)
  // Nothing but intent leads there: a violation, found by the platform itself.
  const headers = { authorization: `Bearer ${await h.logOn('wu.di')}` }
  await h.app.inject({ method: 'DELETE', url: `/api/v1/violations/${newId()}`, headers })
  await h.composed.jobs.violations()
}
/** A system of identity with somebody in it, its token, and an application that waits to be admitted. */
async function connectSystems({ call }: Harness): Promise<void> {
  const source = (await call('han.guan', 'POST', '/identity-sources', { name: '人力系统', settings: { kind: 'scim' } })).body as {
    id: string
  }
  await call('han.guan', 'POST', `/identity-sources/${source.id}/enable`, { reason: '接入' })
  const people = (await call('han.guan', 'GET', '/persons?limit=50')).body as { items: { id: string; name: string }[] }
  const person = people.items.find(({ name }) => name === '赵明')!
  await call('han.guan', 'POST', `/identity-sources/${source.id}/subjects`, {
    externalId: 'hr-1',
    personId: person.id,
    reason: '核对证件',
  })
  const expiresAt = new Date(Date.now() + 30 * 86_400_000).toISOString()
  await call('han.guan', 'POST', '/service-identities', { name: '人力同步', purpose: 'scim', sourceId: source.id, expiresAt })
  const names = { clientId: 'data-portal', nameZh: '数据门户', nameEn: 'Data portal' }
  const places = { redirectUris: ['https://data.example.gov.cn/callback'], claims: ['name'], confidential: true }
  await call('han.guan', 'POST', '/oidc-clients', { ...names, ...places, reason: '接入' })
}
/** Somebody will leave and hands something over, somebody is held back by a rule, and roles are under review. */
async function peopleComeAndGo({ call, composed }: Harness): Promise<void> {
  const day = (count: number): string => new Date(Date.now() + count * 86_400_000).toISOString()
  const people = (await call('han.guan', 'GET', '/persons?limit=100')).body as { items: { id: string; name: string }[] }
  const idOf = (name: string): string => people.items.find((one) => one.name === name)!.id
  const leave = { kind: 'leave', personId: idOf('周岩'), lastDay: day(60).slice(0, 10), reason: '合同到期' }
  const { id, items } = (await call('han.guan', 'POST', '/departures', leave)).body as {
    id: string
    items: { key: string; way: string }[]
  }
  const given = items.filter((item) => item.way === 'accept').map((item) => item.key)
  await call('han.guan', 'POST', `/departures/${id}/offers`, { items: given, successorId: idOf('陈静') })
  const review = { name: '数据库管理员复核', dueAt: day(40), roles: ['DBA', 'NET'], departmentIds: [], systemIds: [] }
  const opened = (await call('yang.an', 'POST', '/recertifications', review)).body as { id: string; reviews: { id: string }[] }
  const reviewIds = opened.reviews.map((one) => one.id)
  await call('shen.zhu', 'POST', `/recertifications/${opened.id}/decisions`, { reviewIds, verdict: 'keep', reason: '岗位需要' })
  await call('yang.an', 'POST', '/recertifications', { ...review, name: '年终复核', roles: [] })
  await composed.jobs.norms()
}
/** A row in each register that changes are held to; none of them holds what the scene does today. */
async function registers({ call }: Harness, systemIds: readonly string[]): Promise<void> {
  const days = (count: number): string => new Date(Date.now() + count * 86_400_000).toISOString()
  const artifacts = [{ name: 'portal.conf', size: 4, sm3: 'c'.repeat(64), sha256: 'd'.repeat(64) }]
  const release = { product: '政务服务门户', version: '2.4.0', origin: '研发部流水线 #218', builderId: null, artifacts }
  const { id } = (await call('feng.ban', 'POST', '/releases', release)).body as { id: string }
  await call('feng.ban', 'POST', `/releases/${id}/issue`)
  const span = { startsAt: days(40), endsAt: days(50) }
  await call('lin.guan', 'POST', '/freezes', { name: '大会封网', reason: '重要时期', ...span, scope: 'deployment', scopeIds: [] })
  await call('chu.heng', 'POST', '/freezes', { name: '割接封网', reason: '割接', ...span, scope: 'systems', scopeIds: systemIds })
  const hours = { fromMinute: 1320, toMinute: 360, waivesNotice: false }
  const term = { notBefore: days(60), notAfter: days(90) }
  const word = { name: '门户夜间例行变更', reason: '例行', systemIds, categories: [], maxRisk: 'R3', ...hours, ...term }
  await call('kong.xin', 'POST', '/preauthorisations', word)
}
/** A standard-change model of which a change was made, and a change by documents. */
export async function papers(h: Harness, systemIds: readonly string[]): Promise<void> {
  const { batches: _none, ...plan } = portalPlan([])
  const limits = {
    maxTargets: 2,
    tiers: ['inner'],
    systemIds,
    maxRisk: 'R3',
    fromMinute: null,
    toMinute: null,
    maxWindowMinutes: 90,
  }
  const body = { name: '门户例行升级', summary: '例行', parameters: [], plan, grey: { batchSize: 1, soakSeconds: 0 }, limits }
  const { id } = (await h.call('zhao.ming', 'POST', '/templates', { body })).body as { id: string }
  const { versions } = (await h.call('zhao.ming', 'POST', `/templates/${id}/submit`, {})).body as { versions: { hash: string }[] }
  const { hash } = versions[0]!
  await h.call('zheng.hao', 'POST', `/templates/${id}/tests`, { hash, environment: '预发布环境', verdict: 'pass', note: '通过' })
  const effectiveFrom = new Date(Date.now() + 86_400_000).toISOString()
  const papers = {
    class: 7,
    title: '更换分包商',
    partner: '华州机房运维公司',
    reason: '合同到期',
    effectiveFrom,
    obligations: [],
  }
  await h.call('chen.jing', 'POST', '/documentary-changes', papers)
}
/** An emergency that waits for its second key. */
async function breakGlass({ call }: Harness): Promise<void> {
  const { items: targets } = (await call('wang.lu', 'GET', '/targets')).body as { items: { id: string }[] }
  const { people } = (await call('wang.lu', 'GET', '/emergency-seconds')).body as { people: { id: string; name: string }[] }
  const night = { title: '门户登录宕机', reason: '告警 P1，登录全部失败。', incidentNo: 'INC-1', incidentLevel: 'P1' }
  const secondId = people.find(({ name }) => name === '吴迪')!.id
  const wanted = [{ targetId: targets[0]!.id, accounts: ['hb-app'] }]
  const { id } = (await call('wang.lu', 'POST', '/emergencies', { ...night, secondId, targets: wanted })).body as { id: string }
  await call('wu.di', 'POST', `/emergencies/${id}/confirm`)
  await call('qin.shou', 'POST', `/emergencies/${id}/allow`)
}
/** A change with an open session and its first step queued. */
async function beginAChange(h: Harness): Promise<void> {
  const { id, no } = await h.scheduledChange()
  await h.composed.jobs.changes()
  await h.present(id)
  await h.act('zhao.ming', id, 'begin', { confirm: no })
  const open = (await h.claim()).find((work) => work.kind === 'open')!
  await h.gateway(`sessions/${open.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
  await h.runNext(await h.read(id))
  const about = { purpose: '分析登录失败', dataClass: 'internal', hours: 4, downloads: 1 }
  const [target] = (await h.read(id)).targets
  await h.call('zhao.ming', 'POST', '/transfer-tickets', {
    changeId: id,
    targetId: target!.id,
    path: '/var/log/app.log',
    ...about,
  })
}

/** The first ids of every table, by table. */
export async function idsByTable(owner: pg.Client, where = 'true'): Promise<Map<string, string[]>> {
  const { rows: tables } = await owner.query<{ t: string; tenant: boolean }>(
    `select c.table_name as t, bool_or(c.column_name = 'tenant_id') as tenant
     from information_schema.columns c join information_schema.tables i using (table_schema, table_name)
     where table_schema = 'public' and i.table_type = 'BASE TABLE'
     group by 1 having bool_or(c.column_name = 'id' and c.udt_name = 'uuid') order by 1`,
  )
  const found = new Map<string, string[]>()
  for (const { t, tenant } of tables) {
    const { rows } = await owner.query<{ id: string }>(
      `select id from ${t} where ${tenant ? where : 'true'} order by id limit 12`,
    )
    found.set(
      t,
      rows.map(({ id }) => id),
    )
  }
  return found
}
/** Ids of the tables whose name has the word of a place (`changeId`: change_request …), or of all tables where none has. */
export function idsFor(tables: ReadonlyMap<string, readonly string[]>, place: string, ofEach: number): string[] {
  const word = place.replace(/Ids?$/, '').toLowerCase()
  const named = [...tables].filter(([table]) => word !== '' && table.includes(word)).flatMap(([, ids]) => ids.slice(0, ofEach))
  return named.length > 0 ? named : [...tables.values()].flatMap((ids) => ids.slice(0, ofEach))
}
export async function poolOf(owner: pg.Client, bootId: string): Promise<Pool> {
  const tables = await idsByTable(owner)
  const { rows } = await owner.query<{ hash: string }>(
    'select distinct plan_hash as hash from change_request where plan_hash is not null',
  )
  return {
    idsFor: (name) => (name === 'bootId' ? [bootId] : [...idsFor(tables, name, 12), newId()]),
    digests: [...rows.map(({ hash }) => hash), 'f'.repeat(64)],
  }
}
