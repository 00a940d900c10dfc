import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { sealer } from './seal.ts'

/** A value for one reader, through hands that must not read it: X25519 with a key for this one box, then `sealer` (HKDF, AES-256-GCM). */
const spkiBytes = 44

/** base64 of the SPKI of an X25519 public key, for `boxFor`. */
export function newBoxKey(): { readonly privateKey: KeyObject; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  return { privateKey, publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') }
}

/** base64 of the box. @throws TypeError where the reader's key is none */
export function boxFor(publicKey: string, plain: Uint8Array, about: string): string {
  const reader = readKey(Buffer.from(publicKey, 'base64'))
  const own = generateKeyPairSync('x25519')
  const shared = diffieHellman({ privateKey: own.privateKey, publicKey: reader })
  const head = own.publicKey.export({ format: 'der', type: 'spki' })
  return Buffer.concat([head, sealer(shared, 'box').seal(plain, about)]).toString('base64')
}

/** @throws Error where the box is another reader's, about something else, or altered */
export function openBox(privateKey: KeyObject, box: string, about: string): Buffer {
  const bytes = Buffer.from(box, 'base64')
  const shared = diffieHellman({ privateKey, publicKey: readKey(bytes.subarray(0, spkiBytes)) })
  return sealer(shared, 'box').open(bytes.subarray(spkiBytes), about)
}

/** The X25519 key in a SPKI. @throws TypeError where it is another kind of key */
export function readKey(der: Uint8Array): KeyObject {
  const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
  if (key.asymmetricKeyType !== 'x25519') throw new TypeError('not an X25519 key')
  return key
}
