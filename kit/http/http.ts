import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Actor } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import { type DomainEvent, type Endpoint, type InputOf, type Problem, stepUpMaxAgeMs } from '@huabiao/kit/contract/contract'
import { type Database, type ReadTx, type Scope, sqlState, type Tx } from '@huabiao/kit/db/db'
import { Refusal, type RefusalCode, type RefusalParams, type RefusalTable, Unavailable } from '@huabiao/kit/errors/errors'
import type { Outcome, Route, Stages, Visitor } from '@huabiao/kit/http/route'
import { isStorable } from '@huabiao/kit/http/storable'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import type { Logger } from 'pino'

/** What the server needs of the foundation domains; wired in the composition root. */
export interface GatePorts {
  db: Database
  clock: Clock
  log: Logger
  refusals: RefusalTable
  /** Who is calling: a live session, a service's proof of possession, or nobody. Throws a refusal on a bad credential. */
  authenticate(request: FastifyRequest, visitor: Visitor): Promise<Actor | undefined>
  /** Hears the code of every problem that is answered, for counting them. */
  onProblem?: (code: string) => void
  /** The body of a problem in the words of another protocol, where the path speaks one; undefined elsewhere. */
  problemBody?: (path: string, problem: Problem) => { type: string; body: object } | undefined
  /** The RAM decision; a refusal code or nothing. Explicit deny wins, unknown is no. */
  authorize(actor: Actor, action: string, resource: string): Promise<RefusalCode | undefined>
  /** What an act that does not exist is refused with: its place may name a red line. */
  unknownCommand(method: string, path: string): RefusalCode
  /** Appends to the ledger in the given transaction. */
  record(tx: Tx, actor: Actor | Visitor, events: readonly RecordedEvent[]): Promise<void>
}
export type RecordedEvent = DomainEvent & {
  readonly decision?: 'done' | 'refused'
  readonly code?: string
  readonly rule?: string
}

type Caller = Actor | Visitor
const scopeOf = (caller: Caller): Scope => (caller.kind === 'visitor' ? { kind: 'nobody' } : caller)

/** Mounts the routes. One gate for all: authenticate → permission → step-up → input → transaction → ledger → response check. */
export function mount(app: FastifyInstance, routes: readonly Route[], ports: GatePorts): void {
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply, ports))
  app.setNotFoundHandler((request, reply) => refuseUnknown(request, reply, ports))
  for (const route of routes) {
    app.route({
      method: route.endpoint.method,
      url: route.endpoint.path,
      bodyLimit: route.endpoint.bodyLimitBytes,
      handler: (request, reply) => pass(route, request, reply, ports),
    })
  }
}

async function pass(route: Route, request: FastifyRequest, reply: FastifyReply, ports: GatePorts): Promise<unknown> {
  const { endpoint } = route
  refuseUnstorable(request)
  const visitor = visitorOf(request)
  // A public endpoint sees a visitor whoever asks: a session that happens to be there is not even looked up.
  const actor = endpoint.permission === 'public' ? undefined : await ports.authenticate(request, visitor)
  const caller: Caller = actor ?? visitor
  try {
    await admit(endpoint, actor, request, ports)
    const input = parseInput(endpoint, request)
    if (route.kind === 'raw')
      return await (route.run as (...args: unknown[]) => Promise<unknown>)(request, reply, stagesOf(caller, ports), input)
    const outcome = await perform(route, caller, input, request, ports)
    for (const [name, value] of Object.entries(outcome.headers ?? {})) reply.header(name, value)
    if (outcome.status) reply.status(outcome.status)
    return reply.header('cache-control', 'no-store').send(outcome.status === 204 ? null : endpoint.response.parse(outcome.view))
  } catch (error) {
    await recordRefusal(error, endpoint, caller, request, ports)
    throw error
  }
}

/** An act that no contract has. Whoever is logged on and tries to write is recorded: there is no quiet way to knock on walls (RL-36). */
async function refuseUnknown(request: FastifyRequest, reply: FastifyReply, ports: GatePorts): Promise<FastifyReply> {
  const path = request.url.split('?')[0] ?? ''
  const code = ports.unknownCommand(request.method, path)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const actor = await ports.authenticate(request, visitorOf(request)).catch(() => undefined)
    if (actor?.kind === 'person')
      await writeRefusal(actor, { object: `${request.method} ${path}`, endpoint: 'none', code }, {}, ports)
  }
  return answerProblem(new Refusal(code), request, reply, ports)
}

