import { endpoint, Instant, Label, Name, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { clientClaims, clientStates } from './federation-client.model.ts'

/** Registration of third parties that ask us who somebody is: by one administrator, admitted by another (PAD, SEC). */
const Uri = z.string().min(8).max(300)
export const ClientView = z.object({
  id: Uuid,
  clientId: Label,
  nameZh: Label,
  nameEn: Label,
  redirectUris: z.array(Label).max(10),
  postLogoutUris: z.array(Label).max(10),
  claims: z.array(z.enum(clientClaims)).max(clientClaims.length),
  /** Whether it has a secret beside PKCE. */
  confidential: z.boolean(),
  state: z.enum(clientStates),
  reason: Label,
  requestedById: Uuid,
  requestedByName: Label,
  requestedAt: Instant,
  decidedByName: Label.nullable(),
  decidedAt: Instant.nullable(),
  revokedByName: Label.nullable(),
  revokedAt: Instant.nullable(),
})
export type ClientView = z.infer<typeof ClientView>
export const listOidcClients = endpoint({
  name: 'listOidcClients',
  method: 'GET',
  path: '/api/v1/oidc-clients',
  permission: 'oidc-client:read',
  summary: '第三方应用 / Applications of third parties',
  response: z.object({ items: z.array(ClientView).max(200), issuer: Label }),
})
/** The secret is shown once and stored as its digest; it serves when the registration is admitted. */
export const requestOidcClient = endpoint({
  name: 'requestOidcClient',
  method: 'POST',
  path: '/api/v1/oidc-clients',
  permission: 'oidc-client:request',
  danger: 4,
  summary: '登记第三方应用 / Register an application',
  body: z.object({
    clientId: z.string().regex(/^[a-z0-9]([a-z0-9-]{1,58}[a-z0-9])$/),
    nameZh: Name,
    nameEn: Name,
    redirectUris: z.array(Uri).min(1).max(10),
    postLogoutUris: z.array(Uri).max(10).default([]),
    claims: z.array(z.enum(clientClaims)).max(clientClaims.length),
    confidential: z.boolean(),
    reason: ShortNote,
  }),
  response: z.object({ client: ClientView, secret: Label.nullable() }),
  refusals: ['federation.redirect_invalid', 'federation.client_taken', 'federation.too_many_sources'],
})
const params = z.object({ oidcClientId: Uuid })
const act = <N extends string, P extends string>(name: N, permission: P, verb: string, summary: string) =>
  endpoint({
    name,
    method: 'POST',
    path: `/api/v1/oidc-clients/:oidcClientId/${verb}`,
    permission,
    danger: 4,
    resource: 'oidc-client/:oidcClientId',
    summary,
    params,
    body: z.object({ reason: ShortNote }),
    response: ClientView,
    refusals: ['federation.client_not_found', 'federation.client_wrong_state', 'federation.second_person_required'],
  })
export const admitOidcClient = act('admitOidcClient', 'oidc-client:admit', 'admit', '批准第三方应用 / Admit an application')
export const rejectOidcClient = act('rejectOidcClient', 'oidc-client:admit', 'reject', '驳回登记 / Reject an application')
/** Whatever was issued to it ends at once. */
export const revokeOidcClient = act('revokeOidcClient', 'oidc-client:revoke', 'revoke', '停用第三方应用 / Revoke an application')

/** The page between a third party and its answer: who asks, what it would be told, and whether that is right. */
const interactionParams = z.object({ uid: z.string().regex(/^[A-Za-z0-9_-]{21,64}$/) })
const interactionRefusals = ['federation.interaction_expired', 'federation.client_not_for_you'] as const
export const getInteraction = endpoint({
  name: 'getInteraction',
  method: 'GET',
  path: '/api/v1/oidc-interactions/:uid',
  permission: 'self',
  summary: '待确认的授权 / A sign-in that waits',
  params: interactionParams,
  response: z.object({
    nameZh: Label,
    nameEn: Label,
    /** Where the answer goes. */
    host: Label,
    claims: z.array(z.object({ claim: z.enum(clientClaims), value: Label })).max(clientClaims.length),
  }),
  refusals: [...interactionRefusals],
})
export const decideInteraction = endpoint({
  name: 'decideInteraction',
  method: 'POST',
  path: '/api/v1/oidc-interactions/:uid/decide',
  permission: 'self',
  summary: '同意或拒绝授权 / Allow or refuse a sign-in',
  params: interactionParams,
  body: z.object({ allow: z.boolean() }),
  response: z.object({ redirectTo: z.string().max(2000) }),
  refusals: [...interactionRefusals],
})
