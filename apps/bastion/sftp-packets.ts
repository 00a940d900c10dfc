/**
 * SFTP version 3 (draft-ietf-secsh-filexfer-02) as the server side needs it: bytes in, typed requests out, and back. Pure: no IO, no state but
 * the bytes of one unfinished packet. Whatever is not a request of the draft, whole and in bounds, is `malformed`, and its channel ends.
 */

/** OpenSSH's own bound of a message. Beyond it nobody honest sends. */
export const packetMaxBytes = 256 * 1024
/** A path longer than this is no path of ours; it is kept so far that its refusal can be recorded. */
const stringMaxBytes = 64 * 1024

export const status = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const
type StatusCode = (typeof status)[keyof typeof status]

export const openFlags = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const

export type Request =
  | { readonly op: 'init'; readonly version: number }
  | { readonly op: 'open'; readonly id: number; readonly path: string; readonly flags: number }
  | { readonly op: 'close'; readonly id: number; readonly handle: string }
  | { readonly op: 'read'; readonly id: number; readonly handle: string; readonly offset: bigint; readonly length: number }
  | { readonly op: 'write'; readonly id: number; readonly handle: string; readonly offset: bigint; readonly data: Buffer }
  | { readonly op: 'lstat' | 'stat' | 'opendir' | 'realpath' | 'readlink'; readonly id: number; readonly path: string }
  | { readonly op: 'fstat' | 'readdir' | 'fsetstat'; readonly id: number; readonly handle: string }
  | { readonly op: 'setstat' | 'remove' | 'mkdir' | 'rmdir'; readonly id: number; readonly path: string }
  | { readonly op: 'rename' | 'symlink'; readonly id: number; readonly path: string; readonly other: string }
  | { readonly op: 'extended'; readonly id: number; readonly name: string }
  | { readonly op: 'unknown'; readonly id: number; readonly type: number }

export class Malformed extends Error {}

/** Cuts a stream into packets. Holds at most one unfinished packet and the chunk that was just given. */
export class PacketReader {
  #chunks: Buffer[] = []
  #size = 0

  /** Bytes held back because their packet is not whole yet. */
  get held(): number {
    return this.#size
  }
  /** The packets that are whole now, without their length. @throws Malformed */
  *feed(chunk: Buffer): Generator<Buffer> {
    if (chunk.length > 0) {
      this.#chunks.push(chunk)
      this.#size += chunk.length
    }
    while (this.#size >= 4) {
      const length = this.#peek(4).readUInt32BE(0)
      if (length === 0 || length > packetMaxBytes) throw new Malformed('packet length')
      if (this.#size < 4 + length) return
      yield this.#take(4 + length).subarray(4)
    }
  }
  /** The first bytes in one piece. */
  #peek(n: number): Buffer {
    if (this.#chunks[0]!.length < n) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]!
  }
  #take(n: number): Buffer {
    const first = this.#peek(n)
    if (first.length === n) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(n)
    this.#size -= n
    return first.subarray(0, n)
  }
}

/** Reads fields in order; throws Malformed where there are too few bytes. */
class Fields {
  readonly #bytes: Buffer
  #at: number
  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }
  uint32(): number {
    this.#need(4)
    const value = this.#bytes.readUInt32BE(this.#at)
    this.#at += 4
    return value
  }
  uint64(): bigint {
    this.#need(8)
    const value = this.#bytes.readBigUInt64BE(this.#at)
    this.#at += 8
    return value
  }
  bytes(): Buffer {
    const length = this.uint32()
    this.#need(length)
    const value = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return value
  }
  /** As UTF-8; what is none becomes U+FFFD, which no path of ours holds. */
  text(): string {
    const value = this.bytes()
    if (value.length > stringMaxBytes) throw new Malformed('string length')
    return value.toString('utf8')
  }
  /** Opaque to everybody but us, so kept byte for byte. */
  handle(): string {
    const value = this.bytes()
    if (value.length > 256) throw new Malformed('handle length')
    return value.toString('latin1')
  }
  attributes(): void {
    const flags = this.uint32()
    if (flags & 0x1) this.uint64()
    if (flags & 0x2) this.#skip(8)
    if (flags & 0x4) this.#skip(4)
    if (flags & 0x8) this.#skip(8)
    if (!(flags & 0x80000000)) return
    const count = this.uint32()
    if (count > 64) throw new Malformed('extended attributes')
    for (let i = 0; i < count * 2; i++) this.bytes()
  }
  end(): void {
    if (this.#at !== this.#bytes.length) throw new Malformed('bytes after the last field')
  }
  #skip(n: number): void {
    this.#need(n)
    this.#at += n
  }
  #need(n: number): void {
    if (n > this.#bytes.length - this.#at) throw new Malformed('too short')
  }
}

