import type { StoredApproval } from '@huabiao/domains/approval/approval.module'
import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { InformationSystem } from '@huabiao/domains/infosystem/infosystem.model'
import { sha256 } from '@huabiao/kit/crypto/suite'
import type { ReadTx } from '@huabiao/kit/db/db'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { LintFinding } from './change.contract.ts'
import { type ChangePeople, isRunning } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import type { Change } from './change.store.ts'
import { type ActFacts, nextOf } from './change-act.model.ts'
import { type RiskReason, riskReasons, stagePolicies, usesPrivileged } from './change-grade.model.ts'
import { lintPlan } from './change-lint.model.ts'
import { targetIdsOf } from './change-plan.model.ts'
import {
  type ConsentRow,
  type Freeze,
  findConflicts,
  listConsents,
  listFreezes,
  listTests,
  type TestRow,
} from './change-plan.store.ts'
import { runsBeyondPlan, toUndo, unmetRuns } from './change-run.model.ts'
import { type Cosign, listCosigns, listPresence, listRuns, type RunRow } from './change-run.store.ts'

/** Everything known about one change at one moment, read in one transaction. Rules and views look at this and at nothing else. */
export interface ChangeFacts extends ActFacts {
  readonly change: Change
  readonly runs: readonly RunRow[]
  readonly cosigns: readonly Cosign[]
  readonly approval: StoredApproval | undefined
  readonly systems: readonly InformationSystem[]
  readonly targets: readonly Target[]
  readonly tests: readonly TestRow[]
  readonly consentRows: readonly ConsentRow[]
  readonly presence: readonly { personId: string; seenAt: Date }[]
  readonly lint: readonly LintFinding[]
  readonly risks: readonly RiskReason[]
  readonly gatewayId: string | undefined
}

export const sha256Text = (text: string): string => toHex(sha256(utf8(text)))

export async function loadFacts(tx: ReadTx, deps: ChangeDeps, change: Change): Promise<ChangeFacts> {
  const now = deps.clock.now()
  const targets = await deps.targets.find(tx, targetIdsOf(change.plan))
  const systems = await deps.systems.find(tx, change.systemIds)
  const approval = await deps.approval.find(tx, 'change', change.id)
  const tests = await listTests(tx, change.id)
  const consentRows = await listConsents(tx, change.id)
  const runs = await listRuns(tx, change.id)
  const cosigns = await listCosigns(tx, change.id)
  const presence = await listPresence(tx, change.id)
  const session = change.sessionId ? await deps.sessions().state(tx, change.sessionId) : undefined
  const openRecordings = change.sessionId ? await deps.sessions().openRecordings(tx, change.id) : []
  const freezes = await listFreezes(tx, change.windowStart ?? now, change.windowEnd ?? now)
  const current = await listFreezes(tx, now, new Date(now.getTime() + 1))
  const conflicts =
    change.windowStart && change.windowEnd
      ? await findConflicts(tx, change.id, targetIdsOf(change.plan), change.windowStart, change.windowEnd)
      : []
  const named = [change.executorId, change.reviewerId].filter((id) => id !== null)
  const qualified = await deps.qualified(tx, named, now)
  const lint = lintPlan(change.plan, {
    targets,
    windowStart: change.windowStart,
    windowEnd: change.windowEnd,
    minSoakSeconds: deps.minSoakSeconds,
    sha256: sha256Text,
  })
  const graded = { plan: change.plan, categories: change.categories, systems, targets }
  const needed = systems
    .filter((system) => system.tenantId !== change.tenantId)
    .map(({ id, tenantId }) => ({ systemId: id, tenantId }))
  const given = consentRows
    .filter((row) => row.verdict === 'consent' && row.planHash === change.planHash)
    .map((row) => row.systemId)
  const base = { now, change, runs, cosigns }
  return {
    ...base,
    people: peopleOf(change, approval),
    approval,
    consents: { needed, given },
    modes: deps.guardModes,
    sessionState: session?.state,
    gatewayId: session?.gatewayId,
    systems,
    targets,
    tests,
    consentRows,
    presence,
    lint,
    risks: riskReasons(graded),
    guard: {
      now,
      running: isRunning(change.state),
      planHash: change.planHash,
      approvedPlanHash: change.approvedPlanHash,
      approvalComplete: change.approvedPlanHash !== null && approval?.hash === change.approvedPlanHash && !approval.voided,
      lintErrors: lint.filter((f) => f.severity === 'error' && !f.code.startsWith('batch.')).map((f) => f.code),
      greyErrors: lint.filter((f) => f.severity === 'error' && f.code.startsWith('batch.')).map((f) => f.code),
      passedTests: tests.filter((test) => test.verdict === 'pass'),
      requesterId: change.requesterId,
      risk: change.risk,
      consents: { needed: needed.map((need) => need.systemId), given },
      executorId: change.executorId,
      reviewerId: change.reviewerId,
      reviewerSeenAt: seenAt(presence, change.reviewerId),
      windowStart: change.windowStart,
      windowEnd: change.windowEnd,
      remainingMs: reserveMs(base),
      freezes: isRunning(change.state) ? current : mergeFreezes(freezes, current),
      conflicts,
      qualified: {
        executor: change.executorId !== null && qualified.has(change.executorId),
        reviewer: change.reviewerId !== null && qualified.has(change.reviewerId),
      },
      privileged: {
        used: usesPrivileged(graded),
        approved:
          change.approvedPlanHash !== null && stagePolicies(change.risk, graded).some((stage) => stage.key === 'security')
            ? approval?.stages.some((stage) => stage.key === 'security') === true
            : false,
      },
      categories: change.categories,
      openRecordings,
      ...factsOfRuns(change, runs),
    },
  }
}

