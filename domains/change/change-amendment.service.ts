import type { PersonActor } from '@huabiao/kit/actor/actor'
import { addWorkingDays } from '@huabiao/kit/calendar/calendar'
import { Refusal } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { type Change, insertPlanVersion } from './change.store.ts'
import { deniedReason, diffOf, testDebtDays } from './change-amendment.model.ts'
import {
  type Amendment,
  approvalSubject,
  insertAmendment,
  insertDebt,
  insertRiskAcceptance,
  settleDebt,
  updateAmendment,
} from './change-amendment.store.ts'
import type { ChangeFacts } from './change-facts.service.ts'
import { riskParts } from './change-grade.model.ts'
import { admitted, type Doing, move, remark, tell } from './change-move.service.ts'
import { releaseTargets } from './change-plan.store.ts'
import { riskPartOf } from './change-urgent.model.ts'

/** Exit 3 of a pause (row 25, itsm §2.3-A): the plan of a change that is half done is changed, and approved by several at once. */

export async function amend(on: Doing, actor: PersonActor, changeId: string, reason: string): Promise<void> {
  const facts = await admitted(on, changeId, 'amend')
  const { change } = facts
  if (change.sessionId && facts.sessionState !== 'sealed' && facts.sessionState !== 'gap')
    on.events.push(...(await on.deps.sessions().close(on.tx, change.sessionId, { drain: false, reason: 'amended', at: on.now })))
  const id = newId(on.now.getTime())
  const { planHash, pausedFrom, pauseReason, currentBatch } = change
  await insertAmendment(on.tx, change, {
    id,
    reason,
    declaredBy: actor.personId,
    declaredAt: on.now,
    previousId: change.amendmentId,
    fromHash: planHash!,
    fromVersion: change.planVersion,
    fromRisk: change.risk,
    pausedFrom: pausedFrom!,
    pauseReason: pauseReason ?? '',
    currentBatch,
  })
  const after = await move(on, change, {
    act: 'amend',
    to: 'amending',
    event: 'change.amending',
    note: reason,
    rule: 'RL-07',
    patch: {
      amendmentId: id,
      planHash: null,
      approvedPlanHash: null,
      pausedFrom: null,
      pauseReason: null,
      pauseDetail: '',
      pausedAt: null,
    },
    data: { amendmentId: id, fromHash: planHash, reason },
  })
  await tell(on, after, 'change.amending', [
    { personId: after.requesterId },
    { personId: after.executorId },
    { personId: after.reviewerId },
    { personId: after.managerId },
  ])
}

/** The minimum plan is there: what differs is written down before anybody decides on it. */
export async function submitAmendment(on: Doing, amendment: Amendment, change: Change, toHash: string): Promise<void> {
  const diff = diffOf(amendment.from, change)
  await updateAmendment(on.tx, amendment.id, {
    state: 'approving',
    toHash,
    toVersion: change.planVersion,
    diff,
    submittedAt: on.now,
  })
  await remark(on, change, {
    act: 'submitAmendment',
    event: 'change.amendment_submitted',
    note: [
      ...diff.added.map((key) => `+${key}`),
      ...diff.changed.map((key) => `~${key}`),
      ...diff.removed.map((key) => `-${key}`),
    ]
      .join(' ')
      .slice(0, 500),
    rule: 'RL-07',
    data: { amendmentId: amendment.id, fromHash: amendment.fromHash, toHash, diff },
  })
}

/** Every approval is there. A way back waits for nothing more: it goes on where it had stopped. */
export async function approveAmendment(
  on: Doing,
  change: Change,
  amendment: Amendment,
  rollingBack?: { readonly act: string; readonly note: string; readonly data: Record<string, unknown> },
): Promise<void> {
  await updateAmendment(on.tx, amendment.id, { state: 'approved', endedAt: on.now })
  const data = { amendmentId: amendment.id, fromHash: amendment.fromHash, toHash: change.planHash }
  if (!rollingBack) {
    await remark(on, change, { act: 'approveAmendment', event: 'change.amendment_approved', rule: 'RL-07', data })
    return
  }
  await move(on, change, {
    ...rollingBack,
    to: 'paused',
    event: 'change.amendment_approved',
    rule: 'RL-07',
    patch: {
      approvedPlanHash: change.planHash,
      pausedFrom: 'rolling_back',
      pauseReason: amendment.pauseReason,
      pausedAt: on.now,
    },
    data: { ...rollingBack.data, ...data },
  })
}

