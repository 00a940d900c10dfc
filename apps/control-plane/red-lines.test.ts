import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'
import { portalPlan } from './testing/portal-plan.ts'

/** The red lines a second time: what direct SQL with the application's own role meets, and what the gate records of acts that do not exist. */
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
}, 120_000)
afterAll(async () => {
  await owner.end()
  await app.end()
  await h.close()
})

const personOf = async (login: string): Promise<{ person_id: string; tenant_id: string }> =>
  (await owner.query('select person_id, tenant_id from account where login = $1', [login])).rows[0]
/** The code that the database answers to one statement, in the tenant and for the person that the application would name; `done` where none. */
async function codeAs(login: string, statement: string): Promise<string> {
  const { person_id, tenant_id } = await personOf(login)
  await app.query('begin')
  try {
    await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [tenant_id, person_id])
    const { rowCount } = await app.query(statement)
    return `done ${rowCount}`
  } catch (error) {
    return /^[a-z_]+\.[a-z_]+/.exec((error as Error).message)?.[0] ?? (error as Error).message
  } finally {
    await app.query('rollback')
  }
}
const setOf = (change: ChangeDetail, set: string): string =>
  `update change_request set version = version + 1, ${set} where id = '${change.id}'`
const runOf = (change: ChangeDetail, executorId: string, of: { step: string; phase: string; target: number }): string =>
  `insert into change_step_run (id, change_id, tenant_id, plan_hash, step_key, phase, batch, target_id, target_name, attempt, state, executor_id, session_id, not_after, timeout_ms, issued_at)
   select gen_random_uuid(), id, tenant_id, plan_hash, '${of.step}', '${of.phase}', 1, '${change.targets[of.target]!.id}', 'x', 1, 'granted', '${executorId}', coalesce(session_id, id), now(), 1000, now()
   from change_request where id = '${change.id}'`

