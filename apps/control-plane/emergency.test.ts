import type { EmergencyDetail, EmergencyItem } from '@huabiao/domains/emergency/emergency.contract'
import { emergencyMoves } from '@huabiao/domains/emergency/emergency.model'
import { newId } from '@huabiao/kit/ids/new-id'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { asApplication } from './testing/as-application.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { type Night, night } from './testing/night.ts'

/** Break-glass at the doors and in the database behind them: two persons, two keys, an hour (NT-F01). */
let h: Harness
let n: Night
let owner: pg.Client
let app: pg.Client
let asApp: ReturnType<typeof asApplication>
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  app = new pg.Client({ connectionString: h.appUrl })
  await owner.connect()
  await app.connect()
  n = night(h, owner)
  asApp = asApplication(owner, app)
}, 60_000)
afterEach(() => n.settle())
afterAll(async () => {
  await owner.end()
  await app.end()
  await h.close()
})
const minutes = (count: number): Date => new Date(Date.now() + count * 60_000)
const one = async (id: string, login = 'zhao.ming'): Promise<EmergencyDetail> =>
  (await h.call(login, 'GET', `/emergencies/${id}`)).body
const facts = async (id: string) => (await owner.query('select * from pub_emergency_facts where emergency_id = $1', [id])).rows
const admits = async (id: string, login: string, target: string, account: string): Promise<boolean> =>
  (
    await app.query('select emergency_admits($1, $2, $3, $4) as yes', [
      id,
      await n.personId(login),
      await n.targetId(target),
      account,
    ])
  ).rows[0].yes

