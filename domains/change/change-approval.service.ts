import type { Known } from '@huabiao/domains/announcement/announcement.module'
import { eligibleIds, openStages, stageStates } from '@huabiao/domains/approval/approval.model'
import type { FrozenChanges } from '@huabiao/domains/freeze/freeze.module'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import type { ChangeDetail, DeadlineView } from './change.contract.ts'
import { isExpedited } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import { type Change, findChange } from './change.store.ts'
import { approvalSubject } from './change-amendment.store.ts'
import { stageDeadline } from './change-deadline.model.ts'
import { keepDeadlines } from './change-deadline.service.ts'
import { type ChangeFacts, freezesOf, peopleOf } from './change-facts.service.ts'
import { expeditedStages, type StagePolicy, stagePolicies } from './change-grade.model.ts'
import { admitted, type Doing, remark, tell } from './change-move.service.ts'
import { listConsents } from './change-plan.store.ts'

/** Approvers of a change: how the chain is seen, and seats that change hands while it waits (itsm §2.2.2). */

export interface Handover {
  stage: string
  fromId: string
  toId: string
  reason: string
}
export async function reassign(on: Doing, actor: PersonActor, changeId: string, of: Handover): Promise<void> {
  const { change, approval } = await admitted(on, changeId, 'reassign')
  const seat = { ...of, byId: actor.personId, byTenantId: actor.tenantId }
  await on.deps.approval.reassign(on.tx, { ...approvalSubject(change), now: on.now }, seat)
  const { stage, fromId, toId, reason } = of
  await remark(on, change, {
    act: 'reassign',
    event: 'change.reassigned',
    note: reason,
    rule: 'RL-01',
    data: { stage, fromId, toId, reason },
  })
  // Seats stay in the unit of whoever had them, which is the administrator's own.
  const told = (personId: string) => [{ personId, tenantId: actor.tenantId }]
  await tell(on, change, 'change.relieved', told(fromId))
  if (approval && openStages(approval).some((one) => one.key === stage)) await tell(on, change, 'change.approve', told(toId))
}

export async function successors(
  tx: ReadTx,
  deps: ChangeDeps,
  actor: PersonActor,
  changeId: string,
  of: { stage: string; fromId: string },
): Promise<{ id: string; name: string }[]> {
  const change = await findChange(tx, changeId)
  if (!change) throw notFound('change')
  const { kind, subjectId } = approvalSubject(change)
  const approval = await deps.approval.find(tx, kind, subjectId)
  if (!approval) throw new Refusal('approval.not_found')
  const found = await deps.approval.successors(tx, approval, { ...of, byId: actor.personId })
  return found.slice(0, 200).map(({ personId, name }) => ({ id: personId, name }))
}

/** The chain as it is shown: who may decide, who stands in, what changed hands, and until when. */
export async function approvalView(
  tx: ReadTx,
  deps: ChangeDeps,
  { approval }: ChangeFacts,
  deadlines: readonly DeadlineView[],
): Promise<ChangeDetail['approval']> {
  if (!approval) return null
  const states = stageStates(approval)
  const waiting = approval.stages.filter((_, i) => states[i] === 'open' || states[i] === 'waiting')
  const standIns = await deps.approval.standIns(tx, approval, waiting)
  const ids = [
    ...approval.stages.flatMap((stage) => stage.candidateIds),
    ...approval.notes.map((note) => note.personId),
    ...approval.assignments.flatMap((seat) => [seat.fromId, seat.toId, ...(seat.byId ? [seat.byId] : [])]),
    ...standIns.map((seat) => seat.toId),
  ]
  const names = await deps.names(tx, [...new Set(ids)])
  const ref = (id: string) => ({ id, name: names.get(id) ?? '—' })
  return {
    hash: approval.hash,
    stages: approval.stages.map((stage, i) => ({
      key: stage.key,
      duty: stage.duty,
      quorum: stage.quorum,
      state: states[i]!,
      dueAt: deadlines.find((one) => one.name === stageDeadline(stage.key))?.dueAt ?? null,
      candidates: [...eligibleIds(approval, stage)]
        .filter((id) => !approval.excludedIds.includes(id))
        .slice(0, 50)
        .map(ref),
      deputies: standIns
        .filter((seat) => seat.stage === stage.key)
        .slice(0, 50)
        .map((seat) => ({ person: ref(seat.toId), of: ref(seat.fromId) })),
      seats: approval.assignments
        .filter((seat) => seat.stage === stage.key)
        .slice(0, 50)
        .map((seat) => ({
          kind: seat.kind,
          from: ref(seat.fromId),
          to: ref(seat.toId),
          by: seat.byId === null ? null : ref(seat.byId),
          reason: seat.reason,
          at: seat.at.toISOString(),
        })),
      decisions: approval.notes
        .filter((note) => note.stage === stage.key)
        .map((note) => ({
          person: ref(note.personId),
          verdict: note.verdict,
          note: note.note,
          at: note.at.toISOString(),
          planHash: note.hash,
        })),
    })),
  }
}

