// What still runs of a process group, as the kernel tells it: the proof that something has ended on a target.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Processes of a group; one that waits to be reaped runs no more. */
export function runningInGroup(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const [state, , ofGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        return Number(ofGroup) === group && state !== 'Z'
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Milliseconds until nothing runs in a group any more. Patient: a busy machine is no failure. */
export async function untilGroupEnds(group: number, patienceMs = 20_000): Promise<number> {
  const from = performance.now()
  while (runningInGroup(group).length > 0) {
    if (performance.now() - from > patienceMs) throw new Error(`still running: ${runningInGroup(group).join(', ')}`)
    await sleep(10)
  }
  return Math.round(performance.now() - from)
}
