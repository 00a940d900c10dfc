import type { AnnouncementView } from '@huabiao/domains/announcement/announcement.contract'
import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { addWorkingDays, holidaysOf } from '@huabiao/kit/calendar/calendar'
import { publishedHolidays } from '@huabiao/kit/calendar/published-holidays'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** G-NOTIFY: customers are told, say that they know, and have their time or waive it in writing. */
let h: Harness
let owner: pg.Client
let app: pg.Client
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  app = new pg.Client({ connectionString: h.appUrl })
  await owner.connect()
  await app.connect()
}, 60_000)
afterAll(async () => {
  await owner.end()
  await app.end()
  await h.close()
})

const terms = () => ({
  name: '门户日常变更',
  reason: '例行升级',
  categories: [],
  maxRisk: 'R2',
  fromMinute: null,
  toMinute: null,
  notBefore: new Date(Date.now() - 86_400_000).toISOString(),
  notAfter: new Date(Date.now() + 30 * 86_400_000).toISOString(),
})
async function approved(windowStartMs: number): Promise<ChangeDetail> {
  const { id, planHash } = await h.approvingChange({ windowStartMs })
  await h.act('sun.jie', id, 'decisions', { planHash, verdict: 'approve' })
  return h.act('chu.heng', id, 'decisions', { planHash, verdict: 'approve' })
}
/** Scheduled on the customer's word in advance, so that nobody of the unit has seen this plan. */
async function unseen(windowStartMs: number, waivesNotice = false): Promise<ChangeDetail> {
  const { rows } = await owner.query(`select id from information_system where code = 'portal'`)
  const word = await h.call('kong.xin', 'POST', '/preauthorisations', { ...terms(), systemIds: [rows[0].id], waivesNotice })
  expect(word.status, JSON.stringify(word.body)).toBe(200)
  const change = await approved(windowStartMs)
  expect(change.state).toBe('scheduled')
  return change
}
/** Frees the targets and takes every word back. */
async function over(id: string): Promise<void> {
  await owner.query('delete from change_booking where change_id = $1', [id])
  await owner.query('alter table change_request disable trigger user')
  await owner.query(`update change_request set state = 'closed' where id = $1`, [id])
  await owner.query('alter table change_request enable trigger user')
  const words = (await h.call('kong.xin', 'GET', '/preauthorisations?current=true')).body as { items: { id: string }[] }
  for (const one of words.items) await h.call('kong.xin', 'POST', `/preauthorisations/${one.id}/revoke`, { reason: 'x' })
}
const announcements = async (login: string): Promise<AnnouncementView[]> =>
  ((await h.call(login, 'GET', '/announcements')).body as { items: AnnouncementView[] }).items
const ofChange = async (login: string, id: string): Promise<AnnouncementView> =>
  (await announcements(login)).find((one) => one.change.id === id)!
const receive = (login: string, id: string, waiveNotice = false) =>
  h.call(login, 'POST', `/announcements/${id}/receipts`, { waiveNotice, note: waiveNotice ? '同意立即实施' : '' })
const reasons = async (id: string): Promise<readonly string[]> =>
  (await h.read(id)).guards.find((one) => one.guard === 'G-NOTIFY')!.reasons
const swept = async (id: string): Promise<string> => {
  await h.composed.jobs.changes()
  return (await h.read(id)).state
}
const days = 86_400_000

test('who is affected is told once; without a receipt nothing becomes ready, and the refusal says what to do', async () => {
  const change = await unseen(20 * days)
  const told = await ofChange('kong.xin', change.id)
  expect(told).toMatchObject({ title: change.title, unitName: '华州市政务服务中心', receipts: [], receiveRefusal: null })
  const { rows } = await owner.query(
    `select a.login from notification n join account a on a.person_id = n.person_id where n.kind = 'announcement.sent' and n.object = $1 order by 1`,
    [`announcement/${told.id}`],
  )
  expect(rows.map((row) => row.login)).toEqual(['cao.li', 'kong.xin'])
  expect(await swept(change.id)).toBe('scheduled')
  expect(await reasons(change.id)).toEqual(['guard.notice_unread:华州市政务服务中心'])
  expect(await h.refused('zhao.ming', change.id, 'begin', { confirm: change.no })).toBe('change.not_announced')
  expect(
    (await announcements('jin.dang')).map((one) => one.id),
    'another customer',
  ).toEqual([])
  expect((await receive('jin.dang', told.id)).body).toMatchObject({ code: 'announcement.not_found' })
  expect((await receive('wei.shen', told.id)).body, 'the provider itself').toMatchObject({ code: 'announcement.not_addressee' })
  expect((await receive('kong.xin', told.id)).body).toMatchObject({ receipts: [{ by: '孔欣', waives: false }] })
  expect((await receive('cao.li', told.id)).body).toMatchObject({ code: 'announcement.already_received' })
  expect(await swept(change.id)).toBe('ready')
  await over(change.id)
})

