import type { Attributes, FederationRefusal } from './federation.model.ts'

/** SCIM 2.0 (RFC 7643, RFC 7644): of it what provisioning of people needs. What is not understood is refused, never guessed. */
export const scimUser = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const scimEnterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
export const scimHuabiao = 'urn:huabiao:params:scim:schemas:2.0:Person'
export const scimList = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
export const scimPatch = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
export const scimError = 'urn:ietf:params:scim:api:messages:2.0:Error'

/** A user as a client says it, bounded; what else it sent is not kept. */
export interface ScimUser {
  readonly userName: string
  readonly externalId: string | undefined
  readonly active: boolean
  readonly attributes: Attributes
  /** To find the person by, never kept in clear. */
  readonly identityNumber: string | undefined
}
type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const noControl = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,255}$/u
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && noControl.test(value.trim()) ? value.trim() : undefined
/** Attribute names are case-insensitive (RFC 7643 §2.1). */
const read = (of: Json, name: string): unknown => {
  const key = Object.keys(of).find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : of[key]
}
const given = (part: Record<string, string | undefined>): Attributes =>
  Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as Attributes

/** Azure sends `"False"` where the standard has a boolean; both are read, anything else is not. */
function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  return undefined
}

/** @returns the user, or why it is none */
export function userOf(body: Json): ScimUser | { refusal: FederationRefusal; detail: string } {
  const invalid = (detail: string) => ({ refusal: 'federation.scim_invalid' as const, detail })
  const schemas = read(body, 'schemas')
  if (!Array.isArray(schemas) || !schemas.includes(scimUser)) return invalid('schemas')
  const userName = text(read(body, 'userName'))
  if (!userName) return invalid('userName')
  const sent = read(body, 'active')
  const active = sent === undefined ? true : booleanOf(sent)
  if (active === undefined) return invalid('active')
  const externalId = read(body, 'externalId')
  if (externalId !== undefined && externalId !== null && !text(externalId)) return invalid('externalId')
  const name = read(body, 'name')
  const enterprise = read(body, scimEnterprise)
  const own = read(body, scimHuabiao)
  const emails = read(body, 'emails')
  const number = isObject(own) ? read(own, 'identityNumber') : undefined
  return {
    userName,
    externalId: text(externalId),
    active,
    attributes: given({
      userName,
      name: text(read(body, 'displayName')) ?? (isObject(name) ? (text(read(name, 'formatted')) ?? fullName(name)) : undefined),
      unit: isObject(enterprise) ? text(read(enterprise, 'department')) : undefined,
      title: text(read(body, 'title')),
      email: Array.isArray(emails) ? emailOf(emails) : undefined,
    }),
    identityNumber: text(number),
  }
}
const fullName = (name: Json): string | undefined =>
  text([read(name, 'familyName'), read(name, 'givenName')].filter((part) => typeof part === 'string').join(''))
function emailOf(emails: readonly unknown[]): string | undefined {
  const all = emails.slice(0, 20).filter(isObject)
  const main = all.find((one) => read(one, 'primary') === true) ?? all[0]
  return main && text(read(main, 'value'))
}

/** `userName eq "…"`, `externalId eq "…"`, `id eq "…"`: RFC 7644 has more, clients that provision need no more. */
export function filterOf(filter: string): { attribute: 'userName' | 'externalId' | 'id'; value: string } | undefined {
  const match = /^\s*(userName|externalId|id)\s+eq\s+("(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-f]{4})*")\s*$/i.exec(filter)
  if (!match) return undefined
  const value = text(JSON.parse(match[2]!) as unknown)
  const attribute = (['userName', 'externalId', 'id'] as const).find((name) => name.toLowerCase() === match[1]!.toLowerCase())!
  return value === undefined ? undefined : { attribute, value }
}

const patchable: Readonly<Record<string, readonly string[]>> = {
  active: ['active'],
  username: ['userName'],
  externalid: ['externalId'],
  displayname: ['displayName'],
  title: ['title'],
  'name.formatted': ['name', 'formatted'],
  [`${scimEnterprise.toLowerCase()}:department`]: [scimEnterprise, 'department'],
  [`${scimHuabiao.toLowerCase()}:identitynumber`]: [scimHuabiao, 'identityNumber'],
}
/**
 * The user after a PATCH (RFC 7644 §3.5.2), applied to the user as we show it. An operation that is not understood refuses the whole:
 * half a deactivation is none.
 */
export function patched(user: Json, body: Json): Json | { refusal: FederationRefusal; detail: string } {
  const invalid = (detail: string) => ({ refusal: 'federation.scim_invalid' as const, detail })
  const schemas = read(body, 'schemas')
  const operations = read(body, 'Operations')
  if (!Array.isArray(schemas) || !schemas.includes(scimPatch)) return invalid('schemas')
  if (!Array.isArray(operations) || operations.length === 0 || operations.length > 50) return invalid('Operations')
  let result: Json = user
  for (const operation of operations) {
    if (!isObject(operation)) return invalid('Operations')
    const op = String(read(operation, 'op')).toLowerCase()
    if (op !== 'add' && op !== 'replace' && op !== 'remove') return invalid('op')
    const path = read(operation, 'path')
    const value = read(operation, 'value')
    if (path === undefined) {
      if (op === 'remove' || !isObject(value)) return invalid('path')
      for (const [key, inner] of Object.entries(value)) {
        const next = place(result, key, inner)
        if (!next) return invalid(key.slice(0, 100))
        result = next
      }
      continue
    }
    const next = typeof path === 'string' && place(result, path, op === 'remove' ? undefined : value)
    if (!next) return invalid(String(path).slice(0, 100))
    result = next
  }
  return result
}
function place(user: Json, path: string, value: unknown): Json | undefined {
  const keys = Object.hasOwn(patchable, path.toLowerCase()) ? patchable[path.toLowerCase()]! : undefined
  if (!keys) return undefined
  const [first, second] = keys as [string, string?]
  if (second === undefined) return { ...user, [first]: value }
  const inner = user[first]
  return { ...user, [first]: { ...(isObject(inner) ? inner : {}), [second]: value } }
}

/** The user as we answer it. */
export function userView(of: {
  id: string
  externalId: string | undefined
  userName: string
  active: boolean
  attributes: Attributes
  version: number
  createdAt: string
  lastModified: string
  location: string
}): Json {
  const { name, unit, title, email } = of.attributes
  return {
    schemas: [scimUser, ...(unit ? [scimEnterprise] : [])],
    id: of.id,
    ...(of.externalId ? { externalId: of.externalId } : {}),
    userName: of.userName,
    ...(name ? { displayName: name, name: { formatted: name } } : {}),
    ...(title ? { title } : {}),
    ...(email ? { emails: [{ value: email, primary: true }] } : {}),
    ...(unit ? { [scimEnterprise]: { department: unit } } : {}),
    active: of.active,
    meta: {
      resourceType: 'User',
      created: of.createdAt,
      lastModified: of.lastModified,
      location: of.location,
      version: `W/"${of.version}"`,
    },
  }
}
