import type { Risk } from '@huabiao/domains/change/change.model'
import { enterTenant, type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import type { EmergencyState } from './emergency.model.ts'

export interface EmergencyRow {
  readonly id: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly no: string
  readonly title: string
  readonly reason: string
  readonly incidentNo: string
  readonly incidentLevel: 'P1' | 'P2'
  readonly risk: Risk
  readonly plane: 'platform' | 'tenant'
  readonly root: boolean
  readonly state: EmergencyState
  readonly stateSince: Date
  readonly version: number
  readonly executorId: string
  readonly secondId: string
  readonly frozenBy: readonly string[]
  readonly invokedAt: Date
  readonly confirmedAt: Date | null
  readonly grantedAt: Date | null
  readonly notAfter: Date | null
  readonly renewals: number
  readonly endedBy: string | null
  readonly endReason: string | null
  readonly stabilisedAt: Date | null
  readonly filing: number
  readonly filedAt: Date | null
  readonly overdueAt: Date | null
  readonly escalatedAt: Date | null
  readonly decidedAt: Date | null
  readonly closedAt: Date | null
}
const columns = sql`c.id, c.tenant_id as "tenantId", c.party_ids as "partyIds", c.no, c.title, c.reason, c.incident_no as "incidentNo", c.incident_level as "incidentLevel", c.risk, c.plane, c.root,
  c.state, c.state_since as "stateSince", c.version, c.executor_id as "executorId", c.second_id as "secondId", c.frozen_by as "frozenBy", c.invoked_at as "invokedAt", c.confirmed_at as "confirmedAt",
  c.granted_at as "grantedAt", c.not_after as "notAfter", c.renewals, c.ended_by as "endedBy", c.end_reason as "endReason", c.stabilised_at as "stabilisedAt", c.filing, c.filed_at as "filedAt",
  c.overdue_at as "overdueAt", c.escalated_at as "escalatedAt", c.decided_at as "decidedAt", c.closed_at as "closedAt"`

export const findEmergency = async (tx: ReadTx, id: string): Promise<EmergencyRow | undefined> =>
  (await sql<EmergencyRow>`select ${columns} from emergency_case c where c.id = ${id}`.execute(tx)).rows[0]

export const findEmergencyId = async (tx: ReadTx, no: string): Promise<string | undefined> =>
  (await sql<{ id: string }>`select id from emergency_case where no = ${no}`.execute(tx)).rows[0]?.id

/** Of an emergency the asker may see: for acts of a unit on its own. @throws Refusal emergency.not_found */
export async function lockEmergency(tx: Tx, id: string): Promise<EmergencyRow> {
  const seen = await findEmergency(tx, id)
  if (!seen) throw notFound('emergency')
  await enterTenant(tx, seen.tenantId)
  return (await sql<EmergencyRow>`select ${columns} from emergency_case c where c.id = ${id} for update`.execute(tx)).rows[0]!
}

export interface EmergencyTargetRow {
  readonly emergencyId: string
  readonly targetId: string
  readonly systemId: string
  readonly name: string
  readonly host: string
  readonly port: number
  readonly hostKeySha256: string
  readonly accounts: readonly string[]
}
export const listEmergencyTargets = async (tx: ReadTx, ids: readonly string[]): Promise<EmergencyTargetRow[]> =>
  (
    await sql<EmergencyTargetRow>`select emergency_id as "emergencyId", target_id as "targetId", system_id as "systemId", name, host, port, host_key_sha256 as "hostKeySha256", accounts
      from emergency_target where emergency_id = any (${[...ids]}::uuid[]) order by name limit 1000`.execute(tx)
  ).rows

export interface Presence {
  readonly personId: string
  readonly seenAt: Date
}
export const listPresence = async (tx: ReadTx, emergencyId: string): Promise<Presence[]> =>
  (
    await sql<Presence>`select person_id as "personId", seen_at as "seenAt" from emergency_presence where emergency_id = ${emergencyId}`.execute(
      tx,
    )
  ).rows
export const touchPresence = async (
  tx: Tx,
  of: Pick<EmergencyRow, 'id' | 'tenantId' | 'partyIds'>,
  who: { readonly personId: string; readonly logonSessionId: string },
  at: Date,
): Promise<void> => {
  await sql`insert into emergency_presence (emergency_id, person_id, tenant_id, party_ids, logon_session_id, seen_at)
    values (${of.id}, ${who.personId}, ${of.tenantId}, ${[...of.partyIds]}, ${who.logonSessionId}, ${at})
    on conflict (emergency_id, person_id) do update set seen_at = excluded.seen_at, logon_session_id = excluded.logon_session_id`.execute(
    tx,
  )
}

/** @throws Refusal emergency.already_invoked where the same executor was faster with another */
export async function insertEmergency(
  tx: Tx,
  c: Pick<
    EmergencyRow,
    | 'id'
    | 'tenantId'
    | 'partyIds'
    | 'no'
    | 'title'
    | 'reason'
    | 'incidentNo'
    | 'incidentLevel'
    | 'risk'
    | 'plane'
    | 'root'
    | 'executorId'
    | 'secondId'
    | 'frozenBy'
    | 'invokedAt'
  >,
  targets: readonly Omit<EmergencyTargetRow, 'emergencyId'>[],
): Promise<void> {
  try {
    await sql`insert into emergency_case (id, tenant_id, party_ids, no, title, reason, incident_no, incident_level, risk, plane, root, state, state_since, executor_id, second_id, frozen_by, invoked_at)
      values (${c.id}, ${c.tenantId}, ${[...c.partyIds]}::uuid[], ${c.no}, ${c.title}, ${c.reason}, ${c.incidentNo}, ${c.incidentLevel}, ${c.risk}, ${c.plane}, ${c.root}, 'invoked', ${c.invokedAt},
        ${c.executorId}, ${c.secondId}, ${[...c.frozenBy]}::text[], ${c.invokedAt})`.execute(tx)
  } catch (error) {
    if (sqlState(error) === '23505') throw new Refusal('emergency.already_invoked', {}, error)
    throw error
  }
  for (const t of targets)
    await sql`insert into emergency_target (emergency_id, target_id, tenant_id, party_ids, system_id, name, host, port, host_key_sha256, accounts)
      values (${c.id}, ${t.targetId}, ${c.tenantId}, ${[...c.partyIds]}::uuid[], ${t.systemId}, ${t.name}, ${t.host}, ${t.port}, ${t.hostKeySha256}, ${[...t.accounts]}::text[])`.execute(
      tx,
    )
}
export const nextEmergencyNo = async (tx: Tx, day: string): Promise<string> =>
  (await sql<{ no: string }>`select next_emergency_no(${day}) as no`.execute(tx)).rows[0]!.no

export type EmergencyPatch = Partial<
  Pick<
    EmergencyRow,
    | 'state'
    | 'stateSince'
    | 'confirmedAt'
    | 'grantedAt'
    | 'notAfter'
    | 'renewals'
    | 'endedBy'
    | 'endReason'
    | 'stabilisedAt'
    | 'filing'
    | 'filedAt'
    | 'overdueAt'
    | 'escalatedAt'
    | 'decidedAt'
    | 'closedAt'
  >
>
/** @throws what the triggers say: the law of `emergency_guard` holds for every statement. */
export async function updateEmergency(tx: Tx, before: EmergencyRow, patch: EmergencyPatch): Promise<EmergencyRow> {
  const after = { ...before, ...patch, version: before.version + 1 }
  await sql`update emergency_case set state = ${after.state}, state_since = ${after.stateSince}, version = ${after.version}, confirmed_at = ${after.confirmedAt}, granted_at = ${after.grantedAt},
    not_after = ${after.notAfter}, renewals = ${after.renewals}, ended_by = ${after.endedBy}, end_reason = ${after.endReason}, stabilised_at = ${after.stabilisedAt}, filing = ${after.filing},
    filed_at = ${after.filedAt}, overdue_at = ${after.overdueAt}, escalated_at = ${after.escalatedAt}, decided_at = ${after.decidedAt}, closed_at = ${after.closedAt} where id = ${after.id}`.execute(
    tx,
  )
  return after
}

export interface EmergencyQuery {
  readonly after?: string | undefined
  readonly limit: number
  readonly open: boolean
  readonly personId?: string | undefined
  readonly text?: string | undefined
}
export async function listEmergencyRows(tx: ReadTx, q: EmergencyQuery): Promise<EmergencyRow[]> {
  const where = [sql`true`]
  if (q.after) where.push(sql`c.id < ${q.after}::uuid`)
  if (q.open) where.push(sql`c.state not in ('closed', 'refused')`)
  if (q.personId) where.push(sql`${q.personId}::uuid in (c.executor_id, c.second_id)`)
  if (q.text) where.push(sql`position(lower(${q.text}) in lower(c.no || ' ' || c.title || ' ' || c.incident_no)) > 0`)
  return (
    await sql<EmergencyRow>`select ${columns} from emergency_case c where ${sql.join(where, sql` and `)} order by c.id desc limit ${q.limit}`.execute(
      tx,
    )
  ).rows
}
export const hasOpenEmergency = async (tx: ReadTx, executorId: string): Promise<boolean> =>
  (
    await sql`select 1 from emergency_case where executor_id = ${executorId} and state in ('invoked', 'executing') limit 1`.execute(
      tx,
    )
  ).rows.length > 0

/** Overdue or rejected filings that hold these people or targets back, whoever may see them (G-RETRO). */
export interface Block {
  readonly no: string
  readonly personId: string | null
  readonly targetName: string | null
}
export const listBlocks = async (tx: ReadTx, personIds: readonly string[], targetIds: readonly string[]): Promise<Block[]> =>
  (
    await sql<Block>`select no, person_id as "personId", target_name as "targetName" from emergency_blocks(${[...personIds]}::uuid[], ${[...targetIds]}::uuid[])`.execute(
      tx,
    )
  ).rows
export const listFreezeNames = async (tx: ReadTx, tenantId: string, targetIds: readonly string[], at: Date): Promise<string[]> =>
  (
    await sql<{ name: string }>`select name from emergency_freezes(${tenantId}, ${[...targetIds]}::uuid[], ${at})`.execute(tx)
  ).rows.map((row) => row.name)
export const unitNameOf = async (tx: ReadTx, tenantId: string): Promise<string> =>
  (await sql<{ name: string }>`select name_zh as name from pub_tenant_name where tenant_id = ${tenantId}`.execute(tx)).rows[0]
    ?.name ?? ''
