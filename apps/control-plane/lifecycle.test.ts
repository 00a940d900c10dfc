import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { handover } from '@huabiao/domains/lifecycle/lifecycle-handover.model'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { day, dayMs, departuresOn, openOf } from './testing/departures.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { portalPlan } from './testing/portal-plan.ts'

/** Leavers and movers at the doors (RL-25, S14, NT-C06): what holds an exit up, and that access ends whether or not it is complete. */
let h: Harness
let owner: pg.Client
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  on = departuresOn(h, owner)
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

let on: ReturnType<typeof departuresOn>
const personOf: typeof on.personOf = (login) => on.personOf(login)
const declared: typeof on.declared = (...of) => on.declared(...of)
const does: typeof on.does = (...of) => on.does(...of)
const refused: typeof on.refused = (...of) => on.refused(...of)
const read: typeof on.read = (...of) => on.read(...of)
const handOver: typeof on.handOver = (...of) => on.handOver(...of)
const cancelled: typeof on.cancelled = (id) => on.cancelled(id)

describe('NT-C06 the only one leaves', () => {
  test('NT-C06 the last security administrator: blocked until another holds the role, and told by whom', async () => {
    const of = await declared('yang.an')
    expect(of.items.find((item) => item.kind === 'role.custody')).toMatchObject({
      label: 'SEC',
      others: 0,
      state: 'open',
      way: 'elsewhere',
    })
    expect(openOf(await handOver(of, 'wei.shen'))).toEqual(['role.custody'])
    const left = await read('han.guan', of.id)
    expect(left.completeRefusal).toBe('lifecycle.open_items')
    expect(await refused('han.guan', of.id, 'complete')).toBe('lifecycle.open_items')
    // No word of a successor makes somebody a security administrator.
    const key = left.items.find((item) => item.kind === 'role.custody')!.key
    await does('han.guan', of.id, 'offers', { items: [key], successorId: await personOf('wei.shen') })
    expect(await refused('wei.shen', of.id, 'settlements', { item: key, note: '' })).toBe('lifecycle.not_handed_over')
    // Past the services the database says the same.
    await owner.query('begin')
    await owner.query(`select set_config('app.person_id', $1, true)`, [await personOf('han.guan')])
    await expect(
      owner.query(
        `update lifecycle_departure set state = 'complete', completed_at = now(), completed_by = app_person(), version = version + 1 where id = $1`,
        [of.id],
      ),
    ).rejects.toThrow('lifecycle.open_items')
    await owner.query('rollback')
    await cancelled(of.id)
  })

  test('NT-C06 the only administrator: may say that they leave, and neither completes nor is completed', async () => {
    const of = await declared('han.guan')
    expect(openOf(of)).toContain('role.custody')
    expect(of.completeRefusal).toBe('lifecycle.own_departure')
    expect(await refused('han.guan', of.id, 'complete')).toBe('lifecycle.own_departure')
    expect(await refused('han.guan', of.id, 'cancel', { reason: '反悔' })).toBe('lifecycle.own_departure')
    await owner.query(
      `update lifecycle_departure set state = 'cancelled', cancelled_at = now(), cancelled_by = person_id, cancel_reason = 'test', version = version + 1 where id = $1`,
      [of.id],
    )
  })

  test('NT-C06 custodians are needed two by two, and one who leaves sooner does not count', async () => {
    const of = await declared('qin.shou')
    expect(openOf(of), 'two others stay').not.toContain('role.custody')
    const other = await declared('jiang.ping', { lastDay: day(9) })
    const after = await read('han.guan', of.id)
    expect(after.items.find((item) => item.kind === 'role.custody')).toMatchObject({ label: 'BGC', others: 1, state: 'open' })
    expect(openOf(after)).toContain('role.custody')
    await cancelled(other.id)
    await cancelled(of.id)
  })
})

