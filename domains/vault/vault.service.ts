import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { ExecutionGrant } from '@huabiao/domains/session/session-grant.model'
import type { PersonActor, ServiceActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent, InputOf } from '@huabiao/kit/contract/contract'
import type { SecretRequest } from '@huabiao/kit/crypto/vault-client'
import { enterTenant, type ReadTx, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import type { Outcome, Stages } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import type * as contract from './vault.contract.ts'
import { nextDue, type RotationOutcome, retryMs, rotationMaxMs, vaultState } from './vault.model.ts'
import type { VaultDeps } from './vault.ports.ts'
import {
  findKept,
  finishRotation,
  insertKept,
  insertRelease,
  insertRotation,
  isKept,
  type KeptRow,
  keepPending,
  lastRotations,
  lockKept,
  lockRotation,
  placeOfKept,
  promotePending,
  type RotationRow,
  setFailed,
  setGiven,
  setUsed,
} from './vault.store.ts'

export const keptEvent = (
  kept: { readonly id: string; readonly tenantId: string },
  target: Pick<Target, 'name' | 'plane'>,
  type: string,
  data: Record<string, unknown> = {},
): DomainEvent => ({
  type,
  object: `kept-credential/${kept.id}`,
  tenantId: kept.tenantId,
  plane: target.plane,
  target: target.name,
  ...data,
})

export async function toItems(tx: ReadTx, deps: VaultDeps, rows: readonly KeptRow[]): Promise<contract.VaultItem[]> {
  const targets = await deps.targets.find(tx, [...new Set(rows.map(({ targetId }) => targetId))])
  const rotations = await lastRotations(
    tx,
    rows.map(({ id }) => id),
  )
  const now = deps.clock.now()
  return rows.map((row) => {
    const target = targets.find(({ id }) => id === row.targetId)
    const last = rotations.get(row.id)
    const rotatingSince = last && last.state !== 'finished' ? last.requestedAt : null
    return {
      id: row.id,
      targetId: row.targetId,
      targetName: target?.name ?? '',
      plane: target?.plane ?? 'platform',
      account: row.account,
      login: row.login,
      kind: row.kind,
      fingerprint: row.fingerprint,
      state: vaultState({ dueAt: row.dueAt, failedAt: row.failedAt, rotatingSince, now }),
      rotateEveryDays: row.rotateEveryDays,
      depositedBy: row.depositedByName,
      depositedAt: row.depositedAt.toISOString(),
      rotatedAt: row.rotatedAt?.toISOString() ?? null,
      usedAt: row.usedAt?.toISOString() ?? null,
      dueAt: row.dueAt.toISOString(),
      failure: row.failure,
      lastOutcome: last?.outcome ?? null,
    }
  })
}

/** Sealed by the signer before any transaction; what reaches the database nobody but the signer opens. */
export async function deposit(
  stages: Stages<PersonActor>,
  deps: VaultDeps,
  body: InputOf<typeof contract.depositSecret>['body'],
): Promise<Outcome<contract.VaultItem>> {
  const { actor } = stages
  const id = newId(deps.clock.now().getTime())
  const place = await stages.read(async (tx) => {
    const [target] = await deps.targets.find(tx, [body.targetId])
    const account = target?.accounts.find(({ name }) => name === body.account)
    if (!target || target.tenantId !== actor.tenantId || !account) throw new Refusal('vault.account_unknown')
    if (await isKept(tx, target.id, account.login)) throw new Refusal('vault.already_kept')
    return { target, account }
  })
  const { sealed, fingerprint } = await deps.signer.keepSecret({ accountId: id, kind: body.kind, secret: body.secret })
  const view = await stages.transact(async (tx) => {
    const { target, account } = place
    await insertKept(tx, {
      id,
      tenantId: target.tenantId,
      partyIds: [],
      targetId: target.id,
      account: account.name,
      login: account.login,
      kind: body.kind,
      sealed,
      fingerprint,
      rotateEveryDays: body.rotateEveryDays,
      by: actor.personId,
      byName: actor.name,
      at: deps.clock.now(),
    })
    const data = {
      account: account.name,
      login: account.login,
      kind: body.kind,
      fingerprint,
      rotateEveryDays: body.rotateEveryDays,
    }
    const kept = (await findKept(tx, id))!
    return { view: (await toItems(tx, deps, [kept]))[0]!, events: [keptEvent(kept, target, 'vault.deposited', data)] }
  })
  return { view, unchanged: true }
}

/** Now, because somebody asked. What was lost before is ended first: both secrets stay known, and this one finds out which works. */
export async function rotateNow(
  tx: Tx,
  deps: VaultDeps,
  actor: PersonActor,
  accountId: string,
): Promise<Outcome<contract.VaultItem>> {
  const kept = await lockKept(tx, accountId)
  if (!kept || kept.tenantId !== actor.tenantId) throw new Refusal('vault.account_not_found')
  const last = (await lastRotations(tx, [kept.id])).get(kept.id)
  const isOpen = last !== undefined && last.state !== 'finished'
  if (isOpen && deps.clock.now().getTime() - last.requestedAt.getTime() <= rotationMaxMs)
    throw new Refusal('vault.rotation_running')
  const lost = isOpen ? await endRotation(tx, deps, last, lostRotation) : []
  const event = await startRotation(tx, deps, kept, 'asked')
  if (!event) throw new Refusal('session.gateway_unavailable')
  return { view: (await toItems(tx, deps, [(await findKept(tx, kept.id))!]))[0]!, events: [...lost, event] }
}
export const lostRotation = { outcome: 'failed', detail: 'the gateway did not answer' } as const

/** Queues a rotation of a credential that is locked; undefined where no gateway of the plane is there. */
export async function startRotation(
  tx: Tx,
  deps: VaultDeps,
  kept: KeptRow,
  why: 'deposited' | 'used' | 'scheduled' | 'asked',
): Promise<DomainEvent | undefined> {
  const now = deps.clock.now()
  const [target] = await deps.targets.find(tx, [kept.targetId])
  const gateway = target && (await deps.gateways.of(tx, target.plane, now))
  if (!target || !gateway) return undefined
  const id = newId(now.getTime())
  const { tenantId, partyIds, id: accountId, login } = kept
  await insertRotation(tx, { id, tenantId, partyIds, accountId, gatewayId: gateway.id, requestedAt: now, why })
  const { name, host, port, hostKeySha256 } = target
  await deps.gateways.queueRotation(tx, gateway.id, { rotationId: id, login, target: { name, host, port, hostKeySha256 } })
  return keptEvent(kept, target, 'vault.rotation_asked', { rotationId: id, why, gatewayId: gateway.id })
}

/** How many logons one release makes: a step one; a rotation one with the old secret and one with the new, and one more where the old still works. */
const logonsOf = { grant: 1, rotation: 3 } as const

/** For one granted step; recorded before it leaves, and due for rotation from then on. */
export async function releaseForGrant(
  stages: Stages<ServiceActor>,
  deps: VaultDeps,
  of: { readonly grant: ExecutionGrant; readonly request: SecretRequest },
): Promise<string | undefined> {
  const { grant, request } = of
  const place = await stages.read((tx) => placeOfKept(tx, grant.target.id, grant.target.account))
  if (!place) return undefined
  const boxed = await deps.signer.releaseSecret(request)
  const at = deps.clock.now()
  await stages.transact(async (tx) => {
    await enterTenant(tx, place.tenantId)
    const kept = await findKept(tx, place.accountId)
    if (!kept) throw notFound('vault.account')
    await insertRelease(tx, {
      id: newId(at.getTime()),
      tenantId: kept.tenantId,
      partyIds: kept.partyIds,
      accountId: kept.id,
      grantId: grant.id,
      rotationId: null,
      gatewayId: stages.actor.serviceId,
      at,
      fingerprints: fingerprintsOf(kept),
      logonsMost: logonsOf.grant,
    })
    await setUsed(tx, kept.id, at)
    const data = { grantId: grant.id, gatewayId: stages.actor.serviceId, account: kept.account, changeId: grant.changeId }
    return { view: undefined, events: [keptEvent(kept, { name: place.targetName, plane: place.plane }, 'vault.released', data)] }
  })
  return boxed
}
const fingerprintsOf = (kept: KeptRow): string[] | null =>
  kept.kind === 'password' ? null : [kept.fingerprint, kept.pendingFingerprint].filter((one) => one !== null)

/** The next secret is kept beside the present one before the gateway hears of either. */
export async function giveMaterial(
  stages: Stages<ServiceActor>,
  deps: VaultDeps,
  of: { rotationId: string; boxKey: string; proof: string },
): Promise<string> {
  const gatewayId = stages.actor.serviceId
  const made = await deps.signer.rotateSecret({ ...of, gatewayId })
  await stages.transact(async (tx) => {
    const rotation = await lockRotation(tx, of.rotationId, gatewayId)
    if (rotation.state === 'finished') throw new Refusal('vault.rotation_not_found')
    // Given once: a second box would hold another secret than the one that was kept.
    if (rotation.state === 'given') throw new Refusal('vault.rotation_used')
    const kept = (await findKept(tx, rotation.accountId))!
    if (made.isNew) await keepPending(tx, kept.id, made)
    await setGiven(tx, rotation.id)
    const at = deps.clock.now()
    const [target] = await deps.targets.find(tx, [kept.targetId])
    await insertRelease(tx, {
      id: newId(at.getTime()),
      tenantId: kept.tenantId,
      partyIds: kept.partyIds,
      accountId: kept.id,
      grantId: null,
      rotationId: rotation.id,
      gatewayId,
      at,
      fingerprints: kept.kind === 'password' ? null : [kept.fingerprint, made.fingerprint].filter((one) => one !== null),
      logonsMost: logonsOf.rotation,
    })
    return { view: undefined, events: [keptEvent(kept, target!, 'vault.rotation_given', { rotationId: rotation.id, gatewayId })] }
  })
  return made.boxed
}

/** What the gateway saw. Only a new secret that was seen to work, with the old one gone, becomes the one that is known. */
export async function endRotation(
  tx: Tx,
  deps: VaultDeps,
  rotation: RotationRow,
  of: { outcome: RotationOutcome; detail: string },
): Promise<DomainEvent[]> {
  const at = deps.clock.now()
  const kept = (await findKept(tx, rotation.accountId))!
  const [target] = await deps.targets.find(tx, [kept.targetId])
  await finishRotation(tx, rotation.id, { at, ...of })
  if (of.outcome === 'rotated') await promotePending(tx, kept.id, at, nextDue(at, kept.rotateEveryDays))
  else {
    await setFailed(tx, kept.id, { at, due: new Date(at.getTime() + retryMs), failure: of.detail })
    const holders = await deps.holders(tx, {
      role: target!.plane === 'tenant' ? 'TAD' : 'SEC',
      duty: null,
      tenantId: kept.tenantId,
    })
    const params = { target: target!.name, account: kept.account, outcome: of.outcome }
    await deps.notify(
      tx,
      holders.map((who) => ({ ...who, kind: 'vault.rotation_failed', object: `kept-credential/${kept.id}`, params })),
    )
  }
  const type = of.outcome === 'rotated' ? 'vault.rotated' : 'vault.rotation_failed'
  return [keptEvent(kept, target!, type, { rotationId: rotation.id, gatewayId: rotation.gatewayId, ...of })]
}
