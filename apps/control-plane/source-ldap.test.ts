import type { LdapSettings } from '@huabiao/domains/federation/federation-settings.model'
import { fromBase32, hotp, totpStep } from '@huabiao/kit/crypto/totp'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testAuthority } from './testing/authority.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { type Slapd, startSlapd } from './testing/slapd.ts'

/** Logon and synchronisation by a real directory: Debian's slapd, over TLS. */
const people = [
  { uid: 'zhaoming', name: '赵明', password: 'dir-Kettle-11', unit: '运维部' },
  { uid: 'qianwei', name: '钱伟', password: 'dir-Kettle-12', unit: '运维部', extra: 'employeeType: suspended' },
  { uid: 'wudi', name: '吴迪', password: 'dir-Kettle-13', unit: '网络部', extra: 'employeeNumber: 110101199003070011' },
  { uid: 'a*b(c)', name: '怪名', password: 'dir-Kettle-14', unit: '网络部' },
  ...Array.from({ length: 20 }, (_, i) => ({ uid: `staff${i}`, name: `职员${i}`, password: 'dir-Kettle-15', unit: '综合部' })),
]
let h: Harness
let owner: pg.Client
let slapd: Slapd
let sourceId: string
const secrets = new Map<string, string>()
const settings = (of: Partial<LdapSettings> = {}): LdapSettings => ({
  kind: 'ldap',
  host: 'localhost',
  port: slapd.tlsPort,
  tls: 'ldaps',
  ca: slapd.authority.ca,
  bindDn: slapd.bindDn,
  secretName: 'directory',
  baseDn: slapd.baseDn,
  objectClass: 'inetOrgPerson',
  loginAttribute: 'uid',
  idAttribute: 'entryUUID',
  nameAttribute: 'cn',
  unitAttribute: 'departmentNumber',
  titleAttribute: 'title',
  identityAttribute: 'employeeNumber',
  disabledWhen: { attribute: 'employeeType', value: 'suspended' },
  ...of,
})
beforeAll(async () => {
  slapd = await startSlapd(people)
  h = await startHarness({ sources: { hosts: ['localhost'], secret: async (_unit, name) => secrets.get(name) } })
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
}, 120_000)
afterAll(async () => {
  slapd.stop()
  await owner.end()
  await h.close()
})
type Body = { code?: string; challenge?: string; factors?: string[]; mustChange?: boolean; token?: string; id?: string }
async function post(path: string, payload: object): Promise<{ status: number; body: Body }> {
  const answer = await h.app.inject({ method: 'POST', url: `/api/v1/${path}`, headers: { 'x-huabiao-client': 'cli' }, payload })
  return { status: answer.statusCode, body: answer.json() }
}
const byDirectory = (login: string, password: string) => post('logon/directory', { sourceId, login, password })
const personId = async (login: string): Promise<string> =>
  (await owner.query('select person_id from account where login = $1', [login])).rows[0].person_id
const subjectOf = async (
  uid: string,
): Promise<{ id: string; external_id: string; person_id: string | null; bound_how: string | null }> =>
  (await owner.query(`select * from federation_subject where source_id = $1 and attributes->>'userName' = $2`, [sourceId, uid]))
    .rows[0]
const bindTo = async (uid: string, login: string, by = 'han.guan') =>
  h.call(by, 'POST', `/identity-sources/${sourceId}/subjects`, {
    externalId: (await subjectOf(uid)).external_id,
    personId: await personId(login),
    reason: '人事部门核对身份证原件',
  })
const proposals = async (): Promise<{ kind: string; external_id: string; person_id: string | null }[]> =>
  (
    await owner.query('select kind, external_id, person_id, attributes, source from pub_source_proposal where source_id = $1', [
      sourceId,
    ])
  ).rows
const roles = async (): Promise<number> => Number((await owner.query('select count(*) from role_binding')).rows[0].count)

