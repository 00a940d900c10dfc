import type { FindingView, JoinerView, SuspensionView } from '@huabiao/domains/lifecycle/lifecycle-norm.contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** Norms of accounts on the real thing: what is found, whom it tells, what it takes away, and the way back. */
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

const sweep = () => h.composed.jobs.norms()
const findings = async (query = ''): Promise<FindingView[]> =>
  ((await h.call('yang.an', 'GET', `/account-findings?limit=100${query}`)).body as { items: FindingView[] }).items
const suspensions = async (login = 'yang.an'): Promise<SuspensionView[]> =>
  ((await h.call(login, 'GET', '/suspensions')).body as { items: SuspensionView[] }).items
const codeOf = async (attempt: Promise<{ status: number; body: unknown }>): Promise<string> => {
  const { status, body } = await attempt
  expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400)
  return (body as { code: string }).code
}
const idsOf = async (login: string): Promise<{ person_id: string; id: string }> =>
  (await owner.query('select id, person_id from account where login = $1', [login])).rows[0]
const statusOf = async (login: string): Promise<string> =>
  (await owner.query('select status from account where login = $1', [login])).rows[0].status
const kindsOf = async (login: string): Promise<string[]> =>
  ((await h.call(login, 'GET', '/notifications')).body as { items: { kind: string }[] }).items.map((one) => one.kind)

test('a unit in order has no findings, and looking again finds nothing new', async () => {
  await sweep()
  expect((await findings()).filter((one) => one.rule !== 'N-A08')).toEqual([])
  expect(await sweep()).toBe(0)
})

describe('dormant accounts', () => {
  test('N-A01 after 90 days an account is closed with its sessions; enabling it by hand is refused', async () => {
    const token = await h.logOn('zhou.yan')
    await owner.query(
      `update account set last_logon_at = now() - interval '91 days', created_at = now() - interval '200 days' where login = 'zhou.yan'`,
    )
    await sweep()
    expect(await statusOf('zhou.yan')).toBe('disabled')
    expect(
      (await h.app.inject({ method: 'GET', url: '/api/v1/me', headers: { authorization: `Bearer ${token}` } })).statusCode,
    ).toBe(401)
    const { id } = await idsOf('zhou.yan')
    expect(await codeOf(h.call('han.guan', 'POST', `/accounts/${id}/enable`, { reason: '需要' }))).toBe('lifecycle.suspended')
    expect(await suspensions()).toMatchObject([{ person: { name: '周岩' }, rule: 'N-A01', role: null, askedBy: null }])
    expect(await kindsOf('han.guan')).toContain('norm.N-A01')
    expect(await kindsOf('yang.an')).toContain('norm.N-A01')
  })

  test('the way back: the administrator asks, security confirms, nobody does both, and it holds', async () => {
    const [of] = await suspensions('han.guan')
    const url = `/suspensions/${of!.id}`
    expect(of).toMatchObject({ askRefusal: null, confirmRefusal: 'lifecycle.not_administrator' })
    expect(await codeOf(h.call('yang.an', 'POST', `${url}/confirm`))).toBe('lifecycle.not_asked')
    expect(await codeOf(h.call('yang.an', 'POST', `${url}/ask`, { reason: 'x' }))).toBe('access.denied')
    expect((await h.call('han.guan', 'POST', `${url}/ask`, { reason: '长期出差返岗' })).status).toBe(200)
    expect(await codeOf(h.call('han.guan', 'POST', `${url}/confirm`))).toBe('access.denied')
    expect(await codeOf(h.call('zhang.qi', 'POST', `${url}/confirm`)), 'security of another unit').toBe(
      'lifecycle.suspension_not_found',
    )
    expect(await kindsOf('yang.an')).toContain('suspension.confirm')
    const done = await h.call('yang.an', 'POST', `${url}/confirm`)
    expect(done.status, JSON.stringify(done.body)).toBe(200)
    expect(await statusOf('zhou.yan')).toBe('active')
    await sweep()
    expect(await statusOf('zhou.yan'), 'the time begins anew').toBe('active')
    expect(await suspensions()).toEqual([])
    expect((await findings('&show=all')).filter((one) => one.rule === 'N-A01')).toMatchObject([{ clearedAt: expect.any(String) }])
  })
})

