import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Sealer } from './seal.ts'

const version = 2
const [nonceBytes, macBytes] = [16, 32]

/**
 * As `sealer`, in the national suite: SM4-CTR, then HMAC-SM3 over all of it and what it is about (Node knows no SM4-GCM). Two keys are
 * derived by HKDF-SM3; layout: version 2 ‖ nonce 16 ‖ MAC 32 ‖ ciphertext.
 */
export function gmSealer(masterKey: Uint8Array, purpose: string): Sealer {
  if (masterKey.length !== 32) throw new TypeError('the sealing key has 32 bytes')
  const keys = Buffer.from(hkdfSync('sm3', masterKey, new Uint8Array(0), `huabiao/${purpose}/v2`, 48))
  const [cipherKey, macKey] = [keys.subarray(0, 16), keys.subarray(16)]
  const macOf = (nonce: Uint8Array, body: Uint8Array, about: string): Buffer => {
    const subject = Buffer.from(about, 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(subject.length)
    return createHmac('sm3', macKey).update(Buffer.of(version)).update(length).update(subject).update(nonce).update(body).digest()
  }
  return {
    seal: (plain, about) => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('sm4-ctr', cipherKey, nonce)
      const body = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([Buffer.of(version), nonce, macOf(nonce, body, about), body])
    },
    open: (sealed, about) => {
      const bytes = Buffer.from(sealed)
      if (bytes.length < 1 + nonceBytes + macBytes || bytes[0] !== version) throw new TypeError('not a sealed value')
      const nonce = bytes.subarray(1, 1 + nonceBytes)
      const body = bytes.subarray(1 + nonceBytes + macBytes)
      const mac = bytes.subarray(1 + nonceBytes, 1 + nonceBytes + macBytes)
      if (!timingSafeEqual(mac, macOf(nonce, body, about))) throw new TypeError('a sealed value was altered or moved')
      const cipher = createDecipheriv('sm4-ctr', cipherKey, nonce)
      return Buffer.concat([cipher.update(body), cipher.final()])
    },
  }
}
