// Log files of the children. A child writes to the file itself, so it lives on when the supervisor dies.
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs'

const rotateAtBytes = 20 * 1024 * 1024
const keptFiles = 3

/** Opened for appending: a child goes on at the new end after the file was emptied under it. */
export const openLog = (path: string): number => openSync(path, 'a', 0o600)

/** Keeps `path.1` … `path.3`. The file is copied and emptied, never renamed, because its writer holds it open. */
export function rotateLog(path: string, limitBytes = rotateAtBytes): boolean {
  if (!existsSync(path) || statSync(path).size < limitBytes) return false
  for (let index = keptFiles - 1; index >= 1; index -= 1) {
    if (existsSync(`${path}.${index}`)) renameSync(`${path}.${index}`, `${path}.${index + 1}`)
  }
  copyFileSync(path, `${path}.1`)
  // Whoever may read the file may read its copy: a follower that was behind goes on there.
  const { uid, gid, mode } = statSync(path)
  chownSync(`${path}.1`, uid, gid)
  chmodSync(`${path}.1`, mode & 0o777)
  truncateSync(path, 0)
  return true
}

/** The last lines of a log, read from its end. */
export function lastLines(path: string, count: number, limitBytes = 16_384): string[] {
  if (!existsSync(path)) return []
  const file = openSync(path, 'r')
  try {
    const size = fstatSync(file).size
    const length = Math.min(size, limitBytes)
    const buffer = Buffer.alloc(length)
    readSync(file, buffer, 0, length, size - length)
    return buffer.toString('utf8').split('\n').filter(Boolean).slice(-count)
  } finally {
    closeSync(file)
  }
}
