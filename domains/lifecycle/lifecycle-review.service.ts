import type { PersonActor } from '@huabiao/kit/actor/actor'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { LifecycleDeps } from './lifecycle.ports.ts'
import { standingOf } from './lifecycle-norm.model.ts'
import { reinstating, takeRole } from './lifecycle-norm.service.ts'
import { listPeople } from './lifecycle-norm.store.ts'
import type { CampaignItem, CampaignView } from './lifecycle-review.contract.ts'
import {
  bindingsMax,
  csvOf,
  decideRefusal,
  dueRefusal,
  reminderDue,
  reviewEveryDays,
  reviewersOf,
  scheduledDays,
} from './lifecycle-review.model.ts'
import {
  type Campaign,
  type Counted,
  closeCampaign,
  findReport,
  insertCampaign,
  insertReview,
  listCampaignRows,
  listLiveBindings,
  listReviews,
  lockCampaign,
  noteTold,
  personsOnSystems,
  type Review,
  saveVerdict,
} from './lifecycle-review.store.ts'

const dayMs = 86_400_000
interface Doing {
  readonly tx: Tx
  readonly deps: LifecycleDeps
  readonly actor: PersonActor
}
export const digestOf = (text: string): string => toHex(sm3(utf8(text)))
const campaignEvent = (
  of: Pick<Campaign, 'id' | 'tenantId' | 'name'>,
  type: string,
  data: Record<string, unknown> = {},
): DomainEvent => ({
  type,
  object: `recertification/${of.id}`,
  tenantId: of.tenantId,
  name: of.name,
  ...data,
})

export interface Scope {
  readonly name: string
  readonly dueAt: Date
  readonly roles: readonly string[]
  readonly departmentIds: readonly string[]
  readonly systemIds: readonly string[]
}
/** Freezes who holds what and who may judge it. @throws Refusal lifecycle.scope_empty, lifecycle.too_many: a campaign is whole or none */
async function begin(
  on: { tx: Tx; deps: LifecycleDeps },
  tenantId: string,
  openedBy: string | null,
  scope: Scope,
): Promise<{ id: string; events: DomainEvent[] }> {
  const { tx, deps } = on
  const now = deps.clock.now()
  const all = await listLiveBindings(tx, { tenantId, at: now, limit: bindingsMax + 1 })
  if (all.length > bindingsMax) throw new Refusal('lifecycle.too_many', { most: bindingsMax })
  const working =
    scope.systemIds.length > 0
      ? await personsOnSystems(tx, tenantId, scope.systemIds, new Date(now.getTime() - reviewEveryDays * dayMs))
      : undefined
  const inScope = all.filter(
    (one) =>
      (scope.roles.length === 0 || scope.roles.includes(one.role)) &&
      (scope.departmentIds.length === 0 || (one.departmentId !== null && scope.departmentIds.includes(one.departmentId))) &&
      (!working || working.has(one.personId)),
  )
  if (inScope.length === 0) throw new Refusal('lifecycle.scope_empty')
  const used = new Map(
    (await listPeople(tx, tenantId, now)).flatMap((person) => person.bindings.map((one) => [one.id, one.usedAt] as const)),
  )
  const holding = (role: string, duty: string | null): string[] =>
    all.filter((one) => one.role === role && (duty === null || one.duty === duty) && !one.suspended).map((one) => one.personId)
  const id = newId(now.getTime())
  const campaign = { ...scope, id, tenantId, openedBy, openedAt: now }
  await insertCampaign(tx, campaign)
  const asked = new Map<string, number>()
  for (const one of inScope) {
    const reviewerIds = reviewersOf(one, {
      supervisors: holding('APV', 'supervisor'),
      owners: holding('APV', 'owner'),
      security: holding('SEC', null),
      peers: holding(one.role, null),
    })
    for (const reviewer of reviewerIds) asked.set(reviewer, (asked.get(reviewer) ?? 0) + 1)
    const { personId, role, duty, notAfter } = one
    await insertReview(tx, {
      id: newId(now.getTime()),
      campaignId: id,
      tenantId,
      bindingId: one.id,
      personId,
      role,
      duty,
      notAfter,
      usedAt: used.get(one.id) ?? null,
      reviewerIds,
    })
  }
  await tellReviewers(on, campaign, 'recertification.opened', asked)
  const { roles, departmentIds, systemIds } = scope
  const data = {
    roles,
    departmentIds,
    systemIds,
    dueAt: scope.dueAt.toISOString(),
    items: inScope.length,
    scheduled: openedBy === null,
  }
  return { id, events: [campaignEvent(campaign, 'recertification.opened', data)] }
}
const tellReviewers = (
  { tx, deps }: { tx: Tx; deps: LifecycleDeps },
  of: Pick<Campaign, 'id' | 'tenantId' | 'name' | 'dueAt'>,
  kind: string,
  people: ReadonlyMap<string, number>,
) =>
  deps.notify(
    tx,
    [...people].map(([personId, items]) => ({
      tenantId: of.tenantId,
      personId,
      kind,
      object: `recertification/${of.id}`,
      params: { title: of.name, items, dueAt: of.dueAt.toISOString() },
    })),
  )

