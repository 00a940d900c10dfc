import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { refuseIf } from '@huabiao/kit/errors/errors'
import { type EmergencyState, escalationMs, filingMs } from './emergency.model.ts'
import type { EmergencyDeps, Person } from './emergency.ports.ts'
import {
  type EmergencyPatch,
  type EmergencyRow,
  listEmergencyTargets,
  lockEmergency,
  updateEmergency,
} from './emergency.store.ts'
import {
  type Asking,
  type EmergencyAct,
  type EmergencyFacts,
  emergencyActRefusal,
  type FilingPart,
  filingPartRoles,
  filingParts,
  openParts,
  type Word,
} from './emergency-act.model.ts'
import { insertTimeline, insertWord, listWords, type WordRow } from './emergency-paper.store.ts'

/** One act on one emergency, inside one transaction. `actor` is null where time itself acts. */
export interface Doing {
  readonly tx: Tx
  readonly deps: EmergencyDeps
  readonly actor: PersonActor | null
  readonly now: Date
  readonly events: DomainEvent[]
}
export const doing = (tx: Tx, deps: EmergencyDeps, actor: PersonActor | null): Doing => ({
  tx,
  deps,
  actor,
  now: deps.clock.now(),
  events: [],
})
/** An act of a person. */
export type Acting = Doing & { readonly actor: PersonActor }
export const acting = (tx: Tx, deps: EmergencyDeps, actor: PersonActor): Acting => ({ ...doing(tx, deps, actor), actor })
export const factsOf = (row: EmergencyRow, words: readonly WordRow[], now: Date): EmergencyFacts => ({
  now,
  tenantId: row.tenantId,
  state: row.state,
  risk: row.risk,
  executorId: row.executorId,
  secondId: row.secondId,
  invokedAt: row.invokedAt,
  confirmed: row.confirmedAt !== null,
  notAfter: row.notAfter,
  renewals: row.renewals,
  filing: row.filing,
  words: words.filter((word) => word.emergencyId === row.id),
})
export const askingOf = async (tx: ReadTx, deps: EmergencyDeps, actor: PersonActor): Promise<Asking> => ({
  personId: actor.personId,
  tenantId: actor.tenantId,
  actions: await deps.actionsOf(tx, actor),
  parts: await partsOf(tx, deps, actor),
})
/** By the roles of the person, or by the one they wear; a duty is asked of its holders. */
async function partsOf(tx: ReadTx, deps: EmergencyDeps, actor: PersonActor): Promise<ReadonlySet<FilingPart>> {
  const parts = new Set<FilingPart>()
  for (const part of filingParts) {
    const { role, duty } = filingPartRoles[part]
    if (!(actor.role === undefined ? actor.roles.includes(role) : actor.role === role)) continue
    const holds =
      duty === null ||
      (await deps.holders(tx, { role, duty, tenantId: actor.tenantId })).some((one) => one.personId === actor.personId)
    if (holds) parts.add(part)
  }
  return parts
}
/** The emergency locked, after the rule of the act said yes. @throws Refusal emergency.not_found and whatever the rule answers */
export async function admitted(on: Acting, id: string, act: EmergencyAct): Promise<EmergencyRow> {
  const who = await askingOf(on.tx, on.deps, on.actor)
  const row = await lockEmergency(on.tx, id)
  refuseIf(emergencyActRefusal(act, factsOf(row, await listWords(on.tx, [id]), on.now), who), { act, state: row.state })
  return row
}

