import {
  createCipheriv,
  createDecipheriv,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { readKey } from './box.ts'

/**
 * What a person types is sealed where it is typed, to a key that only the signer has (NT-D08): an ephemeral X25519 key (RFC 7748), HKDF-SHA-256
 * (RFC 5869) bound to the recording, AES-256-GCM for each piece. Whoever keeps the pieces cannot read them; pieces cannot be moved to
 * another recording or another place in theirs.
 */
const algorithm = 'x25519-aes256gcm'
const [nonceBytes, tagBytes, keyBytes] = [12, 16, 32]

export interface KeySeal {
  /** Stands before the first piece; whoever has the private key derives the key of the recording from it. */
  readonly announcement: string
  /** The next piece, base64 of nonce ‖ tag ‖ ciphertext. */
  seal(plain: Uint8Array): string
}

const derive = (secret: Uint8Array, about: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), `huabiao/keystrokes/v1/${about}`, keyBytes))
const place = (about: string, index: number): Buffer => Buffer.from(`${about}/${index}`, 'utf8')

/** @param recipient SPKI DER of the signer's X25519 key. @param about the recording. @throws TypeError where it is no X25519 key */
export function keySeal(recipient: Uint8Array, about: string): KeySeal {
  const publicKey = readKey(recipient)
  const own = generateKeyPairSync('x25519')
  const key = derive(diffieHellman({ privateKey: own.privateKey, publicKey }), about)
  let index = 0
  return {
    announcement: `${algorithm}:${own.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`,
    seal: (plain) => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(place(about, index))
      index += 1
      const body = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
    },
  }
}

/** The key of one recording, 32 bytes. @throws TypeError where the announcement is none of ours */
export function recordingKey(privateKey: KeyObject, announcement: string, about: string): Buffer {
  const [name, encoded = ''] = announcement.split(':')
  if (name !== algorithm) throw new TypeError('an unknown announcement')
  const publicKey = readKey(Buffer.from(encoded, 'base64'))
  return derive(diffieHellman({ privateKey, publicKey }), about)
}

/** @param index which piece of the recording it is, from 0. @throws Error where it was altered, moved or is of another recording */
export function openPiece(key: Uint8Array, piece: string, index: number, about: string): Buffer {
  const bytes = Buffer.from(piece, 'base64')
  const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  cipher.setAAD(place(about, index)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
  return Buffer.concat([cipher.update(bytes.subarray(nonceBytes + tagBytes)), cipher.final()])
}
