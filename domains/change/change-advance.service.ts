import type { Actor } from '@huabiao/kit/actor/actor'
import { isRunning } from './change.model.ts'
import type { ChangeDeps, ChangeRuns, RunReport } from './change.ports.ts'
import { type Change, lockChange } from './change.store.ts'
import { countingRuns, nextOf } from './change-act.model.ts'
import { rejoinAt } from './change-amendment.model.ts'
import { judge } from './change-expect.model.ts'
import { loadFacts } from './change-facts.service.ts'
import { changeEvent, type Doing, doing, move, tell } from './change-move.service.ts'
import { inFlight, isBatchExecuted, isHealthy } from './change-run.model.ts'
import { endRun, enterTenantOfChange, enterTenantOfRun, listRuns, type RunRow, startRun } from './change-run.store.ts'
import { isSnapshotPhase, snapshotExpect } from './change-snapshot.model.ts'

/** The machine's own steps: what follows by itself when a run has ended (rows 17, 18, 21, 26), and every pause (row 22). */
export async function advance(on: Doing, change: Change): Promise<Change> {
  let current = change
  for (let i = 0; i < 6; i += 1) {
    const facts = await loadFacts(on.tx, on.deps, current)
    if (!isRunning(current.state) || inFlight(facts.runs) || nextOf(facts)) return current
    const after = await one(on, current, facts)
    if (after === undefined) return current
    current = after
  }
  return current
}

async function one(on: Doing, change: Change, facts: Awaited<ReturnType<typeof loadFacts>>): Promise<Change | undefined> {
  const { plan, state, currentBatch, soakUntil } = change
  const runs = countingRuns(facts)
  const soaking = (batch: number) => ({
    event: 'change.soaking',
    patch: { soakUntil: new Date(on.now.getTime() + (plan.batches[batch - 1]?.soakSeconds ?? 0) * 1000) },
    data: { batch },
  })
  const isLast = currentBatch >= plan.batches.length
  switch (state) {
    case 'prechecking':
      if (change.amendmentId !== null) {
        const { state: to, batch } = rejoinAt(plan, runs, currentBatch)
        const patch = { currentBatch: batch, soakUntil: null }
        return move(on, change, { act: 'rejoin', to, event: 'change.rejoined', patch, data: { batch } })
      }
      return move(on, change, { act: 'startGrey', to: 'gray_running', event: 'change.grey_started', patch: { currentBatch: 1 } })
    case 'gray_running':
      return move(on, change, { act: 'soak', to: 'gray_soaking', ...soaking(1) })
    case 'rolling':
      if (soakUntil === null && isBatchExecuted(plan, currentBatch, runs))
        return move(on, change, { act: 'soak', ...soaking(currentBatch) })
      return isLast && isHealthy(plan, currentBatch, runs)
        ? move(on, change, { act: 'verify', to: 'verifying', event: 'change.verifying' })
        : undefined
    case 'gray_soaking':
      return isLast && isHealthy(plan, currentBatch, runs)
        ? move(on, change, { act: 'verify', to: 'verifying', event: 'change.verifying' })
        : undefined
    case 'rolling_back':
      return move(on, change, { act: 'rolledBack', to: 'verifying', event: 'change.rolled_back' })
    default:
      return undefined
  }
}

/** Stops the change where it is: the session pauses with it, and the people are told (G-EXPECT, RL-09). */
export async function pause(on: Doing, change: Change, reason: string, detail: string): Promise<Change> {
  if (change.sessionId) on.events.push(...(await on.deps.sessions().pause(on.tx, change.sessionId, reason)))
  const after = await move(on, change, {
    act: 'pause',
    to: 'paused',
    event: 'change.paused',
    rule: 'RL-09',
    note: detail ? `${reason}: ${detail}` : reason,
    patch: { pausedFrom: change.state, pauseReason: reason, pauseDetail: detail.slice(0, 1000), pausedAt: on.now },
    data: { reason },
  })
  const confirmers = await on.deps.holders(on.tx, { role: 'CRE', duty: null, tenantId: change.tenantId })
  await tell(on, after, 'change.paused', [
    ...confirmers,
    { personId: after.executorId },
    { personId: after.reviewerId },
    { personId: after.managerId },
  ])
  return after
}

