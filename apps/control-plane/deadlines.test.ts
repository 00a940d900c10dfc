import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { newId } from '@huabiao/kit/ids/new-id'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** Time passes: it is told, recorded once, escalated; it approves nothing, and runs nothing but what an approved plan asks for. */
let h: Harness
let owner: pg.Client
let app: pg.Client
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  app = new pg.Client({ connectionString: h.appUrl })
  await owner.connect()
  await app.connect()
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
}, 60_000)
afterAll(async () => {
  await owner.end()
  await app.end()
  await h.close()
})

const personIds = new Map<string, string>()
async function personId(name: string): Promise<string> {
  if (!personIds.has(name))
    for (const row of (await owner.query('select id, name from person')).rows) personIds.set(row.name, row.id)
  return personIds.get(name)!
}
const withdraw = (id: string) => h.act('zhao.ming', id, 'withdraw', { reason: '测试结束' })
/** Runs the deadlines twice at a moment: the second time must find nothing to do. */
async function pass(change: ChangeDetail, name: string, afterMs = 1_000): Promise<ChangeDetail> {
  const due = (await h.read(change.id)).deadlines.find((one) => one.name === name)
  expect(due, `${name} runs in ${change.state}`).toMatchObject({ firedAt: null })
  const before = new Date(Date.parse(due!.dueAt) - 1_000)
  await h.at(before, h.composed.jobs.deadlines)
  expect(await ledger(change.id, name), `${name} before its time`).toEqual([])
  for (let i = 0; i < 2; i += 1) await h.at(new Date(Date.parse(due!.dueAt) + afterMs), h.composed.jobs.deadlines)
  return h.read(change.id)
}
/** What the ledger holds of a deadline that passed. */
async function ledger(changeId: string, name: string, act = 'change.deadline_missed'): Promise<Record<string, unknown>[]> {
  const { rows } = await owner.query(`select body from ledger_record where change_id = $1 and act = $2 order by seq`, [
    changeId,
    act,
  ])
  return rows
    .map((row) => JSON.parse(row.body) as { data: Record<string, unknown> })
    .map((body) => body.data)
    .filter((data) => name === '' || data.deadline === name || data.check === name)
}
async function told(changeId: string, kind: string): Promise<string[]> {
  const { rows } = await owner.query(
    `select p.name from notification n join person p on p.id = n.person_id where n.object = $1 and n.kind = $2 order by p.name`,
    [`change/${changeId}`, kind],
  )
  return rows.map((row) => row.name)
}

describe('before it is approved', () => {
  test('row 1: a draft of thirty days expires, and is told once', async () => {
    const draft = await h.draftChange()
    const after = await pass(draft, 'draft')
    expect(after).toMatchObject({ state: 'expired', outcome: 'expired', deadlines: [{ name: 'draft', outcome: 'expire' }] })
    expect(await ledger(draft.id, 'draft')).toHaveLength(1)
    expect(await told(draft.id, 'change.overdue.draft')).toEqual(['赵明'])
  })

  test('row 3: not accepted in time goes to change managers and their superior, once; it stays where it is, visibly late', async () => {
    const { id } = await h.draftChange()
    const submitted = await h.act('zhao.ming', id, 'submit')
    const late = await pass(submitted, 'accept')
    expect(late).toMatchObject({ state: 'submitted', version: submitted.version })
    expect(late.deadlines).toMatchObject([{ name: 'accept', calendar: 'working-days', outcome: 'tell' }])
    expect(late.deadlines[0]!.firedAt).not.toBeNull()
    expect(await ledger(id, 'accept')).toMatchObject([{ deadline: 'accept', state: 'submitted', outcome: 'tell' }])
    expect(await told(id, 'change.overdue.accept')).toEqual(['褚衡', '赵明', '陈静', '魏慎'].sort())
    const work = (await h.call('chen.jing', 'GET', '/my-work')).body as {
      waiting: { act: string; change: { id: string }; dueAt: string; deadline: string }[]
    }
    expect(work.waiting.find((item) => item.change.id === id)).toMatchObject({
      act: 'accept',
      deadline: 'accept',
      dueAt: late.deadlines[0]!.dueAt,
    })
    const timeline = (await h.call('zhao.ming', 'GET', `/changes/${id}/timeline`)).body as {
      items: { act: string; note: string }[]
    }
    expect(timeline.items.filter((item) => item.act === 'deadline')).toEqual([expect.objectContaining({ note: 'accept' })])
    // What it waited for ends it: nothing of it runs or is shown any more.
    const accepted = await h.act('chen.jing', id, 'accept')
    expect(accepted.deadlines).toEqual([])
    const planning = await h.act('zhao.ming', id, 'start-planning')
    expect(planning.deadlines).toMatchObject([{ name: 'plan', firedAt: null }])
    await withdraw(id)
    await h.at(new Date(Date.now() + 40 * 86_400_000), h.composed.jobs.deadlines)
    expect(await ledger(id, 'plan'), 'left in time').toEqual([])
  })
})

