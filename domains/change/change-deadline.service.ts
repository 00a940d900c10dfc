import { openStage } from '@huabiao/domains/approval/approval.model'
import { yearsWithoutTable } from '@huabiao/kit/calendar/calendar'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import type { DeadlineView } from './change.contract.ts'
import type { ChangeDeps } from './change.ports.ts'
import type { Change } from './change.store.ts'
import { type Deadline, deadlineDiff, deadlinesOf, stageOpenedAt } from './change-deadline.model.ts'
import { cancelDeadline, type DeadlineRow, listDeadlines, listOpenDeadlines, startDeadline } from './change-deadline.store.ts'

/** Keeps the rows equal to what the state asks for: called wherever a change has moved. */
export async function keepDeadlines(
  on: { readonly tx: Tx; readonly deps: ChangeDeps; readonly now: Date },
  change: Change,
): Promise<void> {
  const { cancel, start } = deadlineDiff(await listOpenDeadlines(on.tx, change.id), await wanted(on.tx, on.deps, change))
  for (const one of cancel) await cancelDeadline(on.tx, one, on.now)
  for (const one of start) await startDeadline(on.tx, change, one)
}

export async function wanted(tx: ReadTx, deps: ChangeDeps, change: Change): Promise<Deadline[]> {
  const approval = change.state === 'approving' ? await deps.approval.find(tx, 'change', change.id) : undefined
  const open = approval && openStage(approval)
  const stage = open && { key: open.key, openedAt: stageOpenedAt(open.key, approval.openedAt, approval.notes) }
  return deadlinesOf({ ...change, stage }, deps.holidays)
}

/** Those of the present state, the nearest first: what runs, and what has passed in it. */
export async function presentDeadlines(
  tx: ReadTx,
  deps: ChangeDeps,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, DeadlineView[]>> {
  if (changes.length === 0) return new Map()
  const rows = Map.groupBy(
    await listDeadlines(
      tx,
      changes.map((change) => change.id),
    ),
    (row) => row.changeId,
  )
  return new Map(
    changes.map((change) => [
      change.id,
      (rows.get(change.id) ?? [])
        .filter((row) => row.firedAt === null || row.firedAt >= change.stateSince)
        .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
        .slice(0, 20)
        .map((row) => toView(deps, row)),
    ]),
  )
}
const toView = (deps: ChangeDeps, row: DeadlineRow): DeadlineView => ({
  name: row.name,
  dueAt: row.dueAt.toISOString(),
  calendar: row.calendar,
  firedAt: row.firedAt?.toISOString() ?? null,
  outcome: row.outcome,
  yearsWithoutTable: row.calendar === 'working-days' ? yearsWithoutTable(deps.holidays, row.startedAt, row.dueAt) : [],
})
