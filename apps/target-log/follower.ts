import { createPrivateKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execLineMost, execLinesMost, reportExecLog } from '@huabiao/domains/reconcile/reconcile.contract'
import { isExecLine } from '@huabiao/domains/reconcile/reconcile.model'
import { lineMost, linesMost, reportTargetLog } from '@huabiao/domains/violation/violation-log.contract'
import type { Clock } from '@huabiao/kit/clock/clock'
import { type ApiClient, apiClient, ProblemError } from '@huabiao/kit/http/client'
import { serviceHeaders } from '@huabiao/kit/http/service-auth'
import type { FollowerConfig } from './config.ts'
import { isSame, loadPlace, moved, nextPortion, nextStream, type Place, type Portion, savePlace } from './log-file.ts'

export type Log = (line: { level: 'info' | 'warn' | 'error'; event: string } & Readonly<Record<string, unknown>>) => void

const gaps: readonly string[] = ['violation.log_gap', 'reconcile.log_gap']
const lookEveryMs = 1_000
const callMaxMs = 20_000
/** How often it is said that there is nothing left to read: a log that is silent and one that nobody reads must not look alike. */
const wholeEveryMs = 10_000
/** How long is waited after an answer that did not come. */
const waits = [1_000, 2_000, 5_000, 10_000] as const

/**
 * Follows files and tells the control plane each line once, in order. It decides nothing and keeps nothing but places: while the control
 * plane is away the lines wait where they were written.
 */
export function startFollower(config: FollowerConfig, clock: Clock, log: Log): { stop(): Promise<void> } {
  const key = createPrivateKey(readFileSync(config.serviceKeyFile, 'utf8'))
  const bounded: typeof fetch = (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(callMaxMs) })
  const api = apiClient({
    baseUrl: config.controlPlaneUrl.replace(/\/$/, ''),
    fetch: bounded,
    headers: serviceHeaders(config.id, key, () => clock.now()),
  })
  const over = new AbortController()
  const place = (name: string): string => join(config.stateDir, `${name}.place.json`)
  const running = [
    ...config.files.map(({ target, path }) => follow({ kind: 'logons' as const, name: target, path, placeFile: place(target) })),
    ...config.executions.map(({ source, path }) =>
      follow({ kind: 'executions' as const, name: source, path, placeFile: place(`${source}.executions`) }),
    ),
  ]
  async function follow(file: Followed): Promise<void> {
    let failures = 0
    let wholeAt = 0
    while (!over.signal.aborted) {
      const now = clock.now().getTime()
      const sayWhole = now - wholeAt >= wholeEveryMs
      const went = await goOn(api, file, sayWhole).then(
        (more) => {
          failures = 0
          if (sayWhole && !more) wholeAt = now
          return more
        },
        (cause: unknown) => {
          const why = cause instanceof ProblemError ? cause.problem.code : cause instanceof Error ? cause.name : 'unknown'
          if (failures === 0) log({ level: 'warn', event: 'not_taken', file: file.name, why })
          failures += 1
          return false
        },
      )
      const pause = failures > 0 ? waits[Math.min(failures, waits.length) - 1]! : went ? 0 : lookEveryMs
      if (pause > 0) await sleep(pause, undefined, { signal: over.signal }).catch(() => {})
    }
  }
  return {
    stop: async () => {
      over.abort()
      await Promise.all(running)
    },
  }
}

export interface Followed {
  /** Lines of sshd, su and sudo of one target, or of executions on one machine. */
  readonly kind: 'logons' | 'executions'
  /** The target, or the source. */
  readonly name: string
  readonly path: string
  readonly placeFile: string
}
const limitsOf = {
  logons: { lines: linesMost, length: lineMost },
  executions: { lines: execLinesMost, length: execLineMost },
} as const
/** One portion of one file; answers whether there may be more at once. `sayWhole` asks to say it where nothing is left. */
export async function goOn(api: ApiClient, file: Followed, sayWhole = false): Promise<boolean> {
  const { path, placeFile } = file
  if (!existsSync(path)) return false
  const place = loadPlace(placeFile)
  const limits = limitsOf[file.kind]
  if (isSame(path, place)) {
    const portion = nextPortion(path, place.taken, limits)
    const isSaid = sayWhole && file.kind === 'executions'
    if (!portion && !place.lost && !isSaid) return false
    await tell(api, file, place, portion ?? { from: place.taken, to: place.taken, lines: [], whole: true })
    return portion !== undefined
  }
  // The file was emptied. What was not read of it stands in the copy, or nowhere.
  const copy = `${path}.1`
  const copied = existsSync(copy) && isSame(copy, place)
  const rest = copied ? nextPortion(copy, place.taken, limits) : undefined
  if (rest) await tell(api, { ...file, path: copy }, place, rest)
  else savePlace(placeFile, nextStream(!copied))
  return true
}

async function tell(
  api: ApiClient,
  file: Followed,
  place: Place,
  { from, to, lines, whole = false }: Portion & { readonly whole?: boolean },
): Promise<void> {
  const { kind, name, path, placeFile } = file
  const portion = { stream: place.stream, from, to, lost: place.lost }
  const told =
    kind === 'logons'
      ? api(reportTargetLog, { body: { ...portion, target: name, lines: [...lines] } })
      : api(reportExecLog, { body: { ...portion, source: name, whole, lines: lines.filter(isExecLine) } })
  const taken = await told.then(
    (answer) => answer.taken,
    (cause: unknown) => {
      // It knows less than it once acknowledged, as after a restore: it is told again.
      if (cause instanceof ProblemError && gaps.includes(cause.problem.code)) return Number(cause.problem.params.taken)
      throw cause
    },
  )
  savePlace(placeFile, taken >= place.taken ? moved(path, place, taken) : { ...place, taken })
}
