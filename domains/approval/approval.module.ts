import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import * as contract from './approval.contract.ts'
import { type ApprovalStage, decisionRefusal, isComplete, openingRefusal, openStageOf, stageStates } from './approval.model.ts'
import type { ApprovalDeps } from './approval.ports.ts'
import {
  findApproval,
  findApprovals,
  insertApproval,
  insertDecision,
  type StoredApproval,
  voidApprovals,
} from './approval.store.ts'
import * as seat from './approval-seat.service.ts'

export type { StoredApproval } from './approval.store.ts'

export interface OpenApproval {
  tenantId: string
  partyIds: readonly string[]
  kind: string
  subjectId: string
  hash: string
  stages: readonly ApprovalStage[]
  excludedIds: readonly string[]
  at: Date
  dueAt: Date | null
}

/** What other domains ask of approval, wired into their ports by the composition root. Each subject has its own door; only deputies have theirs here. */
export const approvalModule = (deps: ApprovalDeps) => ({
  routes: [
    look(contract.listDeputies, async (tx, actor) => ({ view: await seat.myDeputies(tx, deps, actor) })),
    handle(contract.registerDeputy, (tx, actor, { body }) => seat.registerDeputy(tx, deps, actor, body)),
    handle(contract.endDeputy, async (tx, actor, { params }) => ({
      view: {},
      events: await seat.endDeputy(tx, deps, actor, params.deputyshipId),
    })),
  ] satisfies Route[],
  /** Opens the approval of a subject; an earlier live one becomes void. @throws Refusal approval.no_stage, approval.no_candidate */
  open: async (tx: Tx, approval: OpenApproval): Promise<void> => {
    const code = openingRefusal(approval.stages, approval.excludedIds)
    if (code)
      throw new Refusal(code, {
        stages: approval.stages.filter((stage) => stage.candidateIds.length === 0).map((stage) => stage.duty),
      })
    await voidApprovals(tx, approval.kind, approval.subjectId, 'superseded', approval.at)
    await insertApproval(tx, { id: newId(), ...approval })
  },
  find: (tx: ReadTx, kind: string, subjectId: string): Promise<StoredApproval | undefined> => findApproval(tx, kind, subjectId),
  /** Records one person's decision on the open stage. The subject's row must be locked by the caller. @throws Refusal approval.* */
  decide: async (
    tx: Tx,
    kind: string,
    subjectId: string,
    decision: { personId: string; hash: string; verdict: 'approve' | 'reject' | 'return'; note: string; at: Date },
  ) => {
    const approval = await findApproval(tx, kind, subjectId)
    if (!approval) throw new Refusal('approval.not_found')
    const code = decisionRefusal(approval, decision.personId, decision.hash)
    if (code) throw new Refusal(code)
    const stage = openStageOf(approval, decision.personId)!
    await insertDecision(tx, approval, { ...decision, stage: stage.key })
    const after = {
      ...approval,
      decisions: [
        ...approval.decisions,
        { stage: stage.key, personId: decision.personId, verdict: decision.verdict, hash: decision.hash },
      ],
    }
    return { stage: stage.key, complete: isComplete(after, decision.hash) }
  },
  /** The stages of each subject as a person sees them, and why they may not decide now. */
  stages: async (tx: ReadTx, kind: string, subjectIds: readonly string[], personId: string) => {
    const approvals = await findApprovals(tx, kind, subjectIds)
    return new Map(subjectIds.map((id) => [id, stagesFor(approvals.get(id), personId)]))
  },
  successors: (tx: ReadTx, approval: StoredApproval, of: Parameters<typeof seat.successors>[3]) =>
    seat.successors(tx, deps, approval, of),
  reassign: (tx: Tx, at: Parameters<typeof seat.reassign>[2], of: Parameters<typeof seat.reassign>[3]) =>
    seat.reassign(tx, deps, at, of),
  standIns: (tx: ReadTx, approval: StoredApproval, stages: readonly ApprovalStage[]) =>
    seat.standIns(tx, deps, approval, stages, deps.clock.now()),
  callDeputies: (tx: Tx, at: Parameters<typeof seat.callDeputies>[2], stage: string) => seat.callDeputies(tx, deps, at, stage),
  voidAll: (tx: Tx, kind: string, subjectId: string, reason: string, at: Date): Promise<number> =>
    voidApprovals(tx, kind, subjectId, reason, at),
})

function stagesFor(approval: StoredApproval | undefined, personId: string) {
  if (!approval) return { refusal: 'approval.not_found', stages: [] }
  const states = stageStates(approval)
  return {
    refusal: decisionRefusal(approval, personId, approval.hash) ?? null,
    stages: approval.stages.map((stage, i) => ({
      key: stage.key,
      state: states[i]!,
      candidateIds: stage.candidateIds,
      decisions: approval.notes.filter((note) => note.stage === stage.key),
    })),
  }
}