describe('a user unit without security of its own', () => {
  const dormant = (login: string) =>
    owner.query(
      `update account set last_logon_at = now() - interval '91 days', created_at = now() - interval '200 days' where login = $1`,
      [login],
    )
  test('RL-25 the only tenant administrator is found, and closed by no rule', async () => {
    await dormant('tao.ran')
    await sweep()
    expect(await statusOf('tao.ran')).toBe('active')
    const { rows } = await owner.query(
      `select rule from lifecycle_finding where cleared_at is null and person_id = (select person_id from account where login = 'tao.ran')`,
    )
    expect(rows.map((row) => row.rule)).toContain('N-A01')
    await owner.query(`update account set last_logon_at = now() where login = 'tao.ran'`)
  })
  test('RL-23 RL-25 one administrator asks, a second confirms', async () => {
    await owner.query(
      `update role_binding set revoked_at = now() where person_id = (select person_id from account where login = 'yan.yun')`,
    )
    await owner.query(`insert into role_binding (id, tenant_id, person_id, role, not_before, not_after)
      select gen_random_uuid(), tenant_id, person_id, 'TAD', now(), now() + interval '90 days' from account where login = 'yan.yun'`)
    await dormant('kong.xin')
    await sweep()
    expect(await statusOf('kong.xin')).toBe('disabled')
    const [of] = await suspensions('cao.li')
    expect(of).toMatchObject({ person: { name: '孔欣' }, askRefusal: null, confirmRefusal: 'lifecycle.not_asked' })
    const url = `/suspensions/${of!.id}`
    expect((await h.call('cao.li', 'POST', `${url}/ask`, { reason: '返岗' })).status).toBe(200)
    expect(await codeOf(h.call('cao.li', 'POST', `${url}/confirm`))).toBe('lifecycle.second_person_required')
    expect(await codeOf(h.call('tao.ran', 'POST', `${url}/confirm`)), 'of another unit').toBe('lifecycle.suspension_not_found')
    expect(await kindsOf('yan.yun')).toContain('suspension.confirm')
    expect(await kindsOf('cao.li')).not.toContain('suspension.confirm')
    expect((await h.call('yan.yun', 'POST', `${url}/confirm`)).status).toBe(200)
    expect(await statusOf('kong.xin')).toBe('active')
  })
})

test('people of a unit are told to no other; whoever oversees reads them', async () => {
  const units = await owner.query<{ login: string; tenant_id: string }>(
    `select login, tenant_id from account where login in ('han.guan', 'cao.li')`,
  )
  const unitOf = (login: string): string => units.rows.find((row) => row.login === login)!.tenant_id
  const { person_id: personId } = await idsOf('han.guan')
  const told = async (tenantId: string, oversees = false): Promise<number[]> => {
    await owner.query('begin')
    await owner.query(`select set_config('app.tenant_id', $1, true), set_config('app.oversight', $2, true)`, [
      tenantId,
      oversees ? 'on' : 'off',
    ])
    const count = async (from: string, args: unknown[]): Promise<number> =>
      (await owner.query(`select count(*)::int as many from ${from}`, args)).rows[0].many
    const many = [
      await count('lifecycle_people($1, now())', [unitOf('han.guan')]),
      await count('lifecycle_holds($1, current_date)', [personId]),
    ]
    await owner.query('rollback')
    return many.map((one) => Math.min(one, 1))
  }
  expect(await told(unitOf('han.guan'))).toEqual([1, 1])
  expect(await told(unitOf('cao.li'))).toEqual([0, 0])
  expect(await told(unitOf('cao.li'), true)).toEqual([1, 1])
})

describe('training', () => {
  test('RL-24 with the training roles are held back, by no side door given back, and come back with a new training', async () => {
    const { person_id: personId } = await idsOf('wu.di')
    await owner.query(`update person set training_valid_until = current_date - 2 where id = $1`, [personId])
    await sweep()
    const me = (await h.call('wu.di', 'GET', '/me')).body as { roles: string[] }
    expect(me.roles).toEqual([])
    const [row] = (await suspensions()).filter((one) => one.person.id === personId)
    expect(row).toMatchObject({ rule: 'N-A07', role: 'DBA', askRefusal: 'lifecycle.not_administrator' })
    expect(await codeOf(h.call('han.guan', 'POST', `/suspensions/${row!.id}/ask`, { reason: '急' }))).toBe(
      'lifecycle.training_only',
    )
    const binding = (await owner.query('select id from role_binding where person_id = $1', [personId])).rows[0].id
    expect(await codeOf(h.call('yang.an', 'POST', `/role-bindings/${binding}/resume`, { reason: '急' }))).toBe('access.untrained')
    const validUntil = new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10)
    expect(
      (await h.call('han.guan', 'POST', `/persons/${personId}/training`, { validUntil, certificate: 'PX-2026-77' })).status,
    ).toBe(200)
    await sweep()
    expect(((await h.call('wu.di', 'GET', '/me')).body as { roles: string[] }).roles).toEqual(['DBA'])
  })

  test('RL-24 the last security administrator keeps the role, for nobody could give it back; the finding stays', async () => {
    const { person_id: personId } = await idsOf('yang.an')
    await owner.query(`update person set training_valid_until = current_date - 2 where id = $1`, [personId])
    await sweep()
    expect(((await h.call('yang.an', 'GET', '/me')).body as { roles: string[] }).roles).toEqual(['SEC'])
    expect((await findings('&rule=N-A07')).map((one) => one.person.name)).toEqual(['杨安'])
    await owner.query(`update person set training_valid_until = current_date + 200 where id = $1`, [personId])
    await sweep()
    expect(await findings('&rule=N-A07')).toEqual([])
  })
})

