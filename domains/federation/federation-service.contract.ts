import { endpoint, Instant, Label, Name, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { servicePurposes } from './federation.model.ts'

/** Service identities (服务身份): programs with a token of their own. They log on nowhere, hold no role and decide nothing. */
export const ServiceIdentityView = z.object({
  id: Uuid,
  name: Label,
  purpose: z.enum(servicePurposes),
  sourceId: Uuid.nullable(),
  sourceName: Label.nullable(),
  ownerId: Uuid,
  ownerName: Label,
  createdAt: Instant,
  issuedAt: Instant,
  expiresAt: Instant,
  revokedAt: Instant.nullable(),
  lastUsedAt: Instant.nullable(),
})
export type ServiceIdentityView = z.infer<typeof ServiceIdentityView>
/** A process of this deployment, known by the public key that its configuration names. */
export const ProcessKeyView = z.object({
  id: Label,
  service: z.enum(['gateway', 'scheduler', 'signer', 'ceremony', 'log-follower', 'inspector']),
  plane: z.enum(['platform', 'tenant']),
  /** SHA-256 of the SPKI DER, in hexadecimal. */
  fingerprint: Label,
})
export type ProcessKeyView = z.infer<typeof ProcessKeyView>
export const listServiceIdentities = endpoint({
  name: 'listServiceIdentities',
  method: 'GET',
  path: '/api/v1/service-identities',
  permission: 'service-identity:read',
  summary: '服务身份 / Service identities',
  response: z.object({ items: z.array(ServiceIdentityView).max(200), processes: z.array(ProcessKeyView).max(2000) }),
})
/** The token is shown once and stored only as its digest. */
const Issued = z.object({ identity: ServiceIdentityView, token: Label })
export const createServiceIdentity = endpoint({
  name: 'createServiceIdentity',
  method: 'POST',
  path: '/api/v1/service-identities',
  permission: 'service-identity:manage',
  danger: 4,
  summary: '新建服务身份 / Create a service identity',
  body: z.object({ name: Name, purpose: z.enum(servicePurposes), sourceId: Uuid, expiresAt: Instant }),
  response: Issued,
  refusals: ['federation.source_not_found', 'federation.service_term', 'federation.too_many_sources'],
})
const params = z.object({ serviceIdentityId: Uuid })
/** A new token at once; the old one counts no more. */
export const rotateServiceIdentity = endpoint({
  name: 'rotateServiceIdentity',
  method: 'POST',
  path: '/api/v1/service-identities/:serviceIdentityId/rotate',
  permission: 'service-identity:manage',
  danger: 4,
  resource: 'service-identity/:serviceIdentityId',
  summary: '轮换令牌 / Rotate the token',
  params,
  body: z.object({ expiresAt: Instant }),
  response: Issued,
  refusals: ['federation.service_not_found', 'federation.service_ended', 'federation.service_term'],
})
export const revokeServiceIdentity = endpoint({
  name: 'revokeServiceIdentity',
  method: 'POST',
  path: '/api/v1/service-identities/:serviceIdentityId/revoke',
  permission: 'service-identity:manage',
  danger: 3,
  resource: 'service-identity/:serviceIdentityId',
  summary: '吊销服务身份 / Revoke a service identity',
  params,
  body: z.object({ reason: ShortNote }),
  response: ServiceIdentityView,
  refusals: ['federation.service_not_found', 'federation.service_ended'],
})
