import { eligibleIds, openStages } from '@huabiao/domains/approval/approval.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { Refusal } from '@huabiao/kit/errors/errors'
import type { Change } from './change.store.ts'
import { approveAmendment, endAmendment } from './change-amendment.service.ts'
import { approvalSubject, updateAmendment } from './change-amendment.store.ts'
import { knownUnits } from './change-approval.service.ts'
import type { ChangeFacts } from './change-facts.service.ts'
import { admitted, type Doing, move, tell } from './change-move.service.ts'
import { targetIdsOf } from './change-plan.model.ts'
import { release } from './change-plan.service.ts'
import { bookTargets, insertConsent, releaseTargets } from './change-plan.store.ts'

/** Decisions of approvers and customers, and what follows when the last one is there (rows 11, 12 and 14 of itsm §2.1; §2.3-A). */

export interface Decision {
  planHash: string
  verdict: 'approve' | 'reject' | 'return'
  note: string
}
export async function decide(on: Doing, actor: PersonActor, changeId: string, decision: Decision): Promise<void> {
  const facts = await admitted(on, changeId, 'decide')
  const { change } = facts
  if (decision.planHash !== change.planHash) throw new Refusal('change.hash_mismatch')
  const { kind, subjectId } = approvalSubject(change)
  const { stage, complete } = await on.deps.approval.decide(on.tx, kind, subjectId, {
    personId: actor.personId,
    hash: decision.planHash,
    verdict: decision.verdict,
    note: decision.note,
    at: on.now,
  })
  const data = { stage, verdict: decision.verdict }
  const common = { act: 'decide', note: decision.note, data }
  const { amendment } = facts
  if (amendment && decision.verdict === 'reject') {
    await endAmendment(on, facts, { ...common, as: 'denied' })
  } else if (decision.verdict === 'reject') {
    await move(on, change, { ...common, to: 'rejected', event: 'change.rejected' })
  } else if (decision.verdict === 'return') {
    await release(on, change, 'returned')
    const to = amendment ? ('amending' as const) : ('planning' as const)
    if (amendment) await updateAmendment(on.tx, amendment.id, { state: 'drafting' })
    await move(on, change, { ...common, to, event: 'change.returned', patch: { planHash: null } })
  } else if (!complete) {
    await move(on, change, { ...common, event: 'change.approved' })
    const next = await on.deps.approval.find(on.tx, kind, subjectId)
    // Whoever is asked side by side was told when it was opened.
    const waiting = next && openStages(next).find((s) => !s.parallel && !next.decisions.some((d) => d.stage === s.key))
    await tell(
      on,
      change,
      'change.approve',
      (next && waiting ? [...eligibleIds(next, waiting)] : []).map((personId) => ({ personId })),
    )
  } else if (amendment?.pausedFrom === 'rolling_back') {
    await approveAmendment(on, change, amendment, common)
  } else {
    const after = await move(on, change, {
      ...common,
      to: 'consenting',
      event: 'change.approval_complete',
      patch: { approvedPlanHash: change.planHash },
    })
    if (amendment) await approveAmendment(on, after, amendment)
    await seekConsent(on, facts, after)
  }
  if (decision.verdict !== 'approve') await tell(on, change, 'change.not_approved', [{ personId: change.requesterId }])
}

/** Row 14 where every customer has spoken already; otherwise their contacts are asked. */
export async function seekConsent(on: Doing, facts: ChangeFacts, change: Change): Promise<void> {
  const missing = facts.consents.needed.filter((need) => !facts.consents.given.includes(need.systemId))
  if (missing.length === 0) return schedule(on, facts, change)
  for (const system of facts.systems)
    if (system.contactPersonId && missing.some((need) => need.systemId === system.id))
      await tell(on, change, 'change.consent', [{ personId: system.contactPersonId, tenantId: system.tenantId }])
}

export async function consent(
  on: Doing,
  actor: PersonActor,
  changeId: string,
  given: { planHash: string; verdict: 'consent' | 'refuse'; waiveNotice: boolean; note: string },
): Promise<void> {
  const facts = await admitted(on, changeId, 'consent')
  const { change, consents } = facts
  if (given.planHash !== change.planHash) throw new Refusal('change.hash_mismatch')
  // Later on there is nothing to refuse: without a word the change stands still already.
  if (given.verdict === 'refuse' && change.state !== 'consenting') throw new Refusal('change.wrong_state')
  const mine = consents.needed.filter((need) => need.tenantId === actor.tenantId && !consents.given.includes(need.systemId))
  for (const { systemId } of mine)
    await insertConsent(on.tx, change, {
      planHash: given.planHash,
      systemId,
      personId: actor.personId,
      verdict: given.verdict,
      waiveNotice: given.verdict === 'consent' && given.waiveNotice,
      note: given.note,
      at: on.now,
    })
  const data = { systemIds: mine.map((need) => need.systemId), verdict: given.verdict, waiveNotice: given.waiveNotice }
  if (given.verdict === 'refuse' && facts.amendment) {
    await endAmendment(on, facts, { act: 'consent', as: 'denied', note: given.note, data })
    return
  }
  if (given.verdict === 'refuse') {
    await move(on, change, { act: 'consent', to: 'rejected', event: 'change.rejected', note: given.note, rule: 'RL-11', data })
    await tell(on, change, 'change.not_approved', [{ personId: change.requesterId }])
    return
  }
  const after = await move(on, change, { act: 'consent', event: 'change.consented', note: given.note, data })
  const whole = consents.needed.every((need) => consents.given.includes(need.systemId) || need.tenantId === actor.tenantId)
  if (change.state === 'consenting' && whole) await schedule(on, facts, after)
}

/** Row 14: the targets are reserved for the window; who comes second is told whom they collide with. */
async function schedule(on: Doing, facts: ChangeFacts, change: Change): Promise<void> {
  const { preauthorised, systems } = facts
  await releaseTargets(on.tx, change.id)
  await bookTargets(on.tx, change, targetIdsOf(change.plan))
  await move(on, change, {
    act: 'schedule',
    to: 'scheduled',
    event: 'change.scheduled',
    // Whose word in advance stands in for a consent is named in the record (RL-11).
    ...(preauthorised.length > 0 ? { rule: 'RL-11', note: preauthorised.map((one) => one.name).join('、') } : {}),
    data: {
      windowStart: change.windowStart?.toISOString(),
      windowEnd: change.windowEnd?.toISOString(),
      ...(preauthorised.length > 0 ? { preauthorised } : {}),
    },
  })
  on.events.push(
    ...(await on.deps.announcements.announce(on.tx, {
      known: await knownUnits(on.tx, facts, change),
      changeId: change.id,
      no: change.no,
      tenantId: change.tenantId,
      planHash: change.planHash!,
      title: change.title,
      impact: change.plan.impact,
      windowStart: change.windowStart!,
      windowEnd: change.windowEnd!,
      systems,
    })),
  )
  await tell(on, change, 'change.scheduled', [
    { personId: change.requesterId },
    { personId: change.executorId },
    { personId: change.reviewerId },
  ])
}