describe('a source is a row of the platform administrator', () => {
  test('only they write it; it leads only to hosts of the deployment; its secret is a file and comes back nowhere', async () => {
    const body = { name: '市人力目录', settings: settings() }
    for (const login of ['yang.an', 'chen.jing', 'wu.di'])
      expect((await h.call(login, 'POST', '/identity-sources', body)).body, login).toMatchObject({ code: 'access.denied' })
    const elsewhere = { ...body, settings: settings({ host: 'metadata.internal' }) }
    expect((await h.call('han.guan', 'POST', '/identity-sources', elsewhere)).body).toMatchObject({
      code: 'federation.host_not_allowed',
    })
    const made = await h.call('han.guan', 'POST', '/identity-sources', body)
    expect(made.status, JSON.stringify(made.body)).toBe(200)
    expect(made.body).toMatchObject({ status: 'disabled', secretPresent: false })
    sourceId = (made.body as { id: string }).id
    const enable = () => h.call('han.guan', 'POST', `/identity-sources/${sourceId}/enable`, { reason: '接入市目录' })
    expect((await enable()).body).toMatchObject({ code: 'federation.secret_missing' })
    secrets.set('directory', slapd.secret)
    expect((await enable()).body).toMatchObject({ status: 'enabled', secretPresent: true })
    expect(JSON.stringify((await h.call('han.guan', 'GET', '/identity-sources')).body)).not.toContain(slapd.secret)
    expect((await owner.query('select settings::text from federation_source')).rows[0].settings).not.toContain(slapd.secret)
  })
  test('the logon page is told of it; nobody else’s settings are', async () => {
    const { statusCode, body } = await h.app.inject({ method: 'GET', url: '/api/v1/logon/sources' })
    expect(statusCode).toBe(200)
    expect(JSON.parse(body).items).toMatchObject([{ id: sourceId, kind: 'ldap', name: '市人力目录' }])
    expect(body).not.toContain('localhost')
  })
})

describe('synchronisation proposes and grants nothing', () => {
  test('a whole directory becomes joiners; an equal name binds nobody; no role is made', async () => {
    const before = await roles()
    const synced = await h.call('han.guan', 'POST', `/identity-sources/${sourceId}/sync`)
    expect(synced.body, JSON.stringify(synced.body)).toMatchObject({ people: 24 })
    expect((await subjectOf('zhaoming')).person_id, '赵明 has the same name here').toBeNull()
    const all = await proposals()
    expect(all.filter((one) => one.kind === 'joiner').length, 'the suspended one joins nobody').toBe(23)
    expect(await roles()).toBe(before)
  })
  test('binding is an administrator’s act, on somebody else, and once', async () => {
    expect((await bindTo('staff0', 'han.guan')).body).toMatchObject({ code: 'federation.own_binding' })
    const bound = await bindTo('zhaoming', 'zhao.ming')
    expect(bound.status, JSON.stringify(bound.body)).toBe(200)
    expect((await bindTo('zhaoming', 'wu.di')).body).toMatchObject({ code: 'federation.already_bound' })
    expect((await bindTo('staff1', 'zhao.ming')).body).toMatchObject({ code: 'federation.already_bound' })
    expect((await bindTo('qianwei', 'qian.wei')).status).toBe(200)
    const { rows } = await owner.query(`select body from ledger_record where act = 'source.subject_bound'`)
    expect(rows).toHaveLength(2)
  })
  test('an identity number of the directory binds the person who has it, and is kept nowhere', async () => {
    const number = '110101199003070011'
    const made = await h.call('han.guan', 'POST', '/persons', { name: '吴小迪', nameEn: 'Wu Xiaodi', identityNumber: number })
    expect(made.status, JSON.stringify(made.body)).toBe(200)
    await h.call('han.guan', 'POST', `/identity-sources/${sourceId}/sync`)
    expect(await subjectOf('wudi')).toMatchObject({ person_id: (made.body as { id: string }).id, bound_how: 'import' })
    expect(JSON.stringify((await owner.query('select * from federation_subject')).rows)).not.toContain(number)
    expect(JSON.stringify((await owner.query('select * from federation_proposal')).rows)).not.toContain(number)
  })
  test('another department is a mover, an entry that went is a leaver; both wait for somebody', async () => {
    await slapd.set('zhaoming', 'departmentNumber', 'security')
    await slapd.remove('wudi')
    await h.call('han.guan', 'POST', `/identity-sources/${sourceId}/sync`)
    const zhao = await personId('zhao.ming')
    const found = await proposals()
    expect(found.find((one) => one.person_id === zhao)).toMatchObject({ kind: 'mover', attributes: { unit: 'security' } })
    expect(found.filter((one) => one.kind === 'leaver')).toHaveLength(1)
    expect((await owner.query('select status from account where login = $1', ['zhao.ming'])).rows[0].status).toBe('active')
    const listed = await h.call('han.guan', 'GET', '/source-proposals?kind=leaver')
    expect(listed.body).toMatchObject({ items: [{ kind: 'leaver', sourceId }] })
  })
  test('a mover is set aside with a reason, and stays so; a leaver is decided by the departure', async () => {
    const first = async (kind: string): Promise<string> =>
      ((await h.call('han.guan', 'GET', `/source-proposals?kind=${kind}`)).body as { items: { id: string }[] }).items[0]!.id
    const dismiss = (id: string, login = 'han.guan') =>
      h.call(login, 'POST', `/source-proposals/${id}/dismiss`, { reason: '已口头核实，岗位未变' })
    const mover = await first('mover')
    expect((await dismiss(mover, 'chen.jing')).body).toMatchObject({ code: 'access.denied' })
    expect((await dismiss(await first('leaver'))).body).toMatchObject({ code: 'federation.leaver_by_departure' })
    expect((await dismiss(mover)).status).toBe(200)
    expect((await dismiss(mover)).body).toMatchObject({ code: 'federation.proposal_not_found' })
    await h.call('han.guan', 'POST', `/identity-sources/${sourceId}/sync`)
    expect((await proposals()).filter((one) => one.kind === 'mover')).toEqual([])
    const { rows } = await owner.query(`select body from ledger_record where act = 'source.proposal_dismissed'`)
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows[0])).toContain('已口头核实，岗位未变')
  })
  test('a directory that lost many at once is not believed', async () => {
    for (let i = 0; i < 8; i += 1) await slapd.set(`staff${i}`, 'employeeType', 'suspended')
    const refused = await h.call('han.guan', 'POST', `/identity-sources/${sourceId}/sync`)
    expect(refused.body).toMatchObject({ code: 'federation.directory_implausible' })
    expect((await owner.query(`select count(*)::int as n from federation_subject where status = 'disabled'`)).rows[0].n).toBe(1)
    for (let i = 0; i < 8; i += 1) await slapd.set(`staff${i}`, 'employeeType', undefined)
  })
})

