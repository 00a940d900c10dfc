import { exclusions, needsChain, roleCodes } from '@huabiao/domains/access/access.model'
import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import { transitions } from '@huabiao/domains/change/change.model'
import { newId } from '@huabiao/kit/ids/new-id'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from './testing/harness.ts'

/** What must not work, at the doors and in the database behind them. */
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

const planBody = (change: ChangeDetail, patch: Partial<ChangeDetail['plan']>) => ({
  plan: { ...change.plan, ...patch },
  windowStart: change.windowStart,
  windowEnd: change.windowEnd,
  executorId: change.executor!.id,
  reviewerId: change.reviewer!.id,
})
/** Frees the targets for the next test: one window at a time holds them. */
const withdraw = (id: string) => h.act('zhao.ming', id, 'withdraw', { reason: '测试结束' })
const codeOf = async (attempt: Promise<unknown>): Promise<string> => {
  const error = await attempt.then(
    () => undefined,
    (cause: unknown) => cause as Error,
  )
  expect(error, 'the database let it pass').toBeDefined()
  return /^[a-z_]+\.[a-z_]+/.exec(error!.message)?.[0] ?? error!.message
}
/** As the application would: with its own role, in the tenant of the row. */
async function asApp<T>(tenantId: string, run: () => Promise<T>): Promise<T> {
  await app.query('begin')
  try {
    await app.query(`select set_config('app.tenant_id', $1, true)`, [tenantId])
    return await run()
  } finally {
    await app.query('rollback')
  }
}
const tenantOf = async (id: string): Promise<string> =>
  (await owner.query('select tenant_id from change_request where id = $1', [id])).rows[0].tenant_id

