import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { roles } from '@huabiao/domains/access/access.model'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { idsByTable, idsFor, liveALittle, papers } from './testing/city-life.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { everyOperation, type Operation } from './testing/openapi.ts'
import { openSessions } from './testing/sessions.ts'

/**
 * How many statements each endpoint costs, as a golden file: whoever adds one sees it in the diff. And no list costs more when it is
 * longer: what is asked once for each row is found by asking with few rows and with many.
 */
let h: Harness
let owner: pg.Client
/** The most that one call of an operation cost. */
const counts = new Map<string, number>()

/** Not counted: what stands around every transaction, and what a cache asks again when a second has passed, which is chance. */
const uncounted = /^(begin|commit|rollback)|^start transaction|^select set_config\(|from access_policy where state = 'active'/
const costOf = (statements: readonly string[]): number => statements.filter((sql) => !uncounted.test(sql)).length
const operationOf = (method: string, url: string): Operation | undefined =>
  everyOperation.find(
    (operation) =>
      operation.method === method && new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(url.split('?')[0]!),
  )

beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  await openSessions(owner, h.tokens)
  // Whether a session is touched within a request depends on the clock: these are seen for the next hour.
  await owner.query(`update logon_session set last_seen_at = now() + interval '1 hour'`)
  countStatements(h)
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  await liveALittle(h)
}, 120_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})
/** Around every request of the scenario, whoever sends it. */
function countStatements({ app, statements }: Harness): void {
  const inject = app.inject.bind(app) as (request: object) => Promise<{ statusCode: number }>
  const counted = async (request: { method: string; url: string }) => {
    statements.length = 0
    const answer = await inject(request)
    const operation = operationOf(request.method, request.url)
    const cost = costOf(statements)
    if (operation && answer.statusCode === 200)
      counts.set(operation.operationId, Math.max(counts.get(operation.operationId) ?? 0, cost))
    return answer
  }
  Object.assign(app, { inject: counted })
}

const looks = everyOperation.filter(
  ({ method, permission }) => method === 'GET' && permission !== 'public' && !permission.startsWith('service:'),
)
/** Whoever asks is concerned, where a permission alone shows nothing. */
const concerned: Readonly<Record<string, string>> = { getCampaign: 'yang.an' }
async function lookerOf({ permission, operationId }: Operation): Promise<string> {
  if (permission === 'self') return 'chen.jing'
  if (concerned[operationId]) return concerned[operationId]
  const { rows } = await owner.query<{ login: string; role: keyof typeof roles }>(
    `select login, role from role_binding b join account a using (person_id) join organization o on o.id = a.tenant_id
     where o.code in ('hz-cloud-a', 'hz-data-bureau') order by b.role = 'CHM' desc, login`,
  )
  return rows.find(({ role }) => roles[role].actions.includes(permission))!.login
}
/** The address with each of the ids that may stand in it. */
async function urlsOf(operation: Operation, change: string, tenant: string): Promise<string[]> {
  const tables = await idsByTable(owner, `tenant_id = '${tenant}'`)
  const known: Record<string, string> = {
    changeId: change,
    tenantId: tenant,
    plane: 'platform',
    seq: '1',
    from: new Date(Date.now() - 86_400_000).toISOString(),
    to: new Date(Date.now() + 86_400_000).toISOString(),
  }
  const needed = operation.parameters.filter(({ required }) => required).map(({ name }) => name)
  const other = needed.find((name) => !(name in known))
  return (other ? idsFor(tables, other, 3) : ['']).map((id) => {
    const value = (name: string): string => known[name] ?? id
    const query = new URLSearchParams()
    for (const parameter of operation.parameters)
      if (parameter.in === 'query' && parameter.required) query.set(parameter.name, value(parameter.name))
    return `${operation.path.replace(/\{(\w+)\}/g, (_, name: string) => value(name))}?${query}`
  })
}
interface Look {
  readonly cost: number
  readonly rows: number
}
async function lookAtAll(): Promise<Map<string, Look>> {
  const begun = `select id, tenant_id from change_request where session_id is not null limit 1`
  const { id, tenant_id } = (await owner.query<{ id: string; tenant_id: string }>(begun)).rows[0]!
  const found = new Map<string, Look>()
  for (const operation of looks) {
    const headers = { authorization: `Bearer ${h.tokens.get(await lookerOf(operation))}` }
    for (const url of await urlsOf(operation, id, tenant_id)) {
      const answer = await h.app.inject({ method: 'GET', url, headers })
      if (answer.statusCode !== 200) continue
      const rows = answer.body.match(/"id":/g)?.length ?? 0
      found.set(operation.operationId, { cost: costOf(h.statements), rows })
      break
    }
  }
  return found
}
/** Asked of a stage that is open now, of a change that has ended, of a document that came in: none is in the scene;
 * nor is a sign-in, which waits in the browser that began it alone. */
