import { createPublicKey } from 'node:crypto'
import { fingerprintOf } from '@huabiao/kit/crypto/fingerprint'

const types = {
  'ssh-ed25519': 'ed25519',
  'ecdsa-sha2-nistp256': 'ecdsa',
  'ecdsa-sha2-nistp384': 'ecdsa',
  'ecdsa-sha2-nistp521': 'ecdsa',
  'ssh-rsa': 'rsa',
} as const

/** Strings of an SSH wire blob (RFC 4251 §5); undefined when it does not end exactly where the last one does. */
function wireStrings(blob: Buffer): Buffer[] | undefined {
  const found: Buffer[] = []
  let at = 0
  while (at < blob.length) {
    if (at + 4 > blob.length || found.length === 8) return undefined
    const end = at + 4 + blob.readUInt32BE(at)
    if (end > blob.length) return undefined
    found.push(blob.subarray(at + 4, end))
    at = end
  }
  return found
}
const bitsOf = (integer: Buffer): number => {
  const first = integer.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (integer.length - first - 1) * 8 + (32 - Math.clz32(integer[first]!))
}

const curves = { 'ecdsa-sha2-nistp256': 'P-256', 'ecdsa-sha2-nistp384': 'P-384', 'ecdsa-sha2-nistp521': 'P-521' } as const
/** Whether a point lies on its curve: OpenSSL refuses to import one that does not. */
function isOnCurve(type: string, point: Buffer): boolean {
  if (!Object.hasOwn(curves, type) || point[0] !== 4) return false
  const half = (point.length - 1) / 2
  const part = (from: number): string => point.subarray(from, from + half).toString('base64url')
  try {
    const jwk = { kty: 'EC', crv: curves[type as keyof typeof curves], x: part(1), y: part(1 + half) }
    createPublicKey({ key: jwk, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

/** Type and fingerprint of one OpenSSH public key line; undefined for what is malformed, weak or unknown (DSA, short RSA, SHA-1-era sizes). */
export function sshKeyOf(line: string): { type: string; fingerprint: string } | undefined {
  const [, name, text] = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?$/.exec(line) ?? []
  if (!name || !text || !Object.hasOwn(types, name)) return undefined
  const blob = Buffer.from(text, 'base64')
  const parts = wireStrings(blob)
  if (!parts || parts[0]?.toString('latin1') !== name) return undefined
  const type = types[name as keyof typeof types]
  const good =
    type === 'ed25519'
      ? parts.length === 2 && parts[1]!.length === 32
      : type === 'rsa'
        ? parts.length === 3 && bitsOf(parts[2]!) >= 3072 && bitsOf(parts[2]!) <= 16_384 && bitsOf(parts[1]!) >= 2
        : parts.length === 3 && parts[1]!.toString('latin1') === name.slice(11) && isOnCurve(name, parts[2]!)
  if (!good) return undefined
  return { type: name, fingerprint: fingerprintOf(blob) }
}
