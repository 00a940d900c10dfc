import type { KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@huabiao/kit/clock/clock'
import { type ApiClient, apiClient, ProblemError } from '@huabiao/kit/http/client'
import { serviceHeaders } from '@huabiao/kit/http/service-auth'

const callMaxMs = 30_000

/** The one way out of the gateway: REST as the gateway itself, or as a person who logged on through it. */
export interface ControlPlane {
  readonly gateway: ApiClient
  readonly as: (token: string) => ApiClient
}

export function controlPlane(of: { url: string; id: string; key: KeyObject; clock: Clock }): ControlPlane {
  // A call that hangs is a call without an answer: above the longest wait for work, below the patience of a person.
  const bounded: typeof fetch = (url, init) => {
    const limit = AbortSignal.timeout(callMaxMs)
    return fetch(url, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, limit]) : limit })
  }
  const baseUrl = of.url.replace(/\/$/, '')
  return {
    gateway: apiClient({ baseUrl, fetch: bounded, headers: serviceHeaders(of.id, of.key, () => of.clock.now()) }),
    as: (token) => apiClient({ baseUrl, fetch: bounded, headers: () => ({ authorization: `Bearer ${token}` }) }),
  }
}

/** The code of a refusal; `request.unreachable` for whatever else went wrong. */
export const codeOf = (cause: unknown): string => (cause instanceof ProblemError ? cause.problem.code : 'request.unreachable')
/** Whether the same call may succeed later: no answer, a failing server or too many calls. A refusal is final. */
export const isTransient = (cause: unknown): boolean =>
  !(cause instanceof ProblemError) || cause.problem.status >= 500 || cause.problem.status === 429

/** Repeats a call that is safe to repeat until it is answered, refused or given up by the signal. */
export async function untilAnswered<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 5_000)) {
    try {
      return await call()
    } catch (cause) {
      if (!isTransient(cause) || signal.aborted) throw cause
      await sleep(waitMs, undefined, { signal })
    }
  }
}