const notInTheScene = ['listSuccessors', 'getDossier', 'readDossierData', 'readDossierDocument', 'readDocument', 'getInteraction']

/** What asks the whole rule of each change that may wait for the person, as it has to: bounded by how many it looks at. */
const judgedOneByOne: Readonly<Record<string, { each: number; most: number }>> = { getMyWork: { each: 12, most: 60 } }

/** Twenty more of what lists show: changes by their door, the rest as copies of a row, which the database takes for its own. */
async function liveALot(): Promise<void> {
  const systems = (await h.call('zhao.ming', 'GET', '/information-systems')).body as { items: { id: string }[] }
  for (let i = 0; i < 20; i += 1) {
    const draft = { title: `例行变更 ${i}`, reason: '例行', systemIds: [systems.items[0]!.id] }
    const { id } = (await h.call('zhao.ming', 'POST', '/changes', draft)).body as { id: string }
    await h.act('zhao.ming', id, 'submit')
  }
  for (let i = 0; i < 5; i += 1) await papers(h, [systems.items[0]!.id])
  const copied =
    'permission_request session_record terminal notification access_policy account_recovery transfer_record violation_case emergency_case'
  // What a person must do themselves, and one at a time, is copied all the same.
  await owner.query(
    'alter table terminal disable trigger guard; alter table emergency_case disable trigger guard; drop index emergency_case_one',
  )
  for (const table of copied.split(' '))
    await owner.query(
      `insert into ${table} select (jsonb_populate_record(null::${table}, to_jsonb(one) || jsonb_build_object('id', gen_random_uuid(), 'no', gen_random_uuid()))).*
       from (select * from ${table} order by id desc limit 1) one, generate_series(1, 20)`,
    )
}

describe('query counts', () => {
  test('no look costs more statements when there are more rows', async () => {
    const few = await lookAtAll()
    expect(
      looks.map(({ operationId }) => operationId).filter((name) => !few.has(name) && !notInTheScene.includes(name)),
      'looks that answered nobody',
    ).toEqual([])
    await liveALot()
    const many = await lookAtAll()
    const grown = [...many].filter(([name, { rows }]) => rows >= few.get(name)!.rows + 15)
    expect(grown.length, 'lists that are longer now').toBeGreaterThan(6)
    const dearer = grown.filter(([name, { cost }]) => cost > few.get(name)!.cost && !(name in judgedOneByOne))
    for (const [name, { each, most }] of Object.entries(judgedOneByOne)) {
      const { cost, rows } = many.get(name)!
      expect(cost - few.get(name)!.cost, name).toBeLessThanOrEqual(each * Math.min(rows, most))
    }
    expect(dearer.map(([name, { cost }]) => `${name}: ${few.get(name)!.cost} → ${cost}`)).toEqual([])
  }, 180_000)

  test('golden/query-counts.json says what each endpoint costs', () => {
    const path = join(import.meta.dirname, '../../golden/query-counts.json')
    const text = `${JSON.stringify(Object.fromEntries([...counts].sort(([a], [b]) => a.localeCompare(b, 'en'))), null, 1)}\n`
    if (process.env.HUABIAO_GOLDEN === 'update') writeFileSync(path, text)
    const kept = existsSync(path) ? readFileSync(path, 'utf8') : ''
    expect(JSON.parse(text), 'look at what changed with: npm run golden, then git diff golden').toEqual(JSON.parse(kept || '{}'))
  })
})
