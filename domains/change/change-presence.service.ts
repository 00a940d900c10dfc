import type { PersonActor } from '@huabiao/kit/actor/actor'
import { enterTenant, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { reviewerAbsentMs } from './change-guard.model.ts'
import { findAttended, touchPresence } from './change-run.store.ts'

/** "I am here" (双人在场), said every ten seconds by whoever executes or reviews: two narrow statements, and no lock that an act would wait for. */
export async function sayPresent(tx: Tx, actor: PersonActor, changeId: string, now: Date) {
  const change = await findAttended(tx, changeId)
  if (!change) throw notFound('change')
  if (actor.personId !== change.executorId && actor.personId !== change.reviewerId) throw new Refusal('change.not_executor')
  await enterTenant(tx, change.tenantId)
  // One person in two places is one person: the reviewer's "I am here" counts only from a logon session of their own.
  const presence = await touchPresence(tx, change, actor.personId, actor.logonSessionId, now)
  const isHere = (personId: string | null): boolean =>
    presence.some((row) => row.personId === personId && now.getTime() - row.seenAt.getTime() <= reviewerAbsentMs)
  return { now: now.toISOString(), reviewerPresent: isHere(change.reviewerId), executorPresent: isHere(change.executorId) }
}
