import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifestText } from '@huabiao/domains/session/session.model'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import { utf8 } from '@huabiao/kit/merkle/bytes'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startBastion } from './bastion.ts'
import { spawnConfined } from './testing/confined.ts'
import { No } from './testing/control-plane-double.ts'
import { stepRunOf } from './testing/demo-change.ts'
import { GatewayHarness, plainText, until } from './testing/gateway-harness.ts'

const h = new GatewayHarness()
beforeAll(async () => {
  await h.prepare()
  await h.start()
})
afterAll(() => h.stop())
afterEach(() => h.plane.instead.clear())

const line = (text: string) => ({ kind: 'command' as const, line: text })
const finishedOf = async (id: string, ms?: number) => {
  await until(() => h.plane.finished.has(id), ms)
  return h.plane.finished.get(id) as Record<string, unknown>
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('a real ssh client runs the approved step at the prompt and sees its output live', async () => {
  const sessionId = await h.openSession()
  h.plane.change.sessionId = sessionId
  h.plane.instead.set('runNext', () => {
    const grant = h.plane.giveRun(line('echo from-the-target; id -un'), {}, sessionId)
    const done = stepRunOf(grant.runId as string, h.plane.targetId, { state: 'succeeded', exitCode: 0 })
    void until(() => h.plane.finished.has(grant.id)).then(() => h.plane.change.runs.push(done))
    return h.plane.change
  })
  const ran = await h.ssh(['-tt'], { input: 'open HB-2026-0007\nrun\nrestart\nquit' })
  const seen = plainText(ran.out)
  expect(seen).toContain('Command: echo hello')
  expect(seen).toContain(`\r\nfrom-the-target\r\n${h.target.account}\r\n`)
  expect(seen).toContain('Result: as expected')
  expect(ran.code).toBe(0)
  expect(h.plane.called('runNext').at(-1)?.body).toEqual({ stepKey: 'restart', targetId: h.plane.targetId })
})

test('a step key typed wrongly runs nothing (RL-21)', async () => {
  const before = h.plane.called('runNext').length
  const ran = await h.ssh(['-tt'], { input: 'open HB-2026-0007\nrun\nrestrat\nquit' })
  expect(plainText(ran.out)).toContain('Not confirmed')
  expect(plainText(ran.out)).toContain('change.confirmation_mismatch · RL-21')
  await told('run change.confirmation_mismatch')
  expect(h.plane.called('runNext')).toHaveLength(before)
})

test('the prompt speaks Chinese to a person whose language it is', async () => {
  h.plane.locale = 'zh-CN'
  const ran = await h.ssh(['-tt'], { input: 'status\nquit' }).finally(() => {
    h.plane.locale = 'en'
  })
  expect(plainText(ran.out)).toContain('先用 open <编号> 打开变更')
})

test('a wrong code, an unknown key or a foreign name do not log on (NT-A01)', async () => {
  expect((await h.ssh(['status', 'HB-2026-0007'], { code: '000000' })).code).toBe(255)
  const known = [...h.plane.fingerprints]
  h.plane.fingerprints.clear()
  expect((await h.ssh(['status', 'HB-2026-0007'])).code).toBe(255)
  for (const one of known) h.plane.fingerprints.add(one)
  expect((await h.ssh(['status', 'HB-2026-0007'])).code).toBe(0)
})

const told = (entry: string, times = 1) => until(() => refusals().filter((seen) => seen === entry).length >= times)
const refusals = () => h.plane.called('reportRefusal').map(({ body }) => `${body.channel} ${body.code}`)
const options = () => [...h.sshOptions, '-P', String(h.bastion?.sshPort)]
test('every channel but the prompt is refused to real clients and reported (F10, S3-A.8)', async () => {
  const { sshPort } = h.bastion as { sshPort: number }
  const to = 'wang.qiang@127.0.0.1'
  writeFileSync(join(h.folder, 'secret.txt'), 'x')
  const ran = async (program: string, args: string[]) => (await h.run(program, args, { ms: 6_000 })).code

  const asked = await h.ssh(['id'])
  expect(asked.code).toBe(1)
  expect(asked.err).toContain('session.no_purpose · RL-19')
  await told('exec session.no_purpose')
  expect((await h.ssh(['status HB-2026-0007; id'])).out).not.toContain('uid=')
  expect((await h.ssh(['-T'])).code).not.toBe(0)
  await told('shell session.direct_shell_refused')
  expect(await ran('scp', ['-O', ...options(), join(h.folder, 'secret.txt'), `${to}:/tmp/`])).not.toBe(0)
  expect(await ran('scp', [...options(), join(h.folder, 'secret.txt'), `${to}:/tmp/`])).not.toBe(0)
  expect(h.plane.transfers.asked).toMatchObject([
    { channel: 'scp', direction: 'in', path: '/tmp' },
    { channel: 'sftp', direction: 'in', path: '/tmp' },
  ])
  expect((await h.ssh(['-s', 'netconf'])).code).not.toBe(0)
  await told('subsystem session.channel_refused')

  const ssh = (...args: string[]) => ran('ssh', [...h.sshOptions, '-p', String(sshPort), ...args])
  expect(await ssh('-W', `127.0.0.1:${h.target.port}`, to)).not.toBe(0)
  await told('direct-tcpip session.forwarding_refused')
  expect(await ssh('-o', 'ExitOnForwardFailure=yes', '-N', '-R', '0:127.0.0.1:22', to)).not.toBe(0)
  await told('tcpip-forward session.forwarding_refused')
  await ssh('-o', 'SetEnv=LD_PRELOAD=/x', to, 'status', 'HB-2026-0007')
  await told('env session.channel_refused')

  const socket = join(h.folder, 'agent')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  await until(() => readdirSync(h.folder).includes('agent'))
  await h.run('ssh', [...h.sshOptions, '-A', '-p', String(sshPort), to, 'status', 'HB-2026-0007'], {
    env: { SSH_AUTH_SOCK: socket },
  })
  agent.kill()
  await told('auth-agent-req session.forwarding_refused')
}, 60_000)

test('a killed session ends its channel and says so (NT-A12)', async () => {
  const sessionId = await h.openSession()
  const file = join(h.target.folder, 'begun')
  const grant = h.plane.giveRun(line(`echo begun; touch ${file}; sleep 30; echo late`), {}, sessionId)
  await until(() => existsSync(file), 20_000)
  const at = performance.now()
  h.plane.give({ kind: 'close', sessionId, drain: false, reason: 'supervisor' })
  const finished = await finishedOf(grant.id, 20_000)
  console.info(`killed and reported after ${Math.round(performance.now() - at)} ms`)
  expect(finished).toMatchObject({
    outcome: 'killed',
    detail: 'supervisor; its processes on the target have ended',
    stdout: 'begun\n',
  })
  await until(() => h.plane.called('sessionSealed').some((call) => call.params.sessionId === sessionId))
})

test('draining lets the running step finish', async () => {
  const sessionId = await h.openSession()
  const grant = h.plane.giveRun(line('sleep 0.5; echo whole'), {}, sessionId)
  await until(() => h.plane.started.has(grant.id))
  h.plane.give({ kind: 'close', sessionId, drain: true, reason: 'window' })
  expect(await finishedOf(grant.id)).toMatchObject({ outcome: 'exited', stdout: 'whole\n' })
  await until(() => h.plane.called('sessionSealed').some((call) => call.params.sessionId === sessionId))
})

test('exit codes, signals and timeouts are told apart; scripts and files arrive by standard input', async () => {
  const sessionId = await h.openSession()
  const run = async (action: Parameters<typeof h.plane.giveRun>[0], over = {}) =>
    finishedOf(h.plane.giveRun(action, over, sessionId).id)
  expect(await run(line('echo bad >&2; exit 7'))).toMatchObject({ outcome: 'exited', exitCode: 7, stderr: 'bad\n' })
  expect(await run(line('kill -9 $$'))).toMatchObject({ outcome: 'signalled', signal: 'SIGKILL', exitCode: null })
  expect(await run(line('sleep 20'), { timeoutMs: 1_000 })).toMatchObject({ outcome: 'timed-out', exitCode: null })
  expect(await run({ kind: 'script', interpreter: 'sh', text: 'x=政务\necho "$x"\n' })).toMatchObject({ stdout: '政务\n' })
  const path = join(h.target.folder, 'placed.conf')
  const text = 'listen 443\n'
  expect(await run({ kind: 'file', path, mode: '0640', sha256: hex(sha256(utf8(text))), text })).toMatchObject({ exitCode: 0 })
  expect(await run(line(`cat ${path}`))).toMatchObject({ stdout: text })
})

test('a command other than the granted one, another gateway or another key runs nothing (RL-07)', async () => {
  const sessionId = await h.openSession()
  const touched = join(h.target.folder, 'touched')
  const wrong = h.plane.grant(line(`touch ${touched}`), { sessionId, commandDigest: 'b'.repeat(64) })
  h.plane.give(h.plane.runWork(wrong, line('x')))
  expect(await finishedOf(wrong.id)).toMatchObject({ outcome: 'not-started', detail: 'command differs from the approved one' })
  const foreign = h.plane.grant(line(`touch ${touched}`), { sessionId, gatewayId: 'gw-2' })
  h.plane.give(h.plane.runWork(foreign, line('x')))
  await until(() => h.log.some((entry) => entry.detail === 'grant of another gateway'))
  const late = h.plane.grant(line(`touch ${touched}`), { sessionId, notAfter: new Date(Date.now() - 1).toISOString() })
  h.plane.give(h.plane.runWork(late, line('x')))
  expect(await finishedOf(late.id)).toMatchObject({ detail: 'grant not live' })
  const forged = h.plane.grant(line(`touch ${touched}`), { sessionId })
  const work = h.plane.runWork(forged, line('x'))
  h.plane.give({ ...work, grant: { ...(work.grant as object), payload: JSON.stringify({ ...forged, danger: 1 }) } })
  await until(() =>
    h.log.some(
      (entry) => entry.detail === 'grant signature: signature_wrong' || entry.detail === 'grant signature: not_canonical',
    ),
  )
  expect(h.plane.started.has(forged.id)).toBe(false)
  expect(readdirSync(h.target.folder)).not.toContain('touched')
})

test('a target with another host key gets no byte', async () => {
  const sessionId = await h.openSession()
  const other = { ...h.plane.grant(line('id')).target, hostKeySha256: `SHA256:${'B'.repeat(43)}` }
  const grant = h.plane.giveRun(line('id'), { target: other }, sessionId)
  expect(await finishedOf(grant.id)).toMatchObject({ outcome: 'not-started', stdout: '' })
})

test('work that is answered twice runs once (NT-B16)', async () => {
  const sessionId = await h.openSession()
  const counter = join(h.target.folder, 'counter')
  const grant = h.plane.grant(line(`echo once >> ${counter}`), { sessionId })
  const item = h.plane.runWork(grant, line('x'))
  const workId = h.plane.give(item)
  await finishedOf(grant.id)
  h.plane.give({ ...item, workId })
  h.plane.give(item)
  const read = h.plane.giveRun(line(`cat ${counter}`), {}, sessionId)
  await until(() => h.plane.work.size === 0)
  h.plane.finished.delete(read.id)
  const again = h.plane.giveRun(line(`cat ${counter}`), {}, sessionId)
  expect(await finishedOf(again.id)).toMatchObject({ stdout: 'once\n' })
})

test('the recording is sealed: every digest and the manifest are those of what was uploaded (RL-36)', async () => {
  const sessionId = await h.openSession()
  const grant = h.plane.giveRun(line('echo recorded'), {}, sessionId)
  await finishedOf(grant.id)
  h.plane.give({ kind: 'close', sessionId, drain: false, reason: 'done' })
  const seal = () => h.plane.called('sessionSealed').find((call) => call.params.sessionId === sessionId)
  await until(() => seal() !== undefined)
  const puts = h.plane.called('putSegment').filter((call) => call.params.sessionId === sessionId)
  const segments = puts.map(({ body }) => {
    const data = Buffer.from(body.data as string, 'base64')
    expect(body).toMatchObject({ sm3: hex(sm3(data)), sha256: hex(sha256(data)) })
    return { index: body.index as number, sm3: body.sm3 as string, sha256: body.sha256 as string, bytes: data.length }
  })
  const manifest = hex(sm3(utf8(manifestText({ sessionId, reason: 'done', segments }))))
  expect(seal()?.body).toMatchObject({ segments: segments.length, manifestSm3: manifest })
  const [header, ...events] = h
    .recorded(sessionId)
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as unknown)
  expect(header).toMatchObject({ version: 2 })
  expect(events.map((event) => (event as string[])[2]).join('')).toContain('recorded\r\n')
  await until(() => !readdirSync(h.config.spoolDir).includes(sessionId))
})

