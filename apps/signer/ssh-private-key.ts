import { type KeyObject, randomBytes } from 'node:crypto'
import { text, uint32 } from './ssh-wire.ts'

/** An Ed25519 key as `openssh-key-v1` (PROTOCOL.key), unencrypted: it lives in a sealed value and in a gateway's memory, and in no file. */
export function openSshPrivateKey(key: KeyObject, comment: string): string {
  const jwk = key.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(jwk.d ?? '', 'base64url'), Buffer.from(jwk.x ?? '', 'base64url')]
  const blob = Buffer.concat([text('ssh-ed25519'), text(point)])
  const check = randomBytes(4)
  const inner = Buffer.concat([check, check, blob, text(Buffer.concat([seed, point])), text(comment)])
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (inner.length % 8)) % 8))
  const head = [Buffer.from('openssh-key-v1\0'), text('none'), text('none'), text(''), uint32(1)]
  const body = Buffer.concat([...head, text(blob), text(Buffer.concat([inner, padding]))]).toString('base64')
  const lines = body.match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}
