import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import type { PlanStep } from '@huabiao/domains/change/change-plan.model'
import type pg from 'pg'
import { expect } from 'vitest'
import type { Harness } from './harness.ts'

/** A change that stands still in the middle, and how its plan is amended. */
const outputs: Record<string, string> = {
  look: 'state=running',
  deploy: 'deployed 2.4.0',
  reload: 'reloaded',
  confirm: '2.4.0',
  health: 'state=running',
}
const reload: PlanStep = {
  key: 'reload',
  title: '重新加载配置',
  phase: 'execute',
  account: 'hb-app',
  danger: 2,
  action: { kind: 'command', line: 'appctl reload' },
  expect: { exitCodes: [0], checks: [{ kind: 'contains', text: 'reloaded' }] },
  rollback: {
    kind: 'action',
    action: { kind: 'command', line: 'appctl reload --previous' },
    expect: { exitCodes: [0], checks: [] },
  },
  timeoutSeconds: 10,
  repeat: 'idempotent',
}
export const withReload = (plan: ChangeDetail['plan']): ChangeDetail['plan'] => ({
  ...plan,
  steps: plan.steps.flatMap((step) => (step.key === 'confirm' ? [reload, step] : [step])),
})

export function halfDone(h: Harness, owner: pg.Client) {
  /** Carries out what is next until the change waits for somebody, or `until` is reached. */
  async function carryOn(id: string, until: (at: ChangeDetail) => boolean): Promise<ChangeDetail> {
    let at = await h.read(id)
    for (let i = 0; i < 40 && !until(at); i += 1) {
      if (at.next) {
        await h.runNext(at)
        await h.carryOut({ exitCode: 0, stdout: outputs[at.next.stepKey] ?? '' })
      } else if ((at.state === 'gray_soaking' || at.state === 'rolling') && at.currentBatch < at.plan.batches.length)
        await h.act('qian.wei', id, 'release-batch')
      else break
      at = await h.read(id)
    }
    return at
  }
  async function opened(): Promise<void> {
    const open = (await h.claim()).filter((work) => work.kind === 'open').at(-1)!
    await h.gateway(`sessions/${open.sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
  }
  async function begun(id: string): Promise<ChangeDetail> {
    await h.composed.jobs.changes()
    await h.present(id)
    const ready = await h.read(id)
    expect(ready.state, JSON.stringify(ready.guards.filter((one) => one.verdict === 'fail'))).toBe('ready')
    const at = await h.act('zhao.ming', id, 'begin', { confirm: ready.no })
    await opened()
    return h.read(at.id)
  }
  /** Its first target is done and healthy; on the second the deployment is not what was expected (RL-09). */
  async function pausedInSecondBatch(): Promise<ChangeDetail> {
    const { id } = await h.scheduledChange()
    await begun(id)
    const second = await carryOn(id, (at) => at.state === 'rolling' && at.next?.stepKey === 'deploy')
    expect(second).toMatchObject({ state: 'rolling', currentBatch: 2 })
    await h.runNext(second)
    await h.carryOut({ exitCode: 1, stdout: 'port in use' })
    const paused = await h.read(id)
    expect(paused).toMatchObject({ state: 'paused', pausedFrom: 'rolling', pauseReason: 'expectation-failed' })
    return paused
  }
  async function save(
    of: ChangeDetail,
    to: Partial<Pick<ChangeDetail, 'plan' | 'windowStart' | 'windowEnd'>>,
  ): Promise<{ status: number; body: never }> {
    const { plan, windowStart, windowEnd } = { ...of, ...to }
    const payload = { plan, windowStart, windowEnd, executorId: of.executor!.id, reviewerId: of.reviewer!.id }
    return h.call('zhao.ming', 'PUT', `/changes/${of.id}/plan`, payload, { 'if-match': `"${of.version}"` })
  }
  /** Amended and with its approvers. */
  async function submitted(paused: ChangeDetail, plan = withReload(paused.plan)): Promise<ChangeDetail> {
    const amending = await h.act('zhao.ming', paused.id, 'amend', { reason: '端口被占用，需重新加载' })
    expect(amending).toMatchObject({ state: 'amending', planHash: null, deadlines: [{ name: 'amend' }] })
    const saved = await save(amending, { plan })
    expect(saved.status, JSON.stringify(saved.body)).toBe(200)
    return h.act('zhao.ming', paused.id, 'finish-plan')
  }
  const decide = (login: string, { id, planHash }: ChangeDetail, verdict = 'approve') =>
    h.act(login, id, 'decisions', { planHash, verdict })
  async function risksBorne({ id, planHash }: ChangeDetail): Promise<ChangeDetail> {
    await h.act('wei.shen', id, 'risk-acceptances', { planHash, note: '仅重新加载，风险可控' })
    return h.act('sun.jie', id, 'risk-acceptances', { planHash, note: '已人工核对' })
  }
  async function sealed(id: string): Promise<void> {
    const { rows } = await owner.query('select id from session_record where change_id = $1 order by requested_at', [id])
    for (const row of rows) await h.seal(row.id)
  }
  return { carryOn, opened, begun, pausedInSecondBatch, save, submitted, decide, risksBorne, sealed }
}
