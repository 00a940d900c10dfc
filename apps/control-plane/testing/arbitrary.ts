import fc from 'fast-check'
import { type JsonSchema, typesOf } from './json-schema.ts'
import { resolved } from './openapi.ts'

/** What a generator may draw from beside chance: ids and digests that exist, so that requests go deeper than the first look-up. */
export interface Pool {
  /** Ids that may stand in a place of this name (`changeId`), likely ones first among others. */
  idsFor(name: string): readonly string[]
  readonly digests: readonly string[]
}

/** Texts that broke something somewhere: quotes, templates, paths, marks that hide or turn text, NUL, halves of pairs. */
export const nastyTexts = [
  '',
  ' ',
  "' or 1=1 --",
  "'; drop table person; --",
  '$(reboot)',
  '`reboot`',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant to look like one
  '${7*7}',
  '{{7*7}}',
  '../../../../etc/passwd',
  '%00%2e%2e%2f',
  '\u0000',
  'a\u0000b',
  '\u202egnp.exe',
  '\u200f\u200b\ufeff',
  '\ud800',
  'x\udfff',
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}',
  'e\u0301'.repeat(40),
  'İıſK',
  '\r\nset-cookie: a=b',
  '\\',
  '\\u0000',
  '{"$ne":null}',
  '%s%n%x',
  'NaN',
  '-0',
  '1e309',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  '<script>alert(1)</script>',
  '\u2028\u2029',
  '一'.repeat(5000),
]

const aString = (schema: JsonSchema, pool: Pool, name: string): fc.Arbitrary<string> => {
  if (schema.format === 'uuid') return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...pool.idsFor(name)) }, fc.uuid())
  if (schema.format === 'date-time') return aMoment
  if (schema.format === 'date') return aMoment.map((text) => text.slice(0, 10))
  if (schema.format === 'time') return aMoment.map((text) => text.slice(11, 16))
  const pattern = schema.pattern ?? schema.allOf?.find((part) => part.pattern)?.pattern
  if (pattern?.includes('[0-9a-f]{64}')) return fc.constantFrom(...pool.digests)
  if (pattern !== undefined && !pattern.includes('\\p{')) return fc.stringMatching(new RegExp(pattern)).filter(fits(schema))
  const most = Math.min(schema.maxLength ?? 60, 60)
  const least = Math.min(schema.minLength ?? 0, most)
  return fc.oneof(
    { weight: 30, arbitrary: fc.string({ unit: 'grapheme', minLength: least, maxLength: most }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: least, maxLength: most }) },
    { weight: 1, arbitrary: fc.constantFrom(...nastyTexts).filter(fits(schema)) },
  )
}
const fits =
  (schema: JsonSchema) =>
  (text: string): boolean =>
    text.length <= (schema.maxLength ?? Number.POSITIVE_INFINITY) && text.length >= (schema.minLength ?? 0)
const aMoment = fc
  .oneof(
    // Never this very minute: a moment that passes between two requests makes two answers of one.
    fc.integer({ min: -7_200_000, max: 7_200_000 }).map((ms) => new Date(Date.now() + ms + (ms < 0 ? -120_000 : 120_000))),
    fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
  )
  .map((date) => date.toISOString())

/** A value of the shape that the schema says; lists and texts stay small, their bounds are tried elsewhere. */
export function aValue(given: JsonSchema, pool: Pool, name = ''): fc.Arbitrary<unknown> {
  const schema = resolved(given)
  if (schema.nullable) return fc.option(aValue({ ...schema, nullable: false }, pool, name), { freq: 4 })
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.const !== undefined) return fc.constant(schema.const)
  const branches = schema.anyOf ?? schema.oneOf
  if (branches) return fc.oneof(...branches.map((branch) => aValue(branch, pool, name)))
  switch (typesOf(schema)[0]) {
    case 'string':
      return aString(schema, pool, name)
    case 'integer':
      return fc.integer({
        min: schema.minimum ?? -1000,
        max: Math.min(schema.maximum ?? 1000, 2 ** 53 - 1),
      }) as fc.Arbitrary<unknown>
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(aValue(schema.items ?? {}, pool, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? 3, 3)),
      })
    case 'object':
      return anObject(schema, pool)
    default:
      return fc.jsonValue()
  }
}
function anObject(schema: JsonSchema, pool: Pool): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {})
  if (fields.length === 0 && schema.additionalProperties) {
    const value = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {}
    return fc.dictionary(fc.string({ maxLength: 20 }), aValue(value, pool), { maxKeys: 5 })
  }
  return fc.record(Object.fromEntries(fields.map(([name, part]) => [name, aValue(part, pool, name)])), {
    requiredKeys: schema.required ?? [],
  })
}
