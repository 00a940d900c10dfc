import { type Notice, noticeLeadDays } from '@huabiao/domains/announcement/announcement.model'
import type { StoredApproval } from '@huabiao/domains/approval/approval.module'
import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { InformationSystem } from '@huabiao/domains/infosystem/infosystem.model'
import { addWorkingDays } from '@huabiao/kit/calendar/calendar'
import type { ReadTx } from '@huabiao/kit/db/db'
import type { LintFinding } from './change.contract.ts'
import { type ChangePeople, isRunning } from './change.model.ts'
import type { Authority, ChangeDeps, HeldContent } from './change.ports.ts'
import type { Change } from './change.store.ts'
import { type ActFacts, nextOf } from './change-act.model.ts'
import { type Amendment, approvalSubject, type RiskAcceptance, type TestDebt, urgentFacts } from './change-amendment.store.ts'
import { type RiskReason, riskBearers, riskReasons, stagePolicies, usesPrivileged } from './change-grade.model.ts'
import { lintPlan } from './change-lint.model.ts'
import { contentSlots, type PlacedFile, placedFiles, targetIdsOf } from './change-plan.model.ts'
import {
  type ConsentRow,
  type Freeze,
  findConflicts,
  listConsents,
  listFreezesOf,
  listPreauthorised,
  listTests,
  type Preauthorised,
  sha256Text,
  standingsOf,
  type TestRow,
} from './change-plan.store.ts'
import { runsBeyondPlan, toUndo, unmetRuns } from './change-run.model.ts'
import {
  type Cosign,
  type Explanation,
  listCosigns,
  listExplanations,
  listPresence,
  listRuns,
  type RunRow,
} from './change-run.store.ts'
import { differenceId, type ItemReview, itemReviews, unexplained } from './change-snapshot.model.ts'

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
  readonly preauthorised: readonly Preauthorised[]
  readonly presence: readonly { personId: string; seenAt: Date }[]
  readonly lint: readonly LintFinding[]
  readonly risks: readonly RiskReason[]
  readonly gatewayId: string | undefined
  /** Files the plan still places or has placed whose release no longer holds. */
  readonly recalled: readonly string[]
  readonly held: ReadonlyMap<string, HeldContent>
  readonly amendment: Amendment | undefined
  readonly items: readonly ItemReview[]
  readonly explained: readonly Explanation[]
  readonly riskAcceptances: readonly RiskAcceptance[]
  readonly debts: readonly TestDebt[]
  /** Of a standard change: what its model says now. */
  readonly standard: Authority | undefined
}

const noContents: ReadonlyMap<string, HeldContent> = new Map()