describe('the way in', () => {
  test('two persons and two keys open named targets for sixty minutes; signer and triggers see the same', async () => {
    const invoked = await n.invoked()
    expect(invoked).toMatchObject({ state: 'invoked', custodians: 0, notAfter: null, targetNames: ['portal-web-01'] })
    expect(invoked.no).toMatch(/^EC-\d{8}-\d{4}$/)
    expect(await admits(invoked.id, 'zhao.ming', 'portal-web-01', 'hb-app'), 'nothing opens by asking').toBe(false)
    expect(await n.refused('qin.shou', `/${invoked.id}/allow`)).toBe('emergency.second_not_confirmed')
    expect(await n.refused('zhao.ming', `/${invoked.id}/confirm`)).toBe('emergency.not_second')
    expect((await n.post('qian.wei', `/${invoked.id}/confirm`)).confirmedAt).not.toBeNull()
    expect((await n.post('qin.shou', `/${invoked.id}/allow`)).state).toBe('invoked')
    expect((await facts(invoked.id))[0]).toMatchObject({ state: 'invoked', custodian_count: 1, granted_at: null })
    const granted = await n.post('shen.zhu', `/${invoked.id}/allow`, { note: '确认告警属实。' })
    expect(granted).toMatchObject({ state: 'executing', custodians: 2 })
    expect(new Date(granted.notAfter!).getTime() - new Date(granted.grantedAt!).getTime()).toBe(3_600_000)
    await n.present(invoked.id, 'zhao.ming', 'qian.wei')
    const [fact, ...more] = await facts(invoked.id)
    expect(more).toEqual([])
    expect(fact).toMatchObject({
      emergency_no: invoked.no,
      plane: 'platform',
      state: 'executing',
      custodian_count: 2,
      executor_person_id: await n.personId('zhao.ming'),
      second_person_id: await n.personId('qian.wei'),
      target_name: 'portal-web-01',
      account: 'hb-app',
      target_login: 'hb-app',
      target_principal: 'hb-portal-web-01-hb-app',
    })
    expect(Date.now() - fact.second_last_seen_at.getTime()).toBeLessThan(60_000)
    expect(await admits(invoked.id, 'zhao.ming', 'portal-web-01', 'hb-app')).toBe(true)
    for (const [login, target, account] of [
      ['qian.wei', 'portal-web-01', 'hb-app'],
      ['zhao.ming', 'portal-web-02', 'hb-app'],
      ['zhao.ming', 'portal-web-01', 'root'],
    ] as const)
      expect(await admits(invoked.id, login, target, account), `${login} ${target} ${account}`).toBe(false)
    const acts = (
      await owner.query('select act from ledger_record where object = $1 order by seq', [`emergency/${invoked.id}`])
    ).rows
      .map((row) => row.act)
      .filter((act) => act !== 'access.refused')
    expect(acts).toEqual([
      'emergency.invoked',
      'emergency.confirmed',
      'emergency.allowed',
      'emergency.allowed',
      'emergency.granted',
    ])
  })

  test('NT-F01 one custodian, the same person twice, custodian = user: refused', async () => {
    await appoint('sun.jie', 'zheng.hao')
    const { id } = await n.invoked('sun.jie', { secondId: await n.personId('zheng.hao') })
    await n.post('zheng.hao', `/${id}/confirm`)
    await n.post('qin.shou', `/${id}/allow`)
    expect(await n.refused('qin.shou', `/${id}/allow`), 'twice').toBe('emergency.already_said')
    expect((await one(id)).state, 'one custodian').toBe('invoked')
    expect(await n.refused('zhao.ming', `/${id}/allow`), 'no custodian').toBe('access.denied')
    expect(await n.refused('sun.jie', `/${id}/allow`), 'the user').toBe('emergency.own_case')
    expect(await n.refused('zheng.hao', `/${id}/allow`), 'the second person').toBe('emergency.own_case')
    expect(await one(id)).toMatchObject({ state: 'invoked', custodians: 1 })
    await dismiss('sun.jie', 'zheng.hao')
  })

  test('NT-F01 and the database says the same to whoever holds the application’s password', async () => {
    const { id } = await n.invoked()
    const word = async (login: string, kind: string, round = 0) =>
      asApp(
        login,
        `insert into emergency_word (emergency_id, kind, round, person_id, tenant_id, verdict, at)
          select id, $2, $3, $4, tenant_id, 'yes', now() from emergency_case where id = $1`,
        [id, kind, round, await n.personId(login)],
      )
    expect(await word('qin.shou', 'custody'), 'before the second person').toBe('emergency.wrong_state')
    expect(await word('chen.jing', 'confirm')).toBe('emergency.not_second')
    await n.post('qian.wei', `/${id}/confirm`)
    expect(await word('chen.jing', 'custody')).toBe('emergency.not_custodian')
    expect(await word('zhao.ming', 'custody')).toBe('emergency.own_case')
    await n.post('qin.shou', `/${id}/allow`)
    const grant = `update emergency_case set state = 'executing', version = version + 1, granted_at = now(), not_after = now() + interval '60 minutes' where id = $1`
    expect(await asApp('zhao.ming', grant, [id])).toBe('emergency.custodians_missing')
    expect(await asApp('zhao.ming', `update emergency_word set person_id = $2 where emergency_id = $1`, [id, newId()])).toMatch(
      /permission denied|ledger.append_only/,
    )
    await n.post('shen.zhu', `/${id}/allow`)
    const longer = `update emergency_case set version = version + 1, not_after = not_after + interval '60 minutes', renewals = 1 where id = $1`
    expect(await asApp('zhao.ming', longer, [id])).toBe('emergency.not_renewed')
    const wider = `insert into emergency_target (emergency_id, target_id, tenant_id, system_id, name, host, port, host_key_sha256, accounts)
      select $1, t.id, t.tenant_id, t.system_id, t.name, t.host, t.port, t.host_key_sha256, '{root}' from cmdb_target t where t.name = 'portal-web-02'`
    expect(await asApp('zhao.ming', wider, [id])).toBe('emergency.target_not_named')
    for (const [set, code] of [
      [`state = 'closed'`, 'emergency.wrong_state'],
      [`executor_id = '${newId()}'`, 'request.stale'],
      [`granted_at = now() + interval '1 minute'`, 'request.stale'],
    ] as const)
      expect(await asApp('zhao.ming', `update emergency_case set version = version + 1, ${set} where id = $1`, [id]), set).toBe(
        code,
      )
  })

  test('two keys that turn at once open it once', async () => {
    const { id } = await n.invoked()
    await n.post('qian.wei', `/${id}/confirm`)
    await Promise.all([n.post('qin.shou', `/${id}/allow`), n.post('shen.zhu', `/${id}/allow`)])
    const granted = await one(id)
    expect(granted).toMatchObject({ state: 'executing', custodians: 2 })
    expect(granted.timeline.filter((line) => line.act === 'grant')).toHaveLength(1)
    expect(granted.deadlines.filter((deadline) => deadline.name === 'expiry')).toHaveLength(1)
  })

  test('a custodian’s no ends it; so do a change of mind and fifteen minutes without an answer', async () => {
    const no = await n.invoked()
    expect(await n.post('jiang.ping', `/${no.id}/refuse`, { reason: '告警已恢复。' })).toMatchObject({
      state: 'refused',
      endReason: 'custodian',
    })
    expect(await n.refused('qin.shou', `/${no.id}/allow`)).toBe('emergency.wrong_state')
    const mind = await n.invoked()
    expect((await n.post('qian.wei', `/${mind.id}/withdraw`, { reason: '误报。' })).endReason).toBe('withdrawn')
    const silent = await n.invoked()
    await h.at(minutes(14), () => h.composed.jobs.emergencies())
    expect((await one(silent.id)).state).toBe('invoked')
    await h.at(minutes(16), () => h.composed.jobs.emergencies())
    expect(await one(silent.id)).toMatchObject({ state: 'refused', endReason: 'unanswered' })
    expect(await n.told('emergency.refused', silent.id)).toContain('zhao.ming')
  })

  test('what is asked before any key: second person, training, targets, root, and two keys that are left', async () => {
    const refused = async (over: object, by = 'zhao.ming') => n.refused(by, '', await n.wanted(over))
    const target = await n.targetId('portal-web-01')
    expect(await refused({ secondId: await n.personId('zhao.ming') })).toBe('emergency.same_person')
    expect(await refused({ secondId: await n.personId('chen.jing') })).toBe('emergency.second_unfit')
    expect(await refused({ secondId: await n.personId('he.chen') }), 'another unit’s').toBe('emergency.second_unfit')
    expect(await refused({ targets: [{ targetId: newId(), accounts: ['hb-app'] }] })).toBe('emergency.target_unknown')
    expect(await refused({ targets: [{ targetId: target, accounts: ['oracle'] }] })).toBe('emergency.account_unknown')
    expect(await refused({ secondId: await n.personId('lv.bin') }, 'he.chen'), 'another provider’s target does not exist').toBe(
      'emergency.target_unknown',
    )
    expect(await refused({}, 'chen.jing')).toBe('access.denied')
    await owner.query(`update person set training_valid_until = '2020-01-01' where name = '钱伟'`)
    expect(await refused({})).toBe('emergency.not_qualified')
    await owner.query(`update person set training_valid_until = '2099-01-01' where name = '钱伟'`)
    await owner.query(
      `update cmdb_target set accounts = accounts || '[{"name":"root","login":"root","privileged":true}]'::jsonb where name = 'portal-web-02'`,
    )
    const root = { targets: [{ targetId: await n.targetId('portal-web-02'), accounts: ['root'] }] }
    expect(await refused(root)).toBe('emergency.root_not_asked')
    const asked = await n.invoked('zhao.ming', { ...root, root: true })
    expect((await one(asked.id, 'qin.shou')).targets[0]!.accounts, 'the custodians see it').toEqual([
      { name: 'root', privileged: true },
    ])
    expect(await refused({}), 'one at a time').toBe('emergency.already_invoked')
  })

  test('asked for twice at once, it is invoked once', async () => {
    const body = await n.wanted()
    // Both have looked before either is written: the number they are to have is held until they wait for it.
    await owner.query('begin')
    await owner.query('lock table emergency_number in exclusive mode')
    const asked = [1, 2].map(() => h.call('zhao.ming', 'POST', '/emergencies', body))
    try {
      const waiting = `select count(*)::int as n from pg_locks where relation = 'emergency_number'::regclass and not granted`
      await expect.poll(async () => (await app.query(waiting)).rows[0].n, { timeout: 20_000 }).toBe(2)
    } finally {
      await owner.query('commit')
    }
    const answers = await Promise.all(asked)
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(answers.find(({ status }) => status === 409)!.body).toMatchObject({ code: 'emergency.already_invoked' })
  })

  test('a key turns only with a factor proved within two minutes', async () => {
    const { id } = await n.invoked()
    await n.post('qian.wei', `/${id}/confirm`)
    await h.logOn('jiang.ping')
    await owner.query(`update logon_session set mfa_at = now() - interval '121 seconds' where person_id = $1`, [
      await n.personId('jiang.ping'),
    ])
    expect(await n.refused('jiang.ping', `/${id}/allow`)).toBe('access.step_up_required')
    await owner.query('update logon_session set mfa_at = now() where person_id = $1', [await n.personId('jiang.ping')])
    expect((await n.post('jiang.ping', `/${id}/allow`)).custodians).toBe(1)
  })
})

