import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChangeState } from './change.model.ts'
import type { ChangePlan, PlanStep } from './change-plan.model.ts'
import {
  isBatchExecuted,
  isHealthy,
  nextRun,
  type RunPhase,
  runsBeyondPlan,
  type StepRun,
  toUndo,
  unmetRuns,
} from './change-run.model.ts'

const ok = { exitCodes: [0], checks: [] }
const step = (key: string, phase: PlanStep['phase'], undone: boolean): PlanStep => ({
  key,
  title: key,
  phase,
  account: 'hb-app',
  danger: 2,
  action: { kind: 'command', line: `do ${key}` },
  expect: ok,
  rollback:
    phase === 'execute'
      ? undone
        ? { kind: 'action', action: { kind: 'command', line: `undo ${key}` }, expect: ok }
        : { kind: 'none', reason: 'cannot be undone' }
      : null,
  timeoutSeconds: 10,
  repeat: 'idempotent',
})
const plans: fc.Arbitrary<ChangePlan> = fc
  .record({
    prechecks: fc.nat(2),
    executes: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
    verifies: fc.integer({ min: 1, max: 2 }),
    sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
  })
  .map(({ prechecks, executes, verifies, sizes }) => ({
    impact: 'impact',
    emergencyPlan: 'plan',
    steps: [
      ...Array.from({ length: prechecks }, (_, i) => step(`pre-${i}`, 'precheck', false)),
      ...executes.map((undone, i) => step(`do-${i}`, 'execute', undone)),
      ...Array.from({ length: verifies }, (_, i) => step(`verify-${i}`, 'verify', false)),
    ],
    batches: sizes.map((size, batch) => ({
      targetIds: Array.from({ length: size }, (_, i) => `t${batch}-${i}`),
      soakSeconds: 0,
    })),
    health: { account: 'hb-app', action: { kind: 'command', line: 'health' }, expect: ok, timeoutSeconds: 5 },
  }))

/** Runs everything that may come next in a state, each with what `result` says of it. */
function runAll(
  plan: ChangePlan,
  state: ChangeState,
  batch: number,
  runs: StepRun[],
  result: (attempt: number) => StepRun['state'] = () => 'succeeded',
): void {
  for (let i = 0; i < 500; i += 1) {
    const next = nextRun(plan, state, batch, runs, true)
    if (!next) return
    const { stepKey, phase, targetId, attempt } = next
    runs.push({ stepKey, phase, batch: next.batch, targetId, attempt, state: result(attempt) })
  }
  throw new Error('never ends')
}
function wholeChange(plan: ChangePlan, result?: (attempt: number) => StepRun['state']): StepRun[] {
  const runs: StepRun[] = []
  runAll(plan, 'prechecking', 0, runs, result)
  runAll(plan, 'gray_running', 1, runs, result)
  runAll(plan, 'gray_soaking', 1, runs, result)
  plan.batches.slice(1).forEach((_, i) => {
    runAll(plan, 'rolling', i + 2, runs, result)
  })
  runAll(plan, 'verifying', plan.batches.length, runs, result)
  return runs
}
const place = (run: StepRun): string => `${run.phase} ${run.stepKey} ${run.targetId}`

describe('the order of a plan is law (RL-07)', () => {
  test('a whole change runs every step once on every target of its batch, health included, and nothing else', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const runs = wholeChange(plan)
        const expected = plan.batches.flatMap((batch) =>
          batch.targetIds.flatMap((id) => [...plan.steps.map((s) => `${s.phase} ${s.key} ${id}`), `health health ${id}`]),
        )
        expect(runs.map(place).sort()).toEqual(expected.sort())
        expect(runsBeyondPlan(plan, runs)).toEqual([])
        expect(unmetRuns(runs, false)).toEqual([])
        for (const [i] of plan.batches.entries()) {
          expect(isBatchExecuted(plan, i + 1, runs)).toBe(true)
          expect(isHealthy(plan, i + 1, runs)).toBe(true)
        }
      }),
    )
  })
  test('RL-08 no step of a later batch comes before the health of the one before it', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const runs = wholeChange(plan)
        const first = (batch: number, phase: RunPhase): number => runs.findIndex((r) => r.batch === batch && r.phase === phase)
        for (let batch = 2; batch <= plan.batches.length; batch += 1) {
          const lastHealth = runs.findLastIndex((r) => r.batch === batch - 1 && r.phase === 'health')
          expect(first(batch, 'execute')).toBeGreaterThan(lastHealth)
        }
      }),
    )
  })
  test('a step that fails comes again and nothing passes it; as long as its newest result failed it is unmet', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const runs = wholeChange(plan, (attempt) => (attempt === 1 ? 'failed' : 'succeeded'))
        expect(runs.every((run, i) => run.attempt === 1 || place(runs[i - 1]!) === place(run))).toBe(true)
        expect(runsBeyondPlan(plan, runs)).toEqual([])
        expect(unmetRuns(runs, false)).toEqual([])
        const cut = runs.findIndex((run) => run.state === 'failed') + 1
        expect(unmetRuns(runs.slice(0, cut), false)).toHaveLength(1)
        expect(
          unmetRuns(
            runs.slice(0, cut).map((run) => ({ ...run, state: 'accepted' as const })),
            false,
          ),
        ).toEqual([])
      }),
    )
  })
  test('G-SCOPE finds what was slipped in, moved to another target or batch, or run out of order', () => {
    fc.assert(
      fc.property(plans, fc.nat(1000), fc.constantFrom('foreign', 'target', 'batch', 'swap'), (plan, at, how) => {
        const runs = wholeChange(plan)
        const i = at % runs.length
        const run = runs[i]!
        const altered = [...runs]
        if (how === 'foreign') altered.splice(i, 0, { ...run, stepKey: 'extra' })
        else if (how === 'target') altered.splice(i, 0, { ...run, targetId: 'elsewhere' })
        else if (how === 'batch') altered.splice(i, 0, { ...run, batch: run.batch + 1 })
        else {
          const other = altered.findIndex((r, k) => k > i && r.phase === run.phase && place(r) !== place(run))
          fc.pre(other !== -1)
          altered[i] = altered[other]!
          altered[other] = run
        }
        expect(runsBeyondPlan(plan, altered).length).toBeGreaterThan(0)
      }),
    )
  })
})

describe('the way back (itsm §2.0.3)', () => {
  test('undoes what was begun and can be undone, newest first, each once, wherever it stopped', () => {
    fc.assert(
      fc.property(plans, fc.nat(1000), fc.constantFrom('failed', 'unknown', 'succeeded'), (plan, at, state) => {
        const whole = wholeChange(plan)
        const runs = whole.slice(0, (at % whole.length) + 1)
        runs[runs.length - 1] = { ...runs.at(-1)!, state: state as StepRun['state'] }
        const touched = runs.filter((run) => run.phase === 'execute').map((run) => `${run.stepKey} ${run.targetId}`)
        expect(toUndo(plan, runs).map((item) => `${item.stepKey} ${item.targetId}`)).toEqual(touched.reverse())
        const before = runs.length
        runAll(plan, 'rolling_back', 1, runs)
        const back = runs.slice(before)
        const able = new Set(plan.steps.filter((s) => s.rollback?.kind === 'action').map((s) => s.key))
        expect(back.map((run) => `${run.stepKey} ${run.targetId}`)).toEqual(
          touched.filter((item) => able.has(item.split(' ')[0]!)),
        )
        expect(runsBeyondPlan(plan, runs)).toEqual([])
        expect(unmetRuns(runs, true)).toEqual([])
      }),
    )
  })
})
