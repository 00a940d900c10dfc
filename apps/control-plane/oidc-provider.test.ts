import { providerPath } from '@huabiao/domains/federation/federation-client.model'
import * as rp from 'openid-client'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anyFreePort } from '../../tools/launch/ports.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { RedirectBrowser } from './testing/redirect-browser.ts'

/** Our provider of OpenID Connect before a real relying party, over a socket, with a real signer behind it. */
let h: Harness
let owner: pg.Client
let origin: string
let registered: { id: string; secret: string }
const redirectUri = 'http://127.0.0.1:9/callback'
const clientId = 'data-portal'
beforeAll(async () => {
  const port = await anyFreePort()
  origin = `http://127.0.0.1:${port}`
  h = await startHarness({ origin })
  await h.app.listen({ host: '127.0.0.1', port })
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})
const registration = (of: object = {}) => ({
  clientId,
  nameZh: '数据门户',
  nameEn: 'Data portal',
  redirectUris: [redirectUri],
  postLogoutUris: ['http://127.0.0.1:9/bye'],
  claims: ['name', 'unit'],
  confidential: true,
  reason: '接入统一门户',
  ...of,
})
const act = (login: string, verb: string, id = registered.id) =>
  h.call(login, 'POST', `/oidc-clients/${id}/${verb}`, { reason: '核对备案' })
const configuration = (secret?: string, id = clientId): Promise<rp.Configuration> =>
  rp.discovery(
    new URL(`${origin}${providerPath}`),
    id,
    { id_token_signed_response_alg: 'ES256' },
    secret === undefined ? rp.None() : rp.ClientSecretBasic(secret),
    {
      execute: [rp.allowInsecureRequests, rp.enableNonRepudiationChecks],
    },
  )

interface Wanted {
  login?: string
  allow?: boolean
  scope?: string
  config: rp.Configuration
}
interface Visit {
  browser: RedirectBrowser
  uid: string
  checks: { pkceCodeVerifier: string; expectedState: string; expectedNonce: string; idTokenExpected: true }
}
async function begin({ config, scope = 'openid profile' }: Wanted, change: Record<string, string> = {}): Promise<Visit> {
  const checks = {
    pkceCodeVerifier: rp.randomPKCECodeVerifier(),
    expectedState: rp.randomState(),
    expectedNonce: rp.randomNonce(),
    idTokenExpected: true,
  } as const
  const url = rp.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await rp.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...change,
  })
  const browser = new RedirectBrowser()
  const sent = await browser.get(url)
  if (!sent.location?.pathname.startsWith('/sign-in/')) throw new Error(`${sent.status} ${sent.location?.href ?? sent.body}`)
  return { browser, uid: sent.location.pathname.slice('/sign-in/'.length), checks }
}
const ask = async (visit: Visit, login: string, method: 'GET' | 'POST', allow = true, cookie?: string) => {
  const path = `/oidc-interactions/${visit.uid}${method === 'POST' ? '/decide' : ''}`
  return h.call(login, method, path, method === 'POST' ? { allow } : undefined, {
    cookie: cookie ?? visit.browser.cookieFor('/api/v1/oidc-interactions'),
  })
}
/** The whole way: to the provider, our own page, and back with a code. */
async function through(wanted: Wanted): Promise<Visit & { back: URL }> {
  const visit = await begin(wanted)
  const decided = await ask(visit, wanted.login ?? 'wu.di', 'POST', wanted.allow)
  expect(decided.status, JSON.stringify(decided.body)).toBe(200)
  const resumed = await visit.browser.get(new URL((decided.body as { redirectTo: string }).redirectTo))
  expect(resumed.location, resumed.body).toBeDefined()
  return { ...visit, back: resumed.location! }
}
const recorded = async (type: string): Promise<number> =>
  (await owner.query('select 1 from ledger_record where act = $1', [type])).rows.length

