import { sign } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EnrolmentView } from '@huabiao/domains/enrolment/enrolment.contract'
import type { Probe } from '@huabiao/domains/enrolment/enrolment.model'
import { checkProofText } from '@huabiao/kit/crypto/signer-client'
import { apiClient } from '@huabiao/kit/http/client'
import { serviceHeaders } from '@huabiao/kit/http/service-auth'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enrol as runEnrol } from '../../tools/launch/target.ts'
import type { Bastion } from '../bastion/bastion.ts'
import { goOn } from '../target-log/follower.ts'
import { type EnrolledSshd, ordinaryLogin, startEnrolled } from './testing/enrolled-sshd.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { startGateway } from './testing/real-gateway.ts'

/** A real gateway looks at real sshd processes: one told exactly what the sheet says, and one spoilt in each way that is looked for. */
const folder = mkdtempSync(join(tmpdir(), 'huabiao-enrol-'))
// sshd reads principals as the account itself.
chmodSync(folder, 0o755)
const accounts = [
  { name: 'app', login: ordinaryLogin(), privileged: false },
  { name: 'root', login: 'root', privileged: true },
]
const someKey = `ssh-ed25519 ${Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, 7)]).toString('base64')}`
let h: Harness
let owner: pg.Client
let url = ''
let bastion: Bastion | undefined
let authority = ''
let systemId = ''
let stopBell: () => Promise<void>
const running: EnrolledSshd[] = []
const localTargets: number[] = []

const target = async (name: string, spoilt: Parameters<typeof startEnrolled>[2] = {}, of = authority): Promise<EnrolledSshd> => {
  const made = await startEnrolled(join(folder, name), { name, plane: 'platform', accounts, authority: of }, spoilt)
  running.push(made)
  localTargets.push(made.port)
  return made
}
const bodyOf = (name: string, of: { port: number; fingerprint: string }) => ({
  name,
  host: '127.0.0.1',
  port: of.port,
  hostKeySha256: of.fingerprint,
  systemId,
  tier: 'inner',
  environment: 'production',
  accounts,
})
async function enrol(name: string, of: { port: number; fingerprint: string }): Promise<EnrolmentView> {
  const answer = await h.call('yang.an', 'POST', '/enrolments', bodyOf(name, of))
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}
const read = async (id: string, who = 'yang.an'): Promise<EnrolmentView> => (await h.call(who, 'GET', `/enrolments/${id}`)).body
async function check(id: string, who = 'zheng.hao', reader = 'yang.an'): Promise<EnrolmentView> {
  const asked = await h.call(who, 'POST', `/enrolments/${id}/checks`)
  expect(asked.status, JSON.stringify(asked.body)).toBe(200)
  await expect.poll(async () => (await read(id, reader)).checkState, { timeout: 60_000, interval: 200 }).toBe('finished')
  return read(id, reader)
}
const failedOf = (view: EnrolmentView): Probe[] => view.verdicts.filter(({ passed }) => !passed).map(({ probe }) => probe)
const records = async (act: string): Promise<Record<string, unknown>[]> =>
  (await owner.query('select body from ledger_record where act = $1 order by at, seq', [act])).rows.map(
    ({ body }) => JSON.parse(body).data,
  )

beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  url = await h.app.listen({ host: '127.0.0.1', port: 0 })
  const trust = (await h.call('yang.an', 'GET', '/enrolments/trust')).body as { plane: string; authority: string }
  expect(trust.plane).toBe('platform')
  authority = trust.authority
  const systems = (await h.call('yang.an', 'GET', '/information-systems')).body as { items: { id: string; code: string }[] }
  systemId = systems.items.find(({ code }) => code === 'portal')!.id
  stopBell = await h.composed.startBell()
  bastion = await startGateway({ folder: join(folder, 'gateway'), id: h.gatewayId, key: h.gatewayKey, url, localTargets })
}, 120_000)
afterAll(async () => {
  await bastion?.close()
  await stopBell()
  for (const one of running) one.stop()
  await owner.end()
  await h.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a target that was told what the sheet says', () => {
  let good: EnrolledSshd
  let id = ''
  test('passes every probe, by the bastion of its plane', async () => {
    good = await target('good-web-01')
    const view = await enrol('good-web-01', good)
    expect(view).toMatchObject({ state: 'unchecked', plane: 'platform', verdicts: [] })
    id = view.targetId
    const checked = await check(id)
    expect(failedOf(checked)).toEqual([])
    expect(checked).toMatchObject({ state: 'enrolled', checkedBy: '郑浩', failed: 0, gatewayId: h.gatewayId })
    expect(checked.verdicts.map(({ probe }) => probe)).toHaveLength(10)
    expect(await records('target.checked')).toMatchObject([{ passed: true, failed: [] }])
    expect(await records('target.enrolled')).toMatchObject([{ hostKeySha256: good.fingerprint, target: 'good-web-01' }])
  }, 90_000)

  test('its log names the logons of the check, and they are no case (NT-E08)', async () => {
    const { id: followerId, privateKey } = h.follower
    await owner.query(`update cmdb_target set name = 'portal-web-01-old' where name = 'portal-web-01'`)
    await owner.query(`update cmdb_target set name = 'portal-web-01' where id = $1`, [id])
    const api = apiClient({ baseUrl: url, headers: serviceHeaders(followerId, privateKey, () => new Date()) })
    const file = { kind: 'logons' as const, name: 'portal-web-01', path: good.log, placeFile: join(folder, 'place.json') }
    while (await goOn(api, file)) {
      // Portion by portion.
    }
    expect((await records('target.logon')).filter(({ checkId }) => checkId)).toHaveLength(2)
    expect(await records('target.logon_unexplained')).toEqual([])
    await owner.query(`update cmdb_target set name = 'good-web-01' where id = $1`, [id])
    await owner.query(`update cmdb_target set name = 'portal-web-01' where name = 'portal-web-01-old'`)
  })

  test('with another host key than the pinned one nothing is tried at all (NT-E01)', async () => {
    const other = await target('other-web-01')
    const view = await enrol('other-web-01', { port: other.port, fingerprint: good.fingerprint })
    const checked = await check(view.targetId)
    expect(checked.state).toBe('failing')
    expect(failedOf(checked)).toContain('host-key')
    expect(checked.verdicts.filter(({ passed }) => passed)).toEqual([])
    expect(JSON.stringify(checked), 'what the network shows is no source').not.toContain(other.fingerprint)
  }, 60_000)

  test('another host key is pinned by two persons who each typed it, with a reason', async () => {
    const page = (await h.call('yang.an', 'GET', '/enrolments?text=other-web-01')).body as { items: EnrolmentView[] }
    const [found] = page.items
    expect(page.items[0]).toMatchObject({ name: 'other-web-01', state: 'failing' })
    const other = running.at(-1)!
    const path = `/enrolments/${found!.targetId}/host-key`
    const asked = await h.call('zheng.hao', 'POST', path, { hostKeySha256: other.fingerprint, reason: '主机重装' })
    expect(asked.status, JSON.stringify(asked.body)).toBe(200)
    const view = asked.body as EnrolmentView
    expect(view).toMatchObject({ state: 'key-changing', hostKeySha256: found!.hostKeySha256 })
    const decision = `/enrolment-key-requests/${view.keyRequests[0]!.id}/decision`
    const decide = async (who: string, hostKeySha256: string) =>
      (await h.call(who, 'POST', decision, { verdict: 'confirm', hostKeySha256 })) as { status: number; body: { code?: string } }
    expect((await decide('zheng.hao', other.fingerprint)).body.code).toBe('access.denied')
    expect((await decide('zhang.qi', other.fingerprint)).body.code, 'of another unit').toBe('enrolment.request_not_found')
    expect((await decide('yang.an', found!.hostKeySha256)).body.code).toBe('enrolment.host_key_wrong')
    expect((await decide('yang.an', other.fingerprint)).status).toBe(200)
    expect((await decide('yang.an', other.fingerprint)).body.code).toBe('enrolment.request_decided')
    // What was seen behind the other key says nothing of this one.
    const repinned = { hostKeySha256: other.fingerprint, state: 'unchecked', checkedAt: null, verdicts: [], failed: 0 }
    expect(await read(found!.targetId)).toMatchObject(repinned)
    expect(await records('target.key_change_confirmed')).toMatchObject([{ newSha256: other.fingerprint, reason: '主机重装' }])
    expect(failedOf(await check(found!.targetId))).toEqual([])
  }, 90_000)

  test('nobody decides on their own request, nor does the database let them (RL-06)', async () => {
    const body = { hostKeySha256: `SHA256:${'A'.repeat(43)}`, reason: '试一试' }
    const ask = () => h.call('yang.an', 'POST', `/enrolments/${id}/host-key`, body)
    const both = await Promise.all([ask(), ask()])
    const asked = both.find(({ status }) => status === 200)!
    expect(both.find(({ status }) => status !== 200)?.body).toMatchObject({ code: 'enrolment.host_key_waiting' })
    const requestId = (asked.body as EnrolmentView).keyRequests[0]!.id
    expect((asked.body as EnrolmentView).keyRequests[0]!.decideRefusal).toBe('enrolment.own_request')
    const own = await h.call('yang.an', 'POST', `/enrolment-key-requests/${requestId}/decision`, {
      verdict: 'confirm',
      hostKeySha256: body.hostKeySha256,
    })
    expect((own.body as { code: string }).code).toBe('enrolment.own_request')
    const byHand = (text: string) =>
      owner.query(text, [requestId]).then(
        () => 'done',
        (cause: Error) => cause.message,
      )
    const self = await byHand(
      `update enrolment_key_request set state = 'confirmed', decided_by = asked_by, decided_by_name = 'x', decided_at = now() where id = $1`,
    )
    expect(self).toMatch(/enrolment.own_request|check/)
    const forAnother = `insert into enrolment_key_request (id, tenant_id, target_id, old_sha256, new_sha256, reason, asked_by, asked_by_name, asked_at)
      select gen_random_uuid(), tenant_id, target_id, old_sha256, new_sha256, 'x', asked_by, 'x', now() from enrolment_key_request where id = $1`
    expect(await byHand(forAnother)).toMatch(/^enrolment.own_request/)
  })
})

