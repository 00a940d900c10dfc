import { type Plane, planes } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, ReadTx, Tx } from '@huabiao/kit/db/db'
import { rotationMaxMs } from './vault.model.ts'
import type { VaultDeps } from './vault.ports.ts'
import { endRotation, lostRotation, startRotation } from './vault.service.ts'
import { dueAccounts, lastRotations, lockKept } from './vault.store.ts'

type Record = (tx: Tx, events: readonly DomainEvent[]) => Promise<void>

/**
 * Rotates what was used, what was handed over, and what is old. A rotation that nobody ended is declared failed first: both secrets stay
 * known, and the next one finds out which works. One that cannot begin holds up no other.
 */
export async function sweepVault(
  { deps, db, record }: { deps: VaultDeps; db: Database; record: Record },
  onError: (accountId: string, error: unknown) => void,
): Promise<void> {
  const now = deps.clock.now()
  const lostBefore = new Date(now.getTime() - rotationMaxMs)
  const due = await db.read({ kind: 'nobody' }, async (tx) =>
    dueAccounts(tx, { at: now, lostBefore, planes: await served(deps, tx, now) }),
  )
  for (const { accountId, tenantId } of due)
    await db
      .transact({ kind: 'tenant', tenantId }, async (tx) => {
        const events = await rotateDue(deps, tx, accountId)
        if (events.length > 0) await record(tx, events)
      })
      .catch((error: unknown) => onError(accountId, error))
}

async function served(deps: VaultDeps, tx: ReadTx, now: Date): Promise<Plane[]> {
  const found: Plane[] = []
  for (const plane of planes) if (await deps.gateways.of(tx, plane, now)) found.push(plane)
  return found
}

async function rotateDue(deps: VaultDeps, tx: Tx, accountId: string): Promise<DomainEvent[]> {
  const kept = await lockKept(tx, accountId)
  if (!kept) return []
  const now = deps.clock.now()
  const last = (await lastRotations(tx, [accountId])).get(accountId)
  if (last && last.state !== 'finished') {
    // Begun since the list was made.
    if (now.getTime() - last.requestedAt.getTime() <= rotationMaxMs) return []
    return endRotation(tx, deps, last, lostRotation)
  }
  if (kept.dueAt > now) return []
  const isUsed = kept.usedAt !== null && (kept.rotatedAt === null || kept.usedAt > kept.rotatedAt)
  const event = await startRotation(tx, deps, kept, kept.rotatedAt === null ? 'deposited' : isUsed ? 'used' : 'scheduled')
  return event ? [event] : []
}
