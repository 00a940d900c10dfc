import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { amendmentWindowRefusal, diffOf, frozenPartEdited, isUnchanged, outcomeOf, rejoinAt } from './change-amendment.model.ts'
import { type ChangePlan, emptyPlan, type PlanStep } from './change-plan.model.ts'
import { nextRun, type StepRun } from './change-run.model.ts'

const action = (line: string) => ({ kind: 'command' as const, line })
const expectOk = { exitCodes: [0], checks: [] }
const step = (key: string, patch: Partial<PlanStep> = {}): PlanStep => ({
  key,
  title: key,
  phase: 'execute',
  account: 'hb-app',
  danger: 2,
  action: action(`do ${key}`),
  expect: expectOk,
  rollback: { kind: 'action', action: action(`undo ${key}`), expect: expectOk },
  timeoutSeconds: 10,
  repeat: 'idempotent',
  ...patch,
})
const plan: ChangePlan = {
  ...emptyPlan,
  steps: [step('look', { phase: 'precheck', rollback: null }), step('one'), step('two')],
  batches: [
    { targetIds: ['a'], soakSeconds: 0 },
    { targetIds: ['b', 'c'], soakSeconds: 0 },
  ],
}
const run = (
  stepKey: string,
  targetId: string,
  state: StepRun['state'] = 'succeeded',
  patch: Partial<StepRun> = {},
): StepRun => ({
  stepKey,
  phase: 'execute',
  batch: targetId === 'a' ? 1 : 2,
  targetId,
  attempt: 1,
  state,
  ...patch,
})
const of = (runs: StepRun[], currentBatch = 2, pausedFrom: 'rolling' | 'rolling_back' = 'rolling') => ({
  runs,
  currentBatch,
  pausedFrom,
})
const withStep = (key: string, patch: Partial<PlanStep>): ChangePlan => ({
  ...plan,
  steps: plan.steps.map((one) => (one.key === key ? { ...one, ...patch } : one)),
})

describe('what an amendment may change (itsm §1.1 row 14, §2.3-A, RL-07)', () => {
  const ran = of([run('one', 'a'), run('two', 'a'), run('one', 'b', 'failed')])
  test.each<[string, ChangePlan]>([
    ['the command of a done step', withStep('one', { action: action('other') })],
    ['its rollback', withStep('two', { rollback: { kind: 'none', reason: 'x' } })],
    ['its place in the order', { ...plan, steps: [plan.steps[0]!, plan.steps[2]!, plan.steps[1]!] }],
    ['its being there', { ...plan, steps: plan.steps.slice(0, 2) }],
    ['a target that was reached', { ...plan, batches: [plan.batches[0]!, { targetIds: ['c'], soakSeconds: 0 }] }],
    [
      'a batch that is over',
      {
        ...plan,
        batches: [
          { targetIds: ['a', 'c'], soakSeconds: 0 },
          { targetIds: ['b'], soakSeconds: 0 },
        ],
      },
    ],
  ])('not %s', (_, to) => {
    expect(frozenPartEdited(plan, to, ran)).toBe('change.executed_step_edited')
  })
  test.each<[string, ChangePlan]>([
    ['a new step', { ...plan, steps: [...plan.steps, step('three')] }],
    ['a question before', withStep('look', { action: action('look closer') })],
    ['a target not reached yet', { ...plan, batches: [plan.batches[0]!, { targetIds: ['b'], soakSeconds: 60 }] }],
    [
      'a batch behind',
      { ...plan, batches: [plan.batches[0]!, { targetIds: ['b'], soakSeconds: 0 }, { targetIds: ['c'], soakSeconds: 0 }] },
    ],
  ])('but %s', (_, to) => {
    expect(frozenPartEdited(plan, to, ran)).toBeUndefined()
  })
  test('a step that only failed may be mended, and keeps a way back', () => {
    const failed = of([run('one', 'a', 'failed')], 1)
    expect(frozenPartEdited(plan, withStep('one', { action: action('mended') }), failed)).toBeUndefined()
    expect(frozenPartEdited(plan, withStep('one', { rollback: { kind: 'none', reason: 'x' } }), failed)).toBe(
      'change.executed_step_edited',
    )
    expect(frozenPartEdited(plan, { ...plan, steps: [plan.steps[0]!, plan.steps[2]!] }, failed)).toBe(
      'change.executed_step_edited',
    )
  })
  test('where the way back failed, the way back alone may be written anew', () => {
    const back = of([run('one', 'a'), run('one', 'a', 'failed', { phase: 'rollback' })], 1, 'rolling_back')
    const other = { kind: 'action' as const, action: action('undo otherwise'), expect: expectOk }
    expect(frozenPartEdited(plan, withStep('one', { rollback: other }), back)).toBeUndefined()
    expect(frozenPartEdited(plan, withStep('one', { rollback: { kind: 'none', reason: 'x' } }), back)).toBe(
      'change.executed_step_edited',
    )
    expect(frozenPartEdited(plan, withStep('one', { action: action('x') }), back)).toBe('change.executed_step_edited')
  })
  test('the difference is named, and nothing is no difference', () => {
    const version = { plan, windowStart: new Date(1), windowEnd: new Date(2), executorId: 'x', reviewerId: 'y' }
    expect(isUnchanged(diffOf(version, { ...version }))).toBe(true)
    const to = {
      ...version,
      plan: { ...withStep('two', { danger: 3 }), steps: [...withStep('two', { danger: 3 }).steps.slice(1), step('three')] },
    }
    expect(diffOf(version, { ...to, windowEnd: new Date(3) })).toEqual({
      added: ['three'],
      changed: ['two'],
      removed: ['look'],
      parts: ['window'],
    })
  })
  test('G-WIN a window that is over is replaced by one that begins within a day', () => {
    const now = new Date(100 * 3_600_000)
    const hours = (from: number, to: number) => ({
      windowStart: new Date(now.getTime() + from * 3_600_000),
      windowEnd: new Date(now.getTime() + to * 3_600_000),
    })
    expect(amendmentWindowRefusal(hours(-1, 1), hours(-1, 1), now)).toBeUndefined()
    expect(amendmentWindowRefusal(hours(-3, -1), hours(-3, -1), now)).toBe('change.amendment_window')
    expect(amendmentWindowRefusal(hours(23, 25), hours(-3, -1), now)).toBeUndefined()
    expect(amendmentWindowRefusal(hours(25, 26), hours(-3, -1), now)).toBe('change.amendment_window')
    expect(amendmentWindowRefusal({ windowStart: null, windowEnd: null }, hours(-3, -1), now)).toBe('change.amendment_window')
  })
})

