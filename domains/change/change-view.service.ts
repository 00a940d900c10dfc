import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import type { ChangeDetail, ChangeSummary, GuardView } from './change.contract.ts'
import { isExpedited } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import type { ChangeHead, PlanVersion, TimelineRow } from './change.store.ts'
import { type Act, actRefusal, acts, isCosigned, needsCosign, nextOf } from './change-act.model.ts'
import { listAmendments } from './change-amendment.store.ts'
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
  const [names, systems] = await Promise.all([
    deps.names(tx, [...new Set(changes.flatMap(summaryPeople))]),
    deps.systems.find(tx, [...new Set(changes.flatMap((change) => change.systemIds))]),
  ])
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
  const amendments = await listAmendments(tx, change.id)
  const people = [
    ...amendments.map((one) => one.declaredBy),
    ...facts.riskAcceptances.map((one) => one.personId),
    ...facts.explained.map((one) => one.personId),
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
    standard: facts.standard
      ? {
          ...facts.standard,
          parameters: { ...facts.standard.parameters },
          reasons: [...facts.standard.reasons],
          publishedAt: iso(facts.standard.publishedAt),
          reviewedAt: iso(facts.standard.reviewedAt),
        }
      : null,
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
          preauthorisation: row ? null : (facts.preauthorised.find((one) => one.systemId === system.id)?.name ?? null),
        }
      }),
    notices: (facts.guard.notices ?? []).map(({ unit, sentAt, receivedAt, waived, earliestStart }) => ({
      unitName: unit,
      sentAt: iso(sentAt),
      receivedAt: iso(receivedAt),
      waived,
      earliestStart: iso(earliestStart),
    })),
    tests: facts.tests.map((test) => ({
      planHash: test.planHash,
      environment: test.environment,
      verdict: test.verdict,
      tester: ref(names, test.testerId),
      note: test.note,
      at: test.at.toISOString(),
    })),
    riskReasons: facts.risks.map(({ factor, risk, params }) => ({ factor, risk, params: { ...params } })),
    items: facts.items.map(({ targetId, differences }) => ({
      target: { id: targetId, name: facts.targets.find((target) => target.id === targetId)?.name ?? '—' },
      differences: differences.map(({ key, before, after, declared }) => {
        const by = facts.explained.find((one) => one.targetId === targetId && one.key === key)
        const explanation = by ? { person: ref(names, by.personId), note: by.note, at: by.at.toISOString() } : null
        return { key, before, after, declared, explanation }
      }),
    })),
    expedited: isExpedited(change),
    amendments: amendments.map((one) => ({
      id: one.id,
      seq: one.seq,
      state: one.state,
      reason: one.reason,
      declaredBy: ref(names, one.declaredBy),
      declaredAt: one.declaredAt.toISOString(),
      fromHash: one.fromHash,
      fromVersion: one.fromVersion,
      toHash: one.toHash,
      toVersion: one.toVersion,
      pausedFrom: one.pausedFrom,
      pauseReason: one.pauseReason,
      diff: one.diff && {
        added: [...one.diff.added],
        changed: [...one.diff.changed],
        removed: [...one.diff.removed],
        parts: [...one.diff.parts],
      },
      submittedAt: iso(one.submittedAt),
      endedAt: iso(one.endedAt),
    })),
    riskAcceptances: facts.riskAcceptances.map(({ planHash, part, personId, note, at }) => ({
      planHash,
      part,
      person: ref(names, personId),
      note,
      at: at.toISOString(),
    })),
    testDebts: facts.debts.map(({ planHash, openedAt, dueAt, settledAt, settledBy }) => ({
      planHash,
      openedAt: openedAt.toISOString(),
      dueAt: dueAt.toISOString(),
      settledAt: iso(settledAt),
      settledBy,
    })),
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

export const toTimeline = (rows: readonly TimelineRow[]) =>
  rows.map(({ seq, at, act, actorName, role, fromState, toState, note, rule }) => ({
    seq,
    at: at.toISOString(),
    act,
    actor: actorName,
    role,
    from: fromState,
    to: toState,
    note,
    rule,
  }))

export const toVersions = (rows: readonly (PlanVersion & { approved: boolean })[], names: Names) =>
  rows.map(({ version, hash, authorId, at, approved, plan, windowStart, windowEnd, executorId, reviewerId }) => ({
    version,
    hash,
    author: ref(names, authorId),
    at: at.toISOString(),
    approved,
    plan,
    windowStart: iso(windowStart),
    windowEnd: iso(windowEnd),
    executorName: refOrNull(names, executorId)?.name ?? null,
    reviewerName: refOrNull(names, reviewerId)?.name ?? null,
  }))
