import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { z } from 'zod'

/** What passes between control plane and signer of kept credentials. Sealed bytes and boxes alone: no secret is readable on the way. */
export const KeptSecret = z.object({ sealed: z.string().max(60_000), fingerprint: z.string().max(60).nullable() })
export type KeptSecret = z.infer<typeof KeptSecret>
export const RotatedSecret = KeptSecret.extend({ boxed: z.string().max(60_000), isNew: z.boolean() })
export type RotatedSecret = z.infer<typeof RotatedSecret>
export const BoxedSecret = z.object({ boxed: z.string().max(60_000) })

export interface SecretRequest {
  readonly envelope: SignedEnvelope
  /** base64 of the SPKI of the gateway's X25519 key for this one box. */
  readonly boxKey: string
  readonly gatewayId: string
  /** base64 of the Ed25519 signature by the gateway's registered key over utf8(`secretProofText(…)`). */
  readonly proof: string
}
export const secretProofText = (of: Omit<SecretRequest, 'proof'>): string =>
  `huabiao/secret-request/v1\n${canonicalJson({ grant: of.envelope.payload, boxKey: of.boxKey, gatewayId: of.gatewayId })}`

export interface RotationRequest {
  readonly rotationId: string
  readonly boxKey: string
  readonly gatewayId: string
  readonly proof: string
}
export const rotationProofText = (of: Omit<RotationRequest, 'proof'>): string =>
  `huabiao/rotation-request/v1\n${canonicalJson({ rotationId: of.rotationId, boxKey: of.boxKey, gatewayId: of.gatewayId })}`
