// What /proc says about a process. A pid alone names nobody: the start time tells a child of ours from a stranger
// that was given the same number later.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** One particular process, now or in the past. */
export interface ProcessId {
  pid: number
  startTime: number
}

interface ProcessStat {
  state: string
  parent: number
  startTime: number
}

/** Reads the fields of /proc/<pid>/stat; the command may hold spaces and brackets, so what follows the last one counts. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '?', parent: Number(fields[1]), startTime: Number(fields[19]) }
}

function statOf(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** The identity of a process that runs now; undefined when there is none or only its zombie is left. */
export function identify(pid: number): ProcessId | undefined {
  const stat = statOf(pid)
  return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : { pid, startTime: stat.startTime }
}

export const isZombie = (pid: number): boolean => statOf(pid)?.state === 'Z'

/** True while exactly this process runs. */
export const isAlive = (id: ProcessId): boolean => identify(id.pid)?.startTime === id.startTime

export function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  } catch {
    return []
  }
}

/** Resident memory in bytes, as the kernel counts it. */
export function residentBytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? 0 : Number(kilobytes) * 1024
  } catch {
    return 0
  }
}

/** How long a process has been running; the kernel counts its start in hundredths of a second since boot. */
export function uptimeSeconds(id: ProcessId): number {
  const sinceBoot = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
  return Math.max(0, Math.round(sinceBoot - id.startTime / 100))
}

/** Every running process, its parent, and the folder it stands in (undefined where we may not look). */
export function listProcesses(): { pid: number; parent: number; startTime: number; cwd: string | undefined }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((name) => {
    const stat = statOf(Number(name))
    if (stat === undefined || stat.state === 'Z') return []
    return [{ pid: Number(name), parent: stat.parent, startTime: stat.startTime, cwd: cwdOf(name) }]
  })
}

function cwdOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** Signals this very process; false when it was gone. */
export function signal(id: ProcessId, name: NodeJS.Signals): boolean {
  if (!isAlive(id)) return false
  try {
    process.kill(id.pid, name)
    return true
  } catch {
    return false
  }
}

export async function waitGone(id: ProcessId, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs
  while (isAlive(id)) {
    if (performance.now() > until) return false
    await sleep(25)
  }
  return true
}

/** Asks politely, then insists. Returns when the process is gone. */
export async function terminate(id: ProcessId, patienceMs: number, polite: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (!signal(id, polite)) return
  if (await waitGone(id, patienceMs)) return
  signal(id, 'SIGKILL')
  await waitGone(id, 5_000)
}
