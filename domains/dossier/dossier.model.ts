import { canonicalJson, type Json } from '@huabiao/kit/canonical/canonical'
import type { RefusalTable } from '@huabiao/kit/errors/errors'

/**
 * The dossier of a change (变更卷宗): one canonical JSON text, whose SM3 names it. `apps/verify` reads the same format, version 1, without
 * sharing code with it.
 */
export const dossierVersion = 1
export interface Dossier {
  readonly v: typeof dossierVersion
  readonly kind: 'change-dossier'
  /** Every person named by id in it. */
  readonly people: Readonly<Record<string, string>>
  readonly [member: string]: Json
}

/** As PostgreSQL writes a moment in JSON: `2026-11-29T23:07:29.123456+00:00`. */
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00$/
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Members that hold a moment of the database. */
const momentMember = /^at$|At$|^window(Start|End)$|^not(Before|After)$|^(from|to)$/
/** Texts that people or plans wrote are kept as they are, even one that reads like a moment; moments take the one form of the ledger. */
export function normalised(value: Json): Json {
  if (Array.isArray(value)) return value.map(normalised)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (key === 'plan') return [key, one]
      if (typeof one === 'string') return [key, momentMember.test(key) && moment.test(one) ? new Date(one).toISOString() : one]
      return [key, normalised(one)]
    }),
  )
}

/** Members that name a person, wherever they stand. */
const personMembers = new Set([
  'requester',
  'manager',
  'assessor',
  'tester',
  'executor',
  'reviewer',
  'author',
  'person',
  'from',
  'to',
  'by',
  'testedBy',
  'reviewedBy',
  'publishedBy',
  'requestedBy',
  'firstBy',
  'secondBy',
  'refusedBy',
  'givenBy',
  'cosignedBy',
])
export function personIdsOf(value: Json, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const one of value) personIdsOf(one, found)
  else if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) {
      if (typeof one === 'string' && personMembers.has(key) && uuid.test(one)) found.add(one)
      else if (key === 'excluded' && Array.isArray(one)) for (const id of one) if (typeof id === 'string') found.add(id)
      personIdsOf(one as Json, found)
    }
  return found
}

export const dossierOf = (facts: { readonly [member: string]: Json }, names: ReadonlyMap<string, string>): Dossier => {
  const body = normalised(facts) as { readonly [member: string]: Json }
  const people = Object.fromEntries([...personIdsOf(body)].sort().map((id) => [id, names.get(id) ?? '—']))
  return { ...body, v: dossierVersion, kind: 'change-dossier', people }
}
/** The very bytes that are kept. */
export const dossierText = (dossier: Dossier): string => canonicalJson(dossier)

/** Before what could not be sealed is tried again: longer after each failure, an hour at most. */
export const waitMs = (failures: number): number => Math.min(10_000 * 2 ** failures, 3_600_000)

export const dossierRefusals = {
  'dossier.not_found': { status: 404 },
  'dossier.not_sealed': { status: 409, rule: 'RL-36' },
} as const satisfies RefusalTable
export type DossierRefusal = keyof typeof dossierRefusals
