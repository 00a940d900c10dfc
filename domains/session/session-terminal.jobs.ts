import { admissionRefusal } from '@huabiao/domains/emergency/emergency.model'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import type { SessionDeps } from './session.ports.ts'
import { closeSession, pauseSession, resumeSession } from './session.service.ts'
import { listOpenTerminals, lockSession, type SessionRow } from './session.store.ts'

/**
 * A terminal lasts as long as its emergency admits it: while the second person is away it is held (pause), and when the hour is over, the
 * work is declared done or its executor changes, it ends.
 */
export async function sweepTerminals(
  deps: SessionDeps,
  db: Database,
  record: (tx: Tx, events: readonly DomainEvent[]) => Promise<void>,
): Promise<void> {
  for (const { sessionId, tenantId } of await db.read({ kind: 'nobody' }, listOpenTerminals))
    await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
      const events = await held(deps, tx, await lockSession(tx, sessionId))
      if (events.length > 0) await record(tx, events)
    })
}

async function held(deps: SessionDeps, tx: Tx, session: SessionRow): Promise<DomainEvent[]> {
  const now = deps.clock.now()
  const mandate = await deps.emergencies.mandateOfNo(tx, session.changeNo)
  const at = { personId: session.executorId, targetId: session.targetId!, account: session.account!, now }
  const refusal = mandate ? admissionRefusal(mandate, at) : 'emergency.not_granted'
  if (refusal === undefined) return goesOn(session) && !deps.store.fault() ? resumeSession(tx, session) : []
  if (refusal === 'emergency.second_absent') return pauseSession(tx, session, 'reviewer-absent')
  return closeSession(tx, session, { drain: false, reason: refusal, at: now })
}
/** By itself goes on what waited for the second person, or for its recording to be kept (NT-D01, NT-F04); whatever else held it is for people to judge. */
const goesOn = ({ state, pauseReason }: SessionRow): boolean =>
  state === 'paused' && (pauseReason === 'reviewer-absent' || pauseReason === 'recorder-lag')
