import { createHash, randomBytes } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, renameSync, writeSync } from 'node:fs'
import { z } from 'zod'

/** Where one file was left: bytes of the present stream that the control plane has taken. */
const Place = z.strictObject({
  stream: z.string().regex(/^[0-9a-f]{32}$/),
  taken: z.number().int().min(0),
  /** SHA-256 of the first `headBytes`: whether the file is still the one that was read. */
  headBytes: z.number().int().min(0).max(256),
  head: z.string(),
  /** The stream before this one ended with bytes that nobody read. Said until the control plane has heard it. */
  lost: z.boolean(),
})
export type Place = z.infer<typeof Place>

const headMost = 256
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const newPlace = (lost: boolean): Place => ({
  stream: randomBytes(16).toString('hex'),
  taken: 0,
  headBytes: 0,
  head: digest(new Uint8Array()),
  lost,
})

/** One read: complete lines only; what is longer than a line may be is cut, and counts with all its bytes. */
export interface Portion {
  readonly from: number
  readonly to: number
  readonly lines: readonly string[]
}
const readMost = 256 * 1024

function readAt(file: number, at: number, most: number): Buffer {
  const bytes = Buffer.alloc(most)
  return bytes.subarray(0, readSync(file, bytes, 0, most, at))
}

/** sshd ends the lines of a log of its own with CR LF. What cannot be written down (controls, half a character at the cut) must not hold up the lines behind it. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cs}]/gu, '?')

/** The next complete lines from `from` on, at most so many; nothing where there is none yet. */
export function nextPortion(path: string, from: number, most: { lines: number; length: number }): Portion | undefined {
  const file = openSync(path, constants.O_RDONLY)
  try {
    const bytes = readAt(file, from, readMost)
    const lines: string[] = []
    let end = 0
    while (lines.length < most.lines) {
      const newline = bytes.indexOf(10, end)
      if (newline < 0) break
      lines.push(printable(bytes.subarray(end, newline).toString('utf8').trimEnd().slice(0, most.length)))
      end = newline + 1
    }
    // A line without an end that fills the whole read is nobody's: it is passed over in pieces.
    if (end === 0 && bytes.length === readMost) return { from, to: from + readMost, lines: [] }
    return end === 0 ? undefined : { from, to: from + end, lines }
  } finally {
    closeSync(file)
  }
}

/** Whether the file still begins with what was read of it, and is no shorter. */
export function isSame(path: string, place: Place): boolean {
  const file = openSync(path, constants.O_RDONLY)
  try {
    return (
      fstatSync(file).size >= place.taken && digest(readAt(file, 0, place.headBytes).subarray(0, place.headBytes)) === place.head
    )
  } finally {
    closeSync(file)
  }
}

/** The place after `taken` bytes were taken; the head grows until it is long enough to know the file by. */
export function moved(path: string, place: Place, taken: number): Place {
  const headBytes = Math.min(taken, headMost)
  if (headBytes === place.headBytes) return { ...place, taken, lost: false }
  const file = openSync(path, constants.O_RDONLY)
  try {
    return { ...place, taken, headBytes, head: digest(readAt(file, 0, headBytes)), lost: false }
  } finally {
    closeSync(file)
  }
}
export const nextStream = (lost: boolean): Place => newPlace(lost)

/** The place as it was stored; a new stream where there is none. */
export function loadPlace(path: string): Place {
  try {
    return Place.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return newPlace(false)
    throw cause
  }
}
/** On disk before it is relied on: Node's permission model takes fsync away, and O_DSYNC gives the same promise. */
export function savePlace(path: string, place: Place): void {
  const file = openSync(`${path}.new`, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_DSYNC, 0o600)
  try {
    writeSync(file, JSON.stringify(place))
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
}
