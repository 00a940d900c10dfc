import { openStages } from '@huabiao/domains/approval/approval.model'
import type { StoredApproval } from '@huabiao/domains/approval/approval.module'
import { yearsWithoutTable } from '@huabiao/kit/calendar/calendar'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import type { DeadlineView } from './change.contract.ts'
import { isExpedited } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import type { Change } from './change.store.ts'
import { approvalSubject, listDebts, type TestDebt } from './change-amendment.store.ts'
import { type Deadline, deadlineDiff, deadlineKey, deadlinesOf, stageOpenedAt } from './change-deadline.model.ts'
import { cancelDeadline, type DeadlineRow, listOpenDeadlines, startDeadline } from './change-deadline.store.ts'
import type { ChangeFacts } from './change-facts.service.ts'

/** Keeps the rows equal to what the state asks for: called wherever a change has moved. */
export async function keepDeadlines(
  on: { readonly tx: Tx; readonly deps: ChangeDeps; readonly now: Date },
  change: Change,
): Promise<void> {
  const { cancel, start } = deadlineDiff(await listOpenDeadlines(on.tx, change.id), await wanted(on.tx, on.deps, change))
  for (const one of cancel) await cancelDeadline(on.tx, one, on.now)
  for (const one of start) await startDeadline(on.tx, change, one)
}

async function wanted(tx: ReadTx, deps: ChangeDeps, change: Change): Promise<Deadline[]> {
  const { kind, subjectId } = approvalSubject(change)
  const approval = change.state === 'approving' ? await deps.approval.find(tx, kind, subjectId) : undefined
  return wantedNow(deps, change, approval, isExpedited(change) ? await listDebts(tx, change.id) : [])
}
function wantedNow(
  deps: ChangeDeps,
  change: Change,
  approval: StoredApproval | undefined,
  debts: readonly TestDebt[],
): Deadline[] {
  const open = approval ? openStages(approval) : []
  // Those side by side began together, whoever decided first.
  const opened = (key: string, notes: StoredApproval['notes']): Date => stageOpenedAt(key, approval!.openedAt, notes)
  const stages = open.map((one) => ({ key: one.key, openedAt: opened(one.key, one.parallel ? [] : approval!.notes) }))
  return deadlinesOf({ ...change, stages, debts: debts.filter((debt) => debt.settledAt === null) }, deps.holidays)
}

/** Those of the present state, the nearest first: what runs, what has passed in it, and what led to it. */
export function deadlineViews(
  deps: ChangeDeps,
  { change, approval, debts }: Pick<ChangeFacts, 'change' | 'approval' | 'debts'>,
  rows: readonly DeadlineRow[],
): DeadlineView[] {
  const present = new Set(wantedNow(deps, change, approval, debts).map(deadlineKey))
  return rows
    .filter((row) => present.has(deadlineKey(row)) || row.firedAt?.getTime() === change.stateSince.getTime())
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
    .slice(0, 20)
    .map((row) => toView(deps, row))
}
const toView = (deps: ChangeDeps, row: DeadlineRow): DeadlineView => ({
  name: row.name,
  dueAt: row.dueAt.toISOString(),
  calendar: row.calendar,
  firedAt: row.firedAt?.toISOString() ?? null,
  outcome: row.outcome,
  yearsWithoutTable: row.calendar === 'working-days' ? yearsWithoutTable(deps.holidays, row.startedAt, row.dueAt) : [],
})
