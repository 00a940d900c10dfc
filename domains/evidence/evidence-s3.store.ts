import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@huabiao/kit/clock/clock'
import { signAwsRequest } from '@huabiao/kit/crypto/aws-signature'
import { sha256 } from '@huabiao/kit/crypto/suite'
import { Unavailable } from '@huabiao/kit/errors/errors'
import { AnswerTooLarge, type BoundedAnswer, boundedRequest } from '@huabiao/kit/http/bounded-request'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { type ObjectName, objectMaxBytes, objectPath, type StoreFault } from './evidence.model.ts'
import type { ObjectStore } from './evidence.ports.ts'

/** A bucket of S3-compatible storage, addressed by path. */
export interface BucketAddress {
  /** `https://host[:port]/bucket[/prefix]`. */
  readonly url: string
  readonly region: string
  readonly keyId: string
  readonly secret: string
  /** Certificate authorities in PEM, where the storage's is a private one. */
  readonly ca?: string | undefined
  /** Asks for object lock until the term of the evidence is over (RL-36); the bucket must have been made for it. */
  readonly lock?: 'governance' | 'compliance' | undefined
}

/** Three tries within the 30 s that a gateway waits for an answer; large objects get a second for each MiB besides. */
const tries = 3
const patience = { idleMs: 5_000, callMs: 20_000 }
const msPerMebibyte = 1_000
const listedAtOnce = 1_000
const answerMaxBytes = 4 * 1024 * 1024

interface Call {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  /** Below the bucket; empty for the bucket itself. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly answerMaxBytes?: number
}

const emptySha256 = toHex(sha256())
/** What the storage calls its refusal, such as NoSuchBucket. */
const refusalOf = ({ status, body }: BoundedAnswer): string =>
  /<Code>([A-Za-z0-9]{1,80})<\/Code>/.exec(body.subarray(0, 8_192).toString('utf8'))?.[1] ?? `status ${status}`
const isPassing = (status: number): boolean => status >= 500 || status === 429 || status === 409

class Refused extends Unavailable {
  readonly fault: StoreFault
  constructor(fault: StoreFault, retry: boolean, cause?: unknown) {
    super('evidence', retry, cause ?? `${fault.kind}: ${fault.detail}`)
    this.fault = fault
  }
}
const kindOf: Readonly<Record<string, StoreFault['kind']>> = {
  InvalidAccessKeyId: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  AccessDenied: 'credentials',
  RequestTimeTooSkewed: 'clock',
  NoSuchBucket: 'bucket',
}
const refusedBy = (answer: BoundedAnswer): Refused => {
  const detail = refusalOf(answer)
  const kind = kindOf[detail] ?? (isPassing(answer.status) ? 'unreachable' : 'refused')
  return new Refused({ kind, detail }, isPassing(answer.status))
}

/** Calls of one bucket: signed, bounded, and tried again where that may help. Every method here is safe to repeat. */
function bucketCalls(of: BucketAddress, clock: Clock, { idleMs, callMs }: typeof patience) {
  const { pathname, origin } = new URL(of.url)
  const [, bucket = '', ...rest] = pathname.replace(/\/+$/, '').split('/')
  const prefix = rest.length > 0 ? `${rest.join('/')}/` : ''
  const key = { id: of.keyId, secret: of.secret, region: of.region, service: 's3' }

  async function once(call: Call, until: number): Promise<BoundedAnswer> {
    const url = new URL(call.path === '' ? `/${bucket}` : `/${bucket}/${call.path}`, origin)
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value)
    const payloadSha256 = call.body ? toHex(sha256(call.body)) : emptySha256
    const { method } = call
    const headers = signAwsRequest({ method, url, headers: call.headers ?? {}, payloadSha256, at: clock.now() }, key)
    const body = call.body ? { body: call.body } : {}
    const totalMs = Math.max(1, Math.ceil(until - performance.now()))
    return boundedRequest({
      method,
      url,
      headers,
      ...body,
      ca: of.ca,
      idleMs,
      totalMs,
      answerMaxBytes: call.answerMaxBytes ?? answerMaxBytes,
    })
  }