describe('a change in SQL', () => {
  test('RL-04, RL-05, RL-08, RL-11 no state is reached without what the state stands for', async () => {
    const { id } = await h.scheduledChange()
    const scheduled = await h.read(id)
    const draft = (
      await h.call('zhao.ming', 'POST', '/changes', {
        title: '空方案',
        reason: 'x',
        systemIds: scheduled.systemIds,
      })
    ).body as ChangeDetail
    await h.act('zhao.ming', draft.id, 'submit')
    await h.act('chen.jing', draft.id, 'accept')
    await h.act('zhao.ming', draft.id, 'start-planning')
    expect(await codeAs('zhao.ming', setOf(draft, `state = 'assessing', plan_hash = repeat('a', 64)`))).toBe(
      'change.plan_incomplete',
    )
    // A state that no act leads to is made by the owner, past the triggers, to see each line by itself.
    const place = async (state: string, more = ''): Promise<void> => {
      await owner.query('alter table change_request disable trigger user')
      await owner.query(`update change_request set state = '${state}'${more} where id = $1`, [id])
      await owner.query('alter table change_request enable trigger user')
    }
    await place('testing')
    expect(await codeAs('zhao.ming', setOf(scheduled, `state = 'approving'`))).toBe('done 1')
    await owner.query('alter table change_test disable trigger user')
    await owner.query('delete from change_test where change_id = $1', [id])
    await owner.query('alter table change_test enable trigger user')
    expect(await codeAs('zhao.ming', setOf(scheduled, `state = 'approving'`))).toBe('change.not_tested')
    await place('consenting')
    expect(await codeAs('zhao.ming', setOf(scheduled, `state = 'scheduled'`))).toBe('done 1')
    await owner.query('alter table change_consent disable trigger user')
    await owner.query('delete from change_consent where change_id = $1', [id])
    await owner.query('alter table change_consent enable trigger user')
    expect(await codeAs('zhao.ming', setOf(scheduled, `state = 'scheduled'`))).toBe('change.no_consent')
    await place('gray_soaking', `, current_batch = 1, soak_until = now() + interval '10 minutes'`)
    const release = `state = 'rolling', current_batch = 2, soak_until = null`
    expect(await codeAs('zhao.ming', setOf(scheduled, release))).toBe('change.soaking')
    expect(await codeAs('zhao.ming', setOf(scheduled, 'soak_until = now()'))).toBe('change.soaking')
    await place('gray_soaking', `, soak_until = now() - interval '1 minute'`)
    expect(await codeAs('zhao.ming', setOf(scheduled, release))).toBe('change.health_missing')
    expect(await codeAs('zhao.ming', setOf(scheduled, release.replace('2', '3')))).toBe('change.batch_locked')
    await place('withdrawn')
    await owner.query('delete from change_booking where change_id = $1', [id])
  })

  test('RL-06, RL-07, RL-09 begin, batches, pause and runs are held to who, when and which', async () => {
    const { id, no } = await h.scheduledChange()
    await h.composed.jobs.changes()
    const ready = await h.read(id)
    expect(await codeAs('zhao.ming', setOf(ready, `state = 'prechecking'`))).toBe('change.reviewer_absent')
    await h.present(id)
    expect(await codeAs('wu.di', setOf(ready, `state = 'prechecking'`))).toBe('change.not_executor')
    expect(await codeAs('zhao.ming', setOf(ready, `state = 'prechecking'`))).toBe('done 1')
    const { person_id: executor } = await personOf('zhao.ming')
    const look = { step: 'look', phase: 'precheck', target: 0 }
    expect(await codeAs('zhao.ming', runOf(ready, executor, look))).toBe('change.not_approved')
    await h.act('zhao.ming', id, 'begin', { confirm: no })
    const run = (of: typeof look, login = 'zhao.ming') => codeAs(login, runOf(ready, executor, of))
    expect(await run(look)).toBe('done 1')
    expect(await run(look, 'wu.di')).toBe('change.not_executor')
    expect(await run({ ...look, step: 'other' })).toBe('change.not_next_step')
    expect(await run({ step: 'deploy', phase: 'execute', target: 1 })).toBe('change.batch_locked')
    await h.act('qian.wei', id, 'pause', { reason: '演练' })
    expect(await run(look)).toBe('change.paused')
    const back = setOf(ready, 'state = paused_from, paused_from = null')
    expect(await codeAs('zhao.ming', back)).toBe('change.paused')
    expect(await codeAs('wu.di', back)).toBe('change.paused')
    expect(await codeAs('li.na', back)).toBe('done 1')
    await h.act('zhao.ming', id, 'abandon', { reason: '重新评估' })
  })

  test('S3-A.8-03 a plan reaches what its unit operates in its plane, and a change keeps its plane', async () => {
    const { id, systemIds } = await h.draftChange()
    await h.act('zhao.ming', id, 'submit')
    await h.act('chen.jing', id, 'accept')
    const planning = await h.act('zhao.ming', id, 'start-planning')
    expect(planning.plane).toBe('platform')
    const listed = async () =>
      (await h.call('zhao.ming', 'GET', `/targets?systemId=${systemIds[0]}`)).body as { items: { id: string; name: string }[] }
    const own = (await listed()).items[0]!
    // The unit's own, on the same system, and the provider may see it.
    const theirs = '018f0000-0000-7000-8000-00000000a803'
    await owner.query(
      `insert into cmdb_target (id, tenant_id, party_ids, plane, name, host, port, host_key_sha256, system_id, tier, environment, accounts)
       select $1, s.tenant_id, array[t.tenant_id], 'tenant', 'portal-own-01', '127.0.0.9', 22, t.host_key_sha256, s.id, t.tier, t.environment, t.accounts
       from cmdb_target t join information_system s on s.id = t.system_id where t.id = $2`,
      [theirs, own.id],
    )
    expect((await listed()).items.map(({ name }) => name)).toContain('portal-own-01')
    const body = { plan: portalPlan([own.id, theirs]), windowStart: null, windowEnd: null, executorId: null, reviewerId: null }
    const saved = await h.call('zhao.ming', 'PUT', `/changes/${id}/plan`, body, { 'if-match': `"${planning.version}"` })
    expect(saved.body).toMatchObject({ code: 'change.target_not_found' })
    const { findings } = (await h.call('zhao.ming', 'POST', `/changes/${id}/lint`, body)).body as {
      findings: { code: string; params: object }[]
    }
    expect(findings.filter(({ code }) => code === 'batch.target_unknown').map(({ params }) => params)).toEqual([
      { target: theirs },
    ])
    const frozen = (targetId: string, host = 't.host') =>
      codeAs(
        'zhao.ming',
        `insert into change_step_target (change_id, plan_hash, target_id, tenant_id, batch, name, host, port, host_key_sha256)
         select c.id, repeat('b', 64), t.id, c.tenant_id, 1, t.name, ${host}, t.port, t.host_key_sha256
         from change_request c, cmdb_target t where c.id = '${id}' and t.id = '${targetId}'`,
      )
    expect(await frozen(own.id)).toBe('done 1')
    expect(await frozen(own.id, `'127.0.0.9'`)).toBe('change.target_not_found')
    expect(await frozen(theirs)).toBe('change.target_not_found')
    expect(await codeAs('zhao.ming', setOf(planning, `plane = 'tenant'`))).toBe('request.stale')
    await owner.query('delete from cmdb_target where id = $1', [theirs])
  })
})

