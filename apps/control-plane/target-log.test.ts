import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ViolationView } from '@huabiao/domains/violation/violation.contract'
import { certificateProofText } from '@huabiao/kit/crypto/signer-client'
import { type ApiClient, apiClient } from '@huabiao/kit/http/client'
import { serviceHeaders, signServiceRequest } from '@huabiao/kit/http/service-auth'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort } from '../bastion/testing/sshd-target.ts'
import { goOn } from '../target-log/follower.ts'
import { type Harness, startHarness } from './testing/harness.ts'

/** NT-E08: a real sshd, whose log a real follower reads. Who comes without a session of ours is found; who comes with one is not. */
const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
/** Somebody who is not root, where we can be somebody else: root would be another entry of the catalogue. */
const account = isRoot ? 'nobody' : userInfo().username
const folder = mkdtempSync(join(tmpdir(), 'huabiao-log-'))
const log = join(folder, 'sshd.log')
let port = 0
let h: Harness
let owner: pg.Client
let sshd: ChildProcess
let api: ApiClient

async function startSshd(): Promise<ChildProcess> {
  port = await freePort()
  if (isRoot) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  for (const name of ['host', 'stray']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
  writeFileSync(join(folder, 'ca.pub'), `${(await h.signing.keys()).sshCas.platform}\n`)
  writeFileSync(join(folder, 'principals'), 'hb-portal-web-01-hb-app\n')
  copyFileSync(join(folder, 'stray.pub'), join(folder, 'authorized'))
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(folder, 'host')}`,
    `TrustedUserCAKeys ${join(folder, 'ca.pub')}`,
    `AuthorizedPrincipalsFile ${join(folder, 'principals')}`,
    // What somebody with root on the target has left there.
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'LogLevel VERBOSE',
  ]
  writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`)
  // The account itself reads what sshd reads for it.
  chmodSync(folder, 0o755)
  for (const name of ['ca.pub', 'principals', 'authorized']) chmodSync(join(folder, name), 0o644)
  return spawn('/usr/sbin/sshd', ['-D', '-f', join(folder, 'config'), '-E', log], { stdio: 'ignore' })
}
/** Logs on; whatever the shell of that account makes of it, sshd has written its line. */
async function logOn(key: string, certificate?: string): Promise<void> {
  const accepted = () => readFileSync(log, 'utf8').split('Accepted publickey for ').length
  const before = accepted()
  const options = ['IdentitiesOnly=yes', 'IdentityAgent=none', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null']
  if (certificate) options.push(`CertificateFile=${certificate}`)
  const args = ['-F', '/dev/null', '-p', String(port), '-i', key, ...options.flatMap((option) => ['-o', option])]
  await run('ssh', [...args, `${account}@127.0.0.1`, 'true']).catch(() => undefined)
  await expect.poll(accepted, { timeout: 30_000 }).toBe(before + 1)
}
const file = () => ({ kind: 'logons' as const, name: 'portal-web-01', path: log, placeFile: join(folder, 'place.json') })
async function follow(): Promise<void> {
  while (await goOn(api, file())) {
    // Portion by portion, as the process does.
  }
  await h.composed.jobs.violations()
}
const cases = async (): Promise<ViolationView[]> =>
  ((await h.call('zhu.cha', 'GET', '/violations?limit=100')).body as { items: ViolationView[] }).items.filter(
    (view) => view.detail.target === 'portal-web-01',
  )
const records = async (act: string): Promise<{ account: string; reason?: string; sessionId?: string }[]> =>
  (await owner.query(`select body from ledger_record where act = $1 order by at, seq`, [act])).rows.map(
    ({ body }) => JSON.parse(body).data,
  )

beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  sshd = await startSshd()
  await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain('Server listening'), { timeout: 30_000 })
  const url = await h.app.listen({ host: '127.0.0.1', port: 0 })
  const headers = serviceHeaders(h.follower.id, h.follower.privateKey, () => new Date())
  api = apiClient({ baseUrl: url, headers })
}, 90_000)
afterAll(async () => {
  sshd.kill('SIGTERM')
  await owner.end()
  await h.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('logons on a target', () => {
  test('an ordinary key past the bastion is V-P4, in the operator’s unit and with the customer reading', async () => {
    await logOn(join(folder, 'stray'))
    await follow()
    const [found, ...more] = await cases()
    expect(more).toEqual([])
    expect(found).toMatchObject({
      entry: 'V-P4',
      intent: 'fact',
      severity: 'critical',
      person: null,
      detail: { target: 'portal-web-01', account, method: 'publickey', from: '127.0.0.1' },
    })
    expect((await h.call('hua.shen', 'GET', `/violations/${found!.id}`)).status, 'whose system it is').toBe(200)
    expect((await h.call('tao.ran', 'GET', `/violations/${found!.id}`)).status).toBe(404)
    expect(await records('target.logon_unexplained')).toMatchObject([{ account, reason: 'ordinary-key' }])
  })

  test('a certificate of ours for a granted step is explained and no case; used a second time it is one', async () => {
    const { id, no } = await h.scheduledChange()
    await h.composed.jobs.changes()
    await h.present(id)
    await h.act('zhao.ming', id, 'begin', { confirm: no })
    const open = (await h.claim()).find((work) => work.kind === 'open')!
    await h.gateway(`sessions/${open.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    await h.runNext(await h.read(id))
    const work = (await h.claim()).find((one) => one.kind === 'run')!
    if (work.kind !== 'run') throw new Error('no run')
    expect((await h.gateway(`grants/${h.grantOf(work).id}/started`, { bootId: h.bootId })).status).toBe(200)
    const key = join(folder, 'run')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key])
    const publicKey = readFileSync(`${key}.pub`, 'utf8').trim()
    const request = { envelope: work.grant, publicKey, gatewayId: h.gatewayId }
    const proof = h.signAsGateway(certificateProofText(request))
    const signed = await h.gateway<{ certificate: string }>('certificates', { envelope: work.grant, publicKey, proof })
    expect(signed.status, JSON.stringify(signed.body)).toBe(200)
    writeFileSync(`${key}-cert.pub`, `${signed.body.certificate}\n`)
    await logOn(key, `${key}-cert.pub`)
    const before = await cases()
    await follow()
    expect(await cases()).toEqual(before)
    expect(await records('target.logon')).toMatchObject([{ account, sessionId: open.sessionId }])

    await logOn(key, `${key}-cert.pub`)
    await follow()
    expect((await records('target.logon_unexplained')).at(-1)).toMatchObject({ reason: 'used-twice' })
  })

  test('root by sudo outside a step is V-P5; a login of root is too', async () => {
    const known = (await cases()).length
    appendFileSync(log, 'Nov 25 20:01:02 portal-web-01 sudo:   li : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh\n')
    // A step may well be under way: then it would be the plan's own doing.
    await owner.query(`alter table change_step_run disable trigger user`)
    await owner.query(`update change_step_run set state = 'failed', ended_at = now() - interval '1 hour' where state = 'started'`)
    await follow()
    const [newest] = await cases()
    expect(newest).toMatchObject({ entry: 'V-P5', detail: { account: 'li', method: 'sudo' } })
    expect(await cases()).toHaveLength(known + 1)
  })
})

describe('no line is lost, and none counts twice', () => {
  const password = (name: string) => `Accepted password for ${name} from 10.0.0.9 port 22 ssh2\n`
  const seen = async () => (await records('target.logon_unexplained')).map((one) => one.account)

  test('an answer that was lost: the same lines again are passed over', async () => {
    appendFileSync(log, password('once'))
    const place = readFileSync(file().placeFile)
    await follow()
    writeFileSync(file().placeFile, place)
    await follow()
    expect((await seen()).filter((name) => name === 'once')).toHaveLength(1)
  })

  test('the control plane away: the lines wait, in order', async () => {
    appendFileSync(log, password('first'))
    const away = apiClient({ baseUrl: 'http://127.0.0.1:9' })
    await expect(goOn(away, file())).rejects.toThrow()
    appendFileSync(log, password('second'))
    await follow()
    expect((await seen()).slice(-2)).toEqual(['first', 'second'])
  })

  test('rotated while lines were unread: they are read from the copy', async () => {
    appendFileSync(log, password('before'))
    copyFileSync(log, `${log}.1`)
    truncateSync(log)
    appendFileSync(log, password('after'))
    await follow()
    expect((await seen()).slice(-2)).toEqual(['before', 'after'])
    expect(await records('target.log_lost')).toEqual([])
  })

  test('emptied without a copy: what nobody can read any more is itself a case', async () => {
    appendFileSync(log, password('hidden').repeat(3))
    rmSync(`${log}.1`)
    await follow()
    truncateSync(log)
    await follow()
    expect(await records('target.log_lost')).toHaveLength(1)
    expect((await cases()).filter((view) => view.entry === 'V-P4' && view.detail.account === undefined)).toHaveLength(1)
    appendFileSync(log, password('later'))
    await follow()
    expect((await seen()).at(-1)).toBe('later')
  })

  test('half a line waits for its end; a line without one, and bytes that are no text, hold up nothing', async () => {
    appendFileSync(log, password('half').slice(0, -1))
    await follow()
    expect(await seen()).not.toContain('half')
    appendFileSync(log, `\n${'\u0000\u001b[2J'.repeat(300)}\n${'x'.repeat(700_000)}\n${password('behind')}`)
    appendFileSync(log, Buffer.from([0xff, 0xfe, 0x0a]))
    await follow()
    expect((await seen()).slice(-2)).toEqual(['half', 'behind'])
  })

  test('only a registered follower speaks, and only of its own targets', async () => {
    const body = { target: 'portal-web-01', stream: 'a'.repeat(32), from: 0, to: 5, lines: ['x'], lost: false }
    const send = async (id: string, of: object, privateKey = h.follower.privateKey) => {
      const payload = JSON.stringify(of)
      const url = '/api/v1/target-logs'
      const authorization = signServiceRequest({ id, privateKey }, { method: 'POST', url, body: payload }, new Date())
      const headers = { authorization, 'content-type': 'application/json' }
      const answer = await h.app.inject({ method: 'POST', url, headers, payload })
      return (answer.json() as { code?: string }).code ?? answer.statusCode
    }
    expect(await send(h.follower.id, { ...body, target: 'portal-web-02' })).toBe('violation.target_unknown')
    expect(await send(h.follower.id, { ...body, from: 7, to: 9 })).toBe('violation.log_gap')
    expect(await send(h.gatewayId, body)).toBe('identity.service_refused')
    expect((await h.call('zhao.ming', 'POST', '/target-logs', body)).status).toBe(403)
    expect((await h.gateway('../target-logs', body)).status).toBeGreaterThanOrEqual(400)
  })
})

test('a log of executions that is silent is told apart from one that nobody reads', async () => {
  const path = join(folder, 'audit.log')
  const executions = { kind: 'executions' as const, name: 'quiet', path, placeFile: join(folder, 'executions.json') }
  const wholeAt = async (): Promise<unknown> =>
    (await owner.query(`select whole_at from reconcile_position where source = 'quiet'`)).rows[0]?.whole_at
  writeFileSync(path, 'type=CWD msg=audit(1795992819.118:1): cwd="/"\n')
  expect(await goOn(api, executions, true)).toBe(true)
  expect(await wholeAt(), 'there may be more').toBeNull()
  expect(await goOn(api, executions)).toBe(false)
  expect(await wholeAt()).toBeNull()
  expect(await goOn(api, executions, true)).toBe(false)
  expect(await wholeAt()).toBeInstanceOf(Date)
})
