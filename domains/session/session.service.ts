import type { NewSession, SessionPort } from '@huabiao/domains/change/change.module'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Tx } from '@huabiao/kit/db/db'
import { newId } from '@huabiao/kit/ids/new-id'
import { gatewayLostMs, isRunning, type PauseReason, pauseReasons } from './session.model.ts'
import {
  findGrantOfRun,
  findSession,
  insertSession,
  listOpenRecordings,
  lockSession,
  type SessionRow,
  setGrantState,
  stepSession,
} from './session.store.ts'
import { listGateways, queueWork } from './session-gateway.store.ts'
import { writeGrant } from './session-grant.service.ts'

export const sessionEvent = (
  session: Pick<SessionRow, 'id' | 'tenantId' | 'plane' | 'changeId' | 'changeNo'>,
  type: string,
  data: Record<string, unknown> = {},
): DomainEvent => ({
  type,
  object: `session/${session.id}`,
  tenantId: session.tenantId,
  plane: session.plane,
  changeId: session.changeId,
  no: session.changeNo,
  sessionId: session.id,
  ...data,
})

const asPauseReason = (reason: string): PauseReason =>
  (pauseReasons as readonly string[]).includes(reason) ? (reason as PauseReason) : 'supervisor-order'

/** Registers a session and asks its gateway to open the recorder; it is not live before the first segment is durable (NT-D01). */
export async function openSession(
  tx: Tx,
  session: NewSession & { targetId?: string; account?: string },
): Promise<{ sessionId: string; events: DomainEvent[] }> {
  const id = newId(session.at.getTime())
  const { mode, executorId, executorName, reviewerName, title, gatewayId } = session
  await insertSession(tx, {
    ...session,
    id,
    targetId: session.targetId ?? null,
    account: session.account ?? null,
    requestedAt: session.at,
  })
  await queueWork(tx, gatewayId, {
    kind: 'open',
    workId: newId(),
    sessionId: id,
    title,
    mode,
    executorId,
    executorName,
    reviewerName,
  })
  const { tenantId, plane, changeId, changeNo } = session
  const event = sessionEvent({ id, tenantId, plane, changeId, changeNo }, 'session.opened', {
    mode,
    gatewayId,
    targets: session.targetNames,
    executorId,
    reviewerId: session.reviewerId,
  })
  return { sessionId: id, events: [event] }
}

export async function pauseSession(tx: Tx, session: SessionRow, reason: string): Promise<DomainEvent[]> {
  if (!(await stepSession(tx, session, 'pause'))) return []
  await queueWork(tx, session.gatewayId, { kind: 'pause', workId: newId(), sessionId: session.id, reason: asPauseReason(reason) })
  return [sessionEvent(session, 'session.paused', { reason })]
}

/** `drain` lets the running step finish; otherwise channels end at once. The gateway seals afterwards. */
export async function closeSession(
  tx: Tx,
  session: SessionRow,
  how: { drain: boolean; reason: string; at: Date; event?: string },
): Promise<DomainEvent[]> {
  if (!isRunning(session.state) && session.state !== 'requested') return []
  const patch = { closedAt: how.at, closeReason: how.reason }
  await stepSession(
    tx,
    session,
    how.drain && session.state !== 'requested' && session.state !== 'draining' ? 'drain' : 'close',
    patch,
  )
  await queueWork(tx, session.gatewayId, {
    kind: 'close',
    workId: newId(),
    sessionId: session.id,
    drain: how.drain,
    reason: how.reason,
  })
  return [sessionEvent(session, how.event ?? 'session.closed', { reason: how.reason })]
}

/** The bastion as the change domain asks for it. */
export const sessionPort = (): SessionPort => ({
  gateway: async (tx, plane, now) =>
    (await listGateways(tx)).find(
      (gateway) => gateway.plane === plane && now.getTime() - gateway.seenAt.getTime() <= gatewayLostMs,
    ),
  open: openSession,
  state: async (tx, sessionId) => {
    const session = await findSession(tx, sessionId)
    return session && { state: session.state, gatewayId: session.gatewayId }
  },
  openRecordings: listOpenRecordings,
  grant: writeGrant,
  queueRun: async (tx, run) => {
    const { sessionId, grant, stdin, label, stepKey } = run
    await queueWork(tx, run.gatewayId, { kind: 'run', workId: newId(), sessionId, grant, stdin, label, stepKey })
  },
  revokeGrant: async (tx, grantId) => {
    await setGrantState(tx, grantId, ['issued'], 'revoked')
  },
  grantOfRun: findGrantOfRun,
  pause: async (tx, sessionId, reason) => pauseSession(tx, await lockSession(tx, sessionId), reason),
  resume: async (tx, sessionId) => {
    const session = await lockSession(tx, sessionId)
    if (!(await stepSession(tx, session, 'resume'))) return []
    await queueWork(tx, session.gatewayId, { kind: 'resume', workId: newId(), sessionId })
    return [sessionEvent(session, 'session.resumed')]
  },
  close: async (tx, sessionId, how) => closeSession(tx, await lockSession(tx, sessionId), how),
})