describe('while it lasts', () => {
  test('everybody who must know is told at once: change managers, security, customers, management unit, supervision', async () => {
    const { id } = await n.executing()
    for (const kind of ['emergency.invoked', 'emergency.granted'])
      expect(await n.told(kind, id), kind).toEqual(
        expect.arrayContaining(['chen.jing', 'chu.heng', 'yang.an', 'kong.xin', 'cao.li', 'lin.guan', 'xu.jian']),
      )
    const all = [...(await n.told('emergency.invoked', id)), ...(await n.told('emergency.granted', id))]
    for (const login of ['jin.dang', 'tao.ran', 'he.chen', 'zhang.qi']) expect(all, login).not.toContain(login)
    expect(await n.told('emergency.confirm', id)).toEqual(['qian.wei'])
    expect(await n.told('emergency.custody', id)).toEqual(['jiang.ping', 'qin.shou', 'shen.zhu'])
    const seen = async (login: string) => (await h.call(login, 'GET', `/emergencies/${id}`)).status
    for (const login of ['kong.xin', 'cao.li', 'lin.guan', 'xu.jian', 'zhu.cha']) expect(await seen(login), login).toBe(200)
    for (const login of ['jin.dang', 'he.chen']) expect(await seen(login), login).toBe(404)
  })

  test('a freeze lets it through, and it says so', async () => {
    const freeze = await h.freeze({ name: '国庆封网' })
    const { id, frozenBy } = await n.executing()
    expect(frozenBy).toEqual(['国庆封网'])
    const { rows } = await owner.query(`select body from ledger_record where object = $1 and act = 'emergency.invoked'`, [
      `emergency/${id}`,
    ])
    expect(JSON.parse(rows[0].body).data.frozenBy).toEqual(['国庆封网'])
    await freeze.lift()
  })

  test('presence is one’s own word, and nobody else’s', async () => {
    const { id } = await n.executing()
    expect((await one(id)).presence).toEqual({ executor: true, second: true })
    expect((await h.call('chen.jing', 'POST', `/emergencies/${id}/presence`)).body).toMatchObject({
      code: 'emergency.not_concerned',
    })
    const forged = `insert into emergency_presence (emergency_id, person_id, tenant_id, logon_session_id, seen_at)
      select id, second_id, tenant_id, 'x', now() from emergency_case where id = $1 on conflict (emergency_id, person_id) do update set seen_at = now()`
    expect(await asApp('zhao.ming', forged, [id])).toBe('emergency.second_absent')
    await owner.query(`alter table emergency_presence disable trigger own`)
    await owner.query(`update emergency_presence set seen_at = now() - interval '61 seconds' where emergency_id = $1`, [id])
    await owner.query(`alter table emergency_presence enable trigger own`)
    expect((await one(id)).presence).toEqual({ executor: false, second: false })
  })

  test('it is renewed twice at most, each time by an order and another person’s key', async () => {
    const { id, grantedAt } = await n.executing()
    expect(await n.refused('qin.shou', `/${id}/renew`)).toBe('emergency.not_renewed')
    expect(await n.refused('zhao.ming', `/${id}/order-renewal`, { reason: '仍未恢复' })).toBe('access.denied')
    for (const round of [1, 2]) {
      await n.post('chen.jing', `/${id}/order-renewal`, { reason: '仍未恢复。' })
      const renewed = await n.post('jiang.ping', `/${id}/renew`)
      expect(renewed.renewals).toBe(round)
      expect(new Date(renewed.notAfter!).getTime()).toBeLessThanOrEqual(new Date(grantedAt!).getTime() + (1 + round) * 3_600_000)
    }
    expect(await n.refused('chen.jing', `/${id}/order-renewal`, { reason: '仍未恢复。' })).toBe('emergency.renewals_used')
    expect(await n.told('emergency.renew', id)).toEqual(['jiang.ping', 'qin.shou', 'shen.zhu'])
  })

  test('the end of the hour ends it, once, whoever sleeps; the draft follows', async () => {
    const { id } = await n.executing()
    await h.at(minutes(59), () => h.composed.jobs.emergencies())
    const { state, notAfter } = await one(id)
    expect(state).toBe('executing')
    await h.at(minutes(61), () => Promise.all([h.composed.jobs.emergencies(), h.composed.jobs.emergencies()]))
    const over = await one(id)
    expect(over).toMatchObject({ state: 'retro_draft', endReason: 'expired', endedBy: null, stabilisedAt: notAfter })
    expect(over.filingDueAt, 'a sweep that comes late takes nothing off its day').toBe(
      new Date(new Date(notAfter!).getTime() + 24 * 3_600_000).toISOString(),
    )
    expect(await admits(id, 'zhao.ming', 'portal-web-01', 'hb-app')).toBe(false)
    const ends = over.timeline.filter((line) => line.to === 'stabilised' && line.from !== null)
    expect(ends.map((line) => [line.act, line.actor])).toEqual([['expire', 'scheduler']])
    expect(await n.told('emergency.file', id)).toEqual(['qian.wei', 'zhao.ming'])
  })

  test('executor, second person and change manager end it; nobody else does', async () => {
    const { id } = await n.executing()
    expect(await n.refused('wu.di', `/${id}/stabilise`, { reason: 'x' })).toBe('emergency.not_concerned')
    expect(await n.refused('shi.lei', `/${id}/stabilise`, { reason: 'x' }), 'another provider’s').toBe('emergency.not_found')
    expect(await n.refused('xu.jian', `/${id}/stabilise`, { reason: 'x' })).toBe('access.denied')
    expect((await n.post('chu.heng', `/${id}/stabilise`, { reason: '已恢复。' })).endedBy?.name).toBe('褚衡')
  })

  test('who waits for what: each finds it where their work is', async () => {
    const { id } = await n.invoked()
    const waits = async (login: string): Promise<boolean> =>
      ((await h.call(login, 'GET', '/emergencies?show=act')).body as { items: EmergencyItem[] }).items.some(
        (item) => item.id === id,
      )
    expect([await waits('qian.wei'), await waits('qin.shou'), await waits('chen.jing')]).toEqual([true, false, false])
    await n.post('qian.wei', `/${id}/confirm`)
    expect([await waits('qian.wei'), await waits('qin.shou'), await waits('zhao.ming')]).toEqual([false, true, false])
    await n.post('qin.shou', `/${id}/allow`)
    await n.post('shen.zhu', `/${id}/allow`)
    await n.stabilised(id)
    expect([await waits('zhao.ming'), await waits('qian.wei')]).toEqual([true, false])
  })
})

