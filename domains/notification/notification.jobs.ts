import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { attemptMs, leaseMs, pauseAfter, sweepMax } from './notification.model.ts'
import type { NoticeChannel } from './notification.ports.ts'
import { type Delivery, listDue, settleDelivery, takeDelivery } from './notification-delivery.store.ts'

export interface NoticeJobs {
  readonly db: Database
  readonly clock: Clock
  readonly channels: readonly NoticeChannel[]
  readonly record: (tx: Tx, events: readonly DomainEvent[]) => Promise<void>
}

/** Hands what is due to its channel, each outside any transaction; answers how many it took. */
export async function deliverNotices(jobs: NoticeJobs): Promise<number> {
  const { db, clock } = jobs
  if (jobs.channels.length === 0) return 0
  const due = await db.read({ kind: 'nobody' }, (tx) => listDue(tx, clock.now(), sweepMax))
  let taken = 0
  for (const { id, tenantId } of due) {
    const now = clock.now()
    const until = new Date(now.getTime() + leaseMs)
    const delivery = await db.transact({ kind: 'tenant', tenantId }, (tx) => takeDelivery(tx, id, now, until))
    if (!delivery) continue
    taken += 1
    await settle(jobs, delivery, await attempt(jobs, delivery))
  }
  return taken
}

/** What went wrong, in few words; nothing when the channel took it. */
async function attempt({ channels }: NoticeJobs, { channel, ...notice }: Delivery): Promise<string | undefined> {
  const found = channels.find((one) => one.name === channel)
  if (!found) return 'this channel is not wired'
  const { id, personId, kind, object, params } = notice
  const signal = AbortSignal.timeout(attemptMs)
  // A channel that does not heed the signal is not waited for either.
  const over = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  over.catch(() => {})
  try {
    await Promise.race([found.deliver({ id, personId, kind, object, params }, signal), over])
    return undefined
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).slice(0, 300)
  }
}

async function settle({ db, clock, record }: NoticeJobs, delivery: Delivery, error: string | undefined): Promise<void> {
  const now = clock.now()
  const pause = error === undefined ? undefined : pauseAfter(delivery.attempts)
  const state = error === undefined ? 'delivered' : pause === undefined ? 'given-up' : 'due'
  const nextAt = new Date(now.getTime() + (pause ?? 0))
  const { tenantId } = delivery
  await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
    const end = { state, nextAt, error: error ?? null, endedAt: state === 'due' ? null : now } as const
    if (!(await settleDelivery(tx, delivery, end)) || state !== 'given-up') return
    const { kind, object, channel, attempts } = delivery
    await record(tx, [{ type: 'notification.given_up', object, kind, channel, attempts, person: delivery.personId }])
  })
}