export async function open(on: Doing, scope: Scope): Promise<{ view: CampaignView; events: DomainEvent[] }> {
  const { tx, deps, actor } = on
  refuseIf(dueRefusal(scope.dueAt, deps.clock.now()))
  for (const id of scope.departmentIds)
    if (!(await deps.isDepartmentOf(tx, actor.tenantId, id))) throw new Refusal('lifecycle.department_invalid')
  const { id, events } = await begin(on, actor.tenantId, actor.personId, scope)
  return { view: await view(tx, deps, actor, id), events }
}

export const toCampaign = (row: Counted, names: ReadonlyMap<string, string>): CampaignItem => ({
  id: row.id,
  name: row.name,
  roles: [...row.roles],
  departments: [...row.departments],
  systems: [...row.systems],
  openedBy: row.openedBy && (names.get(row.openedBy) ?? '—'),
  openedAt: row.openedAt.toISOString(),
  dueAt: row.dueAt.toISOString(),
  closedAt: row.closedAt?.toISOString() ?? null,
  reportSm3: row.reportSm3,
  items: row.items,
  kept: row.kept,
  revoked: row.revoked,
  undecided: row.undecided,
  mine: row.mine,
})
async function visible(tx: ReadTx, deps: LifecycleDeps, actor: PersonActor, id: string): Promise<Counted> {
  const seesAll = await deps.isAllowed(tx, actor, 'lifecycle:oversee')
  const [row] = await listCampaignRows(tx, { id, limit: 1, personId: actor.personId, seesAll })
  if (!row) throw new Refusal('lifecycle.campaign_not_found')
  return row
}
/** All of it for those who oversee; a reviewer sees what they may judge. */
export async function view(tx: ReadTx, deps: LifecycleDeps, actor: PersonActor, id: string): Promise<CampaignView> {
  const row = await visible(tx, deps, actor, id)
  const seesAll = await deps.isAllowed(tx, actor, 'lifecycle:oversee')
  const reviews = (await listReviews(tx, id)).filter((one) => seesAll || one.reviewerIds.includes(actor.personId))
  const ids = reviews.flatMap((one) => [...one.reviewerIds, ...(one.decidedBy ? [one.decidedBy] : [])])
  const names = await deps.names(tx, [...new Set([...ids, ...(row.openedBy ? [row.openedBy] : [])])])
  const now = deps.clock.now()
  return {
    ...toCampaign(row, names),
    reviews: reviews.map((one) => ({
      id: one.id,
      person: { id: one.personId, name: one.personName },
      role: one.role,
      duty: one.duty,
      notAfter: one.notAfter.toISOString(),
      usedAt: one.usedAt?.toISOString() ?? null,
      reviewers: one.reviewerIds.map((reviewer) => names.get(reviewer) ?? '—').slice(0, 50),
      verdict: one.verdict,
      reason: one.reason,
      decidedBy: one.decidedBy && (names.get(one.decidedBy) ?? '—'),
      decidedAt: one.decidedAt?.toISOString() ?? null,
      decideRefusal: decideRefusal(one, row, actor, now) ?? null,
    })),
  }
}

