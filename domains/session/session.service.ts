import type { NewSession, SessionPort } from '@huabiao/domains/change/change.module'
import type { PersonActor, Plane } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { gatewayLostMs, isRunning, type PauseReason, pauseReasons } from './session.model.ts'
import type { SessionDeps } from './session.ports.ts'
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
import { findGateway, freestGateway, type Gateway, type QueuedWork, queueWork } from './session-gateway.store.ts'
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

/** Nothing is begun or gone on with while its recording would not be kept. @throws Refusal session.evidence_unavailable */
function refuseUnlessKept(store: SessionDeps['store']): void {
  const fault = store.fault()
  if (fault) throw new Refusal('session.evidence_unavailable', { fault: fault.kind })
}

/** Somebody's own session beside a plan, locked. @throws Refusal session.not_found, session.not_executor */
export async function ownSession(tx: Tx, actor: PersonActor, id: string): Promise<SessionRow> {
  if (!(await findSession(tx, id))) throw notFound('session')
  const session = await lockSession(tx, id)
  if (session.executorId !== actor.personId) throw new Refusal('session.not_executor')
  return session
}

/** Registers a session and asks its gateway to open the recorder; it is not live before the first segment is durable (NT-D01). */
export async function openSession(
  tx: Tx,
  session: NewSession & { targetId?: string; account?: string },
  store: SessionDeps['store'],
): Promise<{ sessionId: string; events: DomainEvent[] }> {
  refuseUnlessKept(store)
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
  const pauseReason = asPauseReason(reason)
  if (!(await stepSession(tx, session, 'pause', { pauseReason }))) return []
  await queueWork(tx, session.gatewayId, { kind: 'pause', workId: newId(), sessionId: session.id, reason: pauseReason })
  return [sessionEvent(session, 'session.paused', { reason })]
}

export async function resumeSession(tx: Tx, session: SessionRow): Promise<DomainEvent[]> {
  if (!(await stepSession(tx, session, 'resume'))) return []
  await queueWork(tx, session.gatewayId, { kind: 'resume', workId: newId(), sessionId: session.id })
  return [sessionEvent(session, 'session.resumed')]
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

/** The gateway that a new session of a plane goes to; undefined where none is there. */
export const liveGateway = (tx: ReadTx, plane: Plane, now: Date): Promise<Gateway | undefined> =>
  freestGateway(tx, plane, new Date(now.getTime() - gatewayLostMs))
/** What enrolment asks of gateways. */
export const checkPort = () => ({
  of: liveGateway,
  queueCheck: (tx: Tx, gatewayId: string, check: Omit<Extract<QueuedWork, { kind: 'check' }>, 'kind' | 'workId'>) =>
    queueWork(tx, gatewayId, { kind: 'check', workId: newId(), ...check }),
  queueRotation: (tx: Tx, gatewayId: string, of: Omit<Extract<QueuedWork, { kind: 'rotate' }>, 'kind' | 'workId'>) =>
    queueWork(tx, gatewayId, { kind: 'rotate', workId: newId(), ...of }),
})

/** The bastion as the change domain asks for it. */
export const sessionPort = ({ store }: Pick<SessionDeps, 'store'>): SessionPort => ({
  gateway: liveGateway,
  open: (tx, session) => openSession(tx, session, store),
  state: async (tx, sessionId) => {
    const session = await findSession(tx, sessionId)
    return session && { state: session.state, gatewayId: session.gatewayId }
  },
  isServed: async (tx, sessionId, now) => {
    const session = await findSession(tx, sessionId)
    const gateway = session && (await findGateway(tx, session.gatewayId))
    return gateway !== undefined && now.getTime() - gateway.seenAt.getTime() <= gatewayLostMs
  },
  openRecordings: listOpenRecordings,
  grant: writeGrant,
  queueRun: async (tx, run) => {
    const { sessionId, grant, stdin, content, label, stepKey } = run
    await queueWork(tx, run.gatewayId, { kind: 'run', workId: newId(), sessionId, grant, stdin, content, label, stepKey })
  },
  revokeGrant: async (tx, grantId) => {
    await setGrantState(tx, grantId, ['issued'], 'revoked')
  },
  grantOfRun: findGrantOfRun,
  pause: async (tx, sessionId, reason) => pauseSession(tx, await lockSession(tx, sessionId), reason),
  resume: async (tx, sessionId) => {
    refuseUnlessKept(store)
    return resumeSession(tx, await lockSession(tx, sessionId))
  },
  close: async (tx, sessionId, how) => closeSession(tx, await lockSession(tx, sessionId), how),
})
