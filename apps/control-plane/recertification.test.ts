import { createHash } from 'node:crypto'
import type { AccessRow, CampaignItem, CampaignView } from '@huabiao/domains/lifecycle/lifecycle-review.contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** Recertification at the doors: right reviewers, revocation at once, silence as no, a report whose digest the ledger holds. */
let h: Harness
let owner: pg.Client
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})
/** As if the time to decide were over: the database looks at its own clock. */
async function isOver(id: string): Promise<void> {
  await owner.query('alter table lifecycle_campaign disable trigger user')
  await owner.query(
    `update lifecycle_campaign set opened_at = now() - interval '2 days', due_at = now() - interval '1 second' where id = $1`,
    [id],
  )
  await owner.query('alter table lifecycle_campaign enable trigger user')
}
const days = (count: number): Date => new Date(Date.now() + count * 86_400_000)
async function opened(body: object = {}): Promise<CampaignView> {
  const whole = { name: '年终权限复核', dueAt: days(10).toISOString(), roles: [], departmentIds: [], systemIds: [], ...body }
  const { status, body: view } = await h.call('yang.an', 'POST', '/recertifications', whole)
  expect(status, JSON.stringify(view)).toBe(200)
  return view
}
const read = async (login: string, id: string): Promise<CampaignView> =>
  (await h.call(login, 'GET', `/recertifications/${id}`)).body
const decide = (login: string, id: string, reviewIds: string[], verdict: string, reason = '岗位需要') =>
  h.call(login, 'POST', `/recertifications/${id}/decisions`, { reviewIds, verdict, reason })
const codeOf = async (attempt: Promise<{ status: number; body: unknown }>): Promise<string> => {
  const { status, body } = await attempt
  expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400)
  return (body as { code: string }).code
}
const rolesOf = async (login: string): Promise<string[]> =>
  ((await h.call(login, 'GET', '/me')).body as { roles: string[] }).roles
const kindsOf = async (login: string, id: string): Promise<string[]> =>
  ((await h.call(login, 'GET', '/notifications')).body as { items: { kind: string; object: string }[] }).items
    .filter((one) => one.object === `recertification/${id}`)
    .map((one) => one.kind)

