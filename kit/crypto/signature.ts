import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import {
  type PublicKeyEntry,
  type SignatureAlg,
  type SignatureContext,
  SignedEnvelope,
  signatureAlgs,
  signedText,
} from '@huabiao/kit/crypto/envelope'
import { isSm2PublicKey, sm2KeyPair, sm2Sign, sm2Verify } from '@huabiao/kit/crypto/sm2'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'

/** The two private keys of a signer. `ed25519` is a KeyObject, `sm2` the 32-byte scalar. */
export interface SigningKeys {
  readonly ed25519: { readonly entry: PublicKeyEntry; readonly privateKey: KeyObject }
  readonly sm2: { readonly entry: PublicKeyEntry; readonly privateKey: Uint8Array }
}

/** Private keys as they lie in the signer's state directory: base64 of PKCS #8 DER, and of the scalar. */
export interface StoredSigningKeys {
  readonly ed25519: string
  readonly sm2: string
}

/** First 16 hex digits of SM3 over the SPKI DER (ed25519) or the raw point (sm2). */
export const keyIdOf = (publicKey: Uint8Array): string => toHex(sm3(publicKey)).slice(0, 16)

/** New random keys in their stored form. */
export function newSigningKeys(): StoredSigningKeys {
  const { privateKey } = generateKeyPairSync('ed25519')
  return {
    ed25519: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    sm2: Buffer.from(sm2KeyPair().privateKey).toString('base64'),
  }
}

/** Reads stored keys; throws where they are malformed. */
export function loadSigningKeys(stored: StoredSigningKeys): SigningKeys {
  const ed25519 = createPrivateKey({ key: Buffer.from(stored.ed25519, 'base64'), format: 'der', type: 'pkcs8' })
  if (ed25519.asymmetricKeyType !== 'ed25519') throw new TypeError('the stored ed25519 key is of another kind')
  const sm2 = sm2KeyPair(Buffer.from(stored.sm2, 'base64'))
  return {
    ed25519: {
      entry: entryOf('ed25519', createPublicKey(ed25519).export({ format: 'der', type: 'spki' })),
      privateKey: ed25519,
    },
    sm2: { entry: entryOf('sm2', sm2.publicKey), privateKey: sm2.privateKey },
  }
}

/** The public halves, as `keys.json`, export headers and trusted-key lists hold them. */
export const publicKeysOf = (keys: SigningKeys): PublicKeyEntry[] => [keys.ed25519.entry, keys.sm2.entry]

/** The entry of a public key given by its bytes (SPKI DER or 65-byte point). */
export const entryOf = (alg: SignatureAlg, publicKey: Uint8Array): PublicKeyEntry => ({
  keyId: keyIdOf(publicKey),
  alg,
  publicKey: Buffer.from(publicKey).toString('base64'),
})

/** Signs the canonical JSON of the payload with both keys over utf8(`huabiao/<context>/v1\n` + payload). */
export function signEnvelope(context: SignatureContext, payload: unknown, keys: SigningKeys): SignedEnvelope {
  const text = canonicalJson(payload)
  const bytes = utf8(signedText(context, text))
  return {
    payload: text,
    signatures: [
      { alg: 'ed25519', keyId: keys.ed25519.entry.keyId, value: sign(null, bytes, keys.ed25519.privateKey).toString('base64') },
      { alg: 'sm2', keyId: keys.sm2.entry.keyId, value: Buffer.from(sm2Sign(keys.sm2.privateKey, bytes)).toString('base64') },
    ],
  }
}

/** Why an envelope is not accepted. `key_unknown` also stands for a trusted entry whose id is not that of its key. */
export type EnvelopeFault = 'malformed' | 'not_canonical' | 'signature_missing' | 'key_unknown' | 'signature_wrong'
export type EnvelopeVerdict =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly fault: EnvelopeFault; readonly alg?: SignatureAlg }

/**
 * Verifies an envelope from outside: both signatures are required, each by a trusted key of its own algorithm, and the payload
 * must be the canonical spelling of its JSON. Never throws. The payload of an accepted envelope still has to be parsed by its
 * own schema.
 */
export function verifyEnvelope(
  context: SignatureContext,
  envelope: unknown,
  trustedKeys: readonly PublicKeyEntry[],
): EnvelopeVerdict {
  const parsed = SignedEnvelope.safeParse(envelope)
  if (!parsed.success) return { ok: false, fault: 'malformed' }
  const { payload, signatures } = parsed.data
  if (!payload.isWellFormed()) return { ok: false, fault: 'not_canonical' }
  const bytes = utf8(signedText(context, payload))
  for (const alg of signatureAlgs) {
    const signature = signatures.find((candidate) => candidate.alg === alg)
    if (!signature) return { ok: false, fault: 'signature_missing', alg }
    const key = trustedKeys.find((candidate) => candidate.alg === alg && candidate.keyId === signature.keyId)
    const publicKey = key && Buffer.from(key.publicKey, 'base64')
    if (!publicKey || keyIdOf(publicKey) !== signature.keyId) return { ok: false, fault: 'key_unknown', alg }
    const value = Buffer.from(signature.value, 'base64')
    const holds = alg === 'sm2' ? sm2Verify(publicKey, bytes, value) : ed25519Verify(publicKey, bytes, value)
    if (!holds) return { ok: false, fault: 'signature_wrong', alg }
  }
  return parseCanonical(payload)
}

function parseCanonical(payload: string): EnvelopeVerdict {
  try {
    const value: unknown = JSON.parse(payload)
    return canonicalJson(value) === payload ? { ok: true, payload: value } : { ok: false, fault: 'not_canonical' }
  } catch {
    return { ok: false, fault: 'not_canonical' }
  }
}

/** Whether the signature is one of this Ed25519 key (SPKI DER). Never throws; a key of another kind is false. */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
    return key.asymmetricKeyType === 'ed25519' && verify(null, message, key, signature)
  } catch {
    return false
  }
}

/** Whether the entry holds a key of its algorithm and its id is the key's. For trusted-key files and peers' answers. */
export function isPublicKeyEntry(entry: PublicKeyEntry): boolean {
  const publicKey = Buffer.from(entry.publicKey, 'base64')
  if (keyIdOf(publicKey) !== entry.keyId) return false
  if (entry.alg === 'sm2') return isSm2PublicKey(publicKey)
  try {
    return createPublicKey({ key: publicKey, format: 'der', type: 'spki' }).asymmetricKeyType === 'ed25519'
  } catch {
    return false
  }
}
