import http from 'node:http'
import https from 'node:https'

/** One exchange with a server that is not ours: bounded in time, in silence and in size, and never redirected. */
export interface BoundedRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Certificate authorities in PEM, where the server's is a private one. */
  readonly ca?: string | undefined
  readonly idleMs: number
  readonly totalMs: number
  readonly answerMaxBytes: number
}
export interface BoundedAnswer {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: Buffer
}

export class AnswerTooLarge extends Error {}

/** @throws Error where there is no whole answer within the bounds. */
export function boundedRequest(of: BoundedRequest): Promise<BoundedAnswer> {
  const send = of.url.protocol === 'https:' ? https.request : http.request
  return new Promise((resolve, reject) => {
    const headers = of.body ? { ...of.headers, 'content-length': String(of.body.length) } : of.headers
    const request = send(of.url, {
      method: of.method,
      headers,
      timeout: of.idleMs,
      signal: AbortSignal.timeout(of.totalMs),
      ...(of.ca === undefined ? {} : { ca: of.ca }),
    })
    request.once('timeout', () => request.destroy(new Error(`silent for ${of.idleMs} ms`)))
    request.once('error', reject)
    request.once('response', (answer) => {
      const parts: Buffer[] = []
      let bytes = 0
      answer.on('data', (part: Buffer) => {
        bytes += part.length
        if (bytes > of.answerMaxBytes) request.destroy(new AnswerTooLarge(`an answer above ${of.answerMaxBytes} bytes`))
        else parts.push(part)
      })
      answer.once('error', reject)
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, contentType: answer.headers['content-type'], body: Buffer.concat(parts) }),
      )
    })
    request.end(of.body)
  })
}
