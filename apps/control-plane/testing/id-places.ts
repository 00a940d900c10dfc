import fc from 'fast-check'
import { aValue } from './arbitrary.ts'
import type { JsonSchema } from './json-schema.ts'
import { type Operation, resolved } from './openapi.ts'

/** A place of a request where an id stands: a parameter, or a field of the body at any depth (`*` is the first item of a list). */
export interface IdPlace {
  readonly in: 'path' | 'query' | 'body'
  readonly name: string
  readonly at: readonly string[]
}

export function idPlacesOf(operation: Operation): IdPlace[] {
  const named = operation.parameters
    .filter(({ schema }) => schema.format === 'uuid')
    .map((parameter): IdPlace => ({ in: parameter.in, name: parameter.name, at: [] }))
  return [...named, ...(operation.body ? inBody(operation.body, []) : [])]
}
function inBody(given: JsonSchema, at: readonly string[]): IdPlace[] {
  const schema = resolved(given)
  if (schema.format === 'uuid') {
    const name = at.findLast((key) => key !== '*')!
    return [{ in: 'body', name, at }]
  }
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, part]) => inBody(part, [...at, name])),
    ...(schema.items ? inBody(schema.items, [...at, '*']) : []),
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((branch) => inBody(branch, at)),
  ]
}

/** The request with the id in its place; every other path parameter is `other`. */
export function putId(operation: Operation, place: IdPlace, id: string, base: unknown): { url: string; payload: unknown } {
  const other = '3f2c9a4e-1111-4222-8333-a1b2c3d4e5f6'
  const segmentOf = (name: string): string => (place.in === 'path' && place.name === name ? id : name === 'seq' ? '1' : other)
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => segmentOf(name))
  const query = new URLSearchParams()
  for (const { name, in: where, required, schema } of operation.parameters)
    if (where === 'query' && place.in === 'query' && name === place.name) query.set(name, id)
    else if (where === 'query' && required) query.set(name, anyOf(schema, other))
  return {
    url: query.size > 0 ? `${path}?${query}` : path,
    payload: place.in === 'body' ? putInBody(base, place.at, id) : base,
  }
}
/** A value that the contract takes, the same each time. */
const anyOf = (schema: JsonSchema, id: string): string =>
  String(fc.sample(aValue(schema, { idsFor: () => [id], digests: ['f'.repeat(64)] }), { numRuns: 1, seed: 1 })[0])
export function putInBody(value: unknown, [key, ...rest]: readonly string[], id: string): unknown {
  if (key === undefined) return id
  if (key === '*') {
    const items = Array.isArray(value) ? value : []
    return [putInBody(items[0] ?? {}, rest, id), ...items.slice(1)]
  }
  const object = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  return { ...object, [key]: putInBody(object[key], rest, id) }
}