describe('at the doors', () => {
  test('NT-B07 one byte of the plan after its approval voids every approval, consent and slot (RL-07)', async () => {
    const scheduled = await h.scheduledChange()
    const edited = planBody(scheduled, { impact: `${scheduled.plan.impact} ` })
    const same = await h.call('zhao.ming', 'PUT', `/changes/${scheduled.id}/plan`, edited, {
      'if-match': `"${scheduled.version}"`,
    })
    expect(same.status, JSON.stringify(same.body)).toBe(200)
    const after = same.body as ChangeDetail
    expect(after).toMatchObject({ state: 'planning', planHash: null, approvedPlanHash: null })
    expect(after.approval?.stages.every((stage) => stage.state === 'voided')).toBe(true)
    expect(await h.refused('zhao.ming', scheduled.id, 'begin', { confirm: scheduled.no })).toBe('change.plan_incomplete')
    const stale = await h.call('zhao.ming', 'PUT', `/changes/${scheduled.id}/plan`, edited, {
      'if-match': `"${scheduled.version}"`,
    })
    expect(stale.body).toMatchObject({ code: 'request.stale' })
    await withdraw(scheduled.id)
  })

  test('G-CONF two changes never hold the same target at the same time, and the second is told', async () => {
    const first = await h.scheduledChange()
    await expect(h.scheduledChange()).rejects.toThrow('change.conflict')
    await withdraw(first.id)
  })

  test('RL-03 a freeze stops what is ready, and says so', async () => {
    const { id, no } = await h.scheduledChange()
    await h.composed.jobs.changes()
    expect((await h.read(id)).state).toBe('ready')
    const freeze = await h.freeze()
    await h.present(id)
    expect(await h.refused('zhao.ming', id, 'begin', { confirm: no })).toBe('change.frozen')
    await h.composed.jobs.changes()
    expect((await h.read(id)).state).toBe('scheduled')
    await freeze.lift()
    await withdraw(id)
  })

  test('RL-09 an unexpected result pauses; only L2 who took no part resumes; a rollback undoes newest first', async () => {
    const { id, no } = await h.scheduledChange()
    await h.composed.jobs.changes()
    await h.present(id)
    await h.act('zhao.ming', id, 'begin', { confirm: no })
    const opened = (await h.claim()).find((work) => work.kind === 'open')!
    await h.gateway(`sessions/${opened.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    // Two snapshots before, two prechecks.
    for (let i = 0; i < 4; i += 1) {
      await h.runNext(await h.read(id))
      await h.carryOut({ exitCode: 0, stdout: 'state=running' })
    }
    await h.runNext(await h.read(id))
    await h.carryOut({ exitCode: 0, stdout: 'something else' })
    const paused = await h.read(id)
    expect(paused).toMatchObject({ state: 'paused', pauseReason: 'expectation-failed' })
    const cause = { cause: '输出格式变化，服务正常', failedStep: 'accept' }
    expect(await h.refused('zhao.ming', id, 'resume', cause)).toBe('access.denied')
    expect(await h.refused('wu.di', id, 'resume', cause)).toBe('access.denied')
    // Exit 1: L2 who took no part names the cause; the step runs once more, and fails again.
    const resumed = await h.act('li.na', id, 'resume', { cause: '目标响应慢，重试一次', failedStep: 'retry' })
    expect(resumed).toMatchObject({ state: 'gray_running', next: { stepKey: 'deploy', targetName: 'portal-web-01' } })
    await h.runNext(resumed)
    await h.carryOut({ exitCode: 1, stdout: '' })
    expect(await h.read(id)).toMatchObject({ state: 'paused' })
    await h.claim()
    const rolling = await h.act('zhao.ming', id, 'roll-back', { reason: '按应急预案回退' })
    expect(rolling).toMatchObject({ state: 'rolling_back', next: { phase: 'rollback', targetName: 'portal-web-01' } })
    await h.runNext(rolling)
    await h.carryOut({ exitCode: 0, stdout: '' })
    expect((await h.read(id)).state).toBe('verifying')
    await h.act('qian.wei', id, 'pass-verification', { reason: '已恢复原版本' })
    await h.confirmItems(id, '无变化')
    expect(await h.refused('chen.jing', id, 'close', { reason: '已回退' }), 'G-EVID').toBe('change.evidence_open')
    await h.seal(opened.sessionId)
    expect(await h.act('chen.jing', id, 'close', { reason: '已回退' })).toMatchObject({ outcome: 'rolled_back' })
  })

  test('NT-D02 what an earlier boot had begun becomes unknown, pauses the change, and is never run again by itself', async () => {
    const { id, no } = await h.scheduledChange()
    await h.composed.jobs.changes()
    await h.present(id)
    await h.act('zhao.ming', id, 'begin', { confirm: no })
    const opened = (await h.claim()).find((work) => work.kind === 'open')!
    await h.gateway(`sessions/${opened.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
    await h.runNext(await h.read(id))
    const run = (await h.claim()).find((work) => work.kind === 'run')!
    const grant = h.grantOf(run)
    expect((await h.gateway(`grants/${grant.id}/started`, { bootId: h.bootId })).status).toBe(200)
    const nextBoot = newId()
    expect((await h.gateway('hello', { bootId: nextBoot, version: 'test' })).status).toBe(200)
    expect(await h.read(id)).toMatchObject({ state: 'paused', pauseReason: 'unknown-outcome', runs: [{ state: 'unknown' }] })
    expect((await h.gateway<{ code: string }>('work', { bootId: h.bootId, waitMs: 0, done: [] })).body.code).toBe(
      'session.stale_boot',
    )
    expect((await h.gateway<{ code: string }>(`grants/${grant.id}/started`, { bootId: nextBoot })).body.code).toBe(
      'session.grant_used',
    )
    expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
    await h.act('zhao.ming', id, 'abandon', { reason: '重新评估' })
  })

  test('NT-C04, NT-C03 administrators and auditors neither draft, approve, execute nor stop', async () => {
    const { id } = await h.scheduledChange()
    for (const login of ['han.guan', 'zhu.cha', 'hua.shen'])
      for (const [name, payload] of [
        ['begin', { confirm: 'x' }],
        ['run-next', { stepKey: 'look', targetId: newId() }],
        ['resume', { cause: 'x', failedStep: 'retry' }],
        ['roll-back', { reason: 'x' }],
        ['submit', {}],
        ['close', { reason: 'x' }],
      ] as const)
        expect(await h.refused(login, id, name, payload), `${login} ${name}`).toMatch(/^(access\.denied|change\.not_found)$/)
    await withdraw(id)
  })

  test('NT-B13 another provider finds nothing of it, by any name', async () => {
    const { id } = await h.scheduledChange()
    for (const path of [
      `/changes/${id}`,
      `/changes/${id}/timeline`,
      `/changes/${id}/plan-versions`,
      `/changes/${id}/candidates`,
    ]) {
      const answer = await h.call('he.chen', 'GET', path)
      expect([answer.status, (answer.body as { code: string }).code], path).toEqual([404, 'change.not_found'])
    }
    expect((await h.call('he.chen', 'GET', '/changes')).body).toMatchObject({ items: [] })
    await withdraw(id)
  })
})

describe('in the database, with the application’s own role', () => {
  test('RL-01 the transitions in SQL are those of the model', async () => {
    const { rows } = await owner.query('select from_state, to_state from change_transition')
    const kept = new Set(rows.map((row) => `${row.from_state} ${row.to_state}`))
    for (const { from, to } of Object.values(transitions))
      for (const state of from) expect(kept.has(`${state} ${to}`), `${state} ${to}`).toBe(true)
    const modelled = new Set(Object.values(transitions).flatMap(({ from, to }) => from.map((state) => `${state} ${to}`)))
    for (const pair of kept) expect(modelled.has(pair) || pair === 'paused *', pair).toBe(true)
  })

  test('RL-01, RL-07 nothing begins unapproved, no hash is approved by hand, no bound plan is edited', async () => {
    const scheduled = await h.scheduledChange()
    const { id } = scheduled
    const tenant = await tenantOf(id)
    const update = (set: string) =>
      asApp(tenant, () => app.query(`update change_request set version = version + 1, ${set} where id = '${id}'`))
    expect(await codeOf(update(`state = 'prechecking'`))).toBe('change.wrong_state')
    expect(await codeOf(update(`plan = '{}'::jsonb`))).toBe('change.hash_mismatch')
    expect(await codeOf(update(`executor_id = reviewer_id`))).not.toBe('')
    expect(await codeOf(update(`approved_plan_hash = repeat('a', 64)`))).toBe('change.not_approved')
    expect(await codeOf(update(`plan_hash = repeat('a', 64)`))).toBe('change.hash_mismatch')
    expect(
      await codeOf(
        asApp(tenant, () =>
          app.query(
            `insert into change_step select change_id, plan_hash, 'extra', phase, tenant_id, party_ids, account, danger, action, command_digest from change_step where change_id = '${id}' limit 1`,
          ),
        ),
      ),
    ).toBe('change.hash_mismatch')
    await withdraw(id)
  })

  test('RL-13 the ledger is only ever added to, and only where it ends', async () => {
    const { rows } = await owner.query('select tenant_id from ledger_chain order by size desc limit 1')
    const tenant = rows[0].tenant_id
    for (const statement of [`update ledger_record set act = 'x'`, 'delete from ledger_record', 'truncate ledger_record'])
      expect(await codeOf(asApp(tenant, () => app.query(statement)))).toMatch(/permission denied|append_only/)
    const forged = `insert into ledger_record select tenant_id, plane, seq + 1000, at, act, object, change_id, person_id, actor_name, decision, code, rule, body, prev, hash from ledger_record where tenant_id = '${tenant}' limit 1`
    expect(await codeOf(asApp(tenant, () => app.query(forged)))).toMatch(/permission denied/)
    // The one way to add a record takes no number and no link from its caller, and no group that is not whole.
    const [head] = (
      await owner.query(`select plane, size, last from ledger_chain where tenant_id = '${tenant}' order by size desc limit 1`)
    ).rows
    const append = (of: { size?: number; last?: string; acts?: string[]; bodies?: string }) =>
      codeOf(
        asApp(tenant, () =>
          app.query(
            `select ledger_append($1::uuid, $2, $3::bigint, $4, now(), null, 'x', $5::text[], array['o'], array[null]::uuid[], array['done'], array[null], array[null], $6, repeat('a', 64))`,
            [tenant, head.plane, of.size ?? head.size, of.last ?? head.last, of.acts ?? ['x.y'], of.bodies ?? '{}'],
          ),
        ),
      )
    expect(await append({ size: Number(head.size) - 1 })).toBe('ledger.chain_broken')
    expect(await append({ size: Number(head.size) + 1 })).toBe('ledger.chain_broken')
    expect(await append({ last: 'f'.repeat(64) })).toBe('ledger.chain_broken')
    expect(await append({ acts: ['x.y', 'x.z'] })).toBe('ledger.chain_broken')
    expect(await append({ bodies: '{}\n{}' })).toBe('ledger.chain_broken')
    const [after] = (
      await owner.query(`select size, last from ledger_chain where tenant_id = '${tenant}' and plane = '${head.plane}'`)
    ).rows
    expect(after).toEqual({ size: head.size, last: head.last })
  })

  test('NT-B05 nobody is present, or signs, for another person', async () => {
    const { id, reviewer } = await h.scheduledChange()
    const tenant = await tenantOf(id)
    const insert = `insert into change_presence (change_id, person_id, tenant_id, logon_session_id, seen_at) values ('${id}', '${reviewer!.id}', '${tenant}', 'x', now())`
    expect(await codeOf(asApp(tenant, () => app.query(insert)))).toBe('change.reviewer_absent')
    await withdraw(id)
  })

  test('without a tenant the application sees no row of anybody', async () => {
    const { rows } = await owner.query(
      `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' where c.relkind = 'r' and c.relrowsecurity`,
    )
    expect(rows.length).toBeGreaterThan(20)
    for (const { relname } of rows) {
      const seen = await app.query(`select count(*)::int as n from ${relname}`)
      expect(seen.rows[0].n, relname).toBe(0)
    }
  })

  test('NT-C01 no sequence of grants gives one person two roles that exclude each other', async () => {
    const matrix = await owner.query('select a, b, kind from role_exclusion')
    const sorted = (pairs: readonly { a: string; b: string; kind: string }[]) =>
      pairs.map(({ a, b, kind }) => `${[a, b].sort().join(' ')} ${kind}`).sort()
    expect(sorted(matrix.rows)).toEqual(sorted(exclusions))
    expect([
      exclusions.filter((pair) => pair.kind === 'static').length,
      exclusions.filter((pair) => pair.kind === 'dynamic').length,
    ]).toEqual([96, 40])
    const excluded = new Set(
      exclusions.filter((pair) => pair.kind === 'static').flatMap(({ a, b }) => [`${a} ${b}`, `${b} ${a}`]),
    )
    const chained = await owner.query('select role from role_by_chain order by role')
    expect(chained.rows.map((row) => row.role)).toEqual(roleCodes.filter(needsChain).sort())
    // As while a deployment is founded: afterwards the chain (RL-28) would refuse most grants before the matrix is asked.
    await owner.query('delete from ceremony_closed')
    const { rows } = await owner.query(
      `select p.id, p.tenant_id from person p join organization o on o.id = p.tenant_id where o.party = 'service-provider' limit 6`,
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ who: fc.integer({ min: 0, max: 5 }), role: fc.constantFrom(...roleCodes), revoke: fc.boolean() }), {
          maxLength: 14,
        }),
        async (grants) => {
          await app.query('begin')
          for (const { who, role, revoke } of grants) {
            const person = rows[who]
            await app.query(`select set_config('app.tenant_id', $1, true)`, [person.tenant_id])
            await app.query('savepoint one')
            const statement = revoke
              ? `update role_binding set revoked_at = now() where person_id = '${person.id}' and role = '${role}' and revoked_at is null`
              : `insert into role_binding (id, tenant_id, person_id, role, not_before, not_after) values ('${newId()}', '${person.tenant_id}', '${person.id}', '${role}', now(), now() + interval '1 day')`
            await app.query(statement).catch(() => app.query('rollback to savepoint one'))
          }
          const held = await app.query(
            'select person_id, array_agg(distinct role) as roles from role_binding where revoked_at is null group by person_id',
          )
          await app.query('rollback')
          for (const { roles } of held.rows as { roles: string[] }[])
            for (const a of roles) for (const b of roles) expect(excluded.has(`${a} ${b}`), `${a} with ${b}`).toBe(false)
        },
      ),
      { numRuns: 60 },
    )
    await owner.query('insert into ceremony_closed (at) values (now())')
  })
})
