import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import type { ChangeDetail, ChangeSummary, GuardView } from './change.contract.ts'
import type { ChangeDeps } from './change.ports.ts'
import type { ChangeHead } from './change.store.ts'
import { type Act, actRefusal, acts, isCosigned, needsCosign, nextOf } from './change-act.model.ts'
import { approvalView } from './change-approval.service.ts'
import { deadlineViews } from './change-deadline.service.ts'
import { listDeadlines } from './change-deadline.store.ts'
import { type ChangeFacts, seenAt } from './change-facts.service.ts'
import { evaluateGuards, guardIds, guardTable, reviewerAbsentMs } from './change-guard.model.ts'

type Names = ReadonlyMap<string, string>
const ref = (names: Names, id: string): { id: string; name: string } => ({ id, name: names.get(id) ?? '—' })
const refOrNull = (names: Names, id: string | null) => (id === null ? null : ref(names, id))
const iso = (at: Date | null): string | null => at?.toISOString() ?? null

const summaryPeople = (change: ChangeHead): string[] =>
  [change.requesterId, change.executorId, change.reviewerId, change.managerId].filter((id) => id !== null)

function toSummary(change: ChangeHead, names: Names, systemNames: readonly string[]): ChangeSummary {
  const { id, no, title, state, version, plane, urgency, risk, outcome } = change
  return {
    id,
    no,
    title,
    state,
    version,
    plane,
    urgency,
    risk,
    outcome,
    categories: [...change.categories],
    systemNames: [...systemNames],
    requester: ref(names, change.requesterId),
    executor: refOrNull(names, change.executorId),
    reviewer: refOrNull(names, change.reviewerId),
    windowStart: iso(change.windowStart),
    windowEnd: iso(change.windowEnd),
    createdAt: change.createdAt.toISOString(),
    updatedAt: change.updatedAt.toISOString(),
  }
}
/** Rows of a list: two look-ups for all of them, whatever their number. */
export async function toSummaries(tx: ReadTx, deps: ChangeDeps, changes: readonly ChangeHead[]): Promise<ChangeSummary[]> {
  const names = await deps.names(tx, [...new Set(changes.flatMap(summaryPeople))])
  const systems = await deps.systems.find(tx, [...new Set(changes.flatMap((change) => change.systemIds))])
  const nameOf = new Map(systems.map((system) => [system.id, system.name]))
  return changes.map((change) =>
    toSummary(
      change,
      names,
      change.systemIds.map((id) => nameOf.get(id) ?? '—'),
    ),
  )
}

export async function toDetail(tx: ReadTx, deps: ChangeDeps, actor: PersonActor, facts: ChangeFacts): Promise<ChangeDetail> {
  const { change, runs } = facts
  const people = [
    ...summaryPeople(change),
    ...facts.tests.map((test) => test.testerId),
    ...facts.consentRows.map((row) => row.personId),
    ...runs.flatMap((run) => [run.executorId, ...(run.cosignedBy ? [run.cosignedBy] : [])]),
  ]
  const names = await deps.names(tx, [...new Set(people)])
  const asking = { personId: actor.personId, tenantId: actor.tenantId, actions: await deps.actionsOf(tx, actor) }
  const deadlines = deadlineViews(deps, facts, await listDeadlines(tx, [change.id]))
  const next = nextOf(facts)
  const reviewerSeen = seenAt(facts.presence, change.reviewerId)
  return {
    ...toSummary(
      change,
      names,
      facts.systems.map((system) => system.name),
    ),
    reason: change.reason,
    source: change.source,
    systemIds: [...change.systemIds],
    plan: change.plan,
    planVersion: change.planVersion,
    planHash: change.planHash,
    approvedPlanHash: change.approvedPlanHash,
    manager: refOrNull(names, change.managerId),
    targets: facts.targets.map(({ id, name, host, port, hostKeySha256, systemName, accounts }) => ({
      id,
      name,
      host,
      port,
      hostKeySha256,
      systemName,
      accounts: accounts.map((account) => account.name),
    })),
    lint: [...facts.lint],
    guards: guardViews(facts),
    approval: await approvalView(tx, deps, facts, deadlines),
    consents: facts.systems
      .filter((system) => system.tenantId !== change.tenantId)
      .map((system) => {
        const row = facts.consentRows.find(
          (given) => given.systemId === system.id && given.planHash === change.planHash && given.verdict === 'consent',
        )
        return {
          systemName: system.name,
          unitName: system.unitName,
          person: row ? ref(names, row.personId) : null,
          at: iso(row?.at ?? null),
        }
      }),
    tests: facts.tests.map((test) => ({
      planHash: test.planHash,
      environment: test.environment,
      verdict: test.verdict,
      tester: ref(names, test.testerId),
      note: test.note,
      at: test.at.toISOString(),
    })),
    riskReasons: facts.risks.map(({ factor, risk, params }) => ({ factor, risk, params: { ...params } })),
    runs: runs.map((run) => ({
      id: run.id,
      stepKey: run.stepKey,
      phase: run.phase,
      batch: run.batch,
      target: { id: run.targetId, name: run.targetName },
      attempt: run.attempt,
      state: run.state,
      executor: names.get(run.executorId) ?? '—',
      cosignedBy: run.cosignedBy ? (names.get(run.cosignedBy) ?? '—') : null,
      exitCode: run.exitCode,
      durationMs: run.durationMs,
      stdout: run.stdout.slice(0, 4000),
      stderr: run.stderr.slice(0, 2000),
      detail: run.detail,
      verdicts: run.verdicts.map(({ met, check, found }) => ({ met, check, found })),
      startedAt: iso(run.startedAt),
      endedAt: iso(run.endedAt),
    })),
    currentBatch: change.currentBatch,
    soakUntil: iso(change.soakUntil),
    pausedFrom: change.pausedFrom,
    pauseReason: change.pauseReason,
    pauseDetail: change.pauseDetail,
    pausedAt: iso(change.pausedAt),
    next: next
      ? {
          stepKey: next.stepKey,
          phase: next.phase,
          targetId: next.targetId,
          targetName: facts.targets.find((target) => target.id === next.targetId)?.name ?? '—',
          batch: next.batch,
          needsCosign: needsCosign(next),
          cosigned: isCosigned(facts, next),
          danger: next.danger,
        }
      : null,
    presence: {
      executorSeenAt: iso(seenAt(facts.presence, change.executorId)),
      reviewerSeenAt: iso(reviewerSeen),
      reviewerPresent: reviewerSeen !== null && facts.now.getTime() - reviewerSeen.getTime() <= reviewerAbsentMs,
    },
    sessionId: change.sessionId,
    acts: acts.map((act: Act) => ({ act, refusal: actRefusal(act, facts, asking) ?? null })),
    deadlines,
    reserveMs: facts.guard.remainingMs ?? null,
    now: facts.now.toISOString(),
  }
}

const guardViews = ({ guard, modes }: ChangeFacts): GuardView[] =>
  evaluateGuards(guardIds, guard).map(({ guard: id, verdict, reasons }) => ({
    guard: id,
    rule: guardTable[id].rule,
    verdict,
    mode: modes[id],
    feeds: guardTable[id].feeds,
    reasons: reasons.slice(0, 20),
  }))
