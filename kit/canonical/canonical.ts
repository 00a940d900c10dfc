/** JSON values as they are hashed and signed. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * Canonical JSON (RFC 8785, JCS): keys sorted by UTF-16 code units, no white space, ECMAScript number form.
 * Undefined members are left out, as JSON.stringify does; NaN, infinities and lone surrogates are refused with a TypeError,
 * because two readers could not agree on their bytes.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON has no NaN and no infinity')
    return JSON.stringify(value)
  }
  if (typeof value !== 'object') throw new TypeError(`canonical JSON has no ${typeof value}`)
  if (value instanceof Date) return JSON.stringify(value.toISOString())
  let text = ''
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonicalJson(item ?? null)}`
    return `[${text}]`
  }
  // Every act of the ledger passes here: loops in place of entries, filter and map are twice as fast (docs/bench.md, 2026-11-25).
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key]
    if (member !== undefined) text += `${text === '' ? '' : ','}${quoted(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes
const plain = /^[^"\\\u0000-\u001f\ud800-\udfff]*$/
function quoted(text: string): string {
  if (plain.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new TypeError('canonical JSON has no lone surrogates')
  return JSON.stringify(text)
}
