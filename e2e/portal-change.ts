import { setTimeout as sleep } from 'node:timers/promises'
import type { ChangeDetail } from '@huabiao/domains/change/change.contract'
import * as change from '@huabiao/domains/change/change.contract'
import * as execution from '@huabiao/domains/change/change-execution.contract'
import * as overview from '@huabiao/domains/change/change-overview.contract'
import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'
import { listTargets } from '@huabiao/domains/cmdb/cmdb.contract'
import { listSystems } from '@huabiao/domains/infosystem/infosystem.contract'
import type { Deployment } from './deployment.ts'

/** The demo's change: a new version of the portal on two web servers, one after the other. */
export const cast = {
  requester: 'zhao.ming',
  executor: 'zhao.ming',
  reviewer: 'qian.wei',
  manager: 'chen.jing',
  assessor: 'sun.jie',
  tester: 'zheng.hao',
  approvers: ['sun.jie', 'chu.heng'],
  customer: 'kong.xin',
  confirmer: 'li.na',
  auditor: 'zhu.cha',
} as const

export function portalPlan(targetIds: readonly string[], version: string): ChangePlan {
  const running = { exitCodes: [0], checks: [{ kind: 'contains' as const, text: 'state=running' }] }
  const step = { account: 'hb-app', timeoutSeconds: 15, repeat: 'idempotent' as const }
  return {
    impact: '门户前端升级，逐台进行，期间由另一台承载访问，不中断服务。',
    emergencyPlan: '健康检查失败时按步骤回退到上一版本，并通知客户接口人。',
    steps: [
      {
        ...step,
        key: 'look',
        title: '检查现状',
        phase: 'precheck',
        danger: 1,
        action: { kind: 'command', line: 'appctl status' },
        expect: running,
        rollback: null,
      },
      {
        ...step,
        key: 'deploy',
        title: `部署 ${version}`,
        phase: 'execute',
        danger: 3,
        action: { kind: 'command', line: `appctl deploy ${version}` },
        expect: { exitCodes: [0], checks: [{ kind: 'contains', text: `deployed ${version}` }] },
        rollback: {
          kind: 'action',
          action: { kind: 'command', line: 'appctl rollback' },
          expect: { exitCodes: [0], checks: [] },
        },
      },
      {
        ...step,
        key: 'confirm',
        title: '确认版本',
        phase: 'verify',
        danger: 1,
        action: { kind: 'command', line: 'appctl version' },
        expect: { exitCodes: [0], checks: [{ kind: 'line', text: version }] },
        rollback: null,
      },
    ],
    batches: targetIds.map((id) => ({ targetIds: [id], soakSeconds: 10 })),
    health: { account: 'hb-app', action: { kind: 'command', line: 'appctl status' }, expect: running, timeoutSeconds: 15 },
  }
}

/** Whose system it is, and who answers for it. */
export interface Site {
  readonly system: string
  readonly approvers: readonly string[]
  readonly customer: string
}
export const portal: Site = { system: 'portal', approvers: cast.approvers, customer: cast.customer }
/** Level 3 of MLPS: a considerable change, which four approve. */
export const archive: Site = {
  system: 'archive',
  approvers: ['sun.jie', 'wei.shen', 'chu.heng', 'jin.dang'],
  customer: 'jin.dang',
}

/** Everything from the draft to `ready`, each act by the person whose duty it is. */
export async function prepareChange(
  on: Deployment,
  options: {
    title: string
    targetNames: readonly string[]
    version: string
    plan?: (plan: ChangePlan) => ChangePlan
    site?: Site
    /** Others than the cast for these parts. */
    people?: Partial<Record<'requester' | 'executor' | 'tester', string>>
    /** Minutes from now; from a minute ago for an hour where it is not said. */
    window?: readonly [number, number]
    /** The state to stop in; `ready` where it is not said. */
    stopAt?: 'planning' | 'testing' | 'approving' | 'consenting'
  },
): Promise<ChangeDetail> {
  const { stopAt } = options
  const { system: code, approvers, customer } = options.site ?? portal
  const people = { ...cast, ...options.people }
  const [from, to] = options.window ?? [-1, 60]
  const requester = await on.as(people.requester)
  const { items: systems } = await requester(listSystems, { query: { text: code } })
  const system = systems[0]!
  const created = await requester(change.createChange, {
    body: { title: options.title, reason: '修复登录页缺陷', systemIds: [system.id] },
  })
  const params = { changeId: created.id }
  await requester(change.submitChange, { params, body: {} })
  await (await on.as(cast.manager))(change.acceptChange, { params, body: {} })
  const planning = await requester(change.startPlanning, { params, body: {} })
  if (stopAt === 'planning') return planning
  const { items: targets } = await requester(listTargets, { query: { systemId: system.id } })
  const ids = options.targetNames.map((name) => targets.find((target) => target.name === name)!.id)
  const { executors, reviewers } = await requester(overview.listCandidates, { params })
  const nameOf = (login: string): string => on.account(login).name
  const plan = portalPlan(ids, options.version)
  await requester(change.savePlan, {
    params,
    ifMatch: planning.version,
    body: {
      plan: options.plan?.(plan) ?? plan,
      windowStart: new Date(Date.now() + from * 60_000).toISOString(),
      windowEnd: new Date(Date.now() + to * 60_000).toISOString(),
      executorId: executors.find((one) => one.name === nameOf(people.executor))!.id,
      reviewerId: reviewers.find((one) => one.name === nameOf(people.reviewer))!.id,
    },
  })
  const { planHash } = await requester(change.finishPlan, { params, body: {} })
  if (!planHash) throw new Error('a finished plan has no hash')
  const assessed = await (await on.as(cast.assessor))(change.assessChange, { params, body: {} })
  if (stopAt === 'testing') return assessed
  const tested = await (await on.as(people.tester))(change.recordTest, {
    params,
    body: { planHash, environment: '预发布环境', verdict: 'pass', note: '完整演练，含回退。' },
  })
  if (stopAt === 'approving') return tested
  for (const approver of approvers)
    await (await on.as(approver))(change.decideChange, { params, body: { planHash, verdict: 'approve' } })
  if (stopAt === 'consenting') return look(on, created.id)
  await (await on.as(customer))(change.consentChange, { params, body: { planHash, verdict: 'consent', waiveNotice: true } })
  return until(on, created.id, (now) => now.state === 'ready')
}

