import { ExecutionGrant } from '@huabiao/domains/session/session-grant.model'
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

export const SshCertificateBody = z.strictObject({
  envelope: SignedEnvelope,
  publicKey: z.string().max(300),
  gatewayId: z.string().max(40),
  proof: z.string().max(200),
})
export type SshCertificateBody = z.infer<typeof SshCertificateBody>