describe('a registration', () => {
  test('takes two persons, a platform and a security administrator; nobody alone, nor the same twice', async () => {
    for (const login of ['yang.an', 'wu.di'])
      expect((await h.call(login, 'POST', '/oidc-clients', registration())).body).toMatchObject({ code: 'access.denied' })
    for (const redirectUris of [
      ['https://a.cn/cb', 'https://b.cn/cb'],
      ['http://a.cn/cb'],
      ['https://a.cn/*'],
      ['https://a.cn/cb#x'],
      ['javascript:alert(1)'],
    ])
      expect(
        (await h.call('han.guan', 'POST', '/oidc-clients', registration({ redirectUris }))).body,
        redirectUris[0],
      ).toMatchObject({ code: 'federation.redirect_invalid' })
    const made = await h.call('han.guan', 'POST', '/oidc-clients', registration())
    expect(made.status, JSON.stringify(made.body)).toBe(200)
    const { client, secret } = made.body as { client: { id: string; state: string }; secret: string }
    registered = { id: client.id, secret }
    expect(client.state).toBe('requested')
    expect(JSON.stringify((await owner.query('select * from oidc_client')).rows)).not.toContain(secret)
    await expect(begin({ config: await configuration(secret) }), 'it is nothing before it is admitted').rejects.toThrow(
      /invalid_client/,
    )
    expect((await act('han.guan', 'admit')).body).toMatchObject({ code: 'access.denied' })
    const asOwner = owner.query(`update oidc_client set state = 'active', decided_by = requested_by, decided_at = now()`)
    await expect(asOwner, 'nor by SQL').rejects.toThrow(/check|second_person/)
    expect((await act('yang.an', 'admit')).body).toMatchObject({ state: 'active', decidedByName: '杨安' })
    expect((await act('yang.an', 'admit')).body).toMatchObject({ code: 'federation.client_wrong_state' })
    await expect(owner.query(`update oidc_client set redirect_uris = array['https://evil.example/cb']`)).rejects.toThrow(
      /client_wrong_state/,
    )
  })
})

describe('a sign-in', () => {
  test('shows who asks and what would be told, and then tells just that, of an opaque subject', async () => {
    const config = await configuration(registered.secret)
    const visit = await begin({ config })
    expect((await ask(visit, 'wu.di', 'GET')).body).toMatchObject({
      nameZh: '数据门户',
      host: '127.0.0.1:9',
      claims: [{ claim: 'name', value: '吴迪' }, { claim: 'unit' }],
    })
    const { back, checks } = await through({ config })
    const tokens = await rp.authorizationCodeGrant(config, back, checks)
    const claims = tokens.claims()!
    expect(claims.sub).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(Object.keys(claims).sort()).toEqual(
      ['at_hash', 'aud', 'auth_time', 'exp', 'iat', 'iss', 'nonce', 'sub'].filter((name) => name in claims),
    )
    expect(JSON.stringify(claims)).not.toContain('wu.di')
    const told = await rp.fetchUserInfo(config, tokens.access_token, claims.sub)
    expect(told).toEqual({ sub: claims.sub, name: '吴迪', unit: expect.any(String) })
    for (const type of ['oidc.allowed', 'oidc.code_issued', 'oidc.token_issued'])
      expect(await recorded(type), type).toBeGreaterThan(0)
  })
  test('nothing that was issued can be read from the database', async () => {
    const config = await configuration(registered.secret)
    const { back, checks } = await through({ config })
    const rows = async () =>
      JSON.stringify((await owner.query(`select *, encode(sealed, 'escape') as text from oidc_artifact`)).rows)
    expect(await rows()).not.toContain(back.searchParams.get('code'))
    const tokens = await rp.authorizationCodeGrant(config, back, checks)
    expect(await rows()).not.toContain(tokens.access_token)
  })
  test('another person has another subject; roles are told where the registration names them, and only then', async () => {
    const config = await configuration(registered.secret)
    const subjects = new Set<string>()
    for (const login of ['wu.di', 'zhou.yan']) {
      await expect(begin({ config, scope: 'openid profile roles' }), 'roles are not of this registration').rejects.toThrow(
        /invalid_scope/,
      )
      const { back, checks } = await through({ config, login })
      const tokens = await rp.authorizationCodeGrant(config, back, checks)
      const told = await rp.fetchUserInfo(config, tokens.access_token, tokens.claims()!.sub)
      expect(told).not.toHaveProperty('roles')
      subjects.add(told.sub)
    }
    expect(subjects.size).toBe(2)
    const made = (
      await h.call(
        'han.guan',
        'POST',
        '/oidc-clients',
        registration({ clientId: 'duty-desk', claims: ['roles'], confidential: false }),
      )
    ).body as { client: { id: string } }
    expect((await act('yang.an', 'admit', made.client.id)).status).toBe(200)
    const open = await configuration(undefined, 'duty-desk')
    const { back, checks } = await through({ config: open, scope: 'openid roles' })
    const tokens = await rp.authorizationCodeGrant(open, back, checks)
    const told = await rp.fetchUserInfo(open, tokens.access_token, tokens.claims()!.sub)
    expect(Object.keys(told).sort()).toEqual(['roles', 'sub'])
    expect(await owner.query(`select 1 from person where name = $1`, [told.sub])).toMatchObject({ rowCount: 0 })
  })
  test('who refuses is not told of', async () => {
    const { back } = await through({ config: await configuration(registered.secret), allow: false })
    expect(back.searchParams.get('error')).toBe('access_denied')
    expect(back.searchParams.has('code')).toBe(false)
    expect(await recorded('oidc.denied')).toBe(1)
  })
})

