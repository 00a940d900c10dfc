import { clockSkewMaxMs } from '@huabiao/domains/session/session-grant.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { Database } from '@huabiao/kit/db/db'
import { Unavailable } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'

/**
 * Work that time itself asks for, held while our clock and the database's disagree by more than NT-B02 lets them: a clock that jumped would
 * end runs that still have time, pass deadlines and close windows, and none of that is taken back. The job is late then, and health says so.
 * @throws Unavailable clock
 */
export const whileClocksAgree =
  <T>(db: Database, clock: Clock, work: () => Promise<T>): (() => Promise<T>) =>
  async () => {
    const askedAt = clock.now().getTime()
    const theirs = await db.read({ kind: 'nobody' }, async (tx) => {
      const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx)
      return rows[0]!.now.getTime()
    })
    const answeredAt = clock.now().getTime()
    const off = theirs < askedAt ? askedAt - theirs : Math.max(0, theirs - answeredAt)
    if (off > clockSkewMaxMs) throw new Unavailable('clock', true, `${off} ms off the database’s clock`)
    return work()
  }
