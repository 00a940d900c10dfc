import type { ChangePlan, Check, Expectation, PlanStep, StepAction } from '@huabiao/domains/change/change-plan.model'

/** Changes to a plan while it is edited; every function answers a new plan. */

export const newExpectation: Expectation = { exitCodes: [0], checks: [] }
export const newAction = (kind: StepAction['kind']): StepAction =>
  kind === 'command'
    ? { kind, line: '' }
    : kind === 'interactive'
      ? { kind, purpose: '' }
      : kind === 'script'
        ? { kind, interpreter: 'sh', text: '' }
        : kind === 'file'
          ? { kind, path: '/', mode: '0644', sha256: '0'.repeat(64), text: '' }
          : { kind, path: '/', mode: '0644', sha256: '0'.repeat(64), bytes: 0 }
export const newCheck = (kind: Check['kind']): Check =>
  kind === 'number' ? { kind, after: '', min: 0, max: null } : { kind, text: '' }

export function newStep(plan: ChangePlan, phase: PlanStep['phase'], account: string): PlanStep {
  const taken = new Set(plan.steps.map((step) => step.key))
  let n = plan.steps.length + 1
  while (taken.has(`step-${n}`)) n += 1
  return {
    key: `step-${n}`,
    title: '',
    phase,
    account,
    danger: phase === 'execute' ? 2 : 1,
    action: newAction('command'),
    expect: newExpectation,
    rollback: phase === 'execute' ? { kind: 'action', action: newAction('command'), expect: newExpectation } : null,
    timeoutSeconds: 60,
    repeat: 'idempotent',
  }
}
/** A step that becomes a terminal takes what lint asks of one: danger 4, once only, half an hour, and no way back by command. */
export function withAction(step: PlanStep, action: StepAction): PlanStep {
  if (action.kind !== 'interactive' || step.action.kind === 'interactive') return { ...step, action }
  return {
    ...step,
    action,
    danger: Math.max(step.danger, 4),
    repeat: 'onceOnly',
    timeoutSeconds: Math.max(step.timeoutSeconds, 1_800),
    rollback: step.phase === 'execute' ? { kind: 'none', reason: '' } : null,
  }
}
/** The same step once more, under a key of its own. */
export function copyOfStep(plan: ChangePlan, step: PlanStep): PlanStep {
  const taken = new Set(plan.steps.map((one) => one.key))
  const stem = step.key.slice(0, 36)
  let n = 2
  while (taken.has(`${stem}-${n}`)) n += 1
  return { ...step, key: `${stem}-${n}` }
}

type Batches = ChangePlan['batches']
const defaultSoak = 900
/** Puts a target into a batch (from 1, or one more than there are), or with 0 takes it out; batches left empty are gone. */
export function assign(batches: Batches, targetId: string, no: number): Batches {
  const without = batches.map((batch) => ({ ...batch, targetIds: batch.targetIds.filter((id) => id !== targetId) }))
  if (no > batches.length) without.push({ targetIds: [], soakSeconds: batches.at(-1)?.soakSeconds ?? defaultSoak })
  return without
    .map((batch, i) => (i === no - 1 ? { ...batch, targetIds: [...batch.targetIds, targetId] } : batch))
    .filter((batch) => batch.targetIds.length > 0)
}
export type Split = 'each' | 'first' | 'halves'
/** Ways to begin grey (RL-08): one after the other; one first and then the rest; one, then half of the rest, then the rest. */
export function split(targetIds: readonly string[], how: Split, soakSeconds = defaultSoak): Batches {
  const [first, ...rest] = targetIds
  if (first === undefined) return []
  const middle = Math.ceil(rest.length / 2)
  const groups =
    how === 'each'
      ? targetIds.map((id) => [id])
      : how === 'first'
        ? [[first], rest]
        : [[first], rest.slice(0, middle), rest.slice(middle)]
  return groups.filter((group) => group.length > 0).map((group) => ({ targetIds: group, soakSeconds }))
}
/** Another change's plan for this one: its steps and texts, and of its targets those that this change reaches. */
export function adopted(plan: ChangePlan, targetIds: readonly string[]): ChangePlan {
  const known = new Set(targetIds)
  const batches = plan.batches
    .map((batch) => ({ ...batch, targetIds: batch.targetIds.filter((id) => known.has(id)) }))
    .filter((batch) => batch.targetIds.length > 0)
  return { ...plan, batches }
}

export function moved<T>(items: readonly T[], from: number, by: number): T[] {
  const to = from + by
  if (to < 0 || to >= items.length) return [...items]
  const after = [...items]
  const [item] = after.splice(from, 1)
  after.splice(to, 0, item!)
  return after
}

const hex = (bytes: ArrayBuffer): string => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, '0')).join('')
/** Digest and size of a file as a plan pins them. */
export const pinOf = async (file: File): Promise<{ sha256: string; bytes: number }> => ({
  sha256: hex(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())),
  bytes: file.size,
})
export const digestOf = async (text: string): Promise<string> =>
  hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
async function withDigest(action: StepAction): Promise<StepAction> {
  if (action.kind !== 'file') return action
  return { ...action, sha256: await digestOf(action.text) }
}
/** The plan with the digest of every file that it places. */
export async function sealed(plan: ChangePlan): Promise<ChangePlan> {
  const steps = await Promise.all(
    plan.steps.map(async (step) => ({
      ...step,
      action: await withDigest(step.action),
      rollback:
        step.rollback?.kind === 'action' ? { ...step.rollback, action: await withDigest(step.rollback.action) } : step.rollback,
    })),
  )
  return { ...plan, steps, health: plan.health && { ...plan.health, action: await withDigest(plan.health.action) } }
}

/** The demo's first change: a new version of a service, one target per batch. */
export function examplePlan(targetIds: readonly string[], account: string): ChangePlan {
  const running: Expectation = { exitCodes: [0], checks: [{ kind: 'contains', text: 'state=running' }] }
  const common = { account, timeoutSeconds: 30, repeat: 'idempotent' as const }
  return {
    autoRollback: false,
    impact: '门户前端升级，逐台进行，期间由其余节点承载访问，不中断服务。',
    emergencyPlan: '健康检查失败时按步骤回退到上一版本，并通知客户接口人。',
    steps: [
      {
        ...common,
        key: 'look',
        title: '检查现状',
        phase: 'precheck',
        danger: 1,
        action: { kind: 'command', line: 'appctl status' },
        expect: running,
        rollback: null,
      },
      {
        ...common,
        key: 'deploy',
        title: '部署 2.4.0',
        phase: 'execute',
        danger: 3,
        action: { kind: 'command', line: 'appctl deploy 2.4.0' },
        expect: { exitCodes: [0], checks: [{ kind: 'contains', text: 'deployed 2.4.0' }] },
        rollback: { kind: 'action', action: { kind: 'command', line: 'appctl rollback' }, expect: newExpectation },
      },
      {
        ...common,
        key: 'confirm',
        title: '确认版本',
        phase: 'verify',
        danger: 1,
        action: { kind: 'command', line: 'appctl version' },
        expect: { exitCodes: [0], checks: [{ kind: 'line', text: '2.4.0' }] },
        rollback: null,
      },
    ],
    batches: targetIds.slice(0, 2).map((id) => ({ targetIds: [id], soakSeconds: 10 })),
    health: { account, action: { kind: 'command', line: 'appctl status' }, expect: running, timeoutSeconds: 30 },
  }
}
