import { scimEnterprise, scimHuabiao, scimPatch, scimUser } from '@huabiao/domains/federation/federation-scim.model'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** The SCIM door and the service identities that come through it (RFC 7643, RFC 7644). */
let h: Harness
let owner: pg.Client
let sourceId: string
let token: string
let serviceId: string
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString()
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  const made = await h.call('han.guan', 'POST', '/identity-sources', { name: '人力系统', settings: { kind: 'scim' } })
  expect(made.status, JSON.stringify(made.body)).toBe(200)
  sourceId = (made.body as { id: string }).id
  expect((await h.call('han.guan', 'POST', `/identity-sources/${sourceId}/enable`, { reason: '接入' })).status).toBe(200)
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

interface Answer {
  status: number
  type: string
  body: Record<string, never> & { id?: string; scimType?: string; detail?: string; totalResults?: number; active?: boolean }
}
async function scim(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  payload?: object,
  bearer = token,
): Promise<Answer> {
  const answer = await h.app.inject({
    method,
    url: `/api/v1/scim/v2/${path}`,
    headers: { authorization: `Bearer ${bearer}`, ...(payload ? { 'content-type': 'application/scim+json' } : {}) },
    ...(payload ? { payload: JSON.stringify(payload) } : {}),
  })
  const type = String(answer.headers['content-type'] ?? '')
  return { status: answer.statusCode, type, body: answer.body === '' ? ({} as never) : answer.json() }
}
const user = (userName: string, of: object = {}) => ({ schemas: [scimUser], userName, externalId: `hr-${userName}`, ...of })
const patch = (...Operations: object[]) => ({ schemas: [scimPatch], Operations })
const personId = async (login: string): Promise<string> =>
  (await owner.query('select person_id from account where login = $1', [login])).rows[0].person_id
const count = async (query: string, ...values: unknown[]): Promise<number> => (await owner.query(query, values)).rows.length

describe('a service identity', () => {
  const create = (login: string, of: object = {}) =>
    h.call(login, 'POST', '/service-identities', {
      name: '人力系统同步',
      purpose: 'scim',
      sourceId,
      expiresAt: inDays(300),
      ...of,
    })
  test('is made by the platform administrator, for a year at most; its token is shown once and stored as a digest', async () => {
    for (const login of ['yang.an', 'chen.jing'])
      expect((await create(login)).body, login).toMatchObject({ code: 'access.denied' })
    for (const days of [-1, 366])
      expect((await create('han.guan', { expiresAt: inDays(days) })).body).toMatchObject({ code: 'federation.service_term' })
    const made = await create('han.guan')
    expect(made.status, JSON.stringify(made.body)).toBe(200)
    const { identity, token: shown } = made.body as { identity: { id: string }; token: string }
    expect(shown).toMatch(/^hbs_/)
    token = shown
    serviceId = identity.id
    const { rows } = await owner.query('select * from service_identity')
    expect(JSON.stringify(rows)).not.toContain(token.slice(4))
    expect(JSON.stringify((await h.call('han.guan', 'GET', '/service-identities')).body)).not.toContain(token.slice(4))
    await expect(owner.query(`update service_identity set expires_at = issued_at + interval '366 days'`)).rejects.toThrow(/check/)
  })
  test('opens its own door and no other: no session, no logon, no endpoint of people or of processes', async () => {
    expect((await scim('GET', 'Users')).status).toBe(200)
    for (const url of ['/api/v1/me', '/api/v1/accounts', '/api/v1/changes', '/api/v1/identity-sources']) {
      const answer = await h.app.inject({ url, headers: { authorization: `Bearer ${token}` } })
      expect([401, 403], url).toContain(answer.statusCode)
    }
    const work = await h.app.inject({
      method: 'POST',
      url: '/api/v1/gateway/work',
      headers: { authorization: `Bearer ${token}` },
      payload: {},
    })
    expect(work.json()).toMatchObject({ code: 'access.service_only' })
    const logon = await h.app.inject({
      method: 'POST',
      url: '/api/v1/logon/password',
      payload: { login: 'service.hr', password: token },
    })
    expect(logon.json()).toMatchObject({ code: 'identity.logon_refused' })
    const person = await h.app.inject({
      url: '/api/v1/scim/v2/Users',
      headers: { authorization: `Bearer ${await h.logOn('han.guan')}` },
    })
    expect(person.statusCode, 'nor does a person come through its door').toBe(403)
  })
  test('is nobody: no role, no account, no seat, no execution and no review, by SQL as the application or as the owner', async () => {
    const app = new pg.Client({ connectionString: h.appUrl })
    await app.connect()
    const tenantId = (await owner.query('select tenant_id from service_identity')).rows[0].tenant_id
    await app.query(`select set_config('app.tenant_id', $1, false), set_config('app.person_id', $2, false)`, [
      tenantId,
      serviceId,
    ])
    const now = `now(), now() + interval '1 day'`
    const change = await h.draftChange()
    for (const [what, text, values] of [
      [
        'role',
        `insert into role_binding (id, tenant_id, person_id, role, not_before, not_after) values (gen_random_uuid(), $1, $2, 'ENG', ${now})`,
        [tenantId, serviceId],
      ],
      [
        'account',
        `insert into account (id, tenant_id, person_id, login, created_at) values ($2, $1, $2, 'service.hr', now())`,
        [tenantId, serviceId],
      ],
      ['executor', `update change_request set executor_id = $2 where id = $1`, [change.id, serviceId]],
      ['reviewer', `update change_request set reviewer_id = $2 where id = $1`, [change.id, serviceId]],
      [
        'approval',
        `insert into approval_decision (approval_id, stage, person_id, verdict, hash, note, at) values (gen_random_uuid(), 'l2', $2, 'approve', $1, '', now())`,
        ['a'.repeat(64), serviceId],
      ],
      [
        'deputy',
        `insert into approval_deputy (id, tenant_id, person_id, deputy_id, role, reason, not_before, not_after, registered_at) values (gen_random_uuid(), $1, $2, gen_random_uuid(), 'APV', 'x', ${now}, now())`,
        [tenantId, serviceId],
      ],
    ] as const)
      for (const client of [app, owner])
        await expect(client.query(text, [...values]), what).rejects.toThrow(
          /service_is_nobody|person_not_found|foreign key|not_candidate|access\.|approval\.|row-level security/,
        )
    for (const [what, text] of [
      ['executor', `update change_request set executor_id = $2 where id = $1`],
      ['reviewer', `update change_request set reviewer_id = $2 where id = $1`],
    ] as const)
      await expect(owner.query(text, [change.id, serviceId]), what).rejects.toThrow(/service_is_nobody/)
    const asPerson = owner.query(
      `insert into person (id, tenant_id, name, name_en, identity_digest, created_at) values ($1, $2, '服务', 'Service', $3, now())`,
      [serviceId, tenantId, 'e'.repeat(64)],
    )
    await expect(asPerson, 'nor does it become a person').rejects.toThrow(/service_is_nobody/)
    await app.end()
    expect(await count('select 1 from role_binding where person_id = $1', serviceId)).toBe(0)
  })
})

