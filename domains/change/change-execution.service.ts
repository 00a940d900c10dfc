import type { Actor, PersonActor } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { sha256 } from '@huabiao/kit/crypto/suite'
import { sqlState } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import type { Stages } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { ChangeDeps, HeldContent } from './change.ports.ts'
import type { Change } from './change.store.ts'
import { isCosigned, needsCosign, nextOf } from './change-act.model.ts'
import { advance, pause } from './change-advance.service.ts'
import { outcomeOf } from './change-amendment.model.ts'
import type { ChangeFacts } from './change-facts.service.ts'
import { guardsOf } from './change-guard.model.ts'
import { admitted, changeEvent, type Doing, doing, move, seen, tell } from './change-move.service.ts'
import { releaseTargets } from './change-plan.store.ts'
import type { NextRun } from './change-run.model.ts'
import { acceptRun, endRun, insertCosign, insertExplanation, insertRun } from './change-run.store.ts'
import { differenceId, unexplained } from './change-snapshot.model.ts'

/** From ready to closed: the plan runs, step by step, and nothing else does (rows 16–30 of itsm §2.1). */

/** No grant lives longer than this, whatever the window says; the signer holds the same bound. */
const grantMs = 2 * 60_000

export async function begin(on: Doing, actor: PersonActor, changeId: string, confirm: string): Promise<void> {
  const facts = await admitted(on, changeId, 'begin')
  if (confirm !== facts.change.no) throw new Refusal('change.confirmation_mismatch', { no: facts.change.no })
  await refuseDenied(on, actor, facts, 'session:open')
  const after = await openSession(on, actor, facts)
  const begun = await move(on, after, {
    act: 'begin',
    to: 'prechecking',
    event: 'change.begun',
    // An amended plan knows how far it came; it finds its place again after the prechecks.
    patch: { currentBatch: facts.change.amendmentId === null ? 0 : facts.change.currentBatch, soakUntil: null },
    data: { sessionId: after.sessionId },
  })
  await advance(on, begun)
  await tell(on, begun, 'change.begun', [{ personId: begun.reviewerId }, { personId: begun.managerId }])
}

export async function openSession(
  on: Doing,
  actor: { door: PersonActor['door']; sourceIp: string },
  facts: ChangeFacts,
): Promise<Change> {
  const { change, targets } = facts
  const sessions = on.deps.sessions()
  const gateway = await sessions.gateway(on.tx, change.plane, on.now)
  if (!gateway) throw new Refusal('session.gateway_unavailable')
  const names = await on.deps.names(on.tx, [change.executorId!, change.reviewerId!])
  const { sessionId, events } = await sessions.open(on.tx, {
    tenantId: change.tenantId,
    partyIds: change.partyIds,
    plane: change.plane,
    mode: 'plan-run',
    changeId: change.id,
    changeNo: change.no,
    title: `${change.no} ${change.title}`,
    executorId: change.executorId!,
    executorName: names.get(change.executorId!) ?? '',
    reviewerId: change.reviewerId,
    reviewerName: names.get(change.reviewerId!) ?? null,
    targetNames: targets.map((target) => target.name),
    door: actor.door,
    sourceIp: actor.sourceIp,
    gatewayId: gateway.id,
    at: on.now,
  })
  on.events.push(...events)
  return move(on, change, { act: 'openSession', event: 'change.session_opened', patch: { sessionId }, data: { sessionId } })
}

const channels = { command: 'command', script: 'script', file: 'file', artifact: 'file', interactive: 'interactive' } as const
/**
 * The unit's session policies (bastion R5), at open for every target, before a step for its own; never of a way back (itsm §2.0.3).
 */
async function refuseDenied(
  on: Doing,
  actor: PersonActor,
  facts: ChangeFacts,
  action: 'session:open' | 'session:step',
): Promise<void> {
  const next = action === 'session:step' ? nextOf(facts) : undefined
  const danger = next?.danger ?? Math.max(1, ...facts.change.plan.steps.map((step) => step.danger))
  const kind = next?.action.kind ?? 'command'
  if (next?.phase === 'rollback') return
  for (const { id, name: targetName, port } of facts.targets.filter((target) => !next || target.id === next.targetId)) {
    const denied = await on.deps.sessionDenial(actor, { action, targetName, port, channel: channels[kind], danger })
    if (denied) throw new Refusal('access.session_denied', { ...denied, targetId: id })
  }
}

