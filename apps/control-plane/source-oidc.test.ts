import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBase32, hotp, totpStep } from '@huabiao/kit/crypto/totp'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testAuthority } from './testing/authority.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { type IdentityProvider, startIdentityProvider } from './testing/identity-provider.ts'

/** Logon at another provider of OpenID Connect: a real one, over TLS, that sometimes lies. */
let h: Harness
let owner: pg.Client
let idp: IdentityProvider
let sourceId: string
const redirectUri = 'http://127.0.0.1:8600/logon/oidc'
const authority = testAuthority(mkdtempSync(join(tmpdir(), 'huabiao-oidc-')))
beforeAll(async () => {
  idp = await startIdentityProvider(authority, redirectUri)
  h = await startHarness({
    sources: { hosts: ['localhost'], secret: async (_unit, name) => (name === 'idp' ? idp.secret : undefined) },
  })
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  const settings = {
    kind: 'oidc',
    issuer: idp.issuer,
    clientId: idp.clientId,
    secretName: 'idp',
    ca: authority.ca,
    unitClaim: 'department',
  }
  const made = await h.call('han.guan', 'POST', '/identity-sources', { name: '市统一认证', settings })
  expect(made.status, JSON.stringify(made.body)).toBe(200)
  sourceId = (made.body as { id: string }).id
  expect((await h.call('han.guan', 'POST', `/identity-sources/${sourceId}/enable`, { reason: '接入' })).status).toBe(200)
}, 60_000)
afterAll(async () => {
  await idp.close()
  await owner.end()
  await h.close()
})

interface Answer {
  status: number
  body: {
    code?: string
    rule?: string
    challenge?: string
    login?: string
    url?: string
    token?: string
    me?: { roles: string[] }
  }
  cookie: string | undefined
}
async function post(path: string, payload: object, cookie?: string): Promise<Answer> {
  const headers = { 'x-huabiao-client': 'cli', ...(cookie ? { cookie } : {}) }
  const answer = await h.app.inject({ method: 'POST', url: `/api/v1/logon/${path}`, headers, payload })
  const set = answer.headers['set-cookie']
  return { status: answer.statusCode, body: answer.json(), cookie: set === undefined ? undefined : String(set).split(';')[0] }
}
async function begin(): Promise<{ url: string; cookie: string }> {
  const { status, body, cookie } = await post('oidc/begin', { sourceId })
  expect(status, JSON.stringify(body)).toBe(200)
  return { url: body.url!, cookie: cookie! }
}
const back = (params: URLSearchParams, cookie?: string, change: Record<string, string> = {}) =>
  post('oidc/complete', { ...Object.fromEntries([...params].filter(([name]) => name !== 'session_state')), ...change }, cookie)
async function through(as: string): Promise<Answer> {
  const { url, cookie } = await begin()
  return back(await idp.visit(url, as), cookie)
}
const personId = async (login: string): Promise<string> =>
  (await owner.query('select person_id from account where login = $1', [login])).rows[0].person_id
const bindTo = async (externalId: string, login: string) =>
  h.call('han.guan', 'POST', `/identity-sources/${sourceId}/subjects`, {
    externalId,
    personId: await personId(login),
    reason: '核对工作证',
  })

test('who is known there and bound to nobody here is not let in, and waits to be bound', async () => {
  expect((await through('ext-0007')).body).toMatchObject({ code: 'federation.not_bound', rule: 'RL-23' })
  const listed = await h.call('han.guan', 'GET', `/identity-sources/${sourceId}/subjects?bound=no`)
  expect(listed.body).toMatchObject({ items: [{ externalId: 'ext-0007', attributes: { name: '外部人员', unit: '信息中心' } }] })
})

