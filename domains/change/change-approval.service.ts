import { eligibleIds, openStage, stageStates } from '@huabiao/domains/approval/approval.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import type { ChangeDetail, DeadlineView } from './change.contract.ts'
import type { ChangeDeps } from './change.ports.ts'
import { findChange } from './change.store.ts'
import { stageDeadline } from './change-deadline.model.ts'
import type { ChangeFacts } from './change-facts.service.ts'
import { admitted, type Doing, remark, tell } from './change-move.service.ts'

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
  await on.deps.approval.reassign(on.tx, { kind: 'change', subjectId: changeId, now: on.now }, seat)
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
  if (approval && openStage(approval)?.key === stage) await tell(on, change, 'change.approve', told(toId))
}

export async function successors(
  tx: ReadTx,
  deps: ChangeDeps,
  actor: PersonActor,
  changeId: string,
  of: { stage: string; fromId: string },
): Promise<{ id: string; name: string }[]> {
  if (!(await findChange(tx, changeId))) throw notFound('change')
  const approval = await deps.approval.find(tx, 'change', changeId)
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
