import type { ReadTx } from '@huabiao/kit/db/db'
import type { Family } from '@huabiao/kit/metrics/exposition'
import { sql } from 'kysely'

/** What waits for each channel, and since when at `now`, of no person in particular: what a monitoring system reads. */
export async function readNoticeLevels(tx: ReadTx, now: Date): Promise<Family[]> {
  const { rows } = await sql<{ channel: string; count: number; oldest: Date }>`
    select channel, count, oldest from notice_levels()`.execute(tx)
  return [
    {
      name: 'huabiao_notices_waiting',
      help: 'Messages not delivered yet.',
      type: 'gauge',
      samples: rows.map(({ channel, count }) => ({ labels: { channel }, value: count })),
    },
    {
      name: 'huabiao_notices_oldest_age_seconds',
      help: 'Age of the oldest message not delivered yet.',
      type: 'gauge',
      samples: rows.map(({ channel, oldest }) => ({
        labels: { channel },
        value: Math.max(0, now.getTime() - oldest.getTime()) / 1000,
      })),
    },
  ]
}
