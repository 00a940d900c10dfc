import type { Actor, ServiceActor } from '@huabiao/kit/actor/actor'
import { Refusal } from '@huabiao/kit/errors/errors'
import type { Stages } from '@huabiao/kit/http/route'
import type { ChangeDeps } from './change.ports.ts'
import { nextOf } from './change-act.model.ts'
import { advance, pause } from './change-advance.service.ts'
import { isOwnRollback } from './change-deadline.store.ts'
import { goOnIn, prepare, runPrepared } from './change-execution.service.ts'
import type { ChangeFacts } from './change-facts.service.ts'
import { blocking, evaluateGuards, guardsOf } from './change-guard.model.ts'
import { admitted, type Doing, doing, move, seen, tell } from './change-move.service.ts'
import { inFlight, toUndo } from './change-run.model.ts'

/** The way back (rows 22 to 24): by people, or by the platform itself where the approved plan says `autoRollback`. */

/** Exit 2: back, newest step first. */
export async function rollBack(on: Doing, actor: Actor, changeId: string, reason: string): Promise<void> {
  await startRollback(on, actor, await admitted(on, changeId, 'rollBack'), reason)
}

export async function startRollback(on: Doing, actor: Actor, facts: ChangeFacts, reason: string): Promise<void> {
  const { change, runs } = facts
  let current = change
  if (toUndo(change.plan, runs).length > 0) current = await goOnIn(on, actor, facts)
  else if (facts.sessionState === 'paused') on.events.push(...(await on.deps.sessions().resume(on.tx, change.sessionId!)))
  const after = await move(on, current, {
    act: 'rollBack',
    to: 'rolling_back',
    event: 'change.rolling_back',
    note: reason,
    patch: { pausedFrom: null, pauseReason: null, pauseDetail: '', pausedAt: null, rolledBack: true },
  })
  await advance(on, after)
  await tell(on, after, 'change.rolling_back', [
    { personId: after.executorId },
    { personId: after.reviewerId },
    { personId: after.managerId },
  ])
}

/** Whether the platform could begin now: `later` while a step is under way, `no` where no gateway would carry it out. */
export async function canRollBack(on: Doing, { change, runs, sessionState }: ChangeFacts): Promise<'yes' | 'later' | 'no'> {
  if (inFlight(runs)) return 'later'
  if (toUndo(change.plan, runs).length === 0) return 'yes'
  const isOpen = sessionState === 'live' || sessionState === 'paused'
  if (isOpen && change.sessionId && (await on.deps.sessions().isServed(on.tx, change.sessionId, on.now))) return 'yes'
  return (await on.deps.sessions().gateway(on.tx, change.plane, on.now)) ? 'yes' : 'no'
}

/** A rollback step that could not be granted this often is left to people. */
const mostAttempts = 3

/** The next step back of a rollback that the platform began itself; nothing else is ever run by it. Answers whether a step was granted. */
export async function runOwnRollback(stages: Stages<ServiceActor>, deps: ChangeDeps, changeId: string): Promise<boolean> {
  const due = await stages.transact(async (tx) => {
    const on = doing(tx, deps, stages.actor)
    const facts = await seen(on, changeId)
    const next = ownStep(facts)
    const given = next !== undefined && (await isOwnRollback(tx, changeId))
    if (given && next.attempt > mostAttempts) await pause(on, facts.change, 'gateway-lost', next.stepKey)
    return { view: given && next.attempt <= mostAttempts, events: on.events }
  })
  if (!due) return false
  await runPrepared(stages, deps, changeId, async (on) => {
    const facts = await seen(on, changeId)
    const next = ownStep(facts)
    if (!next || !(await isOwnRollback(on.tx, changeId))) throw new Refusal('change.wrong_state')
    return prepare(on, facts, next)
  })
  return true
}
function ownStep(facts: ChangeFacts) {
  if (facts.change.plan.autoRollback !== true || facts.change.state !== 'rolling_back') return undefined
  if (inFlight(facts.runs) || facts.sessionState !== 'live') return undefined
  return blocking(evaluateGuards(guardsOf.rollbackStep, facts.guard), facts.modes) ? undefined : nextOf(facts)
}
