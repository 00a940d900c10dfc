import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { addSshKey } from '@huabiao/domains/identity/identity.contract'
import { listChains, listLedger } from '@huabiao/domains/ledger/ledger.contract'
import type { Deployment } from '../deployment.ts'
import { bePresent, cast, look, prepareChange, until } from '../portal-change.ts'

/** The same change from a terminal: a real OpenSSH client, key and one-time code, the bastion's prompt; and nothing else through that door. */

interface Ended {
  code: number | null
  out: string
}
class Client {
  readonly on: Deployment
  readonly folder: string
  readonly login: string
  constructor(on: Deployment, login: string) {
    this.on = on
    this.login = login
    this.folder = join(on.state, `ssh-${login}`)
    mkdirSync(this.folder, { recursive: true, mode: 0o700 })
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(this.folder, 'key')])
  }
  get publicKey(): string {
    return readFileSync(join(this.folder, 'key.pub'), 'utf8').trim()
  }
  async start(program: string, args: readonly string[]) {
    const askpass = join(this.folder, 'askpass')
    writeFileSync(askpass, `#!/bin/sh\necho ${await this.on.code(this.login)}\n`, { mode: 0o700 })
    const options = [
      '-F',
      'none',
      '-i',
      join(this.folder, 'key'),
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      `UserKnownHostsFile=${join(this.folder, 'known')}`,
      '-o',
      'LogLevel=ERROR',
    ]
    const child = spawn(program, [...options, ...args], {
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        SSH_ASKPASS: askpass,
        SSH_ASKPASS_REQUIRE: 'force',
        DISPLAY: ':0',
        TERM: 'xterm',
      },
      detached: true,
    })
    const seen = { out: '' }
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (seen.out += chunk.toString('utf8')))
    const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out: seen.out })))
    return { child, seen, ended }
  }
  /** Runs to its end, or for ten seconds: a refused forward leaves a client waiting. */
  async run(program: string, args: readonly string[]): Promise<Ended> {
    const { child, ended } = await this.start(program, args)
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    const result = await ended
    clearTimeout(timer)
    return result
  }
}

async function registered(on: Deployment, login: string): Promise<Client> {
  const client = new Client(on, login)
  await (await on.as(login))(addSshKey, { body: { name: '工作站', publicKey: client.publicKey } })
  return client
}

export async function sshDoor(on: Deployment): Promise<void> {
  const client = await registered(on, cast.executor)
  const version = '2.5.0'
  const ready = await prepareChange(on, { title: '门户升级（终端）', targetNames: ['portal-web-01', 'portal-web-02'], version })
  const place = [`${cast.executor}@127.0.0.1`]
  const other = 'feng.ban'
  const port = ['-p', String(on.sshPort)]

  // Everybody has codes of their own, and each serves once: so every attempt is another person's.
  const status = await (await registered(on, other)).run('ssh', [...port, `${other}@127.0.0.1`, 'status', ready.no])
  assert.equal(status.code, 0, status.out)
  assert.match(status.out, new RegExp(ready.no))
  await carriesOut(on, client, ready.id, ready.no, [...port, ...place])

  const attempts = [
    ['a command', 'wang.lu', 'ssh', (to: string) => [...port, to, 'cat /etc/passwd']],
    ['a shell operator', 'wu.di', 'ssh', (to: string) => [...port, to, `status ${ready.no}; id`]],
    ['sftp', 'zheng.hao', 'sftp', (to: string) => ['-P', String(on.sshPort), '-b', '/dev/null', to]],
    ['scp', 'zhou.yan', 'scp', (to: string) => ['-P', String(on.sshPort), '/etc/hostname', `${to}:/tmp/x`]],
    ['-W', 'li.na', 'ssh', (to: string) => [...port, '-W', '127.0.0.1:22', to]],
  ] as const
  // All at once: each waits for a code of its own that was not used to register the key.
  await Promise.all(
    attempts.map(async ([what, login, program, args]) => {
      const { code, out } = await (await registered(on, login)).run(program, args(`${login}@127.0.0.1`))
      assert.notEqual(code, 0, `${what} was let through: ${out}`)
      assert.doesNotMatch(out, /root:x:0|uid=\d+|SSH-2\.0/, what)
    }),
  )
  const auditor = await on.as(cast.auditor)
  const chain = (await auditor(listChains)).items.find((one) => one.plane === 'platform' && one.size > 20)!
  const { items } = await auditor(listLedger, { query: { tenantId: chain.tenantId, plane: 'platform', limit: 100 } })
  const refused = items.filter((row) => row.decision === 'refused' && row.object.startsWith('channel/'))
  assert.ok(refused.length >= 3, `refused channels in the ledger: ${refused.length}`)
}

/** The first steps from the prompt, by hand as a person would type them. */
async function carriesOut(on: Deployment, client: Client, changeId: string, no: string, args: readonly string[]): Promise<void> {
  await bePresent(on, changeId)
  const { child, seen, ended } = await client.start('ssh', ['-tt', ...args])
  const waitFor = async (pattern: RegExp, from = 0): Promise<number> => {
    for (let i = 0; i < 200; i += 1) {
      if (pattern.test(seen.out.slice(from))) return seen.out.length
      await sleep(100)
    }
    throw new Error(`never came: ${pattern}\n${seen.out}`)
  }
  const type = (line: string): boolean => child.stdin.write(`${line}\r`)
  let at = await waitFor(/help/)
  type(`begin ${no}`)
  at = await waitFor(/输入变更编号/, at)
  type(no)
  at = await waitFor(/已开始/, at)
  await until(on, changeId, (now) => now.acts.some((act) => act.act === 'runNext' && act.refusal === null))
  type(`run ${no}`)
  at = await waitFor(/输入步骤标识 look/, at)
  type('look')
  at = await waitFor(/state=running/, at)
  await until(on, changeId, (now) => now.runs.some((run) => run.stepKey === 'look' && run.state === 'succeeded'))
  await bePresent(on, changeId)
  type(`run ${no}`)
  at = await waitFor(/输入步骤标识 look/, at)
  type('something else')
  at = await waitFor(/未确认/, at)
  const now = await look(on, changeId)
  assert.equal(now.runs.length, 1, 'what was not confirmed did not run')
  type('rm -rf /')
  await waitFor(/没有这个命令|自由命令行/, at)
  type('quit')
  assert.equal((await ended).code, 0)
}