const running: readonly (string | undefined)[] = ['live', 'requested', 'paused']
/** The session in which a change goes on: its own where its gateway is there, otherwise a new one on a gateway that is (S3-A.8-02). */
export async function goOnIn(
  on: Doing,
  actor: { door: PersonActor['door']; sourceIp: string },
  facts: ChangeFacts,
): Promise<Change> {
  const { change, sessionState } = facts
  const sessions = on.deps.sessions()
  if (change.sessionId && running.includes(sessionState)) {
    if (await sessions.isServed(on.tx, change.sessionId, on.now)) {
      if (sessionState === 'paused') on.events.push(...(await sessions.resume(on.tx, change.sessionId)))
      return change
    }
    // What it recorded it seals when it comes back; nothing more runs in it.
    on.events.push(...(await sessions.close(on.tx, change.sessionId, { drain: false, reason: 'gateway-lost', at: on.now })))
  }
  return openSession(on, actor, facts)
}

export interface Prepared {
  readonly runId: string
  readonly grantId: string
  readonly grant: object
  readonly sessionId: string
  readonly gatewayId: string
  readonly stdin: string
  readonly content: HeldContent | null
  readonly label: string
  readonly stepKey: string
}
/** First half of a run, after every rule said yes: the intent is durable before anything can have an effect. */
export async function prepare(on: Doing, facts: ChangeFacts, meant: { stepKey: string; targetId: string }): Promise<Prepared> {
  const { change } = facts
  const next = nextOf(facts)!
  // The caller says what they mean to run: a page that is a moment old must not run the step after it (RL-07).
  if (next.stepKey !== meant.stepKey || next.targetId !== meant.targetId)
    throw new Refusal('change.not_next_step', { stepKey: next.stepKey, targetId: next.targetId })
  const target = facts.targets.find((candidate) => candidate.id === next.targetId)
  const content = contentOf(next, facts)
  if (!target || !facts.gatewayId || !change.sessionId) throw new Refusal('change.target_not_found')
  const names = await on.deps.names(on.tx, [change.executorId!, change.reviewerId!])
  const runId = newId(on.now.getTime())
  const latest = on.now.getTime() + grantMs
  const notAfter = new Date(
    next.phase === 'rollback' || !change.windowEnd ? latest : Math.min(latest, change.windowEnd.getTime()),
  )
  // The inputs go into the ledger with the grant, so that the verdicts can be recomputed years later (itsm §2.0.2).
  const inputsHash = toHex(sha256(utf8(canonicalJson(facts.guard))))
  const guards = (next.phase === 'rollback' ? guardsOf.rollbackStep : guardsOf.step).map((guard) => ({ guard, inputsHash }))
  try {
    await insertRun(on.tx, change, {
      id: runId,
      planHash: change.planHash!,
      stepKey: next.stepKey,
      phase: next.phase,
      batch: next.batch,
      targetId: target.id,
      targetName: target.name,
      attempt: next.attempt,
      executorId: change.executorId!,
      cosignedBy: needsCosign(next) && isCosigned(facts, next) ? change.reviewerId : null,
      sessionId: change.sessionId,
      notAfter,
      timeoutMs: next.timeoutSeconds * 1000,
      issuedAt: on.now,
    })
  } catch (error) {
    if (sqlState(error) === '23505') throw new Refusal('change.step_running', {}, error)
    throw error
  }
  const { id, grant } = await on.deps.sessions().grant(on.tx, {
    change: { ...change, planHash: change.planHash! },
    runId,
    next,
    target,
    executor: { personId: change.executorId!, name: names.get(change.executorId!) ?? '—' },
    reviewer: change.reviewerId ? { personId: change.reviewerId, name: names.get(change.reviewerId) ?? '—' } : null,
    guards,
    sessionId: change.sessionId,
    gatewayId: facts.gatewayId,
    now: on.now,
    notAfter,
  })
  on.events.push(
    changeEvent(change, 'grant.issued', {
      grantId: id,
      runId,
      stepKey: next.stepKey,
      phase: next.phase,
      batch: next.batch,
      targetId: target.id,
      target: target.name,
      attempt: next.attempt,
      notAfter: notAfter.toISOString(),
      timeoutMs: next.timeoutSeconds * 1000,
      planHash: change.planHash,
      guardInputs: facts.guard,
    }),
  )
  return {
    runId,
    grantId: id,
    grant,
    sessionId: change.sessionId,
    gatewayId: facts.gatewayId,
    stdin: stdinOf(next),
    content,
    label: `${next.stepKey} @ ${target.name}`,
    stepKey: next.stepKey,
  }
}
/** @throws Refusal change.content_missing, also for a rollback, whose content an amendment may have taken away */
function contentOf({ action, stepKey }: NextRun, { held }: ChangeFacts): HeldContent | null {
  if (action.kind !== 'artifact') return null
  const content = held.get(action.sha256)
  if (!content) throw new Refusal('change.content_missing', { stepKey })
  return content
}
const stdinOf = ({ action }: NextRun): string => ('text' in action ? Buffer.from(action.text, 'utf8').toString('base64') : '')

