import { randomBytes } from 'node:crypto'
import type { GrantRequest } from '@huabiao/domains/change/change.module'
import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { EmergencyMandate } from '@huabiao/domains/emergency/emergency.model'
import { sha256 } from '@huabiao/kit/crypto/suite'
import type { Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { insertGrant } from './session.store.ts'
import { commandDigestOf, ExecutionGrant, grantCommandOf, grantMaxMs, principalOf } from './session-grant.model.ts'
import { mandateHash } from './session-terminal.model.ts'

/** Writes execution grants (执行令牌) and registers them. */

/** The account on the host, and the one principal that opens it. @throws Refusal session.target_not_found */
function placeOf(target: Target, accountName: string) {
  const account = target.accounts.find((candidate) => candidate.name === accountName)
  if (!account) throw new Refusal('session.target_not_found', { account: accountName })
  return {
    id: target.id,
    name: target.name,
    host: target.host,
    port: target.port,
    account: account.login,
    hostKeySha256: target.hostKeySha256,
    principal: principalOf(target.name, accountName),
  }
}

/** What is not registered can never be started, signed or not. */
export const registerGrant = (
  tx: Tx,
  { id, tenantId, sessionId, changeId, gatewayId, notAfter }: ExecutionGrant,
  of: { readonly partyIds: readonly string[]; readonly runId: string | null },
): Promise<void> => insertGrant(tx, { id, tenantId, sessionId, changeId, gatewayId, notAfter: new Date(notAfter), ...of })

export async function writeGrant(tx: Tx, request: GrantRequest): Promise<{ id: string; grant: ExecutionGrant }> {
  const { change, next, now, notAfter } = request
  const grant = ExecutionGrant.parse({
    v: 1,
    id: newId(now.getTime()),
    nonce: randomBytes(16).toString('hex'),
    plane: change.plane,
    tenantId: change.tenantId,
    changeId: change.id,
    changeNo: change.no,
    planHash: change.planHash,
    runId: request.runId,
    stepKey: next.stepKey,
    phase: next.phase,
    batch: next.batch,
    kind: 'planned',
    executor: request.executor,
    reviewer: request.reviewer,
    account: next.account,
    danger: next.danger,
    target: placeOf(request.target, next.account),
    command: grantCommandOf(sha256, next.action),
    commandDigest: commandDigestOf(sha256, next.action),
    timeoutMs: next.timeoutSeconds * 1000,
    notBefore: now.toISOString(),
    notAfter: notAfter.toISOString(),
    issuedBecause: request.guards,
    gatewayId: request.gatewayId,
    sessionId: request.sessionId,
  })
  await registerGrant(tx, grant, { partyIds: change.partyIds, runId: request.runId })
  return { id: grant.id, grant }
}

export interface ObserveRequest {
  readonly session: {
    readonly id: string
    readonly gatewayId: string
    readonly tenantId: string
    readonly partyIds: readonly string[]
  }
  readonly change: {
    readonly id: string
    readonly no: string
    readonly plane: 'platform' | 'tenant'
    readonly planHash: string
    readonly windowEnd: Date | null
  }
  readonly executor: { readonly personId: string; readonly name: string }
  readonly target: Target
  readonly batch: number
  readonly account: string
  readonly line: string
  readonly now: Date
}
/** One read-only command. It belongs to no step, so it has no run; the signer holds its line against the read-only list. */
export async function writeObserveGrant(tx: Tx, request: ObserveRequest): Promise<ExecutionGrant> {
  const { session, change, now } = request
  const action = { kind: 'command' as const, line: request.line }
  const notAfter = new Date(Math.min(now.getTime() + 60_000, change.windowEnd?.getTime() ?? Number.POSITIVE_INFINITY))
  const grant = ExecutionGrant.parse({
    v: 1,
    id: newId(now.getTime()),
    nonce: randomBytes(16).toString('hex'),
    plane: change.plane,
    tenantId: session.tenantId,
    changeId: change.id,
    changeNo: change.no,
    planHash: change.planHash,
    runId: newId(now.getTime()),
    stepKey: 'observe',
    phase: 'precheck',
    batch: request.batch,
    kind: 'observe',
    executor: request.executor,
    reviewer: null,
    account: request.account,
    danger: 1,
    target: placeOf(request.target, request.account),
    command: grantCommandOf(sha256, action),
    commandDigest: commandDigestOf(sha256, action),
    timeoutMs: 30_000,
    notBefore: now.toISOString(),
    notAfter: notAfter.toISOString(),
    issuedBecause: [],
    gatewayId: session.gatewayId,
    sessionId: session.id,
  })
  await registerGrant(tx, grant, { partyIds: session.partyIds, runId: null })
  return grant
}

export interface TerminalRequest {
  readonly session: {
    readonly id: string
    readonly gatewayId: string
    readonly tenantId: string
  }
  readonly mandate: EmergencyMandate
  readonly target: Target
  readonly account: string
  readonly now: Date
}
/** One terminal of an emergency: until the custodians' hour is over, and no longer than an hour. The signer holds it against the emergency itself. */
export function terminalGrant(request: TerminalRequest): ExecutionGrant {
  const { session, mandate, target, account, now } = request
  const command = { kind: 'interactive' as const, purpose: mandate.title.replace(/\p{Cc}/gu, ' ').slice(0, 500) }
  const left = mandate.notAfter!.getTime() - now.getTime()
  const notAfter = new Date(now.getTime() + Math.min(grantMaxMs / 2, left))
  const people = { executorId: mandate.executor.personId, secondId: mandate.second.personId }
  return ExecutionGrant.parse({
    v: 1,
    id: newId(now.getTime()),
    nonce: randomBytes(16).toString('hex'),
    plane: mandate.plane,
    tenantId: session.tenantId,
    changeId: mandate.id,
    changeNo: mandate.no,
    planHash: mandateHash(sha256, { emergencyId: mandate.id, ...people, targetId: target.id, account }),
    runId: newId(now.getTime()),
    stepKey: 'terminal',
    phase: 'execute',
    batch: 0,
    kind: 'breakglass',
    executor: mandate.executor,
    reviewer: mandate.second,
    account,
    danger: 5,
    target: placeOf(target, account),
    command,
    commandDigest: commandDigestOf(sha256, command),
    timeoutMs: Math.max(1000, Math.min(left, 3_600_000)),
    notBefore: now.toISOString(),
    notAfter: notAfter.toISOString(),
    issuedBecause: [],
    gatewayId: session.gatewayId,
    sessionId: session.id,
  })
}
