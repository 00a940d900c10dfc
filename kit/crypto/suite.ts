import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { Digest32 } from '@huabiao/kit/merkle/merkle'

/** Digest algorithms by the id that is stored beside every digest, so that old evidence stays readable after a change of suite. */
export const digestAlgs = ['sm3', 'sha256'] as const
export type DigestAlg = (typeof digestAlgs)[number]
/** `sm3:<64 hex>`: a digest that says what made it. */
export type TaggedDigest = `${DigestAlg}:${string}`

/** In one call: parts handed over one by one cost a third more for a record of the ledger (docs/bench.md, 2026-11-25). */
const digestWith =
  (name: DigestAlg): Digest32 =>
  (...parts) =>
    hash(name, parts.length === 1 ? parts[0]! : Buffer.concat(parts), 'buffer')

/** SM3 (GB/T 32905), 32 bytes. Node's is native and answers the standard's vectors; unlike its SM2 (see sm2.ts). */
export const sm3: Digest32 = digestWith('sm3')
/** SHA-256 (FIPS 180-4), 32 bytes. */
export const sha256: Digest32 = digestWith('sha256')
/** Of a text or of bytes, in hex. */
export const sha256Hex = (of: string | Uint8Array): string => hash('sha256', of)
/** HMAC-SM3 (GB/T 15852.2, RFC 2104 over SM3), 32 bytes. */
export function hmacSm3(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac('sm3', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}

const digestBy: Readonly<Record<DigestAlg, Digest32>> = { sm3, sha256 }
/** The digest function of a stored algorithm id. */
export const digestOf = (alg: DigestAlg): Digest32 => digestBy[alg]

/** The digest of the parts with its algorithm id. */
export const taggedDigest = (alg: DigestAlg, ...parts: readonly Uint8Array[]): TaggedDigest =>
  `${alg}:${Buffer.from(digestBy[alg](...parts)).toString('hex')}`

/** Whether the tagged digest is that of the parts; false for an unknown algorithm or a malformed digest. Constant time. */
export function matchesDigest(tagged: string, ...parts: readonly Uint8Array[]): boolean {
  const [, alg, hex] = /^([a-z0-9]+):([0-9a-f]{64})$/.exec(tagged) ?? []
  if (!alg || !hex || !Object.hasOwn(digestBy, alg)) return false
  return timingSafeEqual(Buffer.from(hex, 'hex'), digestBy[alg as DigestAlg](...parts))
}

/** The algorithms of a deployment, chosen by configuration (`crypto.suite`), never by `if`. */
export interface CryptoSuite {
  readonly id: 'gm' | 'international'
  /** Ledger chain, Merkle trees, plan hashes. */
  readonly alg: DigestAlg
  readonly digest: Digest32
  readonly mac: (key: Uint8Array, ...parts: readonly Uint8Array[]) => Uint8Array
  readonly macAlg: 'hmac-sm3' | 'hmac-sha256'
}

/** 国密: what GB/T 39786 asks of a government cloud; the default. */
export const gmSuite: CryptoSuite = { id: 'gm', alg: 'sm3', digest: sm3, mac: hmacSm3, macAlg: 'hmac-sm3' }
/** For deployments outside the scope of the Cryptography Law. */
export const internationalSuite: CryptoSuite = {
  id: 'international',
  alg: 'sha256',
  digest: sha256,
  mac: (key, ...parts) => {
    const hmac = createHmac('sha256', key)
    for (const part of parts) hmac.update(part)
    return hmac.digest()
  },
  macAlg: 'hmac-sha256',
}
const suites = { gm: gmSuite, international: internationalSuite } as const
/** The suite of a configured id. */
export const suiteOf = (id: CryptoSuite['id']): CryptoSuite => suites[id]
