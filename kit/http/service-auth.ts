import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto'
import type { Plane } from '@huabiao/kit/actor/actor'
import type { FastifyInstance } from 'fastify'

/**
 * Proof of possession of a process of ours, per request: Ed25519 over method, path, digest of the raw body, time and nonce. A call that
 * was overheard or logged cannot be made again, nor with another body (anchors/bastion.md §3.1, 3: an internal API that trusted its caller).
 */
export interface ServiceKey {
  readonly id: string
  readonly plane: Plane
  /** Base64 of the SPKI DER of an Ed25519 key. */
  readonly publicKey: string
  /** What the process is; a gateway where absent. */
  readonly service?: 'gateway' | 'scheduler' | 'signer' | 'ceremony' | 'log-follower' | 'inspector'
}

export const serviceSkewMs = 60_000
const scheme = 'Huabiao-Service '

const signedText = (method: string, url: string, body: Uint8Array | string, ts: string, nonce: string): Buffer =>
  Buffer.from(`${method}\n${url}\n${createHash('sha256').update(body).digest('hex')}\n${ts}\n${nonce}`, 'utf8')

/** The value of the `authorization` header. `url` is path and query as sent; `body` the very bytes sent, empty for none. */
export function signServiceRequest(
  key: { id: string; privateKey: KeyObject },
  request: { method: string; url: string; body: Uint8Array | string },
  now: Date,
): string {
  const ts = String(now.getTime())
  const nonce = randomBytes(16).toString('hex')
  const sig = sign(null, signedText(request.method, request.url, request.body, ts, nonce), key.privateKey).toString('base64')
  return `${scheme}id=${key.id},ts=${ts},nonce=${nonce},sig=${sig}`
}
/** For `apiClient({ headers })` of a service. */
export const serviceHeaders =
  (id: string, privateKeyPem: string | KeyObject, now: () => Date) =>
  (method: string, path: string, body: string | undefined): Record<string, string> => ({
    authorization: signServiceRequest(
      { id, privateKey: typeof privateKeyPem === 'string' ? createPrivateKey(privateKeyPem) : privateKeyPem },
      { method, url: path, body: body ?? '' },
      now(),
    ),
  })

export const isServiceAuthorization = (header: string | undefined): header is string => header?.startsWith(scheme) ?? false

/** Remembers the nonces of the last two minutes, at most 200,000; when full, everything new is refused rather than the old forgotten. */
export interface NonceMemory {
  /** False when the nonce was used before, or cannot be remembered. */
  use(nonce: string, now: Date): boolean
}
export function nonceMemory(capacity = 200_000): NonceMemory {
  const until = new Map<string, number>()
  return {
    use: (nonce, now) => {
      const at = now.getTime()
      // In order of insertion, so the expired ones are in front.
      for (const [old, end] of until) {
        if (end > at) break
        until.delete(old)
      }
      if (until.has(nonce) || until.size >= capacity) return false
      until.set(nonce, at + 2 * serviceSkewMs)
      return true
    },
  }
}

export interface ServiceVerifier {
  /** The service whose proof this is; undefined when it is nobody's, late, early or a repetition. */
  verify(header: string, request: { method: string; url: string; body: Uint8Array | string }, now: Date): ServiceKey | undefined
}
export function serviceVerifier(services: readonly ServiceKey[], nonces: NonceMemory = nonceMemory()): ServiceVerifier {
  const known = new Map(
    services.map((service) => [
      service.id,
      { service, key: createPublicKey({ key: Buffer.from(service.publicKey, 'base64'), format: 'der', type: 'spki' }) },
    ]),
  )
  for (const [id, { key }] of known)
    if (key.asymmetricKeyType !== 'ed25519') throw new TypeError(`service ${id}: not an Ed25519 key`)
  const form = /^Huabiao-Service id=([a-z0-9-]{1,40}),ts=(\d{13}),nonce=([0-9a-f]{32}),sig=([A-Za-z0-9+/]{86}==)$/
  return {
    verify: (header, { method, url, body }, now) => {
      const [, id, ts, nonce, sig] = form.exec(header) ?? []
      const found = id ? known.get(id) : undefined
      if (!found || !ts || !nonce || !sig) return undefined
      if (Math.abs(now.getTime() - Number(ts)) > serviceSkewMs) return undefined
      if (!verify(null, signedText(method, url, body, ts, nonce), found.key, Buffer.from(sig, 'base64'))) return undefined
      // Last, so that a stranger cannot fill the memory or burn another's nonce.
      return nonces.use(`${id} ${nonce}`, now) ? found.service : undefined
    },
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The bytes of a JSON body as received; what a service signed. */
    rawBody?: Buffer
  }
}

/** Keeps the bytes of JSON bodies beside the parsed value. Call it before the routes are mounted. */
export function keepRawBody(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  // Nothing but JSON is read, SCIM's included (RFC 7644 §3.1): a body of another type would pass by its contract.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(['application/json', 'application/scim+json'], { parseAs: 'buffer' }, (request, body, done) => {
    request.rawBody = body as Buffer
    // A call without a body may still name its type, as many clients do.
    if (body.length === 0) done(null, undefined)
    else parse(request, body.toString('utf8'), done)
  })
}
