import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import { type ChangeState, isExpedited, type Risk } from './change.model.ts'
import type { ChangeDeps } from './change.ports.ts'
import type { Change } from './change.store.ts'
import type { AmendmentState, PlanDiff, PlannedVersion } from './change-amendment.model.ts'
import { type RiskBearer, riskBearers, riskParts } from './change-grade.model.ts'

/** An amendment is a record of its own: who, why, from which plan to which, and what became of it. */
export interface AmendmentRow {
  readonly id: string
  readonly changeId: string
  readonly seq: number
  readonly state: AmendmentState
  readonly reason: string
  readonly declaredBy: string
  readonly declaredAt: Date
  /** The amendment in force before this one. */
  readonly previousId: string | null
  readonly fromHash: string
  readonly fromVersion: number
  readonly fromRisk: Risk
  readonly pausedFrom: ChangeState
  readonly pauseReason: string
  readonly currentBatch: number
  readonly toHash: string | null
  readonly toVersion: number | null
  readonly diff: PlanDiff | null
  readonly submittedAt: Date | null
  readonly endedAt: Date | null
}
/** With the plan that it starts from. */
export interface Amendment extends AmendmentRow {
  readonly from: PlannedVersion
}
const columns = sql`m.id, m.change_id as "changeId", m.seq, m.state, m.reason, m.declared_by as "declaredBy", m.declared_at as "declaredAt", m.previous_id as "previousId",
  m.from_hash as "fromHash", m.from_version as "fromVersion", m.from_risk as "fromRisk", m.paused_from as "pausedFrom", m.pause_reason as "pauseReason", m.current_batch as "currentBatch",
  m.to_hash as "toHash", m.to_version as "toVersion", m.diff, m.submitted_at as "submittedAt", m.ended_at as "endedAt"`

export async function insertAmendment(
  tx: Tx,
  change: Change,
  row: Omit<AmendmentRow, 'changeId' | 'seq' | 'state' | 'toHash' | 'toVersion' | 'diff' | 'submittedAt' | 'endedAt'>,
): Promise<void> {
  await sql`insert into change_amendment (id, change_id, seq, tenant_id, party_ids, state, reason, declared_by, declared_at, previous_id, from_hash, from_version, from_risk, paused_from, pause_reason, current_batch)
    select ${row.id}::uuid, ${change.id}::uuid, coalesce(max(seq), 0) + 1, ${change.tenantId}::uuid, ${[...change.partyIds]}::uuid[], 'drafting', ${row.reason}, ${row.declaredBy}::uuid, ${row.declaredAt}::timestamptz,
      ${row.previousId}::uuid, ${row.fromHash}, ${row.fromVersion}::int, ${row.fromRisk}, ${row.pausedFrom}, ${row.pauseReason}, ${row.currentBatch}::int from change_amendment where change_id = ${change.id}::uuid`.execute(
    tx,
  )
}
export async function updateAmendment(
  tx: Tx,
  id: string,
  to: Partial<Pick<AmendmentRow, 'state' | 'toHash' | 'toVersion' | 'diff' | 'submittedAt' | 'endedAt'>>,
): Promise<void> {
  await sql`update change_amendment set state = coalesce(${to.state ?? null}, state), to_hash = coalesce(${to.toHash ?? null}, to_hash), to_version = coalesce(${to.toVersion ?? null}::int, to_version),
    diff = coalesce(${to.diff ? JSON.stringify(to.diff) : null}::jsonb, diff), submitted_at = coalesce(${to.submittedAt ?? null}::timestamptz, submitted_at), ended_at = coalesce(${to.endedAt ?? null}::timestamptz, ended_at)
    where id = ${id}`.execute(tx)
}
export const findAmendment = async (tx: ReadTx, id: string): Promise<Amendment | undefined> => {
  const { rows } = await sql<
    AmendmentRow & { plan: PlannedVersion['plan'] } & Omit<PlannedVersion, 'plan'>
  >`select ${columns}, v.plan, v.window_start as "windowStart", v.window_end as "windowEnd", v.executor_id as "executorId", v.reviewer_id as "reviewerId"
    from change_amendment m join change_plan_version v on v.change_id = m.change_id and v.version = m.from_version where m.id = ${id}`.execute(
    tx,
  )
  const [row] = rows
  if (!row) return undefined
  const { plan, windowStart, windowEnd, executorId, reviewerId, ...amendment } = row
  return { ...amendment, from: { plan, windowStart, windowEnd, executorId, reviewerId } }
}
export const listAmendments = async (tx: ReadTx, changeId: string): Promise<AmendmentRow[]> =>
  (
    await sql<AmendmentRow>`select ${columns} from change_amendment m where m.change_id = ${changeId} order by m.seq desc limit 50`.execute(
      tx,
    )
  ).rows

