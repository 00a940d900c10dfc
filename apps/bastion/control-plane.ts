import type { KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { clockSkewMaxMs } from '@huabiao/domains/session/session-grant.model'
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

/** The code of a refusal, for what is decided or worded by it; `request.unreachable` for whatever else went wrong. */
export const codeOf = (cause: unknown): string => (cause instanceof ProblemError ? cause.problem.code : 'request.unreachable')
/** What went wrong, for logs and reports: the code of a refusal, or the words of an error, with what stands behind them. */
export function causeOf(cause: unknown): string {
  // What a parser could not read may be a secret, and its message quotes it.
  if (!(cause instanceof Error) || cause instanceof SyntaxError) return cause instanceof Error ? cause.name : 'unknown'
  const said = cause instanceof ProblemError ? cause.problem.code : cause.message || cause.name
  return (cause.cause === undefined ? said : `${said}: ${causeOf(cause.cause)}`).slice(0, 300)
}
/**
 * Whether the same call may succeed later: no answer, a failing server or too many calls. So is not being known as the gateway that one
 * is: the proof of a clock that runs wrong is nobody's, and what is owed is told when it runs right again. A refusal is final.
 */
export const isTransient = (cause: unknown): boolean =>
  !(cause instanceof ProblemError) ||
  cause.problem.status >= 500 ||
  cause.problem.status === 429 ||
  (cause.problem.status === 401 && cause.problem.code === 'identity.service_refused')

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

/**
 * Why two clocks disagree by more than NT-B02 lets them; undefined where the answer fits into the time that asking took.
 * @param theirs instant in the answer; the others are our own clock before and after, all in milliseconds
 */
export function clocksDiffer(theirs: number, askedAt: number, answeredAt: number): string | undefined {
  const off = theirs < askedAt ? theirs - askedAt : theirs > answeredAt ? theirs - answeredAt : 0
  return Math.abs(off) > clockSkewMaxMs ? `session.grant_clock_skewed: the control plane’s clock is ${off} ms off` : undefined
}
