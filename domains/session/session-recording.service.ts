import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'

const decompress = promisify(zstdDecompress)
/** A segment holds 1 MiB of recording at most; what grows beyond twice that is none of ours. */
const maxOutputLength = 2 * 1024 * 1024
/** First bytes of a Zstandard frame (RFC 8878 §3.1.1). */
const magic = 0xfd2fb528

/**
 * The asciicast lines of a sealed segment. Segments of before 25 November 2026 hold them as they are; a line never begins like a frame.
 * @throws where the frame is damaged or larger than a segment may be
 */
export async function segmentLines(sealed: Uint8Array): Promise<Uint8Array> {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  return bytes.length >= 4 && bytes.readUInt32LE() === magic ? await decompress(bytes, { maxOutputLength }) : sealed
}

/** The same without what was typed and lies sealed in it: whoever replays a recording is not handed even that (NT-D08). */
export function shownLines(lines: Uint8Array): Uint8Array {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength)
  if (!bytes.includes(',"k","') && !bytes.includes(',"K","')) return lines
  const kept = bytes
    .toString('latin1')
    .split('\n')
    .filter((line) => !/^\[[0-9.]+,"[kK]","/.test(line))
  return Buffer.from(kept.join('\n'), 'latin1')
}
