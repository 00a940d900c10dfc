import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { text, uint32, uint64 } from './ssh-wire.ts'

/** OpenSSH certificates (PROTOCOL.certkeys of OpenSSH), Ed25519 only, by our own encoder: the signer starts no other program. */

const keyType = 'ssh-ed25519'
const certificateType = 'ssh-ed25519-cert-v01@openssh.com'
const userCertificate = 1

export interface CertificateFields {
  /** Raw 32 bytes of the holder's Ed25519 key. */
  readonly publicKey: Uint8Array
  readonly keyId: string
  readonly principals: readonly string[]
  /** Seconds since the epoch. */
  readonly validAfter: number
  readonly validBefore: number
  readonly forceCommand: string
  /** CIDR blocks. */
  readonly sourceAddresses: readonly string[]
  /** Whether it may ask for a terminal. */
  readonly terminal?: boolean
  /** Only for the check that a target forbids it by itself. */
  readonly permitForwarding?: boolean
}

/** A signed user certificate as an OpenSSH line. By extension at most a terminal is permitted, or, to a check, forwarding; no rc file. */
export function userCertificateLine(ca: KeyObject, fields: CertificateFields): string {
  // sshd refuses critical options that are not in lexical order.
  const options = [option('force-command', fields.forceCommand), option('source-address', fields.sourceAddresses.join(','))]
  const body = Buffer.concat([
    text(certificateType),
    text(randomBytes(32)),
    text(fields.publicKey),
    uint64(randomBytes(8).readBigUInt64BE()),
    uint32(userCertificate),
    text(fields.keyId),
    text(Buffer.concat(fields.principals.map(text))),
    uint64(BigInt(fields.validAfter)),
    uint64(BigInt(fields.validBefore)),
    text(Buffer.concat(options)),
    text(fields.permitForwarding ? extension('permit-port-forwarding') : fields.terminal ? extension('permit-pty') : ''),
    text(''),
    text(keyBlob(createPublicKey(ca))),
  ])
  const signature = Buffer.concat([text(keyType), text(sign(null, body, ca))])
  return `${certificateType} ${Buffer.concat([body, text(signature)]).toString('base64')}`
}

/** `ssh-ed25519 AAAA… comment` of an Ed25519 public key. */
export const openSshLine = (publicKey: KeyObject, comment: string): string =>
  `${keyType} ${keyBlob(publicKey).toString('base64')} ${comment}`

/** The raw 32 bytes of an OpenSSH `ssh-ed25519` line; undefined where it is anything else. */
export function parseOpenSshKey(line: string): Uint8Array | undefined {
  const [, encoded] = /^ssh-ed25519 ([A-Za-z0-9+/]{68})(?: [\x21-\x7e]{0,100})?$/.exec(line) ?? []
  if (!encoded) return undefined
  const blob = Buffer.from(encoded, 'base64')
  const key = blob.subarray(-32)
  return blob.equals(Buffer.concat([text(keyType), text(key)])) ? key : undefined
}

function keyBlob(publicKey: KeyObject): Buffer {
  if (publicKey.asymmetricKeyType !== 'ed25519') throw new TypeError('an Ed25519 key is needed')
  // An Ed25519 SPKI ends with the raw key (RFC 8410 §4).
  return Buffer.concat([text(keyType), text(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))])
}

const extension = (name: string): Buffer => Buffer.concat([text(name), text('')])
const option = (name: string, value: string): Buffer => Buffer.concat([text(name), text(text(value))])
