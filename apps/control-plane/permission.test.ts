import type { PermissionRequestView } from '@huabiao/domains/access/access.contract'
import { newId } from '@huabiao/kit/ids/new-id'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** Permission requests through their whole life (itsm §2.8, RL-28): the chain, what breaks it, and how a permission ends. */
let h: Harness
let owner: pg.Client
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

const chain = [
  ['supervisor', 'wei.shen'],
  ['owner', 'shen.zhu'],
  ['security', 'yang.an'],
  ['department', 'jiang.ping'],
] as const
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString()
const asks = (login: string, role: string, days = 30) =>
  h.call(login, 'POST', '/permission-requests', { role, duty: null, reason: '代班', notAfter: inDays(days) })
async function requested(login: string, role: string): Promise<PermissionRequestView> {
  const { status, body } = await asks(login, role)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}
const decides = (login: string, id: string, verdict = 'approve') =>
  h.call(login, 'POST', `/permission-requests/${id}/decisions`, { verdict, note: '同意' })
async function approves(login: string, id: string): Promise<PermissionRequestView> {
  const { status, body } = await decides(login, id)
  expect(status, `${login} ${JSON.stringify(body)}`).toBe(200)
  return body
}
const codeOf = async (attempt: Promise<{ status: number; body: unknown }>): Promise<string> => {
  const { status, body } = await attempt
  expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400)
  return (body as { code: string }).code
}
async function granted(login: string, role: string): Promise<PermissionRequestView> {
  let request = await requested(login, role)
  for (const [, approver] of chain) request = await approves(approver, request.id)
  expect(request.state).toBe('granted')
  return request
}
const look = async (id: string): Promise<PermissionRequestView> =>
  (await h.call('zhu.cha', 'GET', `/permission-requests/${id}`)).body
const actionsOf = async (login: string): Promise<string[]> =>
  ((await h.call(login, 'GET', '/me')).body as { actions: string[] }).actions
const noticesOf = async (login: string, kind: string): Promise<number> =>
  ((await h.call(login, 'GET', '/notifications')).body as { items: { kind: string }[] }).items.filter((one) => one.kind === kind)
    .length
/** What no door can do: time passes, or somebody is given a role behind everybody's back. */
async function behindTheDoors(statement: string, values: unknown[]): Promise<void> {
  await owner.query('begin')
  await owner.query('alter table role_binding disable trigger user')
  await owner.query(statement, values)
  await owner.query('alter table role_binding enable trigger user')
  await owner.query('commit')
}
const personOf = async (login: string): Promise<{ id: string; tenant_id: string }> =>
  (await owner.query('select person_id as id, tenant_id from account where login = $1', [login])).rows[0]
async function slipIn(login: string, role: string): Promise<string> {
  const id = newId()
  const { id: personId, tenant_id } = await personOf(login)
  await behindTheDoors(
    `insert into role_binding (id, tenant_id, person_id, role, not_before, not_after) values ($1, $2, $3, $4, now(), now() + interval '9 days')`,
    [id, tenant_id, personId, role],
  )
  return id
}

