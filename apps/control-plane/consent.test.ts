import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import type { PreauthorisationView } from '@huabiao/domains/consent/consent.contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** RL-11: a customer's word in advance, what it covers, and what happens the moment it no longer does. */
let h: Harness
let owner: pg.Client
let app: pg.Client
let portal: string
let archive: string
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  app = new pg.Client({ connectionString: h.appUrl })
  await owner.connect()
  await app.connect()
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  const { rows } = await owner.query('select id, code from information_system')
  portal = rows.find((row) => row.code === 'portal').id
  archive = rows.find((row) => row.code === 'archive').id
}, 60_000)
afterAll(async () => {
  await owner.end()
  await app.end()
  await h.close()
})

const hours = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString()
const terms = () => ({
  name: '门户日常变更',
  reason: '例行升级，无须逐次授权',
  systemIds: [portal],
  categories: [],
  maxRisk: 'R2',
  fromMinute: null,
  toMinute: null,
  waivesNotice: true,
  notBefore: hours(-24),
  notAfter: hours(24 * 30),
})
const give = (patch: object = {}, login = 'kong.xin') => h.call(login, 'POST', '/preauthorisations', { ...terms(), ...patch })
async function given(patch: object = {}): Promise<PreauthorisationView> {
  const answer = await give(patch)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}
const revoke = (id: string, login = 'kong.xin') =>
  h.call(login, 'POST', `/preauthorisations/${id}/revoke`, { reason: '改为逐次授权' })
/** Approved by everybody but the customer. */
async function approved(): Promise<ChangeDetail> {
  const { id, planHash } = await h.approvingChange()
  await h.act('sun.jie', id, 'decisions', { planHash, verdict: 'approve' })
  return h.act('chu.heng', id, 'decisions', { planHash, verdict: 'approve' })
}
const withdraw = (id: string) => h.act('zhao.ming', id, 'withdraw', { reason: '测试结束' })
async function end(id: string): Promise<void> {
  await owner.query('delete from change_booking where change_id = $1', [id])
  await owner.query(`alter table change_request disable trigger user`)
  await owner.query(`update change_request set state = 'closed' where id = $1`, [id])
  await owner.query(`alter table change_request enable trigger user`)
}