export async function decide(
  on: Doing,
  id: string,
  body: { reviewIds: readonly string[]; verdict: 'keep' | 'revoke'; reason: string },
): Promise<{ view: CampaignView; events: DomainEvent[] }> {
  const { tx, deps, actor } = on
  await visible(tx, deps, actor, id)
  // Row security shows overseers of other units more than it lets them hold.
  const campaign = await lockCampaign(tx, id)
  if (!campaign) throw new Refusal('lifecycle.campaign_not_found')
  const reviews = new Map((await listReviews(tx, id)).map((one) => [one.id, one]))
  const at = deps.clock.now()
  const events: DomainEvent[] = []
  for (const reviewId of new Set(body.reviewIds)) {
    const review = reviews.get(reviewId)
    if (!review) throw new Refusal('lifecycle.review_not_found')
    refuseIf(decideRefusal(review, campaign, actor, at))
    await saveVerdict(tx, reviewId, { verdict: body.verdict, reason: body.reason, by: actor.personId, at })
    const { bindingId, personId, role } = review
    events.push(
      campaignEvent(campaign, 'recertification.decided', {
        bindingId,
        personId,
        role,
        verdict: body.verdict,
        reason: body.reason,
      }),
    )
    if (body.verdict === 'revoke')
      events.push(...(await deps.endRole(tx, bindingId, { by: actor.personId, at, reason: 'recertification' })))
  }
  events.push(...(await closeIfDone(on, campaign, at)))
  return { view: await view(tx, deps, actor, id), events }
}

/** Nothing is left to decide: the report is what the rows say now; it is kept, and its digest goes into the ledger. */
async function closeIfDone({ tx, deps }: { tx: Tx; deps: LifecycleDeps }, campaign: Campaign, at: Date): Promise<DomainEvent[]> {
  const reviews = await listReviews(tx, campaign.id)
  if (reviews.some((one) => one.verdict === null)) return []
  const report = await reportOf(tx, deps, campaign, reviews)
  const digest = digestOf(report)
  await closeCampaign(tx, campaign.id, { at, report, sm3: digest })
  const count = (verdict: string): number => reviews.filter((one) => one.verdict === verdict).length
  const data = {
    sm3: digest,
    items: reviews.length,
    kept: count('keep'),
    revoked: count('revoke'),
    undecided: count('undecided'),
  }
  return [campaignEvent(campaign, 'recertification.closed', data)]
}
/** One line for each role, in the order of the rows, with the names of people as they are now. */
async function reportOf(tx: ReadTx, deps: LifecycleDeps, campaign: Campaign, reviews: readonly Review[]): Promise<string> {
  const names = await deps.names(tx, [...new Set(reviews.flatMap((one) => (one.decidedBy ? [one.decidedBy] : [])))])
  const lines = [...reviews]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((one) => [
      one.id,
      one.personName,
      one.personId,
      one.role,
      one.duty ?? '',
      one.notAfter.toISOString(),
      one.verdict ?? '',
      one.decidedBy ? (names.get(one.decidedBy) ?? '') : '',
      one.decidedBy ?? '',
      one.decidedAt?.toISOString() ?? '',
      one.reason ?? '',
    ])
  const head = [
    'review',
    'person',
    'personId',
    'role',
    'duty',
    'until',
    'verdict',
    'reviewer',
    'reviewerId',
    'decidedAt',
    'reason',
  ]
  return csvOf([
    ['campaign', campaign.id, campaign.name, campaign.openedAt.toISOString(), campaign.dueAt.toISOString()],
    head,
    ...lines,
  ])
}
/** The text whose digest the ledger holds, and no other. @throws Refusal lifecycle.report_differs */
export async function report(tx: ReadTx, deps: LifecycleDeps, actor: PersonActor, id: string) {
  const campaign = await visible(tx, deps, actor, id)
  if (!campaign.closedAt || !campaign.reportSm3) throw new Refusal('lifecycle.campaign_open')
  // Of campaigns that closed before it was kept it is made again: the same text as long as nobody was renamed.
  const csv = (await findReport(tx, id)) ?? (await reportOf(tx, deps, campaign, await listReviews(tx, id)))
  if (digestOf(csv) !== campaign.reportSm3) throw new Refusal('lifecycle.report_differs', { sm3: campaign.reportSm3 })
  return { name: `recertification-${beijingDay(campaign.openedAt)}.csv`, csv, sm3: campaign.reportSm3 }
}