test('the time between receipt and window is kept in working days, or waived in writing', async () => {
  const change = await unseen(60_000)
  const told = await ofChange('kong.xin', change.id)
  await receive('kong.xin', told.id)
  expect(await swept(change.id)).toBe('scheduled')
  expect(await reasons(change.id)).toEqual(['guard.notice_late:华州市政务服务中心'])
  const [notice] = (await h.read(change.id)).notices
  const due = addWorkingDays(holidaysOf(publishedHolidays), new Date(notice!.receivedAt!), 1)
  expect([change.risk, notice!.earliestStart]).toEqual(['R3', due.toISOString()])
  expect((await receive('cao.li', told.id, true)).body).toMatchObject({
    receipts: [{ waives: false }, { by: '曹立', waives: true, note: '同意立即实施' }],
  })
  expect(await swept(change.id)).toBe('ready')
  await over(change.id)
})

test('a consent is a receipt, and may waive the time; a word in advance may too', async () => {
  const short = await approved(60_000)
  await h.act('kong.xin', short.id, 'consents', { planHash: short.planHash, verdict: 'consent' })
  expect(await swept(short.id)).toBe('scheduled')
  expect(await reasons(short.id)).toEqual(['guard.notice_late:华州市政务服务中心'])
  await over(short.id)
  const waived = await approved(60_000)
  await h.act('kong.xin', waived.id, 'consents', { planHash: waived.planHash, verdict: 'consent', waiveNotice: true })
  expect((await h.read(waived.id)).notices).toMatchObject([{ waived: true }])
  const seen = await ofChange('kong.xin', waived.id)
  expect(seen).toMatchObject({ receipts: [{ by: '孔欣', waives: true }], waiveRefusal: 'announcement.already_received' })
  const unread = (await h.call('kong.xin', 'GET', '/announcements?unread=true')).body as { items: AnnouncementView[] }
  expect(
    unread.items.map((one) => one.id),
    'whoever consented is not asked again',
  ).not.toContain(seen.id)
  expect(await reasons(waived.id)).toEqual([])
  await over(waived.id)
  const inTime = await approved(20 * days)
  await h.act('kong.xin', inTime.id, 'consents', { planHash: inTime.planHash, verdict: 'consent' })
  expect(await reasons(inTime.id)).toEqual([])
  await over(inTime.id)
  const inAdvance = await unseen(60_000, true)
  expect(await reasons(inAdvance.id)).toEqual([])
  await over(inAdvance.id)
})

test('the database says no a second time: nobody is told, or knows, by another’s word (RL-11)', async () => {
  const change = await unseen(20 * days)
  const told = await ofChange('kong.xin', change.id)
  const { rows } = await owner.query(`select login, tenant_id, person_id from account where login in ('zhao.ming', 'kong.xin')`)
  const [zhao, kong] = ['zhao.ming', 'kong.xin'].map((login) => rows.find((row) => row.login === login)!)
  const attempt = async (statement: string): Promise<string> => {
    await app.query('begin')
    try {
      await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
        zhao.tenant_id,
        zhao.person_id,
      ])
      return await app.query(statement).then(
        () => 'done',
        (error: Error) => error.message,
      )
    } finally {
      await app.query('rollback')
    }
  }
  const receipt = (person: string) =>
    `insert into announcement_receipt (announcement_id, waives, tenant_id, party_ids, person_id, note, at)
     select id, true, tenant_id, party_ids, '${person}', 'x', now() from announcement where id = '${told.id}'`
  expect(await attempt(`update change_request set version = version + 1, state = 'ready' where id = '${change.id}'`)).toContain(
    'change.not_announced',
  )
  expect(await attempt(receipt(zhao.person_id))).toContain('announcement.not_addressee')
  expect(await attempt(receipt(kong.person_id))).toContain('announcement.not_addressee')
  expect(await attempt(`update announcement set sent_at = now() - interval '9 days' where id = '${told.id}'`)).toContain(
    'permission denied',
  )
  await over(change.id)
})
