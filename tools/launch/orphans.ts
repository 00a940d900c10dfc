// Children that outlived their supervisor: found by their pid files, and by the configuration file they were started with.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { stopWithSessions } from './demo-targets.ts'
import { readJson } from './files.ts'
import { stopPostgres } from './postgres.ts'
import { commandOf, identify, isAlive, listProcesses, type ProcessId } from './proc.ts'
import type { PidFile, StateFolder } from './state.ts'

export interface Orphan extends ProcessId {
  name: string
}

/** Processes that the pid files name and that still run. */
export function recordedChildren(state: StateFolder): Orphan[] {
  let names: string[]
  try {
    names = readdirSync(state.run).filter((name) => name.endsWith('.pid.json') && name !== 'supervisor.pid.json')
  } catch {
    return []
  }
  return names.flatMap((file) => {
    const id = readJson<PidFile>(join(state.run, file))
    if (id === undefined || !isAlive(id)) return []
    return [{ name: file.slice(0, -'.pid.json'.length), pid: id.pid, startTime: id.startTime }]
  })
}

/** Processes started with a configuration in this state folder, or standing in it, that no pid file names. */
export function strayChildren(state: StateFolder): Orphan[] {
  const recorded = new Set(recordedChildren(state).map((one) => one.pid))
  const inside = `${state.dir}/`
  return listProcesses().flatMap(({ pid }) => {
    if (recorded.has(pid) || pid === process.pid) return []
    const args = commandOf(pid)
    const own = args.some((arg) => arg.startsWith(`--config=${inside}`))
    const target = args[0]?.endsWith('/sshd') && args.some((arg) => arg.startsWith(inside))
    const id = own || target ? identify(pid) : undefined
    return id === undefined ? [] : [{ name: target ? 'target' : 'child', ...id }]
  })
}

export async function stopOrphan(orphan: Orphan): Promise<void> {
  if (orphan.name === 'postgres') await stopPostgres(orphan)
  else await stopWithSessions(orphan)
}

/** Stops everything that runs for this state folder; PostgreSQL last, since the others write to it. */
export async function stopAll(state: StateFolder): Promise<Orphan[]> {
  const found = [...strayChildren(state), ...recordedChildren(state)]
  await Promise.all(found.filter((one) => one.name !== 'postgres').map(stopOrphan))
  await Promise.all(found.filter((one) => one.name === 'postgres').map(stopOrphan))
  return found
}