test('NT-C01 a claim that names roles gives none: who is bound has the roles that were granted here, after our second factor', async () => {
  expect((await bindTo('ext-0007', 'wu.di')).status).toBe(200)
  const before = (await owner.query('select count(*)::int as n from role_binding')).rows[0].n
  const first = await through('ext-0007')
  expect(first.status, JSON.stringify(first.body)).toBe(200)
  expect(first.body).toMatchObject({ login: 'wu.di', factors: ['totp'], mustChange: false })
  // The provider's word alone opens nothing.
  expect(
    (await h.app.inject({ url: '/api/v1/me', headers: { authorization: `Bearer ${first.body.challenge}` } })).statusCode,
  ).toBe(401)
  const code = hotp(fromBase32(h.credential('wu.di').totpSecret), totpStep(new Date()))
  const second = await post('totp', { challenge: first.body.challenge, code })
  expect(second.status, JSON.stringify(second.body)).toBe(200)
  const { roles } = second.body.me!
  for (const claimed of ['PAD', 'SEC', 'AUD']) expect(roles).not.toContain(claimed)
  expect((await owner.query('select count(*)::int as n from role_binding')).rows[0].n).toBe(before)
  expect(JSON.stringify((await owner.query('select * from federation_subject')).rows)).not.toContain('PAD')
  const binding = owner.query(
    `insert into role_binding (id, tenant_id, person_id, role, not_before, not_after) select gen_random_uuid(), tenant_id, person_id, 'AUD', now(), now() + interval '1 day' from role_binding where person_id = $1 limit 1`,
    [await personId('wu.di')],
  )
  await expect(binding, 'the database says it too').rejects.toThrow(/access\.(exclusive_roles|chain_required)/)
})

test('the request carries PKCE, state and nonce, and no two are alike', async () => {
  const [one, two] = [new URL((await begin()).url), new URL((await begin()).url)]
  for (const name of ['state', 'nonce', 'code_challenge']) {
    expect(one.searchParams.get(name)!.length).toBeGreaterThan(40)
    expect(one.searchParams.get(name)).not.toBe(two.searchParams.get(name))
  }
  expect(one.searchParams.get('code_challenge_method')).toBe('S256')
  expect(one.searchParams.get('redirect_uri')).toBe(redirectUri)
  const { rows } = await owner.query('select * from federation_flow')
  expect(JSON.stringify(rows)).not.toContain(one.searchParams.get('state'))
})

test('the way back leads in once, in the browser that went away, with its own state and code', async () => {
  const { url, cookie } = await begin()
  const params = await idp.visit(url, 'ext-0007')
  const stranger = await begin()
  expect((await back(params)).body, 'no cookie').toMatchObject({ code: 'federation.flow_expired' })
  expect((await back(params, cookie)).body, 'and a flow that was tried is over').toMatchObject({
    code: 'federation.flow_expired',
  })
  const again = await begin()
  expect((await back(await idp.visit(again.url, 'ext-0007'), stranger.cookie)).body, 'another browser').toMatchObject({
    code: 'federation.flow_expired',
  })
  const third = await begin()
  const of = await idp.visit(third.url, 'ext-0007')
  expect((await back(of, third.cookie, { state: 'A'.repeat(43) })).body).toMatchObject({ code: 'federation.flow_expired' })
  expect((await back(of, third.cookie)).status).toBe(200)
  expect((await back(of, third.cookie)).body, 'twice').toMatchObject({ code: 'federation.flow_expired' })
})

test('a code of another flow (nonce and verifier differ) is not believed, nor an answer of another issuer', async () => {
  const mine = await begin()
  const theirs = await idp.visit((await begin()).url, 'ext-0007')
  const state = new URL(mine.url).searchParams.get('state')!
  expect((await back(theirs, mine.cookie, { state })).body).toMatchObject({ code: 'federation.provider_refused' })
  const { url, cookie } = await begin()
  const iss = 'https://localhost.evil.example'
  expect((await back(await idp.visit(url, 'ext-0007'), cookie, { iss })).body).toMatchObject({
    code: 'federation.provider_refused',
  })
  const denied = await begin()
  const gone = { state: new URL(denied.url).searchParams.get('state')!, error: 'access_denied' }
  expect((await post('oidc/complete', gone, denied.cookie)).body).toMatchObject({ code: 'federation.provider_refused' })
})

