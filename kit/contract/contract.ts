import type { RefusalCode } from '@huabiao/kit/errors/errors'
import { z } from 'zod'

/**
 * One value per endpoint. Server, typed client, OpenAPI and authorisation matrix are all derived from it.
 * `permission` is a RAM action (`change:approve`); `public` needs no session, `self` any session,
 * `service:<name>` a process of ours.
 */
export interface Endpoint<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Under `/api/v1`, parameters as `:name`. */
  readonly path: `/api/v1/${string}`
  readonly permission: string
  readonly summary: string
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly response: R
  readonly refusals: readonly RefusalCode[]
  /** Danger 1–5; from 3 on the second factor must be fresh (step-up), see `stepUpMaxAgeMs`. */
  readonly danger: 1 | 2 | 3 | 4 | 5
  /** The RAM resource the permission is asked for, as a pattern over params: `change/:changeId`. */
  readonly resource: string
  /** `raw` routes stream their body themselves (uploads, server-sent events). */
  readonly bodyLimitBytes: number
}

type EndpointInput<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType, A extends string> = Pick<
  Endpoint,
  'name' | 'method' | 'path' | 'summary'
> &
  Partial<Pick<Endpoint, 'refusals' | 'danger' | 'resource' | 'bodyLimitBytes'>> & {
    permission: A
    params?: P
    query?: Q
    body?: B
    response: R
  }

const nothing = z.object({}).strict()
type Nothing = typeof nothing

export function endpoint<
  R extends z.ZodType,
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = Nothing,
  const A extends string = string,
>(input: EndpointInput<P, Q, B, R, A>): Endpoint<P, Q, B, R> & { readonly permission: A } {
  return {
    refusals: [],
    danger: 1,
    resource: '*',
    bodyLimitBytes: 256 * 1024,
    ...input,
    params: (input.params ?? nothing) as P,
    query: (input.query ?? nothing) as Q,
    body: (input.body ?? nothing) as B,
  }
}

/** What a service receives: parsed, bounded input. `ifMatch` is the version the caller saw. */
export interface InputOf<E extends Endpoint> {
  readonly params: z.output<E['params']>
  readonly query: z.output<E['query']>
  readonly body: z.output<E['body']>
  readonly ifMatch: number | undefined
}
export type ViewOf<E extends Endpoint> = z.input<E['response']>
export type ResponseOf<E extends Endpoint> = z.output<E['response']>

/** An event is what happened, in the ledger's words: the name is a public contract (golden/audit-events.json). */
export interface DomainEvent {
  readonly type: string
  /** Kind and id of the object acted on: `change/0190…`. */
  readonly object: string
  /** Whose chain records it; the actor's own tenant where absent. */
  readonly tenantId?: string
  readonly changeId?: string
  readonly [field: string]: unknown
}

/** Freshness of the second factor by danger: 3 → 30 min, 4 → 10 min, 5 → 2 min; 1 and 2 need none. */
export const stepUpMaxAgeMs = (danger: number): number | undefined =>
  danger >= 5 ? 120_000 : danger === 4 ? 600_000 : danger === 3 ? 1_800_000 : undefined

const noControl = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u

/** One line of human text: trimmed, 1–120 characters, no control or format characters (RTL marks hide names: NT-A06). */
export const Name = z.string().trim().min(1).max(120).regex(noControl)
/** Free text of several lines, at most 4,000 characters. */
export const Note = z.string().trim().min(1).max(4000)
export const ShortNote = z.string().trim().min(1).max(500)
/** A lower-case machine name, safe as certificate principal and file name (OpenSSH CVE-2026-35414: no commas). */
export const Slug = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/)
export const Digest = z.string().regex(/^[0-9a-f]{64}$/)
/** A moment of this platform's life. Years and offsets that PostgreSQL does not know (0000, +23:59) are no moments. */
export const Instant = z.iso
  .datetime({ offset: true })
  .max(35)
  .refine((text) => /^(19|20|21)\d\d-.*(Z|[+-](0\d|1[0-4]):[0-5]\d)$/.test(text))
export const Uuid = z.uuid()
/** What leaves is bounded like what enters: one line as it is shown (a name, a code, an address), and text of several lines. */
export const Label = z.string().max(1000)
export const Prose = z.string().max(10_000)
/** Whole, not negative, and what a 32-bit column holds; of bytes and of records there may be more (`Total`). */
export const Count = z.number().int().min(0).max(2_147_483_647)
export const Total = z.number().int().min(0).max(1_000_000_000_000_000)
/** What the words of a refusal, a finding or a notice are filled with. */
export const PhraseParams = bounded(
  z.record(z.string().max(100), z.union([z.string().max(2000), z.number().min(-1e15).max(1e15)])),
  40,
)
function bounded<T extends z.ZodRecord>(type: T, maxProperties: number) {
  return type.refine((value) => Object.keys(value as object).length <= maxProperties).meta({ maxProperties })
}
/** JSON whose inside somebody else defines (WebAuthn, an event's own fields): an object of at most so many characters as text. */
export const jsonOf = (maxLength: number) =>
  z
    .record(z.string().max(200), z.unknown())
    .refine((value) => JSON.stringify(value).length <= maxLength)
    .meta({ 'x-max-length': maxLength })

/** Key-set pages: `after` is the id of the last row seen; at most 100 rows. */
export const PageQuery = z.object({
  after: Uuid.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
})
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item).max(100), next: z.string().max(200).nullable() })

/** RFC 9457 problem document as all doors answer it. */
export const Problem = z.object({
  type: Label,
  status: z.number().int().min(400).max(599),
  code: Label,
  rule: Label.optional(),
  params: jsonOf(64 * 1024),
  requestId: Label,
})
export type Problem = z.infer<typeof Problem>
