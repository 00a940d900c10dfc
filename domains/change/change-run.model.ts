import type { ChangeState } from './change.model.ts'
import type { ChangePlan, Expectation, StepAction } from './change-plan.model.ts'

/** Which step runs next. The order of a plan is law (RL-07): steps in order, in each step the targets of the batch in order, batches in order. */
/** `before` and `after` are the platform's own snapshots of configuration items (G-CIV). */
export const runPhases = ['precheck', 'execute', 'verify', 'rollback', 'health', 'before', 'after'] as const
export type RunPhase = (typeof runPhases)[number]
export interface StepRun {
  readonly stepKey: string
  readonly phase: RunPhase
  readonly batch: number
  readonly targetId: string
  readonly attempt: number
  readonly state: 'granted' | 'started' | 'succeeded' | 'failed' | 'unknown' | 'expired' | 'accepted'
}
export interface NextRun {
  readonly stepKey: string
  readonly phase: RunPhase
  readonly batch: number
  readonly targetId: string
  readonly account: string
  readonly danger: number
  readonly action: StepAction
  readonly expect: Expectation
  readonly timeoutSeconds: number
  readonly attempt: number
}

/** From this danger on the reviewer signs this very step on this very target (RL-06). */
export const cosignFromDanger = 3

const key = (stepKey: string, phase: RunPhase, targetId: string): string => `${stepKey} ${phase} ${targetId}`

/** Done: succeeded, or accepted as it is by L2 or CRE after a pause. */
function doneRuns(runs: readonly StepRun[]): Set<string> {
  return new Set(
    runs
      .filter((run) => run.state === 'succeeded' || run.state === 'accepted')
      .map((run) => key(run.stepKey, run.phase, run.targetId)),
  )
}
export const hasRun = (run: StepRun): boolean => run.phase === 'execute' && run.state !== 'granted' && run.state !== 'expired'
/** Targets on which something was done already: whether they are as they were before is asked no more when an amended plan goes on. */
const touchedTargets = (runs: readonly StepRun[]): ReadonlySet<string> => new Set(runs.filter(hasRun).map((run) => run.targetId))
export const inFlight = (runs: readonly StepRun[]): StepRun | undefined =>
  runs.find((run) => run.state === 'granted' || run.state === 'started')

/** Attempts are counted over the whole change: an amended plan asks again what an earlier one had asked. */
export function attemptOf(runs: readonly StepRun[], stepKey: string, phase: RunPhase, targetId: string): number {
  return runs.filter((run) => run.stepKey === stepKey && run.phase === phase && run.targetId === targetId).length + 1
}

/**
 * The one run that may come next in this state, or undefined when the state has none left (then the machine moves on).
 * `batch` counts from 1.
 */
export function nextRun(
  plan: ChangePlan,
  state: ChangeState,
  batch: number,
  runs: readonly StepRun[],
  soakOver: boolean,
): NextRun | undefined {
  const done = doneRuns(runs)
  const touched = touchedTargets(runs)
  const step = (phase: 'precheck' | 'execute' | 'verify', batches: readonly number[]): NextRun | undefined => {
    for (const no of batches)
      for (const planStep of plan.steps) {
        if (planStep.phase !== phase) continue
        for (const targetId of plan.batches[no - 1]?.targetIds ?? [])
          if (!done.has(key(planStep.key, phase, targetId)) && !(phase === 'precheck' && touched.has(targetId)))
            return {
              stepKey: planStep.key,
              phase,
              batch: no,
              targetId,
              account: planStep.account,
              danger: planStep.danger,
              action: planStep.action,
              expect: planStep.expect,
              timeoutSeconds: planStep.timeoutSeconds,
              attempt: attemptOf(runs, planStep.key, phase, targetId),
            }
      }
    return undefined
  }
  const all = plan.batches.map((_, i) => i + 1)
  switch (state) {
    case 'prechecking':
      return step('precheck', all)
    case 'gray_running':
      return step('execute', [1])
    case 'rolling':
      return step('execute', [batch]) ?? (soakOver ? healthRun(plan, batch, runs, done) : undefined)
    case 'gray_soaking':
      return soakOver ? healthRun(plan, 1, runs, done) : undefined
    case 'verifying':
      return step('verify', all.slice(0, Math.max(batch, 1)))
    case 'rolling_back':
      return rollbackRun(plan, runs, done)
    default:
      return undefined
  }
}

function healthRun(plan: ChangePlan, batch: number, runs: readonly StepRun[], done: ReadonlySet<string>): NextRun | undefined {
  const { health } = plan
  if (!health) return undefined
  const targetId = plan.batches[batch - 1]?.targetIds.find((id) => !done.has(key('health', 'health', id)))
  if (targetId === undefined) return undefined
  return {
    stepKey: 'health',
    phase: 'health',
    batch,
    targetId,
    account: health.account,
    danger: 1,
    action: health.action,
    expect: health.expect,
    timeoutSeconds: health.timeoutSeconds,
    attempt: attemptOf(runs, 'health', 'health', targetId),
  }
}

