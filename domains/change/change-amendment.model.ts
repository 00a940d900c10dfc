import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { ChangeOutcome, ChangeRefusal, ChangeState } from './change.model.ts'
import type { ChangePlan, PlanStep } from './change-plan.model.ts'
import { hasRun, isBatchExecuted, type StepRun, toUndo } from './change-run.model.ts'

/**
 * Amendment (紧急变更, 方案调整; itsm §1.1 row 14, §2.3-A): the plan of a change that stands still in the middle is changed. What has run
 * stays as it ran; the rest is approved anew by persons who are asked at once, and what was granted under the old plan is over.
 */
export const amendmentStates = ['drafting', 'approving', 'approved', 'denied', 'dropped'] as const
export type AmendmentState = (typeof amendmentStates)[number]
/** A new window begins within so long: an amendment is urgent, or it is a new change (G-WIN). */
export const amendmentWindowMs = 24 * 3_600_000
/** A plan that ran untested is tested within so many working days (itsm §2.3-A). */
export const testDebtDays = 5
/** Why a change stands still after its amendment: then only the ways out that need no new plan are left. */
export const deniedReason = 'amendment-denied'
export const droppedReasons = ['amendment-dropped', 'amendment-lapsed', deniedReason] as const

export interface PlanDiff {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** Batches, or where they stand; health; automatic rollback; the words around the steps. */
  readonly parts: readonly ('batches' | 'health' | 'autoRollback' | 'impact' | 'emergencyPlan' | 'order' | 'window' | 'people')[]
}
export interface PlannedVersion {
  readonly plan: ChangePlan
  readonly windowStart: Date | null
  readonly windowEnd: Date | null
  readonly executorId: string | null
  readonly reviewerId: string | null
}
const same = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null)
/** What differs between two versions of a plan, in the order of the newer one. */
export function diffOf(from: PlannedVersion, to: PlannedVersion): PlanDiff {
  const before = new Map(from.plan.steps.map((step) => [step.key, step]))
  const after = new Map(to.plan.steps.map((step) => [step.key, step]))
  const kept = (plan: ChangePlan): string[] =>
    plan.steps.map((step) => step.key).filter((key) => before.has(key) && after.has(key))
  const at = (date: Date | null): number | null => date?.getTime() ?? null
  const differs: Record<PlanDiff['parts'][number], boolean> = {
    window: at(from.windowStart) !== at(to.windowStart) || at(from.windowEnd) !== at(to.windowEnd),
    people: from.executorId !== to.executorId || from.reviewerId !== to.reviewerId,
    order: !same(kept(from.plan), kept(to.plan)),
    batches: !same(from.plan.batches, to.plan.batches),
    health: !same(from.plan.health, to.plan.health),
    autoRollback: (from.plan.autoRollback ?? false) !== (to.plan.autoRollback ?? false),
    impact: from.plan.impact !== to.plan.impact,
    emergencyPlan: from.plan.emergencyPlan !== to.plan.emergencyPlan,
  }
  return {
    added: [...after.keys()].filter((key) => !before.has(key)),
    changed: [...after.keys()].filter((key) => before.has(key) && !same(before.get(key), after.get(key))),
    removed: [...before.keys()].filter((key) => !after.has(key)),
    parts: (Object.keys(differs) as PlanDiff['parts'][number][]).filter((part) => differs[part]),
  }
}
export const isUnchanged = (diff: PlanDiff): boolean =>
  diff.added.length + diff.changed.length + diff.removed.length + diff.parts.length === 0

const isDone = (run: StepRun): boolean => run.state === 'succeeded' || run.state === 'accepted'

/**
 * What has run stays as it was approved (RL-07). A step that was done anywhere is kept to the letter; one that only failed may be mended but
 * neither taken away nor robbed of its way back; targets that were reached stay in their batch, and batches before the present one are closed.
 */
