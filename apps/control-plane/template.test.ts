import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Models, startModels, testNote } from './testing/template-models.ts'

/** Standard changes: a published model stands in for assessment, test and approval of exactly its own expansion, and for nothing else. */
let m: Models
let h: Models['h']
beforeAll(async () => {
  m = await startModels()
  h = m.h
}, 60_000)
afterAll(() => m.close())

describe('a model', () => {
  test('is drafted, tested by another, reviewed by security, published by a change manager, and each step by nobody else', async () => {
    const { id } = await m.done(m.post('zhao.ming', '', { body: m.body() }))
    expect(await m.codeOf(m.post('chen.jing', '', { body: m.body() })), 'a manager drafts nothing').toBe('access.denied')
    expect(await m.codeOf(m.post('qian.wei', `/${id}/submit`))).toBe('template.not_author')
    expect(await m.codeOf(m.post('he.chen', `/${id}/submit`)), 'NT-B13').toBe('template.not_found')
    const hash = m.hashOf(await m.done(m.post('zhao.ming', `/${id}/submit`)))
    expect(await m.codeOf(h.call('zhao.ming', 'PUT', `/templates/${id}/draft`, { body: m.body() }))).toBe('template.wrong_state')
    const passed = { hash, environment: '预发布环境', verdict: 'pass', note: testNote }
    expect(await m.codeOf(m.post('zhao.ming', `/${id}/tests`, passed)), 'RL-05').toBe('template.own_template')
    expect(await m.codeOf(m.post('zheng.hao', `/${id}/tests`, { ...passed, hash: 'a'.repeat(64) }))).toBe(
      'template.hash_mismatch',
    )
    expect(await m.codeOf(m.post('yang.an', `/${id}/decisions`, { hash, verdict: 'approve', note: testNote }))).toBe(
      'template.wrong_state',
    )
    await m.done(m.post('zheng.hao', `/${id}/tests`, passed))
    expect(
      await m.codeOf(m.post('chu.heng', `/${id}/decisions`, { hash, verdict: 'approve', note: testNote })),
      'review comes first',
    ).toBe('approval.not_candidate')
    await m.done(m.post('yang.an', `/${id}/decisions`, { hash, verdict: 'approve', note: testNote }))
    expect(await m.codeOf(m.post('wei.shen', `/${id}/decisions`, { hash, verdict: 'approve', note: testNote }))).toBe(
      'approval.not_candidate',
    )
    const whole = await m.done(m.post('chu.heng', `/${id}/decisions`, { hash, verdict: 'approve', note: testNote }))
    expect(whole).toMatchObject({ state: 'published', publishedVersion: 1, standing: { good: true, reasons: [] } })
    expect(whole.versions[0]).toMatchObject({ review: { person: { name: '杨安' } }, publication: { person: { name: '褚衡' } } })
  })

  test('is refused with slots that are not whole, and with a plan that could not be approved', async () => {
    const glued = JSON.parse(JSON.stringify(m.body()).replaceAll('appctl deploy {{version}}', 'appctl deploy v{{version}}'))
    expect(await m.codeOf(m.post('zhao.ming', '', { body: glued }))).toBe('template.slot_misplaced')
    const halfDay = m.body({ limits: { ...m.body().limits, fromMinute: 60, toMinute: null } })
    expect(await m.codeOf(m.post('zhao.ming', '', { body: halfDay }))).toBe('template.hours_incomplete')
    const { id } = await m.done(m.post('zhao.ming', '', { body: m.body({ plan: { ...m.body().plan, health: null } }) }))
    expect(await m.codeOf(m.post('zhao.ming', `/${id}/submit`))).toBe('template.plan_incomplete')
  })

  test('is not drafted where nobody could publish it', async () => {
    await m.owner.query('alter table role_binding disable trigger user')
    const held = (await m.owner.query(`update role_binding set role = 'AUD' where role = 'CHM' returning id`)).rows.map(
      (row) => row.id,
    )
    expect(await m.codeOf(m.post('zhao.ming', '', { body: m.body() }))).toBe('template.no_manager')
    await m.owner.query(`update role_binding set role = 'CHM' where id = any ($1)`, [held])
    await m.owner.query('alter table role_binding enable trigger user')
  })

  test('direct SQL publishes nothing that was not reviewed', async () => {
    const { id } = await m.done(m.post('zhao.ming', '', { body: m.body() }))
    const hash = m.hashOf(await m.done(m.post('zhao.ming', `/${id}/submit`)))
    await m.done(m.post('zheng.hao', `/${id}/tests`, { hash, environment: '预发布环境', verdict: 'pass', note: testNote }))
    const manager = (await m.owner.query(`select id from person where name = '褚衡'`)).rows[0].id
    const forged = await m.asApp(manager, () =>
      m.app.query(
        `update template_version set state = 'published', reviewed_by = $2, reviewed_at = now(), published_by = $2, published_at = now() where model_id = $1`,
        [id, manager],
      ),
    )
    expect(forged).toContain('template.not_published')
    const attempt = (person: string, set: string) =>
      m.asApp(person, () => m.app.query(`update template_version set ${set} where model_id = $1`, [id]))
    expect(await attempt(manager, 'reviewed_by = app_person(), reviewed_at = now()'), 'without a decision').toContain(
      'template.not_published',
    )
    expect(await attempt(manager, `tester_id = app_person(), tested_at = now()`)).toContain('change.not_tested')
    await m.done(m.post('yang.an', `/${id}/decisions`, { hash, verdict: 'reject', note: '不适合' }))
  })
})

