import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bucketStore, folderStore, type ObjectStore } from '@huabiao/domains/evidence/evidence.module'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { signAwsRequest } from '@huabiao/kit/crypto/aws-signature'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { type Relay, startRelay } from '@huabiao/kit/testkit/relay'
import { mayMount, type SmallDisk, smallDisk } from '@huabiao/kit/testkit/small-disk'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Swift, startSwift } from '../../tools/launch/swift.ts'
import { type Harness, startHarness } from './testing/harness.ts'

/**
 * NT-D01 of the evidence store, with real disks and a real S3 store: while it is full, read-only, silent or slow no session opens, one
 * that runs pauses within two seconds by the instants in the ledger, and what was recorded meanwhile is kept when it heals.
 */
const mibs = 64

/** The scheduler's look, as often as `main.ts` has it made. */
function looking(h: Harness): () => Promise<void> {
  let on = true
  const loop = (async () => {
    while (on) {
      await h.composed.jobs.recordings()
      await sleep(400)
    }
  })()
  return async () => {
    on = false
    await loop
  }
}

interface Live {
  readonly id: string
  readonly sessionId: string
  segments: number
}
async function live(h: Harness): Promise<Live> {
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  const { id, no } = await h.scheduledChange()
  await h.composed.jobs.changes()
  await h.present(id)
  const { sessionId } = await h.act('zhao.ming', id, 'begin', { confirm: no })
  await h.claim()
  const opened = { bootId: h.bootId, startedAt: new Date().toISOString() }
  expect((await h.gateway(`sessions/${sessionId}/opened`, opened)).status).toBe(200)
  return { id, sessionId: sessionId!, segments: 0 }
}
const segmentOf = (index: number, size: number) => {
  const data = Buffer.alloc(size, `${index}`)
  return {
    index,
    startedAtMs: index * 1_000,
    endedAtMs: index * 1_000 + 900,
    sm3: toHex(sm3(data)),
    sha256: createHash('sha256').update(data).digest('hex'),
    data: data.toString('base64'),
    marks: [],
  }
}
async function ledgerInstants(h: Harness, act: string, object: string): Promise<Date[]> {
  const client = new pg.Client({ connectionString: h.ownerUrl })
  await client.connect()
  const { rows } = await client.query<{ body: string }>('select body from ledger_record where act = $1 order by seq', [act])
  await client.end()
  return rows
    .map(({ body }) => JSON.parse(body) as { at: string; object: string })
    .filter((record) => record.object === object)
    .map(({ at }) => new Date(at))
}

interface Fault {
  /** From here nothing more is kept. */
  begin(): void | Promise<void>
  end(): void | Promise<void>
  readonly kind: string
}

/** One fault from the first byte that is not kept to the session that goes on. */
async function survive(h: Harness, on: Live, fault: Fault): Promise<void> {
  const { id, sessionId } = on
  const [before, during] = [segmentOf(on.segments, 1_000), segmentOf(on.segments + 1, 900_000)]
  on.segments += 2
  await h.present(id)
  expect((await h.gateway(`sessions/${sessionId}/segments`, before)).status).toBe(200)
  const stop = looking(h)
  await sleep(500)
  const from = Date.now()
  await fault.begin()
  try {
    await expect.poll(async () => (await h.read(id)).state, { timeout: 15_000 }).toBe('paused')
    const pausedAt = (await ledgerInstants(h, 'session.paused', `session/${sessionId}`)).at(-1)
    expect(pausedAt!.getTime() - from, 'paused within two seconds of the fault').toBeLessThanOrEqual(2_000)
    const paused = await h.read(id)
    expect(paused).toMatchObject({ pauseReason: 'recorder-lag' })
    expect(paused.pauseDetail).toContain(`evidence store ${fault.kind}`)
    // Large enough not to find a last corner of a full disk.
    const late = await h.gateway(`sessions/${sessionId}/segments`, during)
    expect(late, 'told to come again, not that it was kept').toMatchObject({ status: 503 })
    const resume = { cause: '已核对', failedStep: 'accept' }
    expect(await h.refused('li.na', id, 'resume', resume), 'nobody goes on unrecorded').toBe('session.evidence_unavailable')
    const observe = { targetId: paused.targets[0]!.id, changeId: id }
    const opened = await h.call('zhao.ming', 'POST', '/observe-sessions', observe)
    expect(opened, 'no session opens').toMatchObject({
      status: 409,
      body: { code: 'session.evidence_unavailable', rule: 'RL-36' },
    })
  } finally {
    await fault.end()
    await stop()
  }
  await expect.poll(async () => (await h.gateway(`sessions/${sessionId}/segments`, during)).status, { timeout: 30_000 }).toBe(200)
  await expect.poll(() => h.composed.evidence.watch.look(), { timeout: 15_000 }).toBeUndefined()
  await expect
    .poll(
      async () =>
        (await h.call('li.na', 'POST', `/changes/${id}/resume`, { cause: '存储已恢复，已核对', failedStep: 'accept' })).status,
      { timeout: 15_000 },
    )
    .toBe(200)
  const { body } = await h.call('zhu.cha', 'GET', `/sessions/${sessionId}`)
  expect(body, 'nothing that was recorded is missing').toMatchObject({ state: 'live', segments: on.segments })
  // What is kept is what was recorded, by the store's own answer.
  for (const { sha256: digest, data } of [before, during]) {
    const { tenantId } = body as { tenantId: string }
    const kept = await h.composed.evidence.read({ tenantId, sha256: digest })
    expect(toHex(sha256(kept))).toBe(toHex(sha256(Buffer.from(data, 'base64'))))
  }
}

