import { z } from 'zod'

/** What a signature is for. It is signed with the payload, so that no signed thing can be passed off as another kind. */
export const signatureContexts = [
  'tree-head',
  'witnessed-head',
  'execution-grant',
  'recording-manifest',
  'release',
  'sealing-key',
] as const
export type SignatureContext = (typeof signatureContexts)[number]

export const signatureAlgs = ['ed25519', 'sm2'] as const
export type SignatureAlg = (typeof signatureAlgs)[number]

const base64 = z.string().regex(/^[A-Za-z0-9+/]{4,400}={0,2}$/)
const KeyId = z.string().regex(/^[0-9a-f]{16}$/)

/** A public key as published: base64 of the SPKI DER (ed25519, RFC 8410) or of the 65-byte point 04 ‖ x ‖ y (sm2). */
export const PublicKeyEntry = z.strictObject({ keyId: KeyId, alg: z.enum(signatureAlgs), publicKey: base64 })
export type PublicKeyEntry = Readonly<z.infer<typeof PublicKeyEntry>>

export const EnvelopeSignature = z.strictObject({ alg: z.enum(signatureAlgs), keyId: KeyId, value: base64 })
export type EnvelopeSignature = Readonly<z.infer<typeof EnvelopeSignature>>

/** A canonical JSON text and exactly two signatures over it, Ed25519 and SM2: one for the world, one for the Cryptography Law. */
export const SignedEnvelope = z.strictObject({
  payload: z.string().min(2).max(1_048_576),
  signatures: z.array(EnvelopeSignature).length(signatureAlgs.length),
})
export type SignedEnvelope = { readonly payload: string; readonly signatures: readonly EnvelopeSignature[] }

/** The text whose UTF-8 is signed. The first line separates the contexts; the payload of JSON cannot imitate it. */
export const signedText = (context: SignatureContext, payload: string): string => `huabiao/${context}/v1\n${payload}`
