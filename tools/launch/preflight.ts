// What stands in the way of a start, said before anything is touched, with what mends it.
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { StateFolder } from './state.ts'

/** PostgreSQL takes 60 MiB for an empty cluster and 64 MiB for its first log segments; below this it ends in the middle. */
const neededToStart = 256 * 2 ** 20
/** Less than this is nothing to begin a recorded session with. */
export const neededToWork = 2 * 2 ** 30

export function freeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
}

const nameOf = (uid: number): string =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => Number(fields[2]) === uid)?.[0] ?? `uid ${uid}`

/** Why this user cannot work in the state folder; undefined when nothing is in the way. */
export function folderFault(state: StateFolder): string | undefined {
  const me = userInfo()
  const { dir } = state
  try {
    // What was begun by one user is not readable, or not writable, for the processes of another.
    const owner = statSync(existsSync(state.secretsFile) ? state.secretsFile : dir).uid
    if (owner !== me.uid && (existsSync(state.secretsFile) || me.uid !== 0))
      return `${dir} belongs to ${nameOf(owner)} and you are ${me.username}: run huabiao as ${nameOf(owner)}, or set HUABIAO_STATE to a folder of yours`
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'EROFS' ? 'lies on a read-only file system' : `cannot be written by ${me.username} (${code})`
    return `${dir} ${why}: chmod u+rwx it, or set HUABIAO_STATE to a folder that can be written`
  }
  return undefined
}

/** A restore that was interrupted left a part of a deployment: to be restored again, never to be started. */
export const unfinishedFile = (state: StateFolder): string => join(state.dir, 'restore-unfinished.json')
export const unfinishedRestore = (state: StateFolder): boolean => existsSync(unfinishedFile(state))

/** Why nothing should be started now; undefined when it may. */
export function startFault(state: StateFolder): string | undefined {
  const folder = folderFault(state)
  if (folder !== undefined) return folder
  if (unfinishedRestore(state)) return `a restore into ${state.dir} did not finish: run ./huabiao restore <folder> again`
  const free = freeBytes(state.dir)
  if (free >= neededToStart) return undefined
  return `the disk of ${state.dir} has ${Math.floor(free / 2 ** 20)} MiB free and a start needs ${neededToStart / 2 ** 20}: free space, or set HUABIAO_STATE to a folder on another disk`
}
