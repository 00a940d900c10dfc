import type { OidcClient, OidcPlace } from '@huabiao/domains/federation/federation.module'
import { Unavailable } from '@huabiao/kit/errors/errors'
import { boundedRequest } from '@huabiao/kit/http/bounded-request'
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  type Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
} from 'openid-client'

/** One place, and whether it could not be reached: the library tells a refusal and an absence in the same kind of error. */
async function configured(hosts: readonly string[], on: OidcPlace): Promise<{ config: Configuration; away: () => unknown }> {
  let away: unknown
  const send: CustomFetch = async (url, options) => {
    const target = new URL(url)
    try {
      if (target.protocol !== 'https:' || !hosts.includes(target.hostname))
        throw new Error(`${target.host} is not an allowed host`)
      const body = options.body === undefined || options.body === null ? undefined : Buffer.from(String(options.body))
      const answer = await boundedRequest({
        method: options.method ?? 'GET',
        url: target,
        headers: options.headers as Record<string, string>,
        ...(body ? { body } : {}),
        ca: on.settings.ca ?? undefined,
        idleMs: 5_000,
        totalMs: 10_000,
        answerMaxBytes: 512 * 1024,
      })
      const headers = answer.contentType ? { 'content-type': answer.contentType } : undefined
      const empty = answer.status === 204 || answer.status === 304
      return new Response(empty ? null : new Uint8Array(answer.body), {
        status: answer.status,
        ...(headers ? { headers } : {}),
      })
    } catch (error) {
      away = error
      throw error
    }
  }
  const { settings, secret } = on
  const auth = secret === undefined ? None() : ClientSecretBasic(secret)
  const options = { [customFetch]: send, execute: [enableNonRepudiationChecks] }
  const config = await discovery(new URL(settings.issuer), settings.clientId, {}, auth, options).catch((cause: unknown) => {
    throw new Unavailable('identity-provider', true, away ?? cause)
  })
  // Character by character: what a URL would make equal is another issuer.
  if (config.serverMetadata().issuer !== settings.issuer)
    throw new Unavailable('identity-provider', false, new Error(`issuer ${config.serverMetadata().issuer}`))
  return { config, away: () => away }
}

/** A relying party of other providers (OpenID Connect Core, RFC 7636, RFC 9207); the checks are openid-client's, the ways out are ours. */
export function oidcClient(hosts: readonly string[]): OidcClient {
  return {
    begin: async (on, { state, nonce, verifier }) => {
      const { config } = await configured(hosts, on)
      const { authorization_endpoint: place = '' } = config.serverMetadata()
      if (!URL.canParse(place) || new URL(place).protocol !== 'https:')
        throw new Unavailable('identity-provider', false, new Error(`authorization endpoint ${place}`))
      const url = buildAuthorizationUrl(config, {
        redirect_uri: on.redirectUri,
        scope: 'openid profile',
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      if (!hosts.includes(url.hostname))
        throw new Unavailable('identity-provider', false, new Error(`${url.host} is not an allowed host`))
      return url.href
    },
    complete: async (on, { state, nonce, verifier }, answer) => {
      const { config, away } = await configured(hosts, on)
      const back = new URL(on.redirectUri)
      back.search = new URLSearchParams({
        code: answer.code,
        state: answer.state,
        ...(answer.iss ? { iss: answer.iss } : {}),
      }).toString()
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
      try {
        const claims = (await authorizationCodeGrant(config, back, checks)).claims()
        return claims && claims.sub.length <= 255 ? { subject: claims.sub, claims } : undefined
      } catch (error) {
        if (away()) throw new Unavailable('identity-provider', true, error)
        return undefined
      }
    },
  }
}
