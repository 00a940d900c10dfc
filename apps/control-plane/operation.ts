import type { Clock } from '@huabiao/kit/clock/clock'
import type { Family } from '@huabiao/kit/metrics/exposition'

/** How the control plane itself is doing: what it answered, and when each of its jobs last succeeded. */

/** A job is late when it has not succeeded for this many of its periods, and never before this long: one slow run is no fault. */
const latePeriods = 5
const lateFloorMs = 30_000

interface JobState {
  readonly everyMs: number
  /** Counts as a success: a job that never succeeded is late from here. */
  lastSuccess: number
  runs: number
  failures: number
}
export interface LateJob {
  readonly job: string
  readonly secondsSinceSuccess: number
}

const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)
const split = (counts: Map<string, number>, names: readonly string[]) =>
  [...counts].sort().map(([key, value]) => {
    const parts = key.split(' ')
    return { labels: Object.fromEntries(names.map((name, index) => [name, parts[index]!])), value }
  })

export function operation(clock: Clock) {
  const requests = new Map<string, number>()
  const problems = new Map<string, number>()
  const jobs = new Map<string, JobState>()
  const now = (): number => clock.now().getTime()
  const ages = () => [...jobs].map(([job, state]) => ({ job, state, ageMs: Math.max(0, now() - state.lastSuccess) }))
  const byJob = (value: (state: JobState) => number) =>
    [...jobs].map(([job, state]) => ({ labels: { job }, value: value(state) }))
  return {
    /** `route` is its pattern, never the path that was asked for: labels must be few, and ids are nobody's to see here. */
    answered: (method: string, route: string, status: number): void => count(requests, `${method} ${route} ${status}`),
    problem: (code: string): void => count(problems, code),
    /** Runs again `everyMs` after it has ended: slow work never piles up. Answers how to stop it. */
    repeat(job: string, everyMs: number, work: () => Promise<unknown>, failed: (error: unknown) => void): () => void {
      const state: JobState = { everyMs, lastSuccess: now(), runs: 0, failures: 0 }
      jobs.set(job, state)
      let timer: NodeJS.Timeout
      const again = async (): Promise<void> => {
        state.runs += 1
        try {
          await work()
          state.lastSuccess = now()
        } catch (error) {
          state.failures += 1
          failed(error)
        }
        timer = setTimeout(again, everyMs)
      }
      timer = setTimeout(again, everyMs)
      return () => clearTimeout(timer)
    },
    /** Jobs that have not succeeded for too long: what they should have done has not been done. */
    late: (): LateJob[] =>
      ages()
        .filter(({ state, ageMs }) => ageMs > Math.max(state.everyMs * latePeriods, lateFloorMs))
        .map(({ job, ageMs }) => ({ job, secondsSinceSuccess: Math.round(ageMs / 1000) })),
    families: (pool: { total: number; idle: number; waiting: number }): Family[] => [
      {
        name: 'huabiao_http_requests_total',
        help: 'Requests answered, by route and status.',
        type: 'counter',
        samples: split(requests, ['method', 'route', 'status']),
      },
      {
        name: 'huabiao_refusals_total',
        help: 'Problems answered, by code.',
        type: 'counter',
        samples: split(problems, ['code']),
      },
      {
        name: 'huabiao_job_last_success_age_seconds',
        help: 'Since a job last succeeded, or since the start.',
        type: 'gauge',
        samples: ages().map(({ job, ageMs }) => ({ labels: { job }, value: ageMs / 1000 })),
      },
      {
        name: 'huabiao_job_period_seconds',
        help: 'Pause between two runs.',
        type: 'gauge',
        samples: byJob((one) => one.everyMs / 1000),
      },
      { name: 'huabiao_job_runs_total', help: 'Runs of a job.', type: 'counter', samples: byJob((one) => one.runs) },
      {
        name: 'huabiao_job_failures_total',
        help: 'Runs of a job that failed.',
        type: 'counter',
        samples: byJob((one) => one.failures),
      },
      {
        name: 'huabiao_database_connections',
        help: 'Connections of the pool; waiting are requests for one.',
        type: 'gauge',
        samples: Object.entries(pool).map(([state, value]) => ({ labels: { state }, value })),
      },
      {
        name: 'huabiao_resident_memory_bytes',
        help: 'Resident memory of the control plane.',
        type: 'gauge',
        samples: [{ value: process.memoryUsage.rss() }],
      },
    ],
  }
}
export type Operation = ReturnType<typeof operation>
