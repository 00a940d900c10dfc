import { Buffer } from 'node:buffer'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { handle, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import type { TransferDeps } from './transfer.ports.ts'
import { endTransfer, toTransferView } from './transfer.service.ts'
import { findPart, findTransfer, lockTransfer } from './transfer.store.ts'
import * as contract from './transfer-ticket.contract.ts'
import { contentOf, decideTicket, fetchTicket, requestTicket, toTicketViews, withdrawTicket } from './transfer-ticket.service.ts'
import { findTicket, listTicketRows } from './transfer-ticket.store.ts'

/** Tickets, and downloads by the console. */
export function ticketRoutes(deps: TransferDeps): Route[] {
  const one = async (tx: ReadTx, actor: PersonActor, id: string) => {
    const row = await findTicket(tx, id)
    if (!row) throw new Refusal('transfer.ticket_not_found')
    return (await toTicketViews(tx, deps, actor, [row]))[0]!
  }
  const own = async (tx: ReadTx, actor: PersonActor, id: string) => {
    const row = await findTransfer(tx, id)
    if (row?.personId !== actor.personId || row.channel !== 'console') throw notFound('transfer')
    return row
  }
  return [
    look(contract.listTickets, async (tx, actor, { query }) => {
      const rows = await listTicketRows(tx, query)
      const items = await toTicketViews(tx, deps, actor, rows)
      return { view: { items, next: rows.length === query.limit ? rows.at(-1)!.id : null } }
    }),
    look(contract.getTicket, async (tx, actor, { params }) => ({ view: await one(tx, actor, params.ticketId) })),
    handle(contract.requestTicket, async (tx, actor, { body }) => {
      const { id, events } = await requestTicket(tx, deps, actor, body)
      return { view: await one(tx, actor, id), events }
    }),
    handle(contract.decideTicket, async (tx, actor, { params, body }) => {
      const events = await decideTicket(tx, deps, actor, { id: params.ticketId, ...body })
      return { view: await one(tx, actor, params.ticketId), events }
    }),
    handle(contract.withdrawTicket, async (tx, actor, { params }) => {
      const events = await withdrawTicket(tx, deps, actor, params.ticketId)
      return { view: await one(tx, actor, params.ticketId), events }
    }),
    handleStaged(contract.fetchTicket, async (stages, { params }) => {
      await fetchTicket(stages, deps, params.ticketId)
      return { view: await stages.read((tx) => one(tx, stages.actor, params.ticketId)), unchanged: true }
    }),
    handleStaged(contract.receivePart, async (stages, { params, body }) => {
      const { tenantId, sha256 } = await stages.read(async (tx) => {
        const content = await contentOf(tx, await own(tx, stages.actor, params.transferId))
        const part = await findPart(tx, content.id, body.index)
        if (!part) throw notFound('transfer')
        return { tenantId: content.tenantId, sha256: part.sha256 }
      })
      const bytes = await deps.evidence.read({ tenantId, sha256 })
      return { view: { data: Buffer.from(bytes).toString('base64') }, unchanged: true }
    }),
    handle(contract.finishDownload, async (tx, actor, { params }) => {
      await own(tx, actor, params.transferId)
      const row = await lockTransfer(tx, params.transferId)
      const { bytes, sm3, sha256 } = await contentOf(tx, row)
      const events = await endTransfer(tx, deps, row, { act: 'deliver', bytes, sm3, sha256 })
      return { view: toTransferView((await findTransfer(tx, row.id))!), events }
    }),
  ]
}
