import { Buffer } from 'node:buffer'
import type { ServiceActor } from '@huabiao/kit/actor/actor'
import { enterTenant } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { handle, handleStaged, type Route, type Stages } from '@huabiao/kit/http/route'
import type { TransferDeps } from './transfer.ports.ts'
import { acceptUpload, endTransfer, type Reach, takePart, transferEvent } from './transfer.service.ts'
import { findPart, findTransfer, lockForGateway, stepTransfer } from './transfer.store.ts'
import * as gate from './transfer-gateway.contract.ts'
import { contentOf } from './transfer-ticket.service.ts'
import { findTicket } from './transfer-ticket.store.ts'

/** Reports of gateways. Each is safe to repeat; a gateway reaches only transfers that came through it. */
export function gatewayRoutes(deps: TransferDeps): Route[] {
  const through =
    (id: string, gatewayId: string): Reach =>
    (tx) =>
      lockForGateway(tx, id, gatewayId)
  /** The session that fetched for a ticket has done what it was opened for. */
  const endFetch = (stages: Stages<ServiceActor>, reach: Reach): Promise<void> =>
    stages.transact(async (tx) => {
      const row = await reach(tx)
      const ticket = row.channel === 'fetch' && row.ticketId ? await findTicket(tx, row.ticketId) : undefined
      const events = ticket?.sessionId ? await deps.fetches.close(tx, ticket.sessionId, 'fetched') : []
      return events.length > 0 ? { view: undefined, events } : { view: undefined, unchanged: true }
    })
  return [
    handle(gate.putPart, async (tx, actor, { params, body }) => {
      await takePart(tx, through(params.transferId, actor.serviceId), body.index, Buffer.from(body.data, 'base64'))
      // The whole is one record when it ends.
      return { view: {}, unchanged: true }
    }),
    handleStaged(gate.transferEnded, async (stages, { params, body }) => {
      const reach = through(params.transferId, stages.actor.serviceId)
      if (body.outcome === 'complete') {
        const view = await acceptUpload(stages, deps, reach)
        await endFetch(stages, reach)
        return { view, unchanged: true }
      }
      const { bytes, sm3, sha256 } = body
      const came = { bytes, sm3, sha256 }
      await stages.transact(async (tx) => {
        const row = await reach(tx)
        const events =
          body.outcome === 'delivered'
            ? row.direction === 'out'
              ? await endTransfer(tx, deps, row, { act: 'deliver', ...came })
              : []
            : await endTransfer(tx, deps, row, { act: endOf(body), ...came, refusal: body.code })
        return events.length > 0 ? { view: undefined, events } : { view: undefined, unchanged: true }
      })
      await endFetch(stages, reach)
      return { view: { refusal: body.outcome === 'refused' ? body.code : null }, unchanged: true }
    }),
    handle(gate.transferPurged, async (tx, actor, { params }) => {
      const row = await lockForGateway(tx, params.transferId, actor.serviceId)
      if (!(await stepTransfer(tx, row, 'purge', {}))) return { view: {}, unchanged: true }
      const { bytes, sm3, sha256 } = row
      return { view: {}, events: [transferEvent(row, 'transfer.purged', { bytes, sm3, sha256 })] }
    }),
    handleStaged(gate.readPart, async (stages, { params, body }) => {
      const { tenantId, part } = await stages.transact(async (tx) => {
        if (body.grantId === null) {
          const download = await lockForGateway(tx, params.transferId, stages.actor.serviceId)
          const content = await contentOf(tx, download)
          const part = await findPart(tx, content.id, body.index)
          if (!part) throw new Refusal('transfer.not_found')
          return { view: { tenantId: content.tenantId, part }, unchanged: true }
        }
        const grant = await deps.sessions.liveGrant(tx, body.grantId, stages.actor.serviceId)
        await enterTenant(tx, grant.tenantId)
        const row = await findTransfer(tx, params.transferId)
        // Only what was accepted for the change whose step is granted.
        if (row?.state !== 'accepted' || row.changeId !== grant.changeId) throw notFound('transfer')
        const found = await findPart(tx, row.id, body.index)
        if (!found) throw new Refusal('transfer.not_found')
        return { view: { tenantId: row.tenantId, part: found }, unchanged: true }
      })
      const bytes = await deps.evidence.read({ tenantId, sha256: part.sha256 })
      return { view: { data: Buffer.from(bytes).toString('base64') }, unchanged: true }
    }),
  ]
}

/** Kept is quarantined; a break on the way is a failure of nobody; the rest is refused. */
const endOf = (body: { code: string; kept: boolean }): 'quarantine' | 'fail' | 'refuse' =>
  body.kept ? 'quarantine' : body.code === 'transfer.interrupted' ? 'fail' : 'refuse'
