import fc from 'fast-check'
import { aValue, nastyTexts, type Pool } from './arbitrary.ts'
import type { Operation } from './openapi.ts'

/** Requests at one operation of the document: of its shape, of its shape but for one place, and of no shape at all. */
export interface FuzzRequest {
  readonly kind: 'shaped' | 'bent' | 'crooked'
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload: string | undefined
}
interface Parts {
  path: Record<string, string>
  query: Record<string, unknown>
  body: unknown
}

/** Waiting is no fault, only slow. */
const patient = new Set(['waitMs'])

function aShape(operation: Operation, pool: Pool): fc.Arbitrary<Parts> {
  const inPlace = (place: 'path' | 'query') => operation.parameters.filter((parameter) => parameter.in === place)
  const path = Object.fromEntries(inPlace('path').map(({ name, schema }) => [name, aValue(schema, pool, name).map(String)]))
  const query = Object.fromEntries(inPlace('query').map(({ name, schema }) => [name, aValue(schema, pool, name)]))
  const required = inPlace('query').flatMap(({ name, required }) => (required ? [name] : []))
  return fc.record({
    path: fc.record(path),
    query: fc.record(query, { requiredKeys: required }),
    body: operation.body ? aValue(operation.body, pool).map(withoutPatience) : fc.constant(undefined),
  }) as fc.Arbitrary<Parts>
}
const withoutPatience = (body: unknown): unknown =>
  typeof body === 'object' && body !== null
    ? Object.fromEntries(Object.entries(body).map(([name, value]) => [name, patient.has(name) ? 0 : value]))
    : body

const nested = (depth: number): unknown => {
  let value: unknown = 1
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { a: value }
  return value
}
const nastyValues: readonly unknown[] = [
  ...nastyTexts,
  null,
  true,
  [],
  {},
  [[]],
  0,
  -0,
  -1,
  0.1,
  1e308,
  -1e308,
  2 ** 31,
  2 ** 53,
  1e21,
  Number.MIN_VALUE,
  nested(20),
  nested(3000),
  Array.from({ length: 2000 }, () => 'a'),
  'a'.repeat(100_000),
  '2026-02-30T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59+23:59',
  '2026-01-01T00:00:00.000000000000000000001Z',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  JSON.parse('{"__proto__":{"admin":true}}'),
  JSON.parse('{"constructor":{"prototype":{"admin":true}}}'),
  JSON.parse('{"toString":1,"valueOf":2,"then":3,"length":-1}'),
]
/** Every place in a value, as a path of keys. */
function placesOf(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...at]]
  return [[...at], ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...at, key]))]
}
function putAt(value: unknown, [key, ...rest]: readonly string[], nasty: unknown): unknown {
  if (key === undefined) return nasty
  const inner = (value as Record<string, unknown>)[key]
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? putAt(item, rest, nasty) : item))
  return { ...(value as object), [key]: putAt(inner, rest, nasty) }
}
function aBend(parts: Parts): fc.Arbitrary<Parts> {
  const bends: fc.Arbitrary<Parts>[] = []
  const { body } = parts
  const places = body === undefined ? [] : placesOf(body)
  if (places.length > 0) {
    const nasty = fc.tuple(fc.constantFrom(...places), fc.constantFrom(...nastyValues))
    bends.push(nasty.map(([place, value]) => ({ ...parts, body: putAt(body, place, value) })))
    const extra = fc.tuple(
      fc.constantFrom('extra', '__proto__', 'constructor', '\u0000', 'a'.repeat(500)),
      fc.constantFrom(...nastyValues),
    )
    bends.push(
      extra.map(([name, value]) => ({
        ...parts,
        body: { ...(body as object), ...JSON.parse(JSON.stringify({ [`${name}`]: value })) },
      })),
    )
  }
  for (const place of ['path', 'query'] as const) {
    const names = [...Object.keys(parts[place]), ...(place === 'query' ? ['extra', '__proto__', 'after', 'limit', 'text'] : [])]
    if (names.length === 0) continue
    bends.push(
      fc
        .tuple(fc.constantFrom(...names), fc.oneof(fc.constantFrom(...nastyTexts), fc.string({ unit: 'binary', maxLength: 200 })))
        .map(([name, value]) => ({ ...parts, [place]: { ...parts[place], [name]: value } })),
    )
  }
  return bends.length > 0 ? fc.oneof(...bends) : fc.constant(parts)
}

