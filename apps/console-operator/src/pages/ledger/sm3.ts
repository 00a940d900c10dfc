import { concat } from '@huabiao/kit/merkle/bytes'
import type { Digest32 } from '@huabiao/kit/merkle/merkle'

/** SM3 (GB/T 32905-2016) without any platform: no browser has it, and the reader must not have to trust the server's. */

const iv = Uint32Array.of(0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e)
/** Shifts count modulo 32, so a rotation by 0 or 32 is none. */
const rotate = (x: number, n: number): number => (x << n) | (x >>> (32 - n))
const p0 = (x: number): number => x ^ rotate(x, 9) ^ rotate(x, 17)
const p1 = (x: number): number => x ^ rotate(x, 15) ^ rotate(x, 23)
/** T<<<j of §4.2, once for all blocks. */
const constants = Int32Array.from({ length: 64 }, (_, j) => rotate(j < 16 ? 0x79cc4519 : 0x7a879d8a, j))

/** Message, a one bit, zeros, and the length in 64 bits, up to whole blocks of 64 bytes (§5.2). */
function padded(message: Uint8Array): DataView {
  const length = message.length
  const bytes = new Uint8Array((((length + 8) >> 6) + 1) << 6)
  bytes.set(message)
  bytes[length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(bytes.length - 8, Math.floor(length / 0x2000_0000))
  view.setUint32(bytes.length - 4, (length << 3) >>> 0)
  return view
}

function compress(state: Int32Array, view: DataView, at: number, w: Int32Array): void {
  for (let j = 0; j < 16; j++) w[j] = view.getInt32(at + j * 4)
  for (let j = 16; j < 68; j++) w[j] = p1(w[j - 16]! ^ w[j - 9]! ^ rotate(w[j - 3]!, 15)) ^ rotate(w[j - 13]!, 7) ^ w[j - 6]!
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let j = 0; j < 64; j++) {
    const a12 = rotate(a, 12)
    const ss1 = rotate((a12 + e + constants[j]!) | 0, 7)
    const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
    const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g)
    const tt1 = (ff + d + (ss1 ^ a12) + (w[j]! ^ w[j + 4]!)) | 0
    const tt2 = (gg + h + ss1 + w[j]!) | 0
    d = c
    c = rotate(b, 9)
    b = a
    a = tt1
    h = g
    g = rotate(f, 19)
    f = e
    e = p0(tt2)
  }
  const next = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] = state[i]! ^ next[i]!
}

export const sm3: Digest32 = (...parts) => {
  const view = padded(concat(...parts))
  const state = Int32Array.from(iv, (word) => word | 0)
  const w = new Int32Array(68)
  for (let at = 0; at < view.byteLength; at += 64) compress(state, view, at, w)
  const out = new DataView(new ArrayBuffer(32))
  for (let i = 0; i < 8; i++) out.setInt32(i * 4, state[i]!)
  return new Uint8Array(out.buffer)
}
