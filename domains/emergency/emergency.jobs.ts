import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import type { EmergencyDeps } from './emergency.ports.ts'
import { type EmergencyRow, lockEmergency } from './emergency.store.ts'
import { draft, end, refused } from './emergency-grant.service.ts'
import { type Doing, doing } from './emergency-move.service.ts'
import { type EmergencyDeadline, fireDeadline, listDue, listToDraft } from './emergency-paper.store.ts'
import { escalated, late, overdue } from './emergency-retro.service.ts'

export interface EmergencyJobs {
  readonly db: Database
  readonly deps: EmergencyDeps
  record(tx: Tx, events: readonly DomainEvent[]): Promise<void>
}
type OnError = (emergencyId: string, error: unknown) => void

/** Fires what is due and drafts what is sealed, each in a transaction of its own: one that fails holds up no other. Answers how many it did. */
export async function sweepEmergencies(jobs: EmergencyJobs, onError: OnError): Promise<number> {
  const { db, deps } = jobs
  let done = 0
  const each = (of: { tenantId: string; emergencyId: string }, work: (on: Doing, row: EmergencyRow) => Promise<boolean>) =>
    db
      .transact({ kind: 'tenant', tenantId: of.tenantId }, async (tx) => {
        const on = doing(tx, deps, null)
        // The emergency first, as every act does: two who wait for each other's row would wait for ever.
        if (await work(on, await lockEmergency(tx, of.emergencyId))) done += 1
        if (on.events.length > 0) await jobs.record(tx, on.events)
      })
      .catch((error: unknown) => onError(of.emergencyId, error))
  const due = await db.read({ kind: 'nobody' }, (tx) => listDue(tx, deps.clock.now(), 200))
  for (const one of due)
    await each(one, async (on, row) => {
      if (!(await fireDeadline(on.tx, one, on.now))) return false
      await fires[one.name](on, row)
      return true
    })
  const drafts = await db.read({ kind: 'nobody' }, listToDraft)
  for (const one of drafts) await each(one, (on, row) => draft(row, on))
  return done
}
/** What the passing of each means; whatever came first has cancelled it, and a state that no longer fits makes it nothing. */
const fires: Readonly<Record<EmergencyDeadline, (on: Doing, row: EmergencyRow) => Promise<unknown>>> = {
  answer: async (on, row) => {
    if (row.state === 'invoked') await refused(on, row, { act: 'time-out', why: 'unanswered' })
  },
  expiry: async (on, row) => {
    if (row.state === 'executing') await end(on, row, { act: 'expire', why: 'expired' })
  },
  filing: async (on, row) => {
    if (unfiled(row)) await overdue(on, row)
  },
  escalation: async (on, row) => {
    if (unfiled(row)) await escalated(on, row)
  },
  approval: (on, row) => (row.state === 'retro_filed' ? late(on, row, 'approval') : Promise.resolve()),
  review: (on, row) => (row.state === 'retro_approved' ? late(on, row, 'review') : Promise.resolve()),
}
const unfiled = (row: EmergencyRow): boolean => row.state === 'stabilised' || row.state === 'retro_draft'
