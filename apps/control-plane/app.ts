import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ServerOptions } from 'node:https'
import type { Socket } from 'node:net'
import fastifyStatic from '@fastify/static'
import { providerPath } from '@huabiao/domains/federation/federation-client.model'
import { endpoint, Instant } from '@huabiao/kit/contract/contract'
import { answerProblem, mount } from '@huabiao/kit/http/http'
import { look, type Route } from '@huabiao/kit/http/route'
import { keepRawBody } from '@huabiao/kit/http/service-auth'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Composed } from './compose.ts'

export const health = endpoint({
  name: 'health',
  method: 'GET',
  path: '/api/v1/health',
  permission: 'public',
  summary: '健康检查 / Health',
  response: z.object({
    ok: z.literal(true),
    /** Whether a separate program still finds every chain and recording as it was sealed, and its oldest last look (NT-D05). */
    recheck: z.object({ state: z.enum(['never', 'current', 'late', 'failed']), lastAt: Instant.nullable() }),
    /** Whether somebody outside counter-signs the ledger, and when they last did (RL-13). */
    witness: z.object({ state: z.enum(['none', 'current', 'late', 'refused']), lastAt: Instant.nullable() }),
  }),
})
/** Answers when the database does: what cannot be written down cannot be done here. */
const healthRoute = (of: Composed): Route =>
  look(health, async (tx) => {
    const view = <S>({ state, lastAt }: { state: S; lastAt: Date | null }) => ({ state, lastAt: lastAt?.toISOString() ?? null })
    const [witness, recheck] = [await of.witnessHealth(tx), await of.recheckHealth(tx)]
    return { view: { ok: true as const, witness: view(witness), recheck: view(recheck) } }
  })
export const allRoutes = (of: Composed): Route[] => [healthRoute(of), ...of.routes]

/** Scripts and styles only from ourselves; connections to ourselves and to the gateways' terminals. */
const policy = (gateways: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    // xterm and antd set styles on elements; scripts stay closed.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src 'self' ${gateways.join(' ')}`.trim(),
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')

export interface AppOptions {
  readonly consoleDir: string | undefined
  readonly gatewayUrls: readonly string[]
  /** Whether people come by https alone: then browsers are told never to try anything else. */
  readonly httpsOnly?: boolean
  /** Hears what was answered, by the pattern of its route. */
  readonly onAnswered?: (method: string, route: string, status: number) => void
  readonly tls?: { keyFile: string; certFile: string; clientCaFile: string }
}

export async function buildApp(of: Composed, options: AppOptions): Promise<FastifyInstance> {
  const { tls } = options
  const https: ServerOptions | undefined = tls && {
    key: readFileSync(tls.keyFile),
    cert: readFileSync(tls.certFile),
    ca: readFileSync(tls.clientCaFile),
    // A client certificate is one way to log on, not the only one; a chain that does not verify counts as none.
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
  }
  const common = {
    logger: false,
    bodyLimit: 256 * 1024,
    requestTimeout: 60_000,
    trustProxy: false,
    // What fails before a route is found is refused in the same words as everything else.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      void answerProblem(error, request, reply, of.ports),
    clientErrorHandler: refuseGarbage,
  } as const
  const app = (https ? Fastify({ ...common, https }) : Fastify(common)) as unknown as FastifyInstance
  const csp = policy(options.gatewayUrls)
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'no-referrer')
    reply.header('x-frame-options', 'DENY')
    reply.header('content-security-policy', csp)
    if (https && options.httpsOnly) reply.header('strict-transport-security', 'max-age=31536000')
  })
  const { onAnswered } = options
  if (onAnswered)
    app.addHook('onResponse', async (request, reply) =>
      onAnswered(request.method, request.routeOptions.url ?? 'none', reply.statusCode),
    )
  keepRawBody(app)
  // The provider of OpenID Connect speaks a protocol of its own, forms included; nothing of ours reads its requests.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith(`${providerPath}/`)) return
    reply.hijack()
    await of.oidc(request.raw, reply.raw).catch((error: unknown) => {
      of.ports.log.warn({ error }, 'the provider of OpenID Connect is unavailable')
      if (!reply.raw.headersSent) reply.raw.writeHead(503, { 'content-type': 'application/json' })
      reply.raw.end('{"error":"temporarily_unavailable"}')
    })
  })
  if (options.consoleDir) await serveConsole(app, options.consoleDir)
  mount(app, allRoutes(of), of.ports)
  return app
}

/** Bytes that are no HTTP: there is no request to answer, so the problem is written to the socket. */
function refuseGarbage(_error: Error, socket: Socket): void {
  if (socket.destroyed || !socket.writable) return
  const code = 'request.invalid'
  const problem = JSON.stringify({ type: `urn:huabiao:${code}`, status: 400, code, params: {}, requestId: randomUUID() })
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: ${problem.length}\r\n\r\n${problem}`,
  )
}

/** The console: hashed files are kept for a year, its page never; every path that is not the API shows the page. */
async function serveConsole(app: FastifyInstance, dir: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: dir,
    wildcard: true,
    setHeaders: (reply, path) => {
      reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.addHook('onRequest', async (request, reply) => {
    const path = request.url.split('?')[0]!
    const isPage = request.method === 'GET' && !path.startsWith('/api/') && !/\.[a-z0-9]+$/.test(path)
    if (isPage && path !== '/') return reply.sendFile('index.html')
    return undefined
  })
}
