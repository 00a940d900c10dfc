import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ssh2, { type Client } from 'ssh2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { login, password, totp } from './testing/control-plane-double.ts'
import { GatewayHarness, plainText, until } from './testing/gateway-harness.ts'

const h = new GatewayHarness()
beforeAll(async () => {
  await h.prepare()
  await h.start()
})
afterAll(() => h.stop())

/** Connects by keyboard-interactive with the answers given, in order of the prompts. */
function connected(answers: (prompts: { prompt: string }[]) => string[], over: object = {}): Promise<Client> {
  const client = new ssh2.Client()
  return new Promise((resolve, reject) => {
    client.on('ready', () => resolve(client))
    client.on('error', reject)
    client.on('close', () => reject(new Error('closed')))
    client.on('keyboard-interactive', (_name, _instructions, _lang, prompts, finish) =>
      finish(answers(prompts as { prompt: string }[])),
    )
    client.connect({ host: '127.0.0.1', port: h.bastion?.sshPort, username: login, tryKeyboard: true, ...over })
  })
}
const both = (prompts: { prompt: string }[]): string[] => (prompts.length === 2 ? [password, totp] : [totp])
const told = () => h.plane.called('reportRefusal').map(({ body }) => `${body.channel} ${body.code}`)

test('password and code log on together; a wrong one of them does not, and the password stays out of log and recording', async () => {
  ;(await connected(both)).end()
  await expect(connected(() => ['Wrong-horse-9', totp])).rejects.toThrow()
  await expect(connected(() => [password, '111111'])).rejects.toThrow()
  expect(JSON.stringify(h.log)).not.toMatch(/Correct-horse|Wrong-horse|246810/)
})

test('somebody else’s public key without its signature opens nothing (F1, F2, NT-A01)', async () => {
  const stolen = ssh2.utils.parseKey(readFileSync(join(h.folder, 'person')))
  if (stolen instanceof Error) throw stolen
  stolen.sign = () => Buffer.alloc(64, 7)
  // The thief knows the code: only the signature stands between them and the session.
  const prompt = (_n: unknown, _i: unknown, _l: unknown, prompts: unknown[], done: (answers: string[]) => void): void =>
    done(prompts.length === 1 ? [totp] : ['Wrong-horse-9', totp])
  const authHandler = [
    { type: 'publickey', username: login, key: stolen },
    { type: 'keyboard-interactive', username: login, prompt },
  ]
  const before = h.plane.called('gatewayLogon').length
  await expect(connected(() => [], { authHandler })).rejects.toThrow()
  const tried = h.plane.called('gatewayLogon').slice(before)
  expect(tried.map(({ body }) => (body.first as { kind: string }).kind)).not.toContain('publickey')
})

test('no more than six failures on one connection (F3)', async () => {
  let tries = 0
  const authHandler = (_left: unknown, _partial: unknown, next: (method: object) => void): void => {
    tries++
    next({
      type: 'keyboard-interactive',
      username: login,
      prompt: (_a: unknown, _b: unknown, _c: unknown, _d: unknown, done: (answers: string[]) => void) => done(['x', '000000']),
    })
  }
  await expect(connected(() => [], { authHandler })).rejects.toThrow()
  expect(tries).toBeLessThanOrEqual(7)
})

test('a second channel and x11 are refused and reported (F10)', async () => {
  const client = await connected(both)
  await new Promise<void>((resolve, reject) => {
    client.shell((cause, channel) => {
      if (cause) return void reject(cause)
      channel.on('data', () => resolve())
    })
  })
  const second = await new Promise<Error | undefined>((resolve) => client.exec('status', (cause) => resolve(cause)))
  expect(second).toBeInstanceOf(Error)
  await until(() => told().includes('session session.channel_refused'))
  client.end()
  const other = await connected(both)
  other.exec('status HB-2026-0007', { x11: true }, () => undefined)
  await until(() => told().includes('x11-req session.forwarding_refused'))
  other.end()
})

test('an exec channel of a client that has ended its input still answers, with its status (F6, F7)', async () => {
  expect((await h.ssh(['status', 'HB-2026-0007'])).code).toBe(0)
  expect((await h.ssh(['run', 'HB-2026-0007', 'other-step'])).code).toBe(1)
  await until(() => told().includes('run change.not_next_step'))
})