/** Who bears the risk of a plan that was not tested. */
export interface RiskAcceptance {
  readonly planHash: string
  readonly part: RiskBearer
  readonly personId: string
  readonly note: string
  readonly at: Date
}
export async function insertRiskAcceptance(tx: Tx, change: Change, row: RiskAcceptance): Promise<void> {
  await sql`insert into change_risk_acceptance (change_id, plan_hash, part, tenant_id, party_ids, person_id, note, at)
    values (${change.id}, ${row.planHash}, ${row.part}, ${change.tenantId}, ${[...change.partyIds]}, ${row.personId}, ${row.note}, ${row.at})`.execute(
    tx,
  )
}
export const listRiskAcceptances = async (tx: ReadTx, changeId: string): Promise<RiskAcceptance[]> =>
  (
    await sql<RiskAcceptance>`select plan_hash as "planHash", part, person_id as "personId", note, at from change_risk_acceptance where change_id = ${changeId} order by at limit 100`.execute(
      tx,
    )
  ).rows

/** A test that is owed (补测): due whether or not the change is closed meanwhile. */
export interface TestDebt {
  readonly planHash: string
  readonly openedAt: Date
  readonly dueAt: Date
  readonly settledAt: Date | null
  readonly settledBy: 'test' | 'void' | null
}
export async function insertDebt(tx: Tx, change: Change, debt: Pick<TestDebt, 'planHash' | 'openedAt' | 'dueAt'>): Promise<void> {
  await sql`insert into change_test_debt (change_id, plan_hash, tenant_id, party_ids, opened_at, due_at)
    values (${change.id}, ${debt.planHash}, ${change.tenantId}, ${[...change.partyIds]}, ${debt.openedAt}, ${debt.dueAt})`.execute(
    tx,
  )
}
export async function settleDebt(
  tx: Tx,
  { changeId, planHash }: { readonly changeId: string; readonly planHash: string },
  by: 'test' | 'void',
  at: Date,
): Promise<void> {
  await sql`update change_test_debt set settled_at = ${at}, settled_by = ${by} where change_id = ${changeId} and plan_hash = ${planHash} and settled_at is null`.execute(
    tx,
  )
}
export const listDebts = async (tx: ReadTx, changeId: string): Promise<TestDebt[]> =>
  (
    await sql<TestDebt>`select plan_hash as "planHash", opened_at as "openedAt", due_at as "dueAt", settled_at as "settledAt", settled_by as "settledBy"
      from change_test_debt where change_id = ${changeId} order by opened_at limit 100`.execute(tx)
  ).rows

/** What only the short path knows: nothing is asked for the others. */
export async function urgentFacts(tx: ReadTx, deps: ChangeDeps, change: Change) {
  const bearers: Record<RiskBearer, string[]> = { 'technical-manager': [], cre: [] }
  if (!isExpedited(change)) return { amendment: undefined, riskAcceptances: [], debts: [], riskBearers: bearers }
  if (['approving', 'consenting', 'scheduled'].includes(change.state))
    for (const part of riskParts)
      bearers[part] = (await deps.holders(tx, { ...riskBearers[part], tenantId: change.tenantId })).map((one) => one.personId)
  return {
    amendment: change.amendmentId === null ? undefined : await findAmendment(tx, change.amendmentId),
    riskAcceptances: await listRiskAcceptances(tx, change.id),
    debts: await listDebts(tx, change.id),
    riskBearers: bearers,
  }
}

/** Whose decisions carry the present plan: those of the change, or of the amendment it was changed by. */
export const approvalSubject = ({
  id,
  amendmentId,
}: {
  readonly id: string
  readonly amendmentId: string | null
}): { kind: string; subjectId: string } =>
  amendmentId === null ? { kind: 'change', subjectId: id } : { kind: 'amendment', subjectId: amendmentId }
