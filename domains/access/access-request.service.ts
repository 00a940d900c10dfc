import type { PersonActor } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { PermissionRequestView } from './access.contract.ts'
import { type RoleCode, windowRefusal } from './access.model.ts'
import type { AccessDeps, StagesView } from './access.ports.ts'
import {
  endRequest,
  findBindings,
  insertBinding,
  insertRequest,
  listHolders,
  lockRequest,
  type PermissionRequest,
  rolesBound,
  rolesOfPerson,
  type StoredBinding,
} from './access.store.ts'
import { askRefusal, grantState, permissionChain, requestLifeMs, stageDue, staticClash } from './access-request.model.ts'

const kind = 'permission-request'

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
  // Said now, not after four approvals; it is asked again before the role is given, and the database asks it then, too.
  const held = await rolesOfPerson(tx, actor.personId, now)
  const trained = (await deps.trained(tx, [actor.personId], now)).has(actor.personId)
  const refusal = askRefusal({ role: wanted.role, ...window }, { party: actor.party, held, trained })
  if (refusal) throw new Refusal(refusal.code, refusal.params)
  const stages = []
  for (const { key, role, duty } of permissionChain) {
    const holders = await listHolders(tx, { role, duty, tenantId: actor.tenantId }, now)
    stages.push({ key, duty: duty ?? role, quorum: 1, candidateIds: holders.map((holder) => holder.personId) })
  }
  const id = newId(now.getTime())
  const expiresAt = new Date(Math.min(window.notAfter.getTime(), now.getTime() + requestLifeMs))
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
    expiresAt,
    decidedAt: null,
    bindingId: null,
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
    dueAt: expiresAt,
  })
  const object = `permission-request/${id}`
  await tell(tx, deps, { object, tenantId, role }, stages[0]!.candidateIds)
  const event: DomainEvent = { type: 'permission.requested', object, role, duty, reason }
  return { id, events: [event] }
}
type Told = 'decide' | 'granted' | 'rejected' | 'expired' | 'expiring' | 'ended' | 'suspended' | 'resumed'
export const tell = (
  tx: Tx,
  deps: AccessDeps,
  of: { object: string; tenantId: string; role: string },
  people: readonly string[],
  what: Told = 'decide',
) =>
  deps.notify(
    tx,
    people.map((personId) => ({
      tenantId: of.tenantId,
      personId,
      kind: `permission.${what}`,
      object: of.object,
      params: { role: of.role },
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
  const of = { object: `permission-request/${id}`, tenantId: request.tenantId, role: request.role }
  if (at >= request.expiresAt) throw new Refusal('access.request_closed')
  await mayStillDecide(tx, deps, actor, request)
  if (decision.verdict === 'approve') await fits(tx, deps, request, at)
  const { stage, complete } = await deps.approval.decide(tx, kind, id, {
    ...decision,
    personId: actor.personId,
    hash: request.subjectHash,
    at,
  })
  const data = { object: of.object, stage, role: request.role, note: decision.note }
  if (decision.verdict === 'reject') {
    await endRequest(tx, id, 'rejected', at)
    await tell(tx, deps, of, [request.personId], 'rejected')
    return [{ type: 'permission.rejected', ...data }]
  }
  if (!complete) {
    const { stages } = (await deps.approval.stages(tx, kind, [id], actor.personId)).get(id)!
    const next = stages.find((one) => one.state === 'open')
    await tell(tx, deps, of, ableOf(request, stages, next))
    return [{ type: 'permission.approved', ...data }]
  }
  return [{ type: 'permission.approved', ...data }, await provide(tx, deps, actor, request, at)]
}

/** The list of candidates was frozen when the request was made; whoever has lost the duty since decides nothing. */
async function mayStillDecide(tx: Tx, deps: AccessDeps, actor: PersonActor, request: PermissionRequest): Promise<void> {
  const { stages, refusal } = (await deps.approval.stages(tx, kind, [request.id], actor.personId)).get(request.id)!
  const stage = permissionChain.find(({ key }) => stages.some((one) => one.key === key && one.state === 'open'))
  if (refusal || !stage) return
  const of = { role: stage.role, duty: stage.duty, tenantId: request.tenantId }
  const holders = await listHolders(tx, of, deps.clock.now())
  if (!holders.some((holder) => holder.personId === actor.personId)) throw new Refusal('approval.not_candidate')
}
/** Asked at every approval, the security administrator's and the last among them: the matrix as it stands now (RL-27), and training (RL-24). */
async function fits(tx: Tx, deps: AccessDeps, request: PermissionRequest, at: Date): Promise<void> {
  const clash = staticClash(request.role as RoleCode, await rolesBound(tx, request.personId, request))
  if (clash) throw new Refusal('access.exclusive_roles', { held: clash, wanted: request.role })
  if (!(await deps.trained(tx, [request.personId], at)).has(request.personId)) throw new Refusal('access.untrained')
}
/** The grant itself. The database asks for exclusions once more. */
async function provide(tx: Tx, deps: AccessDeps, actor: PersonActor, request: PermissionRequest, at: Date): Promise<DomainEvent> {
  const bindingId = newId(at.getTime())
  const { id, tenantId, personId, role, duty, notAfter } = request
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
  await endRequest(tx, id, 'granted', at, bindingId)
  const object = `permission-request/${id}`
  await tell(tx, deps, { object, tenantId, role }, [personId], 'granted')
  return { type: 'permission.granted', object, bindingId, personId, role, duty, notAfter: notAfter.toISOString() }
}

export async function withdrawRequest(tx: Tx, deps: AccessDeps, actor: PersonActor, id: string): Promise<DomainEvent[]> {
  const request = await open(tx, id)
  if (request.personId !== actor.personId) throw new Refusal('access.request_not_found')
  await deps.approval.voidAll(tx, kind, id, 'withdrawn', deps.clock.now())
  await endRequest(tx, id, 'withdrawn', deps.clock.now())
  return [{ type: 'permission.withdrawn', object: `permission-request/${id}` }]
}

type Stage = StagesView['stages'][number]
/** Candidates of a stage who can still fill it: not the requester, and nobody who filled another. */
function ableOf(request: PermissionRequest, stages: readonly Stage[], stage: Stage | undefined): string[] {
  const used = new Set(stages.flatMap((one) => one.decisions.map((decision) => decision.personId)))
  return (stage?.candidateIds ?? []).filter((id) => id !== request.personId && !used.has(id))
}
/** When the turn of a stage came: the request's beginning, or the decision before it. */
const sinceOf = (request: PermissionRequest, stages: readonly Stage[], i: number): Date | undefined =>
  i === 0 ? request.createdAt : stages[i - 1]!.state === 'approved' ? stages[i - 1]!.decisions.at(-1)?.at : undefined

/** A page of requests costs as much as one: approvals, names and grants are asked for all together. */
export async function toRequestViews(
  tx: ReadTx,
  deps: AccessDeps,
  actor: PersonActor,
  requests: readonly PermissionRequest[],
): Promise<PermissionRequestView[]> {
  const ids = requests.map((request) => request.id)
  const stagesOf = await deps.approval.stages(tx, kind, ids, actor.personId)
  const stages = [...stagesOf.values()].flatMap((view) => view.stages)
  const people = stages.flatMap((stage) => [...stage.candidateIds, ...stage.decisions.map((d) => d.personId)])
  const names = await deps.names(tx, [...new Set([...requests.map((request) => request.personId), ...people])])
  const bindings = await findBindings(
    tx,
    requests.flatMap((request) => request.bindingId ?? []),
  )
  return requests.map((request) => toView(deps, request, stagesOf.get(request.id)!, { names, bindings }))
}

function toView(
  deps: AccessDeps,
  request: PermissionRequest,
  { stages, refusal }: StagesView,
  known: { names: ReadonlyMap<string, string>; bindings: ReadonlyMap<string, StoredBinding> },
): PermissionRequestView {
  const ref = (id: string) => ({ id, name: known.names.get(id) ?? '—' })
  const binding = request.bindingId ? known.bindings.get(request.bindingId) : undefined
  return {
    id: request.id,
    person: ref(request.personId),
    role: request.role,
    duty: request.duty,
    reason: request.reason,
    notBefore: request.notBefore.toISOString(),
    notAfter: request.notAfter.toISOString(),
    state: request.state,
    stages: stages.map((stage, i) => {
      const since = sinceOf(request, stages, i)
      return {
        key: stage.key,
        state: stage.state,
        candidates: ableOf(request, stages, stage).slice(0, 50).map(ref),
        since: since?.toISOString() ?? null,
        dueAt: since ? stageDue(deps.holidays, since).toISOString() : null,
        decisions: stage.decisions.map((d) => ({
          person: ref(d.personId),
          verdict: d.verdict,
          note: d.note,
          at: d.at.toISOString(),
        })),
      }
    }),
    decideRefusal: request.state === 'open' ? refusal : 'access.request_closed',
    createdAt: request.createdAt.toISOString(),
    expiresAt: request.expiresAt.toISOString(),
    decidedAt: request.decidedAt?.toISOString() ?? null,
    grant: binding
      ? {
          bindingId: binding.id,
          state: grantState(binding, deps.clock.now()),
          notBefore: binding.notBefore.toISOString(),
          notAfter: binding.notAfter.toISOString(),
        }
      : null,
  }
}