describe('approval', () => {
  /** A holder of the role without its duty: no candidate, but somebody who may stand in. */
  async function grant(name: string, role: string): Promise<string> {
    const id = await personId(name)
    // The chain by which such a role is asked for (RL-28) is another test's matter.
    await owner.query('alter table role_binding disable trigger user')
    await owner.query(
      `insert into role_binding (id, tenant_id, person_id, role, not_before, not_after)
       select $1, tenant_id, id, $3, now(), now() + interval '30 days' from person where id = $2`,
      [newId(), id, role],
    )
    await owner.query('alter table role_binding enable trigger user')
    return id
  }
  const decideBody = (change: ChangeDetail) => ({ planHash: change.planHash, verdict: 'approve' })
  let wuDi: string
  beforeAll(async () => {
    wuDi = await grant('吴迪', 'CRE')
  })

  test('row 11: out of time, the deputy who was registered beforehand may decide; nobody has approved', async () => {
    const early = await h.approvingChange()
    const sunJie = await personId('孙杰')
    const wanted = {
      deputyId: wuDi,
      role: 'CRE',
      reason: '休假期间',
      notAfter: new Date(Date.now() + 20 * 86_400_000).toISOString(),
    }
    const unfit = await h.call('sun.jie', 'POST', '/approval-deputies', { ...wanted, deputyId: await personId('郑浩') })
    expect(unfit.body, 'another role').toMatchObject({ code: 'approval.deputy_unfit' })
    const registered = await h.call('sun.jie', 'POST', '/approval-deputies', wanted)
    expect(registered.status, JSON.stringify(registered.body)).toBe(200)
    // Registered after the first approval was opened: it counts for the next one only.
    expect((await pass(early, 'approve:l2')).approval!.stages[0]).toMatchObject({ seats: [], deputies: [] })
    expect(await told(early.id, 'change.overdue.approve'), 'without a deputy the administrators of roles are asked').toContain(
      '杨安',
    )
    expect(await h.refused('wu.di', early.id, 'decisions', decideBody(early))).toBe('approval.not_candidate')
    await withdraw(early.id)

    const change = await h.approvingChange()
    expect(change.approval!.stages[0]).toMatchObject({ deputies: [{ person: { id: wuDi }, of: { id: sunJie } }] })
    expect(change.approval!.stages[0]!.dueAt).toBe(change.deadlines[0]!.dueAt)
    expect(await h.refused('wu.di', change.id, 'decisions', decideBody(change)), 'not before its time').toBe(
      'approval.not_candidate',
    )
    const late = await pass(change, 'approve:l2')
    expect(late).toMatchObject({ state: 'approving', approvedPlanHash: null })
    expect(late.approval!.stages.map((stage) => stage.state)).toEqual(['open', 'waiting'])
    expect(late.approval!.stages[0]!.decisions).toEqual([])
    expect(late.approval!.stages[0]!.seats).toMatchObject([{ kind: 'deputy', from: { id: sunJie }, to: { id: wuDi }, by: null }])
    expect(await ledger(change.id, 'approve:l2')).toHaveLength(1)
    expect(await ledger(change.id, '', 'change.deputies_called')).toMatchObject([
      { stage: 'l2', seats: [{ fromId: sunJie, toId: wuDi }] },
    ])
    expect(await told(change.id, 'change.deputise')).toEqual(['吴迪'])
    const approved = await h.act('wu.di', change.id, 'decisions', decideBody(change))
    expect(approved.approval!.stages.map((stage) => stage.state)).toEqual(['approved', 'open'])
    // The next stage has its own time, from this decision on, and the database counts the deputy too.
    expect(approved.deadlines.map((one) => one.name)).toEqual(['approve:change-manager'])
    const complete = await h.act('chu.heng', change.id, 'decisions', decideBody(change))
    expect(complete).toMatchObject({ state: 'consenting', approvedPlanHash: change.planHash })
    const consent = await pass(complete, 'consent')
    expect(consent.state).toBe('consenting')
    // The user unit has no supervisor registered, so its administrator is reminded.
    expect(await told(change.id, 'change.overdue.consent')).toContain('曹立')
    await withdraw(change.id)
  })

  test('reassign: by the administrator of the role, to a holder of it with no part in the change; the past approver still reads', async () => {
    const change = await h.approvingChange()
    const [sunJie, zhengHao, weiShen] = [await personId('孙杰'), await personId('郑浩'), await personId('魏慎')]
    const seat = { stage: 'l2', fromId: sunJie, toId: wuDi, reason: '原审批人出差' }
    const refused = (login: string, body: object) => h.refused(login, change.id, 'reassignments', body)
    expect(await refused('zhao.ming', seat), 'the requester').toBe('access.denied')
    expect(await refused('chen.jing', seat), 'who administers no role').toBe('access.denied')
    expect(await refused('cao.li', seat), 'the administrator of another unit').toBe('approval.not_administrator')
    expect(await refused('yang.an', { ...seat, toId: weiShen }), 'another role').toBe('approval.role_missing')
    expect(await refused('yang.an', { ...seat, toId: await personId('李娜') })).toBe('approval.already_candidate')
    await grant('郑浩', 'CRE')
    expect(await refused('yang.an', { ...seat, toId: zhengHao }), 'who tested it').toBe('approval.own_item')
    expect(await refused('yang.an', { ...seat, stage: 'nowhere' })).toBe('approval.not_open')
    const offered = (await h.call('yang.an', 'GET', `/changes/${change.id}/successors?stage=l2&fromId=${sunJie}`)).body as {
      people: { name: string }[]
    }
    expect(offered.people.map((one) => one.name)).toEqual(['吴迪'])

    const after = await h.act('yang.an', change.id, 'reassignments', seat)
    expect(after.approval!.stages[0]!.seats).toMatchObject([{ kind: 'reassigned', by: { name: '杨安' }, reason: '原审批人出差' }])
    expect(after.approval!.stages[0]!.candidates.map((one) => one.name).sort()).toEqual(['吴迪', '周岩', '李娜'].sort())
    expect(await ledger(change.id, '', 'change.reassigned')).toMatchObject([{ ...seat }])
    expect([await told(change.id, 'change.relieved'), (await told(change.id, 'change.approve')).includes('吴迪')]).toEqual([
      ['孙杰'],
      true,
    ])
    expect(await h.refused('sun.jie', change.id, 'decisions', decideBody(change))).toBe('approval.not_candidate')
    expect((await h.call('sun.jie', 'GET', `/changes/${change.id}`)).status, 'past approvers keep read access').toBe(200)
    await h.act('wu.di', change.id, 'decisions', decideBody(change))
    expect(await refused('yang.an', { ...seat, fromId: wuDi, toId: sunJie }), 'what is decided is decided').toBe(
      'approval.not_open',
    )
    expect((await h.call('wu.di', 'GET', `/changes/${change.id}`)).status).toBe(200)
    await withdraw(change.id)
  })

  test('in the database: a stranger decides nothing, seats are given by nobody else, and who takes part takes none', async () => {
    const change = await h.approvingChange()
    const { rows } = await owner.query(`select id, tenant_id, party_ids from approval where subject_id = $1`, [change.id])
    const approval = rows[0]
    const yangAn = await personId('杨安')
    const [sunJie, zhengHao, zhaoMing] = [await personId('孙杰'), await personId('郑浩'), await personId('赵明')]
    /** As the application would, acting for a person. */
    const attempt = async (actor: string | null, statement: string, values: unknown[]): Promise<string> => {
      await app.query('begin')
      try {
        await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
          approval.tenant_id,
          actor ?? '',
        ])
        await app.query(statement, values)
        return 'done'
      } catch (error) {
        return /^[a-z_]+\.[a-z_]+/.exec((error as Error).message)?.[0] ?? (error as Error).message
      } finally {
        await app.query('rollback')
      }
    }
    const decision = `insert into approval_decision (approval_id, tenant_id, party_ids, stage, person_id, verdict, hash, at) values ($1, $2, $3, 'l2', $4, 'approve', $5, now())`
    const decide = (who: string) =>
      attempt(who, decision, [approval.id, approval.tenant_id, approval.party_ids, who, change.planHash])
    expect(await decide(wuDi), 'neither approver nor deputy').toBe('approval.not_candidate')
    expect(await decide(zhaoMing)).toBe('approval.own_item')
    expect(await decide(sunJie)).toBe('done')
    const seat = `insert into approval_assignment (approval_id, seq, tenant_id, party_ids, stage, kind, from_id, to_id, by_id, reason, at)
      values ($1, $2, $3, $4, 'l2', $5, $6, $7, $8, 'x', now())`
    const give = (actor: string | null, of: { from?: string; to: string; by?: string | null; kind?: string; seq?: number }) =>
      attempt(actor, seat, [
        approval.id,
        of.seq ?? 1,
        approval.tenant_id,
        approval.party_ids,
        of.kind ?? 'reassigned',
        of.from ?? sunJie,
        of.to,
        of.by === undefined ? actor : of.by,
      ])
    expect(await give(yangAn, { to: wuDi })).toBe('done')
    expect(await give(zhaoMing, { to: wuDi }), 'the requester').toBe('approval.own_item')
    expect(await give(yangAn, { to: wuDi, by: await personId('陈静') }), 'in another’s name').toBe('approval.own_seat')
    expect(await give(yangAn, { to: zhengHao }), 'the tester').toBe('approval.own_item')
    expect(await give(yangAn, { to: await personId('魏慎') }), 'another role').toBe('approval.role_missing')
    expect(await give(await personId('曹立'), { to: wuDi }), 'another unit').toBe('approval.not_administrator')
    expect(await give(yangAn, { from: wuDi, to: wuDi })).not.toBe('done')
    expect(await give(yangAn, { to: wuDi, seq: 2 })).toBe('ledger.append_only')
    expect(await give(null, { kind: 'deputy', from: await personId('李娜'), to: wuDi, by: null }), 'nobody registered it').toBe(
      'approval.deputy_unfit',
    )
    const deputy = `insert into approval_deputy (id, tenant_id, person_id, deputy_id, role, reason, not_before, not_after, registered_at)
      values ($1, $2, $3, $4, 'CRE', 'x', now(), now() + interval '1 day', now())`
    const register = (actor: string, who: string) => attempt(actor, deputy, [newId(), approval.tenant_id, who, wuDi])
    expect([await register(sunJie, sunJie), await register(yangAn, sunJie)]).toEqual(['done', 'approval.deputy_unfit'])
    // A deadline that passed is not unmade, and none is fired before its time.
    expect(
      await attempt(null, `update change_deadline set fired_at = now(), outcome = 'x' where change_id = $1`, [change.id]),
    ).toMatch(/check constraint/)
    await withdraw(change.id)
  })
})