describe('two at once', () => {
  const codes = (answers: readonly { status: number; body: unknown }[]) =>
    answers.map(({ status, body }) => (status === 200 ? 'done' : (body as { code: string }).code)).toSorted()
  const enrolAs = (name: string, account: string) => {
    const body = bodyOf(name, { port: 22, fingerprint: `SHA256:${'A'.repeat(43)}` })
    return h.call('yang.an', 'POST', '/enrolments', { ...body, accounts: [{ name: account, login: 'app', privileged: false }] })
  }
  test('take neither the same name nor each other’s principal', async () => {
    expect(codes(await Promise.all([enrolAs('twin-01', 'app'), enrolAs('twin-01', 'web')]))).toEqual([
      'done',
      'enrolment.name_taken',
    ])
    expect(codes(await Promise.all([enrolAs('pair', 'b-c'), enrolAs('pair-b', 'c')]))).toEqual([
      'done',
      'enrolment.principal_taken',
    ])
  })
  test('are one check', async () => {
    await h.logOn('zheng.hao')
    const { targetId } = (await enrolAs('check-01', 'app')).body as EnrolmentView
    const ask = () => h.call('zheng.hao', 'POST', `/enrolments/${targetId}/checks`)
    expect(codes(await Promise.all([ask(), ask()]))).toEqual(['done', 'enrolment.check_running'])
  })
})

