import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { handle, handleStaged, type Route } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import * as contract from './session.contract.ts'
import type { SessionDeps } from './session.ports.ts'
import { openSession, ownSession, sessionEvent } from './session.service.ts'
import { findSession, type SessionRow } from './session.store.ts'
import { refuseDenied } from './session-denial.service.ts'
import { queueWork } from './session-gateway.store.ts'
import { writeObserveGrant } from './session-grant.service.ts'
import { observeLine, observeRefusal } from './session-observe.model.ts'
import { gatewayFor } from './session-terminal.service.ts'

/** Observe mode: one target of one's own change, one listed command at a time (RL-19). */
export function observeRoutes(deps: SessionDeps, toView: (session: SessionRow) => contract.SessionView): Route[] {
  return [
    handle(contract.openObserve, async (tx, actor, { body }) => {
      const { sessionId, events } = await open(deps, tx, actor, body)
      const stated = events.map((event) => (body.purpose ? { ...event, purpose: body.purpose } : event))
      return { view: toView((await findSession(tx, sessionId))!), events: stated }
    }),
    handleStaged(contract.observeCommand, async (stages, { params, body }) => {
      const line = observeLine(body.argv) ?? ''
      const of = { sessionId: params.sessionId, argv: body.argv, line }
      const { grant, gatewayId } = await stages.transact((tx) => grantLook(deps, tx, stages.actor, of))
      const envelope = await deps.signer.signExecutionGrant(grant)
      const label = line.length > 200 ? `${line.slice(0, 199)}…` : line
      const run = { kind: 'run' as const, workId: newId(), sessionId: params.sessionId, grant: envelope, stdin: '' }
      await stages.transact(async (tx) => {
        await queueWork(tx, gatewayId, { ...run, content: null, label, stepKey: null })
        return { view: undefined, unchanged: true }
      })
      return { view: { runId: grant.runId }, unchanged: true }
    }),
  ]
}

type Look = {
  readonly changeId: string
  readonly targetId: string
  readonly account?: string | undefined
  readonly purpose?: string | undefined
}
async function open(deps: SessionDeps, tx: Tx, actor: PersonActor, of: Look) {
  const now = deps.clock.now()
  const change = await deps.observable(tx, actor, of.changeId)
  if (!change) throw new Refusal('session.observe_needs_purpose')
  if (change.executorId !== actor.personId) throw new Refusal('session.not_executor')
  const [target] = change.targetIds.includes(of.targetId) ? await deps.targets.find(tx, [of.targetId]) : []
  const account = target?.accounts.find((candidate) => (of.account ? candidate.name === of.account : !candidate.privileged))
  if (!target || !account) throw new Refusal('session.target_not_found')
  // A look never needs root: a privileged account is used by an approved step, or not at all (RL-17).
  if (account.privileged) throw new Refusal('session.root_refused', { account: account.name })
  await refuseDenied(deps, actor, { action: 'session:open', channel: 'observe', target })
  const gateway = await gatewayFor(tx, change.plane, now)
  const opening = {
    tenantId: change.tenantId,
    partyIds: change.partyIds,
    plane: change.plane,
    mode: 'observe' as const,
    changeId: change.id,
    changeNo: change.no,
    title: [change.no, target.name, of.purpose].filter(Boolean).join(' · '),
    executorId: actor.personId,
    executorName: actor.name,
    reviewerId: null,
    reviewerName: null,
    targetNames: [target.name],
    targetId: target.id,
    account: account.name,
    door: actor.door,
    sourceIp: actor.sourceIp,
    gatewayId: gateway.id,
    at: now,
  }
  return openSession(tx, opening, deps.store)
}

async function grantLook(
  deps: SessionDeps,
  tx: Tx,
  actor: PersonActor,
  of: { readonly sessionId: string; readonly argv: readonly string[]; readonly line: string },
) {
  const { argv, line } = of
  const refusal = line === '' ? observeRefusal(argv.join(' ')) : undefined
  const words = { command: argv[0] ?? '' }
  // A mutation is refused as one whatever session it names; of the rest only whose session it is may learn more (NT-B13).
  if (refusal === 'session.mutation_refused') throw new Refusal(refusal, words)
  const session = await ownSession(tx, actor, of.sessionId)
  refuseIf(refusal, words)
  if (session.state !== 'live' || session.mode !== 'observe') throw new Refusal('session.wrong_state')
  const change = await deps.observable(tx, actor, session.changeId)
  const [target] = await deps.targets.find(tx, [session.targetId!])
  if (!change || !target) throw new Refusal('session.observe_needs_purpose')
  await refuseDenied(deps, actor, { action: 'session:step', channel: 'observe', target })
  const executor = { personId: actor.personId, name: actor.name }
  const [batch, account, now] = [change.batchOf[target.id] ?? 1, session.account!, deps.clock.now()]
  const grant = await writeObserveGrant(tx, { session, change, executor, target, batch, account, line, now })
  const { id: grantId, notAfter, timeoutMs } = grant
  const events = [
    sessionEvent(session, 'observe.command', { command: line, target: target.name }),
    sessionEvent(session, 'grant.issued', { grantId, command: line, target: target.name, notAfter, timeoutMs }),
  ]
  return { view: { grant, gatewayId: session.gatewayId }, events }
}
