import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Tx } from '@huabiao/kit/db/db'
import type { SessionDeps } from './session.ports.ts'
import { closeSession } from './session.service.ts'
import { lockSession, openSessionsOf } from './session.store.ts'

/** What gateways do for somebody ends at once, as by a kill; the change behind it pauses. Answers the events to record. */
export async function endSessionsOf(
  tx: Tx,
  deps: SessionDeps,
  of: { personId: string; at: Date; reason: string },
): Promise<DomainEvent[]> {
  const events: DomainEvent[] = []
  for (const id of await openSessionsOf(tx, of.personId)) {
    const session = await lockSession(tx, id)
    events.push(...(await closeSession(tx, session, { drain: false, reason: of.reason, at: of.at, event: 'session.killed' })))
    if (session.mode === 'plan-run')
      events.push(...(await deps.runs().interrupted(tx, session.changeId, 'supervisor-order', of.reason)))
  }
  return events
}