describe('a target that is set up wrongly is told how to mend it', () => {
  const spoilt: [Probe, string, Parameters<typeof startEnrolled>[2]][] = [
    ['forwarding', 'fwd', { without: /^(DisableForwarding|AllowTcpForwarding)/ }],
    [
      'other-methods',
      'pwd',
      { without: /^(AuthenticationMethods|PasswordAuthentication)/, also: ['PasswordAuthentication yes'] },
    ],
    ['login-principal', 'princ', { without: /^AuthorizedPrincipalsFile/ }],
    ['enters', 'deny', { also: [`DenyUsers ${accounts[0]!.login}`] }],
    ['forced-command', 'force', { also: ['ForceCommand echo mine'] }],
  ]
  for (const [probe, name, how] of spoilt)
    test(`${probe} is found`, async () => {
      const made = await target(`bad-${name}-01`, how)
      const view = await check((await enrol(`bad-${name}-01`, made)).targetId)
      expect(view.state).toBe('failing')
      expect(failedOf(view)).toContain(probe)
    }, 90_000)

  test('an authority in a file of keys takes the login’s own name for a principal: found', async () => {
    const anyone = join(folder, 'any-principal')
    writeFileSync(anyone, `cert-authority ${authority}\n`, { mode: 0o644 })
    const made = await target('bad-any-01', { also: [`AuthorizedKeysFile ${anyone}`] })
    const view = await check((await enrol('bad-any-01', made)).targetId)
    expect(failedOf(view)).toEqual(['login-principal'])
  }, 90_000)

  test('a target that takes a key without a certificate is found', async () => {
    const also = ['AuthorizedKeysCommand /usr/bin/echo %t %k', 'AuthorizedKeysCommandUser nobody']
    const view = await check((await enrol('bad-key-01', await target('bad-key-01', { also }))).targetId)
    expect(failedOf(view)).toContain('no-certificate')
  }, 90_000)

  test('a clock that is four seconds late is found, and by how much (NT-B02)', async () => {
    const late = join(folder, 'late')
    mkdirSync(late, { mode: 0o755 })
    writeFileSync(join(late, 'date'), '#!/bin/sh\nexec /bin/date -d "4 seconds ago" "$@"\n', { mode: 0o755 })
    const made = await target('bad-clock-01', { also: [`SetEnv PATH=${late}:/usr/bin:/bin`] })
    const view = await check((await enrol('bad-clock-01', made)).targetId)
    expect(failedOf(view)).toEqual(['clock'])
    expect(view.verdicts.find(({ probe }) => probe === 'clock')!.differenceMs).toBeLessThan(-2_000)
  }, 90_000)

  test('a target that trusts the other plane lets its certificates in, and says so (NT-B14)', async () => {
    const { sshCas } = await h.signing.keys()
    const both = await target('bad-plane-01', {}, `${sshCas.platform}\n${sshCas.tenant}`)
    expect(failedOf(await check((await enrol('bad-plane-01', both)).targetId))).toEqual(['other-plane'])
    const tenant = await target('bad-plane-02', {}, sshCas.tenant)
    const view = await check((await enrol('bad-plane-02', tenant)).targetId)
    expect(failedOf(view)).toContain('enters')
    expect(failedOf(view)).toContain('other-plane')
  }, 120_000)
})

describe('the plane of the tenants', () => {
  test('has its own authority, gateway and targets; neither plane opens the other (NT-B14)', async () => {
    const { id, privateKey } = h.tenantGateway
    const own = { folder: join(folder, 'tenant-gateway'), id, plane: 'tenant' as const, key: privateKey, url, localTargets }
    const tenantBastion = await startGateway(own)
    try {
      const trust = (await h.call('cao.li', 'GET', '/enrolments/trust')).body as { plane: string; authority: string }
      expect(trust.plane).toBe('tenant')
      expect(trust.authority).not.toBe(authority)
      const name = 'centre-vm-01'
      const made = await startEnrolled(join(folder, name), { name, plane: 'tenant', accounts, authority: trust.authority })
      running.push(made)
      localTargets.push(made.port)
      const answer = await h.call('cao.li', 'POST', '/enrolments', bodyOf(name, made))
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      const { targetId } = answer.body as EnrolmentView
      const checked = await check(targetId, 'yan.yun', 'cao.li')
      expect(failedOf(checked), 'the platform’s certificate among those refused').toEqual([])
      expect(checked).toMatchObject({ plane: 'tenant', gatewayId: id, state: 'enrolled' })
      // To the operator of the platform it does not exist.
      expect((await h.call('zheng.hao', 'GET', `/enrolments/${targetId}`)).status).toBe(404)
      expect((await h.call('zheng.hao', 'POST', `/enrolments/${targetId}/checks`)).status).toBe(404)
    } finally {
      await tenantBastion.close()
    }
  }, 90_000)

  test('the signer certifies no gateway of the other plane, whatever the control plane asks (NT-B14)', async () => {
    const { rows } = await owner.query(`select target_id, tenant_id from enrolment_check where gateway_id = $1 limit 1`, [
      h.gatewayId,
    ])
    const checkId = '0190aaaa-bbbb-7aaa-8aaa-aaaaaaaaaaaa'
    const asker = '0190aaaa-cccc-7aaa-8aaa-aaaaaaaaaaaa'
    // A control plane that was taken over gives a check of a platform target to the tenants' gateway.
    await owner.query(
      `insert into enrolment_check (id, tenant_id, target_id, gateway_id, asked_by, asked_by_name, requested_at) values ($1, $2, $3, $4, $5, 'x', now())`,
      [checkId, rows[0].tenant_id, rows[0].target_id, h.tenantGateway.id, asker],
    )
    const asked = { checkId, publicKey: someKey, gatewayId: h.tenantGateway.id }
    const proof = sign(null, Buffer.from(checkProofText(asked)), h.tenantGateway.privateKey).toString('base64')
    await expect(h.signing.signCheckCertificates({ ...asked, proof })).rejects.toMatchObject({ code: 'signer.plane_differs' })
  })
})

