import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import type { LifecycleDeps } from './lifecycle.ports.ts'
import { cut } from './lifecycle.service.ts'
import { listDue } from './lifecycle.store.ts'
import { judgeUnit } from './lifecycle-norm.service.ts'
import { listUnits } from './lifecycle-norm.store.ts'
import { followSources } from './lifecycle-proposal.service.ts'
import { listUnitsProposed } from './lifecycle-proposal.store.ts'
import { reviewEveryDays } from './lifecycle-review.model.ts'
import { drive, openScheduled } from './lifecycle-review.service.ts'
import { listCampaignsDue, listUnreviewed } from './lifecycle-review.store.ts'

export interface LifecycleJobs {
  readonly db: Database
  readonly deps: LifecycleDeps
  record(tx: Tx, events: readonly DomainEvent[]): Promise<void>
}

/** Ends the access of those whose last day is over, each in a transaction of its own. Answers how many there were. */
export async function sweepDepartures(jobs: LifecycleJobs, onError: (id: string, error: unknown) => void): Promise<number> {
  const day = beijingDay(jobs.deps.clock.now())
  const due = await jobs.db.read({ kind: 'nobody' }, (tx) => listDue(tx, day))
  for (const { tenantId, id } of due)
    await jobs.db
      .transact({ kind: 'tenant', tenantId }, async (tx) => {
        const events = await cut(tx, jobs.deps, id)
        if (events.length > 0) await jobs.record(tx, events)
      })
      .catch((error: unknown) => onError(id, error))
  return due.length
}

/** Follows what sources of identity say of leavers, unit by unit. Answers how many there were. */
export async function sweepProposals(jobs: LifecycleJobs, onError: (id: string, error: unknown) => void): Promise<number> {
  const units = await jobs.db.read({ kind: 'nobody' }, listUnitsProposed)
  for (const tenantId of units)
    await jobs.db
      .transact({ kind: 'tenant', tenantId }, async (tx) => {
        const events = await followSources({ tx, deps: jobs.deps, tenantId })
        if (events.length > 0) await jobs.record(tx, events)
      })
      .catch((error: unknown) => onError(tenantId, error))
  return units.length
}

/** Judges every unit's accounts by the norms, each in a transaction of its own. Answers how many events came of it. */
export async function sweepNorms(jobs: LifecycleJobs, onError: (id: string, error: unknown) => void): Promise<number> {
  const units = await jobs.db.read({ kind: 'nobody' }, listUnits)
  let found = 0
  for (const tenantId of units)
    await jobs.db
      .transact({ kind: 'tenant', tenantId }, async (tx) => {
        const events = await judgeUnit({ tx, deps: jobs.deps, tenantId, at: jobs.deps.clock.now() })
        found += events.length
        if (events.length > 0) await jobs.record(tx, events)
      })
      .catch((error: unknown) => onError(tenantId, error))
  return found
}

/** Campaigns that somebody must be told of, that are over, or that nobody opened for half a year. Answers how many there were. */
export async function sweepCampaigns(jobs: LifecycleJobs, onError: (id: string, error: unknown) => void): Promise<number> {
  const { db, deps } = jobs
  const now = deps.clock.now()
  const unreviewed = await db.read({ kind: 'nobody' }, (tx) =>
    listUnreviewed(tx, new Date(now.getTime() - reviewEveryDays * 86_400_000)),
  )
  const due = await db.read({ kind: 'nobody' }, (tx) => listCampaignsDue(tx, now))
  const work = [
    ...unreviewed.map((tenantId) => ({ tenantId, id: tenantId, run: (tx: Tx) => openScheduled({ tx, deps }, tenantId) })),
    ...due.map(({ tenantId, id }) => ({ tenantId, id, run: (tx: Tx) => drive({ tx, deps }, id) })),
  ]
  for (const { tenantId, id, run } of work)
    await db
      .transact({ kind: 'tenant', tenantId }, async (tx) => {
        const events = await run(tx)
        if (events.length > 0) await jobs.record(tx, events)
      })
      .catch((error: unknown) => onError(id, error))
  return work.length
}
