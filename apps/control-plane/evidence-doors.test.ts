import { roles } from '@huabiao/domains/access/access.model'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { idsByTable, liveALittle } from './testing/city-life.ts'
import { foundForeignUnit } from './testing/foreign-unit.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { everyOperation, type Operation } from './testing/openapi.ts'
import { openSessions } from './testing/sessions.ts'

/** NT-D06: evidence is shown to nobody who is not named for it: not to a stranger, not to another unit, not to whoever it is about. */

/** Every route that answers records or recordings: found by its permission, so a new one is asked for too. */
const evidence = everyOperation.filter(({ permission }) => /^(ledger|recording|evidence):/.test(permission))
let h: Harness
let session: string
let tenant: string
const strangers: string[] = []
beforeAll(async () => {
  h = await startHarness()
  const owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  await openSessions(owner, h.tokens)
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  await liveALittle(h)
  session = (await idsByTable(owner)).get('session_record')![0]!
  tenant = (await owner.query('select tenant_id from session_record where id = $1', [session])).rows[0].tenant_id
  for (const [i, party] of (['service-provider', 'user-unit'] as const).entries())
    strangers.push(...(await foundForeignUnit(h, party, `fe${i}`)).logins.values())
  await openSessions(owner, h.tokens)
  await owner.end()
}, 120_000)
afterAll(() => h.close())

function urlOf({ path, parameters }: Operation): string {
  const value = (name: string): string => ({ seq: '1', plane: 'platform', tenantId: tenant })[name] ?? session
  const query = parameters.filter((parameter) => parameter.in === 'query' && parameter.required)
  const pairs = query.map(({ name }) => `${name}=${value(name)}`)
  return path.replace(/\{(\w+)\}/g, (_, name: string) => value(name)) + (pairs.length > 0 ? `?${pairs.join('&')}` : '')
}
const ask = (operation: Operation, headers: Record<string, string>) =>
  h.app.inject({ method: operation.method as 'GET', url: urlOf(operation), headers })
const as = (login: string): Record<string, string> => ({ authorization: `Bearer ${h.tokens.get(login)}` })

describe('NT-D06 evidence', () => {
  test('is asked for on every door it has', () => {
    expect(evidence.map(({ operationId }) => operationId)).toEqual(
      expect.arrayContaining(['readRecording', 'exportLedger', 'listLedger', 'proveRecord', 'listChains']),
    )
  })
  test('is not for somebody without a logon, nor for a token that is none', async () => {
    for (const operation of evidence)
      for (const headers of [
        {} as Record<string, string>,
        { authorization: `Bearer ${'A'.repeat(43)}` },
        { cookie: `hb_session=${'A'.repeat(43)}` },
      ]) {
        const answer = await ask(operation, headers)
        expect(answer.statusCode, operation.operationId).toBe(401)
        expect(answer.json().code).toBe('session.required')
      }
  })
  test('of one unit is not for any person of another, whatever their role', async () => {
    for (const operation of evidence)
      for (const login of strangers) {
        const answer = await ask(operation, as(login))
        const about = `${operation.operationId} as ${login}: ${answer.body.slice(0, 200)}`
        // A list of one's own is empty rather than refused; nothing of the other unit is in it.
        if (answer.statusCode === 200) expect(answer.body, about).not.toContain(tenant)
        else expect([403, 404], about).toContain(answer.statusCode)
        if (answer.statusCode === 200)
          expect(
            answer.json().items.every((item: object) => !('hash' in item)),
            about,
          ).toBe(true)
      }
  })
  /** A database administrator acts as an engineer does; the two engineers of the city both took part. */
  test('is not for an engineer who took no part: not the ledger, not the recording', async () => {
    expect(roles.DBA.actions).toEqual(roles.ENG.actions)
    for (const operation of evidence) {
      const answer = await ask(operation, as('wu.di'))
      expect(answer.statusCode, `${operation.operationId}: ${answer.body.slice(0, 200)}`).toBeGreaterThanOrEqual(403)
      expect(answer.statusCode, `${operation.operationId}: ${answer.body.slice(0, 200)}`).toBeLessThan(500)
    }
  })
  test('is for the auditor of the unit', async () => {
    for (const operation of evidence.filter(({ operationId }) => operationId !== 'readRecording'))
      expect((await ask(operation, as('zhu.cha'))).statusCode, operation.operationId).toBe(200)
  })
})
