import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './template.contract.ts'
import type { TemplateBody } from './template.model.ts'
import type { TemplateDeps } from './template.ports.ts'
import * as life from './template.service.ts'
import { findModel, listModels } from './template.store.ts'
import { authorityOf, use } from './template-use.service.ts'
import { standingView, toDetail, toSummaries } from './template-view.service.ts'

export function templateModule(deps: TemplateDeps) {
  /** An act: its own work, then the whole model as the same person sees it now. */
  const act =
    <B>(work: (asked: life.Asked, id: string, body: B) => Promise<{ events: DomainEvent[] }>) =>
    async (tx: Tx, actor: PersonActor, input: { params: { templateId: string }; body: B }) => {
      const { events } = await work({ tx, deps, actor }, input.params.templateId, input.body)
      return { view: await toDetail(tx, deps, actor, input.params.templateId), events }
    }
  const routes: Route[] = [
    look(contract.listTemplates, async (tx, _actor, { query }) => {
      const rows = await listModels(tx, query)
      return { view: { items: await toSummaries(tx, deps, rows), next: rows.length === query.limit ? rows.at(-1)!.id : null } }
    }),
    look(contract.getTemplate, async (tx, actor, { params }) => ({ view: await toDetail(tx, deps, actor, params.templateId) })),
    handle(contract.draftTemplate, async (tx, actor, { body }) => {
      const { id, events } = await life.draft(tx, deps, actor, body.body)
      return { view: await toDetail(tx, deps, actor, id), events }
    }),
    handle(
      contract.saveTemplate,
      act((asked, id, { body }: { body: TemplateBody }) => life.save(asked, { id, body })),
    ),
    handle(
      contract.submitTemplate,
      act((asked, id) => life.submit(asked, id)),
    ),
    handle(
      contract.testTemplate,
      act((asked, id, body: life.TemplateTest) => life.recordTest(asked, { ...body, id })),
    ),
    handle(
      contract.decideTemplate,
      act((asked, id, body: life.TemplateDecision) => life.decide(asked, { ...body, id })),
    ),
    handle(
      contract.reviseTemplate,
      act((asked, id) => life.revise(asked, id)),
    ),
    handle(
      contract.retireTemplate,
      act((asked, id, { reason }: { reason: string }) => life.retire(asked, { id, reason })),
    ),
    look(contract.listTemplateCandidates, async (tx, actor, { params }) => {
      const model = await findModel(tx, params.templateId)
      if (!model || model.tenantId !== actor.tenantId) throw notFound('template')
      const { executors, reviewers } = await deps.changes.candidates(tx, model)
      const toRef = (person: { personId: string; name: string }) => ({ id: person.personId, name: person.name })
      return { view: { executors: executors.map(toRef), reviewers: reviewers.map(toRef) } }
    }),
    handle(contract.useTemplate, async (tx, actor, { params, body }) => {
      const { changeId, no, standing, events } = await use(tx, deps, actor, { ...body, ...params })
      return { view: { changeId, no, standing: standingView(standing, null) }, events }
    }),
  ]
  return {
    routes,
    /** What a published model says for a change, or undefined where the change is of none. */
    authority: (tx: ReadTx, change: { id: string; state: string }) => authorityOf(tx, deps, change),
  }
}
