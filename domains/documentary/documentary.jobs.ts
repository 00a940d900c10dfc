import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { obligationCall } from './documentary.model.ts'
import type { DocumentaryDeps } from './documentary.ports.ts'
import { caseEvent, management, tell } from './documentary.service.ts'
import { listDueObligations, listObligations, lockCase, markCalled } from './documentary.store.ts'

export interface DocumentaryJobs {
  readonly db: Database
  readonly deps: DocumentaryDeps
  record(tx: Tx, events: readonly DomainEvent[]): Promise<void>
}
/** Reminds of obligations a week before, and tells the management unit too when one passes. Each in a transaction of its own. */
export async function sweepObligations(
  jobs: DocumentaryJobs,
  onError: (caseId: string, error: unknown) => void,
): Promise<number> {
  const { db, deps } = jobs
  const now = deps.clock.now()
  const due = await db.read({ kind: 'nobody' }, (tx) => listDueObligations(tx, now, 500))
  let called = 0
  for (const { tenantId, caseId, id } of due) {
    try {
      await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
        const row = await lockCase(tx, caseId)
        const obligation = (await listObligations(tx, [caseId])).find((one) => one.id === id)
        const call = obligation && obligationCall(obligation, now)
        if (!call) return
        await markCalled(tx, id, call, now)
        const own = await deps.holders(tx, { role: 'CHM', duty: null, tenantId })
        await tell({ tx, deps, row }, `documentary.${call}`, [...own, ...(call === 'overdue' ? await management(deps, tx) : [])])
        const { kind, title, dueAt } = obligation
        const type = call === 'remind' ? 'documentary.reminded' : 'documentary.overdue'
        await jobs.record(tx, [caseEvent(row, type, { obligationId: id, kind, title, dueAt: dueAt.toISOString() })])
        called += 1
      })
    } catch (error) {
      onError(caseId, error)
    }
  }
  return called
}
