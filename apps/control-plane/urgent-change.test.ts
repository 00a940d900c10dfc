import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { halfDone } from './testing/half-done.ts'
import { type Harness, startHarness } from './testing/harness.ts'
import { portalPlan } from './testing/portal-plan.ts'

/** Urgent changes at the doors (itsm §2.2.2 row U1, §2.3-A): RL-01, RL-03, RL-05. */
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

describe('an urgent change (U1)', () => {
  async function urgent(): Promise<ChangeDetail> {
    const normal = await h.draftChange()
    const { id } = (
      await h.call('zhao.ming', 'POST', '/changes', {
        title: '门户紧急修复',
        reason: '登录失败，影响办事',
        source: 'incident',
        systemIds: normal.systemIds,
        urgency: 'U1',
      })
    ).body as ChangeDetail
    const submitted = await h.act('zhao.ming', id, 'submit')
    expect(Date.parse(submitted.deadlines[0]!.dueAt) - Date.parse(submitted.now), '30 min').toBeLessThanOrEqual(1_800_000)
    await h.act('chen.jing', id, 'accept')
    const planning = await h.act('zhao.ming', id, 'start-planning')
    expect(planning.deadlines).toMatchObject([{ name: 'plan', calendar: '7x24' }])
    const targets = (await h.call('zhao.ming', 'GET', `/targets?systemId=${normal.systemIds[0]}`)).body as {
      items: { id: string }[]
    }
    const able = (await h.call('zhao.ming', 'GET', `/changes/${id}/candidates`)).body as Record<
      'executors' | 'reviewers',
      { id: string; name: string }[]
    >
    const of = {
      ...planning,
      executor: able.executors.find((one) => one.name === '赵明')!,
      reviewer: able.reviewers.find((one) => one.name === '钱伟')!,
    }
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString()
    const saved = await half.save(of, {
      plan: portalPlan(targets.items.map((one) => one.id)),
      windowStart: at(-60_000),
      windowEnd: at(3_600_000),
    })
    expect(saved.status, JSON.stringify(saved.body)).toBe(200)
    return h.act('zhao.ming', id, 'finish-plan')
  }
  test('is asked of technical and change manager at once, waits for no notice period, and begins on the word of two that its test is owed', async () => {
    const asked = await urgent()
    const { id } = asked
    expect(asked).toMatchObject({ state: 'approving', expedited: true, urgency: 'U1' })
    expect(asked.approval!.stages.map((stage) => [stage.key, stage.state])).toEqual([
      ['technical-manager', 'open'],
      ['change-manager', 'open'],
    ])
    expect(await h.refused('zhao.ming', id, 'decisions', { planHash: asked.planHash, verdict: 'approve' })).toBe('access.denied')
    await half.decide('chu.heng', asked)
    expect((await half.decide('jiang.ping', asked)).state).toBe('consenting')
    const consented = await h.act('kong.xin', id, 'consents', { planHash: asked.planHash, verdict: 'consent' })
    expect(
      consented.guards.find((one) => one.guard === 'G-NOTIFY'),
      'told, not waited for',
    ).toMatchObject({ verdict: 'fail' })
    await h.composed.jobs.changes()
    expect((await h.read(id)).state, 'RL-05').toBe('scheduled')
    expect(await h.refused('zhao.ming', id, 'begin', { confirm: asked.no })).toBe('change.not_tested')
    await half.risksBorne(asked)
    const freeze = await h.freeze()
    await h.composed.jobs.changes()
    expect((await h.read(id)).state, 'RL-03: urgent is no exception').toBe('scheduled')
    await freeze.lift()
    expect((await half.begun(id)).state).toBe('prechecking')
    await h.act('qian.wei', id, 'pause', { reason: '测试结束' })
    await h.act('zhao.ming', id, 'abandon', { reason: '测试结束' })
  })
  test('a stage that runs out of time calls its deputies beside the others, and is never approved by silence', async () => {
    const asked = await urgent()
    const due = asked.deadlines.find((one) => one.name === 'approve:technical-manager')!
    await h.at(new Date(Date.parse(due.dueAt) + 1_000), () => h.composed.jobs.deadlines())
    const late = await h.read(asked.id)
    expect(late.approval!.stages.map((stage) => stage.state)).toEqual(['open', 'open'])
    expect(late.deadlines.map((one) => [one.name, one.outcome]).sort()).toEqual([
      ['approve:change-manager', 'deputies'],
      ['approve:technical-manager', 'deputies'],
    ])
    expect(late.approvedPlanHash).toBeNull()
    await h.act('zhao.ming', asked.id, 'withdraw', { reason: '测试结束' })
  })
  test('one no ends it for all who were asked', async () => {
    const asked = await urgent()
    expect((await half.decide('wei.shen', asked, 'reject')).state).toBe('rejected')
    expect(await h.refused('chu.heng', asked.id, 'decisions', { planHash: asked.planHash, verdict: 'approve' })).toBe(
      'change.wrong_state',
    )
  })
})
