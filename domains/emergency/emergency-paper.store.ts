import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { EmergencyRow } from './emergency.store.ts'
import type { Word } from './emergency-act.model.ts'
import type { RecordedCommand, RollbackState } from './emergency-filing.model.ts'

/** What is said and written about an emergency: words, timeline, recordings, filings, deadlines. Rows are added, never changed. */
type Of = Pick<EmergencyRow, 'id' | 'tenantId' | 'partyIds'>

export interface WordRow extends Word {
  readonly emergencyId: string
  readonly note: string
  readonly at: Date
}
export const listWords = async (tx: ReadTx, ids: readonly string[]): Promise<WordRow[]> =>
  (
    await sql<WordRow>`select emergency_id as "emergencyId", kind, round, person_id as "personId", verdict, note, at, part from emergency_word
      where emergency_id = any (${[...ids]}::uuid[]) order by at, kind limit 5000`.execute(tx)
  ).rows
export async function insertWord(tx: Tx, of: Of, word: Word & { readonly note: string; readonly at: Date }): Promise<void> {
  await sql`insert into emergency_word (emergency_id, kind, round, person_id, tenant_id, party_ids, verdict, note, at, part)
    values (${of.id}, ${word.kind}, ${word.round}, ${word.personId}, ${of.tenantId}, ${[...of.partyIds]}::uuid[], ${word.verdict}, ${word.note}, ${word.at}, ${word.part ?? null})`.execute(
    tx,
  )
}

export interface TimelineRow {
  readonly seq: number
  readonly at: Date
  readonly act: string
  readonly actorName: string
  readonly fromState: string | null
  readonly toState: string
  readonly note: string
}
export const listTimeline = async (tx: ReadTx, id: string): Promise<TimelineRow[]> =>
  (
    await sql<TimelineRow>`select seq, at, act, actor_name as "actorName", from_state as "fromState", to_state as "toState", note from emergency_event
      where emergency_id = ${id} order by seq limit 500`.execute(tx)
  ).rows
export async function insertTimeline(tx: Tx, of: Of, row: Omit<TimelineRow, 'seq'>): Promise<void> {
  await sql`insert into emergency_event (emergency_id, seq, tenant_id, party_ids, at, act, actor_name, from_state, to_state, note)
    select ${of.id}, coalesce(max(seq), 0) + 1, ${of.tenantId}, ${[...of.partyIds]}::uuid[], ${row.at}, ${row.act}, ${row.actorName}, ${row.fromState}, ${row.toState}, ${row.note}
    from emergency_event where emergency_id = ${of.id}`.execute(tx)
}

export interface RecordingRow {
  readonly sessionId: string
  readonly state: string
  readonly targetNames: readonly string[]
  readonly openedAt: Date | null
  readonly closedAt: Date | null
  readonly manifestSm3: string | null
}
export const listRecordings = async (tx: ReadTx, id: string): Promise<RecordingRow[]> =>
  (
    await sql<RecordingRow>`select session_id as "sessionId", state, target_names as "targetNames", opened_at as "openedAt", closed_at as "closedAt", manifest_sm3 as "manifestSm3"
      from emergency_recording where emergency_id = ${id} order by opened_at limit 200`.execute(tx)
  ).rows
export const listCommands = async (tx: ReadTx, id: string): Promise<RecordedCommand[]> =>
  (
    await sql<RecordedCommand>`select seq, session_id as "sessionId", at_ms as "atMs", text, source from emergency_command where emergency_id = ${id} order by seq limit 2000`.execute(
      tx,
    )
  ).rows
export async function insertDraft(
  tx: Tx,
  of: Of,
  draft: { readonly recordings: readonly RecordingRow[]; readonly commands: readonly RecordedCommand[] },
): Promise<void> {
  const parties = [...of.partyIds]
  for (const r of draft.recordings)
    await sql`insert into emergency_recording (emergency_id, session_id, tenant_id, party_ids, state, target_names, opened_at, closed_at, manifest_sm3)
      values (${of.id}, ${r.sessionId}, ${of.tenantId}, ${parties}::uuid[], ${r.state}, ${[...r.targetNames]}::text[], ${r.openedAt}, ${r.closedAt}, ${r.manifestSm3})`.execute(
      tx,
    )
  if (draft.commands.length === 0) return
  const { commands } = draft
  await sql`insert into emergency_command (emergency_id, tenant_id, party_ids, seq, session_id, at_ms, text, source)
    select ${of.id}, ${of.tenantId}, ${parties}::uuid[], * from unnest(${commands.map((c) => c.seq)}::int[], ${commands.map((c) => c.sessionId)}::uuid[],
      ${commands.map((c) => Math.max(0, Math.round(c.atMs)))}::int[], ${commands.map((c) => c.text)}::text[], ${commands.map((c) => c.source)}::text[])`.execute(
    tx,
  )
}

