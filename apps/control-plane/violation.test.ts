import type { ViolationDetail, ViolationView } from '@huabiao/domains/violation/violation.contract'
import { catalogue, entryIds } from '@huabiao/domains/violation/violation.model'
import { mappedCodes, signOf, unmappedCodes } from '@huabiao/domains/violation/violation-sign.model'
import { newId } from '@huabiao/kit/ids/new-id'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allRefusals } from './all-refusals.ts'
import { asApplication } from './testing/as-application.ts'
import { type Harness, startHarness } from './testing/harness.ts'

/** Violations at the doors: how they come about, who sees and decides them, and that nothing makes one vanish (anchors/bastion.md §5.6). */
let h: Harness
let owner: pg.Client
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

const sweep = () => h.composed.jobs.violations()
const list = async (login: string, query = ''): Promise<ViolationView[]> => {
  const { status, body } = await h.call(login, 'GET', `/violations?limit=100${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return (body as { items: ViolationView[] }).items
}
const casesOf = async (login: string): Promise<ViolationView[]> => (await list(login, '&show=mine')).reverse()
const one = async (login: string, id: string): Promise<ViolationDetail> => (await h.call(login, 'GET', `/violations/${id}`)).body
const codeOf = async (attempt: Promise<{ status: number; body: unknown }>): Promise<string> => {
  const { status, body } = await attempt
  expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400)
  return (body as { code: string }).code
}
async function does(login: string, id: string, act: string, payload: object): Promise<ViolationDetail> {
  const { status, body } = await h.call(login, 'POST', `/violations/${id}/${act}`, payload)
  expect(status, `${login} ${act}: ${JSON.stringify(body)}`).toBe(200)
  return body
}
const tries = (login: string, id: string, act: string, payload: object) =>
  codeOf(h.call(login, 'POST', `/violations/${id}/${act}`, payload))
const noticesOf = async (login: string, id: string): Promise<string[]> =>
  ((await h.call(login, 'GET', '/notifications')).body as { items: { kind: string; object: string }[] }).items
    .filter((notice) => notice.object === `violation/${id}`)
    .map((notice) => notice.kind)
    .sort()
const attempt = (login: string, code: string) =>
  h.call(login, 'POST', '/refused-attempts', { door: 'ssh', channel: 'subsystem', code, detail: 'sftp' })
/** Somebody knocks on the wall around the cases themselves: nothing but intent leads there. */
async function attack(login: string): Promise<ViolationView> {
  const before = (await casesOf(login)).map(({ id }) => id)
  const token = await h.logOn(login)
  const response = await h.app.inject({
    method: 'DELETE',
    url: `/api/v1/violations/${newId()}`,
    headers: { authorization: `Bearer ${token}` },
  })
  expect(response.json().code).toBe('violation.cannot_be_deleted')
  await sweep()
  return (await casesOf(login)).find(({ id }) => !before.includes(id))!
}

describe('how one comes about', () => {
  test('a refused button is no case; from the fifth within a quarter of an hour they are one, which takes in the sixth', async () => {
    const { id } = await h.draftChange()
    for (let i = 0; i < 4; i += 1) await h.refused('zhao.ming', id, 'begin', { confirm: 'x' })
    await sweep()
    expect(await casesOf('zhao.ming')).toEqual([])
    const code = await h.refused('zhao.ming', id, 'begin', { confirm: 'x' })
    await sweep()
    const [raised, ...more] = await casesOf('zhao.ming')
    expect(more).toEqual([])
    expect(raised).toMatchObject({ intent: 'slip', severity: 'minor', count: 5, code, state: 'raised' })
    const detail = await one('zhao.ming', raised!.id)
    expect(detail.evidence.map(({ act, door }) => [act, door])).toEqual(Array(5).fill(['access.refused', 'rest']))
    await h.refused('zhao.ming', id, 'begin', { confirm: 'x' })
    await sweep()
    expect((await casesOf('zhao.ming')).map(({ count }) => count)).toEqual([6])
    expect((await one('zhao.ming', raised!.id)).evidence).toHaveLength(6)
  })

  test('what no screen offers is one from the second: the first was told what is right; ten weigh more', async () => {
    await attempt('qian.wei', 'session.transfer_refused')
    await sweep()
    expect(await casesOf('qian.wei')).toEqual([])
    await attempt('qian.wei', 'session.transfer_refused')
    await sweep()
    expect(await casesOf('qian.wei')).toMatchObject([{ entry: 'V-D6', intent: 'attempt', severity: 'minor', count: 2 }])
    for (let i = 0; i < 8; i += 1) await attempt('qian.wei', 'session.transfer_refused')
    await sweep()
    const [grown] = await casesOf('qian.wei')
    expect(grown).toMatchObject({ count: 10, severity: 'major' })
    expect(await noticesOf('yang.an', grown!.id)).toEqual(['violation.aggravated', 'violation.raised'])
    // Told as it grew to be major, for the customer it touches none.
    expect(await noticesOf('zhu.cha', grown!.id)).toEqual(['violation.aggravated', 'violation.raised'])
  })

  test('an attack is one at once, and the catalogue says who is told', async () => {
    const { id, no, entry, severity, acts } = await attack('wu.di')
    expect({ entry, severity }).toEqual({ entry: 'V-P4', severity: 'critical' })
    expect(acts).toMatchObject({ answer: null, decide: 'violation.own_case' })
    expect(await noticesOf('wu.di', id)).toEqual(['violation.answer'])
    expect(await noticesOf('wei.shen', id), 'their supervisor').toEqual(['violation.answer'])
    for (const login of ['yang.an', 'chen.jing', 'zhu.cha', 'lin.guan', 'xu.jian'])
      expect(await noticesOf(login, id), login).toEqual(['violation.raised'])
    for (const login of ['zhang.qi', 'qian.wei', 'cao.li']) expect(await noticesOf(login, id), login).toEqual([])
    const [record] = (await owner.query(`select act, decision from ledger_record where object = $1`, [`violation/${id}`])).rows
    expect(record, no).toEqual({ act: 'violation.raised', decision: 'done' })
  })

  test('a gap of a recording and a pause that nobody decided are the executor’s, and the customer reads the case', async () => {
    const { id, no } = await h.scheduledChange()
    await h.composed.jobs.changes()
    await h.present(id)
    await h.act('zhao.ming', id, 'begin', { confirm: no })
    const open = (await h.claim()).find((work) => work.kind === 'open')!
    await h.gateway(`sessions/${open.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    await h.runNext(await h.read(id))
    await h.carryOut({ exitCode: 3, stdout: '' })
    expect((await h.read(id)).state).toBe('paused')
    await h.at(new Date(Date.now() + 16 * 60_000), h.composed.jobs.deadlines)
    const declared = { segments: 0, reason: 'disk', bytesLost: 12 }
    const gap = await h.gateway(`sessions/${open.sessionId}/gap`, declared)
    expect(gap.status, JSON.stringify(gap.body)).toBe(200)
    await sweep()
    const found = (await list('kong.xin')).concat(await list('hua.shen'))
    const ofChange = found.filter((view) => view.changeId === id)
    expect(ofChange.map(({ entry, person, changeNo }) => [entry, person?.name, changeNo]).sort()).toEqual([
      ['V-M7', '赵明', no],
      ['V-P4', '赵明', no],
    ])
    expect(ofChange.find(({ entry }) => entry === 'V-P4')!.sessionId).toBe(open.sessionId)
    expect(
      (await list('tao.ran')).filter((view) => view.changeId === id),
      'another customer',
    ).toEqual([])
    expect(await codeOf(h.call('tao.ran', 'GET', `/violations/${ofChange[0]!.id}`))).toBe('violation.not_found')
    expect((await list('xu.jian')).filter((view) => view.changeId === id)).toHaveLength(2)
  })

  test('NT-B16 a grant that a gateway presents again is an attack, in the unit whose grant it was', async () => {
    const { rows } = await owner.query(`select id from session_grant where state = 'finished' limit 1`)
    const bootId = newId()
    expect((await h.gateway('hello', { bootId, version: 'test' })).status).toBe(200)
    const again = await h.gateway<{ code: string }>(`grants/${rows[0].id}/started`, { bootId })
    expect(again.body.code).toBe('session.grant_used')
    await sweep()
    const found = (await list('yang.an')).filter((view) => view.code === 'session.grant_used')
    expect(found).toMatchObject([
      { entry: 'V-P3', intent: 'attack', person: null, object: `grant/${rows[0].id}`, severity: 'major' },
    ])
    expect(found[0]!.changeNo, 'and which change it was for').not.toBeNull()
  })

  test('each record is judged once, whoever sweeps, however often and at the same time', async () => {
    await attempt('feng.ban', 'session.grant_used' as never)
    await attempt('feng.ban', 'session.root_refused')
    await attempt('feng.ban', 'session.root_refused')
    await Promise.all([sweep(), sweep(), sweep()])
    await sweep()
    expect(await casesOf('feng.ban')).toMatchObject([{ entry: 'V-P5', count: 2 }])
  })

  test('one person cannot bury the team: beyond ten an hour they join', async () => {
    for (let i = 0; i < 14; i += 1) {
      await h.call('wang.lu', 'POST', '/refused-attempts', {
        door: 'ssh',
        channel: `channel-${i}`,
        code: 'session.forwarding_refused',
        detail: '',
      })
    }
    await sweep()
    const cases = await casesOf('wang.lu')
    expect(cases.length).toBeGreaterThan(3)
    expect(cases.length).toBeLessThanOrEqual(10)
    expect(cases.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(13)
  })

  test('every refusal of a red line has its entry, or is named as no act of anybody', () => {
    const reached = new Set<string>()
    for (const [code, { rule }] of Object.entries(allRefusals)) {
      if (!rule || unmappedCodes.has(code)) continue
      const sign = signOf({ act: 'access.refused', object: '', decision: 'refused', code, rule, personId: null, data: {} })
      expect(sign, code).toBeDefined()
      reached.add(sign!.entry)
    }
    expect(entryIds.filter((id) => !reached.has(id))).toEqual([])
    for (const code of [...mappedCodes, ...unmappedCodes])
      expect(allRefusals, 'a code that nobody answers').toHaveProperty([code])
  })
})

