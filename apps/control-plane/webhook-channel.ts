import { randomBytes } from 'node:crypto'
import { request } from 'node:https'
import type { BlockList } from 'node:net'
import { isIP } from 'node:net'
import { NotDeliverable, type NoticeChannel } from '@huabiao/domains/notification/notification.module'
import type { ContentClass } from '@huabiao/domains/notification/notification-message.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import { hmacSm3 } from '@huabiao/kit/crypto/suite'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { type Resolve, reachableAddress } from '@huabiao/kit/net/reach'

export interface Webhook {
  readonly name: string
  readonly carries: ContentClass
  readonly url: string
  readonly keyId: string
  /** Shared with the receiver; at least 32 bytes. */
  readonly key: Uint8Array
  /** Authorities to trust in place of the public ones. */
  readonly ca?: string | undefined
}
/** Where the management unit lets notices go: hosts by name, and networks of its own that are not public. */
export interface AllowedPlaces {
  readonly hosts: readonly string[]
  readonly networks: BlockList
  readonly resolve?: Resolve
}

/** What the receiver checks; docs/how-to/receive-notices.md. */
export const webhookSignature = (key: Uint8Array, timestamp: string, nonce: string, body: Uint8Array): string =>
  toHex(hmacSm3(key, utf8(`huabiao-webhook-v1\n${timestamp}\n${nonce}\n`), body))

/** POSTs each message, signed, over TLS to one address that was looked at before. Redirects are an answer, not a way. */
export function webhookChannel(webhook: Webhook, places: AllowedPlaces, clock: Clock): NoticeChannel {
  const { name, carries, keyId, key } = webhook
  const url = new URL(webhook.url)
  if (url.protocol !== 'https:') throw new Error(`channel ${name}: a webhook is https`)
  if (!places.hosts.includes(url.hostname)) throw new Error(`channel ${name}: ${url.hostname} is not an allowed host`)
  return {
    name,
    carries,
    deliver: async ({ id, personId, title, number, link }, signal) => {
      const body = utf8(JSON.stringify({ id, person: personId, title, number, link }))
      const address = await reachableAddress(url.hostname, places.networks, places.resolve)
      const timestamp = String(Math.floor(clock.now().getTime() / 1000))
      const nonce = randomBytes(16).toString('hex')
      const headers = {
        'content-type': 'application/json',
        'content-length': body.length,
        host: url.host,
        'huabiao-key-id': keyId,
        'huabiao-timestamp': timestamp,
        'huabiao-nonce': nonce,
        'huabiao-signature': webhookSignature(key, timestamp, nonce, body),
      }
      judge(await post(url, address, { headers, body, ca: webhook.ca, signal }))
    },
  }
}

interface Post {
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: Uint8Array
  readonly ca: string | undefined
  readonly signal: AbortSignal
}
/** The status alone: nothing of the answer's body is read, so none is too large. */
function post(url: URL, address: string, { headers, body, ca, signal }: Post): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({
      method: 'POST',
      // The address that was admitted; the certificate must be of the name.
      host: address,
      ...(isIP(url.hostname) ? {} : { servername: url.hostname }),
      port: url.port || 443,
      path: url.pathname + url.search,
      headers,
      agent: false,
      ca,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      maxHeaderSize: 16_384,
      signal,
    })
    sent.on('response', (answer) => {
      resolve(answer.statusCode ?? 0)
      answer.destroy()
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Too early, too many or too slow is no for now; any other no of the receiver, or a way elsewhere, is no for good. */
function judge(status: number): void {
  if (status >= 200 && status < 300) return
  if (status >= 300 && status < 500 && ![408, 425, 429].includes(status))
    throw new NotDeliverable(`the receiver answered ${status}`)
  throw new Error(`the receiver answered ${status}`)
}
