import { enterTenant, type ReadTx, type Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { Execution, Pending, Told, Verdict, Word } from './reconcile.model.ts'

export interface Position {
  readonly stream: string
  readonly taken: number
  readonly pending: Pending
  /** When it was last said to be read to its end. */
  readonly wholeAt: Date | null
}
interface Source {
  readonly followerId: string
  readonly source: string
}
/** How far this file was taken; held until the transaction ends. */
export const lockPosition = async (tx: Tx, of: Source): Promise<Position | undefined> =>
  (
    await sql<Position>`select stream, taken, pending, whole_at as "wholeAt" from reconcile_position where follower_id = ${of.followerId} and source = ${of.source} for update`.execute(
      tx,
    )
  ).rows[0]
export async function setPosition(tx: Tx, of: Source & { readonly at: Date }, to: Position): Promise<void> {
  await sql`insert into reconcile_position (follower_id, source, stream, taken, pending, whole_at, at) values (${of.followerId}, ${of.source}, ${to.stream}, ${to.taken}, ${JSON.stringify(to.pending)}::jsonb, ${to.wholeAt}, ${of.at})
    on conflict (follower_id, source) do update set stream = excluded.stream, taken = excluded.taken, pending = excluded.pending, whole_at = excluded.whole_at, at = excluded.at`.execute(
    tx,
  )
}

export interface TerminalRow {
  readonly sessionId: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly targetNames: readonly string[]
  readonly closedAt: Date | null
}
export const findTerminal = async (tx: ReadTx, sessionId: string): Promise<TerminalRow | undefined> =>
  (
    await sql<TerminalRow>`select session_id as "sessionId", tenant_id as "tenantId", party_ids as "partyIds", target_names as "targetNames", closed_at as "closedAt"
      from reconcile_session(${sessionId}::uuid)`.execute(tx)
  ).rows[0]

/** These logs have told something of the session. */
export async function noteHeard(tx: Tx, of: Source & { readonly at: Date }, sessionId: string): Promise<void> {
  await sql`insert into reconcile_heard (session_id, follower_id, source, at) values (${sessionId}, ${of.followerId}, ${of.source}, ${of.at})
    on conflict (session_id, follower_id, source) do update set at = excluded.at`.execute(tx)
}
/** Something was not read that came after `wholeUntil`. */
export async function noteLost(tx: Tx, of: Source & { readonly at: Date }, wholeUntil: Date): Promise<void> {
  await sql`select reconcile_lose(${of.followerId}, ${of.source}, ${wholeUntil}, ${of.at})`.execute(tx)
}
export const findWord = async (tx: ReadTx, sessionId: string): Promise<Omit<Word, 'closedAt'>> =>
  (
    await sql<
      Omit<Word, 'closedAt'>
    >`select max(h.at) as "heardAt", coalesce(bool_or(h.lost), false) as lost, reconcile_terminals(${sessionId}::uuid) as terminals,
        case when count(*) = count(p.whole_at) then min(p.whole_at) end as "wholeAt"
      from reconcile_heard h left join reconcile_position p on p.follower_id = h.follower_id and p.source = h.source where h.session_id = ${sessionId}`.execute(
      tx,
    )
  ).rows[0]!

export interface ProcessRow {
  readonly pid: number
  readonly ppid: number | null
  readonly sessionId: string
  readonly ses: number | null
  readonly tty: string | null
}
export const listProcesses = async (tx: ReadTx, of: Source): Promise<ProcessRow[]> =>
  (
    await sql<ProcessRow>`select pid, ppid, session_id as "sessionId", ses, tty from reconcile_process where follower_id = ${of.followerId} and source = ${of.source} order by at desc limit 5000`.execute(
      tx,
    )
  ).rows
export async function noteProcess(tx: Tx, of: Source & { readonly at: Date }, process: ProcessRow): Promise<void> {
  await sql`insert into reconcile_process (follower_id, source, pid, ppid, session_id, ses, tty, at) values (${of.followerId}, ${of.source}, ${process.pid}, ${process.ppid}, ${process.sessionId}, ${process.ses}, ${process.tty}, ${of.at})
    on conflict (follower_id, source, pid) do update set ppid = excluded.ppid, session_id = excluded.session_id, ses = excluded.ses, tty = excluded.tty, at = excluded.at`.execute(
    tx,
  )
}
/** Its number is another's now. */
export async function forgetProcess(tx: Tx, of: Source, pid: number): Promise<void> {
  await sql`delete from reconcile_process where follower_id = ${of.followerId} and source = ${of.source} and pid = ${pid}`.execute(
    tx,
  )
}
export async function forgetProcesses(tx: Tx, before: Date): Promise<void> {
  await sql`delete from reconcile_process where at < ${before}`.execute(tx)
}

export async function insertExecution(
  tx: Tx,
  session: Pick<TerminalRow, 'sessionId' | 'tenantId' | 'partyIds'>,
  of: Execution,
  marks: { readonly opens: boolean; readonly outlived: boolean; readonly elevated: boolean },
): Promise<void> {
  await enterTenant(tx, session.tenantId)
  await sql`insert into reconcile_execution (session_id, serial, at, tenant_id, party_ids, pid, ppid, uid, euid, exe, command, opens, outlived, elevated)
    values (${session.sessionId}, ${of.serial}, ${of.at}, ${session.tenantId}, ${[...session.partyIds]}, ${of.pid}, ${of.ppid}, ${of.uid}, ${of.euid}, ${of.exe.slice(0, 4_100)},
      ${of.argv.join(' ').slice(0, 2_050)}, ${marks.opens}, ${marks.outlived}, ${marks.elevated}) on conflict do nothing`.execute(
    tx,
  )
}
export interface ExecutionRow {
  readonly at: Date
  readonly pid: number
  readonly ppid: number
  readonly uid: number
  readonly exe: string
  readonly command: string
  readonly outlived: boolean
  readonly elevated: boolean
}
export const listExecutions = async (tx: ReadTx, sessionId: string, limit: number): Promise<ExecutionRow[]> =>
  (
    await sql<ExecutionRow>`select at, pid, ppid, uid, exe, command, outlived, elevated from reconcile_execution where session_id = ${sessionId} order by at, serial limit ${limit}`.execute(
      tx,
    )
  ).rows
export const toldOf = async (tx: ReadTx, sessionId: string): Promise<Told> =>
  (
    await sql<Told>`select count(*)::int as executions, count(*) filter (where opens)::int as opened, count(*) filter (where outlived)::int as outlived, count(*) filter (where elevated)::int as elevated
      from reconcile_execution where session_id = ${sessionId}`.execute(tx)
  ).rows[0]!

export interface VerdictRow {
  readonly verdict: Verdict
  readonly at: Date
}
/** The latest: what comes after a verdict is judged anew. */
export const findVerdict = async (tx: ReadTx, sessionId: string): Promise<VerdictRow | undefined> =>
  (
    await sql<VerdictRow>`select verdict, at from reconcile_verdict where session_id = ${sessionId} order by at desc limit 1`.execute(
      tx,
    )
  ).rows[0]
export async function insertVerdict(
  tx: Tx,
  session: Pick<TerminalRow, 'sessionId' | 'tenantId' | 'partyIds'>,
  of: Told & VerdictRow,
): Promise<void> {
  await sql`insert into reconcile_verdict (session_id, tenant_id, party_ids, verdict, executions, outlived, elevated, at)
    values (${session.sessionId}, ${session.tenantId}, ${[...session.partyIds]}, ${of.verdict}, ${of.executions}, ${of.outlived}, ${of.elevated}, ${of.at})`.execute(
    tx,
  )
}
export const listDue = async (tx: ReadTx, since: Date): Promise<{ sessionId: string; tenantId: string }[]> =>
  (
    await sql<{
      sessionId: string
      tenantId: string
    }>`select session_id as "sessionId", tenant_id as "tenantId" from reconcile_due(${since})`.execute(tx)
  ).rows
