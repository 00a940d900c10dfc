import type { ChangePlan, PlanStep } from '@huabiao/domains/change/change-plan.model'
import { emptyPlan } from '@huabiao/domains/change/change-plan.model'
import { expect, test } from 'vitest'
import { planDiff, type Saying, type Side } from './plan-diff.ts'

const say: Saying = {
  expect: (of) => [`exit ${of.exitCodes.join('/')}`],
  moment: (at) => at ?? '—',
  target: (id) => `host-${id}`,
  value: (_field, value) => value,
}
const step = (key: string, line: string): PlanStep => ({
  key,
  title: key,
  phase: 'execute',
  account: 'app',
  danger: 2,
  action: { kind: 'command', line },
  expect: { exitCodes: [0], checks: [] },
  rollback: { kind: 'action', action: { kind: 'command', line: 'back' }, expect: { exitCodes: [0], checks: [] } },
  timeoutSeconds: 60,
  repeat: 'idempotent',
})
const side = (plan: Partial<ChangePlan>, over: Partial<Side> = {}): Side => ({
  plan: { ...emptyPlan, ...plan },
  windowStart: 'a',
  windowEnd: 'b',
  executor: 'zhao',
  reviewer: 'qian',
  ...over,
})
const told = (before: Side, after: Side) =>
  planDiff(before, after, say)
    .filter((part) => part.kind !== 'same')
    .map((part) => `${part.key} ${part.kind} ${part.fields.map((field) => field.field).join(' ')}`.trim())

test('an approver sees which step changed, in which field, and nothing that did not', () => {
  const before = side({ steps: [step('look', 'ls'), step('deploy', 'deploy 1')] })
  const after = side({ steps: [step('look', 'ls'), { ...step('deploy', 'deploy 2'), danger: 3 }] })
  expect(told(before, after)).toEqual(['step deploy changed danger action'])
  const [part] = planDiff(before, after, say).filter((one) => one.kind === 'changed')
  expect(part?.fields.find((one) => one.field === 'action')?.lines).toEqual([
    { kind: 'gone', text: 'deploy 1' },
    { kind: 'added', text: 'deploy 2' },
  ])
})

test('steps added, gone and moved are told where they are', () => {
  const before = side({ steps: [step('a', '1'), step('b', '2'), step('c', '3'), step('x', '9')] })
  const after = side({ steps: [step('b', '2'), step('c', '3'), step('a', '1'), step('d', '4')] })
  const heads = told(before, after).map((line) => line.split(' ').slice(0, 3).join(' '))
  expect(heads.toSorted()).toEqual(['step a moved', 'step d added', 'step x gone'])
})

test('everything the hash is bound to is compared (NT-B07): window, people, texts, targets, soak, rollback, health', () => {
  const batch = { targetIds: ['1'], soakSeconds: 10 }
  const health = { account: 'app', action: step('h', 'status').action, expect: { exitCodes: [0], checks: [] }, timeoutSeconds: 9 }
  const before = side({ steps: [step('a', '1')], batches: [batch], health, impact: 'x', emergencyPlan: 'y' })
  const edits: [Side, string][] = [
    [{ ...before, windowEnd: 'c' }, 'window changed time'],
    [{ ...before, executor: 'wang' }, 'people changed executor'],
    [{ ...before, plan: { ...before.plan, impact: 'z' } }, 'impact changed text'],
    [{ ...before, plan: { ...before.plan, emergencyPlan: 'z' } }, 'emergency changed text'],
    [{ ...before, plan: { ...before.plan, batches: [{ ...batch, targetIds: ['2'] }] } }, 'batch 1 changed targets'],
    [{ ...before, plan: { ...before.plan, batches: [{ ...batch, soakSeconds: 11 }] } }, 'batch 1 changed soak'],
    [{ ...before, plan: { ...before.plan, health: { ...health, timeoutSeconds: 8 } } }, 'health changed timeout'],
    [{ ...before, plan: { ...before.plan, steps: [{ ...step('a', '1'), rollback: null }] } }, 'step a changed rollback'],
    [{ ...before, plan: { ...before.plan, steps: [{ ...step('a', '1'), repeat: 'onceOnly' }] } }, 'step a changed repeat'],
  ]
  for (const [after, line] of edits) expect(told(before, after)).toEqual([line])
  expect(told(before, before)).toEqual([])
})