export const runStep = (
  stages: Stages<PersonActor>,
  deps: ChangeDeps,
  changeId: string,
  meant: { stepKey: string; targetId: string },
): Promise<void> =>
  runPrepared(stages, deps, changeId, async (on) => {
    const facts = await admitted(on, changeId, 'runNext')
    await refuseDenied(on, stages.actor, facts, 'session:step')
    return prepare(on, facts, meant)
  })

/** The whole of a run's beginning: durable intent, signature outside any transaction, then the command to the gateway. */
export async function runPrepared<A extends Actor>(
  stages: Stages<A>,
  deps: ChangeDeps,
  changeId: string,
  first: (on: Doing) => Promise<Prepared>,
): Promise<void> {
  const run = await stages.transact(async (tx) => {
    const on = doing(tx, deps, stages.actor)
    return { view: await first(on), events: on.events }
  })
  try {
    const envelope = await deps.signer.signExecutionGrant(run.grant)
    await stages.transact(async (tx) => {
      await deps.sessions().queueRun(tx, { ...run, grant: envelope })
      return { view: undefined, unchanged: true }
    })
  } catch (error) {
    // Not signed is not run: the attempt ends here, visibly, and the step may be tried again.
    await stages.transact(async (tx) => {
      const on = doing(tx, deps, stages.actor)
      const { change } = await seen(on, changeId)
      await expireRun(on, change, run, error instanceof Refusal ? error.code : 'part.unavailable')
      return { view: undefined, events: on.events }
    })
    throw error
  }
}

export async function expireRun(
  on: Doing,
  change: Change,
  run: { runId: string; grantId: string },
  detail: string,
): Promise<void> {
  const ended = await endRun(on.tx, run.runId, {
    state: 'expired',
    exitCode: null,
    stdout: '',
    stderr: '',
    outputSha256: null,
    durationMs: null,
    detail,
    verdicts: [],
    endedAt: on.now,
  })
  if (!ended) return
  await on.deps.sessions().revokeGrant(on.tx, run.grantId)
  on.events.push(changeEvent(change, 'grant.expired', { grantId: run.grantId, runId: run.runId, reason: detail }))
}

export async function cosign(
  on: Doing,
  actor: PersonActor,
  changeId: string,
  meant: { stepKey: string; targetId: string; phase: string },
): Promise<void> {
  const facts = await admitted(on, changeId, 'cosign')
  const next = nextOf(facts)!
  if (next.stepKey !== meant.stepKey || next.targetId !== meant.targetId || next.phase !== meant.phase)
    throw new Refusal('change.not_next_step', { stepKey: next.stepKey, targetId: next.targetId })
  const { stepKey, phase, targetId, attempt } = next
  await insertCosign(
    on.tx,
    facts.change,
    { planHash: facts.change.planHash!, stepKey, phase, targetId, attempt, personId: actor.personId },
    on.now,
  )
  await move(on, facts.change, {
    act: 'cosign',
    event: 'change.cosigned',
    note: `${stepKey} (${phase})`,
    data: { stepKey, phase, targetId, attempt },
  })
}

export async function releaseBatch(on: Doing, changeId: string): Promise<void> {
  const { change } = await admitted(on, changeId, 'releaseBatch')
  const batch = change.currentBatch + 1
  const after = await move(on, change, {
    act: 'releaseBatch',
    to: 'rolling',
    event: 'change.batch_released',
    patch: { currentBatch: batch, soakUntil: null },
    data: { batch },
  })
  await advance(on, after)
}

