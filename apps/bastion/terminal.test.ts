import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPiece, recordingKey } from '@huabiao/kit/crypto/key-seal'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { GatewayHarness, until } from './testing/gateway-harness.ts'
import { Typist } from './testing/typist.ts'

const h = new GatewayHarness()
let typist: Typist | undefined
beforeAll(async () => {
  await h.prepare()
  await h.start()
})
afterEach(() => typist?.leave())
afterAll(() => h.stop())

/** At the shell of a break-glass terminal, whose prompt is `HB> `. */
async function sitDown(): Promise<Typist> {
  typist = new Typist(h)
  await typist.until(/华表> /)
  typist.type('terminal EC-20261129-0001 portal-web-01 ops\r')
  await typist.until(/exit ends it\./)
  typist.type("bind 'set enable-bracketed-paste off'; PS1='H''B> '\r")
  await typist.until(/HB> /)
  return typist
}
const sealed = (sessionId: string) =>
  until(() => h.plane.called('sessionSealed').some((call) => call.params.sessionId === sessionId))
/** What was typed in a recording, opened with the signer's key. */
function typed(sessionId: string): string {
  const lines = h.recorded(sessionId).split('\n')
  const events = lines.slice(1).flatMap((line) => (line === '' ? [] : [JSON.parse(line) as [number, string, string]]))
  const announcement = events.find(([, code]) => code === 'K')?.[2] ?? ''
  const key = recordingKey(h.plane.sealing.privateKey, announcement, sessionId)
  return events
    .filter(([, code]) => code === 'k')
    .map(([, , piece], index) => openPiece(key, piece, index, sessionId).toString())
    .join('')
}
/** Processes that name the marker in their environment or command line. */
const processesWith = (marker: string): string[] =>
  readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readFileSync(join('/proc', name, 'cmdline'), 'latin1').includes(marker)
    } catch {
      return false
    }
  })

test('a raw terminal of an emergency: what it shows is recorded, its size follows the client’s, its end is the session’s', async () => {
  const me = await sitDown()
  me.type('id -un; stty size\r')
  expect(await me.until(/HB> /)).toMatch(new RegExp(`\\s${h.target.account}\\s+24 80\\s`))
  me.type('exit\r')
  await me.until(/The terminal has ended/)
  const { terminalId } = h.plane
  await sealed(terminalId)
  expect(h.recorded(terminalId)).toContain(`id -un; stty size`)
  expect(h.recorded(terminalId)).toContain('"r","80x24"')
  expect([...h.plane.finished.values()].at(-1)).toMatchObject({ outcome: 'exited', exitCode: 0 })
}, 60_000)

test('NT-D08 a password at a prompt without echo is in the recording sealed only', async () => {
  const me = await sitDown()
  me.type('read -rsp "Password: " secret; echo; printf %s "$secret" | wc -m\r')
  await me.until(/Password: $/)
  me.type('Tr0ub4dor&3\r')
  expect(await me.until(/HB> /)).toMatch(/\s11\s/)
  me.type('exit\r')
  await sealed(h.plane.terminalId)
  const recorded = h.recorded(h.plane.terminalId)
  expect(recorded).not.toContain('Tr0ub4dor')
  expect(recorded).toContain('11')
  expect(typed(h.plane.terminalId)).toContain('Tr0ub4dor&3\r')
}, 60_000)

test('NT-E09 a terminal that is killed leaves no process of its session, not even one that ignores the hang-up', async () => {
  const me = await sitDown()
  const marker = `31${Date.now() % 100_000}`
  me.type(`trap '' HUP; sh -c 'trap "" HUP TERM; sleep ${marker}' & nohup sleep ${marker}.5 >/dev/null 2>&1 &\r`)
  await me.until(/HB> /)
  await until(() => processesWith(marker).length >= 3)
  h.plane.give({ kind: 'close', sessionId: h.plane.terminalId, drain: false, reason: 'supervisor-order' })
  await me.until(/The terminal has ended/)
  await until(() => processesWith(marker).length === 0)
  await sealed(h.plane.terminalId)
}, 60_000)

test('a client that goes away ends the terminal', async () => {
  const me = await sitDown()
  const marker = `32${Date.now() % 100_000}`
  me.type(`sleep ${marker}\r`)
  await until(() => processesWith(marker).length >= 1)
  const before = h.plane.finished.size
  me.leave()
  await until(() => h.plane.finished.size > before)
  expect([...h.plane.finished.values()].at(-1)).toMatchObject({ outcome: 'killed' })
  await until(() => processesWith(marker).length === 0)
}, 60_000)

