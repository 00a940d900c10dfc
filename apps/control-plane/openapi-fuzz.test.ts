import { type RoleCode, roles } from '@huabiao/domains/access/access.model'
import { scimError } from '@huabiao/domains/federation/federation-scim.model'
import { Problem } from '@huabiao/kit/contract/contract'
import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Pool } from './testing/arbitrary.ts'
import { liveALittle, poolOf } from './testing/city-life.ts'
import { everyEndpoint, everyRoute } from './testing/endpoints.ts'
import { aRequest, type FuzzRequest } from './testing/fuzz-request.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { everyOperation, type Operation } from './testing/openapi.ts'
import { openSession, openSessions } from './testing/sessions.ts'
import { everyPhrase } from './testing/words.ts'

/**
 * The document is fuzzed through the whole control plane on a real database: whoever asks, and whatever they send, the answer is of the
 * contract or a refusal with words, and never a fault of ours. `HUABIAO_FUZZ_RUNS` asks for more requests, `HUABIAO_FUZZ_SEED` for others.
 */
const runs = Number(process.env.HUABIAO_FUZZ_RUNS ?? 2_400)
const seed = Number(process.env.HUABIAO_FUZZ_SEED ?? 20_261_125)
/** Each round has a city of its own: what a round breaks by right (closes a unit, locks an account) is whole again in the next. */
const runsOfRound = 6_000
const answerMs = 30_000

interface City {
  readonly h: Harness
  readonly owner: pg.Client
  readonly pool: Pool
  /** Login by login; anonymous and the gateway are asked for beside them. */
  readonly tokens: Map<string, string>
  mayDo(login: string, permission: string): boolean
  /** A program of a unit, at the SCIM door. */
  readonly programToken: string
}
const anonymous = 'anonymous'
const gateway = 'gateway'
const program = 'program'

async function startCity(): Promise<City> {
  const h = await startHarness()
  const owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  await openSessions(owner, h.tokens)
  await h.gateway('hello', { bootId: h.bootId, version: 'test' })
  await liveALittle(h)
  const { rows: bindings } = await owner.query<{ login: string; role: RoleCode }>(
    'select login, role from role_binding join account using (person_id)',
  )
  const mayDo = (login: string, permission: string): boolean =>
    bindings.some((binding) => binding.login === login && roles[binding.role].actions.includes(permission))
  const { rows } = await owner.query<{ id: string }>(`select id from federation_source where kind = 'scim' limit 1`)
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  const identity = { name: '试探', purpose: 'scim', sourceId: rows[0]!.id, expiresAt }
  const { token: programToken } = (await h.call('han.guan', 'POST', '/service-identities', identity)).body as { token: string }
  return { h, owner, pool: await poolOf(owner, h.bootId), tokens: h.tokens, mayDo, programToken }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}
async function ask(city: City, who: string, request: FuzzRequest): Promise<Answer | 'no answer'> {
  const { h, tokens } = city
  const own: Record<string, string> =
    who === anonymous
      ? {}
      : who === gateway
        ? { authorization: h.gatewayProof({ method: request.method, url: request.url, body: request.payload ?? '' }) }
        : { authorization: `Bearer ${who === program ? city.programToken : tokens.get(who)}` }
  const sent = h.app.inject({
    method: request.method as 'GET',
    url: request.url,
    headers: { ...own, 'x-huabiao-client': 'cli', ...request.headers },
    ...(request.payload === undefined ? {} : { payload: request.payload }),
  })
  const late = AbortSignal.timeout(answerMs)
  const answer = await Promise.race([
    sent,
    new Promise<undefined>((resolve) => late.addEventListener('abort', () => resolve(undefined))),
  ])
  if (!answer) return 'no answer'
  return { status: answer.statusCode, type: String(answer.headers['content-type'] ?? ''), body: answer.body }
}

