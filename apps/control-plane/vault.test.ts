import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VaultItem } from '@huabiao/domains/vault/vault.contract'
import type { RotationSecret } from '@huabiao/domains/vault/vault.model'
import { placeKeyLine } from '@huabiao/domains/vault/vault-lines.model'
import { newBoxKey, openBox } from '@huabiao/kit/crypto/box'
import { rotationProofText } from '@huabiao/kit/crypto/vault-client'
import { apiClient } from '@huabiao/kit/http/client'
import { serviceHeaders } from '@huabiao/kit/http/service-auth'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Bastion } from '../bastion/bastion.ts'
import { freePort } from '../bastion/testing/sshd-target.ts'
import { goOn } from '../target-log/follower.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { startGateway } from './testing/real-gateway.ts'

/** Kept credentials on a real sshd that trusts no authority: a password and a key, each of an account of its own. */
const isRoot = process.getuid?.() === 0
const folder = mkdtempSync(join(tmpdir(), 'huabiao-vault-'))
chmodSync(folder, 0o755)
const log = join(folder, 'sshd.log')
const firstPassword = 'Erste-Losung-4711'
let h: Harness
let owner: pg.Client
let sshd: ChildProcess
let bastion: Bastion | undefined
let stopBell: () => Promise<void>
let port = 0
let url = ''
let targetId = ''
let firstKey = ''

/** Real accounts: a password needs one that may be changed. */
function makeAccount(login: string): string {
  const home = join(folder, login)
  spawnSync('/usr/sbin/userdel', ['-f', login])
  execFileSync('/usr/sbin/useradd', ['-M', '-d', home, '-s', '/bin/sh', '-p', '*', login])
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, login], { encoding: 'utf8' })))
  mkdirSync(home, { mode: 0o700 })
  chownSync(home, uid!, gid!)
  return home
}
async function startSshd(): Promise<void> {
  port = await freePort()
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  for (const name of ['host', 'first'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'by hand', '-f', join(folder, name)])
  firstKey = readFileSync(join(folder, 'first'), 'utf8')
  makeAccount('hb-vault-pw')
  execFileSync('/usr/sbin/chpasswd', { input: `hb-vault-pw:${firstPassword}\n` })
  const home = makeAccount('hb-vault-key')
  mkdirSync(join(home, '.ssh'), { mode: 0o700 })
  writeFileSync(
    join(home, '.ssh', 'authorized_keys'),
    `${readFileSync(join(folder, 'first.pub'), 'utf8')}ssh-ed25519 ${'A'.repeat(68)} of somebody else\n`,
  )
  execFileSync('chown', ['-R', 'hb-vault-key:hb-vault-key', home])
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(folder, 'host')}`,
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'PidFile none',
    'LogLevel VERBOSE',
  ]
  writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`)
  sshd = spawn('/usr/sbin/sshd', ['-D', '-f', join(folder, 'config'), '-E', log], { stdio: 'ignore' })
  await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain('Server listening'), { timeout: 30_000 })
}
const keysFile = () => readFileSync(join(folder, 'hb-vault-key', '.ssh', 'authorized_keys'), 'utf8')
const opens = (key: string): boolean => {
  const file = join(folder, `try-${Math.abs(key.length)}-${key.slice(80, 90).replace(/\W/g, '')}`)
  writeFileSync(file, key, { mode: 0o600 })
  const options = ['IdentitiesOnly=yes', 'BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null']
  const args = ['-F', '/dev/null', '-p', String(port), '-i', file, ...options.flatMap((option) => ['-o', option])]
  return spawnSync('ssh', [...args, 'hb-vault-key@127.0.0.1', 'true']).status === 0
}
const kept = async (account: string): Promise<VaultItem> =>
  ((await h.call('yang.an', 'GET', '/kept-credentials')).body as { items: VaultItem[] }).items.find(
    (one) => one.account === account,
  )!
const records = async (act: string): Promise<Record<string, unknown>[]> =>
  (await owner.query('select body from ledger_record where act = $1 order by at, seq', [act])).rows.map(
    ({ body }) => JSON.parse(body).data,
  )
