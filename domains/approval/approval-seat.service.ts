import { roles } from '@huabiao/domains/access/access.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import type { DeputyView } from './approval.contract.ts'
import { type ApprovalStage, deputiesOf, eligibleIds, type Reassignment, reassignRefusal } from './approval.model.ts'
import type { ApprovalDeps } from './approval.ports.ts'
import { findApproval, type StoredApproval } from './approval.store.ts'
import {
  closeDeputy,
  type DeputyRow,
  insertAssignment,
  insertDeputy,
  listDeputiesOf,
  listLiveDeputies,
  tenantsOf,
} from './approval-deputy.store.ts'

/** Seats that change hands (itsm §2.2.2): deputies registered beforehand, and reassignment. Neither ever decides anything. */

const deputyMaxMs = 366 * 86_400_000

export async function registerDeputy(
  tx: Tx,
  deps: ApprovalDeps,
  actor: PersonActor,
  wanted: { deputyId: string; role: string; reason: string; notBefore?: string | undefined; notAfter: string },
): Promise<{ view: DeputyView; events: DomainEvent[] }> {
  const now = deps.clock.now()
  const notBefore = wanted.notBefore ? new Date(wanted.notBefore) : now
  const notAfter = new Date(wanted.notAfter)
  const length = notAfter.getTime() - notBefore.getTime()
  if (notAfter <= now || length <= 0 || length > deputyMaxMs) throw new Refusal('approval.window_invalid')
  const holders = (await deps.holders(tx, { role: wanted.role, duty: null, tenantId: actor.tenantId })).map((one) => one.personId)
  const fits = holders.includes(actor.personId) && holders.includes(wanted.deputyId) && wanted.deputyId !== actor.personId
  if (!fits || !approvingRoles([wanted.role]).length) throw new Refusal('approval.deputy_unfit')
  const row: DeputyRow = {
    id: newId(now.getTime()),
    tenantId: actor.tenantId,
    personId: actor.personId,
    deputyId: wanted.deputyId,
    role: wanted.role,
    reason: wanted.reason,
    notBefore,
    notAfter,
    registeredAt: now,
  }
  await insertDeputy(tx, row)
  const [view] = await toViews(tx, deps, [row])
  const { deputyId, role } = wanted
  const event = {
    type: 'approval.deputy_registered',
    object: `approval-deputy/${row.id}`,
    personId: actor.personId,
    deputyId,
    role,
    notAfter: notAfter.toISOString(),
  }
  return { view: view!, events: [event] }
}

export async function endDeputy(tx: Tx, deps: ApprovalDeps, actor: PersonActor, id: string): Promise<DomainEvent[]> {
  const row = await closeDeputy(tx, id, actor.personId, deps.clock.now())
  if (!row) throw new Refusal('approval.deputy_not_found')
  const { personId, deputyId, role } = row
  return [{ type: 'approval.deputy_ended', object: `approval-deputy/${id}`, personId, deputyId, role }]
}

export async function myDeputies(tx: ReadTx, deps: ApprovalDeps, actor: PersonActor) {
  const rows = await listDeputiesOf(tx, actor.personId, deps.clock.now())
  const mine = []
  for (const role of approvingRoles(actor.roles)) {
    const people = await deps.holders(tx, { role, duty: null, tenantId: actor.tenantId })
    const others = people.filter((one) => one.personId !== actor.personId).map((one) => ({ id: one.personId, name: one.name }))
    mine.push({ role, people: others.slice(0, 200) })
  }
  return { items: await toViews(tx, deps, rows), roles: mine }
}
const approvingRoles = (codes: readonly string[]): string[] =>
  codes.filter((code) => Object.entries(roles).some(([name, role]) => name === code && role.actions.includes('change:approve')))