const component = (text: string): string => encodeURIComponent(text.toWellFormed())
function urlOf(operation: Operation, { path, query }: Pick<Parts, 'path' | 'query'>): string {
  const route = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => component(path[name] ?? ''))
  const pairs = Object.entries(query).map(([name, value]) => `${component(name)}=${component(String(value))}`)
  return pairs.length > 0 ? `${route}?${pairs.join('&')}` : route
}
const json = { 'content-type': 'application/json' }
const requestOf = (kind: FuzzRequest['kind'], operation: Operation, parts: Parts): FuzzRequest => ({
  kind,
  method: operation.method,
  url: urlOf(operation, parts),
  headers: operation.body ? json : {},
  payload: operation.body ? JSON.stringify(parts.body) : undefined,
})

const junkHeaders: readonly Record<string, string>[] = [
  { 'if-match': '*' },
  { 'if-match': '"1"' },
  { 'if-match': 'W/"1", "2"' },
  { 'if-match': '"99999999999999999999"' },
  { 'if-match': '' },
  { 'idempotency-key': '' },
  { 'idempotency-key': 'x' },
  { 'idempotency-key': 'k'.repeat(300) },
  { 'idempotency-key': 'one-key-for-all' },
  { 'idempotency-key': '键键键键键键键键'.normalize('NFD') },
  { authorization: 'Bearer' },
  { authorization: `Bearer ${'A'.repeat(43)}` },
  { authorization: 'Basic YTpi' },
  { authorization: 'Huabiao-Service id=x,ts=1,nonce=2,sig=3' },
  { cookie: 'hb_session=; hb_terminal=' },
  { cookie: `hb_session=${'A'.repeat(43)}` },
  { cookie: ';=;=;'.repeat(500) },
  { origin: 'null' },
  { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' },
  { 'x-forwarded-for': "127.0.0.1, ' or 1=1" },
  { 'x-http-method-override': 'DELETE' },
  { accept: 'text/html;q=0.1,*/*;q=nan' },
  { 'accept-encoding': 'gzip, br;q=2' },
  { 'user-agent': 'x'.repeat(4000) },
  { expect: '100-continue' },
  { range: 'bytes=0-,5-1' },
]
const junkBodies: readonly string[] = [
  '',
  ' ',
  '{',
  '}',
  'null',
  '[]',
  '"text"',
  '1e999',
  'NaN',
  '{"a":1,}',
  '{"a":1,"a":{"a":2}}',
  "{'a':1}",
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '\ufeff{}',
  '{"a":"\\ud800"}',
  '{"a":"\\u0000"}',
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  `{"a":"${'x'.repeat(3 * 1024 * 1024)}"}`,
  '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--b--',
]
const junkTypes = [
  'application/json',
  'application/json; charset=utf-16',
  'application/jsonp',
  'APPLICATION/JSON',
  'text/plain',
  'text/html',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'application/octet-stream',
  'a/b; =',
  '/',
  '',
]
const junkQueries = [
  '',
  'a',
  'a=1&a=2',
  'limit=1&limit=2',
  '__proto__=1',
  'constructor[prototype]=1',
  'a[]=1',
  '%',
  '%00',
  '=',
  '&&&',
  `x=${'y'.repeat(5000)}`,
  'limit=NaN',
  'limit=-0',
  'limit=1e1',
  'limit=%31',
  'after=%00',
]
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

const aCrookedOne = (operation: Operation, parts: Parts): fc.Arbitrary<FuzzRequest> => {
  const straight = requestOf('crooked', operation, parts)
  return fc.oneof(
    fc.constantFrom(...junkHeaders).map((headers) => ({ ...straight, headers: { ...straight.headers, ...headers } })),
    fc.constantFrom(...junkBodies).map((payload) => ({ ...straight, headers: json, payload })),
    fc
      .tuple(fc.constantFrom(...junkTypes), fc.constantFrom(...junkBodies, straight.payload ?? '{}'))
      .map(([type, payload]) => ({ ...straight, headers: { 'content-type': type }, payload })),
    fc.constantFrom(...junkQueries).map((query) => ({ ...straight, url: `${straight.url.split('?')[0]}?${query}` })),
    fc.constantFrom(...methods).map((method) => ({ ...straight, method })),
    fc
      .constantFrom('/', '//', '%00', '%2f', ';a=b', '/%c0%af')
      .map((tail) => ({ ...straight, url: straight.url.split('?')[0] + tail })),
  )
}

export const aRequest = (operation: Operation, pool: Pool): fc.Arbitrary<FuzzRequest> =>
  aShape(operation, pool).chain((parts) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(requestOf('shaped', operation, parts)) },
      { weight: 4, arbitrary: aBend(parts).map((bent) => requestOf('bent', operation, bent)) },
      { weight: 2, arbitrary: aCrookedOne(operation, parts) },
    ),
  )
