import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { ReadTx } from '@huabiao/kit/db/db'
import type { ChangeSummary } from './change.contract.ts'
import { isExpedited, isRunning, openStates } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import { type Change, type ChangeHead, listChangeHeads, listChangeRows } from './change.store.ts'
import { type Act, type Asking, actRefusal } from './change-act.model.ts'
import { deadlineViews } from './change-deadline.service.ts'
import { listDeadlines } from './change-deadline.store.ts'
import { loadFacts } from './change-facts.service.ts'
import { heldByFreeze, listFreezes } from './change-plan.store.ts'
import { toSummaries } from './change-view.service.ts'

/** Acts that somebody waits for. Stops, edits and withdrawals are always open and wait for nobody. */
const awaited: readonly Act[] = [
  'submit',
  'accept',
  'startPlanning',
  'finishPlan',
  'assess',
  'recordTest',
  'decide',
  'acceptRisk',
  'consent',
  'begin',
  'runNext',
  'cosign',
  'releaseBatch',
  'passVerification',
  'resume',
  'explainItems',
  'confirmItems',
  'close',
]
/**
 * Whether anything on this change can wait for this person, from its row alone: reading everything about every open change to find out
 * cost 14 queries each.
 */
function mayWait(change: Change, who: Asking): boolean {
  const { personId, actions } = who
  switch (change.state) {
    case 'submitted':
      return actions.has('change:accept')
    case 'assessing':
      return actions.has('change:assess')
    case 'testing':
      return actions.has('change:test')
    case 'approving':
      return actions.has('change:approve')
    case 'consenting':
      return actions.has('change:consent') || (isExpedited(change) && actions.has('change:approve'))
    case 'paused':
      return actions.has('change:resume') || actions.has('change:consent')
    case 'ci_reviewing':
      return actions.has('change:manage') || change.executorId === personId
    case 'reviewing':
      return actions.has('change:manage')
    default:
      // An urgent plan may wait for somebody to bear it untested.
      if (change.state === 'scheduled' && isExpedited(change) && actions.has('change:approve')) return true
      return [change.requesterId, change.executorId, change.reviewerId].includes(personId)
  }
}

/** Open changes looked at for one person; more are reached through the list. */
const most = 60

export async function myWork(tx: ReadTx, deps: ChangeDeps, actor: PersonActor) {
  const who = { personId: actor.personId, tenantId: actor.tenantId, actions: await deps.actionsOf(tx, actor) }
  const now = deps.clock.now()
  // Open ones are asked for by name: among 25,000 the newest hundred are mostly closed.
  const open = await listChangeRows(tx, { limit: most * 2, states: openStates })
  const waiting: { act: string; change: Change; dueAt: Date | null; deadline: string | null }[] = []
  const mine = open.filter((candidate) => mayWait(candidate, who)).slice(0, most)
  const ids = mine.map((change) => change.id)
  const deadlines = Map.groupBy(await listDeadlines(tx, ids), (row) => row.changeId)
  // Side by side on the one connection: what each asks next goes to the database in one write with what the others ask.
  for (const facts of await Promise.all(mine.map((change) => loadFacts(tx, deps, change)))) {
    const { change } = facts
    const act = awaited.find((name) => actRefusal(name, facts, who) === undefined)
    if (!act) continue
    // A check is the platform's own; what a person is waited for is the act.
    const due = deadlineViews(deps, facts, deadlines.get(change.id) ?? []).find((one) => !one.name.startsWith('check-'))
    const window = isRunning(change.state) ? change.windowEnd : change.windowStart
    waiting.push({ act, change, dueAt: due ? new Date(due.dueAt) : window, deadline: due?.name ?? null })
  }
  waiting.sort((a, b) => (a.dueAt?.getTime() ?? Number.MAX_SAFE_INTEGER) - (b.dueAt?.getTime() ?? Number.MAX_SAFE_INTEGER))
  const takesPart = (change: Change): boolean =>
    [change.requesterId, change.executorId, change.reviewerId, change.managerId].includes(actor.personId)
  const executing = open.filter(
    (change) => change.executorId === actor.personId && (isRunning(change.state) || ['ready', 'paused'].includes(change.state)),
  )
  const atRisk = open.flatMap((change) => {
    const reason = riskOfDelay(change, now)
    return reason && takesPart(change) ? [{ reason, change }] : []
  })
  const recent = await listChangeHeads(tx, { limit: 10, personIds: [actor.personId] })
  const chosen = new Map<string, ChangeHead>([...open, ...recent].map((change) => [change.id, change]))
  const views = new Map((await toSummaries(tx, deps, [...chosen.values()])).map((view) => [view.id, view]))
  const view = (change: ChangeHead): ChangeSummary => views.get(change.id)!
  return {
    waiting: waiting.map((item) => ({
      act: item.act,
      change: view(item.change),
      dueAt: item.dueAt?.toISOString() ?? null,
      deadline: item.deadline,
    })),
    executing: executing.map(view),
    atRisk: atRisk.map((item) => ({ reason: item.reason, change: view(item.change) })),
    recent: recent.map(view),
  }
}

function riskOfDelay(change: Change, now: Date): string | undefined {
  if (change.state === 'paused') return 'paused'
  if (isRunning(change.state) && change.windowEnd && change.windowEnd.getTime() - now.getTime() < 15 * 60_000)
    return 'window-ends'
  const waits = ['assessing', 'testing', 'approving', 'consenting'].includes(change.state)
  return waits && change.windowStart && change.windowStart.getTime() - now.getTime() < 24 * 3_600_000
    ? 'not-approved-in-time'
    : undefined
}

/** Changes with a window in that time, and the freezes beside them with whom they hold. */
export async function calendar(tx: ReadTx, deps: ChangeDeps, query: { readonly from: string; readonly to: string }) {
  const rows = await listChangeHeads(tx, { from: query.from, to: query.to, limit: 500 })
  const freezes = await listFreezes(tx, new Date(query.from), new Date(query.to))
  const ids = rows.map((row) => row.id)
  const held = freezes.length > 0 ? await heldByFreeze(tx, ids) : undefined
  const planned = rows.filter((row) => row.windowStart !== null)
  return {
    changes: await toSummaries(tx, deps, planned),
    freezes: freezes.map(({ id, name, startsAt, endsAt }) => ({
      id,
      name,
      startsAt: startsAt.toISOString(),
      endsAt: endsAt.toISOString(),
      holds: held?.get(id) ?? [],
    })),
  }
}
