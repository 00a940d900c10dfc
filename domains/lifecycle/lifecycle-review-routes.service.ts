import { handle, look, type Route } from '@huabiao/kit/http/route'
import type { LifecycleDeps } from './lifecycle.ports.ts'
import { accessRows, exportRows } from './lifecycle-access.service.ts'
import * as contract from './lifecycle-review.contract.ts'
import { decide, open, report, toCampaign, view } from './lifecycle-review.service.ts'
import { listCampaignRows } from './lifecycle-review.store.ts'

export const reviewRoutes = (deps: LifecycleDeps): Route[] => [
  look(contract.listCampaigns, async (tx, actor, { query }) => {
    const seesAll = await deps.isAllowed(tx, actor, 'lifecycle:oversee')
    const rows = await listCampaignRows(tx, { ...query, personId: actor.personId, seesAll })
    const names = await deps.names(tx, [...new Set(rows.flatMap((row) => row.openedBy ?? []))])
    const items = rows.map((row) => toCampaign(row, names))
    return { view: { items, next: rows.length === query.limit ? rows.at(-1)!.id : null } }
  }),
  look(contract.getCampaign, async (tx, actor, { params }) => ({ view: await view(tx, deps, actor, params.campaignId) })),
  handle(contract.openCampaign, (tx, actor, { body }) => open({ tx, deps, actor }, { ...body, dueAt: new Date(body.dueAt) })),
  handle(contract.decideReviews, (tx, actor, { params, body }) => decide({ tx, deps, actor }, params.campaignId, body)),
  look(contract.getCampaignReport, async (tx, actor, { params }) => ({ view: await report(tx, deps, actor, params.campaignId) })),
  look(contract.getAccessReview, async (tx, actor, { query }) => ({ view: await accessRows(tx, deps, actor.tenantId, query) })),
  handle(contract.exportAccessReview, (tx, actor, { body }) => exportRows(tx, deps, actor, body)),
]
