import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { type Relay, startRelay } from '@huabiao/kit/testkit/relay'
import { mayMount, type SmallDisk, smallDisk } from '@huabiao/kit/testkit/small-disk'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startBastion } from './bastion.ts'
import { clocksDiffer } from './control-plane.ts'
import { GatewayHarness, until } from './testing/gateway-harness.ts'

/**
 * What a gateway leans on fails under it: its disk, its clock, the network. No session opens, one that runs stops within two seconds by the
 * instants that were recorded, and nothing of it is lost when it heals.
 */
let h: GatewayHarness
beforeEach(async () => {
  h = new GatewayHarness()
  await h.prepare()
})
afterEach(() => h.stop())

const twoSeconds = 2_000
const line = (text: string) => ({ kind: 'command' as const, line: text })
/** Says a number and waits, until it is let go. */
const counting = () =>
  line(`i=0; until [ -e ${join(h.target.folder, 'go')} ]; do i=$((i+1)); echo n=$i; sleep 0.1; done; echo all=$i`)
const letGo = (): void => writeFileSync(join(h.target.folder, 'go'), '')
const numbersIn = (text: string): number[] => [...text.matchAll(/n=(\d+)\\r/g)].map(([, n]) => Number(n))
const of = (name: string, sessionId: string) => h.plane.called(name).filter((call) => call.params.sessionId === sessionId)

/** Everything that the step has said is in the recording, once and in order. */
function isWhole(sessionId: string, grantId: string): void {
  const said = /all=(\d+)/.exec(String(h.plane.finished.get(grantId)?.stdout))?.[1]
  expect(numbersIn(h.recorded(sessionId))).toEqual(Array.from({ length: Number(said) }, (_, i) => i + 1))
}
/** When a line was recorded, as the recording itself has it. */
function recordedAt(sessionId: string, text: string): number {
  const lines = h.recorded(sessionId).trimEnd().split('\n')
  const start = of('sessionOpened', sessionId)[0]?.body.startedAt as string
  const event = lines.slice(1).find((one) => one.includes(text))
  expect(event, `${text} is in the recording`).toBeDefined()
  return Date.parse(start) + (JSON.parse(event!) as [number])[0] * 1_000
}
async function counted(sessionId: string): Promise<string> {
  const { id } = h.plane.giveRun(counting(), { timeoutMs: 60_000 }, sessionId)
  await until(() => h.plane.started.has(id))
  return id
}
async function sealed(sessionId: string): Promise<void> {
  h.plane.give({ kind: 'close', sessionId, drain: true, reason: 'over' })
  await until(() => of('sessionSealed', sessionId).length === 1, 30_000)
}
async function refusedToOpen(): Promise<string> {
  const before = h.plane.called('sessionRefused').length
  h.plane.giveOpen('01990000-0000-7000-8000-00000000000f')
  await until(() => h.plane.called('sessionRefused').length > before, 15_000)
  return String(h.plane.called('sessionRefused').at(-1)?.body.reason)
}

describe.skipIf(!mayMount)('the disk of a gateway (needs the right to mount)', () => {
  let disk: SmallDisk
  beforeEach(async () => {
    disk = smallDisk(h.config.spoolDir, 64)
    await h.start()
  })
  afterEach(() => disk.remove())

  test('NT-D01 nearly full: what runs pauses while there is room for all it says, and is sealed', async () => {
    const sessionId = await h.openSession()
    const grantId = await counted(sessionId)
    const from = Date.now()
    disk.fill(8 * 1024 * 1024)
    await until(() => of('gatewayPause', sessionId).length > 0)
    const [pause] = of('gatewayPause', sessionId)
    expect(pause!.at - from).toBeLessThanOrEqual(twoSeconds)
    expect(pause!.body).toEqual({ reason: 'recorder-lag', detail: 'the spool cannot be written: less than 32 MiB left' })
    expect(await refusedToOpen()).toContain('less than 32 MiB left')
    letGo()
    await until(() => h.plane.finished.has(grantId))
    disk.empty()
    await sealed(sessionId)
    isWhole(sessionId, grantId)
    await h.openSession()
  }, 60_000)

  test.each([
    ['full', () => disk.fill(), () => disk.empty(), 'ENOSPC'],
    ['read-only', () => disk.readOnly(true), () => disk.readOnly(false), 'EROFS'],
  ])(
    'NT-D01 %s: what runs stops, what it has said is kept, the gap is declared, and the next session opens when it heals',
    async (_kind, fail, heal, code) => {
      const sessionId = await h.openSession()
      const grantId = await counted(sessionId)
      const from = Date.now()
      await fail()
      try {
        await until(() => of('gatewayPause', sessionId).length > 0)
        const [pause] = of('gatewayPause', sessionId)
        expect(pause!.at - from).toBeLessThanOrEqual(twoSeconds)
        expect(pause!.body.detail).toContain('the spool cannot be written')
        expect(await refusedToOpen()).toContain(code)
        // The next segment finds that it cannot be written: what it holds goes to the evidence store all the same.
        await until(() => h.plane.finished.has(grantId), 15_000)
        expect(h.plane.finished.get(grantId)).toMatchObject({
          outcome: 'killed',
          detail: expect.stringContaining('recorder-failed'),
        })
        await until(() => of('sessionGap', sessionId).length === 1, 15_000)
        expect(of('sessionGap', sessionId)[0]?.body).toMatchObject({ reason: 'the spool could not be written', bytesLost: 0 })
        const numbers = numbersIn(h.recorded(sessionId))
        expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => i + 1))
        expect(numbers.length).toBeGreaterThan(0)
      } finally {
        await heal()
      }
      await h.openSession()
    },
    60_000,
  )
})

