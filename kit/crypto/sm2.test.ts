import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { defaultSm2Id, isSm2PublicKey, sm2KeyPair, sm2Sign, sm2Verify } from '@huabiao/kit/crypto/sm2'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { fromHex, toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import fc from 'fast-check'
import { sm2 as oracle } from 'sm-crypto-v2'
import { expect, test } from 'vitest'

const n = BigInt('0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123')
const hex32 = (value: bigint) => fromHex(value.toString(16).padStart(64, '0'))!

/** GB/T 32918.5-2017 appendix A.2, "message digest". */
const vector = {
  privateKey: fromHex('3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8')!,
  publicKey: fromHex(
    '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
  )!,
  k: BigInt('0x59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21'),
  r: 'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3',
  s: 'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
}
const message = utf8('message digest')
const der = (r: string, s: string) => {
  const integer = (hex: string) => `02${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`
  const body = integer(r) + integer(s)
  return fromHex(`30${(body.length / 2).toString(16).padStart(2, '0')}${body}`)!
}

test('the known answer of GB/T 32918.5 appendix A.2 is met', () => {
  expect(toHex(sm2KeyPair(vector.privateKey).publicKey)).toBe(toHex(vector.publicKey))
  const signature = sm2Sign(vector.privateKey, message, defaultSm2Id, () => vector.k)
  expect(toHex(signature)).toBe(toHex(der(`00${vector.r}`, `00${vector.s}`)))
  expect(sm2Verify(vector.publicKey, message, signature)).toBe(true)
})

test('our signatures and those of sm-crypto-v2 verify each other', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 20 }), (bytes, id) => {
      const pair = sm2KeyPair()
      const publicHex = toHex(pair.publicKey)
      const options = { hash: true, der: true, userId: id, publicKey: publicHex }
      expect(oracle.doVerifySignature(bytes, toHex(sm2Sign(pair.privateKey, bytes, id)), publicHex, options)).toBe(true)
      const theirs = fromHex(oracle.doSignature(bytes, toHex(pair.privateKey), options))!
      expect(sm2Verify(pair.publicKey, bytes, theirs, id)).toBe(true)
    }),
    { numRuns: 25 },
  )
})

test('a flipped bit in message or signature is refused', () => {
  const pair = sm2KeyPair()
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (bytes, bit) => {
      const signature = sm2Sign(pair.privateKey, bytes)
      const flip = (of: Uint8Array) => of.map((byte, i) => (i === (bit >> 3) % of.length ? byte ^ (1 << (bit & 7)) : byte))
      expect(sm2Verify(pair.publicKey, bytes, signature)).toBe(true)
      expect(sm2Verify(pair.publicKey, flip(bytes), signature)).toBe(false)
      expect(sm2Verify(pair.publicKey, bytes, flip(signature))).toBe(false)
      expect(sm2Verify(sm2KeyPair().publicKey, bytes, signature)).toBe(false)
    }),
    { numRuns: 25 },
  )
})

test('a signature in raw-message mode, with an empty id, or by native SM2 is refused (NT-A15)', () => {
  const pair = sm2KeyPair()
  const raw = fromHex(oracle.doSignature(message, toHex(pair.privateKey), { der: true }))!
  expect(sm2Verify(pair.publicKey, message, raw)).toBe(false)
  expect(sm2Verify(pair.publicKey, message, sm2Sign(pair.privateKey, message, ''))).toBe(false)
  const native = generateKeyPairSync('ec', { namedCurve: 'SM2' })
  const point = native.publicKey.export({ format: 'der', type: 'spki' }).subarray(-65)
  expect(isSm2PublicKey(point)).toBe(true)
  expect(sm2Verify(point, message, sign('sm3', message, native.privateKey))).toBe(false)
})