describe('the chain', () => {
  test('four persons, one after the other; then the role permits what it did not permit before', async () => {
    expect(await actionsOf('feng.ban')).not.toContain('change:accept')
    const { id, stages } = await requested('feng.ban', 'CHM')
    expect(stages.map((stage) => [stage.key, stage.state])).toEqual(chain.map(([key], i) => [key, i === 0 ? 'open' : 'waiting']))
    expect(stages.map((stage) => [stage.since !== null, stage.dueAt !== null])).toEqual([
      [true, true],
      [false, false],
      [false, false],
      [false, false],
    ])
    expect(await codeOf(decides('feng.ban', id)), 'nobody decides their own').toBe('access.denied')
    expect(await codeOf(decides('yang.an', id)), 'security before its turn').toBe('approval.not_candidate')
    await approves('wei.shen', id)
    expect(await codeOf(decides('wei.shen', id)), 'one person, one stage').toBe('approval.already_decided')
    expect(await noticesOf('shen.zhu', 'permission.decide')).toBe(1)
    for (const approver of ['shen.zhu', 'yang.an']) expect((await approves(approver, id)).state).toBe('open')
    expect(await actionsOf('feng.ban'), 'three of four').not.toContain('change:accept')
    const last = await approves('jiang.ping', id)
    expect(last).toMatchObject({ state: 'granted', grant: { state: 'active' } })
    // Granted is not worn: one active role at a time, changed by the person.
    expect(await actionsOf('feng.ban')).not.toContain('change:accept')
    expect((await h.call('feng.ban', 'PUT', '/me/role', { role: 'CHM' })).status).toBe(200)
    expect(await actionsOf('feng.ban')).toContain('change:accept')
    expect(await codeOf(decides('jiang.ping', id))).toBe('access.request_closed')
    expect(await noticesOf('feng.ban', 'permission.granted')).toBe(1)
  })

  test('one rejection ends it', async () => {
    const { id } = await requested('wu.di', 'RLS')
    await approves('wei.shen', id)
    expect((await decides('shen.zhu', id, 'reject')).body).toMatchObject({ state: 'rejected', grant: null })
    expect(await codeOf(decides('yang.an', id))).toBe('access.request_closed')
    expect(await noticesOf('wu.di', 'permission.rejected')).toBe(1)
  })

  test('who would have to decide on themselves is told at once that nobody can', async () => {
    expect(await codeOf(asks('shen.zhu', 'CHM'))).toBe('approval.no_candidate')
  })

  test('RL-28 longer than a quarter, RL-17 appointed roles, RL-27 what excludes: refused before anybody is asked', async () => {
    expect(await codeOf(asks('wu.di', 'NET', 91))).toBe('access.request_too_long')
    expect(await codeOf(asks('wu.di', 'AUD'))).toBe('access.not_requestable')
    expect(await codeOf(asks('wu.di', 'SYS'))).toBe('access.exclusive_roles')
    expect(await codeOf(asks('wu.di', 'TOP'))).toBe('access.party_unfit')
  })

  test('RL-27 the matrix is asked again by the security administrator, and once more when the role is given', async () => {
    const { id } = await requested('wang.lu', 'DBA')
    await approves('wei.shen', id)
    await approves('shen.zhu', id)
    const slipped = await slipIn('wang.lu', 'SYS')
    expect(await codeOf(decides('yang.an', id))).toBe('access.exclusive_roles')
    await behindTheDoors('update role_binding set revoked_at = now() where id = $1', [slipped])
    await approves('yang.an', id)
    const again = await slipIn('wang.lu', 'SYS')
    expect(await codeOf(decides('jiang.ping', id))).toBe('access.exclusive_roles')
    expect(await look(id)).toMatchObject({ state: 'open', grant: null })
    await behindTheDoors('update role_binding set revoked_at = now() where id = $1', [again])
    expect((await approves('jiang.ping', id)).state).toBe('granted')
  })

  test('RL-24 without valid training nothing is asked for, and nothing is given', async () => {
    const { id: personId } = await personOf('zheng.hao')
    const train = (until: string) => owner.query('update person set training_valid_until = $2 where id = $1', [personId, until])
    const { id } = await requested('zheng.hao', 'NET')
    for (const approver of ['wei.shen', 'shen.zhu', 'yang.an']) await approves(approver, id)
    await train('2026-01-01')
    expect(await codeOf(decides('jiang.ping', id))).toBe('access.untrained')
    expect(await codeOf(asks('zheng.hao', 'RLS'))).toBe('access.untrained')
    await train('2099-01-01')
    expect((await approves('jiang.ping', id)).state).toBe('granted')
  })

  test('whoever has lost the duty decides nothing, though they were a candidate when it was asked', async () => {
    const { id } = await requested('wu.di', 'ENG')
    const { id: personId } = await personOf('wei.shen')
    await behindTheDoors(`update role_binding set suspended_at = now() where person_id = $1 and duty = 'supervisor'`, [personId])
    expect(await codeOf(decides('wei.shen', id))).toBe('approval.not_candidate')
    await behindTheDoors(`update role_binding set suspended_at = null where person_id = $1`, [personId])
    await approves('wei.shen', id)
  })
})

