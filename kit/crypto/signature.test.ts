import { generateKeyPairSync } from 'node:crypto'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import {
  entryOf,
  isPublicKeyEntry,
  keyIdOf,
  loadSigningKeys,
  newSigningKeys,
  publicKeysOf,
  signEnvelope,
  verifyEnvelope,
} from '@huabiao/kit/crypto/signature'
import { sm2KeyPair, sm2Sign } from '@huabiao/kit/crypto/sm2'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const keys = loadSigningKeys(newSigningKeys())
const trusted = publicKeysOf(keys)
const others = loadSigningKeys(newSigningKeys())
const envelope = signEnvelope('tree-head', { b: 2, a: '华表' }, keys)

test('what both keys signed is accepted with its payload', () => {
  expect(verifyEnvelope('tree-head', envelope, trusted)).toEqual({ ok: true, payload: { a: '华表', b: 2 } })
  expect(verifyEnvelope('tree-head', envelope, [...publicKeysOf(others), ...trusted]).ok).toBe(true)
})

test('any JSON value survives signing and verifying', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (payload) => {
      const verdict = verifyEnvelope('recording-manifest', signEnvelope('recording-manifest', payload, keys), trusted)
      expect(verdict.ok && canonicalJson(verdict.payload)).toBe(canonicalJson(payload))
    }),
    { numRuns: 20 },
  )
})

test('a signature of one context is none of another', () => {
  expect(verifyEnvelope('execution-grant', envelope, trusted)).toEqual({ ok: false, fault: 'signature_wrong', alg: 'ed25519' })
})

test('one signature is not enough, and two of one algorithm are not both', () => {
  const [ed25519, sm2] = envelope.signatures as [SignedEnvelope['signatures'][0], SignedEnvelope['signatures'][0]]
  const verdict = (signatures: unknown) => verifyEnvelope('tree-head', { payload: envelope.payload, signatures }, trusted)
  expect(verdict([ed25519])).toEqual({ ok: false, fault: 'malformed' })
  expect(verdict([ed25519, sm2, sm2])).toEqual({ ok: false, fault: 'malformed' })
  expect(verdict([ed25519, ed25519])).toEqual({ ok: false, fault: 'signature_missing', alg: 'sm2' })
  expect(verdict([sm2, sm2])).toEqual({ ok: false, fault: 'signature_missing', alg: 'ed25519' })
  expect(verdict([sm2, ed25519]).ok).toBe(true)
})

test('keys that are not trusted, and an untrusted key under a trusted id, are refused', () => {
  expect(verifyEnvelope('tree-head', envelope, publicKeysOf(others))).toEqual({ ok: false, fault: 'key_unknown', alg: 'ed25519' })
  expect(verifyEnvelope('tree-head', envelope, [trusted[0]!])).toEqual({ ok: false, fault: 'key_unknown', alg: 'sm2' })
  const forged = signEnvelope('tree-head', { a: 1 }, others)
  const renamed = { ...forged, signatures: forged.signatures.map((s, i) => ({ ...s, keyId: trusted[i]!.keyId })) }
  expect(verifyEnvelope('tree-head', renamed, trusted)).toEqual({ ok: false, fault: 'signature_wrong', alg: 'ed25519' })
  const poisoned = publicKeysOf(others).map((entry, i) => ({ ...entry, keyId: trusted[i]!.keyId }))
  expect(verifyEnvelope('tree-head', renamed, poisoned)).toEqual({ ok: false, fault: 'key_unknown', alg: 'ed25519' })
})

test('an SM2 signature without the standard id is refused even beside a true Ed25519 one', () => {
  const bytes = Buffer.from(`huabiao/tree-head/v1\n${envelope.payload}`)
  const wrong = Buffer.from(sm2Sign(keys.sm2.privateKey, bytes, '')).toString('base64')
  const signatures = envelope.signatures.map((s) => (s.alg === 'sm2' ? { ...s, value: wrong } : s))
  expect(verifyEnvelope('tree-head', { ...envelope, signatures }, trusted)).toEqual({
    ok: false,
    fault: 'signature_wrong',
    alg: 'sm2',
  })
})

test('a changed payload, a payload that is not canonical, and rubbish are refused without an exception', () => {
  expect(verifyEnvelope('tree-head', { ...envelope, payload: envelope.payload.replace('2', '3') }, trusted).ok).toBe(false)
  fc.assert(
    fc.property(fc.anything(), (rubbish) => {
      expect(verifyEnvelope('tree-head', rubbish, trusted).ok).toBe(false)
    }),
  )
  expect(verifyEnvelope('tree-head', { ...envelope, payload: '"\ud800"' }, trusted)).toEqual({
    ok: false,
    fault: 'not_canonical',
  })
})

test('stored keys come back as the same keys, and keys of another kind do not load', () => {
  const stored = newSigningKeys()
  expect(publicKeysOf(loadSigningKeys(stored))).toEqual(publicKeysOf(loadSigningKeys({ ...stored })))
  const x25519 = generateKeyPairSync('x25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
  expect(() => loadSigningKeys({ ...stored, ed25519: x25519 })).toThrow(TypeError)
})

test('an entry is believed only if its id is that of its key and the key is of its kind', () => {
  for (const entry of trusted) expect(isPublicKeyEntry(entry)).toBe(true)
  expect(isPublicKeyEntry({ ...trusted[0]!, keyId: trusted[1]!.keyId })).toBe(false)
  expect(isPublicKeyEntry(entryOf('ed25519', sm2KeyPair().publicKey))).toBe(false)
  expect(isPublicKeyEntry(entryOf('sm2', new Uint8Array(65)))).toBe(false)
  expect(keyIdOf(sm2KeyPair().publicKey)).toMatch(/^[0-9a-f]{16}$/)
})
