import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import type { ExceptionView, FreezeView } from '@huabiao/domains/freeze/freeze.contract'
import { newId } from '@huabiao/kit/ids/new-id'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** RL-03 at the doors, in the sweep, in the signer and in the database behind them. */
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

const withdraw = (id: string) => h.act('zhao.ming', id, 'withdraw', { reason: '测试结束' })
const held = async (id: string): Promise<boolean> =>
  (await h.read(id)).guards.some((one) => one.guard === 'G-FREEZE' && one.verdict === 'fail')
const hours = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString()
/** Under way, with its session open. */
async function running(): Promise<ChangeDetail> {
  const { id, no } = await h.scheduledChange()
  await h.composed.jobs.changes()
  await h.present(id)
  await h.act('zhao.ming', id, 'begin', { confirm: no })
  const opened = (await h.claim()).find((work) => work.kind === 'open')!
  await h.gateway(`sessions/${opened.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
  return h.read(id)
}
async function end(id: string): Promise<void> {
  await owner.query('delete from change_booking where change_id = $1', [id])
  await owner.query(`alter table change_request disable trigger user`)
  await owner.query(`update change_request set state = 'closed' where id = $1`, [id])
  await owner.query(`alter table change_request enable trigger user`)
}

describe('a freeze', () => {
  test('holds what it names and nothing else: everybody, a user unit, a system, a target', async () => {
    const { id, targets, systemIds } = await h.scheduledChange()
    const { rows } = await owner.query(
      `select (select tenant_id from information_system where id = $1) as owner, (select id from information_system where code = 'archive') as other`,
      [systemIds[0]],
    )
    const cases: [string, string[], boolean][] = [
      ['deployment', [], true],
      ['tenants', [rows[0].owner], true],
      ['systems', [systemIds[0]!], true],
      ['systems', [rows[0].other], false],
      ['targets', [targets[0]!.id], true],
    ]
    for (const [scope, scopeIds, holds] of cases) {
      const freeze = await h.freeze({ scope, scopeIds })
      expect(await held(id), `${scope} ${scopeIds}`).toBe(holds)
      await freeze.lift()
      expect(await held(id), 'lifted').toBe(false)
    }
    const later = await h.freeze({ startsAt: hours(48), endsAt: hours(72) })
    expect(await held(id), 'after the window').toBe(false)
    await later.lift()
    await withdraw(id)
  })

  test('of a change manager holds the changes of their own unit only', async () => {
    const { id } = await h.scheduledChange()
    const body = {
      name: '割接封网',
      reason: '机房割接',
      startsAt: hours(-1),
      endsAt: hours(1),
      scope: 'deployment',
      scopeIds: [],
    }
    const own = (await h.call('chu.heng', 'POST', '/freezes', body)).body as FreezeView
    expect([own.everybody, await held(id)]).toEqual([false, true])
    expect(own.liftRefusal).toBe('freeze.own_freeze')
    expect((await h.call('chu.heng', 'POST', `/freezes/${own.id}/lift`, { reason: 'x' })).body).toMatchObject({
      code: 'freeze.own_freeze',
    })
    expect((await h.call('shi.lei', 'GET', `/freezes/${own.id}`)).body, 'another provider').toMatchObject({
      code: 'freeze.not_found',
    })
    expect((await h.call('qiao.zheng', 'POST', `/freezes/${own.id}/lift`, { reason: 'x' })).body).toMatchObject({
      code: 'freeze.not_speaker',
    })
    expect((await h.call('chen.jing', 'POST', `/freezes/${own.id}/lift`, { reason: '割接完成' })).status).toBe(200)
    const foreign = (await h.call('shi.lei', 'POST', '/freezes', body)).body as FreezeView
    expect(await held(id), 'another provider’s freeze').toBe(false)
    expect((await h.call('zhao.ming', 'POST', '/freezes', body)).body).toMatchObject({ code: 'access.denied' })
    expect(foreign.everybody).toBe(false)
    await withdraw(id)
  })

  test('is refused where its span or scope does not hold', async () => {
    const body = { name: 'x', reason: 'x', startsAt: hours(-1), endsAt: hours(1), scope: 'deployment', scopeIds: [] }
    const code = async (patch: object): Promise<string> =>
      ((await h.call('lin.guan', 'POST', '/freezes', { ...body, ...patch })).body as { code: string }).code
    expect(await code({ endsAt: hours(-2) })).toBe('freeze.span_invalid')
    expect(await code({ scopeIds: [newId()] })).toBe('freeze.scope_invalid')
    expect(await code({ scope: 'systems' })).toBe('freeze.scope_invalid')
    expect(await code({ scope: 'systems', scopeIds: [newId()] })).toBe('freeze.scope_invalid')
  })

  test('pauses what runs, refuses its steps and its resumption, and leaves the way back open', async () => {
    const change = await running()
    const freeze = await h.freeze({ scope: 'systems', scopeIds: change.systemIds })
    const { stepKey, targetId } = change.next!
    expect(await h.refused('zhao.ming', change.id, 'run-next', { stepKey, targetId })).toBe('change.frozen')
    const { rows } = await owner.query('select * from change_request where id = $1', [change.id])
    const { tenant_id, plan_hash, executor_id, session_id } = rows[0]
    await app.query('begin')
    await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
      tenant_id,
      executor_id,
    ])
    const run = app.query(
      `insert into change_step_run (id, change_id, tenant_id, plan_hash, step_key, phase, batch, target_id, target_name, attempt, state, executor_id, session_id, not_after, timeout_ms, issued_at)
       values ($1, $2, $3, $4, 'look', 'precheck', 1, $5, 'portal-web-01', 7, 'granted', $6, $7, now() + interval '1 minute', 1000, now())`,
      [newId(), change.id, tenant_id, plan_hash, targetId, executor_id, session_id],
    )
    await expect(run, 'and the database').rejects.toThrow('change.frozen')
    await app.query('rollback')
    await h.composed.jobs.changes()
    expect(await h.read(change.id)).toMatchObject({ state: 'paused', pauseReason: 'freeze' })
    expect(await h.refused('li.na', change.id, 'resume', { cause: '已核对', failedStep: 'accept' })).toBe('change.frozen')
    expect(await h.act('zhao.ming', change.id, 'roll-back', { reason: '封网' })).toMatchObject({ state: 'verifying' })
    await freeze.lift()
    await end(change.id)
  })
})

describe('an exception', () => {
  const ask = (freezeId: string, changeId: string, login = 'zhao.ming') =>
    h.call(login, 'POST', `/freezes/${freezeId}/exceptions`, { changeId, reason: '安全补丁，不能等待' })
  const decide = async (login: string, id: string, verdict = 'approve'): Promise<ExceptionView & { code?: string }> =>
    (await h.call(login, 'POST', `/freeze-exceptions/${id}/decisions`, { verdict, note: '已核对' })).body

  test('lets this very plan through after two persons without a part in it, one of them of the management unit; an edit ends it', async () => {
    const { id, no } = await h.scheduledChange()
    const freeze = await h.freeze()
    expect((await ask(freeze.id, id, 'sun.jie')).body).toMatchObject({ code: 'freeze.not_of_change' })
    const { id: exceptionId } = (await ask(freeze.id, id)).body as ExceptionView
    expect((await ask(freeze.id, id)).body).toMatchObject({ code: 'freeze.already_requested' })
    expect((await decide('chen.jing', exceptionId)).code, 'the change manager of this change').toBe('freeze.own_exception')
    expect((await decide('shi.lei', exceptionId)).code, 'another provider').toBe('freeze.exception_not_found')
    expect(await decide('chu.heng', exceptionId)).toMatchObject({ state: 'open', decisions: [{ by: '褚衡' }] })
    expect((await decide('chu.heng', exceptionId)).code).toBe('freeze.own_exception')
    expect(await held(id), 'one of two').toBe(true)
    expect(await decide('lin.guan', exceptionId)).toMatchObject({ state: 'granted' })
    expect(await held(id)).toBe(false)
    await h.composed.jobs.changes()
    await h.present(id)
    await h.act('zhao.ming', id, 'begin', { confirm: no })
    const opened = (await h.claim()).find((work) => work.kind === 'open')!
    await h.gateway(`sessions/${opened.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    // The signer asks for itself: a step in the freeze, of a change that is excepted.
    await h.runNext(await h.read(id))
    await h.carryOut({ exitCode: 0, stdout: 'state=running' })
    await h.composed.jobs.changes()
    expect((await h.read(id)).state).toBe('prechecking')
    await owner
      .query('update freeze_exception set plan_hash = repeat($2, 64) where id = $1', [exceptionId, 'a'])
      .catch(() => undefined)
    await owner.query('alter table freeze_exception disable trigger user')
    await owner.query('update freeze_exception set plan_hash = repeat($2, 64) where id = $1', [exceptionId, 'a'])
    await owner.query('alter table freeze_exception enable trigger user')
    expect(await held(id), 'an exception of another plan').toBe(true)
    await freeze.lift()
    await end(id)
  })

  test('is ended by one refusal, and needs the declarer', async () => {
    const { id } = await h.scheduledChange()
    const freeze = await h.freeze()
    const { id: exceptionId } = (await ask(freeze.id, id)).body as ExceptionView
    expect(await decide('qiao.zheng', exceptionId, 'refuse')).toMatchObject({ state: 'refused', refusalNote: '已核对' })
    expect((await decide('lin.guan', exceptionId)).code).toBe('freeze.wrong_state')
    expect(await held(id)).toBe(true)
    await freeze.lift()
    expect((await ask(freeze.id, id)).body).toMatchObject({ code: 'freeze.wrong_state' })
    const elsewhere = await h.freeze({ startsAt: hours(48), endsAt: hours(72) })
    expect((await ask(elsewhere.id, id)).body).toMatchObject({ code: 'freeze.not_covered' })
    await elsewhere.lift()
    await withdraw(id)
  })
})