/** What must be undone: every execute step that was started on a target, newest first. What never started needs no undoing. */
export function toUndo(plan: ChangePlan, runs: readonly StepRun[]): { stepKey: string; targetId: string; batch: number }[] {
  const touched = new Set(runs.filter(hasRun).map((run) => `${run.stepKey} ${run.targetId}`))
  const order = plan.batches.flatMap((batch, i) =>
    plan.steps
      .filter((step) => step.phase === 'execute')
      .flatMap((step) => batch.targetIds.map((targetId) => ({ stepKey: step.key, targetId, batch: i + 1 }))),
  )
  return order.filter((item) => touched.has(`${item.stepKey} ${item.targetId}`)).reverse()
}

function rollbackRun(plan: ChangePlan, runs: readonly StepRun[], done: ReadonlySet<string>): NextRun | undefined {
  for (const item of toUndo(plan, runs)) {
    const step = plan.steps.find((candidate) => candidate.key === item.stepKey)
    if (step?.rollback?.kind !== 'action' || done.has(key(step.key, 'rollback', item.targetId))) continue
    return {
      ...item,
      phase: 'rollback',
      account: step.account,
      danger: step.danger,
      action: step.rollback.action,
      expect: step.rollback.expect,
      timeoutSeconds: step.timeoutSeconds,
      attempt: attemptOf(runs, step.key, 'rollback', item.targetId),
    }
  }
  return undefined
}

/** Whether the health of every target of a batch was asked after its soak and found good (G-GRAY, RL-08). */
export function isHealthy(plan: ChangePlan, batch: number, runs: readonly StepRun[]): boolean {
  const done = doneRuns(runs)
  return plan.health !== null && (plan.batches[batch - 1]?.targetIds ?? []).every((id) => done.has(key('health', 'health', id)))
}
export const isBatchExecuted = (plan: ChangePlan, batch: number, runs: readonly StepRun[]): boolean => {
  const done = doneRuns(runs)
  return (plan.batches[batch - 1]?.targetIds ?? []).every((id) =>
    plan.steps.filter((step) => step.phase === 'execute').every((step) => done.has(key(step.key, 'execute', id))),
  )
}
export const hasPhaseLeft = (plan: ChangePlan, state: ChangeState, batch: number, runs: readonly StepRun[]): boolean =>
  nextRun(plan, state, batch, runs, true) !== undefined

/**
 * Newest results that are not as the plan expects (G-EXPECT, RL-09). What L2 or CRE took as it is, is `accepted`; once a change goes back,
 * only what the rollback left counts: the failure that caused it is undone by it.
 */
export function unmetRuns<Run extends StepRun>(runs: readonly Run[], rolledBack: boolean): Run[] {
  const newest = new Map<string, Run>()
  for (const run of runs)
    if (run.state !== 'expired' && (!rolledBack || run.phase === 'rollback'))
      newest.set(key(run.stepKey, run.phase, run.targetId), run)
  return [...newest.values()].filter((run) => run.state === 'failed' || run.state === 'unknown')
}

/**
 * Runs that the plan does not hold, or not at this place of its order (G-SCOPE, RL-07): recomputed from what was run, whoever granted it.
 * `runs` are those of this plan hash, oldest first; first attempts must follow batch, step and target order, rollbacks the reverse.
 */
export function runsBeyondPlan<Run extends StepRun>(plan: ChangePlan, runs: readonly Run[]): Run[] {
  const reached: Partial<Record<RunPhase, number>> = {}
  return runs.filter((run) => {
    if (run.state === 'expired') return false
    // Asked by the platform, of each target in any order: neither of the plan nor beyond it.
    if (run.phase === 'before' || run.phase === 'after') return run.stepKey !== 'snapshot' || placeOfTarget(plan, run) === -1
    const place = placeInPlan(plan, run)
    if (place === undefined) return true
    const forward = run.phase === 'rollback' ? -place : place
    // Another attempt at the same place is no step back.
    if (forward < (reached[run.phase] ?? Number.NEGATIVE_INFINITY)) return true
    reached[run.phase] = forward
    return false
  })
}
const placeOfTarget = (plan: ChangePlan, run: StepRun): number =>
  plan.batches[run.batch - 1]?.targetIds.indexOf(run.targetId) ?? -1
/** Where in the order of its phase a run stands, or undefined when the plan has no such step there. */
function placeInPlan(plan: ChangePlan, run: StepRun): number | undefined {
  const targets = plan.batches[run.batch - 1]?.targetIds ?? []
  const target = targets.indexOf(run.targetId)
  const step =
    run.phase === 'health'
      ? plan.health && run.stepKey === 'health'
        ? 0
        : -1
      : plan.steps.findIndex(
          (candidate) =>
            candidate.key === run.stepKey &&
            (run.phase === 'rollback' ? candidate.rollback?.kind === 'action' : candidate.phase === run.phase),
        )
  return target === -1 || step === -1 ? undefined : (run.batch * 1000 + step) * 1000 + target
}
