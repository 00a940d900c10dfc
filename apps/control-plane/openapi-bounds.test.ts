import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { everyRoute } from './testing/endpoints.ts'
import { type JsonSchema, typesOf } from './testing/json-schema.ts'

/**
 * Nothing that enters or leaves is without a bound: a text has a longest, a list a most, a number a least and a greatest, an object a
 * closed or counted set of names. Derived from the contracts, so a new one is covered the moment it is mounted.
 */

/** Each place of a schema that has no bound, with what is missing there. */
function unbounded(schema: JsonSchema, at: string): string[] {
  if (schema.enum || schema.const !== undefined || schema['x-max-length'] !== undefined) return []
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  if (branches.length > 0) return branches.flatMap((branch) => unbounded(branch, at))
  if (typesOf(schema).length === 0) return [`${at}: of any type`]
  return typesOf(schema).flatMap((type) => ofType[type]?.(schema, at) ?? [])
}
const ofType: Record<string, (schema: JsonSchema, at: string) => string[]> = {
  string: (schema, at) =>
    schema.maxLength === undefined && !patternsOf(schema).some(repeatsWithEnd) ? [`${at}: no maxLength`] : [],
  number: unboundedNumber,
  integer: unboundedNumber,
  array: (schema, at) => [
    ...(schema.maxItems === undefined ? [`${at}: no maxItems`] : []),
    ...unbounded(schema.items ?? {}, `${at}[]`),
  ],
  object: unboundedObject,
}
const patternsOf = (schema: JsonSchema): string[] => [
  ...(schema.pattern === undefined ? [] : [schema.pattern]),
  ...(schema.allOf ?? []).flatMap(patternsOf),
]
/** A pattern from `^` to `$` that repeats nothing without end bounds the text by itself. */
const repeatsWithEnd = (pattern: string): boolean =>
  /^\^.*\$$/s.test(pattern) && !/[*+]|\{\d+,\}/.test(pattern.replace(/\\./g, '').replace(/\[[^\]]*\]/g, ''))

function unboundedNumber(schema: JsonSchema, at: string): string[] {
  // z.int() alone prints the safe integers: a bound of the language, not one that somebody thought of.
  const missing = [
    schema.minimum === undefined || schema.minimum === Number.MIN_SAFE_INTEGER ? 'minimum' : '',
    schema.maximum === undefined || schema.maximum === Number.MAX_SAFE_INTEGER ? 'maximum' : '',
  ].filter((name) => name !== '')
  return missing.length > 0 ? [`${at}: no ${missing.join(', no ')}`] : []
}
function unboundedObject(schema: JsonSchema, at: string): string[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, part]) => unbounded(part, `${at}.${name}`))
  const open = schema.additionalProperties
  if (typeof open !== 'object') return inside
  return [
    ...inside,
    ...(schema.maxProperties === undefined ? [`${at}: no maxProperties`] : []),
    ...unbounded(schema.propertyNames ?? {}, `${at}{}`),
    ...unbounded(open, `${at}{*}`),
  ]
}

const boundsOf = (type: z.ZodType, io: 'input' | 'output', at: string): string[] =>
  unbounded(z.toJSONSchema(type, { io, unrepresentable: 'any' }) as JsonSchema, at)

describe('bounds', () => {
  test('every text, list, number and object of every contract has a bound', () => {
    const found = everyRoute.flatMap(({ endpoint, kind }) => [
      ...(['params', 'query', 'body'] as const).flatMap((part) => boundsOf(endpoint[part], 'input', `${endpoint.name} ${part}`)),
      // A raw route streams its answer: it is as long as what was recorded.
      ...(kind === 'raw' ? [] : boundsOf(endpoint.response, 'output', `${endpoint.name} response`)),
    ])
    expect(found).toEqual([])
  })

  test('the walk finds what it looks for', () => {
    const open = z.object({
      text: z.string(),
      pattern: z.string().regex(/^a+$/),
      list: z.array(z.boolean()),
      count: z.number().int(),
      names: z.record(z.string(), z.literal(1)),
      maybe: z.string().nullable(),
      either: z.union([z.literal('a'), z.string()]),
      any: z.unknown(),
    })
    expect(boundsOf(open, 'input', 'x')).toEqual([
      'x.text: no maxLength',
      'x.pattern: no maxLength',
      'x.list: no maxItems',
      'x.count: no minimum, no maximum',
      'x.names: no maxProperties',
      'x.names{}: no maxLength',
      'x.maybe: no maxLength',
      'x.either: no maxLength',
      'x.any: of any type',
    ])
    expect(boundsOf(z.object({ code: z.string().regex(/^\d{6}$/), id: z.uuid() }), 'input', 'x')).toEqual([])
  })

  test('every list that grows with use is read in pages of at most 100', () => {
    const pages = everyRoute.filter(({ endpoint }) => 'limit' in ((endpoint.query as z.ZodObject).shape ?? {}))
    expect(pages.length).toBeGreaterThan(5)
    for (const { endpoint } of pages) {
      expect(endpoint.query.safeParse({ limit: 101 }).success, endpoint.name).toBe(false)
      expect((endpoint.response as z.ZodObject).shape, endpoint.name).toHaveProperty('next')
    }
  })

  test('every route says how large a body may be, and none more than 4 MiB but a scanned document', () => {
    const most: Readonly<Record<string, number>> = { addDocument: 15 * 1024 * 1024 }
    for (const { endpoint } of everyRoute) {
      expect(endpoint.bodyLimitBytes, endpoint.name).toBeGreaterThan(0)
      expect(endpoint.bodyLimitBytes, endpoint.name).toBeLessThanOrEqual(most[endpoint.name] ?? 4 * 1024 * 1024)
    }
  })
})
