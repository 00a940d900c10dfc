import { randomBytes } from 'node:crypto'

const counterMax = 0xfff
let lastAt = -1
let counter = 0

/**
 * A new UUIDv7 (RFC 9562 §5.7): sorts by time of creation, so key-set pages follow insertion order. Within one millisecond of one process
 * a counter that starts at a random place keeps the order (§6.2, method 1); should it run over, the id borrows the next millisecond.
 */
export function newId(at: number = Date.now()): string {
  const bytes = randomBytes(16)
  if (at === lastAt && counter < counterMax) counter += 1
  else {
    if (at === lastAt) at += 1
    counter = bytes.readUInt16BE(6) & 0x3ff
  }
  lastAt = at
  bytes.writeUIntBE(at, 0, 6)
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
