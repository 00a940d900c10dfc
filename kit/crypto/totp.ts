import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Time-based one-time passwords (RFC 6238) as authenticator applications speak them: HMAC-SHA-1, 30 s, six digits. */
export const totpStepMs = 30_000
export const totpStep = (at: Date): number => Math.floor(at.getTime() / totpStepMs)

export type TotpHash = 'sha1' | 'sha256' | 'sha512' | 'sm3'

/** HOTP of a counter (RFC 4226 §5.3). */
export function hotp(secret: Uint8Array, counter: number, digits = 6, hash: TotpHash = 'sha1'): string {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(BigInt(counter))
  const mac = createHmac(hash, secret).update(message).digest()
  const offset = mac.at(-1)! & 0x0f
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0')
}

/** The time step whose code this is, one step early or late allowed; undefined when it is none. Compares without early exit. */
export function matchTotp(secret: Uint8Array, code: string, at: Date): number | undefined {
  const given = Buffer.from(code.padEnd(6).slice(0, 6), 'latin1')
  let found: number | undefined
  for (const step of [totpStep(at) - 1, totpStep(at), totpStep(at) + 1])
    if (timingSafeEqual(Buffer.from(hotp(secret, step), 'latin1'), given) && code.length === 6) found = step
  return found
}

export const newTotpSecret = (): Uint8Array => randomBytes(20)

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/** Base32 (RFC 4648 §6) without padding. */
export function toBase32(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{1,5}/g) ?? []).map((group) => alphabet[Number.parseInt(group.padEnd(5, '0'), 2)]).join('')
}
export function fromBase32(text: string): Uint8Array {
  let bits = ''
  for (const letter of text.toUpperCase().replace(/[= -]/g, '')) {
    const value = alphabet.indexOf(letter)
    if (value < 0) throw new TypeError('not base32')
    bits += value.toString(2).padStart(5, '0')
  }
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)))
}

/** Key URI of authenticator applications; the label is `issuer:account`. */
export const totpUri = (secret: Uint8Array, issuer: string, account: string): string =>
  `otpauth://totp/${encodeURIComponent(issuer)}:${encodeURIComponent(account)}?secret=${toBase32(secret)}&issuer=${encodeURIComponent(issuer)}`
