import { eligibleIds } from '@huabiao/domains/approval/approval.model'
import type { Change } from './change.store.ts'
import { readyGuards } from './change-act.model.ts'
import { approvalSubject } from './change-amendment.store.ts'
import { audienceOf, type Firing, firingOf, firingTo, readDeadline } from './change-deadline.model.ts'
import { claimDeadline, type DeadlineRow, markFired } from './change-deadline.store.ts'
import { type ChangeFacts, loadFacts } from './change-facts.service.ts'
import { blocking, evaluateGuards } from './change-guard.model.ts'
import { type Doing, move, remark, tell } from './change-move.service.ts'
import { releaseTargets } from './change-plan.store.ts'
import { canRollBack, startRollback } from './change-rollback.service.ts'

type Person = { personId: string | null; tenantId?: string }

/**
 * One deadline has passed. Told once, recorded once, whatever happens: the row is claimed in the same transaction as its effect.
 * The change is locked by the caller. Answers whether it fired.
 */
export async function fireDeadline(on: Doing, change: Change, due: Pick<DeadlineRow, 'name' | 'dueAt'>): Promise<boolean> {
  const row = await claimDeadline(on.tx, { changeId: change.id, ...due }, on.now)
  if (!row) return false
  const facts = await loadFacts(on.tx, on.deps, change)
  const { name, stage } = readDeadline(row.name)
  const firing = firingOf(name, { autoRollback: change.plan.autoRollback === true, pausedFrom: change.pausedFrom })
  if (firing === 'check') await check(on, facts, row)
  else if (firing === 'deputies') await callDeputies(on, facts, row, stage ?? '')
  else if (firing === 'expire') await expire(on, facts, row)
  else if (firing === 'unready') await unready(on, facts, row)
  else if (firing === 'rollBack') return rollBack(on, facts, row)
  else await overdue(on, facts, row, 'tell')
  return true
}

/** In the ledger, in the timeline, and to whoever stands where it matters. */
async function overdue(
  on: Doing,
  facts: ChangeFacts,
  row: DeadlineRow,
  outcome: Firing,
  also: readonly Person[] = [],
): Promise<void> {
  const { change } = facts
  await markFired(on.tx, row, outcome, on.now)
  await remark(on, change, {
    act: 'deadline',
    event: 'change.deadline_missed',
    note: row.name,
    data: { deadline: row.name, dueAt: row.dueAt.toISOString(), state: change.state, outcome },
  })
  await tell(on, change, `change.overdue.${readDeadline(row.name).name}`, [...(await audience(on, facts, row)), ...also])
}
async function audience(on: Doing, { change, systems }: ChangeFacts, row: DeadlineRow): Promise<Person[]> {
  const { parts, roles } = audienceOf[readDeadline(row.name).name]
  const people: Person[] = parts.map((part) => ({ personId: change[`${part}Id`] }))
  const userUnits = [...new Set(systems.map((system) => system.tenantId))].filter((id) => id !== change.tenantId).sort()
  const reached = new Set<string>()
  for (const { role, duty, of, otherwise } of roles)
    for (const tenantId of of === 'provider' ? [change.tenantId] : userUnits) {
      if (otherwise && reached.has(tenantId)) continue
      const holders = await on.deps.holders(on.tx, { role, duty, tenantId })
      if (holders.length > 0) reached.add(tenantId)
      people.push(...holders)
    }
  return people
}

/** T minus 24 h, 1 h, 10 min: said only where a guard holds it back. Making it ready and unready is the sweep's own work every second. */
async function check(on: Doing, facts: ChangeFacts, row: DeadlineRow): Promise<void> {
  const { change } = facts
  const held = blocking(evaluateGuards(readyGuards(change), facts.guard), on.deps.guardModes)
  await markFired(on.tx, row, held ? `held by ${held.guard}` : 'passed', on.now)
  if (!held) return
  const data = { check: row.name, guard: held.guard, reasons: held.reasons.slice(0, 10) }
  await remark(on, change, { act: 'check', event: 'change.check_failed', note: `${row.name}: ${held.guard}`, data })
  await tell(on, change, `change.held.${row.name}`, await audience(on, facts, row), { guard: held.guard })
}

/** Row 11: the deputies who were registered beforehand come in. Where there is none, the administrators of roles are asked to reassign. */
async function callDeputies(on: Doing, facts: ChangeFacts, row: DeadlineRow, key: string): Promise<void> {
  const { change, approval } = facts
  const joining = await on.deps.approval.callDeputies(on.tx, { ...approvalSubject(change), now: on.now }, key)
  const stage = approval?.stages.find((one) => one.key === key)
  const decided = new Set(approval?.decisions.map((decision) => decision.personId))
  const waitedFor = [...(stage && approval ? eligibleIds(approval, stage) : [])].filter((id) => !decided.has(id))
  // Everybody is told in their own unit: a candidate may be of the owner's or the management unit.
  const holders = stage?.role ? await on.deps.holders(on.tx, { role: stage.role, duty: null }) : []
  const candidates = holders.filter((one) => waitedFor.includes(one.personId))
  const units = [...new Set(candidates.map((one) => one.tenantId))]
  const administrators: Person[] = []
  if (joining.length === 0)
    for (const tenantId of units)
      for (const role of ['SEC', 'TAD']) administrators.push(...(await on.deps.holders(on.tx, { role, duty: null, tenantId })))
  await overdue(on, facts, row, 'deputies', [...candidates, ...administrators])
  if (joining.length === 0) return
  await remark(on, change, {
    act: 'deputies',
    event: 'change.deputies_called',
    note: key,
    data: { stage: key, seats: joining.map(({ fromId, toId }) => ({ fromId, toId })) },
  })
  await tell(
    on,
    change,
    'change.deputise',
    joining.map((seat) => ({ personId: seat.toId, tenantId: seat.tenantId })),
  )
}

/** Row 1: a draft of thirty days is over. */
async function expire(on: Doing, facts: ChangeFacts, row: DeadlineRow): Promise<void> {
  await overdue(on, facts, row, 'expire')
  const patch = { outcome: 'expired' as const }
  await move(on, facts.change, { act: 'expire', to: firingTo.expire, event: 'change.expired', note: row.name, patch })
  await releaseTargets(on.tx, facts.change.id)
}
/** Row 16: whoever comes too late begins in another window. */
async function unready(on: Doing, facts: ChangeFacts, row: DeadlineRow): Promise<void> {
  await overdue(on, facts, row, 'unready')
  await move(on, facts.change, { act: 'unready', to: firingTo.unready, event: 'change.unready', note: row.name, rule: 'RL-02' })
}
/** Rows 22 and 24: what the approved plan itself asks for. A step under way ends first; where nothing can be started, people are told. */
async function rollBack(on: Doing, facts: ChangeFacts, row: DeadlineRow): Promise<boolean> {
  const able = await canRollBack(on, facts)
  if (able === 'later') return false
  if (able === 'no') {
    await overdue(on, facts, row, 'tell')
    return true
  }
  await overdue(on, facts, row, 'rollBack')
  await startRollback(on, on.actor, facts, 'autoRollback')
  return true
}
