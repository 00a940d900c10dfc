import type { PersonActor } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { PermissionRequestView } from './access.contract.ts'
import { exclusionOf, isRole, type RoleCode, roles, windowRefusal } from './access.model.ts'
import type { AccessDeps } from './access.ports.ts'
import {
  endRequest,
  insertBinding,
  insertRequest,
  listHolders,
  lockRequest,
  type PermissionRequest,
  rolesOfPerson,
} from './access.store.ts'

/** Permission requests (权限申请): supervisor, then owner, then security administrator, then department; four persons (S3, 002). */
const kind = 'permission-request'
const chain = [
  { key: 'supervisor', role: 'APV', duty: 'supervisor' },
  { key: 'owner', role: 'APV', duty: 'owner' },
  { key: 'security', role: 'SEC', duty: null },
  { key: 'department', role: 'APV', duty: 'department' },
] as const
/** The three administrators and the parties' own officers are appointed, never requested. */
const appointed: readonly RoleCode[] = ['PAD', 'SEC', 'AUD', 'TAU', 'GMU', 'SPV']

export interface Wanted {
  role: RoleCode
  duty: string | null
  reason: string
  notBefore?: string | undefined
  notAfter: string
}
export async function requestPermission(tx: Tx, deps: AccessDeps, actor: PersonActor, wanted: Wanted) {
  const now = deps.clock.now()
  const window = { notBefore: wanted.notBefore ? new Date(wanted.notBefore) : now, notAfter: new Date(wanted.notAfter) }
  refuseIf(windowRefusal(window, now))
  if (appointed.includes(wanted.role)) throw new Refusal('access.not_requestable')
  if (!roles[wanted.role].parties.includes(actor.party)) throw new Refusal('access.party_unfit')
  // Said now, not after four approvals; the database says it again when the binding is made.
  const held = (await rolesOfPerson(tx, actor.personId, now)).filter(isRole)
  const clash = held.find((role) => exclusionOf(role, wanted.role) === 'static')
  if (clash) throw new Refusal('access.exclusive_roles', { held: clash, wanted: wanted.role })
  const stages = []
  for (const { key, role, duty } of chain) {
    const holders = await listHolders(tx, { role, duty, tenantId: actor.tenantId }, now)
    stages.push({ key, duty: duty ?? role, quorum: 1, candidateIds: holders.map((holder) => holder.personId) })
  }
  const id = newId(now.getTime())
  const { tenantId, personId } = actor
  const subject = {
    id,
    personId,
    role: wanted.role,
    duty: wanted.duty,
    notBefore: window.notBefore.toISOString(),
    notAfter: window.notAfter.toISOString(),
  }
  const subjectHash = toHex(sm3(utf8(`huabiao/permission-request/v1\n${canonicalJson(subject)}`)))
  const { role, duty, reason } = wanted
  await insertRequest(tx, {
    id,
    tenantId,
    personId,
    role,
    duty,
    reason,
    ...window,
    subjectHash,
    state: 'open',
    createdAt: now,
    decidedAt: null,
  })
  await deps.approval.open(tx, {
    tenantId,
    partyIds: [],
    kind,
    subjectId: id,
    hash: subjectHash,
    stages,
    excludedIds: [personId],
    at: now,
    dueAt: window.notAfter,
  })
  await tell(tx, deps, id, tenantId, stages[0]!.candidateIds, role)
  const event: DomainEvent = { type: 'permission.requested', object: `permission-request/${id}`, role, duty, reason }
  return { id, events: [event] }
}
const tell = (tx: Tx, deps: AccessDeps, id: string, tenantId: string, people: readonly string[], role: string) =>
  deps.notify(
    tx,
    people.map((personId) => ({
      tenantId,
      personId,
      kind: 'permission.decide',
      object: `permission-request/${id}`,
      params: { role },
    })),
  )

