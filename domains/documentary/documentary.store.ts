import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import type { DocumentaryClass, DocumentaryState, DocumentKind, DocumentType, ObligationKind } from './documentary.model.ts'

export interface CaseRow {
  readonly id: string
  readonly tenantId: string
  readonly unitName: string
  readonly partyIds: readonly string[]
  readonly no: string
  readonly class: DocumentaryClass
  readonly title: string
  readonly partner: string
  readonly reason: string
  readonly effectiveFrom: Date
  readonly state: DocumentaryState
  readonly hash: string | null
  readonly authorId: string
  readonly createdAt: Date
  readonly reviewedBy: string | null
  readonly reviewedAt: Date | null
  readonly reviewNote: string | null
  readonly signedBy: string | null
  readonly signedAt: Date | null
  readonly signNote: string | null
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly decideNote: string | null
  readonly effectiveAt: Date | null
}
const columnOf = {
  id: 'id',
  tenantId: 'tenant_id',
  partyIds: 'party_ids',
  no: 'no',
  class: 'class',
  title: 'title',
  partner: 'partner',
  reason: 'reason',
  effectiveFrom: 'effective_from',
  state: 'state',
  hash: 'hash',
  authorId: 'author_id',
  createdAt: 'created_at',
  reviewedBy: 'reviewed_by',
  reviewedAt: 'reviewed_at',
  reviewNote: 'review_note',
  signedBy: 'signed_by',
  signedAt: 'signed_at',
  signNote: 'sign_note',
  decidedBy: 'decided_by',
  decidedAt: 'decided_at',
  decideNote: 'decide_note',
  effectiveAt: 'effective_at',
} as const satisfies Record<Exclude<keyof CaseRow, 'unitName'>, string>
const columns = sql.join([
  ...Object.entries(columnOf).map(([name, column]) => sql`${sql.ref(`c.${column}`)} as ${sql.ref(name)}`),
  sql`(select n.name_zh from pub_tenant_name n where n.tenant_id = c.tenant_id limit 1) as "unitName"`,
])

export const nextDocumentaryNo = async (tx: Tx, day: string): Promise<string> =>
  (await sql<{ no: string }>`select next_documentary_no(${day}) as no`.execute(tx)).rows[0]!.no
export type NewCase = Omit<
  CaseRow,
  | `${'reviewed' | 'signed' | 'decided'}${'By' | 'At'}`
  | 'reviewNote'
  | 'signNote'
  | 'decideNote'
  | 'effectiveAt'
  | 'hash'
  | 'state'
  | 'unitName'
>
export const insertCase = (tx: Tx, row: NewCase) =>
  sql`insert into documentary_case (id, tenant_id, party_ids, no, class, title, partner, reason, effective_from, state, author_id, created_at)
    values (${row.id}, ${row.tenantId}, ${[...row.partyIds]}::uuid[], ${row.no}, ${row.class}, ${row.title}, ${row.partner}, ${row.reason}, ${row.effectiveFrom}, 'drafted', ${row.authorId}, ${row.createdAt})`.execute(
    tx,
  )
export async function updateCase(tx: Tx, id: string, patch: Partial<Omit<CaseRow, 'unitName'>>): Promise<void> {
  const sets = Object.entries(patch).map(([key, value]) => sql`${sql.ref(columnOf[key as keyof typeof columnOf])} = ${value}`)
  await sql`update documentary_case set ${sql.join(sets)} where id = ${id}`.execute(tx)
}
export const findCase = async (tx: ReadTx, id: string): Promise<CaseRow | undefined> =>
  (await sql<CaseRow>`select ${columns} from documentary_case c where c.id = ${id}`.execute(tx)).rows[0]
/** @throws Refusal documentary.not_found */
export async function lockCase(tx: Tx, id: string): Promise<CaseRow> {
  const [row] = (await sql<CaseRow>`select ${columns} from documentary_case c where c.id = ${id} for update`.execute(tx)).rows
  if (!row) throw notFound('documentary')
  return row
}
export const listCases = async (
  tx: ReadTx,
  q: { after?: string | undefined; limit: number; state?: string | undefined },
): Promise<CaseRow[]> =>
  (
    await sql<CaseRow>`select ${columns} from documentary_case c where (${q.after ?? null}::uuid is null or c.id < ${q.after ?? null}::uuid)
      and (${q.state ?? null}::text is null or c.state = ${q.state ?? null}) order by c.id desc limit ${q.limit}`.execute(tx)
  ).rows

