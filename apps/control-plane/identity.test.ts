import type { LogonSessionView } from '@huabiao/domains/identity/identity-session.contract'
import { fromBase32, hotp, totpStep } from '@huabiao/kit/crypto/totp'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** Accounts, passwords, sessions and terminals through the doors. */
let h: Harness
let owner: pg.Client
beforeAll(async () => {
  h = await startHarness({ terminalRequired: true })
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  // Administrators who are at work before the first terminal is registered.
  for (const login of ['han.guan', 'yang.an', 'cao.li']) await h.logOn(login)
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

interface Answer {
  status: number
  body: { code?: string; challenge?: string; factors?: string[]; mustChange?: boolean; secret?: string; token?: string }
}
interface From {
  ip?: string
  cookie?: string
}
async function post(path: string, payload: object, from: From & { token?: string } = {}): Promise<Answer> {
  const answer = await h.app.inject({
    method: 'POST',
    url: `/api/v1/${path}`,
    remoteAddress: from.ip ?? '127.0.0.1',
    headers: {
      'x-huabiao-client': 'cli',
      ...(from.cookie ? { cookie: from.cookie } : {}),
      ...(from.token ? { authorization: `Bearer ${from.token}` } : {}),
    },
    payload,
  })
  return { status: answer.statusCode, body: answer.json() }
}
const as = async (token: string, method: 'GET' | 'DELETE', path: string) => {
  const answer = await h.app.inject({ method, url: `/api/v1/${path}`, headers: { authorization: `Bearer ${token}` } })
  return { status: answer.statusCode, body: answer.json() }
}
/** A code serves once; a test that logs on often lets the steps start over. */
const freshCode = async (login: string, secret: string): Promise<string> => {
  await owner.query('update account_totp set last_step = 0 where account_id = (select id from account where login = $1)', [login])
  return hotp(fromBase32(secret), totpStep(new Date()))
}
async function logsOn(login: string, from: From = {}): Promise<Answer> {
  const { password, totpSecret } = h.credential(login)
  const first = await post('logon/password', { login, password }, from)
  expect(first.status, JSON.stringify(first.body)).toBe(200)
  return post('logon/totp', { challenge: first.body.challenge, code: await freshCode(login, totpSecret) }, from)
}
const accountOf = async (login: string): Promise<string> =>
  (await owner.query('select id from account where login = $1', [login])).rows[0].id
const recorded = async (act: string, code: string): Promise<number> =>
  (await owner.query('select 1 from ledger_record where act = $1 and code = $2', [act, code])).rows.length

describe('lock-out', () => {
  test('five failures lock the name, the right password included; an administrator unlocks it', async () => {
    const { password } = h.credential('wu.di')
    for (let i = 0; i < 5; i += 1)
      expect((await post('logon/password', { login: 'wu.di', password: 'wrong' })).body.code).toBe('identity.logon_refused')
    expect((await post('logon/password', { login: 'wu.di', password })).body.code).toBe('identity.locked')
    expect(await recorded('identity.locked', 'identity.locked')).toBe(1)
    const id = await accountOf('wu.di')
    const view = ((await h.call('han.guan', 'GET', '/accounts?text=wu.di')).body as { items: { lockedUntil: string | null }[] })
      .items[0]
    expect(view!.lockedUntil).not.toBeNull()
    expect((await h.call('han.guan', 'POST', `/accounts/${id}/unlock`, { reason: '本人来电核实' })).status).toBe(200)
    expect((await post('logon/password', { login: 'wu.di', password })).status).toBe(200)
  })
  test('a name that nobody has is locked in the same words', async () => {
    for (let i = 0; i < 5; i += 1) await post('logon/password', { login: 'no.body', password: 'wrong' })
    expect((await post('logon/password', { login: 'no.body', password: 'wrong' })).body.code).toBe('identity.locked')
  })
})

describe('a new colleague', () => {
  const login = 'ma.xin'
  let oneTime: string
  let token: string
  test('RL-24 has no account before the training', async () => {
    const person = (
      await h.call('han.guan', 'POST', '/persons', { name: '马新', nameEn: 'Ma Xin', identityNumber: '110101199003070011' })
    ).body as { id: string }
    const open = () => h.call('han.guan', 'POST', '/accounts', { personId: person.id, login })
    expect((await open()).body).toMatchObject({ code: 'identity.training_invalid' })
    const train = { validUntil: '2099-12-31', certificate: '数据安全培训 2026-118' }
    expect((await h.call('han.guan', 'POST', `/persons/${person.id}/training`, train)).status).toBe(200)
    const opened = await open()
    expect(opened.status, JSON.stringify(opened.body)).toBe(200)
    oneTime = (opened.body as { oneTimePassword: string }).oneTimePassword
  })
  test('enrols a second factor at the first logon, and can do nothing before the initial password is changed', async () => {
    const first = await post('logon/password', { login, password: oneTime })
    expect(first.body).toMatchObject({ factors: [], mustChange: true })
    const { secret } = (await post('logon/totp/enrol', { challenge: first.body.challenge })).body
    const logged = await post('logon/totp', {
      challenge: first.body.challenge,
      code: hotp(fromBase32(secret!), totpStep(new Date())),
    })
    expect(logged.status, JSON.stringify(logged.body)).toBe(200)
    token = logged.body.token!
    expect((await as(token, 'GET', 'notifications')).body).toMatchObject({ code: 'identity.password_change_required' })
    const change = (next: string, current = oneTime) => post('me/password', { current, next }, { token })
    expect((await change('Kx7-wombat')).body.code).toBe('identity.password_too_short')
    expect((await change('kettle-orbit-wombat')).body.code).toBe('identity.password_too_simple')
    expect((await change('Ma.Xin-Kettle-9')).body.code).toBe('identity.password_contains_name')
    expect((await change('Password-123456')).body.code).toBe('identity.password_common')
    expect((await change('tall-Kettle-9-orbit', 'wrong')).body.code).toBe('identity.password_wrong')
    expect((await change('tall-Kettle-9-orbit')).status).toBe(200)
    expect((await as(token, 'GET', 'notifications')).status).toBe(200)
    expect((await change('wide-Kettle-8-orbit', 'tall-Kettle-9-orbit')).body.code).toBe('identity.password_too_young')
  })
  test('uses none of the last five again, and must change after ninety days', async () => {
    const id = await accountOf(login)
    const older = (days: number) =>
      owner.query(`update account_password set changed_at = changed_at - make_interval(days => $2) where account_id = $1`, [
        id,
        days,
      ])
    const change = (current: string, next: string) => post('me/password', { current, next }, { token })
    const used = ['tall-Kettle-9-orbit', 'wide-Kettle-8-orbit', 'deep-Kettle-7-orbit']
    for (let i = 1; i < used.length; i += 1) {
      await older(2)
      expect((await change(used[i - 1]!, used[i]!)).status).toBe(200)
    }
    await older(2)
    for (const old of used) expect((await change(used.at(-1)!, old)).body.code, old).toBe('identity.password_reused')
    await older(90)
    expect((await as(token, 'GET', 'notifications')).body).toMatchObject({ code: 'identity.password_change_required' })
    expect((await post('logon/password', { login, password: used.at(-1)! })).body).toMatchObject({ mustChange: true })
  })
})

describe('logon sessions', () => {
  test('each is seen with where it came from, and ended by its owner alone; an ended one is over at once', async () => {
    const here = (await logsOn('zhou.yan')).body.token!
    const there = (await logsOn('zhou.yan')).body.token!
    const { items } = (await as(here, 'GET', 'me/sessions')).body as { items: LogonSessionView[] }
    expect(items.map((one) => [one.current, one.door, one.firstFactor]).sort()).toEqual([
      [false, 'rest', 'password'],
      [true, 'rest', 'password'],
    ])
    const other = items.find((one) => !one.current)!
    const stranger = (await logsOn('wang.lu')).body.token!
    expect((await as(stranger, 'DELETE', `me/sessions/${other.id}`)).body).toMatchObject({ code: 'credential.not_found' })
    expect((await as(there, 'GET', 'me')).status).toBe(200)
    expect((await as(here, 'DELETE', `me/sessions/${other.id}`)).status).toBe(200)
    expect((await as(there, 'GET', 'me')).body).toMatchObject({ code: 'session.required' })
    expect((await as(here, 'GET', 'me')).status).toBe(200)
  })
  test('an administrator of the unit sees them and ends all; another unit’s sees nothing', async () => {
    const token = (await logsOn('li.na')).body.token!
    const id = await accountOf('li.na')
    expect((await h.call('han.guan', 'GET', `/accounts/${id}/sessions`)).body).toMatchObject({ items: [{ door: 'rest' }] })
    expect((await h.call('cao.li', 'GET', `/accounts/${id}/sessions`)).status).toBe(404)
    expect((await h.call('han.guan', 'POST', `/accounts/${id}/revoke-sessions`, { reason: '终端遗失' })).status).toBe(200)
    expect((await as(token, 'GET', 'me')).body).toMatchObject({ code: 'session.required' })
    expect((await h.call('han.guan', 'GET', `/accounts/${id}/sessions`)).body).toMatchObject({ items: [] })
  })
})

describe('RL-20 registered terminals', () => {
  const inside = { ip: '10.20.3.4' }
  const outside = { ip: '10.99.0.1' }
  test('before the first is registered nobody is refused; then whoever comes from elsewhere is, and it is recorded', async () => {
    expect((await logsOn('chen.jing', outside)).status).toBe(200)
    expect((await h.call('han.guan', 'POST', '/terminals', { name: '运维大厅', cidr: '10.20.0.0/16' })).status).toBe(200)
    expect((await logsOn('chen.jing', inside)).status).toBe(200)
    expect((await logsOn('chen.jing', outside)).body.code).toBe('identity.terminal_unregistered')
    expect(await recorded('identity.logon_failed', 'identity.terminal_unregistered')).toBe(1)
  })
  test('an exemption lets one account in, from anywhere, until it ends', async () => {
    const id = await accountOf('chu.heng')
    const exempt = (login: string) => h.call(login, 'POST', `/accounts/${id}/exempt-terminal`, { reason: '居家值守', hours: 2 })
    expect((await logsOn('chu.heng', outside)).body.code).toBe('identity.terminal_unregistered')
    expect((await exempt('yang.an')).body).toMatchObject({ code: 'access.denied' })
    expect((await exempt('han.guan')).status).toBe(200)
    expect((await logsOn('chu.heng', outside)).status).toBe(200)
    await owner.query(`update account set terminal_exempt_until = now() - interval '1 second' where id = $1`, [id])
    expect((await logsOn('chu.heng', outside)).body.code).toBe('identity.terminal_unregistered')
  })
  test('NT-B05 a browser is registered by its cookie, approved by another person, and holds for its person alone', async () => {
    const { token } = (await logsOn('qian.wei', inside)).body
    const asked = await h.app.inject({
      method: 'POST',
      url: '/api/v1/me/terminals',
      headers: { authorization: `Bearer ${token}` },
      payload: { name: '值班笔记本' },
    })
    const cookie = /hb_terminal=[^;]+/.exec(String(asked.headers['set-cookie']))![0]
    expect(String(asked.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/)
    expect((await logsOn('qian.wei', { ...outside, cookie })).body.code, 'not yet approved').toBe(
      'identity.terminal_unregistered',
    )
    const { id } = asked.json()
    expect((await h.call('han.guan', 'POST', `/terminals/${id}/approve`)).status).toBe(200)
    expect((await logsOn('qian.wei', { ...outside, cookie })).status).toBe(200)
    expect((await logsOn('wang.lu', { ...outside, cookie })).body.code, 'of another person').toBe(
      'identity.terminal_unregistered',
    )
    expect((await h.call('han.guan', 'POST', `/terminals/${id}/revoke`)).status).toBe(200)
    expect((await logsOn('qian.wei', { ...outside, cookie })).body.code).toBe('identity.terminal_unregistered')
  })
})