describe('a campaign', () => {
  test('asks owners about production and the supervisor about the rest, nobody about themselves', async () => {
    const view = await opened()
    const of = (name: string, role: string) => view.reviews.find((one) => one.person.name === name && one.role === role)!
    expect(of('赵明', 'ENG').reviewers).toEqual(['沈主'])
    expect(of('陈静', 'CHM').reviewers).toEqual(['魏慎'])
    expect(view.reviews.filter((one) => one.person.name === '魏慎').every((one) => !one.reviewers.includes('魏慎'))).toBe(true)
    expect(of('沈主', 'APV').reviewers).toEqual(['魏慎'])
    expect(await kindsOf('shen.zhu', view.id)).toEqual(['recertification.opened'])
    // Security opens and judges nothing that is not theirs; a reviewer sees their own items alone.
    expect(await codeOf(decide('yang.an', view.id, [of('赵明', 'ENG').id], 'keep'))).toBe('lifecycle.not_reviewer')
    expect(await codeOf(decide('wei.shen', view.id, [view.reviews.find((one) => one.person.name === '魏慎')!.id], 'keep'))).toBe(
      'lifecycle.own_review',
    )
    const mine = await read('shen.zhu', view.id)
    expect(mine.reviews.every((one) => one.reviewers.includes('沈主'))).toBe(true)
    expect((await h.call('kong.xin', 'GET', `/recertifications/${view.id}`)).status).toBe(404)
    expect((await h.call('zhao.ming', 'GET', `/recertifications/${view.id}`)).status).toBe(404)
    expect(
      await codeOf(
        h.call('han.guan', 'POST', '/recertifications', {
          name: 'x',
          dueAt: days(5).toISOString(),
          roles: [],
          departmentIds: [],
          systemIds: [],
        }),
      ),
    ).toBe('access.denied')
  })

  test('revoking ends the role at once, and no word is given twice or in another’s name', async () => {
    const view = await opened({ name: '数据库管理员复核', roles: ['DBA'] })
    expect(view.reviews.map((one) => one.person.name)).toEqual(['吴迪'])
    const { id } = view.reviews[0]!
    expect(await rolesOf('wu.di')).toEqual(['DBA'])
    const past = owner.query(
      `update lifecycle_review set verdict = 'keep', reason = 'x', decided_by = reviewer_ids[1], decided_at = now() where id = $1`,
      [id],
    )
    await expect(past).rejects.toThrow('lifecycle.not_reviewer')
    const done = await decide('shen.zhu', view.id, [id], 'revoke', '已转岗')
    expect(done.status, JSON.stringify(done.body)).toBe(200)
    expect(await rolesOf('wu.di')).toEqual([])
    expect(await codeOf(decide('shen.zhu', view.id, [id], 'keep'))).toBe('lifecycle.campaign_closed')
    const closed = await read('yang.an', view.id)
    expect(closed).toMatchObject({ revoked: 1, undecided: 0, closedAt: expect.any(String) })
    const report = (await h.call('yang.an', 'GET', `/recertifications/${view.id}/report`)).body as { csv: string; sm3: string }
    expect(report.sm3).toBe(closed.reportSm3)
    expect(toHex(sm3(utf8(report.csv)))).toBe(report.sm3)
    expect(createHash('sm3').update(report.csv).digest('hex'), 'and by another SM3').toBe(report.sm3)
    // A person is renamed; what was reported is not.
    const renamed = (name: string) => owner.query(`update person set name = $1 where name like '沈主%'`, [name])
    await renamed('沈主任')
    const again = await h.call('yang.an', 'GET', `/recertifications/${view.id}/report`)
    expect(again.body).toEqual(report)
    await renamed('沈主')
    const { rows } = await owner.query<{ body: string }>(
      `select body from ledger_record where act = 'recertification.closed' and object = $1`,
      [`recertification/${view.id}`],
    )
    expect((JSON.parse(rows[0]!.body) as { data: { sm3: string } }).data.sm3).toBe(report.sm3)
    await expect(owner.query(`update lifecycle_review set reason = 'y' where id = $1`, [id])).rejects.toThrow(
      'lifecycle.reviewed',
    )
  })

  test('tells at 7, 3 and 1 days, and at its end what nobody decided is held back, but not the last of the three', async () => {
    const dueAt = days(1.1)
    const view = await opened({ name: '短期复核', roles: ['NET', 'SEC'], dueAt: dueAt.toISOString() })
    await h.composed.jobs.campaigns()
    await h.composed.jobs.campaigns()
    expect(await kindsOf('shen.zhu', view.id)).toEqual(['recertification.due', 'recertification.opened'])
    expect(await codeOf(h.call('yang.an', 'GET', `/recertifications/${view.id}/report`))).toBe('lifecycle.campaign_open')
    await expect(
      owner.query(`update lifecycle_campaign set closed_at = now(), report_sm3 = repeat('0', 64) where id = $1`, [view.id]),
    ).rejects.toThrow('lifecycle.campaign_closed')
    await expect(
      owner.query(`update lifecycle_review set verdict = 'undecided', decided_at = now() where campaign_id = $1`, [view.id]),
      'a day too early',
    ).rejects.toThrow('lifecycle.campaign_open')
    // Whom a lapsed training holds back already is held back by the silence as well.
    const training = (until: string) =>
      owner.query(`update person set training_valid_until = current_date + $1::int where name = '王路'`, [until])
    await training('-2')
    await h.composed.jobs.norms()
    await isOver(view.id)
    await h.composed.jobs.campaigns()
    const after = await read('yang.an', view.id)
    expect(after.closedAt).not.toBeNull()
    expect(after.reviews.map((one) => [one.person.name, one.verdict]).sort()).toEqual([
      ['杨安', 'undecided'],
      ['王路', 'undecided'],
    ])
    expect(await rolesOf('wang.lu')).toEqual([])
    expect(await rolesOf('yang.an'), 'nobody could give it back').toEqual(['SEC'])
    expect(await kindsOf('lin.guan', view.id)).toEqual(['recertification.ended'])
    const suspended = async () =>
      (
        (await h.call('han.guan', 'GET', '/suspensions')).body as {
          items: { id: string; rule: string; role: string; askRefusal: string | null }[]
        }
      ).items
    expect(await suspended()).toMatchObject([
      { rule: 'recertification', role: 'NET', askRefusal: 'lifecycle.training_only' },
      { rule: 'N-A07', role: 'NET' },
    ])
    await training('200')
    await h.composed.jobs.norms()
    expect(await rolesOf('wang.lu'), 'a new training answers the training alone').toEqual([])
    // The way back takes two, and security alone is one.
    const items = await suspended()
    expect(items).toMatchObject([{ rule: 'recertification', role: 'NET', askRefusal: null }])
    const { rows: bindings } = await owner.query<{ id: string }>(
      `select id from role_binding where role = 'NET' and suspended_at is not null`,
    )
    expect(await codeOf(h.call('yang.an', 'POST', `/role-bindings/${bindings[0]!.id}/resume`, { reason: '急' }))).toBe(
      'lifecycle.suspended',
    )
    expect((await h.call('han.guan', 'POST', `/suspensions/${items[0]!.id}/ask`, { reason: '确需' })).status).toBe(200)
    expect((await h.call('yang.an', 'POST', `/suspensions/${items[0]!.id}/confirm`)).status).toBe(200)
    expect(await rolesOf('wang.lu')).toEqual(['NET'])
  })

  test('whoever oversees other units reads their campaigns and decides nothing in them', async () => {
    const view = await opened({ name: '仅供查阅', roles: ['CHM'] })
    expect((await read('lin.guan', view.id)).name).toBe('仅供查阅')
    expect(await codeOf(decide('lin.guan', view.id, [view.reviews[0]!.id], 'keep'))).toBe('lifecycle.campaign_not_found')
  })

  test('a unit with more roles in force than one campaign can show is told so, and nothing is reviewed in part', async () => {
    await owner.query('alter table role_binding disable trigger user')
    await owner.query(`insert into role_binding (id, tenant_id, person_id, role, duty, not_before, not_after, granted_by)
      select gen_random_uuid(), tenant_id, person_id, 'REQ', null, now(), now() + interval '1 day', null from account, generate_series(1, 3001) where login = 'feng.ban'`)
    try {
      const body = { name: '过大', dueAt: days(5).toISOString(), roles: ['SEC'], departmentIds: [], systemIds: [] }
      expect(await codeOf(h.call('yang.an', 'POST', '/recertifications', body))).toBe('lifecycle.too_many')
      expect(await codeOf(h.call('zhu.cha', 'POST', '/access-review/exports', {}))).toBe('lifecycle.too_many')
      expect((await h.call('zhu.cha', 'GET', '/access-review')).body).toMatchObject({ more: true })
    } finally {
      await owner.query(`delete from role_binding where role = 'REQ'`)
      await owner.query('alter table role_binding enable trigger user')
    }
  })

  test('the scope may be systems: whoever took part in their changes; and what is empty is not opened', async () => {
    await h.approvingChange({ windowStartMs: 3_600_000 })
    const systems = (await h.call('zhao.ming', 'GET', '/information-systems')).body as { items: { id: string; code: string }[] }
    const systemIds = [systems.items.find((one) => one.code === 'portal')!.id]
    const names = new Set((await opened({ name: '门户相关', systemIds })).reviews.map((one) => one.person.name))
    expect([...names].sort()).toEqual(['孙杰', '赵明', '郑浩', '钱伟', '陈静'].sort())
    const empty = { name: 'x', dueAt: days(5).toISOString(), roles: ['TAD'], departmentIds: [], systemIds: [] }
    expect(await codeOf(h.call('yang.an', 'POST', '/recertifications', empty))).toBe('lifecycle.scope_empty')
  })

  test('half a year without one opens one by itself, once', async () => {
    await owner.query(
      `update role_binding set created_at = now() - interval '200 days' where tenant_id = (select tenant_id from account where login = 'cao.li')`,
    )
    // A unit whose roles have all run out has nothing to review.
    await owner.query('alter table role_binding disable trigger user')
    await owner.query(
      `update role_binding set created_at = now() - interval '200 days', not_before = now() - interval '200 days', not_after = now() - interval '1 day'
       where tenant_id = (select tenant_id from account where login = 'tao.ran')`,
    )
    await owner.query('alter table role_binding enable trigger user')
    const unreviewed = await owner.query(`select tenant_id from lifecycle_units_unreviewed(now() - interval '182 days')`)
    expect(unreviewed.rows).toHaveLength(1)
    await h.composed.jobs.campaigns()
    await h.composed.jobs.campaigns()
    const { items } = (await h.call('hua.shen', 'GET', '/recertifications')).body as { items: CampaignItem[] }
    expect(items).toMatchObject([{ openedBy: null, name: expect.stringMatching(/^半年度权限复核/), items: 4 }])
  })
})