describe('a pre-authorisation', () => {
  test('is given by the customer for its own systems, seen by who serves them, and revoked by the customer', async () => {
    const word = await given()
    expect(word).toMatchObject({ state: 'holds', givenBy: '孔欣', unitName: '华州市政务服务中心' })
    const seen = async (login: string): Promise<string[]> =>
      ((await h.call(login, 'GET', '/preauthorisations')).body as { items: PreauthorisationView[] }).items.map((one) => one.id)
    expect([await seen('zhao.ming'), await seen('he.chen'), await seen('jin.dang')]).toEqual([[word.id], [], []])
    expect((await give({ systemIds: [archive] })).body).toMatchObject({ code: 'consent.not_customer' })
    expect((await give({}, 'wei.shen')).body, 'the provider’s approver').toMatchObject({ code: 'consent.not_customer' })
    expect((await give({}, 'cao.li')).body).toMatchObject({ code: 'access.denied' })
    expect((await give({ notAfter: hours(-1) })).body).toMatchObject({ code: 'consent.span_invalid' })
    expect((await revoke(word.id, 'wei.shen')).body).toMatchObject({ code: 'consent.not_customer' })
    expect((await revoke(word.id, 'cao.li')).body, 'the administrator of the tenant').toMatchObject({ state: 'revoked' })
    expect((await revoke(word.id)).body).toMatchObject({ code: 'consent.wrong_state' })
  })

  test('covers its systems, classes, risk, hours and term, and nothing beside them', async () => {
    const { id } = await approved()
    const { risk, windowStart, windowEnd } = (
      await owner.query(
        `select risk, window_start as "windowStart", window_end as "windowEnd" from change_request where id = $1`,
        [id],
      )
    ).rows[0] as { risk: string; windowStart: Date; windowEnd: Date }
    expect(risk).toBe('R3')
    const minute = (at: Date, by = 0): number => (((Math.floor(at.getTime() / 60_000) + 480 + by) % 1440) + 1440) % 1440
    const cases: [string, object, boolean][] = [
      ['as it is', {}, true],
      ['a risk at most that is lower', { maxRisk: 'R4' }, false],
      ['hours around the window', { fromMinute: minute(windowStart, -5), toMinute: minute(windowEnd, 5) }, true],
      ['hours that end too soon', { fromMinute: minute(windowStart, -5), toMinute: minute(windowEnd, -5) }, false],
      ['hours that begin too late', { fromMinute: minute(windowStart, 5), toMinute: minute(windowEnd, 5) }, false],
      ['the rest of the day', { fromMinute: minute(windowEnd, 5), toMinute: minute(windowStart, -5) }, false],
      ['the whole day round', { fromMinute: minute(windowStart), toMinute: minute(windowStart) }, true],
      ['a term that ends in the window', { notAfter: new Date(windowEnd.getTime() - 60_000).toISOString() }, false],
      ['a term that is ahead', { notBefore: hours(1) }, false],
      ['another class beside', { categories: [3] }, true],
    ]
    for (const [what, patch, covers] of cases) {
      const word = await given(patch)
      const { rows } = await owner.query('select system_id from change_preauthorised($1)', [id])
      expect(rows.length > 0, what).toBe(covers)
      expect((await revoke(word.id)).status).toBe(200)
      expect((await owner.query('select 1 from change_preauthorised($1)', [id])).rows, 'revoked').toEqual([])
    }
    await given({ name: '不限' })
    await owner.query('alter table change_request disable trigger user')
    const covered = async (set: string): Promise<number> => {
      await owner.query(`update change_request set ${set} where id = $1`, [id])
      return (await owner.query('select 1 from change_preauthorised($1)', [id])).rows.length
    }
    expect([await covered(`risk = 'R1'`), await covered(`risk = 'R2'`)], 'R1 is never allowed in advance').toEqual([0, 1])
    expect(await covered(`categories = '{3}'`), 'a class that was not named').toBe(0)
    await owner.query('alter table change_request enable trigger user')
    await end(id)
    for (const one of (
      (await h.call('kong.xin', 'GET', '/preauthorisations?current=true')).body as { items: PreauthorisationView[] }
    ).items)
      await revoke(one.id)
  })

  test('skips the consent stage, and is named in the record', async () => {
    const word = await given()
    const change = await approved()
    expect(change).toMatchObject({ state: 'scheduled', consents: [{ person: null, preauthorisation: '门户日常变更' }] })
    const { rows } = await owner.query(`select body from ledger_record where body like '%change.scheduled%' and body like $1`, [
      `%${change.id}%`,
    ])
    expect(JSON.stringify(rows)).toContain(word.id)
    await withdraw(change.id)
    await revoke(word.id)
  })

  test('that is revoked holds the change back, and the customer may still give the word for this plan', async () => {
    const word = await given()
    const { id, planHash, no } = await approved()
    await h.composed.jobs.changes()
    expect((await h.read(id)).state).toBe('ready')
    await revoke(word.id)
    expect(await h.refused('zhao.ming', id, 'begin', { confirm: no })).toBe('change.no_consent')
    await h.composed.jobs.changes()
    expect((await h.read(id)).state).toBe('scheduled')
    expect(await h.refused('zhao.ming', id, 'begin', { confirm: no })).toBe('change.no_consent')
    expect(await h.refused('kong.xin', id, 'consents', { planHash, verdict: 'refuse' })).toBe('change.wrong_state')
    await h.act('kong.xin', id, 'consents', { planHash, verdict: 'consent', waiveNotice: true })
    await h.composed.jobs.changes()
    expect((await h.read(id)).state).toBe('ready')
    await end(id)
  })

  test('that is revoked while it runs stops the next step, pauses the change, and bars its resumption until the customer consents', async () => {
    const word = await given()
    const { id, no, planHash } = await approved()
    await h.composed.jobs.changes()
    await h.present(id)
    await h.act('zhao.ming', id, 'begin', { confirm: no })
    const opened = (await h.claim()).find((work) => work.kind === 'open')!
    await h.gateway(`sessions/${opened.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    await h.runNext(await h.read(id))
    await h.carryOut({ exitCode: 0, stdout: 'state=running' })
    const { next } = await h.read(id)
    await revoke(word.id)
    expect(await h.refused('zhao.ming', id, 'run-next', { stepKey: next!.stepKey, targetId: next!.targetId })).toBe(
      'change.no_consent',
    )
    const { rows } = await owner.query('select * from change_request where id = $1', [id])
    const { tenant_id, plan_hash, executor_id, session_id } = rows[0]
    await app.query('begin')
    await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
      tenant_id,
      executor_id,
    ])
    const run = app.query(
      `insert into change_step_run (id, change_id, tenant_id, plan_hash, step_key, phase, batch, target_id, target_name, attempt, state, executor_id, session_id, not_after, timeout_ms, issued_at)
       values (gen_random_uuid(), $1, $2, $3, 'look', 'precheck', 1, $4, 'portal-web-01', 7, 'granted', $5, $6, now() + interval '1 minute', 1000, now())`,
      [id, tenant_id, plan_hash, next!.targetId, executor_id, session_id],
    )
    await expect(run, 'and the database').rejects.toThrow('change.no_consent')
    await app.query('rollback')
    expect(
      (await owner.query('select distinct consented from pub_grant_facts where change_id = $1', [id])).rows,
      'and the signer',
    ).toEqual([{ consented: false }])
    await h.composed.jobs.changes()
    expect(await h.read(id)).toMatchObject({ state: 'paused', pauseReason: 'consent-withdrawn' })
    const cause = { cause: '客户已重新授权', failedStep: 'accept' }
    expect(await h.refused('li.na', id, 'resume', cause)).toBe('change.no_consent')
    await h.act('kong.xin', id, 'consents', { planHash, verdict: 'consent', waiveNotice: true })
    expect((await h.act('li.na', id, 'resume', cause)).state).toBe('prechecking')
    await end(id)
  })
})

describe('the database says no a second time (RL-11)', () => {
  test('nobody gives, widens or revives the word of a customer', async () => {
    const word = await given()
    const { rows } = await owner.query(
      `select login, tenant_id, person_id from account where login in ('zhao.ming', 'kong.xin', 'cao.li')`,
    )
    const attempt = async (login: string, statement: string): Promise<string> => {
      const { tenant_id, person_id } = rows.find((row) => row.login === login)!
      await app.query('begin')
      try {
        await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
          tenant_id,
          person_id,
        ])
        return await app.query(statement).then(
          ({ rowCount }) => `done ${rowCount}`,
          (error: Error) => error.message,
        )
      } finally {
        await app.query('rollback')
      }
    }
    const copy = (tenant: string, person: string, systems: string) =>
      `insert into consent_preauthorisation (id, tenant_id, name, reason, system_ids, categories, max_risk, waives_notice, not_before, not_after, given_by, given_at)
       values (gen_random_uuid(), ${tenant}, 'x', 'x', array['${systems}'::uuid], '{}', 'R2', false, now(), now() + interval '1 day', ${person}, now())`
    const kong = rows.find((row) => row.login === 'kong.xin')!
    const cases: [string, string, string][] = [
      ['zhao.ming', copy('app_tenant()', 'app_person()', portal), 'consent.not_customer'],
      ['zhao.ming', copy(`'${kong.tenant_id}'`, `'${kong.person_id}'`, portal), 'consent.not_customer'],
      ['cao.li', copy('app_tenant()', 'app_person()', portal), 'consent.not_customer'],
      ['kong.xin', copy('app_tenant()', 'app_person()', archive), 'consent.not_customer'],
      ['kong.xin', copy('app_tenant()', 'app_person()', portal), 'done 1'],
      [
        'kong.xin',
        `update consent_preauthorisation set not_after = not_after + interval '1 day' where id = '${word.id}'`,
        'consent.wrong_state',
      ],
      ['zhao.ming', `update consent_preauthorisation set revoked_at = now() where id = '${word.id}'`, 'done 0'],
      ['kong.xin', `delete from consent_preauthorisation where id = '${word.id}'`, 'permission denied'],
    ]
    for (const [login, statement, answer] of cases) expect(await attempt(login, statement), statement).toContain(answer)
    await revoke(word.id)
    const revive = `update consent_preauthorisation set revoked_at = null, revoked_by = null, revoke_reason = null where id = '${word.id}'`
    expect(await attempt('kong.xin', revive)).toContain('consent.wrong_state')
  })
})
