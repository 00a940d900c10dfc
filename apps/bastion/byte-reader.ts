import { Malformed } from './sftp-packets.ts'

const lineMax = 1_200

type Take = (piece: Buffer) => Promise<void>
/** All that `read` hands on, as one. */
export async function inOne(read: (take: Take) => Promise<unknown>): Promise<Buffer> {
  const pieces: Buffer[] = []
  await read(async (piece) => {
    pieces.push(piece)
  })
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}

/** Reads what comes, in the pieces the protocol is made of; holds one chunk. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)
  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }
  /** One line without its end; undefined at the end of the input. @throws RangeError where it is too long */
  async line(): Promise<string | undefined> {
    let line: Buffer = Buffer.alloc(0)
    for (;;) {
      const at = this.#held.indexOf(10)
      line = Buffer.concat([line, at === -1 ? this.#held : this.#held.subarray(0, at)])
      if (line.length > lineMax) throw new RangeError('line too long')
      this.#held = at === -1 ? Buffer.alloc(0) : this.#held.subarray(at + 1)
      if (at !== -1) return line.toString('utf8')
      if (!(await this.#more())) return undefined
    }
  }
  /** So many bytes, in pieces as they come; false where the input ends before. */
  async bytes(count: number, take: Take): Promise<boolean> {
    for (let left = count; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#more())) return false
      const piece = this.#held.subarray(0, left)
      this.#held = this.#held.subarray(piece.length)
      left -= piece.length
      await take(piece)
    }
    return true
  }
  /** So many bytes as one. @throws Malformed where the input ends before */
  async exactly(count: number): Promise<Buffer> {
    const bytes = await inOne((take) => this.bytes(count, take))
    if (bytes.length < count) throw new Malformed('the input ends too early')
    return bytes
  }
  async byte(): Promise<number | undefined> {
    let value: number | undefined
    await this.bytes(1, async (piece) => {
      value = piece[0]
    })
    return value
  }
  async #more(): Promise<boolean> {
    const next = await this.#chunks.next()
    if (next.done) return false
    this.#held = next.value
    return true
  }
}
