import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import type { AccessDeps } from './access.ports.ts'
import { type DueItem, endRequest, findBinding, listDue, lockRequest, noteAnnounced } from './access.store.ts'
import { announceDays } from './access-request.model.ts'
import { tell } from './access-request.service.ts'

export interface AccessJobs {
  readonly db: Database
  readonly deps: AccessDeps
  record(tx: Tx, events: readonly DomainEvent[]): Promise<void>
}

/** What time itself does to permissions: undecided requests fall, ends are announced, and are said to have come. Answers how much there was. */
export async function sweepPermissions(jobs: AccessJobs, onError: (id: string, error: unknown) => void): Promise<number> {
  const at = jobs.deps.clock.now()
  const due = await jobs.db.read({ kind: 'nobody' }, (tx) => listDue(tx, at, announceDays))
  for (const item of due) {
    try {
      await jobs.db.transact({ kind: 'tenant', tenantId: item.tenantId }, async (tx) => {
        const events = await carryOut[item.what](tx, jobs.deps, item.id, at)
        if (events.length > 0) await jobs.record(tx, events)
      })
    } catch (error) {
      onError(item.id, error)
    }
  }
  return due.length
}

type Act = (tx: Tx, deps: AccessDeps, id: string, at: Date) => Promise<DomainEvent[]>
const carryOut: Readonly<Record<DueItem['what'], Act>> = {
  expire: async (tx, deps, id, at) => {
    const request = await lockRequest(tx, id)
    if (request?.state !== 'open' || at < request.expiresAt) return []
    await deps.approval.voidAll(tx, 'permission-request', id, 'expired', at)
    await endRequest(tx, id, 'expired', at)
    const { tenantId, personId, role } = request
    const object = `permission-request/${id}`
    await tell(tx, deps, { object, tenantId, role }, [personId], 'expired')
    return [{ type: 'permission.expired', object, tenantId, personId, role }]
  },
  end: async (tx, deps, id, at) => {
    const request = await lockRequest(tx, id)
    const binding = request?.bindingId ? await findBinding(tx, request.bindingId) : undefined
    if (request?.state !== 'granted' || !binding) return []
    const reason = binding.revokedAt ? 'revoked' : 'term'
    if (reason === 'term' && at < binding.notAfter) return []
    await endRequest(tx, id, 'ended', at)
    const { tenantId, personId, role } = request
    const object = `permission-request/${id}`
    await tell(tx, deps, { object, tenantId, role }, [personId], 'ended')
    return [{ type: 'permission.ended', object, tenantId, personId, role, bindingId: binding.id, reason }]
  },
  announce: async (tx, deps, id, at) => {
    const binding = await findBinding(tx, id)
    if (!binding || binding.revokedAt || at >= binding.notAfter) return []
    const left = (binding.notAfter.getTime() - at.getTime()) / 86_400_000
    await noteAnnounced(tx, id, left <= announceDays[1] ? announceDays[1] : announceDays[0])
    const { tenantId, personId, role, requestId } = binding
    const object = requestId ? `permission-request/${requestId}` : `role-binding/${id}`
    await tell(tx, deps, { object, tenantId, role }, [personId], 'expiring')
    // A reminder changes nothing that anybody else could ask about.
    return []
  },
}