export async function loadFacts(tx: ReadTx, deps: ChangeDeps, change: Change): Promise<ChangeFacts> {
  const now = deps.clock.now()
  const targets = await deps.targets.find(tx, targetIdsOf(change.plan))
  const systems = await deps.systems.find(tx, change.systemIds)
  const { kind, subjectId } = approvalSubject(change)
  const approval = await deps.approval.find(tx, kind, subjectId)
  const urgent = await urgentFacts(tx, deps, change)
  const tests = await listTests(tx, change.id)
  const consentRows = await listConsents(tx, change.id)
  const runs = await listRuns(tx, change.id)
  const cosigns = await listCosigns(tx, change.id)
  const presence = await listPresence(tx, change.id)
  const session = change.sessionId ? await deps.sessions().state(tx, change.sessionId) : undefined
  const openRecordings = change.sessionId ? await deps.sessions().openRecordings(tx, change.id) : []
  const contents = contentSlots(change.plan).length > 0 ? await deps.contents().held(tx, change.id) : noContents
  const freezes = await freezesOf(tx, change, now)
  const conflicts =
    change.windowStart && change.windowEnd
      ? await findConflicts(tx, change.id, targetIdsOf(change.plan), change.windowStart, change.windowEnd)
      : []
  const named = [change.executorId, change.reviewerId].filter((id) => id !== null)
  // For the whole of the window: who is trained, or in their post, until then is so now (G-QUAL).
  const qualified = await deps.qualified(tx, named, change.windowEnd && change.windowEnd > now ? change.windowEnd : now)
  const touched = targetIdsOf(change.plan)
  const owed = named.length + touched.length > 0 ? await deps.filingBlocks(tx, named, touched) : []
  const placed = placedFiles(change.plan)
  const standings = await standingsOf(tx, deps, change.tenantId, placed)
  const lint = lintPlan(change.plan, {
    standing: standings,
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
  const preauthorised = needed.length > 0 ? await listPreauthorised(tx, change.id) : []
  const given = [
    ...consentRows.filter((row) => row.verdict === 'consent' && row.planHash === change.planHash),
    ...preauthorised,
  ].map((row) => row.systemId)
  const notices = await noticesOf(tx, deps, change, { systems, consentRows, preauthorised })
  const standard = change.urgency === 'U4' ? await deps.authority(tx, change) : undefined
  const base = { now, change, runs, cosigns }
  // Compared once it is over; while it runs there is nothing to explain yet.
  const compared = ['verifying', 'ci_reviewing', 'reviewing', 'closed'].includes(change.state)
  const items = compared ? itemReviews(change.plan, runs) : []
  const explained = compared ? await listExplanations(tx, change.id) : []
  const bearing = urgent.riskAcceptances.filter((one) => one.planHash === change.planHash)
  return {
    ...base,
    ...urgent,
    items,
    explained,
    people: peopleOf(change, approval),
    approval,
    consents: { needed, given },
    modes: deps.guardModes,
    sessionState: session?.state,
    contents: new Set(contents.keys()),
    held: contents,
    standard,
    gatewayId: session?.gatewayId,
    systems,
    targets,
    tests,
    consentRows,
    preauthorised,
    presence,
    lint,
    risks: riskReasons(graded),
    recalled: placed.filter((file) => file.phase !== 'rollback' && standings(file.sha256) !== 'issued').map((file) => file.path),
    guard: {
      now,
      // A pause is in the middle of the work: what counts is this moment.
      running: isRunning(change.state) || change.state === 'paused',
      planHash: change.planHash,
      approvedPlanHash: change.approvedPlanHash,
      approvalComplete:
        standard?.holds === true ||
        (change.approvedPlanHash !== null && approval?.hash === change.approvedPlanHash && !approval.voided),
      ...(standard ? { standard: { holds: standard.holds, reasons: standard.reasons } } : {}),
      lintErrors: lint.filter((f) => f.severity === 'error' && isOfPlan(f)).map((f) => f.code),
      greyErrors: lint.filter((f) => f.severity === 'error' && f.code.startsWith('batch.')).map((f) => f.code),
      artifacts: aboutToPlace(base, placed).map((file) => ({ ...file, standing: standings(file.sha256) })),
      passedTests: tests.filter((test) => test.verdict === 'pass'),
      riskAccepted: bearing.length > 0 && Object.keys(riskBearers).every((part) => bearing.some((one) => one.part === part)),
      requesterId: change.requesterId,
      risk: change.risk,
      consents: { needed: needed.map((need) => need.systemId), given },
      notices,
      executorId: change.executorId,
      reviewerId: change.reviewerId,
      reviewerSeenAt: seenAt(presence, change.reviewerId),
      windowStart: change.windowStart,
      windowEnd: change.windowEnd,
      remainingMs: reserveMs(base),
      freezes,
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
      filingsOwed: [...new Set(owed.map((block) => block.no))],
      categories: change.categories,
      openRecordings,
      unexplained: unexplained(items, new Set(explained.map((one) => differenceId(one.targetId, one.key)))).map(
        ({ targetId, key }) => `${targets.find((one) => one.id === targetId)?.name ?? targetId} ${key}`,
      ),
      ...factsOfRuns(change, runs),
    },
  }
}

/** Batches and files have guards of their own; all other errors are the plan's (G-PLAN). */
const isOfPlan = ({ code }: LintFinding): boolean => !code.startsWith('batch.') && !code.startsWith('release.')

/**
 * What G-REL looks at. Before it runs, every file of the plan, the way back included. Then those of the next step, so that a withdrawal stops
 * what would place it and nothing else; between batches all that is still to be placed.
 */
function aboutToPlace(facts: Pick<ChangeFacts, 'now' | 'change' | 'runs'>, files: readonly PlacedFile[]): readonly PlacedFile[] {
  const { state } = facts.change
  if (!isRunning(state) && state !== 'paused') return files
  const forward = files.filter((file) => file.phase !== 'rollback')
  const next = isRunning(state) ? nextOf(facts) : undefined
  return next ? forward.filter((file) => file.stepKey === next.stepKey && file.phase === next.phase) : forward
}

/** What the runs say to G-EXPECT, G-SCOPE and G-GRANT. */
function factsOfRuns(change: Change, runs: readonly RunRow[]) {
  const current = runs.find((run) => run.state === 'granted' || run.state === 'started')
  const place = (run: RunRow): string => `${run.stepKey} @ ${run.targetName}`
  const ofThisPlan = runs.filter((run) => run.planHash === change.planHash)
  return {
    begun: runs.some((run) => run.state !== 'expired'),
    // What an earlier plan did not reach is why there is another: its step is still to be done, or the approvers saw that it is not.
    unmet: unmetRuns(ofThisPlan, change.rolledBack).map(place),
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

/** What each affected unit knows of this plan. Whoever consented to it has seen it: that is a receipt too. */
async function noticesOf(
  tx: ReadTx,
  deps: ChangeDeps,
  change: Change,
  of: Pick<ChangeFacts, 'systems' | 'consentRows' | 'preauthorised'>,
): Promise<Notice[]> {
  const foreign = of.systems.filter((system) => system.tenantId !== change.tenantId)
  if (foreign.length === 0) return []
  const told = change.planHash ? await deps.announcements.told(tx, change.id, change.planHash) : []
  return [...new Map(foreign.map((system) => [system.tenantId, system.unitName]))].map(([unitId, unit]) => {
    const notice = told.find((one) => one.unitId === unitId)
    const own = foreign.filter((system) => system.tenantId === unitId).map((system) => system.id)
    const words = of.consentRows.filter(
      (row) => row.verdict === 'consent' && row.planHash === change.planHash && own.includes(row.systemId),
    )
    // Who pre-authorised without a notice period has said in advance that being told is enough.
    const inAdvance = of.preauthorised.some((one) => one.waivesNotice && own.includes(one.systemId))
    const times = [notice?.receivedAt ?? null, inAdvance ? (notice?.sentAt ?? null) : null, ...words.map((row) => row.at)].filter(
      (at) => at !== null,
    )
    const receivedAt = times.length > 0 ? new Date(Math.min(...times.map((at) => at.getTime()))) : null
    return {
      unit,
      sentAt: notice?.sentAt ?? null,
      receivedAt,
      waived: inAdvance || notice?.waived === true || words.some((row) => row.waiveNotice),
      earliestStart: receivedAt && addWorkingDays(deps.holidays, receivedAt, noticeLeadDays[change.risk]),
    }
  })
}

/** Under way or paused, this moment counts; before that, the window as well. */
export async function freezesOf(tx: ReadTx, change: Change, now: Date): Promise<Freeze[]> {
  const { state, windowStart, windowEnd } = change
  const next = new Date(now.getTime() + 1)
  const begun = isRunning(state) || state === 'paused'
  const [from, to] = begun || !windowStart || !windowEnd ? [now, next] : [windowStart, windowEnd]
  const found = await listFreezesOf(tx, change.id, from < now ? from : now, to > next ? to : next)
  const meets = (freeze: Freeze, start: Date, end: Date): boolean => freeze.startsAt < end && freeze.endsAt > start
  return found.filter((freeze) => meets(freeze, from, to) || meets(freeze, now, next))
}

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
