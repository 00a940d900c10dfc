import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Tx } from '@huabiao/kit/db/db'
import { syncEveryMs } from './federation.model.ts'
import type { FederationDeps } from './federation.ports.ts'
import * as store from './federation.store.ts'
import { syncDirectory } from './federation-sync.service.ts'

/** Reads each directory whose turn it is. Answers how many were read. */
export async function sweepSources(
  deps: FederationDeps,
  record: (tx: Tx, events: readonly DomainEvent[]) => Promise<void>,
  failed: (sourceId: string, error: unknown) => void,
): Promise<number> {
  const due = await deps.db.read({ kind: 'nobody' }, (tx) =>
    store.listDueSources(tx, new Date(deps.clock.now().getTime() - syncEveryMs)),
  )
  for (const { id, tenantId } of due) {
    const scope = { kind: 'tenant', tenantId } as const
    try {
      const source = await deps.db.read(scope, (tx) => store.findSource(tx, id))
      if (!source) continue
      await syncDirectory(deps, source, (work) =>
        deps.db.transact(scope, async (tx) => {
          const outcome = await work(tx)
          if (outcome.events?.length) await record(tx, outcome.events)
          return outcome.view
        }),
      )
    } catch (error) {
      failed(id, error)
    }
  }
  return due.length
}
