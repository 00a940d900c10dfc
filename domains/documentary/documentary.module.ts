import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Tx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import { handle, handleRaw, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './documentary.contract.ts'
import type { DocumentaryDeps } from './documentary.ports.ts'
import * as life from './documentary.service.ts'
import { findCase, listCases, listDocuments } from './documentary.store.ts'
import { toDetail, toSummaries } from './documentary-view.service.ts'

export { sweepObligations } from './documentary.jobs.ts'

interface Input<B> {
  readonly params: { readonly documentaryId: string }
  readonly body: B
}
export function documentaryModule(deps: DocumentaryDeps) {
  /** An act: its own work, then the whole case as the same person sees it now. */
  const act =
    <B>(work: (asked: life.Asked, id: string, body: B) => Promise<DomainEvent[]>) =>
    async (tx: Tx, actor: PersonActor, { params, body }: Input<B>) => {
      const events = await work({ tx, deps, actor }, params.documentaryId, body)
      return { view: await toDetail(tx, deps, actor, params.documentaryId), events }
    }
  const noted = (work: (asked: life.Asked, id: string, note: string) => Promise<DomainEvent[]>) =>
    act((asked, id, { note }: { note: string }) => work(asked, id, note))
  const routes: Route[] = [
    look(contract.listDocumentary, async (tx, _actor, { query }) => {
      const rows = await listCases(tx, query)
      return { view: { items: await toSummaries(tx, deps, rows), next: rows.length === query.limit ? rows.at(-1)!.id : null } }
    }),
    look(contract.getDocumentary, async (tx, actor, { params }) => ({
      view: await toDetail(tx, deps, actor, params.documentaryId),
    })),
    handle(contract.draftDocumentary, async (tx, actor, { body }) => {
      const { id, events } = await life.draft({ tx, deps, actor }, body)
      return { view: await toDetail(tx, deps, actor, id), events }
    }),
    handle(
      contract.saveDocumentary,
      act((asked, id, body: contract.DocumentaryBody) => life.save(asked, id, body)),
    ),
    handleStaged(contract.addDocument, async (stages, { params, body }) => {
      await life.addDocument(stages, deps, params.documentaryId, body)
      return { view: await stages.read((tx) => toDetail(tx, deps, stages.actor, params.documentaryId)), unchanged: true }
    }),
    handleRaw(contract.readDocument, async (_request, reply, stages, input) => {
      const { documentaryId, documentId } = input.params as { documentaryId: string; documentId: string }
      const found = await stages.read(async (tx) => {
        const row = await findCase(tx, documentaryId)
        const document = row && (await listDocuments(tx, documentaryId)).find((one) => one.id === documentId)
        return row && document ? { row, document } : undefined
      })
      if (!found) throw notFound('documentary')
      const bytes = await deps.evidence.read({ tenantId: found.row.tenantId, sha256: found.document.sha256 })
      return reply
        .type(found.document.type)
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(found.document.name)}`)
        .send(Buffer.from(bytes))
    }),
    handle(contract.reviewDocumentary, noted(life.review)),
    handle(
      contract.signDocumentary,
      act((asked, id, body: { hash: string; note: string }) => life.sign(asked, id, body)),
    ),
    handle(contract.takeUpDocumentary, noted(life.takeUp)),
    handle(
      contract.decideDocumentary,
      act((asked, id, body: life.DocumentaryDecision) => life.decide(asked, id, body)),
    ),
    handle(contract.effectDocumentary, noted(life.effect)),
    handle(contract.fileDocumentary, noted(life.file)),
    handle(
      contract.settleObligation,
      act((asked, id, body: { obligationId: string; note: string }) => life.settle(asked, id, body)),
    ),
    handle(contract.closeDocumentary, noted(life.close)),
  ]
  return { routes, deps }
}
