import { type ByteReader, inOne } from './byte-reader.ts'
import { Malformed } from './sftp-packets.ts'

/**
 * The wire of rsync, protocol 30, as rsync 3.0 and later speak it: little-endian numbers, numbers of a variable length, indices by difference,
 * and frames that carry data or a message beside it. Source: the protocol as `rsync` 3.0 to 3.5 itself writes and reads it (`io.c`).
 */

export const protocol = 30
/** The end of a phase, and of the whole. */
export const done = -1
export const itemTransfer = 0x8000
const itemBasisType = 0x0800
const itemName = 0x1000

const frameBase = 7
const frameMax = 256 * 1024
const messageMax = 8 * 1024
export const message = { data: 0, errorXfer: 1, noSend: 102 } as const

/** How many bytes follow the first one, by its value. @throws Malformed where it would be no number */
function extraOf(first: number): number {
  if (first < 0x80) return 0
  if (first < 0xc0) return 1
  if (first < 0xe0) return 2
  if (first < 0xf0) return 3
  if (first < 0xf8) return 4
  if (first < 0xfc) return 5
  throw new Malformed('a number of too many bytes')
}

/** What comes: plain at first, in frames after `demultiplex`. Every read throws `Malformed` where the input ends too early. */
export class RsyncReader {
  readonly #raw: ByteReader
  #framed = false
  /** Bytes left in the frame that is read. */
  #left = 0
  readonly #last = { positive: -1, negative: 1 }