test('ECDSA on the SM2 curve, with and without Z in the hash, is refused (NT-A15)', () => {
  // ECDSA by its definition: r = x(kG) mod n, s = k⁻¹(e + dr).
  const pair = sm2KeyPair()
  const d = BigInt(`0x${toHex(pair.privateKey)}`)
  const k = 12345n
  const r = BigInt(`0x${toHex(sm2KeyPair(hex32(k)).publicKey.subarray(1, 33))}`) % n
  const power = (base: bigint, exponent: bigint): bigint =>
    exponent === 0n ? 1n : (power((base * base) % n, exponent >> 1n) * (exponent & 1n ? base : 1n)) % n
  const integer = (value: bigint) => {
    const hex = value.toString(16).padStart(64, '0')
    return Number.parseInt(hex[0]!, 16) >= 8 ? `00${hex}` : hex
  }
  const withZ = oracle.getHash(message, toHex(pair.publicKey), defaultSm2Id)
  for (const hash of [toHex(sm3(message)), withZ]) {
    const s = (power(k, n - 2n) * (BigInt(`0x${hash}`) + d * r)) % n
    expect(sm2Verify(pair.publicKey, message, der(integer(r), integer(s)))).toBe(false)
  }
})

test('public keys off the curve, at infinity, compressed or with coordinates beyond the field are refused (NT-A15)', () => {
  const signature = sm2Sign(vector.privateKey, message)
  const offCurve = vector.publicKey.map((byte, i) => (i === 64 ? byte ^ 1 : byte))
  const beyond = fromHex(`04${'f'.repeat(128)}`)!
  const compressed = Uint8Array.of(0x03, ...vector.publicKey.subarray(1, 33))
  for (const key of [
    offCurve,
    beyond,
    compressed,
    new Uint8Array(65),
    new Uint8Array(1),
    new Uint8Array(0),
    vector.publicKey.subarray(1),
  ]) {
    expect(isSm2PublicKey(key)).toBe(false)
    expect(sm2Verify(key, message, signature)).toBe(false)
  }
})

test('scalars of zero, of n and beyond, and r + s = n are refused', () => {
  const nHex = `00${n.toString(16)}`
  const one = '01'
  const minusOne = `00${(n - 1n).toString(16)}`
  for (const [r, s] of [
    ['00', one],
    [one, '00'],
    [nHex, one],
    [one, nHex],
    [`00${'f'.repeat(64)}`, one],
    [one, minusOne],
    ['ff', one],
  ] as const) {
    expect(sm2Verify(vector.publicKey, message, der(r, s))).toBe(false)
  }
})

test('any spelling of a signature but strict DER is refused', () => {
  const signature = sm2Sign(vector.privateKey, message, defaultSm2Id, () => vector.k)
  const padded = der(`0000${vector.r}`, `00${vector.s}`)
  const longLength = Uint8Array.of(0x30, 0x81, ...signature.subarray(1))
  const negative = der(vector.r, vector.s)
  const raw = fromHex(vector.r + vector.s)!
  const trailing = Uint8Array.of(...signature, 0)
  for (const wrong of [padded, longLength, negative, raw, trailing, signature.subarray(0, -1), new Uint8Array(0)]) {
    expect(sm2Verify(vector.publicKey, message, wrong)).toBe(false)
  }
})

test('private keys outside 1 to n-2 are refused', () => {
  for (const key of [new Uint8Array(32), hex32(n - 1n), hex32(n), new Uint8Array(32).fill(0xff), new Uint8Array(31)]) {
    expect(() => sm2KeyPair(key)).toThrow(RangeError)
    expect(() => sm2Sign(key, message)).toThrow(RangeError)
  }
  expect(() => sm2KeyPair(hex32(n - 2n))).not.toThrow()
})

test('the native verifier still has the wrong id, so the ban on it stands', () => {
  // When this fails, Node has fixed nodejs/node 53761 and stack.md §3.1 should be read again.
  const pair = generateKeyPairSync('ec', { namedCurve: 'SM2' })
  const jwkFree = createPrivateKey(pair.privateKey.export({ format: 'pem', type: 'pkcs8' }))
  const point = createPublicKey(jwkFree).export({ format: 'der', type: 'spki' }).subarray(-65)
  expect(sm2Verify(point, message, sign('sm3', message, jwkFree), '')).toBe(true)
})