test('observe sends one listed command as it was parsed, and nothing else (RL-19, RL-21)', async () => {
  const typed = "open HB-2026-0007\nobserve portal-web-01\necho 'a  b'\nrm -rf /\necho $(id)\ncat /etc/passwd; id\nquit\nquit"
  const ran = await h.ssh(['-tt'], { input: typed, ms: 18_000 })
  const seen = plainText(ran.out)
  expect(seen).toContain('\r\na  b\r\n')
  expect(seen).not.toContain('uid=')
  expect(h.plane.called('observeCommand').map(({ body }) => body.argv)).toEqual([['echo', 'a  b']])
  // Each is told which red line it met, and is in the ledger: a mutation, and what nobody listed.
  expect(seen).toContain('session.mutation_refused · RL-15')
  expect(seen).toContain('session.command_not_listed · RL-21')
  await until(() => told().filter((entry) => entry === 'observe session.command_not_listed').length === 2)
  expect(told()).toContain('observe session.mutation_refused')
  await until(() => h.plane.called('sessionSealed').length > 0)
  const recorded = h.recorded(h.plane.sessionId)
  expect(recorded).toContain('a  b')
})

/** A browser's socket: what it has shown, and how it ended. */
function browser(path: string, origin = 'http://console.test') {
  const socket = new WebSocket(`ws://127.0.0.1:${h.bastion?.wsPort}${path}`, { origin })
  const state = { socket, shown: '', status: 0, open: false, closed: 0 }
  socket.on('open', () => {
    state.open = true
  })
  socket.on('message', (data) => {
    state.shown += String(data)
  })
  socket.on('unexpected-response', (_request, answer) => {
    state.status = answer.statusCode ?? 0
  })
  socket.on('close', (code) => {
    state.closed = code
  })
  socket.on('error', () => undefined)
  return state
}

test('a watcher sees the first screen and the live bytes, and the end', async () => {
  const sessionId = await h.openSession()
  const first = h.plane.giveRun({ kind: 'command', line: 'echo before' }, {}, sessionId)
  await until(() => h.plane.finished.has(first.id))
  h.plane.tickets.set('t-watch', { kind: 'watch', sessionId, personName: '李敏' })
  const watcher = browser('/watch?ticket=t-watch')
  await until(() => watcher.shown.includes('before\r\n'))
  const second = h.plane.giveRun({ kind: 'command', line: 'echo live' }, {}, sessionId)
  await until(() => h.plane.finished.has(second.id))
  await until(() => watcher.shown.includes('live\r\n'))
  h.plane.give({ kind: 'close', sessionId, drain: false, reason: 'done' })
  await until(() => watcher.closed === 1000)
})

test('the web terminal is the same prompt; a ticket works once, for its own door and origin', async () => {
  const ticket = { kind: 'terminal', token: h.plane.token, personName: '王强', locale: 'zh-CN' }
  h.plane.tickets.set('t-1', ticket)
  const wrongOrigin = browser('/terminal?ticket=t-1', 'http://evil.test')
  await until(() => wrongOrigin.status === 403)
  const terminal = browser('/terminal?ticket=t-1')
  await until(() => terminal.shown.includes('华表运维堡垒机'))
  terminal.socket.send('changes\r')
  await until(() => terminal.shown.includes('HB-2026-0007'))
  terminal.socket.send('sudo -i\r')
  await until(() => terminal.shown.includes('已拒绝，并已记录') && terminal.shown.includes('session.root_refused · RL-17'))
  await until(() => told().includes('sudo session.root_refused'))
  expect(h.plane.called('reportRefusal').at(-1)?.body).toMatchObject({ door: 'web-terminal', detail: 'sudo -i' })
  const again = browser('/terminal?ticket=t-1')
  await until(() => again.status === 401)
  h.plane.tickets.set('t-2', ticket)
  const otherDoor = browser('/watch?ticket=t-2')
  await until(() => otherDoor.status === 401)
  terminal.socket.send('quit\r')
  await until(() => terminal.closed === 1000)
})