export interface Move {
  readonly act: string
  readonly to?: EmergencyState
  readonly patch?: EmergencyPatch
  readonly event: string
  readonly note?: string
  readonly data?: Record<string, unknown>
}
/** Writes one step of its life: the row, the timeline and the event for the ledger. */
export async function move(on: Doing, row: EmergencyRow, step: Move): Promise<EmergencyRow> {
  const to = step.to ?? row.state
  const moved = to !== row.state
  const patch: EmergencyPatch = { ...step.patch, ...(moved ? { state: to, stateSince: on.now } : {}) }
  const after = Object.keys(patch).length > 0 ? await updateEmergency(on.tx, row, patch) : row
  await insertTimeline(on.tx, after, {
    at: on.now,
    act: step.act,
    actorName: on.actor?.name ?? 'scheduler',
    fromState: moved ? row.state : null,
    toState: to,
    note: step.note ?? '',
  })
  on.events.push(
    emergencyEvent(after, step.event, {
      ...(moved ? { from: row.state, to } : {}),
      ...(step.note ? { note: step.note } : {}),
      ...step.data,
    }),
  )
  return after
}
export const emergencyEvent = (row: EmergencyRow, type: string, data: Record<string, unknown> = {}): DomainEvent => ({
  type,
  object: `emergency/${row.id}`,
  tenantId: row.tenantId,
  plane: row.plane,
  no: row.no,
  ...data,
})
export const say = (
  on: Acting,
  row: EmergencyRow,
  word: Pick<Word, 'kind' | 'round' | 'verdict' | 'part'> & { readonly note?: string },
): Promise<void> => insertWord(on.tx, row, { ...word, personId: on.actor.personId, note: word.note ?? '', at: on.now })

/** Tells people, each once and in their own unit; nobody is told of their own act. */
export async function tell(
  on: Doing,
  row: EmergencyRow,
  kind: string,
  people: readonly { readonly personId: string; readonly tenantId: string }[],
): Promise<void> {
  const each = new Map(people.filter((one) => one.personId !== on.actor?.personId).map((one) => [one.personId, one.tenantId]))
  await on.deps.notify(
    on.tx,
    [...each].map(([personId, tenantId]) => ({
      tenantId,
      personId,
      kind,
      object: `emergency/${row.id}`,
      params: { no: row.no, title: row.title },
    })),
  )
}
export const peopleWho = (on: Doing, row: EmergencyRow) => ({
  acting: [row.executorId, row.secondId].map((personId) => ({ personId, tenantId: row.tenantId })),
  managers: () => on.deps.holders(on.tx, { role: 'CHM', duty: null, tenantId: row.tenantId }),
  /** Whose word on the newest filing is still missing. */
  deciders: async () => {
    const people: Person[] = []
    for (const part of openParts({ ...row, words: await listWords(on.tx, [row.id]) }))
      people.push(
        ...(await on.deps.holders(on.tx, {
          ...filingPartRoles[part],
          ...(part === 'management-unit' ? {} : { tenantId: row.tenantId }),
        })),
      )
    return people
  },
  custodians: async () =>
    (await on.deps.holders(on.tx, { role: 'BGC', duty: null, tenantId: row.tenantId })).filter(
      (one) => one.personId !== row.executorId && one.personId !== row.secondId,
    ),
  security: () => on.deps.holders(on.tx, { role: 'SEC', duty: null, tenantId: row.tenantId }),
  /** Management unit and supervision: told at once, and again when nothing was filed (itsm §2.3). */
  oversight: async () => [
    ...(await on.deps.holders(on.tx, { role: 'GMU', duty: null })),
    ...(await on.deps.holders(on.tx, { role: 'SPV', duty: null })),
  ],
  /** Whose systems are on the targets: named contacts, approvers and administrators, as announcements reach them. */
  customers: async () => {
    const targets = await listEmergencyTargets(on.tx, [row.id])
    const systems = await on.deps.systems.find(on.tx, [...new Set(targets.map((target) => target.systemId))])
    const people: { personId: string; tenantId: string }[] = []
    for (const unit of new Set(systems.map((system) => system.tenantId)))
      for (const role of ['APV', 'TAD']) people.push(...(await on.deps.holders(on.tx, { role, duty: null, tenantId: unit })))
    for (const { contactPersonId, tenantId } of systems) if (contactPersonId) people.push({ personId: contactPersonId, tenantId })
    return people
  },
})
/** Everybody who learns at once that glass was broken (bastion §5.5). */
export async function tellAll(on: Doing, row: EmergencyRow, kind: string): Promise<void> {
  const people = peopleWho(on, row)
  await tell(on, row, kind, [
    ...(await people.managers()),
    ...(await people.security()),
    ...(await people.customers()),
    ...(await people.oversight()),
  ])
}
export const filingDueAt = (stabilisedAt: Date): Date => new Date(stabilisedAt.getTime() + filingMs)
export const escalationDueAt = (stabilisedAt: Date): Date => new Date(stabilisedAt.getTime() + escalationMs)
