import { closeSync, constants, existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** Durable files under Node's permission model, which takes fsync away: O_DSYNC returns when the bytes are on disk. */
const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_DSYNC

/** Makes or replaces a file atomically, mode 0600. Throws where the disk refuses. */
export function writeDurably(path: string, bytes: string | Uint8Array): void {
  const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  const file = openSync(`${path}.new`, flags, 0o600)
  try {
    for (let written = 0; written < data.length; ) written += writeSync(file, data, written)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
}

/**
 * The same without holding up this thread, in two steps: the bytes are on disk when this answers, and are there by their name once what it
 * answers is called. So several files are written at once and still appear one after the other.
 */
export async function writeDurablyAside(path: string, bytes: string): Promise<() => Promise<void>> {
  const data = Buffer.from(bytes)
  const file = await open(`${path}.new`, flags, 0o600)
  try {
    for (let written = 0; written < data.length; ) written += (await file.write(data, written)).bytesWritten
  } finally {
    await file.close()
  }
  return () => rename(`${path}.new`, path)
}

/** Names in a folder; a folder that is not there holds none. Anything else that fails is thrown. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.endsWith('.new'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw cause
  }
}

/** One JSON file per id: what must survive a crash until the control plane has acknowledged it. */
export class DurableSet<T> {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }
  put(id: string, value: T): void {
    writeDurably(this.#path(id), JSON.stringify(value))
  }
  has(id: string): boolean {
    return existsSync(this.#path(id))
  }
  delete(id: string): void {
    rmSync(this.#path(id), { force: true })
  }
  entries(): [string, T][] {
    return namesIn(this.#folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => [name.slice(0, -5), JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as T])
  }
  #path(id: string): string {
    if (!/^[0-9a-f-]{36}$/.test(id)) throw new TypeError('not an id')
    return join(this.#folder, `${id}.json`)
  }
}
