import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { signAwsRequest } from '@huabiao/kit/crypto/aws-signature'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import { Refusal, Unavailable } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Swift, startSwift } from '../../tools/launch/swift.ts'
import { type ObjectName, objectPath } from './evidence.model.ts'
import { evidenceModule } from './evidence.module.ts'
import type { ObjectStore } from './evidence.ports.ts'
import { folderStore } from './evidence-folder.store.ts'
import { type BucketAddress, bucketStore } from './evidence-s3.store.ts'

/** One suite for every store that evidence may be kept in: the folder, and a bucket of real S3-compatible storage (OpenStack Swift). */

const tenantId = newId()
const keepUntil = new Date(Date.now() + 180 * 86_400_000)
const nameOf = (bytes: Uint8Array, tenant = tenantId): ObjectName => ({ tenantId: tenant, sha256: toHex(sha256(bytes)) })
const some = (size: number): Uint8Array => new Uint8Array(randomBytes(size))
async function digestsOf(store: ObjectStore, tenant: string): Promise<string[]> {
  const found: string[] = []
  for await (const digest of store.list(tenant)) found.push(digest)
  return found
}

const emptySha256 = toHex(sha256())
/** A request of the storage's administrator, past our store. */
function raw(bucket: BucketAddress, method: string, path: string, body?: Uint8Array, headers: Record<string, string> = {}) {
  const url = new URL(path, bucket.url)
  const key = { id: bucket.keyId, secret: bucket.secret, region: bucket.region, service: 's3' }
  const payloadSha256 = body ? toHex(sha256(body)) : emptySha256
  const signed = signAwsRequest({ method, url, headers, payloadSha256, at: new Date() }, key)
  return fetch(url, { method, headers: signed, ...(body ? { body } : {}) })
}

let swift: Swift
let bucket: BucketAddress
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'huabiao-evidence-'))
  swift = await startSwift(mkdtempSync(join(tmpdir(), 'huabiao-swift-')))
  const { origin, region, keyId, secret } = swift
  bucket = { url: `${origin}/evidence/city/platform`, region, keyId, secret }
  expect((await raw(bucket, 'PUT', '/evidence')).status).toBe(200)
}, 300_000)
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await swift?.stop()
})

interface Candidate {
  readonly store: () => ObjectStore
  /** Puts other bytes under the name, as a thief of the storage would. */
  readonly replace: (name: ObjectName, bytes: Uint8Array) => Promise<void>
}
const candidates: Readonly<Record<string, Candidate>> = {
  folder: {
    store: () => folderStore(folder),
    replace: async (name, bytes) => writeFileSync(join(folder, objectPath(name)), bytes),
  },
  bucket: {
    store: () => bucketStore(bucket, systemClock),
    replace: async (name, bytes) => {
      expect((await raw(bucket, 'PUT', `/evidence/city/platform/${objectPath(name)}`, bytes)).status).toBe(200)
    },
  },
}

