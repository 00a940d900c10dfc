import type { FederationRefusal } from './federation.model.ts'

/** What a third party may be told beside an opaque subject; the registration names it. */
export const clientClaims = ['name', 'unit', 'roles'] as const
export type ClientClaim = (typeof clientClaims)[number]
export const clientStates = ['requested', 'active', 'rejected', 'revoked'] as const
export type ClientState = (typeof clientStates)[number]

export const codeSeconds = 60
export const tokenSeconds = 600
export const interactionSeconds = 600
/** Where the provider's own routes are, below the origin. */
export const providerPath = '/oidc'

const place = /^(https:\/\/[a-z0-9.-]+(?::\d{1,5})?|http:\/\/127\.0\.0\.1(?::\d{1,5})?)\/[\x21-\x7e]*$/
/** Exact addresses, all of one host: a pairwise subject belongs to a host (OpenID Connect Core §8.1). */
export function redirectRefusal(uris: readonly string[]): FederationRefusal | undefined {
  const hosts = uris.map((uri) => (uri.includes('#') || uri.includes('*') ? undefined : place.exec(uri)?.[1]))
  const [first] = hosts
  return first !== undefined && hosts.every((host) => host === first) ? undefined : 'federation.redirect_invalid'
}

/** Who admits what another asked for. */
export const admitRefusal = (of: {
  requestedBy: string
  actorId: string
  role: string | undefined
}): FederationRefusal | undefined =>
  of.requestedBy !== of.actorId && of.role === 'SEC' ? undefined : 'federation.second_person_required'

/** An application of the management unit is for everybody; another unit's is for its own people. */
export const useRefusal = (
  client: { tenantId: string; party: string },
  person: { tenantId: string },
): FederationRefusal | undefined =>
  client.party === 'management-unit' || client.tenantId === person.tenantId ? undefined : 'federation.client_not_for_you'

/** The scopes a client may ask for, as its registration names its claims. */
export const scopesOf = (claims: readonly string[]): string[] => [
  'openid',
  ...(claims.includes('name') || claims.includes('unit') ? ['profile'] : []),
  ...(claims.includes('roles') ? ['roles'] : []),
]