describe('where an amended plan goes on', () => {
  test('in the batch where something is missing; a new step goes grey first (RL-08)', () => {
    const ran = [run('one', 'a'), run('two', 'a'), run('one', 'b')]
    expect(rejoinAt(plan, ran, 2)).toEqual({ state: 'rolling', batch: 2 })
    expect(rejoinAt({ ...plan, steps: [...plan.steps, step('three')] }, ran, 2)).toEqual({ state: 'gray_running', batch: 1 })
    expect(rejoinAt(plan, [], 0)).toEqual({ state: 'gray_running', batch: 1 })
  })
  test('never beyond the batch that was reached: its soak, its health and the reviewer come first (RL-08)', () => {
    const first = [run('one', 'a'), run('two', 'a')]
    expect(rejoinAt(plan, first, 1)).toEqual({ state: 'gray_running', batch: 1 })
    expect(rejoinAt(plan, [...first, run('one', 'b'), run('two', 'b'), run('one', 'c'), run('two', 'c')], 2)).toEqual({
      state: 'rolling',
      batch: 2,
    })
  })
  test('targets that were touched are not asked what they were before', () => {
    expect(nextRun(plan, 'prechecking', 2, [run('one', 'a'), run('one', 'b', 'failed')], false)).toMatchObject({ targetId: 'c' })
  })
  test('property: whatever ran and whatever is added, everything is done once on each target, in order, before it is over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 4 }), (ran, at) => {
        const order = [
          ['one', 'a'],
          ['two', 'a'],
          ['one', 'b'],
          ['one', 'c'],
          ['two', 'b'],
          ['two', 'c'],
        ] as const
        const runs: StepRun[] = order.slice(0, ran).map(([key, id]) => run(key, id))
        const amended = { ...plan, steps: [...plan.steps.slice(0, at), step('three'), ...plan.steps.slice(at)] }
        let { batch } = rejoinAt(amended, runs, ran < 2 ? 1 : 2)
        const done: string[] = runs.map((one) => `${one.stepKey} ${one.targetId}`)
        for (; batch <= amended.batches.length; batch += 1)
          for (let i = 0; i < 20; i += 1) {
            const next = nextRun(amended, batch === 1 ? 'gray_running' : 'rolling', batch, runs, false)
            if (!next) break
            done.push(`${next.stepKey} ${next.targetId}`)
            runs.push(run(next.stepKey, next.targetId))
          }
        expect([...done].sort()).toEqual(
          ['one', 'two', 'three'].flatMap((key) => ['a', 'b', 'c'].map((id) => `${key} ${id}`)).sort(),
        )
      }),
    )
  })
})

describe('the outcome is computed (itsm §1.2 row 23)', () => {
  const ended = (patch: Partial<Parameters<typeof outcomeOf>[0]>) =>
    outcomeOf({ plan, runs: [], rolledBack: false, abandoned: false, amended: false, explained: false, ...patch })
  const undone = (key: string, id: string, state: StepRun['state'] = 'succeeded') => run(key, id, state, { phase: 'rollback' })
  const whole = [run('one', 'a'), run('two', 'a')]
  test.each<[string, Parameters<typeof ended>[0]]>([
    ['success', { runs: whole }],
    ['success_with_deviation', { runs: [run('one', 'a', 'accepted'), run('two', 'a')] }],
    ['success_with_deviation', { runs: [run('one', 'a', 'failed'), ...whole] }],
    ['success_with_deviation', { runs: whole, amended: true }],
    ['success_with_deviation', { runs: whole, explained: true }],
    ['rolled_back', { rolledBack: true, runs: [...whole, undone('two', 'a'), undone('one', 'a')] }],
    ['failed', { rolledBack: true, runs: [...whole, undone('two', 'a')] }],
    ['failed', { rolledBack: true, runs: [...whole, undone('two', 'a', 'accepted'), undone('one', 'a')] }],
    ['failed', { abandoned: true, runs: whole }],
    ['rolled_back', { abandoned: true, rolledBack: true, runs: [...whole, undone('two', 'a'), undone('one', 'a')] }],
    ['abandoned', { abandoned: true }],
    ['abandoned', { rolledBack: true, runs: [run('one', 'a', 'expired')] }],
  ])('%s', (outcome, how) => {
    expect(ended(how)).toBe(outcome)
  })
  test('what cannot be undone is not rolled back', () => {
    const oneWay = withStep('one', { rollback: { kind: 'none', reason: 'x' } })
    expect(ended({ plan: oneWay, rolledBack: true, runs: [run('one', 'a')] })).toBe('failed')
  })
})
