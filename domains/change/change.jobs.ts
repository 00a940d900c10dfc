import type { ServiceActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import type { Stages } from '@huabiao/kit/http/route'
import { isRunning } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import { type Change, lockChange } from './change.store.ts'
import { countingRuns, readyGuards } from './change-act.model.ts'
import { advance, finishRun, pause } from './change-advance.service.ts'
import { endAmendment } from './change-amendment.service.ts'
import { listDue, listOwnRollbacks, missedBegin } from './change-deadline.store.ts'
import { expireRun } from './change-execution.service.ts'
import { type ChangeFacts, loadFacts, seenAt } from './change-facts.service.ts'
import { blocking, evaluateGuards, reviewerAbsentMs } from './change-guard.model.ts'
import { type Doing, doing, move, tell } from './change-move.service.ts'
import { fireDeadline } from './change-overdue.service.ts'
import { releaseTargets } from './change-plan.store.ts'
import { runOwnRollback } from './change-rollback.service.ts'
import { inFlight, isBatchExecuted, toUndo } from './change-run.model.ts'
import { listSweep } from './change-run.store.ts'

export interface ChangeJobs {
  readonly db: Database
  readonly deps: ChangeDeps
  readonly actor: ServiceActor
  record(tx: Tx, events: readonly DomainEvent[]): Promise<void>
}
/** A step that the gateway began may report this much after its own time limit before its outcome counts as unknown. */
const reportGraceMs = 30_000
/** The gateway begins within seconds of the order. Later the order was lost on its way, as when a process of ours died between intent and signature. */
const startGraceMs = 30_000

/** Looks at every change on which time itself acts. Each in a transaction of its own: one that fails holds up no other. */
export async function sweepChanges(jobs: ChangeJobs, onError: (changeId: string, error: unknown) => void): Promise<number> {
  const due = await jobs.db.read({ kind: 'nobody' }, listSweep)
  for (const { tenantId, changeId } of due) {
    try {
      await jobs.db.transact({ kind: 'tenant', tenantId }, async (tx) => {
        const on = doing(tx, jobs.deps, jobs.actor)
        await tick(on, await lockChange(tx, changeId))
        if (on.events.length > 0) await jobs.record(tx, on.events)
      })
    } catch (error) {
      onError(changeId, error)
    }
  }
  return due.length
}

/** Fires what is due, each in a transaction of its own. Many at once (after a long stop) are taken up in portions. */
export async function sweepDeadlines(jobs: ChangeJobs, onError: (changeId: string, error: unknown) => void): Promise<number> {
  const due = await jobs.db.read({ kind: 'nobody' }, (tx) => listDue(tx, jobs.deps.clock.now(), 500))
  let fired = 0
  for (const { tenantId, changeId, name, dueAt } of due) {
    try {
      await jobs.db.transact({ kind: 'tenant', tenantId }, async (tx) => {
        const on = doing(tx, jobs.deps, jobs.actor)
        // The change first, as every act does: two who wait for each other's row would wait for ever.
        if (await fireDeadline(on, await lockChange(tx, changeId), { name, dueAt })) fired += 1
        if (on.events.length > 0) await jobs.record(tx, on.events)
      })
    } catch (error) {
      onError(changeId, error)
    }
  }
  return fired
}

/** The steps back that approved plans ask of the platform itself. */
export async function driveRollbacks(jobs: ChangeJobs, onError: (changeId: string, error: unknown) => void): Promise<number> {
  const own = await jobs.db.read({ kind: 'nobody' }, listOwnRollbacks)
  let granted = 0
  for (const { tenantId, changeId } of own) {
    const scope = { kind: 'tenant' as const, tenantId }
    const stages: Stages<ServiceActor> = {
      actor: jobs.actor,
      read: (run) => jobs.db.read(scope, run),
      transact: (run) =>
        jobs.db.transact(scope, async (tx) => {
          const { view, events = [] } = await run(tx)
          if (events.length > 0) await jobs.record(tx, events)
          return view
        }),
      record: (events) => jobs.db.transact(scope, (tx) => jobs.record(tx, events)),
    }
    try {
      if (await runOwnRollback(stages, jobs.deps, changeId)) granted += 1
    } catch (error) {
      onError(changeId, error)
    }
  }
  return granted
}

/** What the present moment does to one change. */
export async function tick(on: Doing, change: Change): Promise<void> {
  const facts = await loadFacts(on.tx, on.deps, change)
  if (change.state === 'scheduled' || change.state === 'ready') return awaitWindow(on, facts)
  const pending = inFlight(facts.runs)
  if (pending && (await endOverdue(on, facts))) return
  if (!isRunning(change.state)) return
  const reason = stopReason(facts)
  if (reason) {
    await pause(on, change, reason, '')
    return
  }
  if (!pending) await advance(on, change)
}

async function awaitWindow(on: Doing, facts: ChangeFacts): Promise<void> {
  const { change } = facts
  if (change.windowEnd && on.now >= change.windowEnd && facts.amendment) {
    // Half done is never expired: it waits again for somebody to decide how it goes on.
    await endAmendment(on, facts, { as: 'lapsed', act: 'dropAmendment', note: 'window' })
    return
  }
  if (change.windowEnd && on.now >= change.windowEnd) {
    await releaseTargets(on.tx, change.id)
    const to = 'expired' as const
    await move(on, change, { act: 'expire', to, event: 'change.expired', rule: 'RL-02', patch: { outcome: 'expired' } })
    await tell(on, change, 'change.expired', [{ personId: change.requesterId }, { personId: change.executorId }])
    return
  }
  const held = blocking(evaluateGuards(readyGuards(change), facts.guard), on.deps.guardModes)
  if (change.state === 'scheduled' && !held) {
    if (await missedBegin(on.tx, change)) return
    await move(on, change, { act: 'makeReady', to: 'ready', event: 'change.ready' })
    await tell(on, change, 'change.ready', [{ personId: change.executorId }, { personId: change.reviewerId }])
  } else if (change.state === 'ready' && held) {
    await move(on, change, {
      act: 'unready',
      to: 'scheduled',
      event: 'change.unready',
      note: `${held.guard}: ${held.reasons.join(', ')}`,
    })
  }
}

/** A grant that nobody used in time is over; a step that began and was never heard of again has an unknown outcome. */
async function endOverdue(on: Doing, facts: ChangeFacts): Promise<boolean> {
  const run = facts.runs.find((candidate) => candidate.state === 'granted' || candidate.state === 'started')
  if (!run) return false
  if (run.state === 'granted' && on.now.getTime() > Math.min(run.notAfter.getTime(), run.issuedAt.getTime() + startGraceMs)) {
    const grantId = await on.deps.sessions().grantOfRun(on.tx, run.id)
    await expireRun(on, facts.change, { runId: run.id, grantId: grantId ?? run.id }, 'not used in time')
    if (isRunning(facts.change.state)) await pause(on, facts.change, 'gateway-lost', `${run.stepKey} @ ${run.targetName}`)
    return true
  }
  if (run.state !== 'started' || on.now.getTime() <= run.startedAt!.getTime() + run.timeoutMs + reportGraceMs) return false
  await finishRun(on, facts.change, run, {
    outcome: 'unknown',
    exitCode: null,
    stdout: '',
    stderr: '',
    outputSha256: '0'.repeat(64),
    durationMs: on.now.getTime() - run.startedAt!.getTime(),
    detail: 'no report in time',
  })
  return true
}

/** Reviewer gone (RL-06), freeze (RL-03), a release (RL-12) or a consent withdrawn (RL-11), or no more time to come back (RL-02). A rollback is stopped by none of these. */
function stopReason({ change, consents, presence, guard, recalled, runs, now }: ChangeFacts): string | undefined {
  if (change.state === 'rolling_back') return undefined
  const seen = seenAt(presence, change.reviewerId)
  if (!seen || now.getTime() - seen.getTime() > reviewerAbsentMs) return 'reviewer-absent'
  if (guard.freezes && guard.freezes.length > 0) return 'freeze'
  if (recalled.length > 0) return 'release-withdrawn'
  if (consents.needed.some((need) => !consents.given.includes(need.systemId))) return 'consent-withdrawn'
  if (!change.windowEnd) return 'window-reserve'
  const seconds = toUndo(change.plan, runs).reduce((sum, item) => {
    const step = change.plan.steps.find((candidate) => candidate.key === item.stepKey)
    return sum + (step?.rollback?.kind === 'action' ? step.timeoutSeconds : 0)
  }, 0)
  const counting = countingRuns({ change, runs })
  const done = change.state === 'verifying' && change.plan.batches.every((_, i) => isBatchExecuted(change.plan, i + 1, counting))
  return !done && change.windowEnd.getTime() - now.getTime() < seconds * 1000 ? 'window-reserve' : undefined
}