test('RL-17, RL-19 privileged accounts and purposes are not written by hand', async () => {
  expect(await codeAs('zhao.ming', `update cmdb_target set accounts = '[]'`)).toMatch(/permission denied/)
  const { person_id, tenant_id } = await personOf('zhao.ming')
  const insert = `insert into session_record (id, tenant_id, plane, mode, state, change_id, change_no, title, executor_id, executor_name, target_names, door, source_ip, gateway_id, requested_at)
    values (gen_random_uuid(), '${tenant_id}', 'platform', 'observe', 'requested', gen_random_uuid(), 'x', 'x', '${person_id}', 'x', '{}', 'ssh', '', 'gw', now())`
  expect(await codeAs('zhao.ming', insert)).toBe('session.no_purpose')
})

test('RL-28 production is granted by its chain alone, at the door and in SQL; with the chain complete it is granted', async () => {
  const { person_id, tenant_id } = await personOf('feng.ban')
  const notAfter = new Date(Date.now() + 86_400_000).toISOString()
  const direct = await h.call('yang.an', 'POST', '/role-bindings', { personId: person_id, role: 'NET', notAfter })
  expect(direct.body).toMatchObject({ code: 'access.chain_required', rule: 'RL-28' })
  const insert = `insert into role_binding (id, tenant_id, person_id, role, not_before, not_after) values (gen_random_uuid(), '${tenant_id}', '${person_id}', 'NET', now(), '${notAfter}')`
  expect(await codeAs('yang.an', insert)).toBe('access.chain_required')
  const asked = (await h.call('feng.ban', 'POST', '/permission-requests', { role: 'NET', reason: '轮岗', notAfter })).body as {
    id: string
  }
  expect(asked).toHaveProperty('id')
  for (const [i, login] of ['wei.shen', 'shen.zhu', 'yang.an', 'jiang.ping'].entries()) {
    const { body } = await h.call(login, 'POST', `/permission-requests/${asked.id}/decisions`, { verdict: 'approve' })
    expect((body as { state: string }).state, login).toBe(i === 3 ? 'granted' : 'open')
  }
})

test('RL-18, RL-36 what is no act of a person is refused by name and recorded', async () => {
  const asked = await h.call('wu.di', 'POST', '/gateway/certificates', {})
  expect(asked.body).toMatchObject({ code: 'access.service_only', rule: 'RL-18' })
  const gone = await h.app.inject({
    method: 'DELETE',
    url: '/api/v1/ledger/records/1',
    headers: { authorization: `Bearer ${await h.logOn('wu.di')}` },
  })
  expect(gone.json()).toMatchObject({ code: 'ledger.cannot_be_disabled', rule: 'RL-36' })
  const stranger = await h.app.inject({ method: 'DELETE', url: '/api/v1/ledger/records/1' })
  expect(stranger.json()).toMatchObject({ code: 'ledger.cannot_be_disabled' })
  const { person_id } = await personOf('wu.di')
  const { rows } = await owner.query(
    `select code, rule, object from ledger_record where person_id = $1 and decision = 'refused' order by seq`,
    [person_id],
  )
  expect(rows).toEqual([
    { code: 'access.service_only', rule: 'RL-18', object: 'requestCertificate' },
    { code: 'ledger.cannot_be_disabled', rule: 'RL-36', object: 'DELETE /api/v1/ledger/records/1' },
  ])
})

test("NT-B13 a unit gives no role to another unit's person, and does not learn that there is one", async () => {
  const [{ person_id }, { tenant_id }] = [await personOf('he.chen'), await personOf('yang.an')]
  const notAfter = new Date(Date.now() + 86_400_000).toISOString()
  const grant = (personId: string) => h.call('yang.an', 'POST', '/role-bindings', { personId, role: 'RLS', notAfter })
  const [foreign, nobody] = [await grant(person_id), await grant('01900000-0000-7000-8000-000000000000')]
  expect([foreign.status, (foreign.body as { code: string }).code]).toEqual([404, 'access.person_not_found'])
  expect([nobody.status, (nobody.body as { code: string }).code]).toEqual([404, 'access.person_not_found'])
  const insert = `insert into role_binding (id, tenant_id, person_id, role, not_before, not_after) values (gen_random_uuid(), '${tenant_id}', '${person_id}', 'RLS', now(), '${notAfter}')`
  expect(await codeAs('yang.an', insert)).toBe('access.party_unfit')
})