test('without a recorder there is no session (NT-D01)', async () => {
  const spoolDir = join(h.folder, 'broken-spool')
  rmSync(spoolDir, { recursive: true, force: true })
  // A file where the folder should be refuses even root.
  writeFileSync(spoolDir, '')
  chmodSync(spoolDir, 0o400)
  const other = new GatewayHarness()
  await other.prepare()
  other.config = { ...other.config, spoolDir }
  other.bastion = await startBastion(other.config, { now: () => new Date() }, (entry) => other.log.push(entry))
  other.plane.giveOpen()
  await until(() => other.plane.called('sessionRefused').length === 1)
  const grant = other.plane.giveRun(line('id'))
  await until(() => other.log.some((entry) => entry.event === 'run_refused' && entry.detail === 'no live session'))
  expect(other.plane.called('sessionOpened')).toHaveLength(0)
  expect(other.plane.started.has(grant.id)).toBe(false)
  await other.stop()
})

test('a spool that fails in the middle ends what it records, and a gap is declared (NT-D02)', async () => {
  const sessionId = await h.openSession()
  const folder = join(h.config.spoolDir, sessionId)
  const grant = h.plane.giveRun(line('for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 1; done'), {}, sessionId)
  await until(() => h.plane.started.has(grant.id))
  rmSync(folder, { recursive: true })
  writeFileSync(folder, '')
  expect(await finishedOf(grant.id, 10_000)).toMatchObject({ outcome: 'killed' })
  await until(() => h.plane.called('sessionGap').some((call) => call.params.sessionId === sessionId))
  expect(h.plane.called('gatewayPause').find((call) => call.params.sessionId === sessionId)?.body).toMatchObject({
    reason: 'recorder-lag',
  })
  rmSync(folder)
})