describe('the network between gateway and control plane', () => {
  let relay: Relay
  beforeEach(async () => {
    relay = await startRelay({ port: Number(new URL(h.plane.url).port) })
    h.config = { ...h.config, controlPlaneUrl: `http://127.0.0.1:${relay.port}` }
    await h.start()
  })
  afterEach(() => relay.close())

  test('taken away without a word: nothing is begun, it is said within two seconds, and all of it is told when it is back', async () => {
    const sessionId = await h.openSession()
    const grantId = await counted(sessionId)
    const from = Date.now()
    relay.hold()
    await until(() => h.log.some((entry) => entry.event === 'waits'))
    // Ordered while the network is away: the order is on its way, and nothing of it happens.
    const [refusedId, touched] = ['01990000-0000-7000-8000-00000000000e', join(h.target.folder, 'touched')]
    h.plane.giveOpen(refusedId)
    const late = h.plane.giveRun(line(`touch ${touched}`), {}, refusedId)
    letGo()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(h.plane.finished.has(grantId)).toBe(false)
    relay.release()
    await until(() => h.plane.finished.has(grantId), 30_000)
    expect(h.plane.finished.get(grantId)).toMatchObject({ outcome: 'exited', exitCode: 0 })
    await until(() => h.log.some((entry) => entry.event === 'goes_on'), 15_000)
    await until(() => h.plane.finished.has(late.id), 30_000)
    await sealed(sessionId)
    isWhole(sessionId, grantId)
    expect(recordedAt(sessionId, '⏸ the control plane did not answer') - from).toBeLessThanOrEqual(twoSeconds)
    expect(recordedAt(sessionId, '▶')).toBeGreaterThan(recordedAt(sessionId, '⏸ the control plane did not answer'))
    expect(of('gatewayPause', sessionId), 'it went on by itself').toEqual([])
  }, 90_000)
})

describe('NT-B02 the clock of a gateway', () => {
  let offMs = 0
  const clock = { now: () => new Date(Date.now() + offMs) }
  beforeEach(async () => {
    offMs = 0
    h.bastion = await startBastion(h.config, clock, (entry) => h.log.push(entry))
  })

  test.each([
    30_000, -30_000, 2_600, -2_600,
  ])('%d ms off: no step runs and no session opens, and both do when it is right again', async (off) => {
    const sessionId = await h.openSession()
    offMs = off
    const ran = h.plane.giveRun(line('id -un'), { notBefore: new Date(Date.now() - 40_000).toISOString() }, sessionId)
    await until(() => h.plane.finished.has(ran.id))
    expect(h.plane.finished.get(ran.id)).toMatchObject({ outcome: 'not-started', stdout: '' })
    expect(String(h.plane.finished.get(ran.id)?.detail)).toMatch(/^session\.grant_clock_skewed|^grant not live/)
    expect(await refusedToOpen()).toMatch(/^session\.grant_clock_skewed: the control plane’s clock is -?\d+ ms off$/)
    offMs = 0
    const again = h.plane.giveRun(line('echo right'), {}, sessionId)
    await until(() => h.plane.finished.has(again.id))
    expect(h.plane.finished.get(again.id)).toMatchObject({ outcome: 'exited', stdout: 'right\n' })
  }, 60_000)

  test('five minutes off in the middle of a step: it is nobody until it is right again, and then tells everything', async () => {
    const sessionId = await h.openSession()
    const grantId = await counted(sessionId)
    const from = Date.now()
    offMs = 300_000
    await until(() => h.log.some((entry) => entry.event === 'waits'))
    letGo()
    // Told, and not believed: the proof of possession carries the time (kit/http/service-auth.ts).
    await until(() => readFileSync(join(h.config.stateDir, 'pending', `${grantId}.json`), 'utf8').includes('"finished"'))
    expect(h.plane.finished.has(grantId)).toBe(false)
    offMs = 0
    await until(() => h.plane.finished.has(grantId), 15_000)
    expect(h.plane.finished.get(grantId)).toMatchObject({ outcome: 'exited', exitCode: 0 })
    await sealed(sessionId)
    isWhole(sessionId, grantId)
    // The clock that was wrong also stamped the line: what it is held against is the same clock.
    expect(recordedAt(sessionId, '⏸') - (from + 300_000)).toBeLessThanOrEqual(twoSeconds)
  }, 60_000)
})

test('NT-B02 an answer that fits into the time of asking is no disagreement, one that is 2 s before or after it is none yet', () => {
  const at = systemClock.now().getTime()
  expect([clocksDiffer(at + 10, at, at + 20), clocksDiffer(at - 2_000, at, at), clocksDiffer(at + 2_000, at, at)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(clocksDiffer(at - 2_001, at, at)).toContain('session.grant_clock_skewed')
  expect(clocksDiffer(at + 2_001, at, at)).toContain('session.grant_clock_skewed')
})