describe('the handover list', () => {
  test('names what waits for the person in every domain, with its way out', async () => {
    const change = await h.approvingChange({ windowStartMs: 3_600_000 })
    const executor = await declared('zhao.ming')
    const kinds = executor.items.map((item) => item.kind)
    expect(kinds).toEqual(expect.arrayContaining(['change.executor', 'change.requester', 'thing.accept', 'role']))
    expect(executor.items.find((item) => item.kind === 'change.executor')).toMatchObject({
      label: change.no,
      id: change.id,
      way: 'elsewhere',
    })
    const reviewer = await declared('qian.wei')
    expect(openOf(reviewer)).toContain('change.reviewer')
    // Two technical managers may decide: a seat that another fills holds nobody up.
    const seats = (await declared('chu.heng')).items.filter(
      (item) => item.kind === 'approval.seat' || item.kind === 'change.manager',
    )
    expect(seats.map((item) => item.way)).not.toContain('accept')
    // The way out is the act that exists: withdrawn, the change is nobody's any more.
    const planning = await h.call(
      'zhao.ming',
      'PUT',
      `/changes/${change.id}/plan`,
      {
        plan: change.plan,
        windowStart: change.windowStart,
        windowEnd: change.windowEnd,
        executorId: change.executor!.id,
        reviewerId: change.reviewer!.id,
      },
      { 'if-match': `"${change.version}"` },
    )
    expect(planning.status).toBe(200)
    expect(openOf(await read('zhao.ming', executor.id))).toContain('change.author')
    await h.act('zhao.ming', change.id, 'withdraw', { reason: '离岗' })
    expect(openOf(await read('han.guan', executor.id)).filter((kind) => kind.startsWith('change'))).toEqual([])
    expect(openOf(await read('han.guan', reviewer.id))).not.toContain('change.reviewer')
    const open = (await h.call('han.guan', 'GET', '/departures')).body as { items: { id: string; person: { name: string } }[] }
    for (const { id } of open.items) await cancelled(id)
  })

  test('RL-10 NT-C06 an open emergency is filed before its executor goes, and signed before the second person does', async () => {
    const { items: targets } = (await h.call('zheng.hao', 'GET', '/targets')).body as { items: { id: string }[] }
    const { people } = (await h.call('zheng.hao', 'GET', '/emergency-seconds')).body as { people: { id: string; name: string }[] }
    const secondId = people.find(({ name }) => name === '王路')!.id
    const night = { title: '门户登录宕机', reason: '告警 P1，登录全部失败。', incidentNo: 'INC-9', incidentLevel: 'P1' }
    const body = { ...night, secondId, targets: [{ targetId: targets[0]!.id, accounts: ['hb-app'] }] }
    const invoked = await h.call('zheng.hao', 'POST', '/emergencies', body)
    expect(invoked.status, JSON.stringify(invoked.body)).toBe(200)
    for (const login of ['zheng.hao', 'wang.lu']) {
      const of = await declared(login)
      expect(
        of.items.find((item) => item.kind === 'emergency.filing'),
        login,
      ).toMatchObject({ way: 'elsewhere', state: 'open' })
      expect(openOf(await handOver(of, 'sun.jie'))).toEqual(['emergency.filing'])
      expect(await refused('han.guan', of.id, 'complete')).toBe('lifecycle.open_items')
      await cancelled(of.id)
    }
    await owner.query('alter table emergency_case disable trigger user')
    await owner.query(`update emergency_case set state = 'refused'`)
    await owner.query('alter table emergency_case enable trigger user')
  })

  test('the database blocks exactly what no word of a successor settles', async () => {
    const { rows } = await owner.query<{ id: string }>('select id from person')
    for (const { id } of rows) {
      const held = (await owner.query('select * from lifecycle_held($1, current_date + 30)', [id])).rows
      for (const item of handover('leave', held, []))
        expect({ key: item.key, blocks: item.way === 'elsewhere' }).toEqual({ key: item.key, blocks: item.blocks })
    }
  })

  test('a successor accepts with their own word; nobody else, nor the leaver, nor a leaver for a leaver', async () => {
    const of = await declared('wang.lu')
    const item = of.items.find((one) => one.kind === 'thing.accept')!.key
    expect(await refused('wang.lu', of.id, 'settlements', { item, note: '' })).toBe('lifecycle.own_departure')
    expect(await refused('han.guan', of.id, 'settlements', { item, note: '' })).toBe('lifecycle.not_successor')
    expect(await refused('han.guan', of.id, 'offers', { items: [item], successorId: of.person.id })).toBe(
      'lifecycle.successor_unfit',
    )
    expect(await refused('han.guan', of.id, 'offers', { items: [item], successorId: await personOf('he.chen') })).toBe(
      'lifecycle.successor_unfit',
    )
    const other = await declared('feng.ban')
    expect(await refused('han.guan', of.id, 'offers', { items: [item], successorId: other.person.id })).toBe(
      'lifecycle.successor_unfit',
    )
    // Who is not concerned does not see it.
    expect((await h.call('zheng.hao', 'GET', `/departures/${of.id}`)).status).toBe(404)
    // The leaver may name them, too.
    await does('wang.lu', of.id, 'offers', { items: [item], successorId: await personOf('zheng.hao') })
    expect((await read('zheng.hao', of.id)).items.find((one) => one.key === item)).toMatchObject({
      state: 'offered',
      settleRefusal: null,
    })
    const after = await does('zheng.hao', of.id, 'settlements', { item, note: '已收齐' })
    expect(after.items.find((one) => one.key === item)).toMatchObject({ state: 'settled', settledBy: '郑浩' })
    expect(await refused('zheng.hao', of.id, 'settlements', { item, note: '' })).toBe('lifecycle.settled')
    await cancelled(other.id)
    await cancelled(of.id)
  })

  test('what a directory says waits for the administrator, and takes nothing away before', async () => {
    const personId = await personOf('feng.ban')
    await owner.query(
      `insert into lifecycle_departure (id, tenant_id, person_id, kind, last_day, reason, source, state, declared_at)
       select gen_random_uuid(), tenant_id, id, 'leave', current_date + 20, '人事系统：离职', 'scim', 'proposed', now() from person where id = $1`,
      [personId],
    )
    const { items } = (await h.call('han.guan', 'GET', '/departures')).body as { items: { id: string; source: string }[] }
    const of = await read('han.guan', items.find((one) => one.source === 'scim')!.id)
    expect(of).toMatchObject({ state: 'proposed', confirmRefusal: null, completeRefusal: 'lifecycle.wrong_state' })
    const item = of.items.find((one) => one.kind === 'thing.accept' || one.kind === 'role.last')!.key
    expect(await refused('han.guan', of.id, 'offers', { items: [item], successorId: await personOf('li.na') })).toBe(
      'lifecycle.wrong_state',
    )
    expect(await refused('han.guan', of.id, 'complete')).toBe('lifecycle.wrong_state')
    expect(await does('han.guan', of.id, 'confirm')).toMatchObject({ state: 'notice', declaredBy: '韩冠' })
    await cancelled(of.id)
  })

  test('another unit declares nothing here, and cannot even ask', async () => {
    const { status, body } = await h.call('cao.li', 'POST', '/departures', {
      kind: 'leave',
      personId: await personOf('wang.lu'),
      lastDay: day(3),
      reason: 'x',
    })
    expect([status, (body as { code: string }).code]).toEqual([404, 'lifecycle.person_not_found'])
    const of = await declared('wang.lu')
    expect((await h.call('cao.li', 'GET', `/departures/${of.id}`)).status).toBe(404)
    expect(await refused('cao.li', of.id, 'complete')).toBe('lifecycle.not_found')
    // The management unit reads and does nothing.
    expect((await read('lin.guan', of.id)).completeRefusal).toBe('lifecycle.not_administrator')
    expect(await refused('lin.guan', of.id, 'complete')).toBe('access.denied')
    await cancelled(of.id)
  })
})

