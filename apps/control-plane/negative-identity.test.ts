import { connect } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everyRoute } from './testing/endpoints.ts'
import { type Harness, startHarness } from './testing/harness.ts'

/** Ways in and ways round that others have left open (anchors/bastion.md §3.2 A and C), at the door of the control plane. */
let h: Harness
let owner: pg.Client
let port: number
beforeAll(async () => {
  h = await startHarness()
  await h.app.listen({ host: '127.0.0.1', port: 0 })
  port = (h.app.server.address() as { port: number }).port
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})
const post = async (path: string, payload: object, of: { ip?: string; headers?: Record<string, string> } = {}) => {
  const answer = await h.app.inject({
    method: 'POST',
    url: `/api/v1/${path}`,
    remoteAddress: of.ip ?? '127.0.0.1',
    headers: of.headers ?? {},
    payload,
  })
  return {
    status: answer.statusCode,
    body: answer.json() as { code?: string; state?: string; recoveryId?: string; oneTimePassword?: string | null },
  }
}
const claimed = (ip: string): Record<string, string> => ({
  'x-forwarded-for': ip,
  'x-real-ip': ip,
  forwarded: `for=${ip};proto=https`,
  'x-client-ip': ip,
  'true-client-ip': ip,
})

describe('NT-A05 attempts are counted by name across sources, and by the address of the socket', () => {
  test('the 21st attempt on one name within ten minutes is refused, from wherever, the right password included', async () => {
    const { password } = h.credential('zhou.yan')
    const attempt = (i: number) =>
      post('logon/password', { login: 'zhou.yan', password }, { ip: `10.7.${i}.1`, headers: claimed(`10.8.${i}.1`) })
    for (let i = 1; i <= 20; i += 1) expect((await attempt(i)).status, `attempt ${i}`).toBe(200)
    expect((await attempt(21)).body).toMatchObject({ code: 'identity.too_many_attempts' })
    expect((await post('logon/password', { login: 'zhou.yan', password })).body).toMatchObject({
      code: 'identity.too_many_attempts',
    })
    await h.at(new Date(Date.now() + 11 * 60_000), async () => expect((await attempt(22)).status, 'ten minutes later').toBe(200))
  })
  test('a complete logon was no guessing and is given back; what others tried on the name stays counted', async () => {
    const counted = async (): Promise<number> =>
      (await owner.query('select coalesce(max(attempts), 0)::int as n from logon_throttle where failures > 0 or attempts = 3'))
        .rows[0].n
    await owner.query('delete from logon_throttle')
    for (let i = 0; i < 3; i += 1)
      await post('logon/password', { login: 'wang.lu', password: 'wrong-One-9999' }, { ip: `10.9.${i}.1` })
    expect(await counted()).toBe(3)
    h.tokens.delete('wang.lu')
    await h.logOn('wang.lu', '10.10.1.1')
    expect(await counted()).toBe(3)
  })
  test('whoever names another address in every header still spends the attempts of their own', async () => {
    const attempt = (i: number) => post('logon/certificate', {}, { ip: '10.66.0.1', headers: claimed(`10.67.${i % 250}.9`) })
    for (let i = 0; i < 200; i += 1) await attempt(i)
    expect((await attempt(200)).body).toMatchObject({ code: 'identity.too_many_attempts' })
    expect((await post('logon/certificate', {}, { ip: '10.67.1.9' })).body, 'and nobody else’s').toMatchObject({
      code: 'identity.certificate_missing',
    })
  })
  test('the record says where the socket was, not what a header said', async () => {
    await post('logon/password', { login: 'nobody.here', password: 'x' }, { ip: '10.70.0.1', headers: claimed('10.71.0.1') })
    const { rows } = await owner.query(
      `select body from ledger_record where act = 'identity.logon_failed' and body like '%nobody.here%'`,
    )
    expect(rows[0].body).toContain('10.70.0.1')
    expect(rows[0].body).not.toContain('10.71.0.1')
  })
  test('a PROXY preamble, of version 1 or 2, is no HTTP: nothing behind it is read', async () => {
    const body = JSON.stringify({ login: 'proxy.user', password: 'x' })
    const request = `POST /api/v1/logon/password HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    const second = Buffer.concat([
      Buffer.from('0d0a0d0a000d0a515549540a', 'hex'),
      // Version 2, PROXY, TCP over IPv4, twelve bytes of addresses.
      Buffer.from('2111000c', 'hex'),
      Buffer.from([10, 72, 0, 1, 127, 0, 0, 1, 0x1f, 0x90, 0x21, 0x98]),
    ])
    for (const preamble of [Buffer.from('PROXY TCP4 10.72.0.1 127.0.0.1 40000 8600\r\n'), second]) {
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1')
        let text = ''
        socket.on('data', (part: Buffer) => {
          text += part.toString('latin1')
        })
        socket.on('close', () => resolve(text))
        socket.on('error', reject)
        socket.write(Buffer.concat([preamble, Buffer.from(request)]))
      })
      expect(answer).toMatch(/^HTTP\/1\.1 400/)
    }
    const { rows } = await owner.query(`select 1 from ledger_record where body like '%proxy.user%' or body like '%10.72.0.1%'`)
    expect(rows).toHaveLength(0)
  })
})

describe('NT-A14 there is no way to reset for those who hold the platform, but by two administrators', () => {
  const recover = (login: string, account: string, kind = 'password') =>
    h.call(login, 'POST', `/accounts/${account}/reset-${kind}`, { reason: '忘记口令，已核实身份' })
  const confirm = (login: string, id: string) => h.call(login, 'POST', `/account-recoveries/${id}/confirm`)
  const accountOf = async (login: string): Promise<string> =>
    (await owner.query('select id from account where login = $1', [login])).rows[0].id
  const hashOf = async (login: string): Promise<string> =>
    (await owner.query('select hash from account_password w join account a on a.id = w.account_id where a.login = $1', [login]))
      .rows[0].hash

  test('no route that asks for no session resets, recovers or forgets', () => {
    const open = everyRoute
      .filter(({ endpoint }) => endpoint.permission === 'public' && endpoint.method !== 'GET')
      .map(({ endpoint }) => endpoint.path)
    expect(open.filter((path) => /reset|recover|forgot|remind/i.test(path))).toEqual([])
    const own = everyRoute.filter(({ endpoint }) => endpoint.permission === 'self').map(({ endpoint }) => endpoint.path)
    expect(
      own.filter((path) => /reset|recover|forgot/i.test(path)),
      'nor one of one’s own',
    ).toEqual([])
  })
  test('one administrator alone gets nothing: the request waits, the password stays, sessions go on', async () => {
    const before = await hashOf('zhu.cha')
    const asked = await recover('han.guan', await accountOf('zhu.cha'))
    expect(asked.body, JSON.stringify(asked.body)).toMatchObject({ state: 'awaiting-second', oneTimePassword: null })
    expect(await hashOf('zhu.cha')).toBe(before)
    const { recoveryId } = asked.body as { recoveryId: string }
    expect((await confirm('han.guan', recoveryId)).body, 'the same person').toMatchObject({
      code: 'identity.second_person_required',
    })
    const sql = owner.query('update account_recovery set confirmed_by = requested_by, confirmed_at = now() where id = $1', [
      recoveryId,
    ])
    await expect(sql, 'the database says it too').rejects.toThrow(/check/)
    expect((await confirm('zhu.cha', recoveryId)).status, 'nor its owner').toBeGreaterThanOrEqual(400)
    const done = await confirm('yang.an', recoveryId)
    expect(done.body, JSON.stringify(done.body)).toMatchObject({ state: 'done' })
    expect(await hashOf('zhu.cha')).not.toBe(before)
    expect((await confirm('yang.an', recoveryId)).body, 'once').toMatchObject({ code: 'recovery.not_found' })
  })
  test('nobody resets themselves, and two of one role are no pair', async () => {
    expect((await recover('han.guan', await accountOf('han.guan'))).body).toMatchObject({ code: 'identity.own_account' })
    const asked = (await recover('han.guan', await accountOf('zhu.cha'), 'factors')).body as { recoveryId: string }
    await owner.query(`update account_recovery set requested_role = 'SEC', requested_by = gen_random_uuid() where id = $1`, [
      asked.recoveryId,
    ])
    expect((await confirm('yang.an', asked.recoveryId)).body, 'two security administrators').toMatchObject({
      code: 'identity.second_person_required',
    })
  })
})

describe('NT-C07 a link approves nothing: every act asks for a session', () => {
  test('no act is done by GET, and none without a session, whatever the address carries', async () => {
    const acts = everyRoute.filter(
      ({ endpoint }) => endpoint.permission !== 'public' && !endpoint.permission.startsWith('service:'),
    )
    const carried = `token=${'A'.repeat(43)}&ticket=${'B'.repeat(43)}&person=zhao.ming&verdict=approve&access_token=${'C'.repeat(43)}`
    expect(acts.length).toBeGreaterThan(100)
    for (const { endpoint, kind } of acts) {
      if (endpoint.method === 'GET') expect(['look', 'raw'], `${endpoint.name} acts by GET`).toContain(kind)
      const url = `${endpoint.path.replace(/:[A-Za-z]+/g, '00000000-0000-4000-8000-000000000000')}?${carried}`
      const answer = await h.app.inject({
        method: endpoint.method,
        url,
        ...(endpoint.method === 'GET' ? {} : { payload: { verdict: 'approve' } }),
      })
      expect(answer.statusCode, `${endpoint.method} ${endpoint.path}`).toBe(401)
      expect(answer.json(), endpoint.path).toMatchObject({ code: 'session.required' })
    }
  })
  test('a change that waits for a decision stays where it is, by its link, by GET and by POST', async () => {
    const { id, planHash } = await h.approvingChange()
    for (const method of ['GET', 'POST'] as const)
      for (const path of [`decisions?verdict=approve&planHash=${planHash}`, 'decisions', `approve?planHash=${planHash}`]) {
        const url = `/api/v1/changes/${id}/${path}`
        const answer = await h.app.inject({
          method,
          url,
          ...(method === 'POST' ? { payload: { planHash, verdict: 'approve' } } : {}),
        })
        expect([401, 404], `${method} ${url}`).toContain(answer.statusCode)
      }
    expect((await owner.query('select 1 from approval_decision')).rows).toHaveLength(0)
    expect((await h.read(id)).state).toBe('approving')
  })
})