describe('time', () => {
  test('an undecided request falls, and nobody can decide it any more', async () => {
    const { id } = await requested('qian.wei', 'NET')
    await approves('wei.shen', id)
    await owner.query(`update permission_request set expires_at = now() - interval '1 second' where id = $1`, [id])
    expect(await codeOf(decides('shen.zhu', id)), 'also before the sweep comes').toBe('access.request_closed')
    await h.composed.jobs.permissions()
    expect(await look(id)).toMatchObject({ state: 'expired' })
    expect((await look(id)).stages.map((stage) => stage.state)).toEqual(['voided', 'voided', 'voided', 'voided'])
    expect(await noticesOf('qian.wei', 'permission.expired')).toBe(1)
  })

  test('an end is announced a week and a day before, each once; when it comes the role is gone and the end is recorded', async () => {
    const { id, grant } = await granted('zhou.yan', 'RLS')
    const endsIn = (interval: string) =>
      behindTheDoors(`update role_binding set not_after = now() + $2::interval where id = $1`, [grant!.bindingId, interval])
    const sweep = () => h.composed.jobs.permissions()
    await sweep()
    expect(await noticesOf('zhou.yan', 'permission.expiring')).toBe(0)
    await behindTheDoors(`update role_binding set not_before = now() - interval '20 days' where id = $1`, [grant!.bindingId])
    for (const [left, notices] of [
      ['6 days', 1],
      ['5 days', 1],
      ['20 hours', 2],
      ['2 hours', 2],
    ] as const) {
      await endsIn(left)
      await sweep()
      expect((await look(id)).grant?.state).toBe('expiring')
      expect(await noticesOf('zhou.yan', 'permission.expiring'), left).toBe(notices)
    }
    await endsIn('-1 second')
    expect(((await h.call('zhou.yan', 'GET', '/me')).body as { roles: string[] }).roles, 'at once, sweep or not').toEqual(['CRE'])
    await sweep()
    expect(await look(id)).toMatchObject({ state: 'ended', grant: { state: 'ended' } })
    expect(await noticesOf('zhou.yan', 'permission.ended')).toBe(1)
    const { rows } = await owner.query(`select 1 from ledger_record where act = 'permission.ended' and object = $1`, [
      `permission-request/${id}`,
    ])
    expect(rows).toHaveLength(1)
  })

  test('a suspended role counts for nothing, still excludes, and comes back with its end where it was', async () => {
    const { id, grant } = await granted('li.na', 'RLS')
    const rolesOf = async () => ((await h.call('li.na', 'GET', '/me')).body as { roles: string[] }).roles
    const hold = (login: string, verb: string) =>
      h.call(login, 'POST', `/role-bindings/${grant!.bindingId}/${verb}`, { reason: '异常登录' })
    expect(await rolesOf()).toEqual(['CRE', 'RLS'])
    expect(await codeOf(hold('zhu.cha', 'suspend'))).toBe('access.denied')
    expect((await hold('yang.an', 'suspend')).status).toBe(200)
    expect(await rolesOf()).toEqual(['CRE'])
    expect((await look(id)).grant?.state).toBe('suspended')
    expect(await codeOf(hold('yang.an', 'suspend')), 'twice').toBe('access.binding_not_found')
    expect((await hold('yang.an', 'resume')).status).toBe(200)
    expect(await rolesOf()).toEqual(['CRE', 'RLS'])
    expect((await look(id)).grant?.notAfter).toBe(grant!.notAfter)
  })

  test('a role that is taken back ends its request', async () => {
    const { id, grant } = await granted('sun.jie', 'RLS')
    const { id: by } = await personOf('yang.an')
    await owner.query('update role_binding set revoked_at = now(), revoked_by = $2 where id = $1', [grant!.bindingId, by])
    await h.composed.jobs.permissions()
    expect(await look(id)).toMatchObject({ state: 'ended', grant: { state: 'revoked' } })
  })
})
