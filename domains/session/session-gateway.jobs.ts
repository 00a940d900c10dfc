import { setTimeout as sleep } from 'node:timers/promises'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, Tx } from '@huabiao/kit/db/db'
import { gatewayGoneMs, gatewayLostMs } from './session.model.ts'
import type { SessionDeps } from './session.ports.ts'
import { pauseSession, sessionEvent } from './session.service.ts'
import { lockSession, stepSession } from './session.store.ts'
import { listGateways, listOpenSessions } from './session-gateway.store.ts'

/** Wakes the long polls of gateways when work is queued, in this process or another: rows notify, waiters look again. */
export function workBell(db: Database) {
  const waiting = new Map<string, Set<() => void>>()
  const ring = (gatewayId: string): void => {
    // An empty payload means "look again": the listener was away for a while.
    const ids = gatewayId === '' ? [...waiting.keys()] : [gatewayId]
    for (const id of ids) for (const wake of waiting.get(id) ?? []) wake()
  }
  return {
    start: (): Promise<() => Promise<void>> => db.listen('session_work', ring),
    /** Until work is queued for the gateway or `ms` are over; at most 5 s, so that a lost notification delays and never loses. */
    wait: async (gatewayId: string, ms: number): Promise<void> => {
      const over = new AbortController()
      const wakers = waiting.get(gatewayId) ?? new Set()
      waiting.set(gatewayId, wakers)
      const wake = (): void => over.abort()
      wakers.add(wake)
      await sleep(Math.min(Math.max(ms, 1), 5_000), undefined, { signal: over.signal }).catch(() => {})
      wakers.delete(wake)
      if (wakers.size === 0) waiting.delete(gatewayId)
    },
  }
}

/** A gateway that has gone silent takes its sessions along: their changes pause (NT-D02). One that never returns leaves a gap, said as such. */
export async function sweepGateways(
  deps: SessionDeps,
  db: Database,
  record: (tx: Tx, events: readonly DomainEvent[]) => Promise<void>,
): Promise<void> {
  const now = deps.clock.now()
  const gateways = await db.read({ kind: 'nobody' }, listGateways)
  for (const gateway of gateways.filter((known) => now.getTime() - known.seenAt.getTime() > gatewayLostMs)) {
    const open = await db.read({ kind: 'nobody' }, (tx) => listOpenSessions(tx, gateway.id))
    for (const { sessionId, tenantId } of open.filter((session) => session.state === 'live' || session.state === 'requested'))
      await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
        const session = await lockSession(tx, sessionId)
        const events =
          session.mode === 'plan-run'
            ? await deps.runs().interrupted(tx, session.changeId, 'gateway-lost', gateway.id)
            : await pauseSession(tx, session, 'gateway-lost')
        if (events.length > 0) await record(tx, events)
      })
    if (now.getTime() - gateway.seenAt.getTime() > gatewayGoneMs)
      for (const { sessionId, tenantId } of open)
        await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
          const session = await lockSession(tx, sessionId)
          const patch = { closedAt: session.closedAt ?? now, closeReason: session.closeReason ?? 'gateway-lost' }
          if (!(await stepSession(tx, session, 'declareGap', patch))) return
          await record(tx, [sessionEvent(session, 'session.gap', { segments: session.segments, reason: 'gateway-lost' })])
        })
  }
}