describe('provisioning', () => {
  let id: string
  test('tells what it can, in its own words', async () => {
    for (const path of ['ServiceProviderConfig', 'ResourceTypes', 'Schemas']) {
      const { status, type } = await scim('GET', path)
      expect(status, path).toBe(200)
      expect(type).toContain('application/scim+json')
    }
    expect((await scim('GET', 'Users', undefined, `hbs_${'A'.repeat(43)}`)).body).toMatchObject({
      status: '401',
      detail: 'identity.service_refused',
    })
  })
  test('a new user is a joiner, found by name, and nobody yet', async () => {
    const made = await scim(
      'POST',
      'Users',
      user('Zhao.Ming', { displayName: '赵明', [scimEnterprise]: { department: '运维部' } }),
    )
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    expect(made.type).toContain('application/scim+json')
    id = made.body.id!
    expect((await scim('GET', `Users?filter=${encodeURIComponent('userName eq "zhao.ming"')}`)).body).toMatchObject({
      totalResults: 1,
      Resources: [{ id }],
    })
    expect((await scim('GET', `Users?filter=${encodeURIComponent('externalId eq "HR-Zhao.Ming"')}`)).body).toMatchObject({
      totalResults: 0,
    })
    expect((await scim('GET', `Users?filter=${encodeURIComponent('userName sw "z"')}`)).body).toMatchObject({
      scimType: 'invalidFilter',
      status: '400',
    })
    expect((await scim('GET', `Users/${id}`)).body).toMatchObject({ userName: 'Zhao.Ming', active: true })
    expect((await scim('POST', 'Users', user('zhao.ming', { externalId: 'hr-other' }))).body).toMatchObject({
      status: '409',
      scimType: 'uniqueness',
    })
    expect(
      await count(
        `select 1 from pub_source_proposal where kind = 'joiner' and external_id = 'hr-Zhao.Ming' and person_id is null`,
      ),
    ).toBe(1)
    expect(await count('select 1 from federation_subject where person_id is not null')).toBe(0)
  })
  test('an identity number binds the person who has it; a name and a mail address do not', async () => {
    const identityNumber = '110101199003070011'
    const person = await h.call('han.guan', 'POST', '/persons', { name: '马新', nameEn: 'Ma Xin', identityNumber })
    expect(person.status, JSON.stringify(person.body)).toBe(200)
    const made = await scim(
      'POST',
      'Users',
      user('ma.xin', { [scimHuabiao]: { identityNumber }, emails: [{ value: 'a@b.cn', primary: true }] }),
    )
    expect(made.status).toBe(201)
    const { rows } = await owner.query(`select person_id, bound_how from federation_subject where user_name = 'ma.xin'`)
    expect(rows[0]).toEqual({ person_id: (person.body as { id: string }).id, bound_how: 'import' })
    expect(JSON.stringify((await owner.query('select * from federation_subject')).rows)).not.toContain(identityNumber)
    expect(JSON.stringify(made.body)).not.toContain(identityNumber)
    expect(await count(`select 1 from role_binding where person_id = $1`, rows[0].person_id)).toBe(0)
  })
  test('active: false suspends the account at once and ends its sessions, as Azure and as the standard say it', async () => {
    const bound = await h.call('han.guan', 'POST', `/identity-sources/${sourceId}/subjects`, {
      externalId: 'hr-Zhao.Ming',
      personId: await personId('zhao.ming'),
      reason: '核对工作证',
    })
    expect(bound.status, JSON.stringify(bound.body)).toBe(200)
    const session = await h.logOn('zhao.ming')
    const me = () => h.app.inject({ url: '/api/v1/me', headers: { authorization: `Bearer ${session}` } })
    expect((await me()).statusCode).toBe(200)
    const moved = await scim(
      'PATCH',
      `Users/${id}`,
      patch({ op: 'replace', path: `${scimEnterprise}:department`, value: '网络部' }),
    )
    expect(moved.status, JSON.stringify(moved.body)).toBe(200)
    expect(
      await count(`select 1 from pub_source_proposal where kind = 'mover' and person_id = $1`, await personId('zhao.ming')),
    ).toBe(1)
    expect((await me()).statusCode, 'a mover keeps working').toBe(200)
    const ended = await scim('PATCH', `Users/${id}`, patch({ op: 'Replace', value: { active: 'False' } }))
    expect(ended.body, JSON.stringify(ended.body)).toMatchObject({ active: false })
    expect((await me()).json()).toMatchObject({ code: 'session.required' })
    expect((await owner.query('select status from account where login = $1', ['zhao.ming'])).rows[0].status).toBe('disabled')
    expect(
      await count(`select 1 from pub_source_proposal where kind = 'leaver' and person_id = $1`, await personId('zhao.ming')),
    ).toBe(1)
    const { rows } = await owner.query(`select body from ledger_record where act = 'account.disabled'`)
    expect(JSON.stringify(rows)).toContain('scim')
  })
  test('active: true proposes, and lets nobody in by itself', async () => {
    const back = await scim('PUT', `Users/${id}`, user('Zhao.Ming', { active: true, displayName: '赵明' }))
    expect(back.body, JSON.stringify(back.body)).toMatchObject({ active: true })
    expect((await owner.query('select status from account where login = $1', ['zhao.ming'])).rows[0].status).toBe('disabled')
    expect(
      await count(`select 1 from pub_source_proposal where kind = 'joiner' and person_id = $1`, await personId('zhao.ming')),
    ).toBe(1)
    expect(
      await count(`select 1 from pub_source_proposal where kind = 'leaver' and person_id = $1`, await personId('zhao.ming')),
    ).toBe(0)
  })
  test('an operation that is not understood refuses the whole; bodies and lists are bounded', async () => {
    const both = patch(
      { op: 'replace', path: 'active', value: false },
      { op: 'replace', path: 'roles', value: [{ value: 'PAD' }] },
    )
    expect((await scim('PATCH', `Users/${id}`, both)).body).toMatchObject({
      status: '400',
      detail: 'federation.scim_invalid: roles',
    })
    expect((await scim('GET', `Users/${id}`)).body).toMatchObject({ active: true })
    for (const bad of [
      {},
      { schemas: [scimUser] },
      user(''),
      user('x\u202ey'),
      user('a'.repeat(300)),
      user('x', { active: 'perhaps' }),
      user('x', { externalId: 7 }),
    ])
      expect((await scim('POST', 'Users', bad)).status, JSON.stringify(bad).slice(0, 80)).toBe(400)
    expect(
      (
        await scim(
          'PATCH',
          `Users/${id}`,
          patch(...Array.from({ length: 51 }, () => ({ op: 'replace', path: 'active', value: true }))),
        )
      ).status,
    ).toBe(400)
    expect((await scim('POST', 'Users', user('big', { title: 'x'.repeat(70_000) }))).status).toBe(413)
    expect((await scim('GET', 'Users?count=100000')).body).toMatchObject({ totalResults: 2, itemsPerPage: 2 })
    expect((await scim('GET', 'Users?count=-5&startIndex=0')).body).toMatchObject({
      totalResults: 2,
      itemsPerPage: 0,
      startIndex: 1,
    })
    for (const strange of ['0', '../Users', 'f'.repeat(36)])
      expect((await scim('GET', `Users/${encodeURIComponent(strange)}`)).status).toBe(404)
  })
  test('a user who was removed is gone, and the same user again is the same', async () => {
    expect((await scim('DELETE', `Users/${id}`)).status).toBe(204)
    expect((await scim('GET', `Users/${id}`)).body).toMatchObject({ status: '404' })
    expect((await scim('DELETE', `Users/${id}`)).status).toBe(404)
    const again = await scim('POST', 'Users', user('Zhao.Ming'))
    expect(again.body, JSON.stringify(again.body)).toMatchObject({ id })
    expect((await owner.query('select status from account where login = $1', ['zhao.ming'])).rows[0].status).toBe('disabled')
  })
  test('another unit’s token reaches none of it', async () => {
    const made = await h.call('cao.li', 'POST', '/identity-sources', { name: '人社局人力系统', settings: { kind: 'scim' } })
    expect(made.status, JSON.stringify(made.body)).toBe(200)
    const theirs = (made.body as { id: string }).id
    await h.call('cao.li', 'POST', `/identity-sources/${theirs}/enable`, { reason: '接入' })
    const of = { name: '同步', purpose: 'scim', expiresAt: inDays(30) }
    expect(
      (await h.call('cao.li', 'POST', '/service-identities', { ...of, sourceId })).body,
      'nor is one made for it',
    ).toMatchObject({ code: 'federation.source_not_found' })
    const other = (await h.call('cao.li', 'POST', '/service-identities', { ...of, sourceId: theirs })).body as { token: string }
    expect((await scim('GET', `Users/${id}`, undefined, other.token)).status).toBe(404)
    expect((await scim('GET', 'Users', undefined, other.token)).body).toMatchObject({ totalResults: 0 })
    expect((await scim('DELETE', `Users/${id}`, undefined, other.token)).status).toBe(404)
    expect((await h.call('cao.li', 'GET', `/identity-sources/${sourceId}/subjects`)).body).toMatchObject({
      code: 'federation.source_not_found',
    })
  })
})

