import { isUtf8 } from 'node:buffer'

/**
 * Lines of asciicast v2 straight from bytes. A long output passes here whole: by way of strings it cost four times as much
 * (docs/bench.md, 2026-11-25).
 */

/** Output goes into events of at most so much. */
const pieceMaxBytes = 64 * 1024

/**
 * One event for each 64 KiB of output, as the terminal shows it: a target without one sends line feeds without their returns.
 * `bytes` are whole characters (`WholeCharacters`); `raw` ones come from a terminal and stay as they are.
 */
export function* eventLines(seconds: number, bytes: Buffer, raw = false): Generator<Buffer> {
  for (let from = 0; from < bytes.length; ) {
    const piece = bytes.subarray(from, from + pieceMaxBytes)
    const whole = piece.subarray(0, wholeLength(piece))
    yield eventLine(seconds, whole, raw)
    from += whole.length
  }
}

/** Bytes taken as Latin-1 leave as they came: JSON escapes nothing above ASCII, and one-byte strings are twice as fast as the text. */
function eventLine(seconds: number, bytes: Buffer, raw: boolean): Buffer {
  const text = bytes.toString('latin1')
  const shown = raw ? text : text.split('\r\n').join('\n').split('\n').join('\r\n')
  return Buffer.from(`[${seconds},"o",${JSON.stringify(shown)}]\n`, 'latin1')
}

/** What an event shows. */
export const shownBy = (line: Buffer): string => (JSON.parse(line.toString()) as [number, string, string])[2]

/** How many bytes are whole characters of UTF-8; what is no UTF-8 at all counts as whole. */
function wholeLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!
    if ((byte & 0xc0) === 0x80) continue
    const due = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return due > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

/** A stream of bytes as whole characters: one that a packet has halved waits for its rest, and what is no UTF-8 becomes U+FFFD. */
export class WholeCharacters {
  #rest = Buffer.alloc(0)

  take(chunk: Buffer): Buffer {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const length = wholeLength(bytes)
    this.#rest = Buffer.from(bytes.subarray(length))
    return wellFormed(bytes.subarray(0, length))
  }
  /** What was left when the stream ended. */
  end(): Buffer {
    return wellFormed(this.#rest)
  }
}
const wellFormed = (bytes: Buffer): Buffer => (isUtf8(bytes) ? bytes : Buffer.from(bytes.toString()))