/** Changes as freezes ask for them. */
export const frozenChanges = (deps: ChangeDeps): FrozenChanges => ({
  find: async (tx, changeId) => {
    const change = await findChange(tx, changeId)
    if (!change) return undefined
    const { kind, subjectId } = approvalSubject(change)
    const people = peopleOf(change, await deps.approval.find(tx, kind, subjectId))
    const { managerId, executorId, requesterId } = people
    const personIds = [requesterId, managerId, executorId, people.reviewerId, people.testerId].filter((id) => id !== null)
    return { ...change, managerId, executorId, requesterId, personIds }
  },
  isHeldBy: async (tx, changeId, freezeId) => {
    const change = await findChange(tx, changeId)
    return change !== undefined && (await freezesOf(tx, change, deps.clock.now())).some((freeze) => freeze.id === freezeId)
  },
})

/** Units that know a plan already when they are told of it: somebody of theirs consented to it, or said in advance that being told is enough. */
export async function knownUnits(
  tx: ReadTx,
  { now, systems, preauthorised }: ChangeFacts,
  change: Change,
): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Known>()
  const unitOf = (systemId: string): string => systems.find((system) => system.id === systemId)?.tenantId ?? ''
  for (const { systemId, waivesNotice } of preauthorised)
    if (waivesNotice) known.set(unitOf(systemId), { by: null, at: now, waives: true })
  for (const { systemId, verdict, planHash, personId, at, waiveNotice } of await listConsents(tx, change.id))
    if (verdict === 'consent' && planHash === change.planHash)
      known.set(unitOf(systemId), { by: personId, at, waives: waiveNotice })
  return known
}

/** Asks who has to decide: stage after stage, or all at once where it is urgent or half done. */
export async function openApproval(on: Doing, facts: ChangeFacts): Promise<void> {
  const { change, systems, targets } = facts
  const graded = { plan: change.plan, categories: change.categories, systems, targets }
  const stages = []
  const expedited = isExpedited(change)
  for (const policy of expedited ? expeditedStages(change.risk, graded) : stagePolicies(change.risk, graded))
    for (const place of await placesOf(on, change, policy, systems))
      stages.push({
        key: place.key,
        duty: policy.duty ?? policy.role,
        role: policy.role,
        quorum: policy.quorum,
        candidateIds: place.people.map((p) => p.personId),
        ...(policy.parallel ? { parallel: true as const } : {}),
      })
  const excludedIds = [change.requesterId, change.executorId, change.reviewerId, change.testerId].filter((id) => id !== null)
  await on.deps.approval.open(on.tx, {
    tenantId: change.tenantId,
    partyIds: change.partyIds,
    ...approvalSubject(change),
    hash: change.planHash!,
    stages,
    excludedIds,
    at: on.now,
    dueAt: change.windowStart,
  })
  await keepDeadlines(on, change)
  await tell(
    on,
    change,
    'change.approve',
    (expedited ? stages : stages.slice(0, 1)).flatMap((stage) => stage.candidateIds.map((personId) => ({ personId }))),
  )
}

async function placesOf(on: Doing, change: Change, policy: StagePolicy, systems: ChangeFacts['systems']) {
  const { role, duty } = policy
  if (policy.of === 'provider')
    return [{ key: policy.key, people: await on.deps.holders(on.tx, { role, duty, tenantId: change.tenantId }) }]
  if (policy.of === 'management')
    return [{ key: policy.key, people: await on.deps.holders(on.tx, { role, duty, party: 'management-unit' }) }]
  const units = [...new Set(systems.map((system) => system.tenantId))].sort()
  const places = []
  for (const [i, tenantId] of units.entries())
    places.push({
      key: units.length === 1 ? policy.key : `${policy.key}-${i + 1}`,
      people: await on.deps.holders(on.tx, { role, duty, tenantId }),
    })
  return places
}
