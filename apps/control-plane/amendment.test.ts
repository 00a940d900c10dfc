import { newId } from '@huabiao/kit/ids/new-id'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { halfDone, withReload } from './testing/half-done.ts'
import { type Harness, startHarness } from './testing/harness.ts'

/** Urgent changes and amendments at the doors and before the signer (itsm §1.1 rows 10 and 14, §2.3-A): RL-01, RL-05, RL-07, RL-09, G-WIN, NT-B07. */
let h: Harness
let owner: pg.Client
let half: ReturnType<typeof halfDone>
beforeAll(async () => {
  h = await startHarness()
  owner = new pg.Client({ connectionString: h.ownerUrl })
  await owner.connect()
  half = halfDone(h, owner)
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
}, 60_000)
afterAll(async () => {
  await owner.end()
  await h.close()
})

const codeOf = (answer: { body: unknown }): string => (answer.body as { code: string }).code

describe('an amendment of what runs', () => {
  test('RL-07, RL-09 keeps what ran, is approved by several at once, goes on where something is missing, and owes its test', async () => {
    const paused = await half.pausedInSecondBatch()
    const { id } = paused
    const oldHash = paused.planHash!
    const amending = await h.act('zhao.ming', id, 'amend', { reason: '端口被占用，需重新加载' })
    expect(amending.amendments).toMatchObject([
      {
        seq: 1,
        state: 'drafting',
        fromHash: oldHash,
        pausedFrom: 'rolling',
        declaredBy: { name: '赵明' },
        reason: '端口被占用，需重新加载',
      },
    ])
    expect(await h.refused('zhao.ming', id, 'finish-plan'), 'nothing differs').toBe('change.amendment_unchanged')
    const [look, deploy] = amending.plan.steps
    const edited = { ...amending.plan, steps: [look!, { ...deploy!, title: '换一个' }, ...amending.plan.steps.slice(2)] }
    expect(codeOf(await half.save(amending, { plan: edited })), 'RL-07: what ran stays as it ran').toBe(
      'change.executed_step_edited',
    )
    expect((await half.save(amending, { plan: withReload(amending.plan) })).status).toBe(200)

    const asked = await h.act('zhao.ming', id, 'finish-plan')
    expect(asked.state).toBe('approving')
    expect(asked.planHash).not.toBe(oldHash)
    expect(asked.amendments[0]).toMatchObject({
      state: 'approving',
      toHash: asked.planHash,
      diff: { added: ['reload'], changed: [], removed: [] },
    })
    expect(asked.approval!.stages.map((stage) => [stage.key, stage.state])).toEqual([
      ['technical-manager', 'open'],
      ['change-manager', 'open'],
    ])
    expect(asked.deadlines.map((one) => one.name).sort()).toEqual(['approve:change-manager', 'approve:technical-manager'])
    for (const { dueAt } of asked.deadlines)
      expect(Date.parse(dueAt) - Date.parse(asked.now), '30 min').toBeLessThanOrEqual(1_800_000)
    expect(await h.refused('zhao.ming', id, 'run-next', { stepKey: 'deploy', targetId: paused.targets[1]!.id })).toBe(
      'change.not_approved',
    )
    expect(await h.refused('zhao.ming', id, 'withdraw', { reason: '不做了' }), 'half done').toBe('change.half_done')
    expect(await h.refused('chu.heng', id, 'decisions', { planHash: oldHash, verdict: 'approve' }), 'NT-B07').toBe(
      'change.hash_mismatch',
    )

    // Side by side: the second is asked before the first has spoken.
    await half.decide('chu.heng', asked)
    expect((await h.read(id)).approval!.stages.map((stage) => stage.state)).toEqual(['open', 'approved'])
    const approved = await half.decide('wei.shen', asked)
    expect(approved).toMatchObject({ state: 'consenting', amendments: [{ state: 'approved' }] })
    await h.act('kong.xin', id, 'consents', { planHash: asked.planHash, verdict: 'consent' })
    await h.composed.jobs.changes()
    const waiting = await h.read(id)
    expect(waiting.state, 'RL-05: untested').toBe('scheduled')
    expect(waiting.guards.find((one) => one.guard === 'G-TEST')).toMatchObject({ verdict: 'fail' })

    for (const login of ['qian.wei', 'chen.jing']) {
      const refused = await h.refused(login, id, 'risk-acceptances', { planHash: asked.planHash, note: '同意' })
      expect(['access.denied', 'change.not_risk_bearer', 'change.own_approval'], login).toContain(refused)
    }
    await h.act('wei.shen', id, 'risk-acceptances', { planHash: asked.planHash, note: '仅重新加载，风险可控' })
    expect(await h.refused('jiang.ping', id, 'risk-acceptances', { planHash: asked.planHash, note: '同意' }), 'one of each').toBe(
      'change.not_risk_bearer',
    )
    await h.composed.jobs.changes()
    expect((await h.read(id)).state, 'one of two').toBe('scheduled')
    const borne = await h.act('sun.jie', id, 'risk-acceptances', { planHash: asked.planHash, note: '已人工核对' })
    expect(borne.testDebts).toMatchObject([{ planHash: asked.planHash, settledAt: null }])

    const at = await half.begun(id)
    expect(at).toMatchObject({ state: 'gray_running', currentBatch: 1, next: { stepKey: 'reload', targetName: 'portal-web-01' } })
    const end = await half.carryOn(id, (now) => now.state === 'verifying' && !now.next)
    expect(end.state).toBe('verifying')
    const done = end.runs
      .filter((run) => run.phase === 'execute' && run.state === 'succeeded')
      .map((run) => `${run.stepKey} ${run.target.name}`)
    expect(done, 'nothing twice, the new step grey first').toEqual([
      'deploy portal-web-01',
      'reload portal-web-01',
      'deploy portal-web-02',
      'reload portal-web-02',
    ])
    await h.act('qian.wei', id, 'pass-verification', { reason: '两台均正常' })
    await h.confirmItems(id, '已核对')
    await half.sealed(id)
    const closed = await h.act('chen.jing', id, 'close', { reason: '修订后完成' })
    expect(closed).toMatchObject({ state: 'closed', outcome: 'success_with_deviation' })

    // The debt outlives the change: overdue it is told and recorded, and a test settles it.
    expect(closed.deadlines).toMatchObject([{ name: `debt:${asked.planHash!.slice(0, 12)}`, firedAt: null }])
    const dueAt = new Date(Date.parse(closed.testDebts[0]!.dueAt) + 60_000)
    await h.at(dueAt, () => h.composed.jobs.deadlines())
    const told = await owner.query(
      `select p.name from notification n join person p on p.id = n.person_id where n.object = $1 and n.kind = 'change.overdue.debt'`,
      [`change/${id}`],
    )
    expect(told.rows.map((row) => row.name)).toEqual(expect.arrayContaining(['赵明', '魏慎']))
    await h.composed.jobs.violations()
    const raised = await owner.query(
      `select c.entry from violation_case c join violation_evidence e on e.case_id = c.id where e.act = 'change.deadline_missed'`,
    )
    expect(raised.rows, 'RL-05').toContainEqual({ entry: 'V-M2' })
    const evidence = { planHash: asked.planHash, environment: '预发布环境', verdict: 'pass', note: '补测通过' }
    expect(await h.refused('wei.shen', id, 'tests', evidence)).toBe('access.denied')
    const tested = await h.act('zheng.hao', id, 'tests', evidence)
    expect(tested.testDebts).toMatchObject([{ settledBy: 'test' }])
    expect(await h.refused('zheng.hao', id, 'tests', evidence), 'nothing is owed any more').toBe('change.wrong_state')
  })

  test('RL-07, NT-B07 the signer signs nothing of the old hash, nor of the new one before every approval is there', async () => {
    const paused = await half.pausedInSecondBatch()
    const { id } = paused
    const oldHash = paused.planHash!
    const [stored] = (
      await owner.query(
        `select item -> 'grant' ->> 'payload' as payload from session_work where item ->> 'kind' = 'run' order by seq desc limit 1`,
      )
    ).rows
    const granted = JSON.parse(stored.payload)
    expect(granted).toMatchObject({ planHash: oldHash, stepKey: 'deploy', target: { name: 'portal-web-02' } })
    const asked = await half.submitted(paused)
    const now = Date.now()
    const grant = (patch: object) => ({
      ...granted,
      id: newId(),
      nonce: 'ab'.repeat(16),
      notBefore: new Date(now - 1_000).toISOString(),
      notAfter: new Date(now + 60_000).toISOString(),
      ...patch,
    })
    const refusal = (patch: object): Promise<string> =>
      h.signing.signExecutionGrant(grant(patch)).then(
        () => 'signed',
        (error: { code?: string }) => error.code ?? String(error),
      )
    expect(await refusal({ planHash: oldHash })).toBe('session.grant_not_approved')
    expect(await refusal({ planHash: asked.planHash })).toBe('session.grant_not_approved')
    await half.decide('wei.shen', asked)
    expect(await refusal({ planHash: asked.planHash }), 'one of two').toBe('session.grant_not_approved')
    await half.decide('chu.heng', asked)
    await half.risksBorne(asked)
    await h.act('kong.xin', id, 'consents', { planHash: asked.planHash, verdict: 'consent' })
    await half.begun(id)
    await half.carryOn(id, (at) => at.state === 'rolling' && at.next?.stepKey === 'deploy')
    expect(await refusal({ planHash: oldHash })).toBe('session.grant_plan_differs')
    expect(await refusal({ planHash: asked.planHash }), 'the same step of the new plan').toBe('signed')
    await h.act('qian.wei', id, 'pause', { reason: '测试结束' })
    await h.act('zhao.ming', id, 'abandon', { reason: '测试结束' })
  })

  test('RL-09 denied: only back, or given up; the way back is that of the plan that ran', async () => {
    const paused = await half.pausedInSecondBatch()
    const { id } = paused
    const asked = await half.submitted(paused)
    const denied = await half.decide('chu.heng', asked, 'reject')
    expect(denied).toMatchObject({
      state: 'paused',
      pauseReason: 'amendment-denied',
      planHash: paused.planHash,
      approvedPlanHash: paused.planHash,
      plan: paused.plan,
      amendments: [{ state: 'denied', toHash: asked.planHash }],
    })
    expect(await h.refused('li.na', id, 'resume', { cause: '想继续', failedStep: 'retry' })).toBe('change.amendment_denied')
    expect(await h.refused('zhao.ming', id, 'amend', { reason: '再来一次' })).toBe('change.amendment_denied')
    expect(await h.refused('wei.shen', id, 'decisions', { planHash: asked.planHash, verdict: 'approve' })).toBe('change.paused')
    const rolling = await h.act('zhao.ming', id, 'roll-back', { reason: '修订未获批准' })
    await half.opened()
    expect(rolling).toMatchObject({ state: 'rolling_back', next: { phase: 'rollback', targetName: 'portal-web-02' } })
    const back = await half.carryOn(id, (at) => at.state === 'verifying')
    expect(back.state).toBe('verifying')
    await h.act('qian.wei', id, 'pass-verification', { reason: '已恢复' })
    await h.confirmItems(id, '无变化')
    await half.sealed(id)
    expect(await h.act('chen.jing', id, 'close', { reason: '已回退' })).toMatchObject({ outcome: 'rolled_back' })
  })

  test('given up before it began it is as before, and the change goes on as planned; its window over, it waits again', async () => {
    const paused = await half.pausedInSecondBatch()
    const { id } = paused
    await h.act('zhao.ming', id, 'amend', { reason: '看看能否修订' })
    const dropped = await h.act('zhao.ming', id, 'drop-amendment', { reason: '原方案可行' })
    expect(dropped).toMatchObject({
      state: 'paused',
      pausedFrom: 'rolling',
      pauseReason: 'amendment-dropped',
      planHash: paused.planHash,
    })

    const asked = await half.submitted(dropped)
    await half.decide('wei.shen', asked)
    await half.decide('chu.heng', asked)
    await half.risksBorne(asked)
    await h.act('kong.xin', id, 'consents', { planHash: asked.planHash, verdict: 'consent' })
    await h.at(new Date(Date.parse(asked.windowEnd!) + 60_000), () => h.composed.jobs.changes())
    const lapsed = await h.read(id)
    expect(lapsed, 'never expired: half done').toMatchObject({
      state: 'paused',
      pauseReason: 'amendment-lapsed',
      planHash: paused.planHash,
    })
    expect(lapsed.testDebts, 'a plan that never ran owes nothing').toEqual([])
    expect(lapsed.amendments.map((one) => one.state)).toEqual(['dropped', 'dropped'])

    await h.present(id)
    const on = await h.act('li.na', id, 'resume', { cause: '端口已释放', failedStep: 'retry' })
    await half.opened()
    expect(on).toMatchObject({ state: 'rolling', next: { stepKey: 'deploy', targetName: 'portal-web-02' } })
    await h.act('qian.wei', id, 'pause', { reason: '到此为止' })
    const given = await h.act('zhao.ming', id, 'abandon', { reason: '第二台保持原版本' })
    expect(given.state).toBe('ci_reviewing')
    await h.confirmItems(id, '第一台为新版本')
    await half.sealed(id)
    expect(await h.act('chen.jing', id, 'close', { reason: '中止' })).toMatchObject({ outcome: 'failed' })
  })

  test('G-WIN a window that is over is replaced by one that begins within a day', async () => {
    const paused = await half.pausedInSecondBatch()
    const amending = await h.act('zhao.ming', paused.id, 'amend', { reason: '改期' })
    const hours = (from: number) => ({
      windowStart: new Date(Date.now() + from * 3_600_000).toISOString(),
      windowEnd: new Date(Date.now() + (from + 1) * 3_600_000).toISOString(),
    })
    expect((await half.save(amending, hours(30))).status).toBe(200)
    expect(await h.refused('zhao.ming', paused.id, 'finish-plan')).toBe('change.amendment_window')
    expect((await half.save(await h.read(paused.id), hours(-3))).status).toBe(200)
    expect(await h.refused('zhao.ming', paused.id, 'finish-plan')).toBe('change.amendment_window')
    expect((await half.save(await h.read(paused.id), hours(20))).status).toBe(200)
    expect((await h.act('zhao.ming', paused.id, 'finish-plan')).amendments[0]!.diff).toMatchObject({ parts: ['window'] })
    await h.act('zhao.ming', paused.id, 'drop-amendment', { reason: '测试结束' })
    await h.act('zhao.ming', paused.id, 'abandon', { reason: '测试结束' })
  })
})

