import { randomBytes } from 'node:crypto'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { DER, type WeierstrassPoint, weierstrass } from '@noble/curves/abstract/weierstrass.js'

/**
 * SM2 signatures as GB/T 32918.2 and GB/T 35276 define them. Our own, because Node's native SM2 hashes an empty distinguishing
 * id and has no option for another (nodejs/node 53761): its signatures are not those of the standard, and it accepts ones that
 * are not. Nothing here or elsewhere may call `crypto.sign` or `crypto.verify` with an SM2 key.
 */

// GB/T 32918.5: the recommended curve sm2p256v1.
const p = BigInt('0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff')
const a = BigInt('0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc')
const b = BigInt('0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93')
const n = BigInt('0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123')
const Gx = BigInt('0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7')
const Gy = BigInt('0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0')
const Point = weierstrass({ p, a, b, n, h: 1n, Gx, Gy })
const scalars = Point.Fn

/** The distinguishing id used where the parties agreed on none (GB/T 35276 §10). */
export const defaultSm2Id = '1234567812345678'

export interface Sm2KeyPair {
  /** 32 bytes, big-endian, in [1, n−2]. */
  readonly privateKey: Uint8Array
  /** 65 bytes: 0x04 ‖ x ‖ y. */
  readonly publicKey: Uint8Array
}

/** A new key pair, or the pair of a stored private key. Throws RangeError where the scalar is outside [1, n−2]. */
export function sm2KeyPair(privateKey: Uint8Array = numberToBytes(randomScalar())): Sm2KeyPair {
  return { privateKey, publicKey: Point.BASE.multiply(privateScalar(privateKey)).toBytes(false) }
}

/** Whether the bytes are an uncompressed point of the curve other than infinity. */
export const isSm2PublicKey = (publicKey: Uint8Array): boolean => publicPoint(publicKey) !== undefined

/**
 * Signs a message of any length.
 * @param nonce the per-signature secret k; given only by known-answer tests
 * @returns DER `SEQUENCE { INTEGER r, INTEGER s }` (GB/T 35276 §7.3)
 * @throws RangeError for a private key outside [1, n−2]
 */
export function sm2Sign(privateKey: Uint8Array, message: Uint8Array, id = defaultSm2Id, nonce = randomScalar): Uint8Array {
  const d = privateScalar(privateKey)
  const e = messageNumber(Point.BASE.multiply(d), message, id)
  for (;;) {
    const k = nonce()
    const r = scalars.create(e + Point.BASE.multiply(k).x)
    if (r === 0n || r + k === n) continue
    // BigInt inversion takes a time that depends on its argument: blind 1 + d by a fresh factor.
    const blind = randomScalar()
    const inverse = scalars.mul(scalars.inv(scalars.mul(scalars.create(1n + d), blind)), blind)
    const s = scalars.mul(inverse, scalars.create(k - scalars.mul(r, d)))
    if (s !== 0n) return Buffer.from(DER.hexFromSig({ r, s }), 'hex')
  }
}

/**
 * Whether the DER signature is one of this key over Z ‖ message. Never throws: keys off the curve, scalars outside [1, n−1],
 * r + s ≡ 0 and anything but strict DER are false (NT-A15; sm-crypto CVE-2026-23966).
 */
export function sm2Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array, id = defaultSm2Id): boolean {
  const point = publicPoint(publicKey)
  const scalarsOfSignature = parseSignature(signature)
  if (!point || !scalarsOfSignature) return false
  const { r, s } = scalarsOfSignature
  const t = scalars.create(r + s)
  if (t === 0n) return false
  const sum = Point.BASE.multiplyUnsafe(s).add(point.multiplyUnsafe(t))
  if (sum.is0()) return false
  return scalars.create(messageNumber(point, message, id) + sum.x) === r
}

/** e = SM3(Z ‖ M) with Z = SM3(ENTL ‖ id ‖ a ‖ b ‖ G ‖ P) of GB/T 32918.2 §5.5: the step that raw-message modes leave out. */
function messageNumber(publicPoint: WeierstrassPoint<bigint>, message: Uint8Array, id: string): bigint {
  const idBytes = utf8(id)
  const bits = idBytes.length * 8
  if (bits > 0xffff) throw new RangeError('an SM2 distinguishing id has at most 8,191 bytes')
  const { x, y } = publicPoint.toAffine()
  const z = sm3(Uint8Array.of(bits >> 8, bits & 0xff), idBytes, ...[a, b, Gx, Gy, x, y].map(numberToBytes))
  return bytesToNumber(sm3(z, message))
}

function publicPoint(publicKey: Uint8Array): WeierstrassPoint<bigint> | undefined {
  if (publicKey.length !== 65 || publicKey[0] !== 0x04) return undefined
  try {
    const point = Point.fromBytes(publicKey)
    point.assertValidity()
    return point
  } catch {
    return undefined
  }
}

function parseSignature(signature: Uint8Array): { r: bigint; s: bigint } | undefined {
  try {
    const { r, s } = DER.toSig(signature)
    if (r < 1n || r >= n || s < 1n || s >= n) return undefined
    // One signature has one spelling: what our encoder would not write is refused.
    return DER.hexFromSig({ r, s }) === toHex(signature) ? { r, s } : undefined
  } catch {
    return undefined
  }
}

function privateScalar(privateKey: Uint8Array): bigint {
  const d = privateKey.length === 32 ? bytesToNumber(privateKey) : 0n
  // n − 1 is excluded by the standard: 1 + d would have no inverse.
  if (d < 1n || d > n - 2n) throw new RangeError('an SM2 private key is a number from 1 to n-2')
  return d
}

/** Uniform in [1, n−2], by rejection. */
function randomScalar(): bigint {
  for (;;) {
    const scalar = bytesToNumber(randomBytes(32))
    if (scalar >= 1n && scalar <= n - 2n) return scalar
  }
}

const bytesToNumber = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes) || '0'}`)
const numberToBytes = (value: bigint): Uint8Array => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