describe('G-QUAL on the leaving list', () => {
  test('G-QUAL nobody is named for a window that ends after their last day; the database says the same', async () => {
    const of = await declared('zhao.ming', { lastDay: day(0) })
    const { id, systemIds } = await h.draftChange()
    await h.act('zhao.ming', id, 'submit')
    await h.act('chen.jing', id, 'accept')
    const planning = await h.act('zhao.ming', id, 'start-planning')
    const targets = (await h.call('zhao.ming', 'GET', `/targets?systemId=${systemIds[0]}`)).body as { items: { id: string }[] }
    const payload = (hours: number) => ({
      plan: portalPlan(targets.items.map((target) => target.id)),
      windowStart: new Date(Date.now() + hours * 3_600_000).toISOString(),
      windowEnd: new Date(Date.now() + (hours + 1) * 3_600_000 + 60_000).toISOString(),
      executorId: of.person.id,
      reviewerId: null as string | null,
    })
    const reviewerId = await personOf('qian.wei')
    const saved = await h.call(
      'zhao.ming',
      'PUT',
      `/changes/${id}/plan`,
      { ...payload(48), reviewerId },
      { 'if-match': `"${planning.version}"` },
    )
    expect(saved.status, JSON.stringify(saved.body)).toBe(200)
    const candidates = (await h.call('zhao.ming', 'GET', `/changes/${id}/candidates`)).body as {
      executors: { id: string; refusal: string | null }[]
    }
    expect(candidates.executors.find((one) => one.id === of.person.id)).toMatchObject({ refusal: 'change.not_qualified' })
    expect((saved.body as ChangeDetail).state).toBe('planning')
    const begun = await owner
      .query(`update change_request set state = 'assessing', version = version + 1 where id = $1`, [id])
      .catch((error: Error) => error.message)
    expect(begun).toContain('change.not_qualified')
    await cancelled(of.id)
    await h.act('zhao.ming', id, 'withdraw', { reason: '试验' })
  })
})

