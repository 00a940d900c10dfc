import { Buffer } from 'node:buffer'
import type { ContentPort } from '@huabiao/domains/change/change.module'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { notFound } from '@huabiao/kit/errors/errors'
import { handle, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './transfer.contract.ts'
import { partsOf, uploadPath } from './transfer.model.ts'
import type { TransferDeps } from './transfer.ports.ts'
import { acceptUpload, openTransfer, type Reach, takePart, toTransferView } from './transfer.service.ts'
import { findTransfer, listAccepted, listTransferRows, lockTransfer, type TransferRow } from './transfer.store.ts'
import { gatewayRoutes } from './transfer-gateway.service.ts'
import { placesOf } from './transfer-place.service.ts'
import { ticketRoutes } from './transfer-ticket-routes.service.ts'

export { sweepTransfers } from './transfer.jobs.ts'
export type { ContentsOfChange, TransferDeps } from './transfer.ports.ts'

export function transferModule(deps: TransferDeps) {
  /** Somebody's own upload by the console; of others' they learn nothing. */
  const own =
    (actor: PersonActor, id: string): Reach =>
    async (tx) => {
      const row = await lockTransfer(tx, id)
      if (row.personId !== actor.personId || row.channel !== 'console') throw notFound('transfer')
      return row
    }
  const page = (rows: readonly TransferRow[], limit: number) => ({
    view: { items: rows.map(toTransferView), next: rows.length === limit ? rows.at(-1)!.id : null },
  })
  const routes: Route[] = [
    look(contract.listTransfers, async (tx, _actor, { query }) => page(await listTransferRows(tx, query), query.limit)),
    look(contract.listQuarantine, async (tx, _actor, { query }) =>
      page(await listTransferRows(tx, { ...query, state: 'quarantined' }), query.limit),
    ),
    look(contract.getTransfer, async (tx, _actor, { params }) => {
      const row = await findTransfer(tx, params.transferId)
      if (!row) throw notFound('transfer')
      return { view: toTransferView(row) }
    }),
    look(contract.listPlaces, async (tx, actor) => ({ view: { items: await placesOf(tx, deps, actor) } })),
    look(contract.listContents, async (tx, actor, { params }) => {
      const found = await deps.changes.contents(tx, actor, { id: params.changeId })
      if (!found) throw notFound('change')
      const items = found.slots.map((slot) => ({
        ...slot,
        place: uploadPath({ changeNo: found.change.no, slot: slot.slot, name: slot.name }),
      }))
      return { view: { refusal: found.refusal ?? null, items } }
    }),
    handle(contract.openTransfer, (tx, actor, { body }) => openTransfer(tx, deps, actor, body)),
    handle(contract.sendPart, async (tx, actor, { params, body }) => {
      await takePart(tx, own(actor, params.transferId), body.index, Buffer.from(body.data, 'base64'))
      return { view: {}, unchanged: true }
    }),
    handleStaged(contract.finishUpload, async (stages, { params }) => {
      await acceptUpload(stages, deps, own(stages.actor, params.transferId))
      const row = await stages.read((tx) => findTransfer(tx, params.transferId))
      if (!row) throw notFound('transfer')
      return { view: toTransferView(row), unchanged: true }
    }),
    ...ticketRoutes(deps),
    ...gatewayRoutes(deps),
  ]
  const contents: ContentPort = {
    held: async (tx, changeId) =>
      new Map(
        (await listAccepted(tx, changeId)).map(({ sha256, transferId, bytes }) => [
          sha256,
          { transferId, bytes, parts: partsOf(bytes) },
        ]),
      ),
  }
  return { routes, contents, deps }
}
