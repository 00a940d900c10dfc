import { execFileSync } from 'node:child_process'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quarantineMs } from '@huabiao/domains/transfer/transfer.model'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { PacketReader } from './sftp-packets.ts'
import { GatewayHarness, until } from './testing/gateway-harness.ts'

/** The doors of files as people use them: real sftp, scp and scp -O of OpenSSH against the gateway. */

const h = new GatewayHarness()
const { transfers } = h.plane
const to = 'wang.qiang@127.0.0.1'
const content = randomBytes(2_500_000)
const place = '/upload/CHG-1/deploy/app.tgz'
let options: string[] = []
beforeAll(async () => {
  await h.prepare()
  await h.start()
  options = [...h.sshOptions, '-P', String(h.bastion!.sshPort)]
  writeFileSync(join(h.folder, 'app.tgz'), content)
  writeFileSync(join(h.folder, 'other.tgz'), randomBytes(2_500_000))
  writeFileSync(join(h.folder, 'large.tgz'), Buffer.concat([content, Buffer.of(1)]))
}, 60_000)
afterAll(() => h.stop())
beforeEach(() => {
  transfers.places = []
  transfers.offer(place, content)
  transfers.asked.length = 0
  transfers.ended.clear()
})
const run = (program: string, args: string[], input?: string) =>
  h.run(program, args, { ms: 60_000, ...(input === undefined ? {} : { input }) })
const put = (name: string, where: string, ...more: string[]) =>
  run('scp', [...more, ...options, join(h.folder, name), `${to}:${where}`])
const batch = (lines: string[]) => {
  writeFileSync(join(h.folder, 'batch'), `${lines.join('\n')}\n`)
  return run('sftp', [...options, '-o', 'BatchMode=no', '-b', join(h.folder, 'batch'), to])
}
const lastEnd = () => [...transfers.ended.values()].at(-1)
const spool = () => readdirSync(join(h.folder, 'spool', 'quarantine'))

