import type { PersonActor } from '@huabiao/kit/actor/actor'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import type { ReadTx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { boundStates, type ChangeState, dutyRefusal, isExpedited, isFinal } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import { type Change, insertPlanVersion } from './change.store.ts'
import { frozenPartEdited } from './change-amendment.model.ts'
import { submitAmendment } from './change-amendment.service.ts'
import { approvalSubject, settleDebt, updateAmendment } from './change-amendment.store.ts'
import { openApproval } from './change-approval.service.ts'
import { type ChangeFacts, loadFacts } from './change-facts.service.ts'
import { riskOf, riskReasons } from './change-grade.model.ts'
import { admitted, type Doing, move } from './change-move.service.ts'
import { actionText, boundPlanText, type ChangePlan, type StepAction, targetIdsOf, targetsWithin } from './change-plan.model.ts'
import { type FrozenStep, insertFrozenPlan, insertTest, releaseTargets } from './change-plan.store.ts'
import { snapshotAction, snapshotKey } from './change-snapshot.model.ts'

/** From the draft to the scheduled change: everything that makes a plan the permission (rows 1–15 of itsm §2.1). */

export interface PlanInput {
  plan: ChangePlan
  windowStart: string | null
  windowEnd: string | null
  executorId: string | null
  reviewerId: string | null
}
export async function savePlan(on: Doing, changeId: string, input: PlanInput, ifMatch: number | undefined): Promise<void> {
  const facts = await admitted(on, changeId, 'savePlan')
  const { change } = facts
  if (ifMatch !== change.version) throw new Refusal('request.stale', { version: change.version })
  const window = windowOf(input)
  if (input.executorId && input.executorId === input.reviewerId) throw new Refusal('change.same_person')
  const people = { ...facts.people, executorId: input.executorId, reviewerId: input.reviewerId, approverIds: [] }
  if (input.executorId) refuseIf(dutyRefusal(people, 'executor', input.executorId))
  if (input.reviewerId) refuseIf(dutyRefusal(people, 'reviewer', input.reviewerId))
  const able = await candidates(on.tx, on.deps, change)
  if (input.executorId && !able.executors.some((p) => p.personId === input.executorId)) throw new Refusal('change.not_executor')
  if (input.reviewerId && !able.reviewers.some((p) => p.personId === input.reviewerId)) throw new Refusal('change.not_reviewer')
  const ids = targetIdsOf(input.plan)
  const targets = await on.deps.targets.find(on.tx, ids)
  const known = new Set(targetsWithin(change, targets).map((target) => target.id))
  if (ids.some((id) => !known.has(id))) throw new Refusal('change.target_not_found')
  const { amendment } = facts
  if (amendment) refuseIf(frozenPartEdited(amendment.from.plan, input.plan, { runs: facts.runs, ...amendment }))
  const risk = riskOf(riskReasons({ plan: input.plan, categories: change.categories, systems: facts.systems, targets }))
  const bound = (boundStates as readonly ChangeState[]).includes(change.state)
  if (bound) await release(on, change, 'plan edited')
  if (bound && amendment) await updateAmendment(on.tx, amendment.id, { state: 'drafting' })
  const to: ChangeState = bound ? (amendment ? 'amending' : 'planning') : change.state
  const after = await move(on, change, {
    act: 'savePlan',
    to,
    event: bound ? 'change.voided' : 'change.plan_saved',
    patch: {
      plan: input.plan,
      ...window,
      executorId: input.executorId,
      reviewerId: input.reviewerId,
      risk,
      planVersion: change.planVersion + 1,
      planHash: null,
      approvedPlanHash: null,
    },
    data: { planVersion: change.planVersion + 1 },
    ...(bound ? { rule: 'RL-07' } : {}),
  })
  const text = boundTextOf(after, targets)
  await insertPlanVersion(on.tx, after, {
    changeId: after.id,
    version: after.planVersion,
    plan: after.plan,
    ...window,
    executorId: after.executorId,
    reviewerId: after.reviewerId,
    hash: text ? toHex(sm3(utf8(text))) : null,
    boundText: text ?? null,
    authorId: on.actor.kind === 'person' ? on.actor.personId : change.requesterId,
    at: on.now,
  })
}

function windowOf(input: PlanInput): { windowStart: Date | null; windowEnd: Date | null } {
  const windowStart = input.windowStart ? new Date(input.windowStart) : null
  const windowEnd = input.windowEnd ? new Date(input.windowEnd) : null
  if ((windowStart === null) !== (windowEnd === null)) throw new Refusal('change.window_invalid')
  const length = windowStart && windowEnd ? windowEnd.getTime() - windowStart.getTime() : 1
  if (length <= 0 || length > 7 * 86_400_000) throw new Refusal('change.window_invalid')
  return { windowStart, windowEnd }
}

/** Every approval, consent and slot of the plan falls with it (RL-07). */
export async function release(on: Doing, change: Change, reason: string): Promise<void> {
  const { kind, subjectId } = approvalSubject(change)
  await on.deps.approval.voidAll(on.tx, kind, subjectId, reason, on.now)
  // What is half done stays ours: nobody else comes to these targets meanwhile.
  if (change.amendmentId === null) await releaseTargets(on.tx, change.id)
}

/** Roles that may carry out a plan, and those that may be its second person (anchors/bastion.md §6). */
const executorRoles = ['ENG', 'SYS', 'DBA', 'NET']
const reviewerRoles = ['CRE', ...executorRoles]
type Candidate = Awaited<ReturnType<ChangeDeps['holders']>>[number]
export async function candidates(
  tx: ReadTx,
  deps: ChangeDeps,
  { tenantId }: Pick<Change, 'tenantId'>,
): Promise<{ executors: Candidate[]; reviewers: Candidate[] }> {
  const among = async (roles: readonly string[]): Promise<Candidate[]> => {
    const found = new Map<string, Candidate>()
    for (const role of roles)
      for (const person of await deps.holders(tx, { role, duty: null, tenantId })) found.set(person.personId, person)
    return [...found.values()]
  }
  return { executors: await among(executorRoles), reviewers: await among(reviewerRoles) }
}

function boundTextOf(
  change: Change,
  targets: readonly { id: string; name: string; host: string; port: number; hostKeySha256: string }[],
): string | undefined {
  if (!change.windowStart || !change.windowEnd || !change.executorId || !change.reviewerId) return undefined
  return boundPlanText({
    changeNo: change.no,
    plan: change.plan,
    targets: targets.map(({ id, name, host, port, hostKeySha256 }) => ({ id, name, host, port, hostKeySha256 })),
    windowStart: change.windowStart.toISOString(),
    windowEnd: change.windowEnd.toISOString(),
    executorId: change.executorId,
    reviewerId: change.reviewerId,
    categories: change.categories,
    systemIds: change.systemIds,
  })
}

/** Rows 6 and 25: the plan is finished, its hash is made, and its steps are frozen for the signer. What is urgent goes straight to its approvers. */
export async function finishPlan(on: Doing, changeId: string, note: string): Promise<void> {
  const facts = await admitted(on, changeId, 'finishPlan')
  const { change, targets } = facts
  const text = boundTextOf(change, targets)
  if (!text) throw new Refusal('change.plan_incomplete')
  const planHash = toHex(sm3(utf8(text)))
  await insertFrozenPlan(on.tx, change, planHash, frozenSteps(change.plan), frozenTargets(change.plan, targets))
  if (isExpedited(change)) {
    if (facts.amendment) await submitAmendment(on, facts.amendment, change, planHash)
    const patch = { planHash, testerId: null, snapshots: true }
    const after = await move(on, change, { act: 'finishPlan', to: 'approving', event: 'change.plan_finished', patch, note })
    await openApproval(on, await loadFacts(on.tx, on.deps, after))
    return
  }
  await move(on, change, {
    act: 'finishPlan',
    to: 'assessing',
    event: 'change.plan_finished',
    patch: { planHash, snapshots: true },
    note,
  })
}
const digestOfAction = (action: StepAction): string => toHex(sha256(utf8(actionText(action))))
export function frozenSteps(plan: ChangePlan): FrozenStep[] {
  const steps = plan.steps.flatMap((step): FrozenStep[] => {
    const own = { stepKey: step.key, account: step.account, danger: step.danger }
    const forward = { ...own, phase: step.phase, action: step.action, commandDigest: digestOfAction(step.action) }
    if (step.rollback?.kind !== 'action') return [forward]
    const { action } = step.rollback
    return [forward, { ...own, phase: 'rollback', action, commandDigest: digestOfAction(action) }]
  })
  const { health } = plan
  if (health)
    steps.push({
      stepKey: 'health',
      phase: 'health',
      account: health.account,
      danger: 1,
      action: health.action,
      commandDigest: digestOfAction(health.action),
    })
  // The platform's own questions, as whom the health is asked.
  const action = snapshotAction(plan)
  const asked = { stepKey: snapshotKey, account: health?.account ?? '', danger: 1, action, commandDigest: digestOfAction(action) }
  if (health) steps.push({ ...asked, phase: 'before' }, { ...asked, phase: 'after' })
  return steps
}
const frozenTargets = (plan: ChangePlan, targets: ChangeFacts['targets']) =>
  plan.batches.flatMap((batch, i) =>
    batch.targetIds.flatMap((id) => {
      const target = targets.find((candidate) => candidate.id === id)
      return target
        ? [{ id, name: target.name, host: target.host, port: target.port, hostKeySha256: target.hostKeySha256, batch: i + 1 }]
        : []
    }),
  )

export async function recordTest(
  on: Doing,
  actor: PersonActor,
  changeId: string,
  test: { planHash: string; environment: string; verdict: 'pass' | 'fail'; note: string },
): Promise<void> {
  const facts = await admitted(on, changeId, 'recordTest')
  const { change } = facts
  const owed = facts.debts.some((debt) => debt.planHash === test.planHash && debt.settledAt === null)
  if (test.planHash !== change.planHash && !owed) throw new Refusal('change.hash_mismatch')
  await insertTest(on.tx, change, newId(on.now.getTime()), { ...test, testerId: actor.personId, at: on.now })
  const passed = test.verdict === 'pass'
  const common = { act: 'recordTest', note: test.note, data: { environment: test.environment, verdict: test.verdict } }
  if (change.state !== 'testing') {
    // Beside the approval, or afterwards as a debt (itsm §2.3-A): it moves nothing by itself.
    const patch = test.planHash === change.planHash && !isFinal(change.state) ? { testerId: actor.personId } : {}
    if (passed && owed) await settleDebt(on.tx, { changeId: change.id, planHash: test.planHash }, 'test', on.now)
    await move(on, change, { ...common, event: passed ? 'change.test_passed' : 'change.test_failed', patch })
    return
  }
  if (!passed) {
    await move(on, change, {
      ...common,
      to: 'planning',
      event: 'change.test_failed',
      patch: { testerId: actor.personId, planHash: null },
    })
    return
  }
  const after = await move(on, change, {
    ...common,
    to: 'approving',
    event: 'change.test_passed',
    patch: { testerId: actor.personId },
  })
  await openApproval(on, { ...facts, change: after })
}