export async function passVerification(on: Doing, changeId: string, reason: string): Promise<void> {
  const { change } = await admitted(on, changeId, 'passVerification')
  const sessions = on.deps.sessions()
  if (change.sessionId)
    on.events.push(...(await sessions.close(on.tx, change.sessionId, { drain: true, reason: 'verified', at: on.now })))
  await releaseTargets(on.tx, change.id)
  const after = await move(on, change, { act: 'passVerification', to: 'ci_reviewing', event: 'change.verified', note: reason })
  await tell(on, after, 'change.verified', [{ personId: after.requesterId }, { personId: after.managerId }])
}

export async function pauseByHand(on: Doing, actor: PersonActor, changeId: string, reason: string): Promise<void> {
  const { change } = await admitted(on, changeId, 'pause')
  await pause(on, change, actor.personId === change.reviewerId ? 'reviewer-objection' : 'supervisor-order', reason)
}

/** Exit 1 of a pause: on as planned, by L2 or CRE who took no part, with the cause named (RL-09). */
export async function resume(
  on: Doing,
  actor: PersonActor,
  changeId: string,
  how: { cause: string; failedStep: 'retry' | 'accept' },
): Promise<void> {
  const facts = await admitted(on, changeId, 'resume')
  const { change, runs } = facts
  const last = runs.at(-1)
  if (last && (last.state === 'failed' || last.state === 'unknown')) {
    const once = change.plan.steps.find((step) => step.key === last.stepKey)?.repeat === 'onceOnly'
    // Whether it happened is unknown, so it must not happen twice (itsm §4.4).
    if (how.failedStep === 'retry' && once && last.phase === 'execute' && last.state === 'unknown')
      throw new Refusal('change.unconfirmed_mutation')
    if (how.failedStep === 'accept') await acceptRun(on.tx, last.id)
  }
  await refuseDenied(on, actor, facts, 'session:open')
  const current = await goOnIn(on, actor, facts)
  const after = await move(on, current, {
    act: 'resume',
    to: change.pausedFrom!,
    event: 'change.resumed',
    note: how.cause,
    rule: 'RL-09',
    patch: { pausedFrom: null, pauseReason: null, pauseDetail: '', pausedAt: null },
    data: { failedStep: how.failedStep, cause: how.cause },
  })
  await advance(on, after)
  await tell(on, after, 'change.resumed', [{ personId: after.executorId }, { personId: after.reviewerId }])
}

/** Row 29: what differs beyond the plan is explained by whoever carried it out; the change manager reads it and confirms. */
export async function explainItems(
  on: Doing,
  actor: PersonActor,
  changeId: string,
  given: { items: readonly { targetId: string; key: string }[]; note: string },
): Promise<void> {
  const { change, items, explained } = await admitted(on, changeId, 'explainItems')
  const open = unexplained(items, new Set(explained.map((one) => differenceId(one.targetId, one.key))))
  const chosen = open.filter((one) => given.items.some((item) => item.targetId === one.targetId && item.key === one.key))
  if (chosen.length !== given.items.length) throw new Refusal('change.nothing_to_explain')
  for (const item of chosen)
    await insertExplanation(on.tx, change, { ...item, personId: actor.personId, note: given.note, at: on.now })
  await move(on, change, {
    act: 'explainItems',
    event: 'change.items_explained',
    note: given.note,
    rule: 'RL-07',
    data: { items: chosen.slice(0, 50), count: chosen.length },
  })
}

/** Row 30. The outcome is computed from what happened, never chosen. */
export async function close(on: Doing, changeId: string, reason: string): Promise<void> {
  const { change, runs, explained } = await admitted(on, changeId, 'close')
  const outcome = outcomeOf({ ...change, runs, amended: change.amendmentId !== null, explained: explained.length > 0 })
  const after = await move(on, change, {
    act: 'close',
    to: 'closed',
    event: 'change.closed',
    note: reason,
    patch: { outcome },
    data: { outcome },
  })
  await tell(on, after, 'change.closed', [{ personId: after.requesterId }, { personId: after.executorId }])
}
