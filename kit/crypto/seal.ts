import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Keeps small secrets in the database unreadable to whoever has only the database. */
export interface Sealer {
  /** `about` is bound to the ciphertext: a sealed value moved to another row does not open. */
  seal(plain: Uint8Array, about: string): Buffer
  open(sealed: Uint8Array, about: string): Buffer
}

/** AES-256-GCM under a key derived for the purpose (HKDF-SHA-256); layout: version 1 ‖ nonce 12 ‖ tag 16 ‖ ciphertext. */
export function sealer(masterKey: Uint8Array, purpose: string): Sealer {
  if (masterKey.length !== 32) throw new TypeError('the sealing key has 32 bytes')
  const key = Buffer.from(hkdfSync('sha256', masterKey, new Uint8Array(0), `huabiao/${purpose}/v1`, 32))
  return {
    seal: (plain, about) => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(Buffer.from(about, 'utf8'))
      const body = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), body])
    },
    open: (sealed, about) => {
      const bytes = Buffer.from(sealed)
      if (bytes.length < 29 || bytes[0] !== 1) throw new TypeError('not a sealed value')
      const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 13), { authTagLength: 16 })
      cipher.setAAD(Buffer.from(about, 'utf8')).setAuthTag(bytes.subarray(13, 29))
      return Buffer.concat([cipher.update(bytes.subarray(29)), cipher.final()])
    },
  }
}