describe('around the window', () => {
  test('row 15: a check before the window names the guard that holds it back, and says nothing where none does', async () => {
    const change = await h.scheduledChange({ windowStartMs: 2 * 86_400_000 })
    await h.composed.jobs.changes()
    expect((await h.read(change.id)).state).toBe('ready')
    const { windowStart, windowEnd } = change
    expect((await h.read(change.id)).deadlines.map((one) => one.name)).toEqual(['check-24h', 'check-1h', 'check-10min', 'begin'])
    expect((await pass(change, 'check-24h')).state).toBe('ready')
    expect([await ledger(change.id, 'check-24h', 'change.check_failed'), await told(change.id, 'change.held.check-24h')]).toEqual(
      [[], []],
    )
    const freeze = await h.freeze({ name: '重保封网', startsAt: windowStart, endsAt: windowEnd })
    await pass(change, 'check-1h')
    expect(await ledger(change.id, 'check-1h', 'change.check_failed')).toMatchObject([{ check: 'check-1h', guard: 'G-FREEZE' }])
    expect(await told(change.id, 'change.held.check-1h')).toEqual(['赵明', '陈静'].sort())
    await h.composed.jobs.changes()
    const held = await h.read(change.id)
    expect(held.state, 'made unready by its guard').toBe('scheduled')
    await pass(held, 'check-10min')
    expect(await ledger(change.id, 'check-10min', 'change.check_failed')).toHaveLength(1)
    await freeze.lift()
    await withdraw(change.id)
  })

  test('row 16: whoever comes half an hour late finds it scheduled, and it is not made ready again in this window', async () => {
    const change = await h.scheduledChange()
    await h.composed.jobs.changes()
    const ready = await h.read(change.id)
    expect(ready.state).toBe('ready')
    const late = await pass(ready, 'begin')
    expect(late).toMatchObject({ state: 'scheduled', deadlines: [{ name: 'begin', outcome: 'unready' }] })
    expect(await ledger(change.id, 'begin')).toHaveLength(1)
    expect(await told(change.id, 'change.overdue.begin')).toEqual(['赵明', '钱伟', '陈静'].sort())
    await h.composed.jobs.changes()
    expect((await h.read(change.id)).state).toBe('scheduled')
    await withdraw(change.id)
  })
})