export interface FilingRow {
  readonly version: number
  readonly cause: string
  readonly impact: string
  readonly steps: string
  readonly verification: string
  readonly rollback: RollbackState
  readonly rollbackNote: string
  readonly explanations: readonly { readonly seq: number; readonly text: string }[]
  readonly authorId: string
  readonly at: Date
}
export const findFiling = async (tx: ReadTx, id: string, version: number): Promise<FilingRow | undefined> =>
  (
    await sql<FilingRow>`select version, cause, impact, steps, verification, rollback, rollback_note as "rollbackNote", explanations, author_id as "authorId", at
      from emergency_filing where emergency_id = ${id} and version = ${version}`.execute(tx)
  ).rows[0]
/** When the newest filings were written, newest first. */
export const listFilingTimes = async (tx: ReadTx, id: string, most: number): Promise<Date[]> =>
  (
    await sql<{
      at: Date
    }>`select at from emergency_filing where emergency_id = ${id} order by version desc limit ${most}`.execute(tx)
  ).rows.map((row) => row.at)
export async function insertFiling(tx: Tx, of: Of, f: FilingRow): Promise<void> {
  await sql`insert into emergency_filing (emergency_id, version, tenant_id, party_ids, cause, impact, steps, verification, rollback, rollback_note, explanations, author_id, at)
    values (${of.id}, ${f.version}, ${of.tenantId}, ${[...of.partyIds]}::uuid[], ${f.cause}, ${f.impact}, ${f.steps}, ${f.verification}, ${f.rollback}, ${f.rollbackNote},
      ${JSON.stringify(f.explanations)}::jsonb, ${f.authorId}, ${f.at})`.execute(tx)
}

export type EmergencyDeadline = 'answer' | 'expiry' | 'filing' | 'escalation' | 'approval' | 'review'
export interface DeadlineRow {
  readonly emergencyId: string
  readonly name: EmergencyDeadline
  readonly dueAt: Date
  readonly firedAt: Date | null
}
export const listDeadlines = async (tx: ReadTx, ids: readonly string[]): Promise<DeadlineRow[]> =>
  (
    await sql<DeadlineRow>`select emergency_id as "emergencyId", name, due_at as "dueAt", fired_at as "firedAt" from emergency_deadline
      where emergency_id = any (${[...ids]}::uuid[]) and cancelled_at is null order by due_at limit 2000`.execute(tx)
  ).rows
export async function startDeadline(tx: Tx, of: Of, name: EmergencyDeadline, dueAt: Date): Promise<void> {
  await sql`insert into emergency_deadline (emergency_id, name, due_at, tenant_id, party_ids) values (${of.id}, ${name}, ${dueAt}, ${of.tenantId}, ${[...of.partyIds]}::uuid[])
    on conflict (emergency_id, name, due_at) do update set cancelled_at = null where emergency_deadline.fired_at is null`.execute(
    tx,
  )
}
export async function cancelDeadlines(tx: Tx, id: string, names: readonly EmergencyDeadline[], at: Date): Promise<void> {
  await sql`update emergency_deadline set cancelled_at = ${at} where emergency_id = ${id} and name = any (${[...names]}::text[]) and fired_at is null and cancelled_at is null`.execute(
    tx,
  )
}
/** Takes one due deadline for this transaction; false where it has fired, was cancelled, or another scheduler is at it. */
export const fireDeadline = async (tx: Tx, of: Pick<DeadlineRow, 'emergencyId' | 'name' | 'dueAt'>, at: Date): Promise<boolean> =>
  (
    await sql`update emergency_deadline d set fired_at = ${at} from (
        select emergency_id, name, due_at from emergency_deadline where emergency_id = ${of.emergencyId} and name = ${of.name} and due_at = ${of.dueAt}
          and due_at <= ${at} and fired_at is null and cancelled_at is null for update skip locked) mine
      where d.emergency_id = mine.emergency_id and d.name = mine.name and d.due_at = mine.due_at returning 1`.execute(tx)
  ).rows.length > 0

export interface DueRow {
  readonly tenantId: string
  readonly emergencyId: string
  readonly name: EmergencyDeadline
  readonly dueAt: Date
}
export const listDue = async (tx: ReadTx, at: Date, most: number): Promise<DueRow[]> =>
  (
    await sql<DueRow>`select tenant_id as "tenantId", emergency_id as "emergencyId", name, due_at as "dueAt" from emergency_deadlines_due(${at}, ${most})`.execute(
      tx,
    )
  ).rows
export const listToDraft = async (tx: ReadTx): Promise<{ tenantId: string; emergencyId: string }[]> =>
  (
    await sql<{
      tenantId: string
      emergencyId: string
    }>`select tenant_id as "tenantId", emergency_id as "emergencyId" from emergencies_to_draft()`.execute(tx)
  ).rows