describe('an amendment of a way back', () => {
  test('RL-09 writes the rollback that failed anew; approved, the change goes on going back, with no window, consent or test to wait for', async () => {
    const paused = await half.pausedInSecondBatch()
    const { id } = paused
    await h.act('zhao.ming', id, 'roll-back', { reason: '放弃' })
    const rolling = await h.read(id)
    await h.runNext(rolling)
    await h.carryOut({ exitCode: 1, stdout: 'no previous version' })
    const stuck = await h.read(id)
    expect(stuck).toMatchObject({ state: 'paused', pausedFrom: 'rolling_back' })
    const plan = {
      ...stuck.plan,
      steps: stuck.plan.steps.map((step) =>
        step.key === 'deploy'
          ? {
              ...step,
              rollback: {
                kind: 'action' as const,
                action: { kind: 'command' as const, line: 'appctl install 2.3.0' },
                expect: { exitCodes: [0], checks: [] },
              },
            }
          : step,
      ),
    }
    const asked = await half.submitted(stuck, plan)
    await half.decide('wei.shen', asked)
    const approved = await half.decide('chu.heng', asked)
    expect(approved).toMatchObject({ state: 'paused', pausedFrom: 'rolling_back', approvedPlanHash: asked.planHash })
    const back = await h.act('zhao.ming', id, 'roll-back', { reason: '按新的回退步骤' })
    await half.opened()
    expect(back).toMatchObject({ state: 'rolling_back', next: { phase: 'rollback', targetName: 'portal-web-02' } })
    const end = await half.carryOn(id, (at) => at.state === 'verifying')
    expect(end.runs.filter((run) => run.phase === 'rollback').map((run) => run.state)).toEqual([
      'failed',
      'succeeded',
      'succeeded',
    ])
    await h.act('qian.wei', id, 'pass-verification', { reason: '已恢复' })
    await h.confirmItems(id, '无变化')
    await half.sealed(id)
    expect(await h.act('chen.jing', id, 'close', { reason: '已回退' })).toMatchObject({ outcome: 'rolled_back' })
  })
})

