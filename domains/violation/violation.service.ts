import type { PersonActor } from '@huabiao/kit/actor/actor'
import { yearsWithoutTable } from '@huabiao/kit/calendar/calendar'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { enterTenant, type ReadTx, type Tx } from '@huabiao/kit/db/db'
import { notFound, refuseIf } from '@huabiao/kit/errors/errors'
import type { ViolationDetail, ViolationView } from './violation.contract.ts'
import { catalogue, type ViolationRefusal } from './violation.model.ts'
import type { Holder, ViolationDeps } from './violation.ports.ts'
import {
  type Case,
  type CasePatch,
  type DeadlineRow,
  findCase,
  listDeadlines,
  listEvidence,
  lockCase,
  replaceDeadline,
  updateCase,
} from './violation.store.ts'
import {
  type Asker,
  afterMove,
  answerRefusal,
  appealRefusal,
  type CaseFacts,
  decideRefusal,
  dueIn,
  isConcerned,
  reviewRefusal,
  type Seats,
  type ViolationAct,
} from './violation-life.model.ts'
import { managementOf, securityOf, supervisorsOf, tell, violationEvent } from './violation-raise.service.ts'

/** Who asks, and who sits where in every unit: asked once for a whole page. */
export interface Standing {
  readonly asker: Asker
  readonly oversees: boolean
  seatsOf(tenantId: string): Seats
}
export async function standingOf(tx: ReadTx, deps: ViolationDeps, actor: PersonActor): Promise<Standing> {
  const byUnit = async (role: string, duty: string | null) => {
    const all = Map.groupBy(await deps.holders(tx, { role, duty }), (one) => one.tenantId)
    return (tenantId: string) => (all.get(tenantId) ?? []).map((one) => one.personId)
  }
  const supervisors = await byUnit('APV', 'supervisor')
  const deciders = await byUnit('SEC', null)
  return {
    asker: {
      personId: actor.personId,
      tenantId: actor.tenantId,
      manages: actor.party === 'management-unit',
      decides: await deps.isAllowed(tx, actor, 'violation:decide'),
    },
    oversees: await deps.isAllowed(tx, actor, 'violation:oversee'),
    seatsOf: (tenantId) => ({ supervisors: supervisors(tenantId), deciders: deciders(tenantId) }),
  }
}
export const factsOf = (of: Case): CaseFacts => ({
  ...of,
  answerOverdue: of.answerOverdueAt !== null,
  decideOverdue: of.decideOverdueAt !== null,
})

export function toView(of: Case, on: Standing, deadlines: readonly DeadlineRow[]): ViolationView {
  const facts = factsOf(of)
  const seats = on.seatsOf(of.tenantId)
  const due = of.state === 'closed' ? undefined : deadlines.filter((row) => row.caseId === of.id && !row.firedAt).at(-1)
  const late = deadlines.filter((row) => row.caseId === of.id && row.firedAt).at(-1)
  const shown = due ?? (of.state === 'closed' ? undefined : late)
  return {
    id: of.id,
    no: of.no,
    tenantId: of.tenantId,
    unitName: of.unitName,
    plane: of.plane,
    entry: of.entry,
    intent: of.intent,
    severity: of.severity,
    rules: [...catalogue[of.entry].rules],
    count: of.count,
    firstAt: of.firstAt.toISOString(),
    lastAt: of.lastAt.toISOString(),
    raisedAt: of.raisedAt.toISOString(),
    person: of.personId ? { id: of.personId, name: of.personName ?? '—' } : null,
    object: of.object,
    code: of.code,
    rule: of.rule,
    changeId: of.changeId,
    changeNo: of.changeNo,
    sessionId: of.sessionId,
    detail: { ...of.detail },
    state: of.state,
    verdict: of.verdict,
    reviewVerdict: of.reviewVerdict,
    deadline: shown
      ? { name: shown.name, dueAt: shown.dueAt.toISOString(), overdue: shown.firedAt !== null || of.answerOverdueAt !== null }
      : null,
    acts: {
      answer: answerRefusal(facts, on.asker, seats) ?? null,
      decide: decideRefusal(facts, on.asker, seats) ?? null,
      appeal: appealRefusal(facts, on.asker, seats) ?? null,
      review: reviewRefusal(facts, on.asker, seats) ?? null,
    },
  }
}

/** Those who oversee see what row security shows; others their own, and supervisors their people's. @throws Refusal violation.not_found */
export async function visibleCase(tx: ReadTx, on: Standing, id: string): Promise<Case> {
  const found = await findCase(tx, id)
  if (!found || !(on.oversees || isConcerned(factsOf(found), on.asker, on.seatsOf(found.tenantId)))) throw notFound('violation')
  return found
}

