import { eligibleIds } from '@huabiao/domains/approval/approval.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import type { ReadTx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { boundStates, type ChangeState, dutyRefusal } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import { type Change, insertPlanVersion } from './change.store.ts'
import { keepDeadlines } from './change-deadline.service.ts'
import type { ChangeFacts } from './change-facts.service.ts'
import { riskOf, riskReasons, type StagePolicy, stagePolicies } from './change-grade.model.ts'
import { admitted, type Doing, move, tell } from './change-move.service.ts'
import { actionText, boundPlanText, type ChangePlan, type StepAction, targetIdsOf } from './change-plan.model.ts'
import { bookTargets, type FrozenStep, insertConsent, insertFrozenPlan, insertTest, releaseTargets } from './change-plan.store.ts'

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
  // Only targets of the systems the change is about: a plan reaches nothing else.
  const known = new Set(targets.filter((target) => change.systemIds.includes(target.systemId)).map((target) => target.id))
  if (ids.some((id) => !known.has(id))) throw new Refusal('change.target_not_found')
  refuseIf(executedStepsEdited(facts, input.plan))
  const risk = riskOf(riskReasons({ plan: input.plan, categories: change.categories, systems: facts.systems, targets }))
  const bound = (boundStates as readonly ChangeState[]).includes(change.state)
  if (bound) await release(on, change, 'plan edited')
  const to: ChangeState = bound ? 'planning' : change.state
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

/** What has run stays as it was approved: an amendment may add and change only what is still to come (itsm §2.3-A). */
function executedStepsEdited(facts: ChangeFacts, plan: ChangePlan): 'change.executed_step_edited' | undefined {
  const touched = new Set(
    facts.runs.filter((r) => r.phase === 'execute' && r.state !== 'granted' && r.state !== 'expired').map((r) => r.stepKey),
  )
  const before = new Map(facts.change.plan.steps.map((step) => [step.key, canonicalJson(step)]))
  const after = new Map(plan.steps.map((step) => [step.key, canonicalJson(step)]))
  for (const key of touched) if (before.has(key) && before.get(key) !== after.get(key)) return 'change.executed_step_edited'
  const reached = new Set(
    facts.runs.filter((r) => r.phase === 'execute' && r.state !== 'granted' && r.state !== 'expired').map((r) => r.targetId),
  )
  const kept = new Set(targetIdsOf(plan))
  return [...reached].every((id) => kept.has(id)) ? undefined : 'change.executed_step_edited'
}

