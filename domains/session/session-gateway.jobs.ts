import { setTimeout as sleep } from 'node:timers/promises'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Database, ReadTx, Tx } from '@huabiao/kit/db/db'
import type { Family } from '@huabiao/kit/metrics/exposition'
import { gatewayGoneMs, gatewayLostMs, type PauseReason } from './session.model.ts'
import type { SessionDeps } from './session.ports.ts'
import { pauseSession, sessionEvent } from './session.service.ts'
import { lockSession, stepSession } from './session.store.ts'
import { listGateways, listOpenSessions, listSessionLevels, type OpenSession } from './session-gateway.store.ts'

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

type Record = (tx: Tx, events: readonly DomainEvent[]) => Promise<void>

/** Pauses what is open at a gateway: the change of a plan-run with its session, an observe session alone. */
async function interruptAll(
  { deps, db, record }: { deps: SessionDeps; db: Database; record: Record },
  open: readonly OpenSession[],
  reason: PauseReason,
  detail: string,
): Promise<void> {
  for (const { sessionId, tenantId } of open.filter((session) => session.state === 'live' || session.state === 'requested'))
    await db.transact({ kind: 'tenant', tenantId }, async (tx) => {
      const session = await lockSession(tx, sessionId)
      const events =
        session.mode === 'plan-run'
          ? await deps.runs().interrupted(tx, session.changeId, reason, detail)
          : await pauseSession(tx, session, reason)
      if (events.length > 0) await record(tx, events)
    })
}

/** How often the store is asked while nobody is recorded: a person who opens a session is told at once, and the store is left alone. */
const idleLookMs = 5_000

/**
 * Whether recordings are kept: asked while sessions are open, and what is open pauses when they are not (NT-D01). Nothing is lost by it:
 * gateways hold what they have recorded until it is kept. Going on is for people to say, as after every pause (RL-09).
 */
export function recordingWatch(deps: SessionDeps, db: Database, record: Record): () => Promise<void> {
  let lookedAt = Number.NEGATIVE_INFINITY
  return async () => {
    const open = await db.read({ kind: 'nobody' }, async (tx) => {
      const gateways = await listGateways(tx)
      const lists = []
      for (const { id } of gateways) lists.push(await listOpenSessions(tx, id))
      return lists.flat().filter(({ state }) => state !== 'closed')
    })
    if (open.length === 0 && !deps.store.fault() && performance.now() - lookedAt < idleLookMs) return
    lookedAt = performance.now()
    const fault = await deps.store.look()
    if (fault) await interruptAll({ deps, db, record }, open, 'recorder-lag', `evidence store ${fault.kind}: ${fault.detail}`)
  }
}

/** A gateway that has gone silent takes its sessions along: their changes pause (NT-D02). One that never returns leaves a gap, said as such. */
export async function sweepGateways(deps: SessionDeps, db: Database, record: Record): Promise<void> {
  const now = deps.clock.now()
  const gateways = await db.read({ kind: 'nobody' }, listGateways)
  for (const gateway of gateways.filter((known) => now.getTime() - known.seenAt.getTime() > gatewayLostMs)) {
    const open = await db.read({ kind: 'nobody' }, (tx) => listOpenSessions(tx, gateway.id))
    await interruptAll({ deps, db, record }, open, 'gateway-lost', gateway.id)
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

/** Open sessions and how long each gateway has been silent at `now`, of no tenant in particular: what a monitoring system reads. */
export async function readSessionLevels(tx: ReadTx, now: Date): Promise<Family[]> {
  const levels = await listSessionLevels(tx)
  const gateways = await listGateways(tx)
  return [
    {
      name: 'huabiao_sessions_open',
      help: 'Sessions that have not ended; of a paused one the state is why.',
      type: 'gauge',
      samples: levels.map(({ count, ...labels }) => ({ labels, value: count })),
    },
    {
      name: 'huabiao_gateway_silence_seconds',
      help: 'Since a bastion last spoke to the control plane.',
      type: 'gauge',
      samples: gateways.map(({ id, plane, seenAt }) => ({
        labels: { gateway: id, plane },
        value: Math.max(0, now.getTime() - seenAt.getTime()) / 1000,
      })),
    },
  ]
}
