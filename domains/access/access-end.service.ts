import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Tx } from '@huabiao/kit/db/db'
import type { AccessDeps } from './access.ports.ts'
import { endBindings, endRequest, findBinding, openRequestsOf, revokeBinding, suspendBinding } from './access.store.ts'
import { tell } from './access-request.service.ts'

/** Somebody leaves their post: what they hold ends now, and what they asked for is asked no more (S14). Answers the events to record. */
export async function endRoles(
  tx: Tx,
  deps: AccessDeps,
  of: { tenantId: string; personId: string; by: string | null; at: Date; reason: string },
): Promise<DomainEvent[]> {
  const { tenantId, personId, at, reason } = of
  const events: DomainEvent[] = []
  for (const { id, role, duty } of await endBindings(tx, personId, of.by, at))
    events.push({ type: 'role.revoked', object: `role-binding/${id}`, tenantId, personId, role, duty, reason })
  for (const id of await openRequestsOf(tx, personId)) {
    await deps.approval.voidAll(tx, 'permission-request', id, reason, at)
    await endRequest(tx, id, 'withdrawn', at)
    events.push({ type: 'permission.withdrawn', object: `permission-request/${id}`, tenantId, personId, reason })
  }
  return events
}

/** A rule holds one role back, or gives it back; answers nothing where that was so already. The person is told. */
export async function holdByRule(
  tx: Tx,
  deps: AccessDeps,
  of: { bindingId: string; by: string | null; at: Date; reason: string },
  held: boolean,
): Promise<DomainEvent[]> {
  const binding = await findBinding(tx, of.bindingId)
  if (!binding || !(await suspendBinding(tx, of.bindingId, held ? of.by : null, held ? of.at : null))) return []
  const { personId, role, tenantId, requestId } = binding
  const object = requestId ? `permission-request/${requestId}` : `role-binding/${of.bindingId}`
  await tell(tx, deps, { object, tenantId, role }, [personId], held ? 'suspended' : 'resumed')
  const event = { object: `role-binding/${of.bindingId}`, tenantId, personId, role, reason: of.reason }
  return [held ? { type: 'role.suspended', ...event } : { type: 'role.resumed', ...event }]
}

/** One role ends for ever; answers nothing where it had ended already. */
export async function endRole(
  tx: Tx,
  of: { bindingId: string; by: string | null; at: Date; reason: string },
): Promise<DomainEvent[]> {
  const binding = await findBinding(tx, of.bindingId)
  if (!binding || !(await revokeBinding(tx, of.bindingId, of.by, of.at))) return []
  const { personId, role, tenantId } = binding
  return [{ type: 'role.revoked', object: `role-binding/${of.bindingId}`, tenantId, personId, role, reason: of.reason }]
}