test('NT-B05 while the second person is away nothing is typed and nothing is shown; afterwards it goes on', async () => {
  const me = await sitDown()
  const { terminalId: sessionId } = h.plane
  h.plane.give({ kind: 'pause', sessionId, reason: 'reviewer-absent' })
  await me.until(/⏸ reviewer-absent/)
  me.type('echo lost\r')
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(me.screen.slice(me.screen.indexOf('⏸'))).not.toContain('lost')
  h.plane.give({ kind: 'resume', sessionId })
  await me.until(/▶/)
  me.type('echo here\r')
  await me.until(/\nhere\s/)
  me.type('exit\r')
  await sealed(sessionId)
  // What nobody let through was typed nowhere.
  expect(typed(sessionId)).not.toContain('lost')
}, 60_000)

test('NT-B05 a pause that comes while the terminal opens holds it from its first byte on', async () => {
  h.plane.instead.set('grantStarted', async () => {
    h.plane.give({ kind: 'pause', sessionId: h.plane.terminalId, reason: 'reviewer-absent' })
    await until(() => /⏸ reviewer-absent/.test(typist!.screen))
    return { now: new Date().toISOString() }
  })
  const me = new Typist(h)
  typist = me
  try {
    await me.until(/华表> /)
    me.type('terminal EC-20261129-0001 portal-web-01 ops\r')
    await me.until(/exit ends it\./)
    // Typed before there is a terminal: it waits for the seat.
    me.type('echo lost\r')
    await until(() => h.recorded(h.plane.terminalId).includes('"r","80x24"'), 20_000)
  } finally {
    h.plane.instead.delete('grantStarted')
  }
  const { terminalId: sessionId } = h.plane
  h.plane.give({ kind: 'resume', sessionId })
  await me.until(/▶/)
  expect(me.screen.slice(me.screen.indexOf('⏸'), me.screen.indexOf('▶'))).toMatch(/^⏸ reviewer-absent\s+(──.*\s+)?── $/)
  me.type('echo he""re; exit\r')
  await me.until(/[\r\n]here\s/)
  await sealed(sessionId)
  expect(typed(sessionId)).not.toContain('lost')
}, 60_000)

test('who may read a change, and executes it not, sees nothing of its terminal', async () => {
  const { executor, sessionId } = h.plane.change
  const session = randomUUID()
  h.plane.change.executor = { id: randomUUID(), name: '陈晨' }
  h.plane.giveOpen(session)
  h.plane.change.sessionId = session
  try {
    await until(() => h.plane.called('sessionOpened').some((call) => call.params.sessionId === session))
    typist = new Typist(h)
    await typist.until(/华表> /)
    typist.type('terminal HB-2026-0007\r')
    const grant = h.plane.giveRun({ kind: 'command', line: 'echo for-its-executor' }, {}, session)
    await typist.until(/The terminal did not open/)
    await until(() => h.plane.finished.has(grant.id))
    typist.type('quit\r')
    await typist.gone
    expect(typist.screen).not.toContain('for-its-executor')
  } finally {
    Object.assign(h.plane.change, { executor, sessionId })
  }
}, 60_000)

test('no terminal without a certificate that permits one', async () => {
  const sessionId = await h.openSession()
  const grant = h.plane.giveRun({ kind: 'command', line: 'tty' }, {}, sessionId)
  await until(() => h.plane.finished.has(grant.id))
  expect(h.plane.finished.get(grant.id)).toMatchObject({ exitCode: 1, stdout: 'not a tty\n' })
  const terminal = h.plane.giveRun({ kind: 'interactive', purpose: 'x' }, { kind: 'observe' }, sessionId)
  await until(() => h.plane.finished.has(terminal.id))
  expect(h.plane.finished.get(terminal.id)).toMatchObject({ outcome: 'not-started' })
  const alone = h.plane.giveRun({ kind: 'interactive', purpose: 'x' }, { reviewer: null }, sessionId)
  await until(() => h.plane.finished.has(alone.id))
  expect(h.plane.finished.get(alone.id)).toMatchObject({ outcome: 'not-started', detail: 'a terminal out of place' })
}, 60_000)