describe('huabiao target', () => {
  const said: string[] = []
  const prompter = (answers: string[]) => ({
    ask: async () => answers.shift() ?? '',
    askSecret: async () => answers.shift() ?? '',
    say: (text: string) => void said.push(text),
    close: () => undefined,
  })
  const wanted = (name: string, port: number) => ({
    name,
    host: '127.0.0.1',
    port,
    system: 'portal',
    accounts,
    tier: 'inner',
    environment: 'production',
  })
  const as = async (login: string) => {
    const authorization = `Bearer ${await h.logOn(login)}`
    return apiClient({ baseUrl: url, headers: () => ({ authorization }) })
  }

  test('says what to set, asks for the fingerprint until it is one, registers and looks', async () => {
    const made = await target('cli-web-01')
    const api = await as('yang.an')
    expect(await runEnrol(api, wanted('cli-web-01', made.port), prompter(['nonsense', made.fingerprint]))).toBe(0)
    const text = said.join('\n')
    for (const line of [authority, 'hb-cli-web-01-app', 'AllowTcpForwarding no', 'PermitUserEnvironment no', 'LogLevel VERBOSE'])
      expect(text).toContain(line)
    expect(said.filter((one) => one.startsWith('✓'))).toHaveLength(10)
  }, 60_000)

  test('without a fingerprint nothing is registered; with a wrong target each failure names its mend', async () => {
    const api = await as('yang.an')
    await expect(runEnrol(api, wanted('cli-web-02', 22), prompter(['']))).rejects.toThrow('nothing was registered')
    expect(((await h.call('yang.an', 'GET', '/enrolments?text=cli-web-02')).body as { items: object[] }).items).toEqual([])
    const made = await target('cli-web-03', { without: /^(DisableForwarding|AllowTcpForwarding)/ })
    said.length = 0
    expect(await runEnrol(api, wanted('cli-web-03', made.port), prompter([made.fingerprint]))).toBe(1)
    expect(said.filter((one) => one.startsWith('✗'))).toEqual([expect.stringContaining('端口转发已关闭')])
    expect(said.join('\n')).toContain('DisableForwarding yes')
  }, 60_000)
})

describe('what is refused at the door', () => {
  test('a fingerprint that is none, root that is called ordinary, a name or principal of another', async () => {
    const good = { port: 22, fingerprint: running[0]!.fingerprint }
    const code = async (over: object, who = 'yang.an') =>
      ((await h.call(who, 'POST', '/enrolments', { ...bodyOf('fresh-web-01', good), ...over })).body as { code: string }).code
    expect(await code({ hostKeySha256: 'MD5:aa' })).toBe('request.invalid')
    expect(await code({ accounts: [{ name: 'app', login: 'root', privileged: false }] })).toBe('enrolment.accounts_wrong')
    expect(await code({ accounts: [accounts[1]] })).toBe('enrolment.accounts_wrong')
    expect(await code({ name: 'good-web-01' })).toBe('enrolment.name_taken')
    const clash = { name: 'good', accounts: [{ name: 'web-01-app', login: 'app', privileged: false }] }
    expect(await code(clash)).toBe('enrolment.principal_taken')
    expect(await code({}, 'zheng.hao')).toBe('access.denied')
    expect(await code({}, 'zhu.cha')).toBe('access.denied')
  })

  test('certificates of a check are signed once, for its own gateway, and for no check that nobody asked for', async () => {
    const { rows } = await owner.query('select id from enrolment_check limit 1')
    const publicKey = someKey
    const ask = async (checkId: string) => {
      const proof = h.signAsGateway(checkProofText({ checkId, publicKey, gatewayId: h.gatewayId }))
      return h.signing.signCheckCertificates({ checkId, publicKey, gatewayId: h.gatewayId, proof }).then(
        () => 'signed',
        (cause: { code: string }) => cause.code,
      )
    }
    expect(await ask(rows[0].id)).toBe('signer.check_unknown')
    expect(await ask('0190aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa')).toBe('signer.check_unknown')
    const wrong = { checkId: rows[0].id, publicKey, gatewayId: h.gatewayId, proof: h.signAsGateway('another text') }
    await expect(h.signing.signCheckCertificates(wrong)).rejects.toMatchObject({ code: 'signer.proof_wrong' })
  })
})