test('N-A04 of several addresses of a pair the latest is told, every time the same', async () => {
  for (const login of ['feng.ban', 'zheng.hao']) await h.logOn(login, '10.67.1.9')
  const later = (from: string, minutes: number) =>
    owner.query(
      `insert into logon_session select (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'token_sha256', gen_random_uuid(),
         'source_ip', $1::text, 'created_at', s.created_at + make_interval(mins => $2)))).* from logon_session s where s.source_ip = '10.67.1.9'`,
      [from, minutes],
    )
  await later('10.67.1.8', 3)
  await later('10.67.1.7', 2)
  await owner.query(`update logon_session set door = 'console' where source_ip like '10.67.1.%'`)
  await sweep()
  expect((await findings('&rule=N-A04')).map((one) => one.evidence.from)).toEqual(['10.67.1.8', '10.67.1.8'])
  expect(await sweep()).toBe(0)
  await owner.query(`update logon_session set source_ip = '10.66.1.7' where source_ip = '10.67.1.9'`)
  await owner.query(`update logon_session set door = 'ssh' where source_ip like '10.67.1.%'`)
})

test('N-A04 two persons at one address within a quarter of an hour, unless it is a registered network', async () => {
  await sweep()
  const found = await findings('&rule=N-A04')
  expect(found.map((one) => [one.person.name, one.evidence.with, one.evidence.from]).sort()).toEqual([
    ['冯版', '郑浩', '10.66.1.7'],
    ['郑浩', '冯版', '10.66.1.7'],
  ])
  expect(found[0]!.told).toEqual(expect.arrayContaining(['韩冠', '杨安', '魏慎']))
  expect((await h.call('han.guan', 'POST', '/terminals', { name: '办公区', cidr: '10.66.0.0/16' })).status).toBe(200)
  await sweep()
  expect(await findings('&rule=N-A04')).toEqual([])
})

test('an overdue finding is told once more, once', async () => {
  await owner.query(
    `update account_password set changed_at = now() - interval '89 days 23 hours 59 minutes 58 seconds' where account_id = (select id from account where login = 'qin.shou')`,
  )
  await owner.query(`update account set created_at = now() - interval '31 days', last_logon_at = null where login = 'qin.shou'`)
  await sweep()
  expect((await findings('&rule=N-A02')).map((one) => one.person.name)).toEqual(['秦守'])
  await owner.query(`update lifecycle_finding set due_at = now() - interval '1 minute' where rule = 'N-A02'`)
  await sweep()
  await sweep()
  expect((await kindsOf('han.guan')).filter((kind) => kind === 'norm.overdue')).toHaveLength(1)
  const { rows } = await owner.query(
    `select act, count(*)::int as many from ledger_record where act like 'norm.%' group by 1 order by 1`,
  )
  expect(rows.map((row) => row.act)).toEqual(['norm.cleared', 'norm.found', 'norm.overdue'])
})

describe('a joiner', () => {
  test('RL-24 no role before the training, and no account either; the checklist says what is next', async () => {
    const body = { name: '新来', nameEn: 'Xin Lai', identityNumber: '11010519491231002X' }
    const registered = await h.call('han.guan', 'POST', '/persons', body)
    expect(registered.status, JSON.stringify(registered.body)).toBe(200)
    const { id: personId } = registered.body as { id: string }
    const next = async (): Promise<string | null> =>
      ((await h.call('han.guan', 'GET', '/joiners')).body as { items: JoinerView[] }).items.find(
        (one) => one.person.id === personId,
      )?.next ?? null
    expect(await next()).toBe('training')
    expect(await codeOf(h.call('han.guan', 'POST', '/accounts', { personId, login: 'xin.lai' }))).toBe(
      'identity.training_invalid',
    )
    const notAfter = new Date(Date.now() + 30 * 86_400_000).toISOString()
    const grant = () => h.call('yang.an', 'POST', '/role-bindings', { personId, role: 'RLS', duty: null, notAfter })
    expect(await codeOf(grant())).toBe('access.untrained')
    // Past the services the database says the same.
    const past = owner.query(
      `insert into role_binding (id, tenant_id, person_id, role, not_before, not_after) select gen_random_uuid(), tenant_id, id, 'RLS', now(), now() + interval '1 day' from person where id = $1`,
      [personId],
    )
    await expect(past).rejects.toThrow('access.untrained')
    const validUntil = new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10)
    expect((await h.call('han.guan', 'POST', `/persons/${personId}/training`, { validUntil, certificate: 'PX-1' })).status).toBe(
      200,
    )
    expect(await next()).toBe('account')
    expect((await h.call('han.guan', 'POST', '/accounts', { personId, login: 'xin.lai' })).status).toBe(200)
    expect(await next()).toBe('logon')
    expect((await grant()).status).toBe(200)
    // Only those who oversee people of the unit see it.
    expect(await codeOf(h.call('zhao.ming', 'GET', '/joiners'))).toBe('access.denied')
    const foreign = (await h.call('cao.li', 'GET', '/joiners')).body as { items: JoinerView[] }
    expect(foreign.items.map((one) => one.person.id)).not.toContain(personId)
  })
})
