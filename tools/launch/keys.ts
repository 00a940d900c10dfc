// Keys that a deployment makes once and keeps.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { type Owner, readText, writeText } from './files.ts'

/** An Ed25519 key in PKCS#8, made when there is none; returns its public half as SPKI. */
export function serviceKey(path: string, owner?: Owner): string {
  const stored = readText(path)
  const key = stored === undefined ? generateKeyPairSync('ed25519').privateKey : createPrivateKey(stored)
  if (stored === undefined) writeText(path, key.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600, owner)
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const sshString = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([uint32(bytes.length), bytes])
}

/**
 * Writes an Ed25519 key as `openssh-key-v1` (PROTOCOL.key). ssh2's own generator makes a broken Ed25519 key once in
 * about 180 times (measured: 11 of 2 000), so it is not used.
 */
export function openSshKeyPair(key: KeyObject): { privateKey: string; publicKey: string } {
  const jwk = key.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(jwk.d ?? '', 'base64url'), Buffer.from(jwk.x ?? '', 'base64url')]
  const blob = Buffer.concat([sshString('ssh-ed25519'), sshString(point)])
  const check = randomBytes(4)
  const inner = Buffer.concat([check, check, blob, sshString(Buffer.concat([seed, point])), sshString('')])
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (inner.length % 8)) % 8))
  const head = [Buffer.from('openssh-key-v1\0'), sshString('none'), sshString('none'), sshString(''), uint32(1)]
  const text = Buffer.concat([...head, sshString(blob), sshString(Buffer.concat([inner, padding]))]).toString('base64')
  const lines = text.match(/.{1,70}/g) ?? []
  return {
    privateKey: ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n'),
    publicKey: `ssh-ed25519 ${blob.toString('base64')}`,
  }
}

/** An Ed25519 host key in OpenSSH's own format, made when there is none; returns its public half as one line. */
export function hostKey(path: string, owner?: Owner): string {
  const stored = readText(`${path}.pub`)
  if (stored !== undefined && readText(path) !== undefined) return stored.trim()
  const keys = openSshKeyPair(generateKeyPairSync('ed25519').privateKey)
  writeText(path, keys.privateKey, 0o600, owner)
  writeText(`${path}.pub`, `${keys.publicKey}\n`, 0o644, owner)
  return keys.publicKey
}
