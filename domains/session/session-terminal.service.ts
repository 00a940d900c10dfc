import { admissionRefusal } from '@huabiao/domains/emergency/emergency.model'
import type { PersonActor, Plane } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { handle, handleStaged, type Route } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import type { SessionView } from './session.contract.ts'
import { gatewayLostMs } from './session.model.ts'
import type { SessionDeps } from './session.ports.ts'
import { liveGateway, openSession, ownSession, sessionEvent } from './session.service.ts'
import { findSession, hasGrant, type SessionRow } from './session.store.ts'
import { refuseDenied } from './session-denial.service.ts'
import { type Gateway, listGateways, queueWork } from './session-gateway.store.ts'
import type { ExecutionGrant } from './session-grant.model.ts'
import { registerGrant, terminalGrant } from './session-grant.service.ts'
import { keystrokeRoutes } from './session-keystroke.service.ts'
import * as contract from './session-terminal.contract.ts'

/** A gateway of the plane that was heard of: the one at whose door the person is, or the freest. @throws Refusal session.gateway_unavailable */
export async function gatewayFor(tx: ReadTx, plane: Plane, now: Date, wanted?: string): Promise<Gateway> {
  const found =
    wanted === undefined
      ? await liveGateway(tx, plane, now)
      : (await listGateways(tx)).find(
          (one) => one.plane === plane && one.id === wanted && now.getTime() - one.seenAt.getTime() <= gatewayLostMs,
        )
  if (!found) throw new Refusal('session.gateway_unavailable')
  return found
}

/** Break-glass terminals: the emergency's law admits, the recording begins, and only then a grant is written for one terminal. */
export function terminalRoutes(deps: SessionDeps, toView: (session: SessionRow) => SessionView): Route[] {
  return [
    handle(contract.openTerminal, async (tx, actor, { body }) => {
      const { sessionId, events } = await open(deps, tx, actor, body)
      return { view: toView((await findSession(tx, sessionId))!), events }
    }),
    handleStaged(contract.startTerminal, async (stages, { params: { sessionId } }) => {
      const { actor } = stages
      const grant = await stages.transact(async (tx) => {
        const session = await ownSession(tx, actor, sessionId)
        return { view: await admittedGrant(deps, tx, actor, session), unchanged: true }
      })
      // The one terminal of a recording is used up when its grant is signed, not while the signer is away.
      const envelope = await deps.signer.signExecutionGrant(grant)
      await stages.transact(async (tx) => {
        const session = await ownSession(tx, actor, sessionId)
        await admittedGrant(deps, tx, actor, session)
        await registerGrant(tx, grant, { partyIds: session.partyIds, runId: null })
        const label = `${grant.account}@${grant.target.name}`
        const run = { kind: 'run' as const, workId: newId(), sessionId, grant: envelope, stdin: '', content: null }
        await queueWork(tx, session.gatewayId, { ...run, label, stepKey: null })
        const { id: grantId, account, notAfter, timeoutMs } = grant
        const data = { grantId, command: 'interactive', target: grant.target.name, account, notAfter, timeoutMs }
        return { view: undefined, events: [sessionEvent(session, 'grant.issued', data)] }
      })
      return { view: { grantId: grant.id }, unchanged: true }
    }),
    ...keystrokeRoutes(deps),
  ]
}

interface Place {
  readonly emergencyNo: string
  readonly targetName: string
  readonly account: string
  readonly gatewayId?: string | undefined
}
async function open(deps: SessionDeps, tx: Tx, actor: PersonActor, of: Place) {
  const now = deps.clock.now()
  const mandate = await deps.emergencies.mandateOfNo(tx, of.emergencyNo)
  if (!mandate) throw notFound('emergency')
  const ids = mandate.targets.map((one) => one.targetId)
  const target = (await deps.targets.find(tx, ids)).find((one) => one.name === of.targetName)
  if (!target) throw new Refusal('emergency.target_not_named', { target: of.targetName })
  refuseIf(admissionRefusal(mandate, { personId: actor.personId, targetId: target.id, account: of.account, now }))
  await refuseDenied(deps, actor, { action: 'session:open', channel: 'interactive', target })
  const gateway = await gatewayFor(tx, mandate.plane, now, of.gatewayId)
  const opening = {
    tenantId: mandate.tenantId,
    partyIds: mandate.partyIds,
    plane: mandate.plane,
    mode: 'interactive' as const,
    changeId: mandate.id,
    changeNo: mandate.no,
    title: [mandate.no, target.name, of.account, mandate.title].join(' · ').slice(0, 200),
    executorId: actor.personId,
    executorName: actor.name,
    reviewerId: mandate.second.personId,
    reviewerName: mandate.second.name,
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

/** The grant that this person may have for the terminal of this session now. @throws Refusal */
async function admittedGrant(deps: SessionDeps, tx: Tx, actor: PersonActor, session: SessionRow): Promise<ExecutionGrant> {
  if (session.mode !== 'interactive' || session.state !== 'live') throw new Refusal('session.wrong_state')
  // One terminal for one recording: who comes back opens another, and both are seen.
  if (await hasGrant(tx, session.id)) throw new Refusal('session.terminal_begun')
  const now = deps.clock.now()
  const mandate = await deps.emergencies.mandateOfNo(tx, session.changeNo)
  const [target] = await deps.targets.find(tx, [session.targetId!])
  if (!mandate || !target) throw new Refusal('emergency.target_not_named')
  const account = session.account!
  refuseIf(admissionRefusal(mandate, { personId: actor.personId, targetId: target.id, account, now }))
  await refuseDenied(deps, actor, { action: 'session:step', channel: 'interactive', target })
  return terminalGrant({ session, mandate, target, account, now })
}