  constructor(raw: ByteReader) {
    this.#raw = raw
  }
  demultiplex(): void {
    this.#framed = true
  }
  /** So many bytes of data, in pieces as they come. */
  async bytes(count: number, take: (piece: Buffer) => Promise<void>): Promise<void> {
    for (let left = count; left > 0; ) {
      while (this.#framed && this.#left === 0) await this.#frame()
      const part = this.#framed ? Math.min(left, this.#left) : left
      if (!(await this.#raw.bytes(part, take))) throw new Malformed('the input ends too early')
      left -= part
      this.#left -= this.#framed ? part : 0
    }
  }
  exactly = (count: number): Promise<Buffer> => inOne((take) => this.bytes(count, take))
  byte = async (): Promise<number> => (await this.exactly(1))[0]!
  short = async (): Promise<number> => (await this.exactly(2)).readUInt16LE()
  int = async (): Promise<number> => (await this.exactly(4)).readInt32LE()
  /** A number of 32 bits in one to five bytes. */
  async varint(): Promise<number> {
    const first = await this.byte()
    const extra = extraOf(first)
    if (extra === 0) return first
    if (extra > 4) throw new Malformed('a number of more than 32 bits')
    const bytes = Buffer.alloc(4)
    const rest = await this.exactly(extra)
    rest.copy(bytes)
    const high = first & ((1 << (8 - extra)) - 1)
    if (extra < 4) bytes[extra] = high
    else if (high !== 0) throw new Malformed('a number of more than 32 bits')
    return bytes.readInt32LE()
  }
  /** A number of at most 53 bits that takes `least` bytes or more. */
  async varlong(least: number): Promise<number> {
    const head = await this.exactly(least)
    const extra = extraOf(head[0]!)
    const bytes = Buffer.alloc(8)
    head.copy(bytes, 0, 1)
    if (extra > 0) (await this.exactly(extra)).copy(bytes, least - 1)
    if (least - 1 + extra < 8) bytes[least - 1 + extra] = head[0]! & (extra === 0 ? 0xff : (1 << (8 - extra)) - 1)
    const value = bytes.readBigInt64LE()
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Malformed('a number out of range')
    return Number(value)
  }
  /** The index of a file, or `done`. */
  async index(): Promise<number> {
    let first = await this.byte()
    if (first === 0) return done
    const sign = first === 0xff ? 'negative' : 'positive'
    if (sign === 'negative') first = await this.byte()
    let value: number
    if (first !== 0xfe) value = this.#last[sign] + first
    else {
      const [a, b] = await this.exactly(2)
      if (a! & 0x80) {
        const [c, d] = await this.exactly(2)
        value = (a! & 0x7f) * 2 ** 24 + d! * 2 ** 16 + c! * 2 ** 8 + b!
      } else value = this.#last[sign] + a! * 256 + b!
    }
    if (value > 0x7fffffff) throw new Malformed('an index out of range')
    this.#last[sign] = value
    return sign === 'negative' ? -value : value
  }
  /** The flags of an item and what they say follows: answers them as they came, to be given back. */
  async item(): Promise<{ flags: number; raw: Buffer }> {
    const head = await this.exactly(2)
    const flags = head.readUInt16LE()
    const parts = [head]
    if (flags & itemBasisType) parts.push(await this.exactly(1))
    if (flags & itemName) {
      const length = await this.exactly(1)
      parts.push(length)
      let bytes = length[0]!
      if (bytes & 0x80) {
        const low = await this.exactly(1)
        parts.push(low)
        bytes = (bytes & 0x7f) * 256 + low[0]!
      }
      parts.push(await this.exactly(bytes))
    }
    return { flags, raw: Buffer.concat(parts) }
  }
  /** Waits for data; false where the sender says instead that it cannot send that file. */
  async comes(index: number): Promise<boolean> {
    while (this.#left === 0) {
      const told = await this.#frame()
      if (told?.tag === message.noSend && told.body.length === 4 && told.body.readInt32LE() === index) return false
    }
    return true
  }
  /** The next frame: data to be read, or a message, which is read here. */
  async #frame(): Promise<{ tag: number; body: Buffer } | undefined> {
    const head = (await this.#raw.exactly(4)).readUInt32LE()
    const tag = (head >>> 24) - frameBase
    const bytes = head & 0xffffff
    if (tag === message.data) {
      this.#left = bytes
      return undefined
    }
    if (tag < 0 || bytes > messageMax) throw new Malformed('a frame of no known kind')
    return { tag, body: await this.#raw.exactly(bytes) }
  }
}

/** What goes out: gathered, and sent by `flush`; in frames after `multiplex`. */
export class RsyncWriter {
  readonly #send: (bytes: Buffer) => Promise<void>
  #parts: Buffer[] = []
  #framed = false
  readonly #last = { positive: -1, negative: 1 }

  constructor(send: (bytes: Buffer) => Promise<void>) {
    this.#send = send
  }
  multiplex(): void {
    this.#framed = true
  }
  bytes(bytes: Buffer): this {
    this.#parts.push(bytes)
    return this
  }
  byte = (value: number): this => this.bytes(Buffer.of(value))
  short(value: number): this {
    const bytes = Buffer.alloc(2)
    bytes.writeUInt16LE(value)
    return this.bytes(bytes)
  }
  int(value: number): this {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value)
    return this.bytes(bytes)
  }
  /** @param least the bytes that it takes at least, of nine */
  varlong(value: number, least: number): this {
    const bytes = Buffer.alloc(9)
    bytes.writeBigInt64LE(BigInt(value), 1)
    let count = 8
    while (count > least && bytes[count] === 0) count--
    const bit = 1 << (7 - count + least)
    if (bytes[count]! >= bit) {
      count++
      bytes[0] = ~(bit - 1)
    } else if (count > least) bytes[0] = bytes[count]! | ~(bit * 2 - 1)
    else bytes[0] = bytes[count]!
    return this.bytes(bytes.subarray(0, count))
  }
  index(value: number): this {
    if (value === done) return this.byte(0)
    const difference = value - this.#last.positive
    this.#last.positive = value
    if (difference > 0 && difference < 0xfe) return this.byte(difference)
    if (difference < 0 || difference > 0x7fff)
      return this.bytes(Buffer.of(0xfe, (value >>> 24) | 0x80, value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff))
    return this.bytes(Buffer.of(0xfe, difference >> 8, difference & 0xff))
  }
  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#parts)
    this.#parts = []
    if (!this.#framed) return this.#send(bytes)
    for (let at = 0; at < bytes.length; at += frameMax) await this.#frame(message.data, bytes.subarray(at, at + frameMax))
  }
  /** A message beside the data, after what was gathered before it. */
  async message(tag: number, body: Buffer): Promise<void> {
    await this.flush()
    await this.#frame(tag, body)
  }
  async #frame(tag: number, body: Buffer): Promise<void> {
    const head = Buffer.alloc(4)
    head.writeUInt32LE((((tag + frameBase) << 24) | body.length) >>> 0)
    await this.#send(Buffer.concat([head, body]))
  }
}