describe.skipIf(!mayMount)('evidence in a folder (needs the right to mount)', () => {
  let disk: SmallDisk
  let h: Harness
  let on: Live
  beforeAll(async () => {
    disk = smallDisk(mkdtempSync(join(tmpdir(), 'huabiao-small-')), mibs)
    h = await startHarness({ objects: folderStore(disk.folder) })
    on = await live(h)
  }, 60_000)
  afterAll(async () => {
    await h?.close()
    disk.remove()
  })

  test('NT-D01 a full disk', () => survive(h, on, { kind: 'full', begin: () => disk.fill(), end: () => disk.empty() }), 90_000)
  test('NT-D01 a disk that is nearly full pauses while there is room left', async () => {
    disk.fill(16 * 1024 * 1024)
    expect(await folderStore(disk.folder).fault()).toMatchObject({ kind: 'full' })
    disk.empty()
    expect(await folderStore(disk.folder).fault()).toBeUndefined()
  })
  test(
    'NT-D01 a disk that became read-only',
    () => survive(h, on, { kind: 'unwritable', begin: () => disk.readOnly(true), end: () => disk.readOnly(false) }),
    90_000,
  )
})

describe('evidence in a bucket behind a network', () => {
  let swift: Swift
  let relay: Relay
  let store: ObjectStore
  let h: Harness
  let on: Live
  beforeAll(async () => {
    swift = await startSwift(mkdtempSync(join(tmpdir(), 'huabiao-swift-')))
    relay = await startRelay({ port: Number(new URL(swift.origin).port) })
    const { region, keyId, secret } = swift
    const url = `http://127.0.0.1:${relay.port}/evidence/city/platform`
    const made = new URL('/evidence', url)
    const key = { id: keyId, secret, region, service: 's3' }
    const headers = signAwsRequest({ method: 'PUT', url: made, headers: {}, payloadSha256: toHex(sha256()), at: new Date() }, key)
    expect((await fetch(made, { method: 'PUT', headers })).status).toBe(200)
    store = bucketStore({ url, region, keyId, secret }, systemClock, { idleMs: 1_000, callMs: 5_000 })
    h = await startHarness({ objects: store })
    on = await live(h)
  }, 300_000)
  afterAll(async () => {
    await h?.close()
    await relay?.close()
    await swift?.stop()
  })

  test(
    'NT-D01 a store that falls silent',
    () => survive(h, on, { kind: 'slow', begin: () => relay.hold(), end: () => relay.release() }),
    90_000,
  )
  test('NT-D01 a store that answers, but late', async () => {
    const { id, sessionId } = on
    await h.present(id)
    const stop = looking(h)
    await sleep(500)
    const from = Date.now()
    relay.slowDown(1_500)
    await expect.poll(async () => (await h.read(id)).state, { timeout: 15_000 }).toBe('paused')
    const pausedAt = (await ledgerInstants(h, 'session.paused', `session/${sessionId}`)).at(-1)
    expect(pausedAt!.getTime() - from).toBeLessThanOrEqual(2_000)
    relay.slowDown(0)
    await expect.poll(() => h.composed.evidence.watch.look(), { timeout: 15_000 }).toBeUndefined()
    await stop()
  }, 60_000)
})
