import type { ReadTx } from '@huabiao/kit/db/db'
import type { EmergencyMandate } from './emergency.model.ts'
import type { EmergencyDeps } from './emergency.ports.ts'
import { findEmergency, findEmergencyId, listEmergencyTargets, listPresence } from './emergency.store.ts'

/** What the session domain asks: who may be where, until when, and whether the second person is there. */
export async function mandateOf(tx: ReadTx, deps: EmergencyDeps, id: string): Promise<EmergencyMandate | undefined> {
  const row = await findEmergency(tx, id)
  if (!row) return undefined
  const targets = await listEmergencyTargets(tx, [id])
  const presence = await listPresence(tx, id)
  const names = await deps.names(tx, [row.executorId, row.secondId])
  const person = (personId: string) => ({ personId, name: names.get(personId) ?? '' })
  return {
    id: row.id,
    no: row.no,
    title: row.title,
    tenantId: row.tenantId,
    partyIds: row.partyIds,
    plane: row.plane,
    state: row.state,
    executor: person(row.executorId),
    second: person(row.secondId),
    secondLastSeenAt: presence.find((one) => one.personId === row.secondId)?.seenAt ?? null,
    notAfter: row.notAfter,
    targets: targets.map(({ targetId, accounts }) => ({ targetId, accounts })),
  }
}

export async function mandateOfNo(tx: ReadTx, deps: EmergencyDeps, no: string): Promise<EmergencyMandate | undefined> {
  const id = await findEmergencyId(tx, no)
  return id === undefined ? undefined : mandateOf(tx, deps, id)
}
