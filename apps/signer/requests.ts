import { ReleaseStatement } from '@huabiao/domains/release/release.model'
import { ExecutionGrant } from '@huabiao/domains/session/session-grant.model'
import { secretKinds } from '@huabiao/domains/vault/vault.model'
import { planes } from '@huabiao/kit/actor/actor'
import { Digest, Uuid } from '@huabiao/kit/contract/contract'
import { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { z } from 'zod'

/** All that can be asked of the signer. There is no request for signing bytes of the caller's choice. */
export const TreeHeadBody = z.strictObject({
  tenantId: Uuid,
  plane: z.enum(planes),
  size: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  root: Digest,
  last: Digest,
  at: z.iso.datetime({ precision: 3 }),
})
export type TreeHeadBody = z.infer<typeof TreeHeadBody>

export const ExecutionGrantBody = z.strictObject({ grant: ExecutionGrant })

export const ReleaseBody = z.strictObject({ statement: ReleaseStatement })

/** Header and claims of an ID token as they are signed: RFC 7515 §5.1. */
export const IdTokenBody = z.strictObject({
  input: z
    .string()
    .max(16_384)
    .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/),
})

export const CheckBody = z.strictObject({
  checkId: z.uuid(),
  publicKey: z.string().max(300),
  gatewayId: z.string().max(40),
  proof: z.string().max(200),
})

const BoxKey = z.string().max(200)
export const KeepBody = z.strictObject({ accountId: z.uuid(), kind: z.enum(secretKinds), secret: z.string().min(8).max(8_000) })
export const SecretBody = z.strictObject({
  envelope: SignedEnvelope,
  boxKey: BoxKey,
  gatewayId: z.string().max(40),
  proof: z.string().max(200),
})
export const RotationBody = z.strictObject({
  rotationId: z.uuid(),
  boxKey: BoxKey,
  gatewayId: z.string().max(40),
  proof: z.string().max(200),
})

export const SshCertificateBody = z.strictObject({
  envelope: SignedEnvelope,
  publicKey: z.string().max(300),
  gatewayId: z.string().max(40),
  proof: z.string().max(200),
})
export type SshCertificateBody = z.infer<typeof SshCertificateBody>

export const KeystrokesBody = z.strictObject({ requestId: Uuid, sessionId: Uuid, announcement: z.string().min(1).max(300) })
export type KeystrokesBody = z.infer<typeof KeystrokesBody>
