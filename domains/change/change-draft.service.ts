import { type PersonActor, planeOf } from '@huabiao/kit/actor/actor'
import { Refusal } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { type Change, insertChange, nextChangeNo } from './change.store.ts'
import { riskOf, riskReasons } from './change-grade.model.ts'
import { type Doing, move } from './change-move.service.ts'
import { emptyPlan } from './change-plan.model.ts'

/** The beginning (row 1 of itsm §2.1): a number, the systems it is about, and the parties it concerns. */

export interface Draft {
  title: string
  reason: string
  source: string
  systemIds: readonly string[]
  categories: readonly number[]
  urgency: 'U1' | 'U2' | 'U3' | 'U4'
}
export async function createChange(on: Doing, actor: PersonActor, draft: Draft): Promise<string> {
  // Subcontractor and operating body (7, 8) touch no machine: guards of windows and batches would be fiction (itsm §2.2.3).
  if (draft.categories.some((category) => category === 7 || category === 8)) throw new Refusal('change.documentary_only')
  const systems = await on.deps.systems.find(on.tx, draft.systemIds)
  if (systems.length !== new Set(draft.systemIds).size) throw new Refusal('infosystem.not_found')
  const id = newId(on.now.getTime())
  const management = await on.deps.holders(on.tx, { role: 'GMU', duty: null, party: 'management-unit' })
  const parties = new Set([...systems.map((s) => s.tenantId), ...management.map((m) => m.tenantId)])
  parties.delete(actor.tenantId)
  const graded = { plan: emptyPlan, categories: draft.categories, systems, targets: [] }
  const change: Change = {
    id,
    tenantId: actor.tenantId,
    partyIds: [...parties],
    no: await nextChangeNo(on.tx, on.now),
    title: draft.title,
    reason: draft.reason,
    source: draft.source,
    plane: planeOf(actor.party),
    state: 'draft',
    stateSince: on.now,
    version: 1,
    urgency: draft.urgency,
    risk: riskOf(riskReasons(graded)),
    categories: draft.categories,
    systemIds: [...new Set(draft.systemIds)],
    requesterId: actor.personId,
    managerId: null,
    assessorId: null,
    testerId: null,
    executorId: null,
    reviewerId: null,
    windowStart: null,
    windowEnd: null,
    plan: emptyPlan,
    planVersion: 0,
    planHash: null,
    approvedPlanHash: null,
    currentBatch: 0,
    soakUntil: null,
    rolledBack: false,
    pausedFrom: null,
    pauseReason: null,
    pauseDetail: '',
    pausedAt: null,
    sessionId: null,
    amendmentId: null,
    snapshots: false,
    abandoned: false,
    outcome: null,
    createdAt: on.now,
    updatedAt: on.now,
  }
  await insertChange(on.tx, change)
  await move(on, change, { act: 'create', event: 'change.created', data: { title: change.title, systemIds: change.systemIds } })
  return id
}