const byPath: Readonly<Record<number, 'lstat' | 'stat' | 'opendir' | 'realpath' | 'readlink' | 'remove' | 'rmdir'>> = {
  7: 'lstat',
  11: 'opendir',
  13: 'remove',
  15: 'rmdir',
  16: 'realpath',
  17: 'stat',
  19: 'readlink',
}

/** One packet as a request. @throws Malformed */
export function parseRequest(packet: Buffer): Request {
  const type = packet[0]!
  const fields = new Fields(packet, 1)
  if (type === 1) return { op: 'init', version: fields.uint32() }
  const id = fields.uint32()
  const request = ofType(type, id, fields)
  // An extension's data is its own; of everything else each byte is accounted for.
  if (request.op !== 'extended' && request.op !== 'unknown') fields.end()
  return request
}

function ofType(type: number, id: number, fields: Fields): Request {
  const pathOp = byPath[type]
  if (pathOp) return { op: pathOp, id, path: fields.text() }
  switch (type) {
    case 3: {
      const [path, flags] = [fields.text(), fields.uint32()]
      fields.attributes()
      return { op: 'open', id, path, flags }
    }
    case 4:
      return { op: 'close', id, handle: fields.handle() }
    case 5:
      return { op: 'read', id, handle: fields.handle(), offset: fields.uint64(), length: fields.uint32() }
    case 6:
      return { op: 'write', id, handle: fields.handle(), offset: fields.uint64(), data: fields.bytes() }
    case 8:
      return { op: 'fstat', id, handle: fields.handle() }
    case 9:
    case 14: {
      const path = fields.text()
      fields.attributes()
      return { op: type === 9 ? 'setstat' : 'mkdir', id, path }
    }
    case 10: {
      const handle = fields.handle()
      fields.attributes()
      return { op: 'fsetstat', id, handle }
    }
    case 12:
      return { op: 'readdir', id, handle: fields.handle() }
    case 18:
    case 20:
      return { op: type === 18 ? 'rename' : 'symlink', id, path: fields.text(), other: fields.text() }
    case 200:
      return { op: 'extended', id, name: fields.text().slice(0, 100) }
  }
  return { op: 'unknown', id, type }
}

export interface Attributes {
  readonly bytes: number
  readonly mode: number
  readonly at: Date
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const string = (value: string | Buffer): Buffer => {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
  return Buffer.concat([uint32(bytes.length), bytes])
}
function packet(type: number, ...parts: Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 1)
  return Buffer.concat([uint32(length), Buffer.of(type), ...parts])
}
function attributes({ bytes, mode, at }: Attributes): Buffer {
  const fields = Buffer.alloc(32)
  fields.writeUInt32BE(0x1 | 0x2 | 0x4 | 0x8, 0)
  fields.writeBigUInt64BE(BigInt(bytes), 4)
  // Owner and group are nobody's on this side.
  fields.writeUInt32BE(0, 12)
  fields.writeUInt32BE(0, 16)
  fields.writeUInt32BE(mode, 20)
  const seconds = Math.floor(at.getTime() / 1000)
  fields.writeUInt32BE(seconds, 24)
  fields.writeUInt32BE(seconds, 28)
  return fields
}

export const versionPacket = (): Buffer => packet(2, uint32(3))
export const statusPacket = (id: number, code: StatusCode, message = ''): Buffer =>
  packet(101, uint32(id), uint32(code), string(message), string(''))
export const handlePacket = (id: number, handle: string): Buffer => packet(102, uint32(id), string(Buffer.from(handle, 'latin1')))
/** Header and data apart, so that data is not copied once more. */
export function dataPacket(id: number, data: Buffer): Buffer[] {
  const head = Buffer.allocUnsafe(13)
  head.writeUInt32BE(9 + data.length, 0)
  head[4] = 103
  head.writeUInt32BE(id, 5)
  head.writeUInt32BE(data.length, 9)
  return [head, data]
}
export const attributesPacket = (id: number, of: Attributes): Buffer => packet(105, uint32(id), attributes(of))
export const namePacket = (
  id: number,
  names: readonly { readonly name: string; readonly long: string; readonly attributes: Attributes }[],
): Buffer =>
  packet(
    104,
    uint32(id),
    uint32(names.length),
    ...names.flatMap((one) => [string(one.name), string(one.long), attributes(one.attributes)]),
  )
