import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { openMaxMs } from './transfer.model.ts'
import type { TransferDeps } from './transfer.ports.ts'
import { endTransfer, transferEvent } from './transfer.service.ts'
import { dropData, listDue, lockTransfer, stepTransfer, type TransferRow } from './transfer.store.ts'
import { findTicket } from './transfer-ticket.store.ts'

/** The session that was opened for a fetch, where nobody else has ended it. */
async function endFetch(tx: Tx, deps: TransferDeps, row: TransferRow): Promise<DomainEvent[]> {
  const ticket = row.channel === 'fetch' && row.ticketId ? await findTicket(tx, row.ticketId) : undefined
  return ticket?.sessionId ? deps.fetches.close(tx, ticket.sessionId, 'transfer.interrupted') : []
}

/** What never ended has ended by now; what was kept of an upload by the console has been kept long enough. Gateways see to their own. */
export async function sweepTransfers(
  deps: TransferDeps,
  db: Database,
  record: (tx: Tx, events: readonly DomainEvent[]) => Promise<void>,
): Promise<number> {
  const now = deps.clock.now()
  const openedBefore = new Date(now.getTime() - openMaxMs)
  const due = await db.read({ kind: 'nobody' }, (tx) => listDue(tx, now, openedBefore))
  for (const { id, tenantId } of due)
    await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
      const row = await lockTransfer(tx, id)
      const events =
        row.state === 'open'
          ? [
              ...(await endTransfer(tx, deps, row, { act: 'fail', refusal: 'transfer.interrupted' })),
              ...(await endFetch(tx, deps, row)),
            ]
          : (await stepTransfer(tx, row, 'purge', {}))
            ? [transferEvent(row, 'transfer.purged', { bytes: row.bytes, sm3: row.sm3, sha256: row.sha256 })]
            : []
      await dropData(tx, id)
      if (events.length > 0) await record(tx, events)
    })
  return due.length
}
