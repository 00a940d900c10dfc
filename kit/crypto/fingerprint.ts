import { createHash } from 'node:crypto'

/** `SHA256:…` as `ssh-keygen -l` prints it, of a public key in SSH's wire form. */
export const fingerprintOf = (blob: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
/** The same, of an OpenSSH public key line. */
export const lineFingerprint = (line: string): string => fingerprintOf(Buffer.from(line.split(' ')[1] ?? '', 'base64'))
