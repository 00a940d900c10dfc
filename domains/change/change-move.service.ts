import type { Actor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { enterTenant, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import type { ChangeState } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import { type Change, type ChangePatch, findChange, insertTimeline, lockChange, updateChange } from './change.store.ts'
import { type Act, type Asking, actRefusal, guardHolding, guardRefusal } from './change-act.model.ts'
import { keepDeadlines } from './change-deadline.service.ts'
import { type ChangeFacts, loadFacts } from './change-facts.service.ts'

/** One act on one change, inside one transaction: who, when, and what it has reported so far. */
export interface Doing {
  readonly tx: Tx
  readonly deps: ChangeDeps
  readonly actor: Actor
  readonly now: Date
  readonly events: DomainEvent[]
}
export const doing = (tx: Tx, deps: ChangeDeps, actor: Actor): Doing => ({ tx, deps, actor, now: deps.clock.now(), events: [] })

export const askingOf = async (tx: Tx, deps: ChangeDeps, actor: Actor): Promise<Asking> => ({
  personId: actor.kind === 'person' ? actor.personId : '',
  tenantId: actor.kind === 'person' ? actor.tenantId : '',
  actions: await deps.actionsOf(tx, actor),
})

/**
 * The change locked, with everything known, after the rule of the act said yes. Whoever can see the change goes on in its tenant:
 * a customer's consent is a row of the provider's change.
 * @throws Refusal change.not_found and whatever the rule answers
 */
export async function admitted(on: Doing, changeId: string, act: Act): Promise<ChangeFacts> {
  const facts = await seen(on, changeId)
  const code = actRefusal(act, facts, await askingOf(on.tx, on.deps, on.actor))
  if (code) {
    const params = { act, state: facts.change.state }
    const held = guardHolding(act, facts)
    throw new Refusal(
      code,
      held && guardRefusal(held) === code ? { ...params, guard: held.guard, reasons: held.reasons } : params,
    )
  }
  return facts
}
export async function seen(on: Doing, changeId: string): Promise<ChangeFacts> {
  const visible = await findChange(on.tx, changeId)
  if (!visible) throw notFound('change')
  await enterTenant(on.tx, visible.tenantId)
  return loadFacts(on.tx, on.deps, await lockChange(on.tx, changeId))
}

export const changeEvent = (change: Change, type: string, data: Record<string, unknown> = {}): DomainEvent => ({
  type,
  object: `change/${change.id}`,
  tenantId: change.tenantId,
  plane: change.plane,
  changeId: change.id,
  no: change.no,
  ...data,
})

export interface Move {
  readonly act: string
  readonly to?: ChangeState
  readonly patch?: ChangePatch
  readonly note?: string
  readonly rule?: string
  /** Ledger event; several acts that are one state machine step share the name of what happened. */
  readonly event: string
  readonly data?: Record<string, unknown>
}
/** Writes one step of the life of a change: the row, its deadlines, its timeline and the event for the ledger. */
export async function move(on: Doing, change: Change, step: Move): Promise<Change> {
  const to = step.to ?? change.state
  const patch: ChangePatch = { ...step.patch, ...(to === change.state ? {} : { state: to, stateSince: on.now }) }
  const after = await updateChange(on.tx, change, patch, on.now)
  await keepDeadlines(on, after)
  await write(on, change, after, step)
  return after
}
/** What was noticed about a change and does not touch it: whoever edits it meanwhile is not made stale. */
export const remark = (on: Doing, change: Change, step: Omit<Move, 'to' | 'patch'>): Promise<void> =>
  write(on, change, change, step)

async function write(on: Doing, before: Change, after: Change, step: Omit<Move, 'to' | 'patch'>): Promise<void> {
  const moved = after.state !== before.state
  await insertTimeline(on.tx, after, {
    at: on.now,
    act: step.act,
    actorName: on.actor.kind === 'person' ? on.actor.name : on.actor.service,
    personId: on.actor.kind === 'person' ? on.actor.personId : null,
    role: on.actor.kind === 'person' ? (on.actor.role ?? on.actor.roles[0] ?? null) : null,
    fromState: moved ? before.state : null,
    toState: moved ? after.state : null,
    note: step.note ?? '',
    rule: step.rule ?? null,
  })
  on.events.push(
    changeEvent(after, step.event, {
      ...(moved ? { from: before.state, to: after.state } : {}),
      ...(step.note ? { note: step.note } : {}),
      ...(after.planHash ? { planHash: after.planHash } : {}),
      ...step.data,
    }),
  )
}

/** Tells people, each in their own tenant; nobody is told of their own act. */
export async function tell(
  on: Doing,
  change: Change,
  kind: string,
  people: readonly { personId: string | null; tenantId?: string }[],
  more: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  const self = on.actor.kind === 'person' ? on.actor.personId : undefined
  const chosen = new Map(
    people.flatMap((p) => (p.personId && p.personId !== self ? [[p.personId, p.tenantId ?? change.tenantId]] : [])),
  )
  await on.deps.notify(
    on.tx,
    [...chosen].map(([personId, tenantId]) => ({
      tenantId,
      personId,
      kind,
      object: `change/${change.id}`,
      params: { no: change.no, title: change.title, ...more },
    })),
  )
}