export function frozenPartEdited(
  from: ChangePlan,
  to: ChangePlan,
  of: { readonly runs: readonly StepRun[]; readonly currentBatch: number; readonly pausedFrom: ChangeState | null },
): ChangeRefusal | undefined {
  const ran = of.runs.filter(hasRun)
  const done = new Set(ran.filter(isDone).map((run) => run.stepKey))
  const touched = new Set(ran.map((run) => run.stepKey))
  const before = new Map(from.steps.map((step) => [step.key, step]))
  const after = new Map(to.steps.map((step) => [step.key, step]))
  for (const key of touched) {
    const [was, is] = [before.get(key), after.get(key)]
    if (!was) continue
    if (!is || !stepIsKept(was, is, done.has(key), of.pausedFrom === 'rolling_back')) return 'change.executed_step_edited'
  }
  const order = (plan: ChangePlan): string[] => plan.steps.map((step) => step.key).filter((key) => touched.has(key))
  if (touched.size > 0 && !same(order(from), order(to))) return 'change.executed_step_edited'
  const batchOf = (plan: ChangePlan, id: string): number => plan.batches.findIndex((batch) => batch.targetIds.includes(id))
  for (const id of new Set(ran.map((run) => run.targetId)))
    if (batchOf(from, id) !== batchOf(to, id) || batchOf(to, id) === -1) return 'change.executed_step_edited'
  for (let i = 0; i < of.currentBatch - 1; i += 1)
    if (touched.size > 0 && !same(from.batches[i]?.targetIds, to.batches[i]?.targetIds)) return 'change.executed_step_edited'
  return undefined
}
/** A way back that failed is what an amendment of a rollback is about: it alone may be written anew. */
function stepIsKept(was: PlanStep, is: PlanStep, done: boolean, wayBackFailed: boolean): boolean {
  const wayBackKept = was.rollback?.kind !== 'action' || is.rollback?.kind === 'action'
  if (done && !wayBackFailed) return same(was, is)
  if (done) return wayBackKept && same({ ...was, rollback: null }, { ...is, rollback: null })
  return wayBackKept && is.phase === 'execute'
}

/** A window that is over is replaced by one that begins within a day; one that still holds may stay (G-WIN). */
export function amendmentWindowRefusal(
  of: { readonly windowStart: Date | null; readonly windowEnd: Date | null },
  from: { readonly windowStart: Date | null; readonly windowEnd: Date | null },
  now: Date,
): ChangeRefusal | undefined {
  if (!of.windowStart || !of.windowEnd || of.windowEnd <= now) return 'change.amendment_window'
  const kept = of.windowStart.getTime() === from.windowStart?.getTime() && of.windowEnd.getTime() === from.windowEnd?.getTime()
  return kept || of.windowStart.getTime() <= now.getTime() + amendmentWindowMs ? undefined : 'change.amendment_window'
}

/** Why a finished plan is no amendment of that one. */
export function amendmentRefusal(of: PlannedVersion, from: PlannedVersion, now: Date): ChangeRefusal | undefined {
  return amendmentWindowRefusal(of, from, now) ?? (isUnchanged(diffOf(from, of)) ? 'change.amendment_unchanged' : undefined)
}

/**
 * Where an amended plan goes on after its prechecks: in the first batch in which something of it is still to be done, and never beyond the
 * one that the change had reached, which is watched and asked for its health again: only the reviewer opens the next (RL-08). A new step goes
 * grey first, whatever batch that was.
 */
export function rejoinAt(
  plan: ChangePlan,
  runs: readonly StepRun[],
  reached: number,
): { state: 'gray_running' | 'rolling'; batch: number } {
  const open = plan.batches.findIndex((_, i) => !isBatchExecuted(plan, i + 1, runs))
  const batch = Math.max(1, Math.min(open === -1 ? plan.batches.length : open + 1, reached))
  return { state: batch === 1 ? 'gray_running' : 'rolling', batch }
}

/**
 * How a change ended (变更结果, itsm §1.2 row 23): computed from what happened, chosen by nobody. `expired` is a change that never began.
 * @param explained whether a target differs from what the plan declares and somebody had to explain it
 */
export function outcomeOf(of: {
  readonly plan: ChangePlan
  readonly runs: readonly StepRun[]
  readonly rolledBack: boolean
  readonly abandoned: boolean
  readonly amended: boolean
  readonly explained: boolean
}): ChangeOutcome {
  const { plan, runs } = of
  // What cannot be undone, was not, or was taken as it is though it failed, is still there.
  const left = toUndo(plan, runs).some(({ stepKey, targetId }) => {
    const step = plan.steps.find((candidate) => candidate.key === stepKey)
    const undone = runs.some(
      (run) => run.phase === 'rollback' && run.stepKey === stepKey && run.targetId === targetId && run.state === 'succeeded',
    )
    return step?.rollback?.kind !== 'action' || !undone
  })
  const touched = runs.some(hasRun)
  if (of.rolledBack || of.abandoned) return !touched ? 'abandoned' : of.rolledBack && !left ? 'rolled_back' : 'failed'
  const deviated = of.amended || of.explained || runs.some((run) => ['failed', 'unknown', 'accepted'].includes(run.state))
  return deviated ? 'success_with_deviation' : 'success'
}
