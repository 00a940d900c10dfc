import type { IncomingMessage, ServerResponse } from 'node:http'
import { Refusal, type RefusalTable } from '@huabiao/kit/errors/errors'
import type { z } from 'zod'

/** JSON over Node's own HTTP server, for processes that have a handful of requests and no need of a framework. */

/** The body as JSON. @throws Refusal `request.too_large`, `request.invalid` */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Refusal('request.too_large')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw new Refusal('request.invalid', {}, error)
  }
}

/** @throws Refusal `request.invalid` that names the fields */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new Refusal(
    'request.invalid',
    { fields: parsed.error.issues.slice(0, 20).map((issue) => issue.path.join('.')) },
    parsed.error,
  )
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, 'cache-control': 'no-store' })
  response.end(body)
}

/** Sends a refusal that the table knows as `{ code, rule?, params }`; answers whether it did. */
export function sendRefusal(response: ServerResponse, error: unknown, table: RefusalTable): error is Refusal {
  const meaning = error instanceof Refusal ? table[error.code] : undefined
  if (!(error instanceof Refusal) || !meaning) return false
  // What is left of an oversized body is not read.
  if (error.code === 'request.too_large') response.shouldKeepAlive = false
  sendJson(response, meaning.status, { code: error.code, ...(meaning.rule ? { rule: meaning.rule } : {}), params: error.params })
  return true
}
