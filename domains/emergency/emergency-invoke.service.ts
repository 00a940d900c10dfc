import type { Target } from '@huabiao/domains/cmdb/cmdb.model'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { ReadTx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { answerMs, type EmergencyRefusal, invokerRoles } from './emergency.model.ts'
import type { EmergencyDeps } from './emergency.ports.ts'
import {
  findEmergency,
  hasOpenEmergency,
  insertEmergency,
  listBlocks,
  listFreezeNames,
  nextEmergencyNo,
} from './emergency.store.ts'
import { invokeRefusal } from './emergency-act.model.ts'
import { type Acting, move, peopleWho, tell, tellAll } from './emergency-move.service.ts'
import { startDeadline } from './emergency-paper.store.ts'
import { emergencyRisk } from './emergency-risk.model.ts'

export interface NewEmergency {
  readonly title: string
  readonly reason: string
  readonly incidentNo: string
  readonly incidentLevel: 'P1' | 'P2'
  readonly secondId: string
  readonly root: boolean
  readonly targets: readonly { readonly targetId: string; readonly accounts: readonly string[] }[]
}
/** Whoever may execute may stand beside: of the same unit, by their roles. */
async function seconds(tx: ReadTx, deps: EmergencyDeps, tenantId: string): Promise<Map<string, string>> {
  const people = new Map<string, string>()
  for (const role of invokerRoles)
    for (const one of await deps.holders(tx, { role, duty: null, tenantId })) people.set(one.personId, one.name)
  return people
}
export async function listSeconds(tx: ReadTx, deps: EmergencyDeps, actor: PersonActor) {
  const people = await seconds(tx, deps, actor.tenantId)
  people.delete(actor.personId)
  const ids = [...people.keys()]
  const trained = await deps.qualified(tx, ids, deps.clock.now())
  const blocked = new Set((await listBlocks(tx, ids, [])).map((block) => block.personId))
  const refusal = (id: string): EmergencyRefusal | null =>
    blocked.has(id) ? 'emergency.retro_overdue' : trained.has(id) ? null : 'emergency.not_qualified'
  return [...people]
    .slice(0, 200)
    .map(([id, name]) => ({ id, name, refusal: refusal(id) }))
    .sort((a, b) => a.name.localeCompare(b.name, 'zh'))
}

/** Everything that is asked before anybody's key. Answers the targets as they are registered. @throws Refusal whatever the rule answers */
async function admittedTargets({ tx, deps, actor, now }: Acting, body: NewEmergency): Promise<Target[]> {
  const targetIds = body.targets.map((target) => target.targetId)
  const targets = await deps.targets.find(tx, targetIds)
  const { personId: executorId, tenantId } = actor
  const people = [executorId, body.secondId]
  const blocks = await listBlocks(tx, people, targetIds)
  const code = invokeRefusal(
    { executorId, secondId: body.secondId, tenantId, root: body.root, wanted: body.targets },
    {
      secondFit: (await seconds(tx, deps, tenantId)).has(body.secondId),
      qualified: await deps.qualified(tx, people, now),
      blocks,
      targets,
      custodianIds: (await deps.holders(tx, { role: 'BGC', duty: null, tenantId })).map((one) => one.personId),
      hasOpen: await hasOpenEmergency(tx, executorId),
    },
  )
  if (code) throw new Refusal(code, blocks.length > 0 ? { filings: [...new Set(blocks.map((block) => block.no))] } : {})
  return targets
}
const namedAccounts = (body: NewEmergency, target: Target): string[] => [
  ...new Set(body.targets.find((one) => one.targetId === target.id)!.accounts),
]

/** Written down as it was asked for, and everybody is told at once; nothing opens by it. */
export async function invoke(on: Acting, body: NewEmergency): Promise<string> {
  const { tx, deps, actor, now } = on
  const targets = await admittedTargets(on, body)
  const systems = await deps.systems.find(tx, [...new Set(targets.map((target) => target.systemId))])
  const units = [...new Set(systems.map((system) => system.tenantId))].filter((unit) => unit !== actor.tenantId)
  const { title, reason, incidentNo, incidentLevel, root, secondId } = body
  const id = newId(now.getTime())
  await insertEmergency(
    tx,
    {
      ...{ id, title, reason, incidentNo, incidentLevel, root, secondId },
      risk: emergencyRisk({ wanted: body.targets, targets, systems }),
      tenantId: actor.tenantId,
      partyIds: units.sort(),
      no: await nextEmergencyNo(tx, beijingDay(now).replaceAll('-', '')),
      plane: targets[0]!.plane,
      executorId: actor.personId,
      frozenBy: await listFreezeNames(
        tx,
        actor.tenantId,
        targets.map((target) => target.id),
        now,
      ),
      invokedAt: now,
    },
    targets.map((target) => ({ ...target, targetId: target.id, accounts: namedAccounts(body, target) })),
  )
  const row = (await findEmergency(tx, id))!
  await startDeadline(tx, row, 'answer', new Date(now.getTime() + answerMs))
  await move(on, row, {
    act: 'invoke',
    event: 'emergency.invoked',
    note: reason,
    data: {
      ...{ incident: incidentNo, level: incidentLevel, executorId: actor.personId, secondId, root, risk: row.risk },
      targets: targets.map((target) => `${target.name}: ${namedAccounts(body, target).join(', ')}`),
      // It is let through, and says so (itsm §2.3).
      ...(row.frozenBy.length > 0 ? { frozenBy: row.frozenBy } : {}),
    },
  })
  await tellAll(on, row, 'emergency.invoked')
  await tell(on, row, 'emergency.confirm', [{ personId: secondId, tenantId: row.tenantId }])
  await tell(on, row, 'emergency.custody', await peopleWho(on, row).custodians())
  return id
}
