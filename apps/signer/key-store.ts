import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { loadSigningKeys, newSigningKeys, publicKeysOf, type SigningKeys } from '@huabiao/kit/crypto/signature'
import type { SignerKeys } from '@huabiao/kit/crypto/signer-client'
import { z } from 'zod'
import { writeDurably } from './durable.ts'
import { openSshLine } from './ssh-certificate.ts'

/** All private keys of the signer. They leave the process in no form but signatures. */
export interface KeyStore {
  readonly signing: SigningKeys
  readonly sshCa: KeyObject
  readonly published: SignerKeys
}

const Stored = z.strictObject({ v: z.literal(1), ed25519: z.string(), sm2: z.string(), sshCa: z.string() })

/**
 * Reads the keys, or makes them on the first start: `private-keys.json` (0600), `keys.json` and `ssh-ca.pub` (0644) in a
 * directory of mode 0700.
 * @throws Error where others may read the directory or the private keys, or the file is damaged
 */
export function openKeyStore(stateDir: string): KeyStore {
  if (!existsSync(stateDir)) mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const path = join(stateDir, 'private-keys.json')
  if (!existsSync(path)) {
    chmodSync(stateDir, 0o700)
    const sshCa = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
    writeDurably(path, canonicalJson({ v: 1, ...newSigningKeys(), sshCa }))
  }
  for (const secret of [stateDir, path]) {
    if ((statSync(secret).mode & 0o077) !== 0)
      throw new Error(`${secret} can be read by others; the signer does not start on exposed keys`)
  }
  const stored = Stored.parse(JSON.parse(readFileSync(path, 'utf8')))
  const signing = loadSigningKeys(stored)
  const sshCa = createPrivateKey({ key: Buffer.from(stored.sshCa, 'base64'), format: 'der', type: 'pkcs8' })
  const published = { keys: publicKeysOf(signing), sshCa: openSshLine(createPublicKey(sshCa), 'huabiao-ssh-ca') }
  writeDurably(join(stateDir, 'ssh-ca.pub'), `${published.sshCa}\n`, 0o644)
  writeDurably(join(stateDir, 'keys.json'), `${canonicalJson(published)}\n`, 0o644)
  return { signing, sshCa, published }
}