/** What the gateway reports, as it becomes part of the change. */
export const changeRuns = (deps: ChangeDeps, actor: Actor): ChangeRuns => ({
  started: async (tx, runId) => {
    const on = doing(tx, deps, actor)
    const place = await locate(on, runId)
    if (!place || !(await startRun(tx, runId, on.now))) return []
    const { run, change } = place
    return [
      changeEvent(change, 'step.started', {
        runId,
        stepKey: run.stepKey,
        phase: run.phase,
        targetId: run.targetId,
        attempt: run.attempt,
      }),
    ]
  },
  finished: async (tx, runId, report) => {
    const on = doing(tx, deps, actor)
    const place = await locate(on, runId)
    if (place) await finishRun(on, place.change, place.run, report)
    return on.events
  },
  interrupted: async (tx, changeId, reason, detail) => {
    const on = doing(tx, deps, actor)
    if (!(await enterTenantOfChange(tx, changeId))) return []
    const change = await lockChange(tx, changeId)
    if (isRunning(change.state)) await pause(on, change, reason, detail)
    return on.events
  },
})

async function locate(on: Doing, runId: string): Promise<{ change: Change; run: RunRow } | undefined> {
  const changeId = await enterTenantOfRun(on.tx, runId)
  if (!changeId) return undefined
  const change = await lockChange(on.tx, changeId)
  const run = (await listRuns(on.tx, changeId)).find((row) => row.id === runId)
  return run ? { change, run } : undefined
}

/** Judges a result against the plan that granted it, writes it once, and moves on or stops. */
export async function finishRun(on: Doing, change: Change, run: RunRow, report: RunReport): Promise<void> {
  const expect = expectationOf(change, run)
  const judged = expect ? judge(expect, report) : { met: false, verdicts: [] }
  const unknown = report.outcome === 'unknown'
  const state = unknown ? ('unknown' as const) : judged.met ? ('succeeded' as const) : ('failed' as const)
  const ended = await endRun(on.tx, run.id, {
    state,
    exitCode: report.exitCode,
    stdout: report.stdout,
    stderr: report.stderr,
    outputSha256: report.outputSha256,
    durationMs: report.durationMs,
    detail: report.detail || (report.outcome === 'exited' ? '' : report.outcome),
    verdicts: judged.verdicts,
    endedAt: on.now,
  })
  // Reported twice: the first report stands.
  if (!ended) return
  const grantId = await on.deps.sessions().grantOfRun(on.tx, run.id)
  on.events.push(
    changeEvent(change, unknown ? 'step.unknown' : 'step.finished', {
      grantId,
      runId: run.id,
      stepKey: run.stepKey,
      phase: run.phase,
      targetId: run.targetId,
      target: run.targetName,
      attempt: run.attempt,
      state,
      outcome: report.outcome,
      exitCode: report.exitCode,
      outputSha256: report.outputSha256,
      durationMs: report.durationMs,
    }),
  )
  if (!isRunning(change.state)) return
  if (state === 'succeeded') await advance(on, change)
  else
    await pause(
      on,
      change,
      unknown ? 'unknown-outcome' : run.phase === 'health' ? 'health-failed' : 'expectation-failed',
      `${run.stepKey} @ ${run.targetName}`,
    )
}

function expectationOf({ plan }: Change, run: RunRow) {
  if (isSnapshotPhase(run.phase)) return snapshotExpect
  if (run.phase === 'health') return plan.health?.expect
  const step = plan.steps.find((candidate) => candidate.key === run.stepKey)
  if (run.phase !== 'rollback') return step?.expect
  return step?.rollback?.kind === 'action' ? step.rollback.expect : undefined
}