/** Every approval, consent and slot of the plan falls with it (RL-07). */
export async function release(on: Doing, change: Change, reason: string): Promise<void> {
  await on.deps.approval.voidAll(on.tx, 'change', change.id, reason, on.now)
  await releaseTargets(on.tx, change.id)
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

/** Rows 6 and 25: the plan is finished, its hash is made, and its steps are frozen for the signer. */
export async function finishPlan(on: Doing, changeId: string, note: string): Promise<void> {
  const facts = await admitted(on, changeId, 'finishPlan')
  const { change, targets } = facts
  const text = boundTextOf(change, targets)
  if (!text) throw new Refusal('change.plan_incomplete')
  const planHash = toHex(sm3(utf8(text)))
  await insertFrozenPlan(on.tx, change, planHash, frozenSteps(change.plan), frozenTargets(change.plan, targets))
  await move(on, change, { act: 'finishPlan', to: 'assessing', event: 'change.plan_finished', patch: { planHash }, note })
  await tell(on, change, 'change.assess', await on.deps.holders(on.tx, { role: 'CRE', duty: null, tenantId: change.tenantId }))
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
  if (test.planHash !== change.planHash) throw new Refusal('change.hash_mismatch')
  await insertTest(on.tx, change, newId(on.now.getTime()), { ...test, testerId: actor.personId, at: on.now })
  const passed = test.verdict === 'pass'
  const common = { act: 'recordTest', note: test.note, data: { environment: test.environment, verdict: test.verdict } }
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

async function openApproval(on: Doing, facts: ChangeFacts): Promise<void> {
  const { change, systems, targets } = facts
  const graded = { plan: change.plan, categories: change.categories, systems, targets }
  const stages = []
  for (const policy of stagePolicies(change.risk, graded))
    for (const place of await placesOf(on, change, policy, systems))
      stages.push({
        key: place.key,
        duty: policy.duty ?? policy.role,
        role: policy.role,
        quorum: policy.quorum,
        candidateIds: place.people.map((p) => p.personId),
      })
  const excludedIds = [change.requesterId, change.executorId, change.reviewerId, change.testerId].filter((id) => id !== null)
  await on.deps.approval.open(on.tx, {
    tenantId: change.tenantId,
    partyIds: change.partyIds,
    kind: 'change',
    subjectId: change.id,
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
    (stages[0]?.candidateIds ?? []).map((personId) => ({ personId })),
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

export interface Decision {
  planHash: string
  verdict: 'approve' | 'reject' | 'return'
  note: string
}
export async function decide(on: Doing, actor: PersonActor, changeId: string, decision: Decision): Promise<void> {
  const facts = await admitted(on, changeId, 'decide')
  const { change } = facts
  if (decision.planHash !== change.planHash) throw new Refusal('change.hash_mismatch')
  const { stage, complete } = await on.deps.approval.decide(on.tx, 'change', change.id, {
    personId: actor.personId,
    hash: decision.planHash,
    verdict: decision.verdict,
    note: decision.note,
    at: on.now,
  })
  const data = { stage, verdict: decision.verdict }
  const common = { act: 'decide', note: decision.note, data }
  if (decision.verdict === 'reject') {
    await move(on, change, { ...common, to: 'rejected', event: 'change.rejected' })
  } else if (decision.verdict === 'return') {
    await release(on, change, 'returned')
    await move(on, change, { ...common, to: 'planning', event: 'change.returned', patch: { planHash: null } })
  } else if (!complete) {
    await move(on, change, { ...common, event: 'change.approved' })
    const next = await on.deps.approval.find(on.tx, 'change', change.id)
    const waiting = next?.stages.find((s) => !next.decisions.some((d) => d.stage === s.key))
    await tell(
      on,
      change,
      'change.approve',
      (next && waiting ? [...eligibleIds(next, waiting)] : []).map((personId) => ({ personId })),
    )
  } else {
    const after = await move(on, change, {
      ...common,
      to: 'consenting',
      event: 'change.approval_complete',
      patch: { approvedPlanHash: change.planHash },
    })
    if (facts.consents.needed.length === 0) await schedule(on, after)
    else
      for (const system of facts.systems)
        if (system.contactPersonId && system.tenantId !== change.tenantId)
          await tell(on, after, 'change.consent', [{ personId: system.contactPersonId, tenantId: system.tenantId }])
  }
  if (decision.verdict !== 'approve') await tell(on, change, 'change.not_approved', [{ personId: change.requesterId }])
}

export async function consent(
  on: Doing,
  actor: PersonActor,
  changeId: string,
  given: { planHash: string; verdict: 'consent' | 'refuse'; note: string },
): Promise<void> {
  const facts = await admitted(on, changeId, 'consent')
  const { change, consents } = facts
  if (given.planHash !== change.planHash) throw new Refusal('change.hash_mismatch')
  const mine = consents.needed.filter((need) => need.tenantId === actor.tenantId && !consents.given.includes(need.systemId))
  for (const { systemId } of mine)
    await insertConsent(on.tx, change, {
      planHash: given.planHash,
      systemId,
      personId: actor.personId,
      verdict: given.verdict,
      note: given.note,
      at: on.now,
    })
  const data = { systemIds: mine.map((need) => need.systemId), verdict: given.verdict }
  if (given.verdict === 'refuse') {
    await move(on, change, { act: 'consent', to: 'rejected', event: 'change.rejected', note: given.note, rule: 'RL-11', data })
    await tell(on, change, 'change.not_approved', [{ personId: change.requesterId }])
    return
  }
  const after = await move(on, change, { act: 'consent', event: 'change.consented', note: given.note, data })
  if (consents.needed.every((need) => consents.given.includes(need.systemId) || need.tenantId === actor.tenantId))
    await schedule(on, after)
}

/** Row 14: the targets are reserved for the window; who comes second is told whom they collide with. */
async function schedule(on: Doing, change: Change): Promise<void> {
  await releaseTargets(on.tx, change.id)
  await bookTargets(on.tx, change, targetIdsOf(change.plan))
  await move(on, change, {
    act: 'schedule',
    to: 'scheduled',
    event: 'change.scheduled',
    data: { windowStart: change.windowStart?.toISOString(), windowEnd: change.windowEnd?.toISOString() },
  })
  await tell(on, change, 'change.scheduled', [
    { personId: change.requesterId },
    { personId: change.executorId },
    { personId: change.reviewerId },
  ])
}
