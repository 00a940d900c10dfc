import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createReadStream, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ApiClient } from '@huabiao/kit/http/client'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Recorder } from './recorder.ts'
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

test('segments of a long output are written side by side and appear one after the other: whenever the gateway dies, none is missing before another', async () => {
  const sessionId = await h.openSession()
  const folder = join(h.config.spoolDir, sessionId)
  const grant = h.plane.giveRun(prints, { timeoutMs: 60_000 }, sessionId)
  const seen: number[] = []
  await until(() => {
    const present = readdirSync(folder)
      .filter((name) => name.endsWith('.segment'))
      .sort()
    expect(present.map((name) => Number.parseInt(name, 10))).toEqual(present.map((_, index) => index))
    seen.push(present.length)
    return h.plane.finished.has(grant.id)
  }, 60_000)
  expect(seen.at(-1)).toBeGreaterThan(8)
  h.plane.give({ kind: 'close', sessionId, drain: false, reason: 'over' })
  await until(() => h.plane.called('sessionSealed').some((call) => call.params.sessionId === sessionId), 60_000)
  expect(recordedMarks(sessionId)).toBeGreaterThanOrEqual(mebibytes * 2 ** 20)
}, 150_000)

test('NT-D02 a spool that fails in a long output ends the step and declares a gap; what it did not take is in the evidence store all the same', async () => {
  const sessionId = await h.openSession()
  const folder = join(h.config.spoolDir, sessionId)
  const endless = { kind: 'command' as const, line: `tr '\\0' x < /dev/zero | fold -w 127` }
  const grant = h.plane.giveRun(endless, { timeoutMs: 120_000 }, sessionId)
  await until(() => h.plane.called('putSegment').filter((call) => call.params.sessionId === sessionId).length > 4, 60_000)
  rmSync(folder, { recursive: true })
  writeFileSync(folder, '')
  await until(() => h.plane.finished.has(grant.id), 60_000)
  expect(h.plane.finished.get(grant.id)).toMatchObject({ outcome: 'killed', detail: expect.stringContaining('recorder-failed') })
  const gapOf = () => h.plane.called('sessionGap').find((call) => call.params.sessionId === sessionId)
  await until(() => gapOf() !== undefined, 60_000)
  expect(gapOf()?.body).toMatchObject({ reason: 'the spool could not be written' })
  expect(gapOf()?.body.bytesLost).toBe(0)
  const puts = h.plane.called('putSegment').filter((call) => call.params.sessionId === sessionId)
  expect(puts.map((call) => call.body.index)).toEqual(puts.map((_, index) => index))
  expect(gapOf()?.body.segments).toBe(puts.length)
  rmSync(folder)
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

test('a segment that is late on disk holds what is recorded; once it is there it goes on, whatever is still to be uploaded', async () => {
  const stop = new AbortController()
  const sessionId = randomUUID()
  const held: boolean[] = []
  // Nothing is ever acknowledged.
  const gateway = (() => new Promise(() => undefined)) as unknown as ApiClient
  const recorder = new Recorder(
    {
      spoolDir: h.config.spoolDir,
      sessionId,
      gateway,
      clock: { now: () => new Date() },
      signal: stop.signal,
      onPressure: (is) => held.push(is),
      onTrouble: () => undefined,
    },
    'x',
  )
  // A disk that takes nothing until somebody reads it.
  const slow = join(h.config.spoolDir, sessionId, '0000001.segment.new')
  execFileSync('mkfifo', [slow])
  for (let lines = 0; lines < 9_000; lines += 1) recorder.output(`${'x'.repeat(127)}\r\n`)
  await until(() => held.length > 0)
  createReadStream(slow).resume()
  await until(() => held.length > 1)
  expect(held).toEqual([true, false])
  stop.abort()
  void recorder.close('over').catch(() => undefined)
})
