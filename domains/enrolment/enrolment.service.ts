import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import { principalOf } from '@huabiao/domains/session/session-grant.model'
import { type PersonActor, planeOf } from '@huabiao/kit/actor/actor'
import type { DomainEvent, InputOf } from '@huabiao/kit/contract/contract'
import { type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import type { Outcome } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import type * as contract from './enrolment.contract.ts'
import { accountsRefusal, type EnrolmentRefusal, enrolmentState } from './enrolment.model.ts'
import type { EnrolmentDeps } from './enrolment.ports.ts'
import {
  type CheckRow,
  decideKeyRequest,
  insertCheck,
  insertKeyRequest,
  type KeyRequestRow,
  lastChecks,
  listKeyRequests,
  lockKeyRequest,
  takenBy,
  takeTurn,
  targetsWithOpenKey,
} from './enrolment.store.ts'

export const enrolmentEvent = (
  target: Pick<Target, 'id' | 'tenantId' | 'plane' | 'name'>,
  type: string,
  data: Record<string, unknown> = {},
): DomainEvent => ({
  type,
  object: `target/${target.id}`,
  tenantId: target.tenantId,
  plane: target.plane,
  target: target.name,
  ...data,
})

function toItem(target: Target, check: CheckRow | undefined, keyWaiting: boolean, now: Date): contract.EnrolmentItem {
  const { id: targetId, name, plane, host, port, hostKeySha256, systemName, unitName } = target
  return {
    targetId,
    name,
    plane,
    host,
    port,
    hostKeySha256,
    systemName,
    unitName,
    state: enrolmentState({ check, keyWaiting, now }),
    checkedAt: check?.requestedAt.toISOString() ?? null,
    checkedBy: check?.askedByName ?? null,
    failed: check?.verdicts.filter(({ passed }) => !passed).length ?? 0,
  }
}

export async function enrolmentItems(
  tx: ReadTx,
  deps: EnrolmentDeps,
  page: { after?: string | undefined; limit: number; text?: string | undefined },
): Promise<contract.EnrolmentItem[]> {
  const targets = await deps.targets.list(tx, page)
  const ids = targets.map(({ id }) => id)
  const [checks, waiting] = [await lastChecks(tx, ids), await targetsWithOpenKey(tx, ids)]
  return targets.map((target) => toItem(target, checks.get(target.id), waiting.has(target.id), deps.clock.now()))
}

async function visible(tx: ReadTx, deps: EnrolmentDeps, targetId: string): Promise<Target> {
  const [target] = await deps.targets.find(tx, [targetId])
  if (!target) throw new Refusal('enrolment.target_not_found')
  return target
}
/** A target that the actor's own unit operates: others may look. */
async function own(tx: ReadTx, deps: EnrolmentDeps, actor: PersonActor, targetId: string): Promise<Target> {
  const target = await visible(tx, deps, targetId)
  if (target.tenantId !== actor.tenantId) throw new Refusal('enrolment.target_not_found')
  return target
}

const decideRefusal = (request: KeyRequestRow, personId: string): EnrolmentRefusal | undefined =>
  request.state !== 'asked' ? 'enrolment.request_decided' : request.askedBy === personId ? 'enrolment.own_request' : undefined

export async function oneEnrolment(
  tx: ReadTx,
  deps: EnrolmentDeps,
  actor: PersonActor,
  targetId: string,
): Promise<contract.EnrolmentView> {
  const target = await visible(tx, deps, targetId)
  const check = (await lastChecks(tx, [targetId])).get(targetId)
  const requests = await listKeyRequests(tx, targetId)
  const keyWaiting = requests.some(({ state }) => state === 'asked')
  return {
    ...toItem(target, check, keyWaiting, deps.clock.now()),
    accounts: [...target.accounts],
    gatewayId: check?.gatewayId ?? null,
    checkState: check?.state ?? null,
    verdicts: check ? [...check.verdicts] : [],
    keyRequests: requests.map((request) => ({
      id: request.id,
      oldSha256: request.oldSha256,
      newSha256: request.newSha256,
      reason: request.reason,
      state: request.state,
      askedBy: request.askedByName,
      askedAt: request.askedAt.toISOString(),
      decidedBy: request.decidedByName,
      decidedAt: request.decidedAt?.toISOString() ?? null,
      decideRefusal: decideRefusal(request, actor.personId) ?? null,
    })),
  }
}

export async function enrol(
  tx: Tx,
  deps: EnrolmentDeps,
  actor: PersonActor,
  body: InputOf<typeof contract.enrolTarget>['body'],
): Promise<Outcome<contract.EnrolmentView>> {
  refuseIf(accountsRefusal(body.accounts))
  const [system] = await deps.systems.find(tx, [body.systemId])
  if (!system) throw new Refusal('enrolment.system_unknown')
  const principals = body.accounts.map(({ name }) => principalOf(body.name, name))
  await takeTurn(tx, 'names')
  const taken = await takenBy(tx, body.name, principals)
  if (taken) throw new Refusal(`enrolment.${taken}_taken`)
  const id = newId(deps.clock.now().getTime())
  const target = { ...body, id, tenantId: actor.tenantId, plane: planeOf(actor.party) }
  const partyIds = system.tenantId === actor.tenantId ? [] : [system.tenantId]
  await deps.targets.insert(tx, { ...target, partyIds }).catch((error: unknown) => {
    throw sqlState(error) === '23505' ? new Refusal('enrolment.name_taken', {}, error) : error
  })
  const { host, port, hostKeySha256, accounts, tier, environment, systemId } = body
  const event = enrolmentEvent(target, 'target.enrolled', { host, port, hostKeySha256, accounts, tier, environment, systemId })
  return { view: await oneEnrolment(tx, deps, actor, id), events: [event] }
}

export async function startCheck(
  tx: Tx,
  deps: EnrolmentDeps,
  actor: PersonActor,
  targetId: string,
): Promise<Outcome<{ checkId: string }>> {
  const now = deps.clock.now()
  const target = await own(tx, deps, actor, targetId)
  await takeTurn(tx, `check ${targetId}`)
  const check = (await lastChecks(tx, [targetId])).get(targetId)
  if (enrolmentState({ check, keyWaiting: false, now }) === 'checking') throw new Refusal('enrolment.check_running')
  const gateway = await deps.gateways.of(tx, target.plane, now)
  if (!gateway) throw new Refusal('session.gateway_unavailable')
  const id = newId(now.getTime())
  const [system] = await deps.systems.find(tx, [target.systemId])
  await insertCheck(tx, {
    id,
    tenantId: target.tenantId,
    partyIds: system && system.tenantId !== target.tenantId ? [system.tenantId] : [],
    targetId,
    gatewayId: gateway.id,
    askedBy: actor.personId,
    askedByName: actor.name,
    requestedAt: now,
  })
  const { name, host, port, hostKeySha256 } = target
  const accounts = target.accounts.filter(({ privileged }) => !privileged).map(({ name, login }) => ({ name, login }))
  await deps.gateways.queueCheck(tx, gateway.id, { checkId: id, target: { name, host, port, hostKeySha256 }, accounts })
  return { view: { checkId: id }, events: [enrolmentEvent(target, 'target.check_asked', { checkId: id, gatewayId: gateway.id })] }
}

export async function askKey(
  tx: Tx,
  deps: EnrolmentDeps,
  actor: PersonActor,
  of: { targetId: string; hostKeySha256: string; reason: string },
): Promise<Outcome<contract.EnrolmentView>> {
  const target = await own(tx, deps, actor, of.targetId)
  if (target.hostKeySha256 === of.hostKeySha256) throw new Refusal('enrolment.host_key_same')
  const now = deps.clock.now()
  const id = newId(now.getTime())
  const change = { oldSha256: target.hostKeySha256, newSha256: of.hostKeySha256, reason: of.reason }
  const [system] = await deps.systems.find(tx, [target.systemId])
  await insertKeyRequest(tx, {
    id,
    tenantId: target.tenantId,
    partyIds: system && system.tenantId !== target.tenantId ? [system.tenantId] : [],
    targetId: target.id,
    ...change,
    askedBy: actor.personId,
    askedByName: actor.name,
    askedAt: now,
  })
  const event = enrolmentEvent(target, 'target.key_change_asked', { requestId: id, ...change })
  return { view: await oneEnrolment(tx, deps, actor, target.id), events: [event] }
}

export async function decideKey(
  tx: Tx,
  deps: EnrolmentDeps,
  actor: PersonActor,
  { requestId, body }: { requestId: string; body: InputOf<typeof contract.decideHostKey>['body'] },
): Promise<Outcome<contract.EnrolmentView>> {
  const request = await lockKeyRequest(tx, requestId)
  if (!request || request.tenantId !== actor.tenantId) throw new Refusal('enrolment.request_not_found')
  refuseIf(decideRefusal(request, actor.personId))
  // Both read it at the console; where they read different things, neither is believed.
  if (body.verdict === 'confirm' && body.hostKeySha256 !== request.newSha256) throw new Refusal('enrolment.host_key_wrong')
  const state = body.verdict === 'confirm' ? 'confirmed' : 'refused'
  await decideKeyRequest(tx, requestId, { state, by: actor.personId, byName: actor.name, at: deps.clock.now() })
  const target = await own(tx, deps, actor, request.targetId)
  const { oldSha256, newSha256, reason } = request
  const event = enrolmentEvent(target, `target.key_change_${state}`, { requestId, oldSha256, newSha256, reason })
  return { view: await oneEnrolment(tx, deps, actor, target.id), events: [event] }
}