describe('its life', () => {
  test('answered, confirmed, appealed once, decided by somebody else, closed; each step in the ledger', async () => {
    const { id } = await attack('zheng.hao')
    expect(await tries('yang.an', id, 'decision', { verdict: 'confirm', reason: '属实' })).toBe('violation.answer_awaited')
    expect(await tries('qian.wei', id, 'answer', { text: '不是我' }), 'a colleague does not even see it').toBe(
      'violation.not_found',
    )
    expect(await tries('yang.an', id, 'answer', { text: '代答' })).toBe('violation.not_concerned')
    const answered = await does('zheng.hao', id, 'answer', { text: '误用脚本，已停用。' })
    expect(answered).toMatchObject({ state: 'answered', answer: { text: '误用脚本，已停用。', by: { name: '郑浩' } } })
    expect(await noticesOf('yang.an', id)).toContain('violation.decide')
    expect(await tries('wei.shen', id, 'answer', { text: '补充' })).toBe('violation.wrong_state')
    expect(await tries('zheng.hao', id, 'decision', { verdict: 'dismiss', reason: '无意' })).toBe('access.denied')
    expect(await tries('zhang.qi', id, 'decision', { verdict: 'dismiss', reason: '无意' }), 'of another provider').toBe(
      'violation.not_found',
    )
    expect(await tries('lin.guan', id, 'decision', { verdict: 'confirm', reason: '属实' })).toBe('violation.unit_decides')
    expect(await does('yang.an', id, 'decision', { verdict: 'confirm', reason: '属实' })).toMatchObject({ state: 'confirmed' })
    expect(await tries('wei.shen', id, 'appeal', { reason: '不服' })).toBe('violation.not_concerned')
    expect(await does('zheng.hao', id, 'appeal', { reason: '脚本非本人部署' })).toMatchObject({ state: 'appealed' })
    expect(await tries('zheng.hao', id, 'appeal', { reason: '再申诉' })).toBe('violation.wrong_state')
    expect(await tries('yang.an', id, 'review', { verdict: 'uphold', reason: '维持' })).toBe('violation.decided_it')
    const closed = await does('lin.guan', id, 'review', { verdict: 'overturn', reason: '查明脚本为他人部署' })
    expect(closed).toMatchObject({ state: 'closed', verdict: 'confirmed', reviewVerdict: 'overturned', deadline: null })
    expect(await noticesOf('zheng.hao', id)).toEqual(['violation.answer', 'violation.confirmed', 'violation.overturned'])
    const { rows } = await owner.query(`select act from ledger_record where object = $1 and decision = 'done' order by at, seq`, [
      `violation/${id}`,
    ])
    expect(rows.map(({ act }) => act.replace('violation.', ''))).toEqual([
      'raised',
      'answered',
      'confirmed',
      'appealed',
      'overturned',
    ])
  })

  test('nobody decides on their own case: of the only security administrator the management unit does', async () => {
    const { id } = await attack('yang.an')
    await does('yang.an', id, 'answer', { text: '演练' })
    expect(await tries('yang.an', id, 'decision', { verdict: 'dismiss', reason: '演练' })).toBe('violation.own_case')
    expect(await tries('xu.jian', id, 'decision', { verdict: 'dismiss', reason: '演练' })).toBe('access.denied')
    const closed = await does('lin.guan', id, 'decision', { verdict: 'dismiss', reason: '有演练方案' })
    expect(closed).toMatchObject({ state: 'closed', verdict: 'dismissed' })
    expect(await noticesOf('qiao.zheng', id), 'a critical one dismissed').toContain('violation.dismissed')
  })

  test('silence escalates and decides nothing; then it is decided without an answer, and stands when nobody appeals', async () => {
    const { id } = await attack('han.guan')
    const later = (hours: number) => new Date(Date.now() + hours * 3_600_000)
    await h.at(later(3), h.composed.jobs.violationDeadlines)
    expect((await one('yang.an', id)).deadline).toMatchObject({ name: 'answer', overdue: false })
    await h.at(later(5), h.composed.jobs.violationDeadlines)
    await h.at(later(5), h.composed.jobs.violationDeadlines)
    expect(await one('yang.an', id)).toMatchObject({ state: 'raised', deadline: { name: 'decide' }, acts: { decide: null } })
    for (const login of ['han.guan', 'wei.shen', 'yang.an', 'lin.guan'])
      expect(
        (await noticesOf(login, id)).filter((kind) => kind === 'violation.overdue.answer'),
        login,
      ).toHaveLength(1)
    await h.at(later(24 * 20), h.composed.jobs.violationDeadlines)
    expect(await one('lin.guan', id)).toMatchObject({ state: 'raised', acts: { decide: null } })
    expect(await does('yang.an', id, 'decision', { verdict: 'confirm', reason: '逾期未说明' })).toMatchObject({
      state: 'confirmed',
    })
    await h.at(later(24 * 20), h.composed.jobs.violationDeadlines)
    expect(await one('yang.an', id)).toMatchObject({ state: 'closed', verdict: 'confirmed', reviewVerdict: null })
    expect(await tries('han.guan', id, 'appeal', { reason: '太迟' })).toBe('violation.wrong_state')
  })

  test('what waits for whom is counted, and the month is', async () => {
    const { id } = await attack('chu.heng')
    expect((await list('chu.heng', '&show=act')).map((view) => view.id)).toContain(id)
    expect((await list('wei.shen', '&show=act')).map((view) => view.id)).toContain(id)
    expect((await list('yang.an', '&show=act')).map((view) => view.id)).not.toContain(id)
    await does('chu.heng', id, 'answer', { text: '说明' })
    expect((await list('yang.an', '&show=act')).map((view) => view.id)).toContain(id)
    const { body } = await h.call('zhu.cha', 'GET', '/violation-figures')
    const rows = (body as { rows: { entry: string; raised: number; dismissed: number; overturned: number }[] }).rows
    const all = await list('zhu.cha')
    const ofP4 = rows.filter((row) => row.entry === 'V-P4').reduce((sum, row) => sum + row.raised, 0)
    expect(ofP4).toBe(all.filter((view) => view.entry === 'V-P4').length)
    expect(rows.reduce((sum, row) => sum + row.dismissed + row.overturned, 0)).toBe(2)
    expect(await codeOf(h.call('zhao.ming', 'GET', '/violation-figures'))).toBe('access.denied')
  })
})