test('a gateway killed in the middle of a step says unknown after its restart and never repeats it (itsm §4.4)', async () => {
  const other = new GatewayHarness()
  await other.prepare()
  const configFile = join(other.folder, 'config.json')
  writeFileSync(configFile, JSON.stringify(other.config))
  const boot = (): ChildProcess => spawnConfined(other, configFile)
  const first = boot()
  await until(() => other.plane.called('claimWork').length > 0)
  other.plane.giveOpen()
  await until(() => other.plane.called('sessionOpened').length === 1)
  const counter = join(other.target.folder, 'counter')
  const grant = other.plane.giveRun(line(`echo ran >> ${counter}; sleep 20`))
  await until(() => other.plane.started.has(grant.id) && readdirSync(other.target.folder).includes('counter'))
  first.kill('SIGKILL')
  await new Promise((resolve) => first.on('exit', resolve))
  other.plane.unsealed.push({ sessionId: other.plane.sessionId, segments: other.plane.called('putSegment').length })
  const second = boot()
  await until(() => other.plane.finished.has(grant.id), 15_000)
  expect(other.plane.finished.get(grant.id)).toMatchObject({ outcome: 'unknown' })
  await until(() => other.plane.called('sessionGap').length === 1)
  other.plane.unsealed.length = 0
  await until(() => other.plane.called('claimWork').length > 2)
  const read = other.plane.grant(line(`cat ${counter}`))
  other.plane.giveOpen('01990000-0000-7000-8000-000000000001')
  other.plane.give(other.plane.runWork({ ...read, sessionId: '01990000-0000-7000-8000-000000000001' }, line('x')))
  await until(() => other.plane.finished.has(read.id))
  expect(other.plane.finished.get(read.id)).toMatchObject({ stdout: 'ran\n' })
  second.kill('SIGTERM')
  await new Promise((resolve) => second.on('exit', resolve))
  await other.stop()
}, 60_000)