describe.each(Object.entries(candidates))('evidence in a %s', (_kind, { store, replace }) => {
  test('what is put is got, byte for byte, once, and is there for nobody else', async () => {
    const bytes = some(300_000)
    const name = nameOf(bytes)
    expect(await store().get(name)).toBeUndefined()
    expect(await store().has(name)).toBe(false)
    await Promise.all([store().put(name, bytes, keepUntil), store().put(name, bytes, keepUntil)])
    await store().put(name, bytes, keepUntil)
    expect(Buffer.compare((await store().get(name)) ?? Buffer.alloc(0), bytes)).toBe(0)
    expect(await store().has(name)).toBe(true)
    const other = { ...name, tenantId: newId() }
    expect(await store().has(other)).toBe(false)
    expect(await store().get(other)).toBeUndefined()
  })

  test('what is removed is gone, and removing it again is no error', async () => {
    const bytes = some(100)
    await store().put(nameOf(bytes), bytes, keepUntil)
    await store().remove(nameOf(bytes))
    expect(await store().has(nameOf(bytes))).toBe(false)
    await store().remove(nameOf(bytes))
  })

  test('a listing names what one tenant keeps, all of it and in order', async () => {
    const tenant = newId()
    expect(await digestsOf(store(), tenant)).toEqual([])
    const all = Array.from({ length: 12 }, () => some(100))
    await Promise.all(all.map((bytes) => store().put(nameOf(bytes, tenant), bytes, keepUntil)))
    expect(await digestsOf(store(), tenant)).toEqual(all.map((bytes) => nameOf(bytes).sha256).sort())
  })

  test('nothing and 64 MiB are kept as well', async () => {
    for (const bytes of [new Uint8Array(), some(64 * 1024 * 1024)]) {
      await store().put(nameOf(bytes), bytes, keepUntil)
      expect(Buffer.compare((await store().get(nameOf(bytes))) ?? Buffer.from('none'), bytes)).toBe(0)
    }
  }, 120_000)

  test('a name that is no digest never becomes a path', async () => {
    for (const digest of ['../../etc/passwd', '', 'A'.repeat(64)])
      await expect(store().put({ tenantId, sha256: digest }, some(1), keepUntil)).rejects.toThrow(TypeError)
    await expect(store().get({ tenantId: '..', sha256: 'a'.repeat(64) })).rejects.toThrow(TypeError)
  })

  test('bytes that are not what they are called are neither kept nor shown (RL-36)', async () => {
    const evidence = evidenceModule({ clock: systemClock, store: store() })
    const bytes = some(1_000)
    const name = nameOf(bytes)
    const claimed = { ...name, sm3: toHex(sm3(bytes)), class: 'recording' as const }
    await expect(evidence.keep(some(1_000), claimed)).rejects.toThrow(new Refusal('evidence.digest_mismatch'))
    expect(await store().has(name)).toBe(false)
    await evidence.keep(bytes, claimed)
    await replace(name, some(1_000))
    await expect(evidence.read(name)).rejects.toThrow(new Refusal('evidence.digest_mismatch'))
    await expect(evidence.read(nameOf(some(10)))).rejects.toThrow(new Refusal('evidence.not_found'))
  })

  test('it finds no fault with itself, however often it is asked', async () => {
    expect([await store().fault(), await store().fault()]).toEqual([undefined, undefined])
  })
})

/** What a caller learns: that it did not work, and whether to come again. */
async function failure(work: Promise<unknown>): Promise<{ part: string; retry: boolean } | undefined> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  return error instanceof Unavailable ? { part: error.part, retry: error.retry } : undefined
}
const comeAgain = { part: 'evidence', retry: true }
const callTheOperator = { part: 'evidence', retry: false }
async function everyMethod(store: ObjectStore): Promise<unknown[]> {
  const bytes = some(10)
  const calls = [store.put(nameOf(bytes), bytes, keepUntil), store.get(nameOf(bytes)), store.has(nameOf(bytes))]
  return Promise.all([...calls, digestsOf(store, tenantId)].map(failure))
}

