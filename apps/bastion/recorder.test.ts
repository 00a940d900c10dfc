import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { GatewayHarness, until } from './testing/gateway-harness.ts'

/** A step may print more than can be uploaded at once: it waits, and all of it is recorded. */
const h = new GatewayHarness()
beforeAll(async () => {
  await h.prepare()
  await h.start()
})
afterAll(() => h.stop())
afterEach(() => h.plane.instead.clear())

const mebibytes = 16
const prints = { kind: 'command' as const, line: `head -c ${mebibytes * 2 ** 20} /dev/zero | tr '\\0' x | fold -w 127` }
const pausesOf = (sessionId: string) => h.plane.called('gatewayPause').filter((call) => call.params.sessionId === sessionId)
const recordedMarks = (sessionId: string): number => h.recorded(sessionId).match(/x/g)?.length ?? 0

test('a long output is held back while its recording uploads; that is no trouble, and nothing is left out', async () => {
  const sessionId = await h.openSession()
  h.plane.instead.set('putSegment', async (body) => {
    await new Promise((resolve) => setTimeout(resolve, 30))
    return { segments: (body.index as number) + 1 }
  })
  const grant = h.plane.giveRun(prints, { timeoutMs: 60_000 }, sessionId)
  await until(() => h.plane.finished.has(grant.id), 60_000)
  expect(h.plane.finished.get(grant.id)).toMatchObject({ outcome: 'exited', exitCode: 0 })
  h.plane.give({ kind: 'close', sessionId, drain: false, reason: 'over' })
  await until(() => h.plane.called('sessionSealed').some((call) => call.params.sessionId === sessionId), 60_000)
  expect(recordedMarks(sessionId)).toBeGreaterThanOrEqual(mebibytes * 2 ** 20)
  expect(pausesOf(sessionId)).toEqual([])
}, 150_000)

test('NT-D01 uploads that stand still hold the step and pause the session; when they move again, the step ends', async () => {
  const sessionId = await h.openSession()
  let openGate: (() => void) | undefined
  const gate = new Promise<void>((resolve) => {
    openGate = resolve
  })
  h.plane.instead.set('putSegment', async (body) => {
    if ((body.index as number) > 0) await gate
    return { segments: (body.index as number) + 1 }
  })
  const grant = h.plane.giveRun(prints, { timeoutMs: 120_000 }, sessionId)
  await until(() => pausesOf(sessionId).length > 0, 60_000)
  expect(pausesOf(sessionId)[0]?.body).toMatchObject({ reason: 'recorder-lag' })
  expect(h.plane.finished.has(grant.id), 'held').toBe(false)
  openGate?.()
  await until(() => h.plane.finished.has(grant.id), 60_000)
  expect(h.plane.finished.get(grant.id)).toMatchObject({ outcome: 'exited', exitCode: 0 })
}, 150_000)
