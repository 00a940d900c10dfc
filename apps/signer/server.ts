import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { grantRefusals } from '@huabiao/domains/session/session-grant.model'
import type { SignerKeys } from '@huabiao/kit/crypto/signer-client'
import { signerRefusals } from '@huabiao/kit/crypto/signer-refusals'
import { kitRefusals, Refusal, type RefusalTable, refuseIf } from '@huabiao/kit/errors/errors'
import type { z } from 'zod'
import type { Grants } from './grants.ts'
import { ExecutionGrantBody, SshCertificateBody, TreeHeadBody } from './requests.ts'
import type { TreeHeads } from './tree-heads.ts'

const bodyMaxBytes = 64 * 1024
const refusalTable: RefusalTable = { ...kitRefusals, ...signerRefusals, ...grantRefusals }

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly [field: string]: unknown
}
export interface SignerParts {
  readonly token: string
  readonly keys: SignerKeys
  readonly treeHeads: TreeHeads
  readonly grants: Grants
  readonly log: (line: LogLine) => void
}

/** The signer's HTTP face: five typed requests and nothing else. Refusals are `{ code, rule?, params }`. */
export function signerServer(parts: SignerParts): Server {
  const routes: Readonly<Record<string, (body: unknown) => Promise<unknown>>> = {
    'GET /keys': async () => parts.keys,
    'POST /sign/tree-head': (body) => parts.treeHeads.sign(parse(TreeHeadBody, body)),
    'POST /sign/execution-grant': (body) => parts.grants.signGrant(parse(ExecutionGrantBody, body).grant),
    'POST /sign/ssh-certificate': async (body) => ({
      certificate: await parts.grants.signCertificate(parse(SshCertificateBody, body)),
    }),
  }
  const expected = digestOf(`Bearer ${parts.token}`)
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const route = `${request.method} ${request.url}`
    if (route === 'GET /health') return { ok: true }
    refuseIf(timingSafeEqual(digestOf(request.headers.authorization ?? ''), expected) ? undefined : 'signer.token_wrong')
    if (!Object.hasOwn(routes, route)) throw new Refusal('request.not_found')
    return routes[route]!(request.method === 'POST' ? await readJson(request) : undefined)
  }
  return createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 1_000 }, (request, response) => {
    answer(request).then(
      (value) => {
        parts.log({ level: 'info', event: 'answered', route: request.url })
        send(response, 200, value)
      },
      (error: unknown) => refuse(parts, request, response, error),
    )
  })
}

function refuse(parts: SignerParts, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const route = request.url?.slice(0, 100)
  const meaning = error instanceof Refusal ? refusalTable[error.code] : undefined
  if (error instanceof Refusal && meaning) {
    parts.log({ level: 'warn', event: 'refused', route, code: error.code })
    // What is left of an oversized body is not read.
    if (error.code === 'request.too_large') response.shouldKeepAlive = false
    send(response, meaning.status, { code: error.code, ...(meaning.rule ? { rule: meaning.rule } : {}), params: error.params })
  } else {
    parts.log({
      level: 'error',
      event: 'failed',
      route,
      error: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown',
    })
    send(response, 503, { code: 'signer.unavailable' })
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, 'cache-control': 'no-store' })
  response.end(body)
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new Refusal(
    'request.invalid',
    { fields: parsed.error.issues.slice(0, 20).map((issue) => issue.path.join('.')) },
    parsed.error,
  )
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyMaxBytes) throw new Refusal('request.too_large')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw new Refusal('request.invalid', {}, error)
  }
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()