export async function look(on: Deployment, changeId: string, login: string = cast.executor): Promise<ChangeDetail> {
  return (await on.as(login))(change.getChange, { params: { changeId } })
}
/** Whether this person may do it now, by the same answer that their button shows. */
export const may = (now: ChangeDetail, act: string): boolean => now.acts.some((one) => one.act === act && one.refusal === null)

/** Waits until the change looks as it should; says what it looked like when it never did. */
export async function until(
  on: Deployment,
  changeId: string,
  holds: (now: ChangeDetail) => boolean,
  login: string = cast.executor,
  timeoutMs = 60_000,
): Promise<ChangeDetail> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const now = await look(on, changeId, login)
    if (holds(now)) return now
    if (performance.now() > end) {
      const last = now.runs.at(-1)
      throw new Error(
        `never came: ${now.state} next=${JSON.stringify(now.next)} pause=${now.pauseReason} ${now.pauseDetail} last=${JSON.stringify(last)}`,
      )
    }
    await sleep(250)
  }
}
export async function bePresent(on: Deployment, changeId: string, executor: string = cast.executor): Promise<void> {
  for (const login of [executor, cast.reviewer]) await (await on.as(login))(execution.sayPresent, { params: { changeId } })
}
/** The same every ten seconds, as two open pages would, until it is ended: where a journey waits for codes, a minute is soon over. */
export function keepPresent(on: Deployment, changeId: string, executor?: string): () => void {
  const timer = setInterval(() => void bePresent(on, changeId, executor).catch(() => undefined), 10_000).unref()
  return () => clearInterval(timer)
}
/** Co-signs where needed, runs the one next step, and waits until it has ended. */
export async function runNext(on: Deployment, changeId: string, executor: string = cast.executor): Promise<ChangeDetail> {
  await bePresent(on, changeId, executor)
  const { next } = await look(on, changeId)
  if (!next) throw new Error('nothing is next')
  const params = { changeId }
  const { stepKey, targetId, phase } = next
  if (next.needsCosign && !next.cosigned)
    await (await on.as(cast.reviewer))(execution.cosignStep, { params, body: { stepKey, targetId, phase } })
  const { runs } = await (await on.as(executor))(execution.runNext, { params, body: { stepKey, targetId } })
  const { id } = runs.at(-1)!
  return until(on, changeId, (now) => !['granted', 'started'].includes(now.runs.find((run) => run.id === id)!.state))
}
/** The platform's own questions before the first step (G-CIV), for whoever wants to begin with the plan's. */
export async function takeSnapshots(on: Deployment, changeId: string, executor: string = cast.executor): Promise<void> {
  while ((await look(on, changeId, executor)).next?.phase === 'before') await runNext(on, changeId, executor)
}
/**
 * Whatever else lives on the machine of a demonstration shows as a difference too: its executor says so (G-CIV). Answers the outcome that
 * the change then has.
 */
export async function explainOthers(on: Deployment, changeId: string): Promise<'success' | 'success_with_deviation'> {
  const { items } = await look(on, changeId)
  const open = items.flatMap(({ target, differences }) =>
    differences.filter((one) => !one.declared).map(({ key }) => ({ targetId: target.id, key })),
  )
  if (open.length === 0) return 'success'
  const body = { items: open, note: '演示机上其他程序的端口，与本变更无关。' }
  await (await on.as(cast.executor))(execution.explainItems, { params: { changeId }, body })
  return 'success_with_deviation'
}