describe('logon by the directory', () => {
  test('takes the place of the password, and our second factor is asked', async () => {
    const first = await byDirectory('zhaoming', 'dir-Kettle-11')
    expect(first.status, JSON.stringify(first.body)).toBe(200)
    expect(first.body).toMatchObject({ login: 'zhao.ming', factors: ['totp'], mustChange: false })
    const code = hotp(fromBase32(h.credential('zhao.ming').totpSecret), totpStep(new Date()))
    const second = await post('logon/totp', { challenge: first.body.challenge, code })
    expect(second.status, JSON.stringify(second.body)).toBe(200)
    const { rows } = await owner.query(`select first_factor from logon_session order by created_at desc limit 1`)
    expect(rows[0].first_factor).toBe('ldap')
    // Our own password, expired meanwhile, is none that they use.
    await owner.query(
      `update account_password set changed_at = changed_at - interval '100 days' where account_id = (select id from account where login = 'zhao.ming')`,
    )
    const me = await h.app.inject({
      method: 'GET',
      url: '/api/v1/notifications',
      headers: { authorization: `Bearer ${second.body.token}` },
    })
    expect(me.statusCode).toBe(200)
    await owner.query(
      `update account_password set changed_at = now() where account_id = (select id from account where login = 'zhao.ming')`,
    )
    h.tokens.set('zhao.ming', second.body.token!)
  })
  test('an empty password is refused before the directory, which would have said yes', async () => {
    const { Client } = await import('ldapts')
    const client = new Client({ url: `ldap://127.0.0.1:${slapd.port}` })
    await client.bind(`uid=zhaoming,${slapd.baseDn}`, '')
    await client.unbind()
    expect((await byDirectory('zhaoming', '')).body).toMatchObject({ code: 'federation.password_empty' })
  })
  test('a wrong password, a name of nobody and a filter for a name are one and the same no', async () => {
    for (const login of ['zhaoming', 'nobody', '*', 'zhao*', 'zhaoming)(uid=*', '*)(|(objectClass=*', '\\2a'])
      expect((await byDirectory(login, 'wrong-Kettle-1')).body, login).toMatchObject({ code: 'federation.logon_refused' })
    for (const login of ['*', 'zhao*', 'zhaoming)(uid=*'])
      expect((await byDirectory(login, 'dir-Kettle-11')).body, login).toMatchObject({ code: 'federation.logon_refused' })
    // A name that holds such signs is found by them.
    expect((await byDirectory('a*b(c)', 'dir-Kettle-14')).body).toMatchObject({ code: 'federation.not_bound' })
  })
  test('who is not bound, is suspended or locked in the directory, or has no training, is not let in', async () => {
    expect((await byDirectory('staff9', 'dir-Kettle-15')).body).toMatchObject({ code: 'federation.not_bound', rule: 'RL-23' })
    expect((await byDirectory('qianwei', 'dir-Kettle-12')).body, 'suspended there').toMatchObject({
      code: 'federation.logon_refused',
    })
    const login = () => byDirectory('zhaoming', 'dir-Kettle-11')
    await owner.query(`update person set training_valid_until = '2020-01-01' where id = $1`, [await personId('zhao.ming')])
    expect((await login()).body).toMatchObject({ code: 'federation.training_invalid', rule: 'RL-24' })
    await owner.query(`update person set training_valid_until = '2099-01-01' where id = $1`, [await personId('zhao.ming')])
    expect((await login()).status).toBe(200)
    // The right password ends a streak of wrong ones: four and four are not five.
    for (const _ of [1, 2]) {
      for (let i = 0; i < 4; i += 1) await byDirectory('zhaoming', 'wrong')
      expect((await login()).status).toBe(200)
    }
    await slapd.set('zhaoming', 'pwdAccountLockedTime', '000001010000Z')
    expect((await login()).body, 'locked there').toMatchObject({ code: 'federation.logon_refused' })
  })
  test('StartTLS is as good; another authority, or none, is not believed and hears no password', async () => {
    const other = testAuthority(h.evidenceDir.replace(/\/evidence$/, ''), 'other')
    const change = async (of: Partial<LdapSettings>) => {
      const act = (verb: string) => h.call('han.guan', 'POST', `/identity-sources/${sourceId}/${verb}`, { reason: '换证' })
      await act('disable')
      const saved = await h.call('han.guan', 'PUT', `/identity-sources/${sourceId}`, {
        name: '市人力目录',
        settings: settings(of),
      })
      await act('enable')
      return saved
    }
    expect((await change({ tls: 'starttls', port: slapd.port })).status).toBe(200)
    expect((await byDirectory('staff9', 'dir-Kettle-15')).body).toMatchObject({ code: 'federation.not_bound' })
    await change({ ca: other.ca })
    expect((await byDirectory('staff9', 'dir-Kettle-15')).body).toMatchObject({ code: 'part.unavailable' })
    expect((await h.call('han.guan', 'POST', `/identity-sources/${sourceId}/sync`)).body).toMatchObject({
      code: 'federation.directory_away',
    })
    expect((await change({ baseDn: 'ou=evil,dc=huazhou,dc=gov,dc=cn' })).body).toMatchObject({
      code: 'federation.source_fixed',
      rule: 'RL-23',
    })
    await change({})
  })
  test('five failures lock the name for the directory, the right password included', async () => {
    for (let i = 0; i < 5; i += 1) await byDirectory('staff12', 'wrong')
    expect((await byDirectory('staff12', 'dir-Kettle-15')).body).toMatchObject({ code: 'identity.locked' })
  })
  test('unbinding ends the way in and the sessions that began by it', async () => {
    const { id } = await subjectOf('zhaoming')
    const unbound = await h.call('han.guan', 'POST', `/identity-sources/${sourceId}/subjects/${id}/unbind`, { reason: '调离' })
    expect(unbound.status, JSON.stringify(unbound.body)).toBe(200)
    const { rows } = await owner.query(`select 1 from logon_session where first_factor = 'ldap' and revoked_at is null`)
    expect(rows).toHaveLength(0)
  })
  test('the sweep reads a directory whose turn it is, and records as the platform', async () => {
    await h.at(new Date(Date.now() + 3_600_000), () => h.composed.jobs.sources())
    const { rows } = await owner.query('select sync_code, sync_people from federation_source where id = $1', [sourceId])
    expect(rows[0]).toMatchObject({ sync_code: null, sync_people: 23 })
  })
})