describe('a bucket that does not answer as it must', () => {
  test('wrong credentials, a missing bucket and a wrong clock are told apart', async () => {
    const wrong = async (change: Partial<BucketAddress>, clock = systemClock) => {
      const store = bucketStore({ ...bucket, ...change }, clock)
      expect(await everyMethod(store)).toEqual(Array(4).fill(callTheOperator))
      return store.fault()
    }
    expect(await wrong({ secret: 'not the secret' })).toMatchObject({ kind: 'credentials', detail: 'SignatureDoesNotMatch' })
    expect(await wrong({ keyId: 'huabiao:nobody' })).toMatchObject({ kind: 'credentials' })
    expect(await wrong({ url: `${swift.origin}/no-such-bucket` })).toMatchObject({ kind: 'bucket', detail: 'NoSuchBucket' })
    const late = { now: () => new Date(Date.now() - 3_600_000) }
    expect(await wrong({}, late)).toMatchObject({ kind: 'clock', detail: 'RequestTimeTooSkewed' })
  }, 60_000)

  test('the storage itself refuses bytes that were not what was signed', async () => {
    const url = new URL(`/evidence/city/platform/${'0'.repeat(64)}`, bucket.url)
    const key = { id: bucket.keyId, secret: bucket.secret, region: bucket.region, service: 's3' }
    const payloadSha256 = toHex(sha256(Buffer.from('what was signed')))
    const headers = signAwsRequest({ method: 'PUT', url, headers: {}, payloadSha256, at: new Date() }, key)
    const answer = await fetch(url, { method: 'PUT', headers, body: 'what was sent' })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringMatching(/BadDigest|XAmzContentSHA256Mismatch/)])
  })

  test('away, it is unavailable; back, it holds what it held', async () => {
    const bytes = some(1_000)
    const store = bucketStore(bucket, systemClock)
    await store.put(nameOf(bytes), bytes, keepUntil)
    await swift.leave()
    try {
      expect(await everyMethod(store)).toEqual(Array(4).fill(comeAgain))
      expect(await store.fault()).toMatchObject({ kind: 'unreachable', detail: 'ECONNREFUSED' })
    } finally {
      await swift.comeBack()
    }
    expect(await store.has(nameOf(bytes))).toBe(true)
    expect(await store.fault()).toBeUndefined()
  }, 120_000)

  test('silence ends, a torn answer is none, a passing failure is tried again, a redirect is not followed', async () => {
    const answers: ((respond: ServerResponse) => void)[] = []
    let asked = 0
    const server = createServer((request, respond) => {
      asked += 1
      request.resume()
      answers.shift()?.(respond)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const bounds = { idleMs: 1_000, callMs: 20_000 }
    const store = bucketStore({ ...bucket, url: `http://127.0.0.1:${port}/evidence` }, systemClock, bounds)
    const status =
      (code: number, headers = {}) =>
      (respond: ServerResponse) =>
        void respond.writeHead(code, headers).end()
    try {
      answers.push(status(503), (respond) => respond.destroy(), status(200))
      expect(await store.has(nameOf(some(1)))).toBe(true)
      expect(asked).toBe(3)
      answers.push(status(302, { location: bucket.url }))
      expect(await failure(store.has(nameOf(some(1))))).toEqual(callTheOperator)
      expect(asked).toBe(4)
      const torn = (respond: ServerResponse): void => {
        respond.writeHead(200, { 'content-length': '1000' }).write('half')
        setTimeout(() => respond.destroy(), 50)
      }
      answers.push(torn, torn, torn)
      expect(await failure(store.get(nameOf(some(1))))).toEqual(comeAgain)
      expect(await failure(store.has(nameOf(some(1))))).toEqual(comeAgain)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }, 60_000)

  test('a lock is asked for with the term and the checksum that storage wants, when it is set', async () => {
    const seen: Record<string, unknown>[] = []
    const server = createServer((request, respond) => {
      seen.push(request.headers)
      request.resume().on('end', () => respond.writeHead(200).end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/evidence`
    const bytes = some(10)
    await bucketStore({ ...bucket, url, lock: 'compliance' }, systemClock).put(nameOf(bytes), bytes, keepUntil)
    await bucketStore({ ...bucket, url }, systemClock).put(nameOf(bytes), bytes, keepUntil)
    server.close()
    expect(seen[0]).toMatchObject({
      'if-none-match': '*',
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': keepUntil.toISOString(),
      'x-amz-checksum-sha256': Buffer.from(sha256(bytes)).toString('base64'),
    })
    expect(seen[1]).not.toHaveProperty('x-amz-object-lock-mode')
  })
})

describe('a folder that does not answer as it must', () => {
  test('what cannot be read or written is unavailable, and leaves no half file', async () => {
    const bytes = some(10)
    const file = join(folder, 'a-file')
    writeFileSync(file, '')
    // A file where a folder should be stops everybody, root as well.
    const store = folderStore(file)
    expect(await everyMethod(store)).toEqual(Array(4).fill(comeAgain))
    expect(await store.fault()).toEqual({ kind: 'unwritable', detail: `${file}: EEXIST` })
    const well = folderStore(folder)
    await well.put(nameOf(bytes), bytes, keepUntil)
    const names = readdirSync(dirname(join(folder, objectPath(nameOf(bytes)))))
    expect(names).toContain(nameOf(bytes).sha256)
    expect(names.filter((name) => name.endsWith('.partial'))).toEqual([])
  })
})
