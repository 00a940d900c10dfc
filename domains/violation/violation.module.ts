import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Tx } from '@huabiao/kit/db/db'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './violation.contract.ts'
import type { ViolationDeps } from './violation.ports.ts'
import { answer, appeal, decide, review, type Standing, standingOf, toDetail, toView, visibleCase } from './violation.service.ts'
import { listCases, listDeadlines, listFigures } from './violation.store.ts'
import { targetLogRoutes } from './violation-log.service.ts'
import { type Finding, raise } from './violation-raise.service.ts'

export { sweepLedger, sweepViolationDeadlines } from './violation.jobs.ts'
export type { ViolationDeps } from './violation.ports.ts'
export type { Place } from './violation-account.model.ts'
export { sweepGaps } from './violation-gap.jobs.ts'
export type { Finding } from './violation-raise.service.ts'

/** What one look for open cases goes through at most. */
const openMost = 300
const dayMs = 86_400_000

const seesOf = ({ asker, oversees, seatsOf }: Standing) =>
  oversees
    ? ('all' as const)
    : {
        personId: asker.personId,
        units: seatsOf(asker.tenantId).supervisors.includes(asker.personId) ? [asker.tenantId] : [],
      }

export function violationModule(deps: ViolationDeps) {
  const doing = (tx: Tx, actor: PersonActor, id: string) => ({ tx, deps, actor, id })
  const routes: Route[] = [
    look(contract.listViolations, async (tx, actor, { query }) => {
      const on = await standingOf(tx, deps, actor)
      const { show, ...filter } = query
      const acting = show === 'act'
      const rows = await listCases(tx, {
        ...filter,
        open: acting || show === 'open',
        concerns: show === 'mine' ? actor.personId : undefined,
        sees: seesOf(on),
        limit: acting ? openMost : query.limit,
      })
      const deadlines = await listDeadlines(
        tx,
        rows.map((row) => row.id),
      )
      const views = rows.map((row) => toView(row, on, deadlines))
      const items = acting ? views.filter((view) => Object.values(view.acts).includes(null)).slice(0, query.limit) : views
      const full = acting ? items.length === query.limit : rows.length === query.limit
      return { view: { items, next: full ? items.at(-1)!.id : null } }
    }),
    look(contract.getViolation, async (tx, actor, { params }) => {
      const on = await standingOf(tx, deps, actor)
      return { view: await toDetail(tx, deps, await visibleCase(tx, on, params.violationId), on) }
    }),
    look(contract.getViolationFigures, async (tx, _actor, { query }) => {
      const since = new Date(deps.clock.now().getTime() - query.months * 31 * dayMs)
      return { view: { rows: await listFigures(tx, since) } }
    }),
    handle(contract.answerViolation, (tx, actor, { params, body }) => answer(doing(tx, actor, params.violationId), body.text)),
    handle(contract.decideViolation, (tx, actor, { params, body }) =>
      decide(doing(tx, actor, params.violationId), body.verdict, body.reason),
    ),
    handle(contract.appealViolation, (tx, actor, { params, body }) => appeal(doing(tx, actor, params.violationId), body.reason)),
    handle(contract.reviewViolation, (tx, actor, { params, body }) =>
      review(doing(tx, actor, params.violationId), body.verdict, body.reason),
    ),
    ...targetLogRoutes(deps),
  ]
  return {
    routes,
    deps,
    /** For domains that find a violation themselves, such as an overdue filing: answers the events to record with their own. */
    raise: (tx: Tx, found: Finding): Promise<DomainEvent[]> => raise(tx, deps, found),
  }
}