describe('the database says no a second time (RL-03)', () => {
  test('a freeze is not edited, shortened, deleted or excepted past the services', async () => {
    const { id, planHash } = await h.scheduledChange()
    const freeze = await h.freeze()
    const { rows } = await owner.query('select tenant_id, person_id from account where login = $1', ['zhao.ming'])
    const [{ tenant_id: tenant, person_id: person }] = rows
    const attempt = async (statement: string, by = person): Promise<string> => {
      await app.query('begin')
      try {
        await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [tenant, by])
        return await app.query(statement).then(
          ({ rowCount }) => `done ${rowCount}`,
          (error: Error) => error.message,
        )
      } finally {
        await app.query('rollback')
      }
    }
    const exception = `insert into freeze_exception (id, freeze_id, change_id, change_no, plan_hash, tenant_id, party_person_ids, reason, requested_by, requested_at`
    const values = `gen_random_uuid(), '${freeze.id}', '${id}', 'x', '${planHash}', '${tenant}', '{}', 'x', '${person}', now()`
    const cases: [string, string][] = [
      [`update freeze_declaration set ends_at = now() where id = '${freeze.id}'`, 'freeze.wrong_state'],
      [
        `update freeze_declaration set scope = 'tenants', scope_ids = array['${id}'::uuid] where id = '${freeze.id}'`,
        'freeze.wrong_state',
      ],
      [
        `update freeze_declaration set lifted_at = now(), lifted_by = '${person}', lift_reason = 'x' where id = '${freeze.id}'`,
        'freeze.not_speaker',
      ],
      [`delete from freeze_declaration where id = '${freeze.id}'`, 'permission denied'],
      [
        `${exception}, first_by, first_at, second_by, second_at) values (${values}, '${person}', now(), '${freeze.id}', now())`,
        'freeze.not_excepted',
      ],
      [`with e as (${exception}) values (${values}) returning id) select 1 from e`, 'done 1'],
      [`update change_request set version = version + 1, state = 'ready' where id = '${id}'`, 'change.frozen'],
    ]
    for (const [statement, answer] of cases) expect(await attempt(statement), statement).toContain(answer)
    const { id: exceptionId } = (
      await h.call('zhao.ming', 'POST', `/freezes/${freeze.id}/exceptions`, { changeId: id, reason: 'x' })
    ).body as ExceptionView
    const decided = `update freeze_exception set first_by = app_person(), first_at = now() where id = '${exceptionId}'`
    expect(await attempt(decided), 'the requester').toContain('freeze.own_exception')
    expect(
      await attempt(
        `update freeze_exception set first_by = '${person}', first_at = now(), second_by = requested_by, second_at = now() where id = '${exceptionId}'`,
      ),
    ).toContain('freeze.wrong_state')
    await freeze.lift()
    await withdraw(id)
  })
})
