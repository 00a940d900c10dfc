import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import type { EmergencyDetail, EmergencyItem } from './emergency.contract.ts'
import { isHere } from './emergency.model.ts'
import type { EmergencyDeps } from './emergency.ports.ts'
import { type EmergencyRow, findEmergency, listEmergencyTargets, listPresence, unitNameOf } from './emergency.store.ts'
import {
  type Asking,
  custodiansOf,
  type EmergencyAct,
  type EmergencyFacts,
  emergencyActRefusal,
  emergencyActs,
  openParts,
  waitsFor,
} from './emergency-act.model.ts'
import { draftSteps } from './emergency-filing.model.ts'
import { askingOf, factsOf, filingDueAt } from './emergency-move.service.ts'
import {
  type FilingRow,
  findFiling,
  listCommands,
  listDeadlines,
  listRecordings,
  listTimeline,
  listWords,
} from './emergency-paper.store.ts'

const iso = (at: Date | null): string | null => at?.toISOString() ?? null
const actsOf = (facts: EmergencyFacts, who: Asking): EmergencyItem['acts'] =>
  Object.fromEntries(emergencyActs.map((act) => [act, emergencyActRefusal(act, facts, who) ?? null])) as Record<
    EmergencyAct,
    string | null
  >

export interface Listed {
  readonly item: EmergencyItem
  readonly waitsFor: EmergencyAct | undefined
}
export async function toItems(
  tx: ReadTx,
  deps: EmergencyDeps,
  actor: PersonActor,
  rows: readonly EmergencyRow[],
): Promise<Listed[]> {
  const ids = rows.map((row) => row.id)
  const words = await listWords(tx, ids)
  const targets = await listEmergencyTargets(tx, ids)
  const names = await deps.names(tx, [...new Set(rows.flatMap((row) => [row.executorId, row.secondId]))])
  const who = await askingOf(tx, deps, actor)
  const person = (id: string) => ({ id, name: names.get(id) ?? '' })
  return rows.map((row) => {
    const facts = factsOf(row, words, deps.clock.now())
    const item = {
      id: row.id,
      no: row.no,
      title: row.title,
      plane: row.plane,
      state: row.state,
      stateSince: row.stateSince.toISOString(),
      incidentNo: row.incidentNo,
      incidentLevel: row.incidentLevel,
      risk: row.risk,
      root: row.root,
      executor: person(row.executorId),
      second: person(row.secondId),
      targetNames: targets.filter((target) => target.emergencyId === row.id).map((target) => target.name),
      invokedAt: row.invokedAt.toISOString(),
      grantedAt: iso(row.grantedAt),
      notAfter: iso(row.notAfter),
      stabilisedAt: iso(row.stabilisedAt),
      filingDueAt: row.stabilisedAt ? filingDueAt(row.stabilisedAt).toISOString() : null,
      overdueAt: iso(row.overdueAt),
      wanted: row.state === 'retro_filed' ? [...openParts(facts)] : [],
      custodians: custodiansOf(facts).length,
      acts: actsOf(facts, who),
    }
    return { item, waitsFor: waitsFor(facts, who) }
  })
}

/** Which of the two are there now. */
export async function presenceOf(tx: ReadTx, row: EmergencyRow, now: Date): Promise<EmergencyDetail['presence']> {
  const presence = await listPresence(tx, row.id)
  const here = (personId: string): boolean => isHere(presence.find((one) => one.personId === personId)?.seenAt, now)
  return { executor: here(row.executorId), second: here(row.secondId) }
}

/** @throws Refusal emergency.not_found */
export async function toDetail(tx: ReadTx, deps: EmergencyDeps, actor: PersonActor, id: string): Promise<EmergencyDetail> {
  const row = await findEmergency(tx, id)
  if (!row) throw notFound('emergency')
  const [{ item }] = (await toItems(tx, deps, actor, [row])) as [Listed]
  const words = (await listWords(tx, [id])).slice(0, 100)
  const filing = row.filing > 0 ? await findFiling(tx, id, row.filing) : undefined
  const named = [...words.map((word) => word.personId), row.executorId, row.endedBy].filter((one) => one !== null)
  const names = await deps.names(tx, [...new Set(named)])
  const person = (personId: string) => ({ id: personId, name: names.get(personId) ?? '' })
  return {
    ...item,
    unitName: await unitNameOf(tx, row.tenantId),
    reason: row.reason,
    frozenBy: [...row.frozenBy],
    targets: await targetsOf(tx, deps, row),
    confirmedAt: iso(row.confirmedAt),
    renewals: row.renewals,
    endedBy: row.endedBy ? person(row.endedBy) : null,
    endReason: row.endReason,
    presence: await presenceOf(tx, row, deps.clock.now()),
    words: words.map(({ kind, round, personId, verdict, part, note, at }) => ({
      ...{ kind, round, verdict, note },
      part: part ?? null,
      by: person(personId),
      at: at.toISOString(),
    })),
    ...(await recordOf(tx, id)),
    filing: filing ? filingView(filing, person(filing.authorId)) : null,
  }
}

async function targetsOf(tx: ReadTx, deps: EmergencyDeps, row: EmergencyRow): Promise<EmergencyDetail['targets']> {
  const targets = await listEmergencyTargets(tx, [row.id])
  const ids = targets.map((target) => target.targetId)
  const registered = new Map((await deps.targets.find(tx, ids)).map((target) => [target.id, target]))
  return targets.map(({ targetId, name, host, port, accounts }) => {
    const now = registered.get(targetId)
    return {
      ...{ id: targetId, name, host, port },
      systemName: now?.systemName ?? '',
      unitName: now?.unitName ?? '',
      accounts: accounts.map((account) => ({
        name: account,
        privileged: now?.accounts.find((one) => one.name === account)?.privileged ?? row.root,
      })),
    }
  })
}
const filingView = (
  { version, cause, impact, steps, verification, rollback, rollbackNote, explanations, at }: FilingRow,
  author: { id: string; name: string },
): EmergencyDetail['filing'] => ({
  ...{ version, cause, impact, steps, verification, rollback, rollbackNote, author },
  explanations: explanations.map(({ seq, text }) => ({ seq, text })),
  at: at.toISOString(),
})
/** What was recorded and when what happened. */
async function recordOf(tx: ReadTx, id: string) {
  const recordings = await listRecordings(tx, id)
  const commands = await listCommands(tx, id)
  const silent = recordings.map((one) => ({ ...one, commands: [] }))
  return {
    recordings: recordings.map((one) => ({
      ...one,
      targetNames: [...one.targetNames],
      openedAt: iso(one.openedAt),
      closedAt: iso(one.closedAt),
    })),
    commands,
    draftSteps: draftSteps(commands, silent),
    deadlines: (await listDeadlines(tx, [id])).map(({ name, dueAt, firedAt }) => ({
      name,
      dueAt: dueAt.toISOString(),
      firedAt: iso(firedAt),
    })),
    timeline: (await listTimeline(tx, id)).map(({ seq, at, act, actorName, fromState, toState, note }) => ({
      ...{ seq, act, note, actor: actorName, from: fromState, to: toState },
      at: at.toISOString(),
    })),
  }
}