test.each([
  ['scp', []],
  ['scp -O', ['-O']],
])('%s brings in what the plan pins, and nothing stays behind', async (_, more) => {
  const done = await put('app.tgz', place, ...more)
  expect(done, done.err).toMatchObject({ code: 0 })
  expect(lastEnd()).toMatchObject({ outcome: 'complete', bytes: content.length, refusal: null })
  expect(spool()).toEqual([])
  const [id] = [...transfers.ended.keys()]
  expect(Buffer.concat(transfers.parts.get(id!)!).equals(content)).toBe(true)
})
test('a folder takes the file under its own name', async () => {
  expect(await put('app.tgz', '/upload/CHG-1/deploy/', '-O')).toMatchObject({ code: 0 })
  expect(await put('app.tgz', '/upload/CHG-1/deploy')).toMatchObject({ code: 0 })
  expect(transfers.asked.map(({ path }) => path)).toEqual([place, place])
})
test('sftp shows the places there are and nothing else, and takes a file', async () => {
  const done = await batch([
    'ls -l',
    'cd upload/CHG-1/../CHG-1',
    'ls',
    'ls deploy',
    'ls /etc',
    `put ${join(h.folder, 'app.tgz')} deploy/app.tgz`,
  ])
  expect(done.out).toContain('download')
  expect(done.out).toContain('upload')
  expect(done.out).toMatch(/deploy\/app\.tgz/)
  expect(done.err + done.out).toMatch(/"\/etc" not found/)
  expect(transfers.ended.size, 'a batch ends at what fails').toBe(0)
  expect((await batch([`put ${join(h.folder, 'app.tgz')} ${place}`, 'ls -l /upload/CHG-1/deploy'])).out).toMatch(
    /2500000.*app\.tgz/,
  )
  expect(lastEnd()).toMatchObject({ outcome: 'complete' })
})
test.each([
  ['scp', []],
  ['scp -O', ['-O']],
])('%s: other bytes are refused with their reason, and kept in quarantine', async (_, more) => {
  const done = await put('other.tgz', place, ...more)
  expect(done.code).not.toBe(0)
  expect(done.err).toContain('transfer.digest_mismatch · RL-12')
  expect(lastEnd()).toMatchObject({ outcome: 'refused', code: 'transfer.digest_mismatch', kept: true })
  const [id] = [...transfers.ended.keys()]
  expect(
    readFileSync(join(h.folder, 'spool', 'quarantine', `${id}.kept`)).equals(readFileSync(join(h.folder, 'other.tgz'))),
  ).toBe(true)
})
test.each([
  ['scp', []],
  ['scp -O', ['-O']],
])('%s: one byte too many ends it, and no more is written than the plan says', async (_, more) => {
  const done = await put('large.tgz', place, ...more)
  expect(done.code).not.toBe(0)
  expect(done.err).toContain('transfer.too_large · RL-07')
  const [id] = [...transfers.ended.keys()]
  expect(statSync(join(h.folder, 'spool', 'quarantine', `${id}.kept`)).size).toBeLessThanOrEqual(content.length)
})
test.each([
  ['scp', []],
  ['scp -O', ['-O']],
])('%s: what no plan places, and what no ticket names, does not move', async (_, more) => {
  const up = await put('app.tgz', '/upload/CHG-1/deploy/else.tgz', ...more)
  expect(up.code).not.toBe(0)
  expect(up.err).toContain('transfer.not_in_plan · RL-07')
  const down = await run('scp', [...more, ...options, `${to}:/etc/passwd`, h.folder])
  expect(down.code).not.toBe(0)
  expect(existsSync(join(h.folder, 'passwd'))).toBe(false)
  expect(down.err).toContain('transfer.no_ticket · RL-22')
  expect(transfers.asked.map(({ direction, path }) => `${direction} ${path}`)).toEqual([
    'in /upload/CHG-1/deploy/else.tgz',
    'out /etc/passwd',
  ])
  expect(transfers.ended.size).toBe(0)
})
test('sftp: get, rename, remove, mkdir, symlink, chmod and append are refused and told', async () => {
  const tried = [
    `get ${place} /dev/null`,
    `rename ${place} /x`,
    `rm ${place}`,
    'mkdir /upload/x',
    'ln -s /etc /upload/y',
    `chmod 777 ${place}`,
    `reput ${join(h.folder, 'app.tgz')} ${place}`,
  ]
  for (const line of tried) expect((await batch([line])).code, line).not.toBe(0)
  const said = transfers.asked.map(({ direction, refused }) => refused ?? direction)
  expect(said.filter((one) => one === 'out')).toHaveLength(1)
  expect(said.filter((one) => one === 'transfer.operation_refused').length).toBeGreaterThanOrEqual(5)
})
const uint32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(n >>> 0)
  return bytes
}
const string = (text: string | Buffer): Buffer => Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text as string)])
const packet = (type: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat([Buffer.of(type), ...parts])
  return Buffer.concat([uint32(body.length), body])
}
const init = packet(1, uint32(3))
const statusOf = (answer: Buffer): number => (answer[0] === 101 ? answer.readUInt32BE(5) : -1)
/** Sends packets as no client would, and answers what came back, packet by packet. */
async function raw(...packets: Buffer[]) {
  const { sshPort } = h.bastion!
  const done = await h.pipe('ssh', [...h.sshOptions, '-p', String(sshPort), to, '-s', 'sftp'], Buffer.concat([init, ...packets]))
  const answers = [...new PacketReader().feed(done.out)]
  expect(answers[0]?.[0], done.err).toBe(2)
  return { ...done, answers: answers.slice(1) }
}
test('a thousand handles: the first few are given, the rest refused, and all uploads left open have come to nothing', async () => {
  const opens = Array.from({ length: 1_000 }, (_, i) => packet(3, uint32(i), string(place), uint32(0x1a), uint32(0)))
  const { answers } = await raw(...opens)
  expect(answers).toHaveLength(1_000)
  expect(answers.filter((one) => one[0] === 102)).toHaveLength(4)
  expect(answers.filter((one) => statusOf(one) === 4)).toHaveLength(996)
  expect([...transfers.ended.values()].map(({ code }) => code)).toEqual(Array(4).fill('transfer.interrupted'))
  const folders = await raw(...Array.from({ length: 1_000 }, (_, i) => packet(11, uint32(i), string('/'))))
  expect(folders.answers.filter((one) => one[0] === 102)).toHaveLength(32)
  expect(spool().filter((name) => name.endsWith('.in'))).toEqual([])
}, 60_000)
test('handles of nobody, reads of any length and writes out of order are refused', async () => {
  const guess = string(Buffer.alloc(8, 1))
  const { answers } = await raw(
    packet(5, uint32(1), guess, Buffer.alloc(8, 255), uint32(0xffffffff)),
    packet(6, uint32(2), guess, Buffer.alloc(8), string('x')),
    packet(4, uint32(3), guess),
    packet(8, uint32(4), guess),
    packet(12, uint32(5), guess),
    packet(200, uint32(6), string('posix-rename@openssh.com'), string('a'), string('b')),
    packet(99, uint32(7)),
  )
  expect(answers.map(statusOf)).toEqual([4, 4, 4, 4, 4, 8, 8])
})
test.each([
  ['..', '/../../../../../../etc/passwd', '/etc/passwd'],
  ['// and .', '//etc/.//passwd', '/etc/passwd'],
  ['NUL', '/upload/CHG-1/deploy/app.tgz\0.txt', '/upload/CHG-1/deploy/app.tgz·.txt'],
  ['marks that turn text', '/upload/CHG-1/deploy/\u202egzt.ppa', '/upload/CHG-1/deploy/·gzt.ppa'],
  ['4096 bytes', `/${'a'.repeat(4095)}`, `/${'a'.repeat(1023)}`],
  ['no UTF-8', Buffer.from([0x2f, 0xff, 0xfe]), '/··'],
])('path tricks lead nowhere: %s', async (_, path, asked) => {
  const { answers } = await raw(packet(3, uint32(1), string(path), uint32(0x1a), uint32(0)), packet(17, uint32(2), string(path)))
  expect(answers.map(statusOf)).toEqual([3, 2])
  expect(transfers.asked[0]?.path).toBe(asked)
})
test('bytes that are no SFTP end the channel, and the gateway lives', async () => {
  const { code, answers } = await raw(Buffer.from('ffffffff00', 'hex'), packet(17, uint32(2), string('/')))
  expect(code).not.toBe(0)
  expect(answers).toEqual([])
  expect((await batch(['ls /'])).code).toBe(0)
})
test('a content too large for a plan reaches the target by the granted step, and is read back there', async () => {
  const sessionId = await h.openSession()
  const path = join(h.folder, 'placed.bin')
  const sha256 = createHash('sha256').update(content).digest('hex')
  const action = { kind: 'artifact' as const, path, mode: '0640' as const, sha256, bytes: content.length }
  const placing = (transferId: string) => {
    const grant = h.plane.grant(action, { sessionId })
    h.plane.give({ ...h.plane.runWork(grant, action), content: { transferId, bytes: content.length, parts: 3 } })
    return grant.id
  }
  const transferId = '0199c0de-0000-7000-8000-00000000cafe'
  transfers.contents.set(transferId, content)
  const good = placing(transferId)
  await until(() => h.plane.finished.has(good), 30_000)
  expect(h.plane.finished.get(good)).toMatchObject({ outcome: 'exited', exitCode: 0, stdout: `${path}: OK\n` })
  expect(readFileSync(path).equals(content)).toBe(true)
  // Other bytes from wherever: the gateway finds that they are not what was approved, and nothing runs.
  transfers.contents.set(transferId, Buffer.alloc(content.length))
  const forged = placing(transferId)
  await until(() => h.plane.finished.has(forged), 30_000)
  expect(h.plane.finished.get(forged)).toMatchObject({ outcome: 'not-started' })
}, 90_000)
const ticket = '/download/OUT-20261125-0a0b0c0d/app.log'
test.each([
  ['scp', []],
  ['scp -O', ['-O']],
])('%s takes out what a ticket gives, whole and on record', async (_, more) => {
  transfers.offer(ticket, content, 'out')
  const done = await run('scp', [...more, ...options, `${to}:${ticket}`, join(h.folder, 'got.log')])
  expect(done, done.err).toMatchObject({ code: 0 })
  expect(readFileSync(join(h.folder, 'got.log')).equals(content)).toBe(true)
  const sha256 = createHash('sha256').update(content).digest('hex')
  await until(() => lastEnd() !== undefined)
  expect(lastEnd()).toMatchObject({ outcome: 'delivered', bytes: content.length, sha256 })
})
test('sftp shows it, and gets it; a download that breaks off is no delivery', async () => {
  transfers.offer(ticket, content, 'out')
  const done = await batch(['ls -l /download/OUT-20261125-0a0b0c0d', `get ${ticket} ${join(h.folder, 'got2.log')}`])
  expect(done.out).toMatch(/-r-{8}.* 2500000 .*app\.log/)
  expect(readFileSync(join(h.folder, 'got2.log')).equals(content)).toBe(true)
  await until(() => lastEnd()?.outcome === 'delivered')
  const opened = await raw(packet(3, uint32(1), string(ticket), uint32(1), uint32(0)))
  expect(opened.answers[0]?.[0]).toBe(102)
  await until(() => lastEnd()?.outcome === 'refused')
  expect(lastEnd()).toMatchObject({ code: 'transfer.interrupted', bytes: 0 })
})
test('a file is read from a target by a granted command that only reads, and goes to evidence, not into the recording', async () => {
  const sessionId = await h.openSession()
  const path = join(h.folder, 'app.log')
  const secret = Buffer.from('SECRET-IN-THE-FILE ')
  const file = Buffer.concat([secret, content])
  writeFileSync(path, file)
  const fetching = (line: string, maxBytes: number, over = {}) => {
    const grant = h.plane.grant({ kind: 'command', line }, { kind: 'observe', stepKey: 'observe', danger: 1, sessionId, ...over })
    const { grant: envelope } = h.plane.runWork(grant, { kind: 'command', line }) as { grant: object }
    const transferId = randomUUID()
    h.plane.give({ kind: 'fetch', sessionId, grant: envelope, transferId, maxBytes, label: 'OUT-1 app.log' })
    return { transferId, grantId: grant.id }
  }
  const good = fetching(`head -c 10000000 ${path}`, 9_999_999)
  await until(() => h.plane.finished.has(good.grantId), 30_000)
  const digest = createHash('sha256').update(file).digest('hex')
  expect(transfers.ended.get(good.transferId)).toMatchObject({ outcome: 'complete', bytes: file.length, sha256: digest })
  expect(Buffer.concat(transfers.parts.get(good.transferId)!).equals(file)).toBe(true)
  expect(h.plane.finished.get(good.grantId)).toMatchObject({ outcome: 'exited', exitCode: 0, stdout: '' })

  const missing = fetching('head -c 10 /nothing/there', 9)
  await until(() => h.plane.finished.has(missing.grantId), 30_000)
  expect(transfers.ended.get(missing.transferId)).toMatchObject({ outcome: 'refused', code: 'transfer.fetch_failed' })
  expect(h.plane.finished.get(missing.grantId)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('No such file') })

  const large = fetching(`head -c 1001 ${path}`, 1_000)
  await until(() => transfers.ended.has(large.transferId), 30_000)
  expect(transfers.ended.get(large.transferId)).toMatchObject({ outcome: 'refused', code: 'transfer.too_large' })

  // A grant of a step is no leave to take a file out, and one that writes is no grant to look.
  const step = fetching(`head -c 10 ${path}`, 9, { kind: 'planned', stepKey: 'restart' })
  await until(() => transfers.ended.has(step.transferId), 30_000)
  expect(transfers.ended.get(step.transferId)).toMatchObject({ outcome: 'refused', code: 'transfer.fetch_failed', bytes: 0 })
  const writes = fetching(`rm ${path}`, 9)
  await until(() => transfers.ended.has(writes.transferId), 30_000)
  expect(existsSync(path)).toBe(true)

  // What does not come to an end is ended with its session, on the target too.
  const pipe = join(h.folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const endless = fetching(`head -c 10 ${pipe}`, 9)
  await until(() => h.plane.started.has(endless.grantId), 30_000)
  h.plane.give({ kind: 'close', sessionId, drain: false, reason: 'fetched' })
  await until(() => h.plane.finished.has(endless.grantId), 30_000)
  expect(h.plane.finished.get(endless.grantId)?.outcome).toMatch(/killed|not-started/)
  await until(() => h.plane.called('sessionSealed').some((call) => call.params.sessionId === sessionId), 30_000)
  const recording = h.recorded(sessionId)
  expect(recording).toContain(`sha256:${digest}`)
  expect(recording).not.toContain('SECRET-IN-THE-FILE')
}, 120_000)
test('directories do not go up, by either protocol', async () => {
  for (const more of [['-r'], ['-r', '-O']])
    expect((await run('scp', [...more, ...options, join(h.folder, 'state'), `${to}:/upload/`])).code).not.toBe(0)
  expect(transfers.ended.size).toBe(0)
})
test('the plan decides: a refusal of the change reaches the person in their words', async () => {
  transfers.places = []
  transfers.refusal = 'change.outside_window'
  expect((await put('app.tgz', place)).err).toContain('change.outside_window · RL-02')
  transfers.refusal = 'transfer.not_in_plan'
})
test('a file whose time in quarantine is over is told to be gone, and is; one that lay half received is told at the next start', async () => {
  const folder = join(h.folder, 'spool', 'quarantine')
  await h.bastion!.close()
  const [kept] = spool().filter((name) => name.endsWith('.kept'))
  const old = (Date.now() - quarantineMs - 60_000) / 1000
  utimesSync(join(folder, kept!), old, old)
  const half = '0199c0de-0000-7000-8000-00000000beef'
  writeFileSync(join(folder, `${half}.in`), 'half')
  await h.start()
  options = [...h.sshOptions, '-P', String(h.bastion!.sshPort)]
  expect(transfers.ended.get(half)).toMatchObject({ outcome: 'refused', code: 'transfer.interrupted', kept: false, bytes: 4 })
  await until(() => transfers.purged.includes(kept!.slice(0, 36)))
  await until(() => !spool().includes(kept!))
  expect(spool()).not.toContain(`${half}.in`)
})