describe('rotation and its end', () => {
  const act = (verb: string, body: object) => h.call('han.guan', 'POST', `/service-identities/${serviceId}/${verb}`, body)
  test('a rotated token is the only one; a late and a revoked one are nobody’s, for ever', async () => {
    const old = token
    const rotated = await act('rotate', { expiresAt: inDays(10) })
    token = (rotated.body as { token: string }).token
    expect((await scim('GET', 'Users', undefined, old)).status).toBe(401)
    expect((await scim('GET', 'Users')).status).toBe(200)
    await h.at(new Date(Date.now() + 11 * 86_400_000), async () => expect((await scim('GET', 'Users')).status, 'late').toBe(401))
    expect((await act('revoke', { reason: '系统下线' })).status).toBe(200)
    expect((await scim('GET', 'Users')).status).toBe(401)
    expect((await act('rotate', { expiresAt: inDays(10) })).body).toMatchObject({ code: 'federation.service_ended' })
    await expect(owner.query('update service_identity set revoked_at = null')).rejects.toThrow(/service_ended/)
    for (const name of ['created', 'rotated', 'revoked'])
      expect(await count(`select 1 from ledger_record where act = $1`, `service_identity.${name}`), name).toBeGreaterThan(0)
  })
  test('the list shows the processes of the deployment with the digests of their keys', async () => {
    const { body } = await h.call('han.guan', 'GET', '/service-identities')
    const { processes } = body as { processes: { id: string; service: string; fingerprint: string }[] }
    expect(processes.map((one) => one.service)).toEqual(expect.arrayContaining(['gateway', 'log-follower']))
    for (const one of processes) expect(one.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect((await h.call('cao.li', 'GET', '/service-identities')).body).toMatchObject({ processes: [] })
  })
})
