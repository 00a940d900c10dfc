import type { ChangeDetail } from '@huabiao/domains/change/change.contract'

export type TargetState = 'none' | 'running' | 'good' | 'healthy' | 'bad' | 'back'
export type BatchState = 'waiting' | 'now' | 'soaking' | 'done' | 'back'
export interface BatchProgress {
  no: number
  state: BatchState
  targets: { id: string; name: string; state: TargetState }[]
}

/** Where a target stands, by its newest run that says so: looking is not yet doing. */
function targetState(change: ChangeDetail, id: string): TargetState {
  const runs = change.runs.filter((run) => run.target.id === id && run.state !== 'expired')
  const last = runs.at(-1)
  if (!last) return 'none'
  if (last.state === 'granted' || last.state === 'started') return 'running'
  if (last.state === 'failed' || last.state === 'unknown') return 'bad'
  if (runs.some((run) => run.phase === 'rollback')) return 'back'
  if (runs.some((run) => run.phase === 'health')) return 'healthy'
  const execute = change.plan.steps.filter((step) => step.phase === 'execute').length
  const done = new Set(runs.filter((run) => run.phase === 'execute').map((run) => run.stepKey)).size
  return done === 0 ? 'none' : done < execute ? 'running' : 'good'
}

export function batchProgress(change: ChangeDetail, now: number): BatchProgress[] {
  const nameOf = new Map(change.targets.map((target) => [target.id, target.name]))
  const soaking = change.soakUntil !== null && new Date(change.soakUntil).getTime() > now
  const started = change.runs.some((run) => run.phase === 'execute')
  return change.plan.batches.map((batch, i) => {
    const targets = batch.targetIds.map((id) => ({ id, name: nameOf.get(id) ?? id, state: targetState(change, id) }))
    const every = (...states: TargetState[]) => targets.every((target) => states.includes(target.state))
    const current = i + 1 === Math.max(change.currentBatch, 1) && started
    const state: BatchState = every('back')
      ? 'back'
      : every('healthy') || (i + 1 < change.currentBatch && every('good', 'healthy'))
        ? 'done'
        : current && soaking
          ? 'soaking'
          : current || targets.some((target) => target.state === 'bad')
            ? 'now'
            : 'waiting'
    return { no: i + 1, state, targets }
  })
}
