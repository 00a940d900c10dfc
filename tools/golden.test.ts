import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { roleCodes, roles } from '@huabiao/domains/access/access.model'
import type { Endpoint } from '@huabiao/kit/contract/contract'
import { testDatabase } from '@huabiao/kit/testkit/testkit'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { allRefusals } from '../apps/control-plane/all-refusals.ts'
import { everyEndpoint } from '../apps/control-plane/testing/endpoints.ts'

/** Golden files show consequences: whoever changes a right, a contract, an event or a table sees it in the diff. `npm run golden` accepts. */

const root = join(import.meta.dirname, '..')
const folder = join(root, 'golden')
function golden(name: string, text: string): void {
  const path = join(folder, name)
  if (process.env.HUABIAO_GOLDEN === 'update') {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, text)
  }
  const kept = existsSync(path) ? readFileSync(path, 'utf8') : ''
  expect(text === kept, `golden/${name} differs; look at what changed with: npm run golden, then git diff golden`).toBe(true)
}

const endpoints = everyEndpoint
const schemaOf = (type: z.ZodType, io: 'input' | 'output'): unknown => {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any', target: 'openapi-3.0' }) as Record<
    string,
    unknown
  >
  return schema
}
/** Large schemas that several operations share are written once, under the name of the first that uses them. */
const components = new Map<string, { name: string; schema: unknown }>()
function shared(name: string, schema: unknown): unknown {
  const text = JSON.stringify(schema)
  if (text.length < 600) return schema
  const known = components.get(text) ?? { name, schema }
  components.set(text, known)
  return { $ref: `#/components/schemas/${known.name}` }
}
type ObjectSchema = { properties?: Record<string, unknown>; required?: string[] }
const parametersOf = (type: z.ZodType, place: 'path' | 'query'): unknown[] => {
  const { properties = {}, required = [] } = schemaOf(type, 'input') as ObjectSchema
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }))
}
function operationOf(endpoint: Endpoint): unknown {
  const parameters = [...parametersOf(endpoint.params, 'path'), ...parametersOf(endpoint.query, 'query')]
  const refusals = Object.groupBy(endpoint.refusals, (code) => String(allRefusals[code]?.status ?? 409))
  return {
    operationId: endpoint.name,
    summary: endpoint.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(endpoint.method === 'GET'
      ? {}
      : {
          requestBody: {
            content: { 'application/json': { schema: shared(`${endpoint.name}Body`, schemaOf(endpoint.body, 'input')) } },
          },
        }),
    responses: {
      200: {
        description: 'OK',
        content: { 'application/json': { schema: shared(endpoint.name, schemaOf(endpoint.response, 'output')) } },
      },
      ...Object.fromEntries(Object.entries(refusals).map(([status, codes]) => [status, { description: codes!.join(', ') }])),
    },
    'x-permission': endpoint.permission,
    ...(endpoint.danger > 1 ? { 'x-danger': endpoint.danger } : {}),
  }
}

describe('golden files', () => {
  test('openapi.json is what the contracts say', () => {
    const paths: Record<string, Record<string, unknown>> = {}
    for (const endpoint of endpoints) {
      const path = endpoint.path.replace(/:([A-Za-z]+)/g, '{$1}')
      paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint) }
    }
    golden(
      'openapi.json',
      `${JSON.stringify({ openapi: '3.1.0', info: { title: '华表 Huabiao', version: '1' }, paths, components: { schemas: Object.fromEntries([...components.values()].map(({ name, schema }) => [name, schema])) } }, null, 1)}\n`,
    )
  })

  test('authz-matrix.txt says which role may call what', () => {
    const width = Math.max(...endpoints.map((endpoint) => `${endpoint.method} ${endpoint.path}`.length))
    const lines = endpoints.map((endpoint) => {
      const open = endpoint.permission === 'public' || endpoint.permission === 'self'
      const marks = roleCodes.map((code) => (open || roles[code].actions.includes(endpoint.permission) ? '✔' : '·'))
      return `${`${endpoint.method} ${endpoint.path}`.padEnd(width)}  ${endpoint.permission.padEnd(26)} ${marks.join('   ')}`
    })
    golden('authz-matrix.txt', `${''.padEnd(width)}  ${'permission'.padEnd(26)} ${roleCodes.join(' ')}\n${lines.join('\n')}\n`)
  })

  test('every permission of an endpoint is held by some role, and every action of a role is asked for somewhere or named here', () => {
    const held = new Set(roleCodes.flatMap((code) => roles[code].actions))
    const asked = new Set(
      endpoints.map((endpoint) => endpoint.permission).filter((name) => !/^(public|self|service:)/.test(name)),
    )
    expect([...asked].filter((name) => !held.has(name))).toEqual([])
    // Asked for inside a service, not at an endpoint.
    expect([...held].filter((name) => !asked.has(name)).sort()).toEqual([
      'recording:audit',
      'recording:of-provider',
      'session:on-my-systems',
      'session:oversee',
    ])
  })

  test('audit-events.json lists every event the ledger may hold', () => {
    const found = new Set<string>()
    for (const file of globSync(['domains/*/*.{service,module,jobs,read}.ts', 'kit/http/*.ts'], { cwd: root })) {
      const text = readFileSync(join(root, file), 'utf8')
      for (const [, name] of text.matchAll(/(?:type|event): '([a-z_]+\.[a-z_]+)'/g)) found.add(name!)
      for (const [, name] of text.matchAll(/(?:[a-z]+Event|event)\([a-zA-Z]+, '([a-z_]+\.[a-z_]+)'/g)) found.add(name!)
      for (const [, a, b] of text.matchAll(/\? '([a-z]+\.[a-z_]+)' : '([a-z]+\.[a-z_]+)'/g))
        for (const name of [a!, b!]) if (!(name in allRefusals)) found.add(name)
    }
    golden('audit-events.json', `${JSON.stringify([...found].sort(), null, 1)}\n`)
  })

  test('schema.txt is the database after all migrations', async () => {
    const database = await testDatabase()
    const client = new pg.Client({ connectionString: database.ownerUrl })
    await client.connect()
    const { rows: columns } = await client.query(
      `select c.table_name as t, c.column_name as c, c.udt_name || case when c.is_nullable = 'NO' then ' not null' else '' end as d from information_schema.columns c
       where c.table_schema = 'public' order by 1, c.ordinal_position`,
    )
    const { rows: security } = await client.query(
      `select relname as t, relrowsecurity as on, (select string_agg(polname, ' ' order by polname) from pg_policy where polrelid = c.oid) as p,
         (select string_agg(tgname, ' ' order by tgname) from pg_trigger where tgrelid = c.oid and not tgisinternal) as g
       from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
    )
    await client.end()
    const tables = Map.groupBy(columns as { t: string; c: string; d: string }[], (row) => row.t)
    const about = new Map((security as { t: string; on: boolean; p: string; g: string }[]).map((row) => [row.t, row]))
    const text = [...tables].map(([table, rows]) => {
      const found = about.get(table)
      const head = found
        ? `table ${table}${found.on ? ` · rows: ${found.p}` : ' · no row security'}${found.g ? ` · triggers: ${found.g}` : ''}`
        : `view ${table}`
      return `${head}\n${rows.map((row) => `  ${row.c} ${row.d}`).join('\n')}`
    })
    golden('schema.txt', `${text.join('\n\n')}\n`)
  })
})