describe('as the application’s own role, in SQL', () => {
  let id = ''
  let app: pg.Client
  let asApp: ReturnType<typeof asApplication>
  beforeAll(async () => {
    app = new pg.Client({ connectionString: h.appUrl })
    await app.connect()
    asApp = asApplication(owner, app)
    id = (await attack('shen.zhu')).id
    await does('shen.zhu', id, 'answer', { text: '说明' })
  }, 60_000)
  afterAll(() => app.end())

  test('nothing deletes a case, its evidence or its deadlines; of the case the owner neither', async () => {
    for (const statement of [
      'delete from violation_case where id = $1',
      'delete from violation_evidence where case_id = $1',
      'delete from violation_deadline where case_id = $1',
    ])
      expect(await asApp('yang.an', statement, [id]), statement).toMatch(/permission denied/)
    expect(await asApp('yang.an', 'truncate violation_case cascade')).toMatch(/permission denied/)
    await expect(owner.query('delete from violation_case where id = $1', [id])).rejects.toThrow('violation.cannot_be_deleted')
    await expect(owner.query('truncate violation_case cascade')).rejects.toThrow(/violation.cannot_be_deleted|append_only/)
  })

  test('nothing rewrites one, closes it without a decision, or decides in another’s name', async () => {
    const person = `(select person_id from account where login = 'shen.zhu')`
    const yang = `(select person_id from account where login = 'yang.an')`
    const wei = `(select person_id from account where login = 'wei.shen')`
    const decided = (by: string, verdict = 'confirmed', state = 'confirmed') =>
      `update violation_case set state = '${state}', verdict = '${verdict}', decision = 'x', decided_by = ${by}, decided_at = now()${state === 'closed' ? ', closed_at = now()' : ''} where id = $1`
    const refused: [string, string, RegExp][] = [
      ['yang.an', `update violation_case set person_id = ${wei} where id = $1`, /cannot_be_deleted/],
      ['yang.an', `update violation_case set severity = 'minor' where id = $1`, /cannot_be_deleted/],
      ['yang.an', `update violation_case set answer = 'x' where id = $1`, /cannot_be_deleted/],
      ['yang.an', `update violation_case set state = 'raised' where id = $1`, /wrong_state/],
      ['yang.an', `update violation_case set state = 'closed', closed_at = now() where id = $1`, /check constraint|wrong_state/],
      ['shen.zhu', decided(person), /check constraint/],
      ['shen.zhu', decided(yang), /own_case/],
    ]
    for (const [login, statement, answer] of refused) expect(await asApp(login, statement, [id]), statement).toMatch(answer)
    expect(await asApp('yang.an', decided(yang), [id]), 'the same statement in one’s own name').toBe('1 rows')
    expect(await asApp('kong.xin', decided(yang), [id]), 'of another unit').toBe('0 rows')
  })

  test('a case is not begun at its end, and the position of the detector goes forward only', async () => {
    expect(await asApp('yang.an', 'update violation_position set seq = 0')).toMatch(/append_only/)
    const copy = `insert into violation_case (id, tenant_id, plane, no, entry, intent, severity, join_key, count, first_at, last_at, raised_at, object, state, state_since, verdict, decision, decided_by, decided_at, closed_at)
      select gen_random_uuid(), tenant_id, plane, 'VIO-0', entry, intent, severity, 'x', 1, now(), now(), now(), object, 'closed', now(), 'dismissed', 'x', app_person(), now(), now() from violation_case where id = $1`
    expect(await asApp('yang.an', copy, [id])).toMatch(/wrong_state/)
  })
})

test('the catalogue names roles that there are', async () => {
  const { rows } = await owner.query<{ role: string }>('select distinct role from role_binding')
  const held = rows.map(({ role }) => role)
  for (const { told } of Object.values(catalogue)) for (const role of told) expect(held).toContain(role)
})