const settled = async (account: string, rotations: number): Promise<VaultItem> => {
  await expect
    .poll(
      async () =>
        (
          await owner.query(
            `select 1 from vault_rotation r join vault_account v on v.id = r.account_id where v.account = $1 and r.state = 'finished'`,
            [account],
          )
        ).rowCount,
      {
        timeout: 20_000,
      },
    )
    .toBe(rotations)
  return kept(account)
}
const deposit = (account: string, kind: string, secret: string) =>
  h.call('yang.an', 'POST', '/kept-credentials', { targetId, account, kind, secret, rotateEveryDays: 30 })

beforeAll(async () => {
  if (!isRoot) return
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  await startSshd()
  const hostKeySha256 = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'host.pub')], { encoding: 'utf8' }).split(' ')[1]!
  // The target of the change that follows: the same row, and what answers there is our sshd.
  const accounts = [
    // Two accounts of plans, one login: its secret is kept once.
    { name: 'hb-app', login: 'hb-vault-key', privileged: false },
    { name: 'hb-batch', login: 'hb-vault-key', privileged: false },
    { name: 'pw', login: 'hb-vault-pw', privileged: false },
  ]
  await owner.query(
    `update cmdb_target set port = $1, host_key_sha256 = $2, accounts = $3::jsonb where name in ('portal-web-01', 'portal-web-02')`,
    [port, hostKeySha256, JSON.stringify(accounts)],
  )
  targetId = (await owner.query(`select id from cmdb_target where name = 'portal-web-01'`)).rows[0].id
  url = await h.app.listen({ host: '127.0.0.1', port: 0 })
  stopBell = await h.composed.startBell()
  bastion = await startGateway({ folder: join(folder, 'gw'), id: h.gatewayId, key: h.gatewayKey, url, localTargets: [port] })
}, 120_000)
afterAll(async () => {
  if (!isRoot) return
  await bastion?.close()
  await stopBell()
  sshd.kill('SIGTERM')
  await owner.end()
  await h.close()
  for (const login of ['hb-vault-pw', 'hb-vault-key']) spawnSync('/usr/sbin/userdel', ['-f', login])
  rmSync(folder, { recursive: true, force: true })
})

