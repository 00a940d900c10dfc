import type { Door, Plane } from '@huabiao/kit/actor/actor'
import { enterTenant, type ReadTx, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import {
  afterSession,
  canSession,
  type PauseReason,
  type SessionAction,
  type SessionMode,
  type SessionState,
} from './session.model.ts'

export interface SessionRow {
  readonly id: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly plane: Plane
  readonly mode: SessionMode
  readonly state: SessionState
  readonly changeId: string
  readonly changeNo: string
  readonly title: string
  readonly executorId: string
  readonly executorName: string
  readonly reviewerId: string | null
  readonly reviewerName: string | null
  readonly targetNames: readonly string[]
  readonly targetId: string | null
  readonly account: string | null
  readonly door: Door
  readonly sourceIp: string
  readonly gatewayId: string
  readonly bootId: string | null
  readonly requestedAt: Date
  readonly openedAt: Date | null
  readonly closedAt: Date | null
  readonly closeReason: string | null
  /** Of a session that is held. */
  readonly pauseReason: PauseReason | null
  readonly sealedAt: Date | null
  readonly manifestSm3: string | null
  readonly segments: number
  readonly bytes: number
}
const columns = sql`s.id, s.tenant_id as "tenantId", s.party_ids as "partyIds", s.plane, s.mode, s.state, s.change_id as "changeId", s.change_no as "changeNo", s.title, s.executor_id as "executorId",
  s.executor_name as "executorName", s.reviewer_id as "reviewerId", s.reviewer_name as "reviewerName", s.target_names as "targetNames", s.target_id as "targetId", s.account, s.door, s.source_ip as "sourceIp",
  s.gateway_id as "gatewayId", s.boot_id as "bootId", s.requested_at as "requestedAt", s.opened_at as "openedAt", s.closed_at as "closedAt", s.close_reason as "closeReason", s.pause_reason as "pauseReason", s.sealed_at as "sealedAt",
  s.manifest_sm3 as "manifestSm3", s.segments, s.bytes`

export type NewSessionRow = Omit<
  SessionRow,
  'state' | 'bootId' | 'openedAt' | 'closedAt' | 'closeReason' | 'pauseReason' | 'sealedAt' | 'manifestSm3' | 'segments' | 'bytes'
>
export async function insertSession(tx: Tx, s: NewSessionRow): Promise<void> {
  await sql`insert into session_record (id, tenant_id, party_ids, plane, mode, state, change_id, change_no, title, executor_id, executor_name, reviewer_id, reviewer_name, target_names, target_id, account, door, source_ip, gateway_id, requested_at)
    values (${s.id}, ${s.tenantId}, ${[...s.partyIds]}, ${s.plane}, ${s.mode}, 'requested', ${s.changeId}, ${s.changeNo}, ${s.title}, ${s.executorId}, ${s.executorName}, ${s.reviewerId}, ${s.reviewerName},
      ${[...s.targetNames]}, ${s.targetId}, ${s.account}, ${s.door}, ${s.sourceIp}, ${s.gatewayId}, ${s.requestedAt})`.execute(tx)
}
export const findSession = async (tx: ReadTx, id: string): Promise<SessionRow | undefined> =>
  (await sql<SessionRow>`select ${columns} from session_record s where s.id = ${id}`.execute(tx)).rows[0]

export const listOpenRecordings = async (tx: ReadTx, changeId: string): Promise<string[]> =>
  (
    await sql<{
      id: string
    }>`select id from session_record where change_id = ${changeId} and state not in ('sealed', 'gap') limit 100`.execute(tx)
  ).rows.map((row) => row.id)

/** Whose session it is; a gateway is told of its own only. @throws Refusal session.not_found, session.other_gateway */
export async function tenantOfSession(tx: ReadTx, id: string, gatewayId?: string): Promise<string> {
  const { rows } = await sql<{
    tenant_id: string
    gateway_id: string
  }>`select tenant_id, gateway_id from session_place(${id})`.execute(tx)
  if (!rows[0]) throw notFound('session')
  if (gatewayId !== undefined && rows[0].gateway_id !== gatewayId) throw new Refusal('session.other_gateway')
  return rows[0].tenant_id
}

/** The session, locked, in its tenant: for gateways, which know ids, and for persons who could see it. @throws Refusal session.not_found */
export async function lockSession(tx: Tx, id: string, gatewayId?: string): Promise<SessionRow> {
  await enterTenant(tx, await tenantOfSession(tx, id, gatewayId))
  const [row] = (await sql<SessionRow>`select ${columns} from session_record s where s.id = ${id} for update`.execute(tx)).rows
  if (!row) throw notFound('session')
  return row
}
/** Moves a session along its life. Answers undefined where the state does not allow it: reports may come twice, or late. */
export async function stepSession(
  tx: Tx,
  session: SessionRow,
  action: SessionAction,
  patch: Partial<
    Pick<SessionRow, 'bootId' | 'openedAt' | 'closedAt' | 'closeReason' | 'pauseReason' | 'sealedAt' | 'manifestSm3'>
  > = {},
): Promise<SessionRow | undefined> {
  if (!canSession(session.state, action)) return undefined
  const after: SessionRow = { ...session, pauseReason: null, ...patch, state: afterSession(action) }
  await sql`update session_record set state = ${after.state}, boot_id = ${after.bootId}, opened_at = ${after.openedAt}, closed_at = ${after.closedAt}, close_reason = ${after.closeReason}, pause_reason = ${after.pauseReason},
    sealed_at = ${after.sealedAt}, manifest_sm3 = ${after.manifestSm3} where id = ${session.id}`.execute(tx)
  return after
}
export interface SessionQuery {
  readonly after?: string | undefined
  readonly limit: number
  readonly states?: readonly string[] | undefined
  readonly changeId?: string | undefined
  readonly text?: string | undefined
  /** Only those of which this person is. */
  readonly ofPerson?: string | undefined
  /** Only those of other units than this one. */
  readonly notOf?: string | undefined
}
export async function listSessionRows(tx: ReadTx, q: SessionQuery): Promise<SessionRow[]> {
  const where = [sql`true`]
  if (q.after) where.push(sql`s.id < ${q.after}::uuid`)
  if (q.states) where.push(sql`s.state = any (${[...q.states]}::text[])`)
  if (q.ofPerson) where.push(sql`${q.ofPerson}::uuid in (s.executor_id, s.reviewer_id)`)
  if (q.notOf) where.push(sql`s.tenant_id <> ${q.notOf}::uuid`)
  if (q.changeId) where.push(sql`s.change_id = ${q.changeId}::uuid`)
  if (q.text)
    where.push(
      sql`position(lower(${q.text}) in lower(s.title || ' ' || s.executor_name || ' ' || array_to_string(s.target_names, ' '))) > 0`,
    )
  return (
    await sql<SessionRow>`select ${columns} from session_record s where ${sql.join(where, sql` and `)} order by s.id desc limit ${q.limit}`.execute(
      tx,
    )
  ).rows
}

/** Sessions that somebody drives now, or is about to. */
export const openSessionsOf = async (tx: ReadTx, executorId: string): Promise<string[]> =>
  (
    await sql<{
      id: string
    }>`select id from session_record where executor_id = ${executorId} and state in ('requested', 'live', 'paused', 'draining') order by id`.execute(
      tx,
    )
  ).rows.map((row) => row.id)

/** Terminals of emergencies, of whichever unit. */
export const listOpenTerminals = async (tx: ReadTx): Promise<{ sessionId: string; tenantId: string }[]> =>
  (
    await sql<{
      sessionId: string
      tenantId: string
    }>`select session_id as "sessionId", tenant_id as "tenantId" from open_terminals()`.execute(tx)
  ).rows

export interface SegmentRow {
  readonly index: number
  readonly sm3: string
  readonly sha256: string
  readonly bytes: number
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly marks: readonly { atMs: number; label: string; stepKey: string | null; targetName: string | null }[]
}
export async function insertSegment(tx: Tx, session: SessionRow, segment: SegmentRow): Promise<void> {
  await sql`insert into session_segment (session_id, index, tenant_id, party_ids, sm3, sha256, bytes, started_at_ms, ended_at_ms, marks)
    values (${session.id}, ${segment.index}, ${session.tenantId}, ${[...session.partyIds]}, ${segment.sm3}, ${segment.sha256}, ${segment.bytes}, ${segment.startedAtMs}, ${segment.endedAtMs}, ${JSON.stringify(segment.marks)}::jsonb)`.execute(
    tx,
  )
  await sql`update session_record set segments = segments + 1, bytes = bytes + ${segment.bytes} where id = ${session.id}`.execute(
    tx,
  )
}
export const listSegments = async (tx: ReadTx, sessionId: string): Promise<SegmentRow[]> =>
  (
    await sql<SegmentRow>`select index, sm3, sha256, bytes, started_at_ms as "startedAtMs", ended_at_ms as "endedAtMs", marks from session_segment where session_id = ${sessionId} order by index limit 20000`.execute(
      tx,
    )
  ).rows

export interface GrantRow {
  readonly id: string
  readonly tenantId: string
  readonly sessionId: string
  readonly runId: string | null
  readonly changeId: string
  readonly gatewayId: string
  readonly notAfter: Date
  readonly state: 'issued' | 'started' | 'finished' | 'revoked'
  readonly bootId: string | null
}
const grantColumns = sql`g.id, g.tenant_id as "tenantId", g.session_id as "sessionId", g.run_id as "runId", g.change_id as "changeId", g.gateway_id as "gatewayId", g.not_after as "notAfter", g.state, g.boot_id as "bootId"`
export async function insertGrant(
  tx: Tx,
  g: Omit<GrantRow, 'state' | 'bootId'> & { partyIds: readonly string[] },
): Promise<void> {
  await sql`insert into session_grant (id, tenant_id, party_ids, session_id, run_id, change_id, gateway_id, not_after)
    values (${g.id}, ${g.tenantId}, ${[...g.partyIds]}, ${g.sessionId}, ${g.runId}, ${g.changeId}, ${g.gatewayId}, ${g.notAfter})`.execute(
    tx,
  )
}
/** @throws Refusal session.grant_not_found, session.other_gateway */
export async function lockGrant(tx: Tx, id: string, gatewayId: string): Promise<GrantRow> {
  const { rows } = await sql<{
    tenant_id: string
    gateway_id: string
  }>`select tenant_id, gateway_id from session_grant_place(${id})`.execute(tx)
  if (!rows[0]) throw new Refusal('session.grant_not_found')
  if (rows[0].gateway_id !== gatewayId) throw new Refusal('session.other_gateway')
  await enterTenant(tx, rows[0].tenant_id)
  const [row] = (await sql<GrantRow>`select ${grantColumns} from session_grant g where g.id = ${id} for update`.execute(tx)).rows
  if (!row) throw new Refusal('session.grant_not_found')
  return row
}
export async function setGrantState(
  tx: Tx,
  id: string,
  from: readonly GrantRow['state'][],
  to: GrantRow['state'],
  use?: { bootId: string; at: Date },
): Promise<boolean> {
  const done =
    await sql`update session_grant set state = ${to}, boot_id = coalesce(${use?.bootId ?? null}::uuid, boot_id), started_at = coalesce(${use?.at ?? null}::timestamptz, started_at)
    where id = ${id} and state = any (${[...from]}::text[])`.execute(tx)
  return done.numAffectedRows === 1n
}
export const findGrantOfRun = async (tx: ReadTx, runId: string): Promise<string | null> =>
  (await sql<{ id: string }>`select id from session_grant where run_id = ${runId}`.execute(tx)).rows[0]?.id ?? null
export const hasGrant = async (tx: ReadTx, sessionId: string): Promise<boolean> =>
  (await sql`select 1 from session_grant where session_id = ${sessionId} limit 1`.execute(tx)).rows.length > 0