async function toViews(tx: ReadTx, deps: ApprovalDeps, rows: readonly DeputyRow[]): Promise<DeputyView[]> {
  const names = await deps.names(tx, [...new Set(rows.flatMap((row) => [row.personId, row.deputyId]))])
  const ref = (id: string) => ({ id, name: names.get(id) ?? '—' })
  return rows.map((row) => ({
    id: row.id,
    person: ref(row.personId),
    deputy: ref(row.deputyId),
    role: row.role,
    reason: row.reason,
    notBefore: row.notBefore.toISOString(),
    notAfter: row.notAfter.toISOString(),
    registeredAt: row.registeredAt.toISOString(),
  }))
}

/** Live holders of the stage's role in the unit of each of these persons. */
async function holdersFor(tx: ReadTx, deps: ApprovalDeps, role: string | undefined, personIds: readonly string[]) {
  if (role === undefined) return []
  const units = [...new Set((await tenantsOf(tx, personIds)).values())].sort()
  const found = []
  for (const tenantId of units) found.push(...(await deps.holders(tx, { role, duty: null, tenantId })))
  return found
}

/** Everyone who might take the seat of `fromId`: the console offers them, the rule is asked again. */
export async function successors(
  tx: ReadTx,
  deps: ApprovalDeps,
  approval: StoredApproval,
  of: Omit<Reassignment, 'toId'>,
): Promise<{ personId: string; name: string }[]> {
  const stage = approval.stages.find((one) => one.key === of.stage)
  const holders = await holdersFor(tx, deps, stage?.role, [of.fromId])
  const ids = holders.map((one) => one.personId)
  return holders.filter((one) => reassignRefusal(approval, { ...of, toId: one.personId }, ids) === undefined)
}

/** One person in the place of another. The subject's row must be locked by the caller. @throws Refusal approval.* */
export async function reassign(
  tx: Tx,
  deps: ApprovalDeps,
  at: { kind: string; subjectId: string; now: Date },
  of: Reassignment & { reason: string; byTenantId: string },
): Promise<void> {
  const approval = await findApproval(tx, at.kind, at.subjectId)
  if (!approval) throw new Refusal('approval.not_found')
  const stage = approval.stages.find((one) => one.key === of.stage)
  const unit = (await tenantsOf(tx, [of.fromId])).get(of.fromId)
  const holders = await holdersFor(tx, deps, stage?.role, [of.fromId])
  refuseIf(
    reassignRefusal(
      approval,
      of,
      holders.map((one) => one.personId),
    ),
  )
  if (unit !== of.byTenantId) throw new Refusal('approval.not_administrator')
  const { stage: key, fromId, toId, byId, reason } = of
  await insertAssignment(tx, approval, { stage: key, kind: 'reassigned', fromId, toId, byId, reason, at: at.now })
}

/** Registered deputies who would join these stages if they ran out of time: one query where nobody registered any. */
export async function standIns(
  tx: ReadTx,
  deps: ApprovalDeps,
  approval: StoredApproval,
  stages: readonly ApprovalStage[],
  now: Date,
) {
  const waitedFor = new Set(stages.flatMap((stage) => [...eligibleIds(approval, stage)]))
  const registered = waitedFor.size > 0 ? await listLiveDeputies(tx, [...waitedFor], now) : []
  const unitOf = new Map(registered.map((one) => [one.deputyId, one.tenantId]))
  const found = []
  for (const stage of registered.length > 0 ? stages : []) {
    const holders = await holdersFor(tx, deps, stage.role, [...unitOf.keys()])
    const ids = holders.map((one) => one.personId)
    for (const seat of deputiesOf(approval, stage.key, registered, ids)) found.push({ ...seat, tenantId: unitOf.get(seat.toId)! })
  }
  return found
}
/** A stage ran out of time: its deputies join it. Nobody's silence is an approval. The subject's row must be locked by the caller. */
export async function callDeputies(tx: Tx, deps: ApprovalDeps, at: { kind: string; subjectId: string; now: Date }, key: string) {
  const approval = await findApproval(tx, at.kind, at.subjectId)
  const stage = approval?.stages.find((one) => one.key === key)
  if (!approval || !stage) return []
  const joining = await standIns(tx, deps, approval, [stage], at.now)
  for (const seat of joining) await insertAssignment(tx, approval, { ...seat, byId: null, reason: 'out of time', at: at.now })
  return joining
}
