import { type RoleCode, roles } from '@huabiao/domains/access/access.model'
import { isStorable } from '@huabiao/kit/http/storable'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aValue, type Pool } from './testing/arbitrary.ts'
import { idsByTable, idsFor, liveALittle } from './testing/city-life.ts'
import { everyEndpoint } from './testing/endpoints.ts'
import { foundForeignUnit } from './testing/foreign-unit.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { type IdPlace, idPlacesOf, putId, putInBody } from './testing/id-places.ts'
import { everyOperation, type Operation } from './testing/openapi.ts'
import { openSessions } from './testing/sessions.ts'

/** NT-B13: what belongs to another does not exist, in whatever place of whatever route its id stands. */

const parties = ['service-provider', 'user-unit'] as const
/** Of nothing at all, and never made: the version says 4, ours say 7. */
const nobodys = '3f2c9a4e-1111-4222-8333-a1b2c3d4e5f6'

let h: Harness
let owner: pg.Client
let victims: Map<string, string[]>
const units: { party: string; logins: Map<RoleCode, string> }[] = []
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  await openSessions(owner, h.tokens)
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  await liveALittle(h)
  // What the management unit says to everybody (a freeze) is nobody's secret.
  victims = await idsByTable(owner, 'tenant_id is not null')
  for (const [i, party] of parties.entries()) units.push({ party, ...(await foundForeignUnit(h, party, `fu${i}`)) })
  await openSessions(owner, h.tokens)
}, 120_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

/** Bodies that the contract takes: one is enough where the path names the object. */
function bodiesFor(operation: Operation, place: IdPlace, seed: number): unknown[] {
  if (!operation.body) return [undefined]
  const contract = everyEndpoint.find(({ name }) => name === operation.operationId)!.body
  const taken = fc
    .sample(aValue(operation.body, pool), { numRuns: 60, seed })
    .filter(
      (body) => isStorable(body) && contract.safeParse(place.in === 'body' ? putInBody(body, place.at, nobodys) : body).success,
    )
  return taken.slice(0, place.in === 'body' ? 3 : 1)
}
const pool: Pool = { idsFor: () => [nobodys], digests: ['f'.repeat(64)] }
const ableIn = (logins: Map<RoleCode, string>, { permission }: Operation): string | undefined =>
  [...logins].find(([role]) => permission === 'self' || roles[role].actions.includes(permission))?.[1]

async function ask(
  login: string,
  operation: Operation,
  place: IdPlace,
  id: string,
  base: unknown,
): Promise<{ status: number; body: string }> {
  const { url, payload } = putId(operation, place, id, base)
  const answer = await h.app.inject({
    method: operation.method as 'GET',
    url,
    headers: { authorization: `Bearer ${h.tokens.get(login)}` },
    ...(payload === undefined ? {} : { payload: payload as object }),
  })
  // What differs from one request to the next by itself.
  const body = answer.body
    .replace(/"requestId":"[^"]*"/, '')
    .replace(/"(now|expiresAt)":"[^"]*"/g, '')
    .replaceAll(id, '<id>')
  return { status: answer.statusCode, body }
}

describe("NT-B13 another tenant's id", () => {
  const asked = everyOperation.filter(({ permission }) => permission !== 'public' && !permission.startsWith('service:'))
  const places = asked.flatMap((operation) =>
    idPlacesOf(operation)
      .filter(({ name }) => name !== 'after')
      .map((place) => [operation, place] as const),
  )

  test('is answered like one that never was, in every place of every route', async () => {
    expect(places.length).toBeGreaterThan(60)
    const told: string[] = []
    let compared = 0
    const untried: string[] = []
    for (const [i, [operation, place]] of places.entries()) {
      const bases = bodiesFor(operation, place, i)
      if (bases.length === 0) untried.push(`${operation.operationId} ${place.name}`)
      for (const { party, logins } of units) {
        const login = ableIn(logins, operation)
        if (!login) continue
        for (const base of bases) {
          const never = await ask(login, operation, place, nobodys, base)
          // An object named by the path itself, asked for by somebody whose role may: there is none.
          if (place.in === 'path' && never.status !== 404)
            told.push(`${operation.operationId} ${place.name}: ${never.status} ${never.body}`)
          for (const victim of idsFor(victims, place.name, 1)) {
            const theirs = await ask(login, operation, place, victim, base)
            compared += 1
            if (theirs.status !== never.status || theirs.body !== never.body)
              told.push(
                `${operation.operationId} ${place.in} ${place.name} as ${party}: ${theirs.status} ${theirs.body} instead of ${never.status} ${never.body}`,
              )
          }
        }
      }
    }
    expect([...new Set(told)].map((line) => line.slice(0, 400))).toEqual([])
    expect(untried, 'no body was found that the contract takes').toEqual([])
    expect(compared).toBeGreaterThan(200)
  }, 300_000)
})