// Accounts whose password may be changed can only be made by root.
describe.skipIf(!isRoot)('a kept credential', () => {
  test('is rotated as soon as it was handed over: nobody who knew it gets in, and other keys stay', async () => {
    const answer = await deposit('hb-batch', 'ssh-key', firstKey)
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    expect(JSON.stringify(answer.body)).not.toContain('PRIVATE KEY')
    expect(opens(firstKey)).toBe(true)
    await h.composed.jobs.vault()
    const item = await settled('hb-batch', 1)
    expect(item, JSON.stringify(item)).toMatchObject({ state: 'clean', lastOutcome: 'rotated', failure: '' })
    expect(opens(firstKey)).toBe(false)
    expect(keysFile()).toContain('of somebody else')
    expect(keysFile().trim().split('\n')).toHaveLength(2)
    expect(statSync(join(folder, 'hb-vault-key', '.ssh', 'authorized_keys')).mode & 0o077).toBe(0)
    expect(await records('vault.rotated')).toMatchObject([{ outcome: 'rotated' }])
    expect((await deposit('hb-app', 'ssh-key', firstKey)).body).toMatchObject({ code: 'vault.already_kept' })
  }, 90_000)

  test('so is a password, by the program of its account', async () => {
    expect((await deposit('pw', 'password', firstPassword)).status).toBe(200)
    const before = readFileSync('/etc/shadow', 'utf8')
      .split('\n')
      .find((line) => line.startsWith('hb-vault-pw:'))
    await h.composed.jobs.vault()
    const item = await settled('pw', 1)
    expect(item, JSON.stringify(item)).toMatchObject({ state: 'clean', lastOutcome: 'rotated', fingerprint: null })
    const after = readFileSync('/etc/shadow', 'utf8')
      .split('\n')
      .find((line) => line.startsWith('hb-vault-pw:'))
    expect(after).not.toBe(before)
  }, 90_000)

  test('opens the target for one granted step of a change, and is rotated after it; the log is explained by releases', async () => {
    const change = await h.scheduledChange()
    await h.composed.jobs.changes()
    await h.present(change.id)
    await h.act('zhao.ming', change.id, 'begin', { confirm: change.no })
    await expect.poll(async () => (await h.read(change.id)).sessionId !== null).toBe(true)
    await expect
      .poll(
        async () => (await owner.query(`select state from session_record where change_id = $1`, [change.id])).rows[0]?.state,
        { timeout: 20_000 },
      )
      .toBe('live')
    await h.runNext(await h.read(change.id))
    await expect.poll(async () => (await h.read(change.id)).runs.at(-1)?.state, { timeout: 30_000 }).toMatch(/succeeded|failed/)
    const run = (await h.read(change.id)).runs.at(-1)!
    expect(run.exitCode, `${run.detail} ${run.stderr}`).not.toBeNull()
    expect(await records('vault.released')).toMatchObject([{ account: 'hb-batch', gatewayId: h.gatewayId }])
    const before = (await kept('hb-batch')).fingerprint
    expect((await kept('hb-batch')).state).toBe('due')
    await h.composed.jobs.vault()
    const item = await settled('hb-batch', 2)
    expect(item).toMatchObject({ state: 'clean', lastOutcome: 'rotated' })
    expect(item.fingerprint).not.toBe(before)

    // What somebody with root on the target has left there is explained by no release.
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'stray', '-f', join(folder, 'stray')])
    const file = join(folder, 'hb-vault-key', '.ssh', 'authorized_keys')
    const orderly = keysFile()
    writeFileSync(file, orderly + readFileSync(join(folder, 'stray.pub'), 'utf8'))
    expect(opens(readFileSync(join(folder, 'stray'), 'utf8'))).toBe(true)
    writeFileSync(file, orderly)

    const headers = serviceHeaders(h.follower.id, h.follower.privateKey, () => new Date())
    const api = apiClient({ baseUrl: url, headers })
    while (
      await goOn(api, { kind: 'logons' as const, name: 'portal-web-01', path: log, placeFile: join(folder, 'place.json') })
    ) {
      // Portion by portion.
    }
    const logons = await records('target.logon')
    expect(logons.filter((one) => one.kept).length).toBeGreaterThan(5)
    expect(await records('target.logon_unexplained')).toMatchObject([{ account: 'hb-vault-key', reason: 'ordinary-key' }])
  }, 120_000)

  test('a gateway that dies between putting the new key and taking the old one loses neither', async () => {
    await bastion!.close()
    bastion = undefined
    // The gateway that will die: it greets, asks for the material, puts the key in place, and is never heard of again.
    expect((await h.gateway('hello', { bootId: h.bootId, version: 'dies' })).status).toBe(200)
    const accountId = (await kept('hb-batch')).id
    const rotate = () => h.call('yang.an', 'POST', `/kept-credentials/${accountId}/rotations`)
    const both = await Promise.all([rotate(), rotate()])
    expect(both.map(({ status }) => status).toSorted(), 'one rotation at a time').toEqual([200, 409])
    expect(both.find(({ status }) => status === 409)!.body).toMatchObject({ code: 'vault.rotation_running' })
    const work = (await h.claim()).find((item) => item.kind === 'rotate')!
    if (work.kind !== 'rotate') throw new Error('no rotation')
    const box = newBoxKey()
    const asked = { rotationId: work.rotationId, boxKey: box.publicKey, gatewayId: h.gatewayId }
    const body = { boxKey: box.publicKey, proof: h.signAsGateway(rotationProofText(asked)) }
    const given = await h.gateway<{ boxed: string }>(`rotations/${work.rotationId}/material`, body)
    expect(given.status, JSON.stringify(given.body)).toBe(200)
    const again = await h.gateway<{ code: string }>(`rotations/${work.rotationId}/material`, body)
    expect(again.body.code, 'once').toMatch(/^vault.rotation_(not_found|used)$/)
    for (const other of [`'other'`, 'null'])
      await expect(
        owner.query(`update vault_account set pending = ${other} where id = $1`, [accountId]),
        'the next secret may be in place already',
      ).rejects.toThrow(/^vault.rotation_used/)
    const secret = JSON.parse(
      openBox(box.privateKey, given.body.boxed, `rotation/${work.rotationId}`).toString(),
    ) as RotationSecret
    execFileSync('su', ['hb-vault-key', '-s', '/bin/sh', '-c', placeKeyLine(secret.nextPublic!)])
    expect([opens(secret.secrets[0]!), opens(secret.next)]).toEqual([true, true])

    const lost = new Date(Date.now() + 130_000)
    await h.at(lost, () => h.composed.jobs.vault())
    expect(await kept('hb-batch')).toMatchObject({ state: 'broken', failure: 'the gateway did not answer' })
    expect(await records('vault.rotation_failed')).toMatchObject([{ outcome: 'failed' }])
    const notices = (await h.call('yang.an', 'GET', '/notifications')).body as { items: { kind: string }[] }
    expect(notices.items.map(({ kind }) => kind)).toContain('vault.rotation_failed')

    bastion = await startGateway({ folder: join(folder, 'gw2'), id: h.gatewayId, key: h.gatewayKey, url, localTargets: [port] })
    expect((await h.call('yang.an', 'POST', `/kept-credentials/${accountId}/rotations`)).status).toBe(200)
    const item = await settled('hb-batch', 4)
    expect(item).toMatchObject({ state: 'clean', lastOutcome: 'rotated', failure: '' })
    expect([opens(secret.secrets[0]!), opens(secret.next)], 'the very key that was put in place').toEqual([false, true])
    expect(keysFile().trim().split('\n')).toHaveLength(2)
  }, 120_000)

  test('what waits for a gateway of its plane holds up nothing of another plane', async () => {
    const { rows } = await owner.query(`update cmdb_target set plane = 'tenant' where name = 'portal-web-02' returning id`)
    await owner.query(
      `insert into vault_account (id, tenant_id, target_id, account, login, kind, current, rotate_every_days, deposited_by, deposited_by_name, deposited_at, due_at)
       select gen_random_uuid(), v.tenant_id, $1, 'a' || i, 'a' || i, 'password', 'x', 30, v.deposited_by, '', v.deposited_at, '2026-01-01'
       from vault_account v, generate_series(1, 300) i where v.account = 'pw'`,
      [rows[0].id],
    )
    await owner.query(`update vault_account set due_at = now() - interval '1 second' where account = 'pw'`)
    await h.composed.jobs.vault()
    expect(await settled('pw', 2)).toMatchObject({ state: 'clean', lastOutcome: 'rotated' })
    await owner.query(`delete from vault_account where target_id = $1`, [rows[0].id])
    await owner.query(`update cmdb_target set plane = 'platform' where name = 'portal-web-02'`)
  }, 60_000)

  test('a target that will not have it says so: nothing is lost, somebody is told', async () => {
    const before = await kept('hb-batch')
    const file = join(folder, 'hb-vault-key', '.ssh', 'authorized_keys')
    execFileSync('chattr', ['+i', file])
    try {
      await h.call('yang.an', 'POST', `/kept-credentials/${before.id}/rotations`)
      const item = await settled('hb-batch', 5)
      expect(item).toMatchObject({ state: 'broken', lastOutcome: 'unchanged' })
      expect(item.failure).toContain('not put in place')
    } finally {
      execFileSync('chattr', ['-i', file])
    }
    await h.call('yang.an', 'POST', `/kept-credentials/${before.id}/rotations`)
    expect(await settled('hb-batch', 6)).toMatchObject({ state: 'clean' })
  }, 90_000)

  test('no role, no answer, no column and no file holds it (RL-18)', async () => {
    const app = new pg.Client({ connectionString: h.appUrl })
    await app.connect()
    for (const text of [
      'select current from vault_account',
      'select * from vault_account',
      'select * from pub_vault_facts',
      'update vault_account set current = pending',
    ])
      await expect(app.query(text), text).rejects.toThrow(/permission denied/)
    await app.end()
    expect((await h.call('zhao.ming', 'GET', '/kept-credentials')).status).toBe(403)
    expect((await h.call('zheng.hao', 'POST', '/kept-credentials', {})).status).toBe(403)
    const dump = JSON.stringify((await owner.query('select * from ledger_record')).rows) + readFileSync(log, 'utf8')
    for (const secret of [firstPassword, firstKey.split('\n')[2]!]) expect(dump).not.toContain(secret)
    const { rows } = await owner.query<{ current: Buffer }>('select current from vault_account')
    for (const { current } of rows) expect(current.toString('latin1')).not.toMatch(/PRIVATE KEY|Losung/)
    const left = existsSync(join(folder, 'gw', 'state')) ? readdirSync(join(folder, 'gw'), { recursive: true }).map(String) : []
    for (const name of left) {
      const path = join(folder, 'gw', name)
      if (statSync(path).isFile() && !/(host|service)/.test(name))
        expect(readFileSync(path, 'latin1')).not.toContain('OPENSSH PRIVATE KEY')
    }
  })
})
