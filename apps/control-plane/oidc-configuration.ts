import { createHash, createHmac, createPublicKey, hkdfSync } from 'node:crypto'
import { accountOf, artifactsOf, findLiveClient, type LiveClient } from '@huabiao/domains/federation/federation.module'
import { codeSeconds, interactionSeconds, scopesOf, tokenSeconds } from '@huabiao/domains/federation/federation-client.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Sealer } from '@huabiao/kit/crypto/seal'
import type { SignerClient } from '@huabiao/kit/crypto/signer-client'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { type Adapter, type Configuration, ExternalSigningKey, interactionPolicy } from 'oidc-provider'
import { errorPage, logoutPage, signedOutPage } from './oidc-pages.ts'

/** Who somebody is, to third parties that two persons registered: code flow with PKCE alone, opaque subjects, tokens of ten minutes. */
export interface Profile {
  readonly name: string
  readonly unit: string
  readonly roles: readonly string[]
}
export interface ProviderGround {
  readonly db: Database
  readonly clock: Clock
  readonly seal: Sealer
  readonly secretKey: Uint8Array
  readonly origin: string
  readonly signer: Pick<SignerClient, 'keys' | 'signIdToken'>
  /** Of an account that may log on and whose training holds; undefined of any other. */
  profileOf(tenantId: string, accountId: string): Promise<Profile | undefined>
  record(tx: Tx, events: readonly DomainEvent[]): Promise<void>
}
/** The private key stays with the signer, which looks at every token before it signs. */
export class SignerKey extends ExternalSigningKey {
  readonly #public
  readonly #signer
  constructor(jwk: { x: string; y: string }, signer: ProviderGround['signer']) {
    super()
    this.#public = createPublicKey({ key: { kty: 'EC', crv: 'P-256', ...jwk }, format: 'jwk' })
    this.#signer = signer
    // The types know the library's setters as readable only.
    Object.assign(this, { kid: createHash('sha256').update(`${jwk.x}.${jwk.y}`).digest('base64url'), alg: 'ES256' })
  }
  override keyObject() {
    return this.#public
  }
  override async sign(data: Uint8Array) {
    return Buffer.from(await this.#signer.signIdToken(Buffer.from(data).toString('ascii')), 'base64url')
  }
}

export const derived = (secretKey: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secretKey, new Uint8Array(0), `huabiao/oidc-${purpose}/v1`, 32))

const metadataOf = (clientId: string, client: LiveClient): Record<string, unknown> => ({
  client_id: clientId,
  client_name: client.nameZh,
  redirect_uris: client.redirectUris,
  post_logout_redirect_uris: client.postLogoutUris,
  grant_types: ['authorization_code'],
  response_types: ['code'],
  scope: scopesOf(client.claims).join(' '),
  subject_type: 'pairwise',
  id_token_signed_response_alg: 'ES256',
  // The digest: what a client sends is digested before it is compared.
  ...(client.secretSha256
    ? { token_endpoint_auth_method: 'client_secret_basic', client_secret: client.secretSha256 }
    : { token_endpoint_auth_method: 'none' }),
})

/** Every sign-in passes our own page and a live session of ours: the provider's own memory of a browser opens nothing. */
function policy(): interactionPolicy.DefaultPolicy {
  const base = interactionPolicy.base()
  const { Check } = interactionPolicy
  base
    .get('login')!
    .checks.add(
      new Check('own_session', 'asked at every sign-in', (ctx) =>
        ctx.oidc.result?.login ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
      ),
    )
  return base
}

const claimNames = { name: 'name', unit: 'unit', roles: 'roles' } as const

export function configurationOf(on: ProviderGround, key: SignerKey, markOf: (uid: string) => string): Configuration {
  const { db, secretKey, profileOf } = on
  const pairwise = derived(secretKey, 'subject')
  const cookie = { httpOnly: true, sameSite: 'lax', signed: true, overwrite: true } as const
  return {
    adapter: (model: string) => adapterOf(on, model),
    jwks: { keys: [key] },
    cookies: {
      keys: [derived(secretKey, 'cookies').toString('base64url')],
      names: { session: 'hb_op', interaction: 'hb_op_interaction', resume: 'hb_op_resume' },
      long: cookie,
      short: cookie,
    },
    responseTypes: ['code'],
    scopes: ['openid', 'profile', 'roles'],
    claims: { openid: ['sub'], profile: ['name', 'unit'], roles: ['roles'] },
    subjectTypes: ['pairwise'],
    clientAuthMethods: ['client_secret_basic', 'none'],
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    pkce: { required: () => true },
    pairwiseIdentifier: async (_ctx, accountId, client) =>
      createHmac('sha256', pairwise).update(`${client.sectorIdentifier} ${accountId}`).digest('base64url'),
    findAccount: async (ctx, id) => {
      const account = accountOf(id)
      const profile = account && (await profileOf(account.tenantId, account.accountId))
      if (!profile) return undefined
      return {
        accountId: id,
        claims: async () => {
          const clientId = ctx.oidc.client?.clientId
          const client = clientId ? await db.read({ kind: 'nobody' }, (tx) => findLiveClient(tx, clientId)) : undefined
          const told = Object.fromEntries((client?.claims ?? []).map((claim) => [claimNames[claim], profile[claim]]))
          return { sub: id, ...told }
        },
      }
    },
    interactions: {
      policy: policy(),
      url: (ctx, { uid }) => {
        // Only the browser that was sent here may decide: whoever is merely given the address cannot (RFC 6749 §10.12).
        const place = { httpOnly: true, sameSite: 'strict', signed: false, path: '/api/v1/oidc-interactions' } as const
        ctx.cookies.set(`hb_ask_${uid.slice(0, 8)}`, markOf(uid), { ...place, maxAge: interactionSeconds * 1000 })
        return `/sign-in/${uid}`
      },
    },
    ttl: {
      AuthorizationCode: codeSeconds,
      AccessToken: tokenSeconds,
      IdToken: tokenSeconds,
      Interaction: interactionSeconds,
      Session: tokenSeconds,
      Grant: tokenSeconds,
    },
    features: {
      devInteractions: { enabled: false },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = logoutPage(form)
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = signedOutPage
        },
      },
    },
    renderError: (ctx, out) => {
      ctx.type = 'html'
      ctx.body = errorPage(out.error, out.error_description)
    },
  }
}

function adapterOf(on: ProviderGround, model: string): Adapter {
  if (model !== 'Client') return artifactsOf(on, model, on.record) as unknown as Adapter
  const none = async (): Promise<never> => {
    throw new Error('clients are registered by two persons, not here')
  }
  return {
    find: async (id: string) => {
      const client = await on.db.read({ kind: 'nobody' }, (tx) => findLiveClient(tx, id))
      return client && metadataOf(id, client)
    },
    upsert: none,
    destroy: none,
    consume: none,
    revokeByGrantId: none,
    findByUid: none,
    findByUserCode: none,
  }
}
