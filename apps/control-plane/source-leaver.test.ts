import { scimPatch, scimUser } from '@huabiao/domains/federation/federation-scim.model'
import type { DepartureItem } from '@huabiao/domains/lifecycle/lifecycle.contract'
import { sourceReasons } from '@huabiao/domains/lifecycle/lifecycle.model'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** What a source of identity says of a leaver, through its own door, until an administrator has decided or the source says otherwise. */
let h: Harness
let owner: pg.Client
let says: (active: boolean) => Promise<void>
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  const doing = async (path: string, body: object): Promise<never> => {
    const done = await h.call('han.guan', 'POST', path, body)
    expect(done.status, JSON.stringify(done.body)).toBe(200)
    return done.body
  }
  const reason = '接入人力系统'
  const { id: sourceId }: { id: string } = await doing('/identity-sources', { name: '人力系统', settings: { kind: 'scim' } })
  await doing(`/identity-sources/${sourceId}/enable`, { reason })
  const expiresAt = new Date(Date.now() + 30 * 86_400_000).toISOString()
  const { token }: { token: string } = await doing('/service-identities', {
    name: '同步',
    purpose: 'scim',
    sourceId,
    expiresAt,
  })
  const scim = async (method: 'POST' | 'PATCH', path: string, payload: object): Promise<{ id: string }> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' }
    const answer = await h.app.inject({ method, url: `/api/v1/scim/v2/${path}`, headers, payload: JSON.stringify(payload) })
    expect(answer.statusCode, answer.body).toBeLessThan(300)
    return answer.json()
  }
  const { id } = await scim('POST', 'Users', { schemas: [scimUser], userName: 'zhao.ming', externalId: 'hr-1' })
  const { rows } = await owner.query(`select person_id from account where login = 'zhao.ming'`)
  await doing(`/identity-sources/${sourceId}/subjects`, { externalId: 'hr-1', personId: rows[0].person_id, reason })
  says = async (value) => {
    await scim('PATCH', `Users/${id}`, { schemas: [scimPatch], Operations: [{ op: 'replace', path: 'active', value }] })
    await h.composed.jobs.departures()
  }
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

const departures = async (login = 'han.guan'): Promise<DepartureItem[]> =>
  ((await h.call(login, 'GET', '/departures?show=all')).body as { items: DepartureItem[] }).items
const told = async (kind: string): Promise<number> =>
  ((await h.call('han.guan', 'GET', '/notifications')).body as { items: { kind: string }[] }).items.filter(
    (one) => one.kind === kind,
  ).length
const waiting = async (): Promise<string[]> =>
  (await owner.query('select kind from pub_source_proposal where person_id is not null')).rows.map((row) => row.kind)
const decide = (of: DepartureItem | undefined, act: 'confirm' | 'cancel', body?: object) =>
  h.call('han.guan', 'POST', `/departures/${of!.id}/${act}`, body)

test('it is asked once, takes no role, and ends with the source’s own word that the person is back', async () => {
  await says(false)
  await h.composed.jobs.departures()
  expect(await departures()).toMatchObject([
    { state: 'proposed', kind: 'leave', source: '人力系统', reason: sourceReasons.gone, declaredBy: null },
  ])
  expect(await departures('cao.li'), 'another unit').toEqual([])
  expect(await told('departure.proposed')).toBe(1)
  const roles = `select 1 from role_binding b join account a on a.person_id = b.person_id where a.login = 'zhao.ming' and b.revoked_at is null`
  expect((await owner.query(roles)).rows).toHaveLength(1)
  const early = owner.query(
    `update lifecycle_departure set state = 'cancelled', cancelled_at = now(), cancel_reason = 'x', version = version + 1`,
  )
  await expect(early, 'in nobody’s name while the source says so').rejects.toThrow('lifecycle.wrong_state')
  await says(true)
  expect(await departures()).toMatchObject([{ state: 'cancelled', cancelReason: sourceReasons.back }])
  expect(await told('departure.cancelled')).toBe(1)
  expect(await waiting(), 'the account is closed still').toEqual(['joiner'])
  const { rows } = await owner.query(`select id from account where login = 'zhao.ming'`)
  expect((await h.call('han.guan', 'POST', `/accounts/${rows[0].id}/enable`, { reason: '返岗' })).status).toBe(200)
  await h.composed.jobs.departures()
  expect(await waiting()).toEqual([])
})

test('dismissed it is not asked again', async () => {
  await says(false)
  const dismissed = await decide((await departures())[0], 'cancel', { reason: '人力系统录入有误' })
  expect(dismissed.status, JSON.stringify(dismissed.body)).toBe(200)
  await h.composed.jobs.departures()
  expect((await departures()).map((one) => one.state)).toEqual(['cancelled', 'cancelled'])
  expect(await waiting()).toEqual([])
})

test('confirmed late it begins with the day of the word, and the source takes back no more', async () => {
  await says(true)
  await says(false)
  await owner.query(`update lifecycle_departure set last_day = last_day - 3, version = version + 1 where state = 'proposed'`)
  const confirmed = await decide((await departures())[0], 'confirm')
  expect(confirmed.body, JSON.stringify(confirmed.body)).toMatchObject({ state: 'notice', lastDay: beijingDay(new Date()) })
  expect(await waiting()).toEqual([])
  await says(true)
  expect((await departures())[0]).toMatchObject({ state: 'notice', declaredBy: '韩冠' })
  expect(await waiting(), 'somebody may want to cancel').toEqual(['joiner'])
})