test('what was tested, reviewed and published stays as it was said, by direct SQL too', async () => {
  const { id } = await m.published()
  const person = async (name: string) => (await m.owner.query('select id from person where name = $1', [name])).rows[0].id
  const attempt = async (name: string, set: string) =>
    m.asApp(await person(name), () => m.app.query(`update template_version set ${set} where model_id = $1`, [id]))
  for (const set of [
    `state = 'superseded', ended_by = app_person(), ended_at = now(), reviewed_at = now() + interval '1 year'`,
    `state = 'superseded', ended_by = app_person(), ended_at = now(), published_at = now()`,
    `state = 'superseded', ended_by = app_person(), ended_at = now(), tested_at = now()`,
    'reviewed_at = now()',
  ])
    expect(await attempt('褚衡', set), set).toMatch(/^(template|change)\./)
  expect(await attempt('褚衡', `state = 'retired', ended_by = author_id, ended_at = now()`), 'in another name').toContain(
    'template.wrong_state',
  )
  expect(await attempt('褚衡', `state = 'retired', ended_by = app_person(), ended_at = now()`)).toBe('done')
})

describe('a standard change', () => {
  test('skips assessment, test and approval, asks the customer, and runs with two persons, window and grey batches', async () => {
    const model = await m.published()
    const id = await m.used(model.id)
    const change = await m.planned(id)
    expect(change).toMatchObject({
      state: 'consenting',
      urgency: 'U4',
      approval: null,
      standard: { no: model.no, version: 1, holds: true, reasons: [] },
    })
    expect(change.approvedPlanHash).toBe(change.planHash)
    const scheduled = await h.act('kong.xin', id, 'consents', {
      planHash: change.planHash,
      verdict: 'consent',
      waiveNotice: true,
    })
    expect(scheduled.state).toBe('scheduled')
    await h.composed.jobs.changes()
    const ready = await h.read(id)
    expect(ready.state, JSON.stringify(ready.guards.filter((guard) => guard.verdict === 'fail'))).toBe('ready')
    expect(await h.refused('zhao.ming', id, 'begin', { confirm: ready.no }), 'G-DUAL').toBe('change.reviewer_absent')
    await h.present(id)
    const { lift } = await h.freeze()
    expect(await h.refused('zhao.ming', id, 'begin', { confirm: ready.no }), 'G-FREEZE').toBe('change.frozen')
    await lift()
    await h.composed.jobs.changes()
    await h.act('zhao.ming', id, 'begin', { confirm: ready.no })
    const opened = (await h.claim()).find((work) => work.kind === 'open')!
    expect(
      (await h.gateway(`sessions/${opened.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })).status,
    ).toBe(200)
    // The signer reads approvals itself: what it signs here went through pub_grant_facts.
    // Two snapshots, two prechecks.
    for (let i = 0; i < 4; i += 1) {
      await h.runNext(await h.read(id))
      await h.carryOut({ exitCode: 0, stdout: 'state=running' })
    }
    expect((await h.read(id)).next).toMatchObject({ stepKey: 'deploy', batch: 1, needsCosign: true })

    // Its own first failure ends the standing of the model, and does not bar the way back.
    await h.runNext(await h.read(id))
    await h.carryOut({ exitCode: 1, stdout: 'failed' })
    expect(await h.read(id)).toMatchObject({ state: 'paused', standard: { holds: true } })
    expect((await m.done(h.call('zhao.ming', 'GET', `/templates/${model.id}`))).standing).toMatchObject({
      good: false,
      reasons: ['failed_since_publication', 'failed_recently', 'success_rate_low'],
    })
    await h.act('zhao.ming', id, 'roll-back', { reason: '部署失败' })
    const back = await h.read(id)
    expect(back.next).toMatchObject({ phase: 'rollback' })
    await h.runNext(back)
    await h.carryOut({ exitCode: 0, stdout: '' })
    expect((await h.read(id)).state).toBe('verifying')
    await h.act('qian.wei', id, 'pass-verification', { reason: '已回退，服务正常。' })

    // The next use is an ordinary change, and stays one.
    const other = await m.used(model.id, {
      windowStart: new Date(Date.now() + 7_200_000).toISOString(),
      windowEnd: new Date(Date.now() + 10_800_000).toISOString(),
    })
    const normal = await m.planned(other)
    expect(normal).toMatchObject({ state: 'assessing', urgency: 'U3', approvedPlanHash: null })
    await m.withdraw(other)
    const again = await m.done(m.post('zhao.ming', `/${model.id}/revise`))
    expect(again).toMatchObject({ version: 2, state: 'draft' })
    expect((await m.publish(model.id)).standing.reasons, 'published anew, and thirty days are not over').toEqual([
      'failed_recently',
      'success_rate_low',
    ])
  })

  test('whose plan is edited is an ordinary change, whoever edits it', async () => {
    const model = await m.published()
    const id = await m.used(model.id)
    const draft = await h.read(id)
    const plan = JSON.parse(JSON.stringify(draft.plan).replace('appctl deploy 2.4.0', 'appctl deploy 2.4.1'))
    const { windowStart, windowEnd } = draft
    const saved = await h.call(
      'zhao.ming',
      'PUT',
      `/changes/${id}/plan`,
      { plan, windowStart, windowEnd, ...m.people },
      { 'if-match': `"${draft.version}"` },
    )
    expect(saved.body).toMatchObject({ standard: { holds: false, reasons: ['plan_differs'] } })
    expect(await m.planned(id)).toMatchObject({ state: 'assessing', urgency: 'U3', standard: null })
    await m.withdraw(id)
  })

  test('that was admitted is held back again when its model is retired, at scheduling and at begin', async () => {
    const model = await m.published()
    const id = await m.used(model.id)
    const { planHash, no } = await m.planned(id)
    await h.act('kong.xin', id, 'consents', { planHash, verdict: 'consent', waiveNotice: true })
    await h.composed.jobs.changes()
    expect((await h.read(id)).state).toBe('ready')
    await h.present(id)
    await m.done(m.post('chen.jing', `/${model.id}/retire`, { reason: '步骤过时' }))
    expect(await m.standsIn(id), 'signer and triggers').toBe(false)
    expect(await h.refused('zhao.ming', id, 'begin', { confirm: no }), 'begin').toBe('change.not_approved')
    const forced = await m.asApp(m.people.executorId, () =>
      m.app.query(`update change_request set state = 'prechecking', version = version + 1 where id = $1`, [id]),
    )
    expect(forced, 'direct SQL').toContain('change.not_approved')
    await h.composed.jobs.changes()
    expect((await h.read(id)).state, 'scheduling').toBe('scheduled')
    expect(await m.codeOf(m.post('zhao.ming', `/${model.id}/changes`, m.useBody()))).toBe('template.not_published')
    await m.withdraw(id)
  })

  test('stays within the limits and the parameters of its model', async () => {
    const model = await m.published()
    const refused = (patch: object) => m.codeOf(m.post('zhao.ming', `/${model.id}/changes`, m.useBody(patch)))
    expect(await refused({ parameters: { version: '2.4.0; reboot' } })).toBe('request.invalid')
    expect(await refused({ parameters: { version: 'latest' } })).toBe('template.parameter_invalid')
    expect(await refused({ parameters: {} })).toBe('template.parameter_invalid')
    expect(await refused({ windowEnd: new Date(Date.now() + 3 * 3_600_000).toISOString() })).toBe('template.beyond_limits')
    expect(await refused({ targetIds: ['018f0000-0000-7000-8000-000000000000'] })).toBe('change.target_not_found')
    const narrow = await m.published({ name: '只限一台', limits: { ...m.body().limits, maxTargets: 1 } })
    expect(await m.codeOf(m.post('zhao.ming', `/${narrow.id}/changes`, m.useBody()))).toBe('template.beyond_limits')
    await m.done(m.post('chen.jing', `/${model.id}/retire`, { reason: '测试结束' }))
  })

  test('no ordinary change becomes standard by its words', async () => {
    const { id } = await h.draftChange()
    expect(
      await m.asApp(m.people.executorId, () =>
        m.app.query(`update change_request set urgency = 'U4', version = version + 1 where id = $1`, [id]),
      ),
    ).toContain('change.not_approved')
    const model = await m.published()
    const version = (await m.owner.query('select id from template_version where model_id = $1', [model.id])).rows[0].id
    const forged = await m.asApp(m.people.executorId, () =>
      m.app.query(
        `insert into template_instance (change_id, version_id, model_id, tenant_id, parameters, target_ids, plan_sm3, created_by, created_at)
         select $1, $2, $3, tenant_id, '{"version":"2.4.0"}', $4, $5, $6, now() from change_request where id = $1`,
        [id, version, model.id, m.targetIds, 'a'.repeat(64), m.people.executorId],
      ),
    )
    expect(forged).toContain('template.not_published')
  })
})
