import type { Endpoint, Problem, ResponseOf } from '@huabiao/kit/contract/contract'
import type { z } from 'zod'

/** The caller's view of a refusal; `code` is worded by the phrases. */
export class ProblemError extends Error {
  readonly problem: Problem
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.code, options)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

export interface Call<E extends Endpoint> {
  params?: z.input<E['params']>
  query?: z.input<E['query']>
  body?: z.input<E['body']>
  ifMatch?: number
  signal?: AbortSignal
  idempotencyKey?: string
}
export type ApiClient = <E extends Endpoint>(endpoint: E, call?: Call<E>) => Promise<ResponseOf<E>>

export interface ClientOptions {
  /** Origin of the control plane; empty in a browser on the same origin. */
  baseUrl: string
  headers?: (method: string, path: string, body: string | undefined) => Record<string, string>
  fetch?: typeof globalThis.fetch
}

/**
 * A fully typed client over the contract values; nothing is generated. Errors are `ProblemError` with the server's code, or
 * `request.unreachable` (status 503) when no answer came.
 */
export function apiClient(options: ClientOptions): ApiClient {
  const send = options.fetch ?? globalThis.fetch.bind(globalThis)
  return async (endpoint, call = {}) => {
    const params = (call.params ?? {}) as Record<string, string>
    let path: string = endpoint.path.replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
    const query = new URLSearchParams()
    for (const [key, value] of Object.entries((call.query ?? {}) as Record<string, unknown>))
      if (value !== undefined) query.set(key, String(value))
    if (query.size > 0) path += `?${query}`
    const body = endpoint.method === 'GET' ? undefined : JSON.stringify(call.body ?? {})
    const headers: Record<string, string> = {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    if (call.ifMatch !== undefined) headers['if-match'] = `"${call.ifMatch}"`
    if (call.idempotencyKey) headers['idempotency-key'] = call.idempotencyKey
    Object.assign(headers, options.headers?.(endpoint.method, path, body))
    const answer = await send(options.baseUrl + path, {
      method: endpoint.method,
      headers,
      body: body ?? null,
      signal: call.signal ?? null,
      credentials: 'same-origin',
    }).catch((cause: unknown) => {
      if (call.signal?.aborted) throw cause
      const problem = { type: 'about:blank', status: 503, code: 'request.unreachable', params: {}, requestId: '' } as const
      throw new ProblemError(problem, { cause })
    })
    const text = await answer.text()
    if (!answer.ok) throw problemOf(answer.status, text)
    return endpoint.response.parse(text === '' ? {} : JSON.parse(text)) as never
  }
}

/** What an answer that is not ok says; also for callers who read a raw body. */
export const problemOf = (status: number, text: string): ProblemError => new ProblemError(toProblem(status, text))

function toProblem(status: number, text: string): Problem {
  try {
    const value = JSON.parse(text) as Problem
    if (typeof value.code === 'string') return value
  } catch {
    // A proxy answered with something else; the status says enough.
  }
  return { type: 'about:blank', status, code: status === 401 ? 'session.required' : 'request.failed', params: {}, requestId: '' }
}