async function open(tx: Tx, id: string): Promise<PermissionRequest> {
  const request = await lockRequest(tx, id)
  if (!request) throw new Refusal('access.request_not_found')
  if (request.state !== 'open') throw new Refusal('access.request_closed')
  return request
}
export async function decideRequest(
  tx: Tx,
  deps: AccessDeps,
  actor: PersonActor,
  id: string,
  decision: { verdict: 'approve' | 'reject'; note: string },
): Promise<DomainEvent[]> {
  const request = await open(tx, id)
  const at = deps.clock.now()
  const object = `permission-request/${id}`
  if (at >= request.notAfter) throw new Refusal('access.request_closed')
  const { stage, complete } = await deps.approval.decide(tx, kind, id, {
    ...decision,
    personId: actor.personId,
    hash: request.subjectHash,
    at,
  })
  const data = { object, stage, role: request.role, note: decision.note }
  if (decision.verdict === 'reject') {
    await endRequest(tx, id, 'rejected', at)
    await tell(tx, deps, id, request.tenantId, [request.personId], request.role)
    return [{ type: 'permission.rejected', ...data }]
  }
  if (!complete) {
    const next = (await deps.approval.stages(tx, kind, id, actor.personId)).stages.find((s) => s.state === 'open')
    await tell(tx, deps, id, request.tenantId, next?.candidateIds ?? [], request.role)
    return [{ type: 'permission.approved', ...data }]
  }
  const bindingId = newId(at.getTime())
  const { tenantId, personId, role, duty, notAfter } = request
  const notBefore = request.notBefore > at ? request.notBefore : at
  await insertBinding(tx, {
    id: bindingId,
    tenantId,
    personId,
    role,
    duty,
    notBefore,
    notAfter,
    grantedBy: actor.personId,
    requestId: id,
  })
  await endRequest(tx, id, 'granted', at)
  await tell(tx, deps, id, tenantId, [personId], role)
  return [
    { type: 'permission.approved', ...data },
    { type: 'permission.granted', object, bindingId, personId, role, duty, notAfter: notAfter.toISOString() },
  ]
}
export async function withdrawRequest(tx: Tx, deps: AccessDeps, actor: PersonActor, id: string): Promise<DomainEvent[]> {
  const request = await open(tx, id)
  if (request.personId !== actor.personId) throw new Refusal('access.request_not_found')
  await deps.approval.voidAll(tx, kind, id, 'withdrawn', deps.clock.now())
  await endRequest(tx, id, 'withdrawn', deps.clock.now())
  return [{ type: 'permission.withdrawn', object: `permission-request/${id}` }]
}

export async function toRequestView(
  tx: ReadTx,
  deps: AccessDeps,
  actor: PersonActor,
  request: PermissionRequest,
): Promise<PermissionRequestView> {
  const { stages, refusal } = await deps.approval.stages(tx, kind, request.id, actor.personId)
  const ids = [request.personId, ...stages.flatMap((stage) => [...stage.candidateIds, ...stage.decisions.map((d) => d.personId)])]
  const names = await deps.names(tx, [...new Set(ids)])
  const ref = (id: string) => ({ id, name: names.get(id) ?? '—' })
  return {
    id: request.id,
    person: ref(request.personId),
    role: request.role,
    duty: request.duty,
    reason: request.reason,
    notBefore: request.notBefore.toISOString(),
    notAfter: request.notAfter.toISOString(),
    state: request.state,
    stages: stages.map((stage) => ({
      key: stage.key,
      state: stage.state,
      candidates: stage.candidateIds.slice(0, 50).map(ref),
      decisions: stage.decisions.map((d) => ({
        person: ref(d.personId),
        verdict: d.verdict,
        note: d.note,
        at: d.at.toISOString(),
      })),
    })),
    decideRefusal: request.state === 'open' ? refusal : 'access.request_closed',
    createdAt: request.createdAt.toISOString(),
    decidedAt: request.decidedAt?.toISOString() ?? null,
  }
}