describe('who can do what today', () => {
  test('roles say what may be asked for, approved plans what is reached today; the export’s digest is in the ledger', async () => {
    const { no, systemIds } = await h.scheduledChange()
    const of = (await h.call('zhu.cha', 'GET', `/access-review?systemId=${systemIds[0]}`)).body as { items: AccessRow[] }
    expect(of.items.map((row) => [row.person.name, row.role, row.plans.map((plan) => [plan.changeNo, plan.part])])).toEqual([
      ['赵明', 'ENG', [[no, 'executor']]],
      ['钱伟', 'ENG', [[no, 'reviewer']]],
    ])
    const granting = (await h.call('zhu.cha', 'GET', '/access-review?ability=grant')).body as { items: AccessRow[] }
    expect(granting.items.map((row) => row.person.name)).toEqual(['杨安'])
    const { status, body } = await h.call('zhu.cha', 'POST', '/access-review/exports', {})
    expect(status, JSON.stringify(body)).toBe(200)
    const { csv, sm3: digest, rows } = body as { csv: string; sm3: string; rows: number }
    expect(csv.split('\r\n')).toHaveLength(rows + 3)
    expect(createHash('sm3').update(csv).digest('hex')).toBe(digest)
    const recorded = await owner.query<{ body: string }>(`select body from ledger_record where act = 'access_review.exported'`)
    expect(recorded.rows[0]!.body).toContain(digest)
    // Another unit's rights are theirs.
    const foreign = (await h.call('cao.li', 'GET', '/access-review')).body as { items: AccessRow[] }
    expect(foreign.items.map((row) => row.person.name).sort()).toEqual(['严运', '孔欣', '曹立', '花审'].sort())
    expect(await codeOf(h.call('zhao.ming', 'GET', '/access-review'))).toBe('access.denied')
  })
})
