import { closeSync, constants, existsSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'

/**
 * Durable files under Node's permission model, which takes fsync away. O_DSYNC gives the same promise at each write: it returns
 * when the bytes, and the metadata needed to read them, are on disk.
 */
const writeOnly = constants.O_WRONLY | constants.O_CREAT | constants.O_DSYNC

/** Makes or replaces a file atomically, with mode 0600 unless told. */
export function writeDurably(path: string, text: string, mode = 0o600): void {
  const file = openSync(`${path}.new`, writeOnly | constants.O_TRUNC, mode)
  try {
    writeAll(file, text)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
}

/**
 * An append-only file of JSON lines. `append` returns when the line is on disk. A line cut short by a crash is dropped at the
 * next start: its `append` had not returned, so nothing was signed on its strength.
 */
export class Journal<T> {
  readonly #path: string
  #file: number
  #lines: number

  /** Opens the file and gives every entry, oldest first, to `replay`. Throws where a line other than the last is damaged. */
  constructor(path: string, replay: (entry: T) => void) {
    this.#path = path
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : ['']
    const torn = lines.pop()
    for (const line of lines) replay(JSON.parse(line) as T)
    this.#lines = lines.length
    if (torn) writeDurably(path, lines.map((line) => `${line}\n`).join(''))
    this.#file = openSync(path, writeOnly | constants.O_APPEND, 0o600)
  }

  get lines(): number {
    return this.#lines
  }

  append(entry: T): void {
    writeAll(this.#file, `${JSON.stringify(entry)}\n`)
    this.#lines++
  }

  /** Replaces the content by what is still needed. Should the rename be lost in a crash, the old file holds the same and more. */
  compact(entries: readonly T[]): void {
    closeSync(this.#file)
    writeDurably(this.#path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    this.#file = openSync(this.#path, writeOnly | constants.O_APPEND, 0o600)
    this.#lines = entries.length
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Adds one line to a file that is not kept open; returns when it is on disk. */
export function appendDurably(path: string, line: string): void {
  const file = openSync(path, writeOnly | constants.O_APPEND, 0o600)
  try {
    writeAll(file, `${line}\n`)
  } finally {
    closeSync(file)
  }
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
}
