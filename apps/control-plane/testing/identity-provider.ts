import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import type { TestAuthority } from './authority.ts'

/** Somebody else's provider of OpenID Connect, over TLS on loopback: whoever is named in `login_hint` is logged on there. */
export interface IdentityProvider {
  readonly issuer: string
  readonly clientId: string
  readonly secret: string
  /** What its discovery document and its tokens say instead, to be a provider that lies. */
  readonly lies: { discovery?: Record<string, unknown>; token?: (body: Record<string, unknown>) => Record<string, unknown> }
  /** What a browser does: follows the way until it is sent back; answers the parameters of the way back. */
  visit(url: string, as: string): Promise<URLSearchParams>
  close(): Promise<void>
}

export async function startIdentityProvider(authority: TestAuthority, redirectUri: string): Promise<IdentityProvider> {
  const server = createServer({ key: readFileSync(authority.keyFile), cert: readFileSync(authority.certFile) })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`
  const [clientId, secret] = ['huabiao', 'client-Secret-19-of-huabiao']
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: secret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'k1' }] },
    cookies: { keys: ['only-for-a-test'] },
    claims: { openid: ['sub'], profile: ['name', 'department', 'roles', 'preferred_username'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    findAccount: async (_ctx, id) => ({
      accountId: id,
      claims: async () => ({
        sub: id,
        name: '外部人员',
        department: '信息中心',
        roles: ['PAD', 'SEC', 'AUD'],
        preferred_username: id,
      }),
    }),
    interactions: { url: (_ctx, interaction) => `/interact/${interaction.uid}` },
  })
  const lies: IdentityProvider['lies'] = {}
  const callback = provider.callback()
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interact/')) {
      void (async () => {
        const details = await provider.interactionDetails(request, response)
        const accountId = String(details.params.login_hint)
        const grant = new provider.Grant({ accountId, clientId })
        grant.addOIDCScope('openid profile')
        const result = { login: { accountId }, consent: { grantId: await grant.save() } }
        await provider.interactionFinished(request, response, result)
      })()
      return
    }
    const isDiscovery = request.url === '/.well-known/openid-configuration'
    const isToken = request.url === '/token'
    if ((isDiscovery && lies.discovery) || (isToken && lies.token)) {
      const end = response.end.bind(response)
      response.end = ((chunk: unknown) => {
        const body = JSON.parse(String(chunk)) as Record<string, unknown>
        const told = isDiscovery ? { ...body, ...lies.discovery } : lies.token!(body)
        const text = JSON.stringify(told)
        response.setHeader('content-length', Buffer.byteLength(text))
        return end(text)
      }) as typeof response.end
    }
    void callback(request, response)
  })
  const visit = async (from: string, as: string): Promise<URLSearchParams> => {
    const jar = new Map<string, string>()
    let url = new URL(from)
    url.searchParams.set('login_hint', as)
    for (let hop = 0; hop < 10; hop += 1) {
      if (url.href.startsWith(redirectUri)) return url.searchParams
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await redirectOf(url, cookie, authority.ca)
      for (const one of answer.cookies) {
        const [pair = ''] = one.split(';')
        jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
      }
      if (!answer.location) throw new Error(`the provider went nowhere: ${answer.status}`)
      url = new URL(answer.location, url)
    }
    throw new Error('the provider went round in circles')
  }
  return { issuer, clientId, secret, lies, visit, close: () => new Promise((resolve) => server.close(() => resolve())) }
}
const redirectOf = (
  url: URL,
  cookie: string,
  ca: string,
): Promise<{ status: number; location: string | undefined; cookies: readonly string[] }> =>
  new Promise((resolve, reject) => {
    const request = httpsRequest(url, { ca, agent: false, headers: cookie ? { cookie } : {} }, (answer) => {
      answer.resume()
      const { location, 'set-cookie': cookies } = answer.headers
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, location, cookies: cookies ?? [] }))
    })
    request.on('error', reject)
    request.end()
  })