const bend = (token: string, change: (payload: Record<string, unknown>) => void, header?: object): string => {
  const [head, body, signature] = token.split('.') as [string, string, string]
  const payload = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
  change(payload)
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${header ? encode(header) : head}.${encode(payload)}.${header ? '' : signature}`
}
test('a token that was changed, unsigned, for somebody else, too old or of another issuer is not believed', async () => {
  const lie = async (change: (payload: Record<string, unknown>) => void, header?: object): Promise<Answer> => {
    idp.lies.token = (body) => ({ ...body, id_token: bend(String(body.id_token), change, header) })
    try {
      return await through('ext-0007')
    } finally {
      delete idp.lies.token
    }
  }
  const refused = { code: 'federation.provider_refused' }
  expect((await lie((payload) => (payload.sub = 'ext-0001'))).body, 'signature').toMatchObject(refused)
  expect((await lie((payload) => (payload.sub = 'ext-0001'), { alg: 'none' })).body, 'none').toMatchObject(refused)
  expect((await lie((payload) => (payload.aud = 'other'))).body, 'audience').toMatchObject(refused)
  expect((await lie((payload) => (payload.exp = 1))).body, 'expiry').toMatchObject(refused)
  expect((await lie((payload) => (payload.iss = `${idp.issuer}/`))).body, 'issuer').toMatchObject(refused)
  expect((await lie((payload) => delete payload.nonce)).body, 'nonce').toMatchObject(refused)
  idp.lies.token = ({ id_token: _, ...body }) => body
  expect((await through('ext-0007')).body, 'no token at all').toMatchObject(refused)
  delete idp.lies.token
})

test('discovery that names another issuer, or ways out to another host, is unavailable; nothing is sent there', async () => {
  for (const discovery of [
    { issuer: `${idp.issuer}/` },
    { issuer: 'https://evil.example' },
    { authorization_endpoint: 'https://evil.example/auth' },
    { authorization_endpoint: `${idp.issuer.replace('https', 'http')}/auth` },
  ]) {
    idp.lies.discovery = discovery
    expect((await post('oidc/begin', { sourceId })).body, JSON.stringify(discovery)).toMatchObject({ code: 'part.unavailable' })
  }
  idp.lies.discovery = { token_endpoint: 'https://evil.example/token' }
  expect((await through('ext-0007')).body).toMatchObject({ code: 'part.unavailable' })
  delete idp.lies.discovery
  expect((await through('ext-0007')).status).toBe(200)
})

test('training that lapsed, an account that was disabled and a source that was switched off let nobody in', async () => {
  const id = await personId('wu.di')
  await owner.query(`update person set training_valid_until = '2020-01-01' where id = $1`, [id])
  expect((await through('ext-0007')).body).toMatchObject({ code: 'federation.training_invalid', rule: 'RL-24' })
  await owner.query(`update person set training_valid_until = '2099-01-01' where id = $1`, [id])
  await owner.query(`update account set status = 'disabled' where person_id = $1`, [id])
  expect((await through('ext-0007')).body).toMatchObject({ code: 'federation.logon_refused' })
  await owner.query(`update account set status = 'active' where person_id = $1`, [id])
  const { url, cookie } = await begin()
  const params = await idp.visit(url, 'ext-0007')
  expect((await h.call('han.guan', 'POST', `/identity-sources/${sourceId}/disable`, { reason: '停用' })).status).toBe(200)
  expect((await back(params, cookie)).body).toMatchObject({ code: 'federation.flow_expired' })
  expect((await post('oidc/begin', { sourceId })).body).toMatchObject({ code: 'federation.source_not_found' })
  const { rows } = await owner.query(
    `select count(*)::int as n from ledger_record where act = 'identity.logon_failed' and code like 'federation.%'`,
  )
  expect(rows[0].n).toBeGreaterThan(8)
})
