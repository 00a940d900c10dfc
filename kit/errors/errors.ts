/** Errors of three kinds: a Refusal is an expected no, Unavailable a failed upstream, anything else a bug (house B8). */

/** `domain.reason`, snake case. Worded by `<domain>.phrases.ts`; the server never sends sentences. */
export type RefusalCode = `${string}.${string}`
export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 412 | 413 | 422 | 423 | 429

/** What a code means to a caller: the HTTP status and, where it enforces one, the red line (`RL-02`) or guard (`G-WIN`). */
export type RefusalMeaning = { readonly status: RefusalStatus; readonly rule?: string }
export type RefusalTable = Readonly<Record<string, RefusalMeaning>>

/** Params are public and part of the contract; `cause` is for the log only and is never serialised. */
export type RefusalParams = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** The words of a refusal: what is refused, and what to do next. */
export type Phrase = { readonly zh: string; readonly en: string; readonly nextZh: string; readonly nextEn: string }

export class Refusal extends Error {
  readonly code: RefusalCode
  readonly params: RefusalParams
  constructor(code: RefusalCode, params: RefusalParams = {}, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause })
    this.name = 'Refusal'
    this.code = code
    this.params = params
  }
}

/** An engine or a neighbour process failed. `retry` tells whether the same call may succeed later. */
export class Unavailable extends Error {
  readonly part: string
  readonly retry: boolean
  constructor(part: string, retry: boolean, cause?: unknown) {
    super(`unavailable: ${part}`, cause === undefined ? undefined : { cause })
    this.name = 'Unavailable'
    this.part = part
    this.retry = retry
  }
}

/** Turns the answer of a rule into a thrown refusal; services end their rule checks with it. */
export function refuseIf(code: RefusalCode | undefined, params?: RefusalParams): void {
  if (code) throw new Refusal(code, params)
}

/** `notFound('change')` is `change.not_found`: also the answer for what belongs to another tenant, because it does not exist here. */
export const notFound = (kind: string): Refusal => new Refusal(`${kind}.not_found`)

/** Refusals that any door may answer. */
export const kitRefusals = {
  'request.invalid': { status: 400 },
  'request.too_large': { status: 413 },
  'request.too_many': { status: 429 },
  'request.not_found': { status: 404 },
  'request.stale': { status: 412 },
  'request.idempotency_conflict': { status: 409 },
  'session.required': { status: 401 },
  'access.service_only': { status: 403, rule: 'RL-18' },
  'access.denied': { status: 403, rule: 'RL-17' },
  'access.step_up_required': { status: 403, rule: 'RL-21' },
} as const satisfies RefusalTable
