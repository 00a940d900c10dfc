import type { ReadTx, Tables, Tx } from '@huabiao/kit/db/db'
import { type Selectable, sql } from 'kysely'
import type { Approval, ApprovalStage } from './approval.model.ts'
import type { SeatChange } from './approval-deputy.store.ts'

declare module '@huabiao/kit/db/db' {
  interface Tables {
    approval: {
      id: string
      tenant_id: string
      party_ids: string[]
      subject_kind: string
      subject_id: string
      subject_hash: string
      stages: ApprovalStage[]
      excluded_ids: string[]
      opened_at: Date
      due_at: Date | null
      voided_at: Date | null
      void_reason: string | null
    }
    approval_decision: {
      approval_id: string
      tenant_id: string
      party_ids: string[]
      stage: string
      person_id: string
      verdict: 'approve' | 'reject' | 'return'
      note: string
      hash: string
      at: Date
    }
  }
}

export interface StoredApproval extends Approval {
  readonly id: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly openedAt: Date
  readonly dueAt: Date | null
  readonly assignments: readonly SeatChange[]
  readonly notes: readonly {
    stage: string
    personId: string
    verdict: 'approve' | 'reject' | 'return'
    note: string
    at: Date
    hash: string
  }[]
}

/** With the approval itself: a seat that changed hands must never be overlooked for want of a second query. */
const seatsOf = sql<
  (Omit<SeatChange, 'at'> & { at: string })[]
>`(select coalesce(jsonb_agg(jsonb_build_object('stage', g.stage, 'kind', g.kind,
  'fromId', g.from_id, 'toId', g.to_id, 'byId', g.by_id, 'reason', g.reason, 'at', g.at) order by g.seq), '[]') from approval_assignment g where g.approval_id = approval.id)`

/** The newest approval of each subject, voided ones included: a page of subjects costs as much as one. */
export async function findApprovals(
  tx: ReadTx,
  kind: string,
  subjectIds: readonly string[],
): Promise<Map<string, StoredApproval>> {
  if (subjectIds.length === 0) return new Map()
  const rows = await tx
    .selectFrom('approval')
    .selectAll()
    .select(seatsOf.as('seats'))
    .distinctOn('subject_id')
    .where('subject_kind', '=', kind)
    .where('subject_id', 'in', [...subjectIds])
    .orderBy('subject_id')
    .orderBy('opened_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  const ids = rows.map((row) => row.id)
  const decisions = ids.length
    ? await tx.selectFrom('approval_decision').selectAll().where('approval_id', 'in', ids).orderBy('at').execute()
    : []
  const notesOf = Map.groupBy(decisions, (decision) => decision.approval_id)
  return new Map(rows.map((row) => [row.subject_id, toStored(row, (notesOf.get(row.id) ?? []).map(toNote))]))
}
export const findApproval = async (tx: ReadTx, kind: string, subjectId: string): Promise<StoredApproval | undefined> =>
  (await findApprovals(tx, kind, [subjectId])).get(subjectId)

const toNote = (d: Selectable<Tables['approval_decision']>): StoredApproval['notes'][number] => ({
  stage: d.stage,
  personId: d.person_id,
  verdict: d.verdict,
  note: d.note,
  at: d.at,
  hash: d.hash,
})
type Found = Selectable<Tables['approval']> & { seats: readonly (Omit<SeatChange, 'at'> & { at: string })[] }
const toStored = (row: Found, notes: StoredApproval['notes']): StoredApproval => ({
  id: row.id,
  tenantId: row.tenant_id,
  partyIds: row.party_ids,
  hash: row.subject_hash,
  stages: row.stages,
  excludedIds: row.excluded_ids,
  voided: row.voided_at !== null,
  openedAt: row.opened_at,
  dueAt: row.due_at,
  assignments: row.seats.map((seat) => ({ ...seat, at: new Date(seat.at) })),
  notes,
  decisions: notes,
})

export async function insertApproval(
  tx: Tx,
  row: {
    id: string
    tenantId: string
    partyIds: readonly string[]
    kind: string
    subjectId: string
    hash: string
    stages: readonly ApprovalStage[]
    excludedIds: readonly string[]
    at: Date
    dueAt: Date | null
  },
): Promise<void> {
  await tx
    .insertInto('approval')
    .values({
      id: row.id,
      tenant_id: row.tenantId,
      party_ids: [...row.partyIds],
      subject_kind: row.kind,
      subject_id: row.subjectId,
      subject_hash: row.hash,
      stages: JSON.stringify(row.stages) as never,
      excluded_ids: [...row.excludedIds],
      opened_at: row.at,
      due_at: row.dueAt,
      voided_at: null,
      void_reason: null,
    })
    .execute()
}

export async function insertDecision(
  tx: Tx,
  approval: StoredApproval,
  decision: { stage: string; personId: string; verdict: 'approve' | 'reject' | 'return'; note: string; at: Date },
): Promise<void> {
  await tx
    .insertInto('approval_decision')
    .values({
      approval_id: approval.id,
      tenant_id: approval.tenantId,
      party_ids: [...approval.partyIds],
      stage: decision.stage,
      person_id: decision.personId,
      verdict: decision.verdict,
      note: decision.note,
      hash: approval.hash,
      at: decision.at,
    })
    .execute()
}

export async function voidApprovals(tx: Tx, kind: string, subjectId: string, reason: string, at: Date): Promise<number> {
  const result =
    await sql`update approval set voided_at = ${at}, void_reason = ${reason} where subject_kind = ${kind} and subject_id = ${subjectId} and voided_at is null`.execute(
      tx,
    )
  return Number(result.numAffectedRows ?? 0n)
}
