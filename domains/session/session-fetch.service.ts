import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import type { Stages } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import type { SessionDeps } from './session.ports.ts'
import { closeSession, liveGateway, openSession, sessionEvent } from './session.service.ts'
import { findSession, lockSession } from './session.store.ts'
import { refuseDenied } from './session-denial.service.ts'
import { queueWork } from './session-gateway.store.ts'
import { writeObserveGrant } from './session-grant.service.ts'
import { lineOfArgv } from './session-observe.model.ts'

export interface FetchPlace {
  readonly changeId: string
  readonly targetId: string
}

/** Where a file may be read from, and as whom: a target of a change that this person carries out. Reading never needs root (RL-17). */
async function sourceOf(deps: SessionDeps, tx: ReadTx, actor: PersonActor, of: FetchPlace) {
  const change = await deps.observable(tx, actor, of.changeId)
  if (!change?.targetIds.includes(of.targetId)) return undefined
  const [target] = await deps.targets.find(tx, [of.targetId])
  const account = target?.accounts.find((one) => !one.privileged)
  return target && account ? { change, target, account: account.name } : undefined
}

async function openFetch(deps: SessionDeps, tx: Tx, actor: PersonActor, of: FetchPlace & { account: string; title: string }) {
  const found = await sourceOf(deps, tx, actor, of)
  if (found?.account !== of.account) throw new Refusal('transfer.ticket_no_purpose')
  const { change, target } = found
  const now = deps.clock.now()
  await refuseDenied(deps, actor, { action: 'session:open', channel: 'fetch', target })
  const gateway = await liveGateway(tx, change.plane, now)
  if (!gateway) throw new Refusal('session.gateway_unavailable')
  const { tenantId, partyIds, plane, id: changeId, no: changeNo } = change
  const opening = {
    tenantId,
    partyIds,
    plane,
    mode: 'observe' as const,
    changeId,
    changeNo,
    title: of.title,
    executorId: actor.personId,
    executorName: actor.name,
    reviewerId: null,
    reviewerName: null,
    targetNames: [target.name],
    targetId: target.id,
    account: of.account,
    door: actor.door,
    sourceIp: actor.sourceIp,
    gatewayId: gateway.id,
    at: now,
  }
  return openSession(tx, opening, deps.store)
}

export interface FetchRun {
  readonly sessionId: string
  readonly path: string
  readonly maxBytes: number
  readonly transferId: string
  readonly label: string
}
async function runFetch(deps: SessionDeps, stages: Stages<PersonActor>, of: FetchRun): Promise<void> {
  const { actor } = stages
  // One byte more than may come, so that too much is told from just enough.
  const line = lineOfArgv(['head', '-c', String(of.maxBytes + 1), of.path])
  if (line === undefined) throw new Refusal('session.command_not_listed')
  const { grant, gatewayId } = await stages.transact(async (tx) => {
    const session = await lockSession(tx, of.sessionId)
    if (session.state !== 'live' || session.executorId !== actor.personId) throw new Refusal('session.wrong_state')
    const found = await sourceOf(deps, tx, actor, { changeId: session.changeId, targetId: session.targetId! })
    if (!found) throw new Refusal('session.observe_needs_purpose')
    const { change, target } = found
    await refuseDenied(deps, actor, { action: 'session:step', channel: 'fetch', target })
    const executor = { personId: actor.personId, name: actor.name }
    const [batch, account, now] = [change.batchOf[target.id] ?? 1, session.account!, deps.clock.now()]
    const written = await writeObserveGrant(tx, { session, change, executor, target, batch, account, line, now })
    const { id: grantId, notAfter, timeoutMs } = written
    const data = { grantId, command: line, target: target.name, notAfter, timeoutMs }
    const events = [
      sessionEvent(session, 'observe.command', { command: line, target: target.name }),
      sessionEvent(session, 'grant.issued', data),
    ]
    return { view: { grant: written, gatewayId: session.gatewayId }, events }
  })
  const envelope = await deps.signer.signExecutionGrant(grant)
  await stages.transact(async (tx) => {
    const { sessionId, transferId, maxBytes, label } = of
    await queueWork(tx, gatewayId, { kind: 'fetch', workId: newId(), sessionId, grant: envelope, transferId, maxBytes, label })
    return { view: undefined, unchanged: true }
  })
}

/**
 * A file read from a target for an out-transfer ticket: an observe session of its own, and in it one granted command that only reads. What
 * the session domain gives is the way; whether there is a ticket is judged by who asks (domains/transfer).
 */
export const fetchPort = (deps: SessionDeps) => ({
  source: async (tx: ReadTx, actor: PersonActor, of: FetchPlace) => {
    const found = await sourceOf(deps, tx, actor, of)
    if (!found) return undefined
    const { change, target, account } = found
    return { changeNo: change.no, plane: change.plane, targetName: target.name, account }
  },
  open: (tx: Tx, actor: PersonActor, of: FetchPlace & { account: string; title: string }) => openFetch(deps, tx, actor, of),
  isLive: async (tx: ReadTx, sessionId: string): Promise<boolean> => (await findSession(tx, sessionId))?.state === 'live',
  run: (stages: Stages<PersonActor>, of: FetchRun): Promise<void> => runFetch(deps, stages, of),
  close: async (tx: Tx, sessionId: string, reason: string): Promise<DomainEvent[]> =>
    closeSession(tx, await lockSession(tx, sessionId), { drain: true, reason, at: deps.clock.now() }),
})
export type FetchPort = ReturnType<typeof fetchPort>
