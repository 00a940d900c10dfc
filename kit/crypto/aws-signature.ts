import { createHash, createHmac } from 'node:crypto'

/**
 * AWS Signature Version 4 in the headers of a request: how S3-compatible storage knows who asks, and that the content is what was
 * signed. Ours, because the SDKs weigh 16 MB and more and the small signing library has had no release for two years.
 */
export interface AwsKey {
  readonly id: string
  readonly secret: string
  readonly region: string
  readonly service: string
}
export interface AwsRequest {
  readonly method: string
  readonly url: URL
  /** Lower-case names. All are signed, and `host` and the two that the signature needs besides. */
  readonly headers: Readonly<Record<string, string>>
  /** SHA-256 of the body, hex. */
  readonly payloadSha256: string
  readonly at: Date
}

const hashHex = (text: string): string => createHash('sha256').update(text).digest('hex')
const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** RFC 3986: `encodeURIComponent` leaves five characters alone that the signature wants encoded. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

const canonicalQuery = (url: URL): string =>
  [...url.searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')

/** The headers to send: those given, `x-amz-date`, `x-amz-content-sha256` and `authorization`. `host` is left to the client, as `url.host`. */
export function signAwsRequest(request: AwsRequest, key: AwsKey): Record<string, string> {
  const { method, url, payloadSha256 } = request
  const stamp = request.at.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-content-sha256': payloadSha256,
    'x-amz-date': stamp,
  }
  const signed: Record<string, string> = { ...headers, host: url.host }
  const names = Object.keys(signed).sort()
  const path = url.pathname
    .split('/')
    .map((part) => encoded(decodeURIComponent(part)))
    .join('/')
  const lines = names.map((name) => `${name}:${signed[name]?.trim()}\n`).join('')
  const canonical = [method, path, canonicalQuery(url), lines, names.join(';'), payloadSha256].join('\n')
  const scope = `${stamp.slice(0, 8)}/${key.region}/${key.service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, hashHex(canonical)].join('\n')
  const derived = scope.split('/').reduce<string | Buffer>((from, part) => mac(from, part), `AWS4${key.secret}`)
  const signature = mac(derived, toSign).toString('hex')
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${key.id}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`
  return headers
}