describe('is refused', () => {
  const refusedAt = async (change: Record<string, string | undefined>): Promise<string> => {
    const config = await configuration(registered.secret)
    const url = rp.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: 'openid', state: 's', nonce: 'n' })
    for (const [name, value] of Object.entries(change))
      value === undefined ? url.searchParams.delete(name) : url.searchParams.set(name, value)
    const sent = await new RedirectBrowser().get(url)
    return sent.location
      ? `${sent.location.host}${sent.location.pathname} ${new URLSearchParams(sent.location.hash.slice(1)).get('error') ?? sent.location.searchParams.get('error')}`
      : `${sent.status} ${sent.body}`
  }
  test('another redirect address: told on our own page, and nobody is sent there', async () => {
    for (const wrong of [
      `${redirectUri}/x`,
      'http://127.0.0.1:9/callback?x=1',
      'https://evil.example/',
      'http://127.0.0.1:9',
      `${redirectUri}%2f..`,
    ]) {
      const answer = await refusedAt({ redirect_uri: wrong, code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' })
      expect(answer, wrong).toMatch(/^400 /)
      expect(answer).toContain('redirect_uri')
    }
  })
  test('a request without PKCE, with its plain form, for a token or an implicit answer', async () => {
    expect(await refusedAt({})).toBe('127.0.0.1:9/callback invalid_request')
    expect(await refusedAt({ code_challenge: 'A'.repeat(43), code_challenge_method: 'plain' })).toBe(
      '127.0.0.1:9/callback invalid_request',
    )
    expect(await refusedAt({ code_challenge: 'A'.repeat(43) })).toBe('127.0.0.1:9/callback invalid_request')
    for (const response_type of ['token', 'id_token', 'code id_token'])
      expect(
        await refusedAt({ response_type, code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' }),
        response_type,
      ).toMatch(/unsupported_response_type|unauthorized_client|400/)
  })
  test('a code a second time: and what the first time gave ends with it', async () => {
    const config = await configuration(registered.secret)
    const { back, checks } = await through({ config })
    const tokens = await rp.authorizationCodeGrant(config, back, checks)
    await expect(rp.authorizationCodeGrant(config, back, checks)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(rp.fetchUserInfo(config, tokens.access_token, rp.skipSubjectCheck)).rejects.toThrow()
  })
  test('a code with another verifier, another client, a wrong secret', async () => {
    const config = await configuration(registered.secret)
    const one = await through({ config })
    await expect(
      rp.authorizationCodeGrant(config, one.back, { ...one.checks, pkceCodeVerifier: rp.randomPKCECodeVerifier() }),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
    const two = await through({ config })
    await expect(
      rp.authorizationCodeGrant(await configuration(undefined, 'duty-desk'), two.back, two.checks),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
    const three = await through({ config })
    for (const wrong of [
      'x'.repeat(43),
      (await owner.query('select secret_sha256 from oidc_client where client_id = $1', [clientId])).rows[0].secret_sha256,
    ])
      await expect(rp.authorizationCodeGrant(await configuration(wrong), three.back, three.checks)).rejects.toMatchObject({
        status: 401,
      })
  })
  test('a word given in another browser, for another’s sign-in, or without a session of ours', async () => {
    const config = await configuration(registered.secret)
    const victim = await begin({ config })
    const attacker = await begin({ config })
    expect((await ask(attacker, 'wu.di', 'POST', true, '')).body, 'no cookie').toMatchObject({
      code: 'federation.interaction_expired',
    })
    expect(
      (await ask(attacker, 'wu.di', 'POST', true, victim.browser.cookieFor('/api/v1/oidc-interactions'))).body,
      'the cookie of another',
    ).toMatchObject({ code: 'federation.interaction_expired' })
    const bare = await h.app.inject({
      method: 'POST',
      url: `/api/v1/oidc-interactions/${victim.uid}/decide`,
      headers: { cookie: victim.browser.cookieFor('/api/v1/oidc-interactions') },
      payload: { allow: true },
    })
    expect(bare.json()).toMatchObject({ code: 'session.required' })
    const decided = await ask(victim, 'wu.di', 'POST')
    const elsewhere = await new RedirectBrowser().get(new URL((decided.body as { redirectTo: string }).redirectTo))
    expect(elsewhere.location, 'who has the address alone gets no code').toBeUndefined()
  })
  test('people of another unit, an account that was disabled meanwhile, and whose training lapsed', async () => {
    const config = await configuration(registered.secret)
    const visit = await begin({ config })
    expect((await ask(visit, 'cao.li', 'POST')).body).toMatchObject({ code: 'federation.client_not_for_you' })
    const { back, checks } = await through({ config })
    await owner.query(`update account set status = 'disabled' where login = 'wu.di'`)
    await expect(rp.authorizationCodeGrant(config, back, checks)).rejects.toMatchObject({ error: 'invalid_grant' })
    await owner.query(`update account set status = 'active' where login = 'wu.di'`)
    const again = await through({ config })
    const tokens = await rp.authorizationCodeGrant(config, again.back, again.checks)
    await owner.query(
      `update person set training_valid_until = '2020-01-01' where id = (select person_id from account where login = 'wu.di')`,
    )
    await expect(rp.fetchUserInfo(config, tokens.access_token, rp.skipSubjectCheck)).rejects.toThrow()
    await owner.query(
      `update person set training_valid_until = '2099-01-01' where id = (select person_id from account where login = 'wu.di')`,
    )
  })
  test('NT-A05 headers that say where we are: the addresses of the provider stay its own', async () => {
    const lies = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
      'x-forwarded-for': '10.0.0.1',
    }
    const { body } = await new RedirectBrowser().get(new URL(`${origin}${providerPath}/.well-known/openid-configuration`), lies)
    expect(body).not.toContain('evil')
    const found = JSON.parse(body) as Record<string, unknown>
    expect(found.issuer).toBe(`${origin}${providerPath}`)
    expect(found.token_endpoint).toBe(`${origin}${providerPath}/token`)
    expect(found.id_token_signing_alg_values_supported).toEqual(['ES256'])
    expect(found.response_types_supported).toEqual(['code'])
    expect(found).not.toHaveProperty('registration_endpoint')
  })
  test('by the signer: a token for a client that nobody registered, one that lives long, one that names somebody, one in another’s name or that says more', async () => {
    const now = Math.floor(Date.now() / 1000)
    const input = (of: object, alg = 'ES256'): string =>
      [
        { alg, kid: 'k' },
        { iss: `${origin}/oidc`, sub: 'A'.repeat(43), aud: clientId, iat: now, exp: now + 600, ...of },
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')
    expect(await h.signing.signIdToken(input({}))).toMatch(/^[A-Za-z0-9_-]{86}$/)
    await expect(h.signing.signIdToken(input({ aud: 'nobody' }))).rejects.toMatchObject({ code: 'signer.client_unknown' })
    await expect(h.signing.signIdToken(input({ exp: now + 601 }))).rejects.toMatchObject({ code: 'signer.token_unclear' })
    for (const foreign of [{ iss: 'https://elsewhere.example/oidc' }, { email: 'wu.di@example.cn' }, { roles: ['SEC'] }])
      await expect(h.signing.signIdToken(input(foreign)), JSON.stringify(foreign)).rejects.toMatchObject({
        code: 'signer.token_unclear',
      })
    await expect(h.signing.signIdToken(input({ sub: 'wu.di' }))).rejects.toMatchObject({ code: 'signer.token_unclear' })
    await expect(h.signing.signIdToken(input({ iat: now - 120, exp: now }))).rejects.toMatchObject({
      code: 'signer.clock_skewed',
    })
    await expect(h.signing.signIdToken(input({}, 'none'))).rejects.toMatchObject({ code: 'signer.token_unclear' })
  })
})

describe('its end', () => {
  test('a sign-out at the provider ends the token, and goes only where the registration says', async () => {
    const config = await configuration(registered.secret)
    const { back, checks, browser } = await through({ config })
    const tokens = await rp.authorizationCodeGrant(config, back, checks)
    const end = rp.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token!,
      post_logout_redirect_uri: 'https://evil.example/',
    })
    expect((await browser.get(end)).status).toBe(400)
    const asked = await browser.get(
      rp.buildEndSessionUrl(config, { id_token_hint: tokens.id_token!, post_logout_redirect_uri: 'http://127.0.0.1:9/bye' }),
    )
    expect(asked.body).toContain('退出')
    expect(asked.body).toContain('Sign out')
    await rp.tokenRevocation(config, tokens.access_token)
    await expect(rp.fetchUserInfo(config, tokens.access_token, rp.skipSubjectCheck)).rejects.toThrow()
  })
  test('a client that is revoked has nothing any more, at once and for ever', async () => {
    const config = await configuration(registered.secret)
    const { back, checks } = await through({ config })
    const tokens = await rp.authorizationCodeGrant(config, back, checks)
    expect((await act('yang.an', 'revoke')).status).toBe(200)
    await expect(rp.fetchUserInfo(config, tokens.access_token, rp.skipSubjectCheck)).rejects.toThrow()
    await expect(begin({ config })).rejects.toThrow(/invalid_client/)
    expect((await h.call('han.guan', 'POST', '/oidc-clients', registration())).body, 'its name included').toMatchObject({
      code: 'federation.client_taken',
    })
    expect(await recorded('oidc_client.revoked')).toBe(1)
  })
})
