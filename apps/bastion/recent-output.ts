import { shownBy } from './cast.ts'

/** What a piece of memory holds at least: few enough of them, and little of them empty. */
const pieceBytes = 8 * 1024
interface Piece {
  readonly memory: Buffer
  used: number
}

/**
 * The last output of a session, for whoever begins to watch it: recorded lines, copied into memory of their own. A small buffer is a slice of
 * memory that it shares with whatever was made about then, and kept for minutes it would keep all of that (docs/bench.md, 2026-11-30).
 */
export class RecentOutput {
  readonly #mostBytes: number
  readonly #pieces: Piece[] = []
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }
  /** One line with its end. */
  add(line: Buffer): void {
    let last = this.#pieces.at(-1)
    if (!last || last.used + line.length > last.memory.length) {
      last = { memory: Buffer.allocUnsafeSlow(Math.max(pieceBytes, line.length)), used: 0 }
      this.#pieces.push(last)
    }
    last.used += line.copy(last.memory, last.used)
    this.#bytes += line.length
    while (this.#bytes - this.#pieces[0]!.used >= this.#mostBytes) this.#bytes -= this.#pieces.shift()!.used
  }
  /** What the lines showed, the newest `mostBytes` characters of it. */
  get shown(): string {
    return this.#pieces
      .flatMap(({ memory, used }) => memory.subarray(0, used).toString().split('\n'))
      .filter((line) => line !== '')
      .map((line) => shownBy(Buffer.from(line)))
      .join('')
      .slice(-this.#mostBytes)
  }
}