async function admit(endpoint: Endpoint, actor: Actor | undefined, request: FastifyRequest, ports: GatePorts): Promise<void> {
  if (endpoint.permission === 'public') return
  if (!actor) throw new Refusal('session.required')
  if (endpoint.permission.startsWith('service:')) {
    if (actor.kind !== 'service' || `service:${actor.service}` !== endpoint.permission)
      throw new Refusal('access.service_only', { action: endpoint.permission })
    return
  }
  if (actor.kind !== 'person') throw new Refusal('access.denied', { action: endpoint.permission })
  if (endpoint.permission !== 'self') {
    const resource = endpoint.resource.replace(/:([A-Za-z]+)/g, (_, name: string) =>
      String((request.params as Record<string, string>)[name] ?? ''),
    )
    const code = await decided(ports, actor, endpoint.permission, resource)
    if (code !== undefined) throw new Refusal(code, { action: endpoint.permission })
  }
  const maxAgeMs = stepUpMaxAgeMs(endpoint.danger)
  if (maxAgeMs !== undefined && (!actor.mfaAt || ports.clock.now().getTime() - actor.mfaAt.getTime() > maxAgeMs))
    throw new Refusal('access.step_up_required', { danger: endpoint.danger })
}

const decisionMaxMs = 5_000
/** Nothing but `undefined` admits. A decision that fails, is none or does not come refuses, and is an alarm (NT-B18). */
async function decided(ports: GatePorts, actor: Actor, action: string, resource: string): Promise<RefusalCode | undefined> {
  const over = new AbortController()
  const late = sleep(decisionMaxMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no decision within ${decisionMaxMs} ms`)
  })
  late.catch(() => undefined)
  try {
    const code: unknown = await Promise.race([ports.authorize(actor, action, resource), late])
    if (code === undefined || (typeof code === 'string' && ports.refusals[code])) return code as RefusalCode | undefined
    throw new TypeError('a decision that is neither a refusal nor none')
  } catch (error) {
    // A database that is away is told as such: whoever asks may come again.
    if (error instanceof Unavailable || sqlState(error) !== undefined || isConnectionError(error)) throw error
    ports.log.error({ event: 'policy_failed', action, error }, 'no decision, so no')
    return 'access.undecided'
  } finally {
    over.abort()
  }
}

/** Before anybody looks: what cannot be written down cannot be judged, and its refusal could not be recorded either. */
function refuseUnstorable({ params, query, body }: FastifyRequest): void {
  const wrong = Object.entries({ params, query, body }).flatMap(([part, value]) =>
    isStorable(value) ? [] : [`${part}: unstorable`],
  )
  if (wrong.length > 0) throw new Refusal('request.invalid', { at: wrong })
}

function parseInput(endpoint: Endpoint, request: FastifyRequest): InputOf<Endpoint> {
  const wrong: string[] = []
  const parse = (part: 'params' | 'query' | 'body', value: unknown): unknown => {
    const result = endpoint[part].safeParse(value ?? {})
    if (result.success) return result.data
    for (const issue of result.error.issues.slice(0, 20))
      wrong.push(`${part}${issue.path.map((key) => `.${String(key)}`).join('')}: ${issue.code}`)
    return undefined
  }
  const input = {
    params: parse('params', request.params),
    query: parse('query', request.query),
    body: endpoint.method === 'GET' ? {} : parse('body', request.body),
    ifMatch: versionOf(request.headers['if-match'], wrong),
  }
  if (wrong.length > 0) throw new Refusal('request.invalid', { at: wrong })
  return input as InputOf<Endpoint>
}

function versionOf(header: string | undefined, wrong: string[]): number | undefined {
  if (header === undefined) return undefined
  const match = /^"(\d{1,9})"$/.exec(header)
  if (!match) wrong.push('if-match: invalid')
  return match ? Number(match[1]) : undefined
}

type Work = (tx: Tx, caller: Caller, input: InputOf<Endpoint>) => Promise<Outcome<unknown>>

async function perform(
  route: Route,
  caller: Caller,
  input: InputOf<Endpoint>,
  request: FastifyRequest,
  ports: GatePorts,
): Promise<Outcome<unknown>> {
  if (route.kind === 'look') {
    const run = route.run as (tx: ReadTx, caller: Caller, input: InputOf<Endpoint>) => Promise<Outcome<unknown>>
    return ports.db.read(scopeOf(caller), (tx) => run(tx, caller, input))
  }
  if (route.kind === 'staged') {
    const run = route.run as (stages: Stages<Caller>, input: InputOf<Endpoint>) => Promise<Outcome<unknown>>
    return run(stagesOf(caller, ports), input)
  }
  const key = request.headers['idempotency-key']
  return ports.db.transact(scopeOf(caller), async (tx) => {
    const claim =
      typeof key === 'string' && caller.kind === 'person'
        ? { key, accountId: caller.accountId, endpoint: route.endpoint.name, sha256: hashOf(request) }
        : undefined
    const earlier = claim ? await findClaim(tx, claim) : undefined
    if (earlier !== undefined) return { view: earlier, unchanged: true }
    const outcome = await (route.run as Work)(tx, caller, input)
    await finish(tx, caller, outcome, route.endpoint.name, ports)
    if (claim) await saveClaim(tx, claim, outcome.view)
    return outcome
  })
}

async function finish(tx: Tx, caller: Caller, outcome: Outcome<unknown>, name: string, ports: GatePorts): Promise<void> {
  if (outcome.events?.length) await ports.record(tx, caller, outcome.events)
  else if (!outcome.unchanged) throw new Error(`${name} changed state and reported no event`)
}

function stagesOf<A extends Caller>(caller: A, ports: GatePorts): Stages<A> {
  return {
    actor: caller,
    read: (run) => ports.db.read(scopeOf(caller), run),
    transact: (run) =>
      ports.db.transact(scopeOf(caller), async (tx) => {
        const outcome = await run(tx)
        await finish(tx, caller, outcome, 'stage', ports)
        return outcome.view
      }),
    record: (events) => ports.db.transact(scopeOf(caller), (tx) => ports.record(tx, caller, events)),
  }
}

interface Claim {
  key: string
  accountId: string
  endpoint: string
  sha256: string
}
const hashOf = (request: FastifyRequest): string =>
  createHash('sha256')
    .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
    .digest('hex')

async function findClaim(tx: Tx, claim: Claim): Promise<unknown> {
  if (!/^[\x21-\x7e]{8,200}$/.test(claim.key)) throw new Refusal('request.invalid', { at: ['idempotency-key: invalid'] })
  // The lock makes a concurrent repetition wait for the first to commit, instead of doing the work twice.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${claim.accountId} ${claim.key}`}, 0))`.execute(tx)
  const { rows } = await sql<{ request_sha256: string; endpoint: string; response: unknown }>`
    select request_sha256, endpoint, response from idempotency_key where account_id = ${claim.accountId} and key = ${claim.key}`.execute(
    tx,
  )
  const row = rows[0]
  if (!row) return undefined
  if (row.request_sha256 !== claim.sha256 || row.endpoint !== claim.endpoint) throw new Refusal('request.idempotency_conflict')
  return row.response
}

const saveClaim = (tx: Tx, claim: Claim, view: unknown): Promise<unknown> =>
  sql`insert into idempotency_key (account_id, key, endpoint, request_sha256, status, response)
      values (${claim.accountId}, ${claim.key}, ${claim.endpoint}, ${claim.sha256}, 200, ${JSON.stringify(view)}::jsonb)`.execute(
    tx,
  )

/** A refused command is evidence too: who tried what, and which red line held. It is written after the rollback, in its own transaction. */
async function recordRefusal(
  error: unknown,
  endpoint: Endpoint,
  caller: Caller,
  request: FastifyRequest,
  ports: GatePorts,
): Promise<void> {
  const code = error instanceof Refusal ? error.code : refusalOfDatabase(error)
  if (!code || caller.kind === 'visitor' || code === 'request.invalid' || code === 'access.step_up_required') return
  // Of a process of ours only what touches a red line: a grant used twice, another gateway's session (NT-B16).
  if (caller.kind === 'service' && !ports.refusals[code]?.rule) return
  if (endpoint.method === 'GET' && code !== 'access.denied') return
  const params = request.params as Record<string, string>
  const object =
    endpoint.resource === '*'
      ? endpoint.name
      : endpoint.resource.replace(/:([A-Za-z]+)/g, (_, name: string) => String(params[name] ?? ''))
  await writeRefusal(caller, { object, endpoint: endpoint.name, code }, error instanceof Refusal ? error.params : {}, ports)
}

async function writeRefusal(
  caller: Actor,
  what: { object: string; endpoint: string; code: RefusalCode },
  params: RefusalParams,
  ports: GatePorts,
): Promise<void> {
  const rule = ports.refusals[what.code]?.rule
  const event: RecordedEvent = {
    type: 'access.refused',
    object: what.object.slice(0, 200),
    endpoint: what.endpoint,
    decision: 'refused',
    code: what.code,
    ...(rule ? { rule } : {}),
    params,
  }
  await ports.db
    .transact(scopeOf(caller), (tx) => ports.record(tx, caller, [event]))
    .catch((cause: unknown) => ports.log.error({ cause }, 'a refusal could not be recorded'))
}

/** Our own constraints in the database speak in codes too: `raise exception 'access.exclusive_roles: …' using errcode = 'HB0xx'`. */
function refusalOfDatabase(error: unknown): RefusalCode | undefined {
  if (!sqlState(error)?.startsWith('HB')) return undefined
  const match = /^([a-z_]+\.[a-z_]+)/.exec((error as Error).message)
  return match?.[1] as RefusalCode | undefined
}

export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, ports: GatePorts): FastifyReply {
  const problem = problemOf(error, request.id || randomUUID(), ports)
  ports.onProblem?.(problem.code)
  const line = { requestId: problem.requestId, code: problem.code, method: request.method, url: request.url.split('?')[0] }
  if (problem.status >= 500 && !(error instanceof Unavailable)) ports.log.error({ ...line, error }, 'bug')
  else if (error instanceof Unavailable) ports.log.warn({ ...line, error }, 'unavailable')
  else ports.log.info(line, 'refused')
  const foreign = ports.problemBody?.(line.url ?? '', problem)
  return reply
    .status(problem.status)
    .header('content-type', foreign?.type ?? 'application/problem+json')
    .header('cache-control', 'no-store')
    .send(foreign?.body ?? problem)
}

function problemOf(error: unknown, requestId: string, ports: GatePorts): Problem {
  const about = (status: number, code: string, extra: Partial<Problem> = {}): Problem => ({
    type: `urn:huabiao:${code}`,
    status,
    code,
    params: {},
    requestId,
    ...extra,
  })
  const fromDatabase = refusalOfDatabase(error)
  const refusal = error instanceof Refusal ? error : fromDatabase ? new Refusal(fromDatabase) : undefined
  if (refusal) {
    const meaning = ports.refusals[refusal.code]
    const status = meaning?.status ?? (refusal.code.endsWith('.not_found') ? 404 : 409)
    return about(status, refusal.code, { params: { ...refusal.params }, ...(meaning?.rule ? { rule: meaning.rule } : {}) })
  }
  if (error instanceof Unavailable) return about(503, 'part.unavailable', { params: { part: error.part, retry: error.retry } })
  const state = sqlState(error)
  // The database is away, or was restarted in mid-transaction: nothing was committed, the same request may be sent again.
  if ((state !== undefined && /^(08|57P|53)/.test(state)) || isConnectionError(error))
    return about(503, 'part.unavailable', { params: { part: 'database', retry: true } })
  if (state === '40001' || state === '40P01') return about(503, 'part.unavailable', { params: { part: 'database', retry: true } })
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413) return about(413, 'request.too_large')
  if (status === 429) return about(429, 'request.too_many')
  if (status >= 400 && status < 500) return about(400, 'request.invalid')
  return about(500, 'bug')
}

const isConnectionError = (error: unknown): boolean =>
  error instanceof Error &&
  /ECONNREFUSED|ECONNRESET|Connection terminated|timeout exceeded when trying to connect/.test(error.message)

interface TlsSocket {
  authorized?: boolean
  authorizationError?: Error | string | null
  getPeerCertificate?: () => { raw?: Uint8Array }
}
function certificateOf(socket: TlsSocket): Pick<Visitor, 'clientCertificate' | 'clientCertificateFault'> {
  const clientCertificate = socket.getPeerCertificate?.()?.raw
  if (!clientCertificate || socket.authorized) return { clientCertificate, clientCertificateFault: undefined }
  const fault = socket.authorizationError
  const code = fault instanceof Error ? (fault as { code?: string }).code : fault
  return { clientCertificate, clientCertificateFault: code ?? 'UNVERIFIED' }
}

function visitorOf(request: FastifyRequest): Visitor {
  return {
    kind: 'visitor',
    sourceIp: request.ip,
    userAgent: String(request.headers['user-agent'] ?? '').slice(0, 300),
    door: request.headers['sec-fetch-site'] === undefined ? 'rest' : 'console',
    headers: request.headers as Record<string, string | undefined>,
    ...certificateOf(request.raw.socket as TlsSocket),
  }
}
