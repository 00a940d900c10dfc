import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { attemptMs, leaseMs, pauseAfter, sweepMax } from './notification.model.ts'
import { NotDeliverable, type NoticeChannel } from './notification.ports.ts'
import { isUnwanted } from './notification-choice.model.ts'
import { findChoice, type NoticeChoice } from './notification-choice.store.ts'
import { type Delivery, type DeliveryState, listDue, settleDelivery, takeDelivery } from './notification-delivery.store.ts'
import { contentOf } from './notification-message.model.ts'

export interface NoticeJobs {
  readonly db: Database
  readonly clock: Clock
  readonly channels: readonly NoticeChannel[]
  /** The notices in the console: all that a message has to say beyond its title is there. */
  readonly link: string
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
    const found = await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
      const delivery = await takeDelivery(tx, id, now, until)
      return delivery && { delivery, choice: await findChoice(tx, delivery.personId, delivery.channel) }
    })
    if (!found) continue
    taken += 1
    await settle(jobs, found.delivery, await attempt(jobs, found.delivery, found.choice))
  }
  return taken
}

/** What came of an attempt; `error` in few words, of which none is of the message. */
interface End {
  readonly state: DeliveryState
  readonly error?: string
}
async function attempt({ channels, link }: NoticeJobs, delivery: Delivery, choice: NoticeChoice): Promise<End> {
  const channel = channels.find((one) => one.name === delivery.channel)
  const pause = pauseAfter(delivery.attempts)
  const failed = pause === undefined ? 'given-up' : 'due'
  if (!channel) return { state: failed, error: 'this channel is not wired' }
  // Whoever changed their mind since, or whose address the management unit no longer allows, is not sent to.
  if (isUnwanted(channel, choice)) return { state: 'withdrawn' }
  const { id, personId } = delivery
  const signal = AbortSignal.timeout(attemptMs)
  // A channel that does not heed the signal is not waited for either.
  const over = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  over.catch(() => {})
  const address = channel.addresses ? choice.address : null
  const message = { id, personId, address, link, ...contentOf(delivery, channel.carries) }
  try {
    await Promise.race([channel.deliver(message, signal), over])
    return { state: 'delivered' }
  } catch (error) {
    const words = (error instanceof Error ? error.message : String(error)).slice(0, 300)
    return { state: error instanceof NotDeliverable ? 'given-up' : failed, error: words }
  }
}

async function settle({ db, clock, record }: NoticeJobs, delivery: Delivery, { state, error }: End): Promise<void> {
  const now = clock.now()
  const { tenantId, attempts } = delivery
  const nextAt = new Date(now.getTime() + (state === 'due' ? pauseAfter(attempts)! : 0))
  await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
    const end = { state, nextAt, error: error ?? null, endedAt: state === 'due' ? null : now }
    if (!(await settleDelivery(tx, delivery, end)) || state !== 'given-up') return
    const { kind, object, channel } = delivery
    await record(tx, [{ type: 'notification.given_up', object, kind, channel, attempts, person: delivery.personId }])
  })
}
