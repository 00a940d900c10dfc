import { readFileSync } from 'node:fs'

export const quantile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}
export const median = (values: readonly number[]): number => quantile(values, 0.5)

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

/**
 * Durations of each work, one after the other in turn, so that whatever else the machine does meets all of them alike. Half the rounds
 * run backwards: nobody always comes second.
 */
export async function interleaved<N extends string>(
  rounds: number,
  works: Readonly<Record<N, () => Promise<unknown>>>,
  warmUp = 2,
): Promise<Record<N, number[]>> {
  const names = Object.keys(works) as N[]
  const found = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<N, number[]>
  for (let round = -warmUp; round < rounds; round += 1)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const took = await timed(works[name])
      if (round >= 0) found[name].push(took)
    }
  return found
}

/**
 * Runs per second of processor time of each work, in slices in turn; the median slice counts. Processor time and not the clock's, since
 * none of them waits for anything: another's process on the same processor is not in the figure.
 */
export function rates<N extends string>(
  works: Readonly<Record<N, () => unknown>>,
  { slices = 9, sliceMs = 250 } = {},
): Record<N, number> {
  const names = Object.keys(works) as N[]
  const found = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<N, number[]>
  for (let slice = -2; slice < slices; slice += 1)
    for (const name of names) {
      const rate = rateOf(works[name], sliceMs)
      if (slice >= 0) found[name].push(rate)
    }
  return Object.fromEntries(names.map((name) => [name, median(found[name])])) as Record<N, number>
}
function rateOf(work: () => unknown, sliceMs: number): number {
  const from = process.threadCpuUsage()
  let count = 0
  for (let batch = 1; ; ) {
    for (let i = 0; i < batch; i += 1) work()
    count += batch
    const { user, system } = process.threadCpuUsage(from)
    const passedMs = (user + system) / 1_000
    if (passedMs >= sliceMs) return (count * 1_000) / passedMs
    // The clock is asked a few hundred times a slice, not once per run: it costs more than a decision does.
    if (passedMs < sliceMs / 200) batch *= 2
  }
}

const ticksPerSecond = 100
/**
 * Processor time that these processes have used, in milliseconds, with that of children they have waited for: a server whose workers come
 * and go has used theirs too. One that has ended counts nothing.
 */
export const cpuMs = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    // utime, stime, cutime and cstime of proc(5): its fields 14 to 17, the twelfth and on behind the name.
    return (fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * 1_000) / ticksPerSecond
  } catch {
    return 0
  }
}