describe('in the database, with the application’s own role', () => {
  test('RL-01, RL-07 an amendment is neither invented, rewritten nor approved by hand, and nothing goes back but to where it began', async () => {
    const paused = await half.pausedInSecondBatch()
    const { id } = paused
    const asked = await half.submitted(paused)
    const [{ person_id: personId, tenant_id: tenantId }] = (
      await owner.query(
        `select a.person_id, p.tenant_id from account a join person p on p.id = a.person_id where a.login = 'zhao.ming'`,
      )
    ).rows
    const app = new pg.Client({ connectionString: h.appUrl })
    await app.connect()
    const code = async (statement: string): Promise<string> => {
      await app.query('begin')
      try {
        await app.query(`select set_config('app.tenant_id', $1, true), set_config('app.person_id', $2, true)`, [
          tenantId,
          personId,
        ])
        const { rowCount } = await app.query(statement)
        return `done ${rowCount}`
      } catch (error) {
        return (error as Error).message.split(':')[0]!
      } finally {
        await app.query('rollback')
      }
    }
    const set = (to: string): string => `update change_request set ${to}, version = version + 1 where id = '${id}'`
    expect(await code(`update change_amendment set state = 'approved' where change_id = '${id}'`)).toBe('change.not_approved')
    expect(await code(`update change_amendment set reason = 'x' where change_id = '${id}'`)).toBe('ledger.append_only')
    expect(await code(`delete from change_amendment where change_id = '${id}'`)).toMatch(/permission denied/)
    expect(await code(set(`approved_plan_hash = plan_hash`))).toBe('change.not_approved')
    expect(await code(set(`amendment_id = null`))).toBe('change.hash_mismatch')
    expect(
      await code(
        set(`state = 'paused', amendment_id = null, plan_hash = '${paused.planHash}', approved_plan_hash = '${paused.planHash}'`),
      ),
    ).toBe('change.hash_mismatch')
    expect(await code(set(`current_batch = 3`)), 'RL-08').toBe('change.batch_locked')
    for (const state of ['rejected', 'planning'])
      expect(await code(set(`state = '${state}', plan_hash = null`)), state).toBe('change.half_done')
    expect(await code(set(`state = 'paused'`))).toBe('change.wrong_state')
    const other = await h.approvingChange()
    expect(await code(`update change_request set state = 'paused', version = version + 1 where id = '${other.id}'`)).toBe(
      'change.wrong_state',
    )
    expect(
      await code(
        `insert into change_risk_acceptance (change_id, plan_hash, part, tenant_id, person_id, note, at) values ('${id}', '${asked.planHash}', 'cre', '${tenantId}', '${personId}', 'x', now())`,
      ),
    ).toBe('change.not_risk_bearer')
    await app.end()
    await h.call('zhao.ming', 'POST', `/changes/${other.id}/withdraw`, { reason: '测试结束' })
    await h.act('zhao.ming', id, 'drop-amendment', { reason: '测试结束' })
    await h.act('zhao.ming', id, 'abandon', { reason: '测试结束' })
  })
})