  /** The storage's answer, whatever it is. @throws Refused where there is none */
  async function send(call: Call): Promise<BoundedAnswer> {
    const size = Math.max(call.body?.length ?? 0, call.answerMaxBytes ?? 0)
    const until = performance.now() + callMs + (size / 2 ** 20) * msPerMebibyte
    for (let left = tries - 1; ; left -= 1) {
      const waitMs = 200 * 3 ** (tries - 1 - left)
      const last = left === 0 || performance.now() + waitMs > until
      try {
        const answer = await once(call, until)
        if (last || !isPassing(answer.status)) return answer
      } catch (cause) {
        const detail = (cause as { code?: string }).code ?? (cause instanceof Error ? cause.message : String(cause))
        if (cause instanceof AnswerTooLarge) throw new Refused({ kind: 'refused', detail }, false, cause)
        if (last) throw new Refused({ kind: 'unreachable', detail }, true, cause)
      }
      await sleep(waitMs)
    }
  }
  return { prefix, send }
}

/** Evidence in S3-compatible object storage: any that speaks the plain S3 protocol with signature version 4. */
export function bucketStore(of: BucketAddress, clock: Clock, bounds = patience): ObjectStore {
  const { prefix, send } = bucketCalls(of, clock, bounds)
  const keyOf = (name: ObjectName): string => prefix + objectPath(name)
  // Not every storage knows conditional writes. Without them the same content is written over itself: nothing is lost by that.
  let conditional = true

  const isAbsent = (answer: BoundedAnswer): boolean => answer.status === 404 && refusalOf(answer) === 'NoSuchKey'
  /**
   * Asks for the first byte instead of HEAD, whose answer cannot tell a missing bucket from a missing object, and after which
   * Swift sends bytes that are no HTTP. Of an empty object there is no first byte: 416.
   */
  async function has(name: ObjectName): Promise<boolean> {
    const answer = await send({ method: 'GET', path: keyOf(name), headers: { range: 'bytes=0-0' } })
    if ([200, 206, 416].includes(answer.status)) return true
    if (isAbsent(answer)) return false
    throw refusedBy(answer)
  }
  async function put(name: ObjectName, bytes: Uint8Array, keepUntil: Date): Promise<void> {
    if (!conditional && (await has(name))) return
    const answer = await send({
      method: 'PUT',
      path: keyOf(name),
      body: bytes,
      headers: { ...(conditional ? { 'if-none-match': '*' } : {}), ...lockHeaders(of, name, keepUntil) },
    })
    if (answer.status === 200 || (conditional && answer.status === 412)) return
    if (!conditional || answer.status !== 501) throw refusedBy(answer)
    conditional = false
    await put(name, bytes, keepUntil)
  }
  return {
    put,
    has,
    remove: async (name) => {
      const answer = await send({ method: 'DELETE', path: keyOf(name) })
      if (![200, 204].includes(answer.status) && !isAbsent(answer)) throw refusedBy(answer)
    },
    get: async (name) => {
      const answer = await send({ method: 'GET', path: keyOf(name), answerMaxBytes: objectMaxBytes })
      if (answer.status === 200) return answer.body
      if (isAbsent(answer)) return undefined
      throw refusedBy(answer)
    },
    list: async function* (tenantId) {
      const first = keyOf({ tenantId, sha256: '0'.repeat(64) })
      const folder = first.slice(0, -'00/'.length - 64)
      let token: string | undefined
      do {
        const query = { 'list-type': '2', prefix: folder, 'max-keys': String(listedAtOnce) }
        const answer = await send({
          method: 'GET',
          path: '',
          query: token === undefined ? query : { ...query, 'continuation-token': token },
        })
        if (answer.status !== 200) throw refusedBy(answer)
        const text = answer.body.toString('utf8')
        for (const [, digest] of text.matchAll(/<Key>[^<]*\/([0-9a-f]{64})<\/Key>/g)) if (digest) yield digest
        const next = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(text)?.[1]?.replaceAll('&amp;', '&')
        if (next !== undefined && next === token)
          throw new Refused({ kind: 'refused', detail: 'a listing that does not end' }, false)
        token = next
      } while (token !== undefined)
    },
    fault: async () => {
      try {
        // Always the same few bytes without a term, so that asking leaves nothing behind that grows.
        const answer = await send({ method: 'PUT', path: `${prefix}writable`, body: Buffer.from('huabiao\n') })
        return answer.status === 200 ? undefined : refusedBy(answer).fault
      } catch (error) {
        return error instanceof Refused ? error.fault : { kind: 'refused', detail: String(error) }
      }
    },
  }
}

/** Retention is taken only with a checksum of the content, and the name is one. */
const lockHeaders = (of: BucketAddress, name: ObjectName, keepUntil: Date): Record<string, string> =>
  of.lock === undefined
    ? {}
    : {
        'x-amz-checksum-sha256': Buffer.from(name.sha256, 'hex').toString('base64'),
        'x-amz-object-lock-mode': of.lock.toUpperCase(),
        'x-amz-object-lock-retain-until-date': keepUntil.toISOString(),
      }