export interface DocumentRow {
  readonly id: string
  readonly kind: DocumentKind
  readonly name: string
  readonly type: DocumentType
  readonly bytes: number
  readonly sm3: string
  readonly sha256: string
  readonly addedBy: string
  readonly addedAt: Date
}
export const insertDocument = (tx: Tx, of: CaseRow, row: DocumentRow) =>
  sql`insert into documentary_document (id, case_id, tenant_id, party_ids, kind, name, type, bytes, sm3, sha256, added_by, added_at)
    values (${row.id}, ${of.id}, ${of.tenantId}, ${[...of.partyIds]}::uuid[], ${row.kind}, ${row.name}, ${row.type}, ${row.bytes}, ${row.sm3}, ${row.sha256}, ${row.addedBy}, ${row.addedAt})`.execute(
    tx,
  )
export const listDocuments = async (tx: ReadTx, caseId: string): Promise<DocumentRow[]> =>
  (
    await sql<DocumentRow>`select id, kind, name, type, bytes::int as bytes, sm3, sha256, added_by as "addedBy", added_at as "addedAt" from documentary_document
      where case_id = ${caseId} order by added_at, id limit 100`.execute(tx)
  ).rows

export interface ObligationRow {
  readonly id: string
  readonly caseId: string
  readonly kind: ObligationKind
  readonly title: string
  readonly dueAt: Date
  readonly remindedAt: Date | null
  readonly overdueAt: Date | null
  readonly doneAt: Date | null
  readonly doneBy: string | null
  readonly note: string
}
export const insertObligation = (
  tx: Tx,
  of: Pick<CaseRow, 'id' | 'tenantId' | 'partyIds'>,
  row: Pick<ObligationRow, 'id' | 'kind' | 'title' | 'dueAt'>,
) =>
  sql`insert into documentary_obligation (id, case_id, tenant_id, party_ids, kind, title, due_at)
    values (${row.id}, ${of.id}, ${of.tenantId}, ${[...of.partyIds]}::uuid[], ${row.kind}, ${row.title}, ${row.dueAt})`.execute(
    tx,
  )
export const dropObligations = (tx: Tx, caseId: string) =>
  sql`delete from documentary_obligation where case_id = ${caseId}`.execute(tx)
export const listObligations = async (tx: ReadTx, caseIds: readonly string[]): Promise<ObligationRow[]> =>
  (
    await sql<ObligationRow>`select id, case_id as "caseId", kind, title, due_at as "dueAt", reminded_at as "remindedAt", overdue_at as "overdueAt", done_at as "doneAt",
      done_by as "doneBy", note from documentary_obligation where case_id = any (${[...caseIds]}::uuid[]) order by due_at, id`.execute(
      tx,
    )
  ).rows
/** False where it was done already, or is none of this case. */
export async function settleRow(
  tx: Tx,
  caseId: string,
  id: string,
  how: { by: string; at: Date; note: string },
): Promise<boolean> {
  const done =
    await sql`update documentary_obligation set done_at = ${how.at}, done_by = ${how.by}, note = ${how.note} where id = ${id} and case_id = ${caseId} and done_at is null`.execute(
      tx,
    )
  return done.numAffectedRows === 1n
}
export const markCalled = (tx: Tx, id: string, call: 'remind' | 'overdue', at: Date) =>
  call === 'remind'
    ? sql`update documentary_obligation set reminded_at = ${at} where id = ${id} and reminded_at is null and done_at is null`.execute(
        tx,
      )
    : sql`update documentary_obligation set overdue_at = ${at} where id = ${id} and overdue_at is null and done_at is null`.execute(
        tx,
      )
export const listDueObligations = async (
  tx: ReadTx,
  at: Date,
  most: number,
): Promise<{ tenantId: string; caseId: string; id: string }[]> =>
  (
    await sql<{
      tenantId: string
      caseId: string
      id: string
    }>`select tenant_id as "tenantId", case_id as "caseId", id from documentary_due(${at}, ${most})`.execute(tx)
  ).rows

export interface EventRow {
  readonly at: Date
  readonly act: string
  readonly actorName: string
  readonly toState: string | null
  readonly note: string
}
export const insertEvent = (tx: Tx, of: CaseRow, row: EventRow) =>
  sql`insert into documentary_event (case_id, seq, tenant_id, party_ids, at, act, actor_name, to_state, note)
    select ${of.id}::uuid, coalesce(max(seq), 0) + 1, ${of.tenantId}::uuid, ${[...of.partyIds]}::uuid[], ${row.at}::timestamptz, ${row.act}, ${row.actorName}, ${row.toState}, ${row.note}
    from documentary_event where case_id = ${of.id}`.execute(tx)
export const listEvents = async (tx: ReadTx, caseId: string): Promise<EventRow[]> =>
  (
    await sql<EventRow>`select at, act, actor_name as "actorName", to_state as "toState", note from documentary_event where case_id = ${caseId} order by seq desc limit 200`.execute(
      tx,
    )
  ).rows