test('a result that only the disk knew is told before the greeting, which declares the rest unknown', async () => {
  const other = new GatewayHarness()
  await other.prepare()
  const known = randomUUID()
  const lost = randomUUID()
  const finished = {
    outcome: 'exited',
    exitCode: 0,
    signal: null,
    detail: '',
    stdout: 'done\n',
    stderr: '',
    stdoutBytes: 5,
    stderrBytes: 0,
    outputSha256: 'a'.repeat(64),
    durationMs: 7,
  }
  mkdirSync(join(other.config.stateDir, 'pending'))
  writeFileSync(join(other.config.stateDir, 'pending', `${known}.json`), JSON.stringify({ finished }))
  writeFileSync(join(other.config.stateDir, 'pending', `${lost}.json`), '{}')
  await other.start()
  const said = other.plane.calls
    .filter(({ name }) => name === 'gatewayHello' || name === 'grantFinished')
    .map(({ name, params, body }) => [name, params.grantId, body.outcome])
  expect(said).toEqual([
    ['grantFinished', known, 'exited'],
    ['gatewayHello', undefined, undefined],
    ['grantFinished', lost, 'unknown'],
  ])
  expect(readdirSync(join(other.config.stateDir, 'pending'))).toEqual([])
  await other.stop()
})

test('a signer that is being restarted is waited for: nothing has run yet', async () => {
  const sessionId = await h.openSession()
  let asked = 0
  h.plane.instead.set('requestCertificate', () => {
    asked += 1
    throw new No(503, 'part.unavailable')
  })
  const grant = h.plane.giveRun(line('echo late'), {}, sessionId)
  await until(() => asked > 1)
  h.plane.instead.clear()
  expect(await finishedOf(grant.id, 20_000)).toMatchObject({ outcome: 'exited', stdout: 'late\n' })
})