describe('a pause that nobody decides', () => {
  async function pausedChange(autoRollback: boolean): Promise<ChangeDetail> {
    const { id, no } = await h.scheduledChange({ plan: { autoRollback } })
    await h.composed.jobs.changes()
    await h.present(id)
    // A gateway says that it is there; the test before took its time.
    expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
    await h.act('zhao.ming', id, 'begin', { confirm: no })
    const opened = (await h.claim()).find((work) => work.kind === 'open')!
    await h.gateway(`sessions/${opened.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    for (const stdout of ['', '', 'state=running', 'state=running', 'something else']) {
      await h.runNext(await h.read(id))
      await h.carryOut({ exitCode: 0, stdout })
    }
    const paused = await h.read(id)
    expect(paused).toMatchObject({ state: 'paused', deadlines: [{ name: 'decide' }] })
    // Over and done with for the gateway, which will still be there when the quarter of an hour is over.
    await h.claim()
    await owner.query(`update session_gateway set seen_at = now() + interval '1 hour'`)
    return paused
  }

  test('rows 22, 24: is rolled back by the platform where the approved plan says so, step by step, and verified by people', async () => {
    const paused = await pausedChange(true)
    const rolling = await pass(paused, 'decide')
    expect(rolling).toMatchObject({ state: 'rolling_back', next: { phase: 'rollback', targetName: 'portal-web-01' } })
    expect(await ledger(paused.id, 'decide')).toMatchObject([{ outcome: 'rollBack' }])
    await h.composed.jobs.rollbacks()
    const [run] = (await h.read(paused.id)).runs.filter((one) => one.phase === 'rollback')
    expect(run).toMatchObject({ state: 'granted', target: { name: 'portal-web-01' }, executor: '赵明' })
    // Without a person nothing but a step back is run, whoever asks the database.
    const forward = `insert into change_step_run (id, change_id, tenant_id, party_ids, plan_hash, step_key, phase, batch, target_id, target_name, attempt, state, executor_id, session_id, not_after, timeout_ms, issued_at)
      select gen_random_uuid(), change_id, tenant_id, party_ids, plan_hash, step_key, 'execute', batch, target_id, target_name, 9, 'granted', executor_id, session_id, not_after, timeout_ms, now()
      from change_step_run where id = '${run!.id}'`
    const { rows: own } = await owner.query('select tenant_id from change_request where id = $1', [paused.id])
    await app.query('begin')
    await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', '', true)`, [own[0].tenant_id])
    await expect(app.query(forward)).rejects.toThrow('change.not_executor')
    await app.query('rollback')
    // One at a time, however often it is looked at.
    await h.composed.jobs.rollbacks()
    await h.carryOut({ exitCode: 0, stdout: '' })
    await h.composed.jobs.rollbacks()
    const done = await h.read(paused.id)
    expect(done.state).toBe('verifying')
    expect(done.runs.filter((one) => one.phase === 'rollback')).toMatchObject([{ state: 'succeeded' }])
    const { rows } = await owner.query(
      `select actor_name from ledger_record where change_id = $1 and act = 'grant.issued' order by seq desc limit 1`,
      [paused.id],
    )
    expect(rows[0].actor_name, 'the platform’s own act, under its own name').not.toBe('赵明')
    await h.act('qian.wei', paused.id, 'pass-verification', { reason: '已恢复原版本' })
    const items = await pass(await h.read(paused.id), 'items')
    expect(items.state).toBe('ci_reviewing')
    await h.confirmItems(paused.id, '无变化')
    expect((await pass(await h.read(paused.id), 'close')).state).toBe('reviewing')
    await h.seal(paused.sessionId!)
    expect(await h.act('chen.jing', paused.id, 'close', { reason: '已回退' })).toMatchObject({ outcome: 'rolled_back' })
  })

  test('is told to change managers and their superior where it does not, and stays paused', async () => {
    const paused = await pausedChange(false)
    const late = await pass(paused, 'decide')
    expect(late).toMatchObject({ state: 'paused', deadlines: [{ name: 'decide', outcome: 'tell' }] })
    expect(await told(paused.id, 'change.overdue.decide')).toEqual(['褚衡', '赵明', '钱伟', '陈静', '魏慎'].sort())
    await h.composed.jobs.rollbacks()
    expect((await h.read(paused.id)).runs.some((one) => one.phase === 'rollback')).toBe(false)
    await h.act('zhao.ming', paused.id, 'abandon', { reason: '重新评估' })
  })
})