/** Denied, given up, or its window is over: back to the pause, with the plan that ran so far, whose way back is approved still. */
export async function endAmendment(
  on: Doing,
  facts: ChangeFacts,
  how: {
    readonly as: 'denied' | 'dropped' | 'lapsed'
    readonly act: string
    readonly note: string
    readonly data?: Record<string, unknown>
  },
): Promise<void> {
  const { change, amendment } = facts
  if (!amendment) throw new Refusal('change.wrong_state')
  const { kind, subjectId } = approvalSubject(change)
  await on.deps.approval.voidAll(on.tx, kind, subjectId, how.as, on.now)
  await updateAmendment(on.tx, amendment.id, { state: how.as === 'denied' ? 'denied' : 'dropped', endedAt: on.now })
  // A plan that never ran owes no test.
  if (change.planHash && !facts.runs.some((run) => run.planHash === change.planHash))
    await settleDebt(on.tx, { changeId: change.id, planHash: change.planHash }, 'void', on.now)
  const { from } = amendment
  const after = await move(on, change, {
    act: how.act,
    to: 'paused',
    event: how.as === 'denied' ? 'change.amendment_denied' : 'change.amendment_dropped',
    note: how.note,
    rule: 'RL-09',
    patch: {
      ...from,
      risk: amendment.fromRisk,
      planVersion: change.planVersion + 1,
      planHash: amendment.fromHash,
      approvedPlanHash: amendment.fromHash,
      amendmentId: amendment.previousId,
      pausedFrom: amendment.pausedFrom,
      pauseReason: how.as === 'denied' ? deniedReason : how.as === 'lapsed' ? 'amendment-lapsed' : 'amendment-dropped',
      pauseDetail: how.note.slice(0, 1000),
      pausedAt: on.now,
    },
    data: { ...how.data, amendmentId: amendment.id, fromHash: amendment.fromHash, toHash: change.planHash },
  })
  await insertPlanVersion(on.tx, after, {
    changeId: after.id,
    version: after.planVersion,
    ...from,
    hash: amendment.fromHash,
    boundText: null,
    authorId: on.actor.kind === 'person' ? on.actor.personId : change.requesterId,
    at: on.now,
  })
  await tell(on, after, how.as === 'denied' ? 'change.not_approved' : 'change.paused', [
    { personId: after.requesterId },
    { personId: after.executorId },
    { personId: after.reviewerId },
    { personId: after.managerId },
  ])
}

export async function dropAmendment(on: Doing, changeId: string, reason: string): Promise<void> {
  await endAmendment(on, await admitted(on, changeId, 'dropAmendment'), { as: 'dropped', act: 'dropAmendment', note: reason })
}

/** It stays as it is, said by name: what was done is looked at and reviewed like every other end. */
export async function abandon(on: Doing, changeId: string, reason: string): Promise<void> {
  const { change, sessionState } = await admitted(on, changeId, 'abandon')
  if (change.sessionId && sessionState !== 'sealed' && sessionState !== 'gap')
    on.events.push(
      ...(await on.deps.sessions().close(on.tx, change.sessionId, { drain: false, reason: 'abandoned', at: on.now })),
    )
  await releaseTargets(on.tx, change.id)
  const after = await move(on, change, {
    act: 'abandon',
    to: 'ci_reviewing',
    event: 'change.abandoned',
    note: reason,
    rule: 'RL-09',
    patch: { abandoned: true, pausedFrom: null, pauseReason: null, pauseDetail: '', pausedAt: null },
  })
  await tell(on, after, 'change.abandoned', [
    { personId: after.requesterId },
    { personId: after.reviewerId },
    { personId: after.managerId },
  ])
}

/** In place of test evidence: technical manager and CRE, each in person, for this very plan; the test is then owed. */
export async function acceptRisk(
  on: Doing,
  actor: PersonActor,
  changeId: string,
  given: { planHash: string; note: string },
): Promise<void> {
  const facts = await admitted(on, changeId, 'acceptRisk')
  const { change } = facts
  if (given.planHash !== change.planHash) throw new Refusal('change.hash_mismatch')
  const part = riskPartOf(facts, actor.personId)!
  await insertRiskAcceptance(on.tx, change, { ...given, part, personId: actor.personId, at: on.now })
  const parts = new Set([...facts.riskAcceptances.filter((one) => one.planHash === given.planHash).map((one) => one.part), part])
  const whole = parts.size === riskParts.length
  const dueAt = addWorkingDays(on.deps.holidays, on.now, testDebtDays)
  if (whole) await insertDebt(on.tx, change, { planHash: given.planHash, openedAt: on.now, dueAt })
  await move(on, change, {
    act: 'acceptRisk',
    event: 'change.risk_accepted',
    note: given.note,
    rule: 'RL-05',
    data: { part, ...(whole ? { debtDueAt: dueAt.toISOString() } : {}) },
  })
}