export async function toDetail(tx: ReadTx, deps: ViolationDeps, of: Case, on: Standing): Promise<ViolationDetail> {
  const deadlines = await listDeadlines(tx, [of.id])
  const ids = [of.answeredBy, of.decidedBy, of.appealedBy, of.reviewedBy].filter((id) => id !== null)
  const names = await deps.names(tx, [...new Set(ids)])
  const said = (text: string | null, by: string | null, at: Date | null) =>
    text !== null && by && at ? { text, by: { id: by, name: names.get(by) ?? '—' }, at: at.toISOString() } : null
  return {
    ...toView(of, on, deadlines),
    evidence: (await listEvidence(tx, of.id)).map((one) => ({ ...one, at: one.at.toISOString() })),
    answer: said(of.answer, of.answeredBy, of.answeredAt),
    decision: said(of.decision, of.decidedBy, of.decidedAt),
    appeal: said(of.appeal, of.appealedBy, of.appealedAt),
    review: said(of.review, of.reviewedBy, of.reviewedAt),
    closedAt: of.closedAt?.toISOString() ?? null,
    deadlines: deadlines.map((row) => ({
      name: row.name,
      dueAt: row.dueAt.toISOString(),
      calendar: row.calendar,
      firedAt: row.firedAt?.toISOString() ?? null,
      yearsWithoutTable: row.calendar === 'working-days' ? yearsWithoutTable(deps.holidays, row.startedAt, row.dueAt) : [],
    })),
  }
}

type Rule = (of: CaseFacts, asker: Asker, seats: Seats) => ViolationRefusal | undefined
interface Doing {
  readonly tx: Tx
  readonly deps: ViolationDeps
  readonly actor: PersonActor
  readonly id: string
}
/** One act of a person on a case: seen, locked in its own unit, asked by the rule, moved, told, recorded. */
async function act(
  on: Doing,
  rule: Rule,
  of: { act: ViolationAct; event: string; patch(at: Date): CasePatch; told(after: Case): Promise<readonly Holder[]> },
): Promise<{ view: ViolationDetail; events: DomainEvent[] }> {
  const { tx, deps, actor, id } = on
  const standing = await standingOf(tx, deps, actor)
  const seen = await visibleCase(tx, standing, id)
  await enterTenant(tx, seen.tenantId)
  const before = await lockCase(tx, id)
  if (!before) throw notFound('violation')
  refuseIf(rule(factsOf(before), standing.asker, standing.seatsOf(before.tenantId)))
  const at = deps.clock.now()
  const state = afterMove(of.act)
  const patch = { ...of.patch(at), state, stateSince: at, ...(state === 'closed' ? { closedAt: at } : {}) }
  const after = await updateCase(tx, before, patch)
  await replaceDeadline(tx, after, dueIn({ ...after, answerOverdue: false }, at, deps.holidays), at)
  await tell(
    on,
    after,
    of.event === 'violation.answered' ? 'violation.decide' : of.event,
    (await of.told(after)).filter((one) => one.personId !== actor.personId),
  )
  return { view: await toDetail(tx, deps, after, standing), events: [violationEvent(after, of.event)] }
}
const personOf = (of: Case): Holder[] => (of.personId ? [{ personId: of.personId, tenantId: of.tenantId }] : [])

export const answer = (on: Doing, text: string) =>
  act(on, answerRefusal, {
    act: 'answer',
    event: 'violation.answered',
    patch: (at) => ({ answer: text, answeredBy: on.actor.personId, answeredAt: at }),
    told: (after) => securityOf(on.tx, on.deps, after.tenantId),
  })

export const decide = (on: Doing, verdict: 'confirm' | 'dismiss', reason: string) =>
  act(on, decideRefusal, {
    act: verdict,
    event: verdict === 'confirm' ? 'violation.confirmed' : 'violation.dismissed',
    patch: (at) => ({
      verdict: verdict === 'confirm' ? ('confirmed' as const) : ('dismissed' as const),
      decision: reason,
      decidedBy: on.actor.personId,
      decidedAt: at,
    }),
    // What is dismissed in the unit itself is looked at from outside it where it weighs.
    told: async (after) => [
      ...personOf(after),
      ...(await supervisorsOf(on.tx, on.deps, after.tenantId)),
      ...(verdict === 'dismiss' && after.severity === 'critical' ? await managementOf(on.tx, on.deps) : []),
    ],
  })

export const appeal = (on: Doing, reason: string) =>
  act(on, appealRefusal, {
    act: 'appeal',
    event: 'violation.appealed',
    patch: (at) => ({ appeal: reason, appealedBy: on.actor.personId, appealedAt: at }),
    told: async (after) =>
      [...(await securityOf(on.tx, on.deps, after.tenantId)), ...(await managementOf(on.tx, on.deps))].filter(
        (one) => one.personId !== after.decidedBy,
      ),
  })

export const review = (on: Doing, verdict: 'uphold' | 'overturn', reason: string) =>
  act(on, reviewRefusal, {
    act: verdict,
    event: verdict === 'uphold' ? 'violation.upheld' : 'violation.overturned',
    patch: (at) => ({
      reviewVerdict: verdict === 'uphold' ? ('upheld' as const) : ('overturned' as const),
      review: reason,
      reviewedBy: on.actor.personId,
      reviewedAt: at,
    }),
    told: async (after) => [
      ...personOf(after),
      ...(await supervisorsOf(on.tx, on.deps, after.tenantId)),
      ...(after.decidedBy ? [{ personId: after.decidedBy, tenantId: after.tenantId }] : []),
    ],
  })