/** What time asks of a campaign: to tell who is late, and at its end to take what nobody confirmed. Answers the events. */
export async function drive(on: { tx: Tx; deps: LifecycleDeps }, id: string): Promise<DomainEvent[]> {
  const { tx, deps } = on
  const campaign = await lockCampaign(tx, id)
  if (!campaign || campaign.closedAt !== null) return []
  const at = deps.clock.now()
  const waiting = (await listReviews(tx, id)).filter((one) => one.verdict === null)
  if (at < campaign.dueAt) {
    const days = reminderDue(campaign, at)
    if (days === undefined) return []
    await noteTold(tx, id, days)
    const asked = new Map<string, number>()
    for (const reviewer of waiting.flatMap((one) => one.reviewerIds)) asked.set(reviewer, (asked.get(reviewer) ?? 0) + 1)
    await tellReviewers(on, campaign, 'recertification.due', asked)
    return []
  }
  const events: DomainEvent[] = []
  const people = await listPeople(tx, campaign.tenantId, at)
  const standing = standingOf(people, at)
  const live = new Set(people.flatMap((one) => one.bindings.map(({ id: bindingId }) => bindingId)))
  for (const review of waiting) {
    await saveVerdict(tx, review.id, { verdict: 'undecided', reason: null, by: null, at })
    const { personId, bindingId, role } = review
    // Unknown means no; but the last of the three, held back, could be given back by nobody: that one is told upwards.
    const suspended = live.has(bindingId) && !standing.isLast(personId, role)
    events.push(campaignEvent(campaign, 'recertification.undecided', { bindingId, personId, role, suspended }))
    if (!suspended) continue
    const own = { tx, deps, tenantId: campaign.tenantId, at }
    events.push(...(await takeRole(own, standing, { personId, bindingId, role, rule: 'recertification' })))
  }
  const above = waiting.length > 0 ? await deps.holders(tx, { role: 'GMU', duty: null, party: 'management-unit' }) : []
  const overseers = [...(await reinstating(tx, deps, campaign.tenantId)), ...above.map((one) => one.personId)]
  await tellReviewers(on, campaign, 'recertification.ended', new Map(overseers.map((id) => [id, waiting.length])))
  return [...events, ...(await closeIfDone(on, campaign, at))]
}
/** The half-yearly default: what nobody opened. Answers the events. */
export async function openScheduled(on: { tx: Tx; deps: LifecycleDeps }, tenantId: string): Promise<DomainEvent[]> {
  const now = on.deps.clock.now()
  const scope: Scope = {
    name: `半年度权限复核 / Half-yearly review ${beijingDay(now)}`,
    dueAt: new Date(now.getTime() + scheduledDays * dayMs),
    roles: [],
    departmentIds: [],
    systemIds: [],
  }
  return (await begin(on, tenantId, null, scope)).events
}
