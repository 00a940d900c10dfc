import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { ReadTx } from '@huabiao/kit/db/db'

export interface ReconcileDeps {
  readonly clock: Clock
  /** Whether a follower is registered for a target. */
  mayFollow(followerId: string, target: string): boolean
  /** A session that this person may see. */
  session(tx: ReadTx, actor: PersonActor, id: string): Promise<{ readonly openedAt: Date | null } | undefined>
}
