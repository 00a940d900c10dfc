import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { verdictOf } from './reconcile.model.ts'
import { findTerminal, findVerdict, findWord, forgetProcesses, insertVerdict, listDue, toldOf } from './reconcile.store.ts'

const dayMs = 86_400_000
/** Older terminals than this are not looked for: they were judged, or the product was not there. */
const backMs = 30 * dayMs

/**
 * Judges terminals that have ended, once the target's word is in or has not come in time, and again where more of it comes later. Each verdict
 * that is another than before stands in the ledger.
 */
export async function judgeTerminals(
  of: { readonly clock: Clock; readonly db: Database },
  record: (tx: Tx, events: readonly DomainEvent[]) => Promise<void>,
): Promise<void> {
  const { db, clock } = of
  const now = clock.now()
  const due = await db.read({ kind: 'nobody' }, (tx) => listDue(tx, new Date(now.getTime() - backMs)))
  for (const { sessionId, tenantId } of due)
    await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
      const session = await findTerminal(tx, sessionId)
      if (!session?.closedAt) return
      const told = await toldOf(tx, sessionId)
      const word = await findWord(tx, sessionId)
      const verdict = verdictOf(told, { ...word, closedAt: session.closedAt }, now)
      if (!verdict) return
      const before = await findVerdict(tx, sessionId)
      await insertVerdict(tx, session, { ...told, verdict, at: now })
      if (before?.verdict === verdict) return
      await record(tx, [{ type: 'session.reconciled', object: `session/${sessionId}`, tenantId, sessionId, verdict, ...told }])
    })
  await db.transact({ kind: 'nobody' }, (tx) => forgetProcesses(tx, new Date(now.getTime() - dayMs)))
}
