import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Plane } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { Sealer } from '@huabiao/kit/crypto/seal'
import { gmSealer } from '@huabiao/kit/crypto/seal-gm'
import { loadSigningKeys, newSigningKeys, publicKeysOf, type SigningKeys, signEnvelope } from '@huabiao/kit/crypto/signature'
import type { SignerKeys } from '@huabiao/kit/crypto/signer-client'
import { writeDurably } from '@huabiao/kit/durable/journal'
import { z } from 'zod'
import { openSshLine } from './ssh-certificate.ts'

/** All private keys of the signer. They leave the process in no form but signatures, and the key of a recording that two persons may open. */
export interface KeyStore {
  readonly signing: SigningKeys
  /** P-256, for ID tokens of third parties (ES256). */
  readonly idToken: KeyObject
  /** One authority for each plane: what one signs opens nothing of the other (NT-B14). */
  readonly sshCas: Readonly<Record<Plane, KeyObject>>
  /** Seals kept credentials; nothing else is sealed with it. */
  readonly vault: Sealer
  /** X25519: opens what was typed at terminals (kit/crypto/key-seal). */
  readonly sealing: KeyObject
  readonly published: SignerKeys
}

/** What files of earlier versions have not is made when it is missing; their one authority stays that of the platform. */
const Stored = z.strictObject({
  v: z.literal(1),
  ed25519: z.string(),
  sm2: z.string(),
  sshCa: z.string(),
  sshCaTenant: z.string().optional(),
  sealing: z.string().optional(),
  idToken: z.string().optional(),
  /** base64 of 32 bytes. */
  vault: z.string().optional(),
})
const pairs = {
  ed25519: () => generateKeyPairSync('ed25519'),
  x25519: () => generateKeyPairSync('x25519'),
  p256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
} as const
const newKey = (type: keyof typeof pairs): string =>
  pairs[type]().privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
const publicJwk = (key: KeyObject): { x: string; y: string } => {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' })
  return { x, y }
}
const keyOf = (stored: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(stored, 'base64'), format: 'der', type: 'pkcs8' })

/**
 * Reads the keys, or makes them on the first start: `private-keys.json` (0600), `keys.json`, `ssh-ca.pub` and
 * `ssh-ca-tenant.pub` (0644) in a directory of mode 0700.
 * @throws Error where others may read the directory or the private keys, or the file is damaged
 */
export function openKeyStore(stateDir: string): KeyStore {
  if (!existsSync(stateDir)) mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const path = join(stateDir, 'private-keys.json')
  if (!existsSync(path)) {
    chmodSync(stateDir, 0o700)
    writeDurably(path, canonicalJson({ v: 1, ...newSigningKeys(), sshCa: newKey('ed25519') }))
  }
  for (const secret of [stateDir, path]) {
    if ((statSync(secret).mode & 0o077) !== 0)
      throw new Error(`${secret} can be read by others; the signer does not start on exposed keys`)
  }
  const read = Stored.parse(JSON.parse(readFileSync(path, 'utf8')))
  const stored = {
    ...read,
    sshCaTenant: read.sshCaTenant ?? newKey('ed25519'),
    sealing: read.sealing ?? newKey('x25519'),
    idToken: read.idToken ?? newKey('p256'),
    vault: read.vault ?? randomBytes(32).toString('base64'),
  }
  if (canonicalJson(read) !== canonicalJson(stored)) writeDurably(path, canonicalJson(stored))
  const signing = loadSigningKeys(stored)
  const sshCas = { platform: keyOf(stored.sshCa), tenant: keyOf(stored.sshCaTenant) }
  const sealing = keyOf(stored.sealing)
  const idToken = keyOf(stored.idToken)
  const sealingKey = createPublicKey(sealing).export({ format: 'der', type: 'spki' }).toString('base64')
  const published = {
    keys: publicKeysOf(signing),
    sshCas: {
      platform: openSshLine(createPublicKey(sshCas.platform), 'huabiao-ssh-ca'),
      tenant: openSshLine(createPublicKey(sshCas.tenant), 'huabiao-ssh-ca-tenant'),
    },
    sealing: signEnvelope('sealing-key', { v: 1, alg: 'x25519', publicKey: sealingKey }, signing),
    idToken: publicJwk(idToken),
  }
  writeDurably(join(stateDir, 'ssh-ca.pub'), `${published.sshCas.platform}\n`, 0o644)
  writeDurably(join(stateDir, 'ssh-ca-tenant.pub'), `${published.sshCas.tenant}\n`, 0o644)
  writeDurably(join(stateDir, 'keys.json'), `${canonicalJson(published)}\n`, 0o644)
  const vault = gmSealer(Buffer.from(stored.vault, 'base64'), 'vault')
  return { signing, sshCas, idToken, vault, sealing, published }
}
