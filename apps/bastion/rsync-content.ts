import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { constants, createInflateRaw, deflateRaw } from 'node:zlib'
import type { RsyncReader, RsyncWriter } from './rsync-wire.ts'
import { Malformed } from './sftp-packets.ts'

/** The content of one file on the wire of rsync: whole, since neither side is told of blocks that the other one would have. */

const tokenBytes = 32 * 1024
const tokenMax = 1024 * 1024
/** `-z`: a piece of deflated data, its length in fourteen bits. */
const deflated = 0x40
const deflatedMax = 0x3fff
const deflate = promisify(deflateRaw)
const sync = { finishFlush: constants.Z_SYNC_FLUSH }
/** What a flush of deflate ends with, and rsync leaves out at the end of a file. */
const flushBytes = 4

/** Hands the content on piece by piece, to its end. @throws Malformed */
export async function readContent(
  input: RsyncReader,
  compressed: boolean,
  take: (piece: Buffer) => Promise<void>,
): Promise<void> {
  if (compressed) {
    await pipeline(deflatedPieces(input), createInflateRaw(sync), async (source: AsyncIterable<Buffer>) => {
      for await (const piece of source) await take(piece)
    }).catch((cause: Error & { code?: string }) => {
      throw cause.code?.startsWith('Z_') ? new Malformed(`no deflated data: ${cause.code}`) : cause
    })
    return
  }
  for (;;) {
    const bytes = await input.int()
    if (bytes === 0) return
    if (bytes < 0 || bytes > tokenMax) throw new Malformed('a block of a file that is not here')
    await input.bytes(bytes, take)
  }
}
async function* deflatedPieces(input: RsyncReader): AsyncGenerator<Buffer> {
  for (;;) {
    const head = await input.byte()
    if (head === 0) return
    if ((head & 0xc0) !== deflated) throw new Malformed('a block of a file that is not here')
    const bytes = ((head & 0x3f) << 8) + (await input.byte())
    if (bytes > 0) yield await input.exactly(bytes)
  }
}

/** Writes what `pieces` gives, and its end. */
export async function writeContent(output: RsyncWriter, compressed: boolean, pieces: AsyncIterable<Buffer>): Promise<void> {
  let held = Buffer.alloc(0) as Buffer
  for await (const piece of pieces) {
    if (compressed) {
      // Each piece by itself, so that no state is held for a reader who may never come back; what follows a flush may refer to nothing before.
      const bytes = Buffer.concat([held, await deflate(piece, sync)])
      const ready = bytes.subarray(0, bytes.length - flushBytes)
      held = bytes.subarray(bytes.length - flushBytes)
      for (let at = 0; at < ready.length; at += deflatedMax) {
        const part = ready.subarray(at, at + deflatedMax)
        output
          .byte(deflated | (part.length >> 8))
          .byte(part.length & 0xff)
          .bytes(part)
      }
    } else
      for (let at = 0; at < piece.length; at += tokenBytes) {
        const part = piece.subarray(at, at + tokenBytes)
        output.int(part.length).bytes(part)
      }
    await output.flush()
  }
  if (compressed) output.byte(0)
  else output.int(0)
}
