import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { accountIdOf, findLiveClient, type ProviderPort } from '@huabiao/domains/federation/federation.module'
import { interactionSeconds, providerPath, scopesOf, useRefusal } from '@huabiao/domains/federation/federation-client.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { sha256Hex } from '@huabiao/kit/crypto/suite'
import { Refusal, refuseIf, Unavailable } from '@huabiao/kit/errors/errors'
import { Provider } from 'oidc-provider'
import { configurationOf, derived, type ProviderGround, SignerKey } from './oidc-configuration.ts'

export interface OidcDoor extends ProviderPort {
  /** Answers whatever is below `providerPath`. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
}

const same = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** Of a secret we hold the digest. */
function comparesDigests(provider: Provider): void {
  const prototype = provider.Client.prototype as { clientSecret?: string; compareClientSecret(actual: string): boolean }
  prototype.compareClientSecret = function (actual) {
    return this.clientSecret !== undefined && same(this.clientSecret, sha256Hex(actual))
  }
}
async function make(on: ProviderGround, markOf: (uid: string) => string): Promise<Provider> {
  const { idToken } = await on.signer.keys()
  if (!idToken) throw new Unavailable('signer', true, new Error('it has no key of ID tokens'))
  const configuration = configurationOf(on, new SignerKey(idToken, on.signer), markOf)
  const provider = new Provider(`${on.origin}${providerPath}`, configuration)
  // We say ourselves under which address we are: see `addressed`.
  provider.proxy = true
  comparesDigests(provider)
  return provider
}

const headers = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
}
/** Nothing of the caller decides how we are called: not Host, not X-Forwarded-*, not Forwarded (NT-A05). */
function addressed(origin: string, request: IncomingMessage): void {
  const { host, protocol } = new URL(origin)
  for (const name of Object.keys(request.headers)) if (/^(x-forwarded-|forwarded$)/.test(name)) delete request.headers[name]
  request.headers.host = host
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
  const whole = request as IncomingMessage & { originalUrl?: string }
  whole.originalUrl = request.url ?? ''
  request.url = (request.url ?? '').slice(providerPath.length)
}

/** What waits in this browser for the person's word. */
async function pending(
  on: ProviderGround,
  op: Provider,
  actor: PersonActor,
  { uid, cookie, mark }: { uid: string; cookie: string | undefined; mark: string },
) {
  const sent = new RegExp(`(?:^|;\\s*)hb_ask_${uid.slice(0, 8)}=([A-Za-z0-9_-]{43})(?:;|$)`).exec(
    (cookie ?? '').slice(0, 4096),
  )?.[1]
  const interaction = sent && same(sent, mark) ? await op.Interaction.find(uid) : undefined
  const clientId = String(interaction?.params.client_id)
  const client = interaction && (await on.db.read({ kind: 'nobody' }, (tx) => findLiveClient(tx, clientId)))
  if (!interaction || !client) throw new Refusal('federation.interaction_expired')
  refuseIf(useRefusal(client, actor))
  return { interaction, clientId, client }
}

export function oidcDoor(on: ProviderGround): OidcDoor {
  const key = derived(on.secretKey, 'interaction')
  const markOf = (uid: string): string => createHmac('sha256', key).update(uid).digest('base64url')
  let made: Promise<Provider> | undefined
  /** Made when it is first asked for, since the signer may come up later; an attempt that failed is made again. */
  const provider = (): Promise<Provider> => {
    made ??= make(on, markOf).catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
  return {
    handle: async (request, response) => {
      const op = await provider()
      addressed(on.origin, request)
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      await op.callback()(request, response)
    },
    interaction: async (actor, uid, cookie) => {
      const { client, interaction } = await pending(on, await provider(), actor, { uid, cookie, mark: markOf(uid) })
      const profile = await on.profileOf(actor.tenantId, actor.accountId)
      if (!profile) throw new Refusal('federation.interaction_expired')
      const told = client.claims.map((claim) => ({ claim, value: [profile[claim]].flat().join(' ') }))
      const host = new URL(String(interaction.params.redirect_uri)).host
      return { nameZh: client.nameZh, nameEn: client.nameEn, host, claims: told }
    },
    decide: async (actor, uid, { allow, cookie }) => {
      const op = await provider()
      const { interaction, client, clientId } = await pending(on, op, actor, { uid, cookie, mark: markOf(uid) })
      const accountId = accountIdOf(actor.tenantId, actor.accountId)
      if (allow) {
        const grant = new op.Grant({ accountId, clientId })
        const asked = new Set(String(interaction.params.scope ?? '').split(' '))
        grant.addOIDCScope(
          scopesOf(client.claims)
            .filter((scope) => asked.has(scope))
            .join(' '),
        )
        interaction.result = { login: { accountId, remember: false }, consent: { grantId: await grant.save() } }
      } else interaction.result = { error: 'access_denied', error_description: 'the person refused' }
      await interaction.save(interactionSeconds)
      return { redirectTo: interaction.returnTo, clientId, claims: client.claims }
    },
  }
}
