// Small files that must never be half-written or readable by others.
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, linkSync, mkdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'

export interface Owner {
  uid: number
  gid: number
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The parsed file, or undefined when it is missing or torn. */
export function readJson<T>(path: string): T | undefined {
  const text = readText(path)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}

/** Writes under another name and renames, so a reader sees the old text or the new, never a part. */
export function writeText(path: string, text: string, mode = 0o600, owner?: Owner): void {
  const making = `${path}.${randomBytes(4).toString('hex')}`
  writeFileSync(making, text, { mode, flag: 'wx' })
  // The mode given at creation is cut by the umask.
  chmodSync(making, mode)
  if (owner !== undefined) chownSync(making, owner.uid, owner.gid)
  renameSync(making, path)
}

export const writeJson = (path: string, value: unknown, mode = 0o600, owner?: Owner): void =>
  writeText(path, `${JSON.stringify(value, null, 2)}\n`, mode, owner)

/** Writes a file that must not be there yet; false when somebody was first. Nobody ever reads a part of it. */
export function createText(path: string, text: string, mode = 0o600): boolean {
  const making = `${path}.${randomBytes(4).toString('hex')}`
  writeFileSync(making, text, { mode, flag: 'wx' })
  try {
    linkSync(making, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    unlinkSync(making)
  }
}

/** Makes a folder, or gives the one that is there the mode and owner wanted. */
export function makeFolder(path: string, mode: number, owner?: Owner): string {
  mkdirSync(path, { recursive: true, mode })
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid)
  if ((statSync(path).mode & 0o7777) !== mode) chmodSync(path, mode)
  return path
}