test('the signer reads the facts, and asks whether somebody is admitted, with its own role and no other right', async () => {
  const { id } = await n.executing()
  const signer = new pg.Client({ connectionString: h.signerUrl })
  await signer.connect()
  const { rows } = await signer.query('select * from pub_emergency_facts where emergency_id = $1', [id])
  expect(rows).toHaveLength(1)
  const asks = [id, await n.personId('zhao.ming'), await n.targetId('portal-web-01'), 'hb-app']
  expect((await signer.query('select emergency_admits($1, $2, $3, $4) as yes', asks)).rows).toEqual([{ yes: true }])
  for (const table of ['emergency_case', 'emergency_word', 'emergency_target'])
    await expect(signer.query(`select * from ${table}`), table).rejects.toThrow('permission denied')
  await signer.end()
})

test('the database knows the same moves as the model', async () => {
  const { rows } = await owner.query('select from_state, to_state from emergency_transition')
  expect(rows.map((row) => `${row.from_state} ${row.to_state}`).sort()).toEqual(
    emergencyMoves.map(([from, to]) => `${from} ${to}`).sort(),
  )
})

/** Roles that the matrix allows beside their own (△): what keeps them apart is this one object. */
async function appoint(...logins: string[]): Promise<void> {
  for (const login of logins)
    await owner.query(
      `insert into role_binding (id, tenant_id, person_id, role, not_before, not_after)
        select $1, tenant_id, person_id, 'BGC', now() - interval '1 minute', now() + interval '1 day' from account where login = $2`,
      [newId(), login],
    )
}
async function dismiss(...logins: string[]): Promise<void> {
  await owner.query(
    `update role_binding b set revoked_at = now() from account a where a.person_id = b.person_id and a.login = any ($1) and b.role = 'BGC'`,
    [logins],
  )
}