/** What the runs say to G-EXPECT, G-SCOPE and G-GRANT. */
function factsOfRuns(change: Change, runs: readonly RunRow[]) {
  const current = runs.find((run) => run.state === 'granted' || run.state === 'started')
  const place = (run: RunRow): string => `${run.stepKey} @ ${run.targetName}`
  const ofThisPlan = runs.filter((run) => run.planHash === change.planHash)
  return {
    begun: runs.some((run) => run.state !== 'expired'),
    unmet: unmetRuns(runs, change.rolledBack).map(place),
    beyondPlan: runsBeyondPlan(change.plan, ofThisPlan).map(place),
    underWay: current
      ? {
          executorId: current.executorId,
          planHash: current.planHash,
          notAfter: current.notAfter,
          started: current.state === 'started',
        }
      : null,
  }
}

export const seenAt = (presence: readonly { personId: string; seenAt: Date }[], personId: string | null): Date | null =>
  presence.find((row) => row.personId === personId)?.seenAt ?? null

const mergeFreezes = (a: readonly Freeze[], b: readonly Freeze[]): Freeze[] => [
  ...new Map([...a, ...b].map((f) => [f.id, f])).values(),
]

export const peopleOf = (change: Change, approval: StoredApproval | undefined): ChangePeople => ({
  requesterId: change.requesterId,
  managerId: change.managerId,
  assessorId: change.assessorId,
  testerId: change.testerId,
  executorId: change.executorId,
  reviewerId: change.reviewerId,
  approverIds: approval && !approval.voided ? approval.decisions.map((decision) => decision.personId) : [],
})

/** What the window must still hold: the next step at its time limit, and the way back from everything touched so far and by it (G-WIN). */
function reserveMs(facts: Pick<ChangeFacts, 'now' | 'change' | 'runs'>): number {
  const { change, runs } = facts
  const next = nextOf(facts)
  const seconds = new Map(
    change.plan.steps.filter((step) => step.rollback?.kind === 'action').map((step) => [step.key, step.timeoutSeconds] as const),
  )
  const back = toUndo(change.plan, runs).reduce((sum, item) => sum + (seconds.get(item.stepKey) ?? 0), 0)
  const ahead = next ? next.timeoutSeconds + (next.phase === 'execute' ? (seconds.get(next.stepKey) ?? 0) : 0) : 0
  return (back + ahead) * 1000
}