describe('the exit', () => {
  test('ends everything in one act: roles, logons, keys, gateway sessions, channels; and the person is gone for good', async () => {
    const change = await h.scheduledChange()
    await h.composed.jobs.changes()
    await h.present(change.id)
    await h.act('zhao.ming', change.id, 'begin', { confirm: change.no })
    const open = (await h.claim()).find((work) => work.kind === 'open')!
    await h.gateway(`sessions/${open.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    // An engineer with nothing to carry out leaves while somebody else's change runs.
    const of = await declared('wu.di', { lastDay: day(0) })
    const token = await h.logOn('wu.di')
    await owner.query(`insert into ssh_key (id, tenant_id, account_id, fingerprint, type, name, created_at)
      select gen_random_uuid(), tenant_id, id, 'SHA256:' || repeat('A', 43), 'ssh-ed25519', '笔记本', now() from account where login = 'wu.di'`)
    await owner.query(
      `insert into notice_choice (tenant_id, person_id, channel, chosen) select tenant_id, person_id, 'mail', true from account where login = 'wu.di'`,
    )
    const ready = await handOver(await read('han.guan', of.id), 'zheng.hao')
    expect(openOf(ready)).toEqual([])
    expect(ready.items.filter((item) => item.state === 'ends').map((item) => item.kind)).toEqual(['ssh-key', 'channel'])
    expect(
      ready.items.find((item) => item.kind === 'role.last'),
      'the only DBA',
    ).toMatchObject({ label: 'DBA', state: 'settled' })
    const done = await does('han.guan', of.id, 'complete')
    expect(done).toMatchObject({ state: 'complete', completedBy: '韩冠', items: [] })
    const me = await h.app.inject({ method: 'GET', url: '/api/v1/me', headers: { authorization: `Bearer ${token}` } })
    expect(me.statusCode).toBe(401)
    const { rows } = await owner.query(
      `select a.status, p.status as person, (select count(*)::int from role_binding b where b.person_id = p.id and b.revoked_at is null) as roles,
        (select count(*)::int from ssh_key k where k.account_id = a.id) as keys, (select count(*)::int from logon_session s where s.account_id = a.id and s.revoked_at is null) as logons,
        (select count(*)::int from notice_choice n where n.person_id = p.id and n.chosen) as channels
       from account a join person p on p.id = a.person_id where a.login = 'wu.di'`,
    )
    expect(rows).toEqual([{ status: 'disabled', person: 'left', roles: 0, keys: 0, logons: 0, channels: 0 }])
    expect(await refused('han.guan', of.id, 'complete')).toBe('lifecycle.wrong_state')
    const acts = await owner.query(
      `select act from ledger_record where body like '%' || $1 || '%' and act ~ 'departure|role.revoked|account.closed' order by seq`,
      [of.person.id],
    )
    expect(acts.rows.map((row) => row.act)).toEqual(
      expect.arrayContaining([
        'departure.declared',
        'departure.offered',
        'departure.settled',
        'role.revoked',
        'account.closed',
        'departure.completed',
      ]),
    )
  })

  test('S14 the last day ends access with open items: the session is killed, the change pauses, the supervisor has the rest', async () => {
    const { rows } = await owner.query<{ id: string; change_id: string }>(
      `select id, change_id from session_record where state = 'live'`,
    )
    expect(rows).toHaveLength(1)
    const of = await declared('zhao.ming', { lastDay: day(0) })
    await on.lend('zhao.ming', '值班笔记本', '安全密钥一号')
    const toReturn = (view: typeof of) => view.items.filter((item) => item.way === 'return').map((item) => [item.key, item.label])
    const lent = toReturn(await read('han.guan', of.id))
    expect(lent.map(([, label]) => label).sort()).toEqual(['值班笔记本', '安全密钥一号'].sort())
    expect(openOf(of)).toContain('change.executor')
    expect(await refused('han.guan', of.id, 'complete')).toBe('lifecycle.open_items')
    const token = await h.logOn('zhao.ming')
    await h.composed.jobs.departures()
    expect((await read('han.guan', of.id)).state, 'not before the day is over').toBe('notice')
    await h.at(new Date(Date.now() + dayMs), h.composed.jobs.departures)
    const after = await read('han.guan', of.id)
    expect(after.state).toBe('cut')
    // The account is closed, the things are still out.
    const gone = await owner.query(
      `select (select count(*)::int from terminal t where t.person_id = $1 and t.status = 'approved')
         + (select count(*)::int from webauthn_credential k join account a on a.id = k.account_id where a.person_id = $1) as many`,
      [of.person.id],
    )
    expect(gone.rows).toEqual([{ many: 0 }])
    expect(toReturn(after)).toEqual(lent)
    const returned = await does('han.guan', of.id, 'settlements', { item: lent[0]![0]!, note: '已交回' })
    expect(returned.items.find((item) => item.key === lent[0]![0])).toMatchObject({ state: 'settled' })
    expect(after.items.find((item) => item.kind === 'change.executor')).toMatchObject({
      state: 'offered',
      successor: { name: '魏慎' },
    })
    expect(
      (await h.app.inject({ method: 'GET', url: '/api/v1/me', headers: { authorization: `Bearer ${token}` } })).statusCode,
    ).toBe(401)
    // The gateway is told to close at once, and the change waits for a decision.
    expect((await h.claim()).filter((work) => work.kind === 'close')).toMatchObject([{ sessionId: rows[0]!.id, drain: false }])
    const change = (await h.call('chen.jing', 'GET', `/changes/${rows[0]!.change_id}`)).body as ChangeDetail
    expect(change.state).toBe('paused')
    const kinds = ((await h.call('wei.shen', 'GET', '/notifications')).body as { items: { kind: string; object: string }[] })
      .items
    expect(kinds.filter((one) => one.object === `departure/${of.id}`).map((one) => one.kind)).toContain('departure.cut_open')
    expect(await refused('han.guan', of.id, 'cancel', { reason: '迟了' })).toBe('lifecycle.wrong_state')
    expect(await refused('han.guan', of.id, 'complete')).toBe('lifecycle.open_items')
  })

  test('a mover keeps the account and loses the rights of the post', async () => {
    const { rows } = await owner.query<{ tenant_id: string }>(`select tenant_id from account where login = 'wang.lu'`)
    const department = await h.call('han.guan', 'POST', '/organizations', {
      kind: 'department',
      parentId: rows[0]!.tenant_id,
      code: 'net-dept',
      nameZh: '网络部',
      nameEn: 'Network',
    })
    expect(department.status).toBe(200)
    const toDepartmentId = (department.body as { id: string }).id
    const of = await declared('wang.lu', { kind: 'transfer', lastDay: day(1), toDepartmentId, toPost: '网络规划' })
    expect(of).toMatchObject({ toDepartment: '网络部', toPost: '网络规划' })
    expect(of.items.map((item) => item.kind)).toEqual(['role.last', 'thing.accept'])
    const token = await h.logOn('wang.lu')
    await handOver(of, 'zheng.hao')
    expect(await does('han.guan', of.id, 'complete')).toMatchObject({ state: 'complete' })
    expect(
      (await h.app.inject({ method: 'GET', url: '/api/v1/me', headers: { authorization: `Bearer ${token}` } })).statusCode,
    ).toBe(401)
    const after = await owner.query(
      `select p.status, a.status as account, p.department_id = $1 as moved, (select count(*)::int from role_binding b where b.person_id = p.id and b.revoked_at is null) as roles
       from account a join person p on p.id = a.person_id where a.login = 'wang.lu'`,
      [toDepartmentId],
    )
    expect(after.rows).toEqual([{ status: 'active', account: 'active', moved: true, roles: 0 }])
  })

  test('NT-C06 S14 the last security administrator on the last day: access ends, and the exit stays blocked', async () => {
    const of = await declared('yang.an', { lastDay: day(0) })
    await h.at(new Date(Date.now() + dayMs), h.composed.jobs.departures)
    const after = await read('han.guan', of.id)
    expect(after.state).toBe('cut')
    expect(openOf(after)).toContain('role.custody')
    expect(await refused('han.guan', of.id, 'complete')).toBe('lifecycle.open_items')
    const { rows } = await owner.query(`select status from account where login = 'yang.an'`)
    expect(rows).toEqual([{ status: 'disabled' }])
  })
})
