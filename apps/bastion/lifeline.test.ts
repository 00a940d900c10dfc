import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { StepAction } from '@huabiao/domains/change/change-plan.model'
import type { ExecutionGrant } from '@huabiao/domains/session/session-grant.model'
import { runningInGroup, untilGroupEnds } from '@huabiao/kit/testkit/process-group'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { spawnConfined } from './testing/confined.ts'
import { GatewayHarness, until } from './testing/gateway-harness.ts'

/** With a real sshd: when the gateway lets go of a step, nothing of it is left on the target (NT-D02, NT-E09). */
const h = new GatewayHarness()
beforeAll(async () => {
  await h.prepare()
  await h.start()
})
afterAll(() => h.stop())

/** A step that writes down its process group and then goes on for longer than any test, with a child that hears no TERM. */
async function begin(of: GatewayHarness, sessionId: string, kind: 'command' | 'script', over: Partial<ExecutionGrant> = {}) {
  const file = join(of.target.folder, `group-${randomUUID()}`)
  const text = `cut -d" " -f5 /proc/self/stat >${file}; (trap "" TERM; sleep 300) & sleep 300; echo late`
  const action: StepAction = kind === 'command' ? { kind, line: text } : { kind, interpreter: 'sh', text: `${text}\n` }
  const grant = of.plane.giveRun(action, over, sessionId)
  await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '', 20_000)
  const group = Number(readFileSync(file, 'utf8'))
  expect(runningInGroup(group).length).toBeGreaterThan(1)
  return { grant, group }
}
const finished = async (of: GatewayHarness, grant: ExecutionGrant) => {
  await until(() => of.plane.finished.has(grant.id), 20_000)
  return of.plane.finished.get(grant.id)
}
const say = (what: string, ms: number): void => console.info(`${what}: nothing left on the target after ${ms} ms`)

test.each(['command', 'script'] as const)('kill ends a %s on the target, and says that it was seen to end', async (kind) => {
  const sessionId = await h.openSession()
  const { grant, group } = await begin(h, sessionId, kind)
  h.plane.give({ kind: 'close', sessionId, drain: false, reason: 'supervisor' })
  say(`kill of a ${kind}`, await untilGroupEnds(group))
  expect(await finished(h, grant)).toMatchObject({
    outcome: 'killed',
    detail: 'supervisor; its processes on the target have ended',
  })
})

test('a time-out ends it as well', async () => {
  const sessionId = await h.openSession()
  const { grant, group } = await begin(h, sessionId, 'command', { timeoutMs: 3_000 })
  const report = await finished(h, grant)
  say('time-out, from its report', await untilGroupEnds(group))
  expect(report).toMatchObject({ outcome: 'timed-out', detail: 'no end within 3000 ms; its processes on the target have ended' })
})

/** A wire between gateway and target that can be cut, or fall silent as a pulled cable does. */
async function wireTo(port: number) {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      one.on('error', () => undefined)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    silence: () => {
      for (const socket of sockets) socket.unpipe().pause()
    },
    cut: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

test.each(['cut', 'silence'] as const)('a network that ends in a %s ends it as well, and its outcome is unknown', async (how) => {
  const wire = await wireTo(h.target.port)
  h.config.localTargets.push(wire.port)
  const sessionId = await h.openSession()
  const target = { ...h.plane.grant({ kind: 'command', line: 'id' }).target, port: wire.port }
  const { grant, group } = await begin(h, sessionId, 'command', { target, timeoutMs: 120_000 })
  wire[how]()
  say(how, await untilGroupEnds(group, 60_000))
  await until(() => h.plane.finished.has(grant.id), 60_000)
  expect(h.plane.finished.get(grant.id)).toMatchObject({ outcome: 'unknown' })
  wire.cut()
}, 120_000)

test('kill -9 of the gateway ends it as well', async () => {
  const other = new GatewayHarness()
  await other.prepare()
  const configFile = join(other.folder, 'config.json')
  writeFileSync(configFile, JSON.stringify(other.config))
  const gateway = spawnConfined(other, configFile)
  await until(() => other.plane.called('claimWork').length > 0, 20_000)
  const { group } = await begin(other, await other.openSession(), 'script')
  gateway.kill('SIGKILL')
  say('kill -9', await untilGroupEnds(group))
  await other.stop()
}, 60_000)