const responses = new Map(everyEndpoint.map((endpoint) => [endpoint.name, endpoint.response]))
const streamed = new Set(everyRoute.filter((route) => route.kind === 'raw').map((route) => route.endpoint.name))
/** What an inside tells when it leaks: a frame of a stack, a path of the installation, words of the database. */
const leak = /\n\s+at \S|node_modules|file:\/\/|syntax error|relation "|violates|invalid input|ECONNREFUSED|ZodError/
/** SCIM tells its refusals in its own words (RFC 7644 §3.12), with our code as the detail. */
const ScimError = z.strictObject({
  schemas: z.tuple([z.literal(scimError)]),
  status: z.string().regex(/^4\d\d$/),
  scimType: z.string().optional(),
  detail: z.string(),
})
function flawOfScim(answer: Answer, codes: ReadonlySet<string>): string | undefined {
  if (!answer.type.startsWith('application/scim+json')) return `${answer.status} as ${answer.type}: ${answer.body}`
  const error = ScimError.safeParse(JSON.parse(answer.body))
  if (!error.success || error.data.status !== String(answer.status)) return `no error of SCIM: ${answer.body}`
  if (!codes.has(error.data.detail.split(':')[0]!)) return `${error.data.detail} has no words`
  return leak.test(answer.body) ? `leaks ${answer.body}` : undefined
}
function flawOf(
  operation: Operation,
  request: FuzzRequest,
  answer: Answer | 'no answer',
  codes: ReadonlySet<string>,
): string | undefined {
  if (answer === 'no answer') return 'no answer'
  if (answer.status >= 500) return `${answer.status} ${answer.body}`
  if (answer.status >= 400) {
    if (request.method === 'HEAD') return undefined
    if (operation.path.startsWith('/api/v1/scim/')) return flawOfScim(answer, codes)
    if (!answer.type.startsWith('application/problem+json')) return `${answer.status} as ${answer.type}: ${answer.body}`
    const problem = Problem.strict().safeParse(JSON.parse(answer.body))
    if (!problem.success) return `no problem document: ${answer.body}`
    const { code, status, requestId } = problem.data
    if (!codes.has(code)) return `${code} has no words`
    if (status !== answer.status || requestId === '') return `not of one mind: ${answer.body}`
    return leak.test(answer.body) ? `leaks ${answer.body}` : undefined
  }
  // Another method of the same path is another operation.
  if (request.method !== operation.method || streamed.has(operation.operationId)) return undefined
  return responses.get(operation.operationId)!.safeParse(JSON.parse(answer.body)).success
    ? undefined
    : `not of its contract: ${answer.body}`
}

/** People who may are asked for as often as all who may not together. */
function askers(operation: Operation, city: City): fc.Arbitrary<string> {
  const all = [...city.tokens.keys(), gateway, program, anonymous]
  const able = operation.permission.startsWith('service:')
    ? [operation.permission === 'service:scim' ? program : gateway]
    : [...city.tokens.keys()].filter((login) => city.mayDo(login, operation.permission))
  return able.length > 0
    ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...able) }, { weight: 1, arbitrary: fc.constantFrom(...all) })
    : fc.constantFrom(...all)
}

describe('the OpenAPI document', () => {
  test('names every route that is mounted', () => {
    expect(everyOperation.map(({ operationId }) => operationId).sort()).toEqual(everyEndpoint.map(({ name }) => name).sort())
  })

  test(
    `${runs} requests of every shape and of none yield no fault of ours`,
    async () => {
      const codes = new Set((await everyPhrase()).keys())
      const flaws = new Map<string, string>()
      const statuses = new Map<string, Map<number, number>>()
      for (let round = 0; round * runsOfRound < runs; round += 1) {
        const city = await startCity()
        const each = Math.ceil(Math.min(runs - round * runsOfRound, runsOfRound) / everyOperation.length)
        for (const [i, operation] of everyOperation.entries()) {
          const requests = fc.tuple(askers(operation, city), aRequest(operation, city.pool))
          for (const [who, request] of fc.sample(requests, { numRuns: each, seed: seed + round * 1000 + i })) {
            const answer = await ask(city, who, request)
            const status = answer === 'no answer' ? 0 : answer.status
            const seen = statuses.get(operation.operationId) ?? new Map<number, number>()
            statuses.set(operation.operationId, seen.set(status, (seen.get(status) ?? 0) + 1))
            if (status === 401 && city.tokens.has(who)) city.tokens.set(who, await openSession(city.owner, who))
            const flaw = flawOf(operation, request, answer, codes)
            if (flaw)
              flaws.set(
                `${operation.operationId} ${request.kind} ${flaw.replace(/"requestId":"[^"]*"/, '').slice(0, 160)}`,
                `${who} ${request.method} ${request.url.slice(0, 300)} ${JSON.stringify(request.headers)} ${request.payload?.slice(0, 600)}`,
              )
          }
        }
        await city.owner.end()
        await city.h.close()
      }
      if (process.env.HUABIAO_FUZZ_REPORT) console.log(summary(statuses))
      expect(Object.fromEntries(flaws)).toEqual({})
      const reached = [...statuses.values()].filter((seen) => [...seen.keys()].some((status) => status === 200))
      expect(reached.length, 'operations that answered 200 at least once').toBeGreaterThan(everyOperation.length / 3)
    },
    Math.max(240_000, runs * 200),
  )
})

const summary = (statuses: ReadonlyMap<string, ReadonlyMap<number, number>>): string =>
  [...statuses]
    .map(
      ([name, seen]) =>
        `${name}: ${[...seen]
          .sort(([a], [b]) => a - b)
          .map(([status, count]) => `${status}×${count}`)
          .join(' ')}`,
    )
    .join('\n')
