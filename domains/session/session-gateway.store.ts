import type { Plane } from '@huabiao/kit/actor/actor'
import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { Work } from './session-gateway.contract.ts'

/** Gateways as they were last heard of, the work queued to them, and tickets of browsers. None of it belongs to a tenant. */
export interface Gateway {
  readonly id: string
  readonly plane: Plane
  readonly bootId: string
  readonly seenAt: Date
}
export async function saveGateway(tx: Tx, gateway: Gateway): Promise<void> {
  await sql`insert into session_gateway (id, plane, boot_id, seen_at) values (${gateway.id}, ${gateway.plane}, ${gateway.bootId}, ${gateway.seenAt})
    on conflict (id) do update set plane = excluded.plane, boot_id = excluded.boot_id, seen_at = excluded.seen_at`.execute(tx)
}
export const findGateway = async (tx: ReadTx, id: string): Promise<Gateway | undefined> =>
  (
    await sql<Gateway>`select id, plane, boot_id as "bootId", seen_at as "seenAt" from session_gateway where id = ${id}`.execute(
      tx,
    )
  ).rows[0]
/** The gateway of a plane with the fewest open sessions, of those heard of since `since`. */
export const freestGateway = async (tx: ReadTx, plane: Plane, since: Date): Promise<Gateway | undefined> =>
  (
    await sql<Gateway>`select g.id, g.plane, g.boot_id as "bootId", g.seen_at as "seenAt" from session_gateway g where g.plane = ${plane} and g.seen_at >= ${since}
      order by (select count(*) from sessions_of_gateway(g.id)), g.id limit 1`.execute(tx)
  ).rows[0]
export const listGateways = async (tx: ReadTx): Promise<Gateway[]> =>
  (
    await sql<Gateway>`select id, plane, boot_id as "bootId", seen_at as "seenAt" from session_gateway order by seen_at desc limit 100`.execute(
      tx,
    )
  ).rows

type Granted = Extract<Work, { kind: 'run' | 'fetch' }>
type AsSigned<W> = W extends Granted ? Omit<W, 'grant'> & { readonly grant: SignedEnvelope } : never
/** Work as it is queued: the envelope is as the signer gave it. */
export type QueuedWork = Exclude<Work, Granted> | AsSigned<Granted>
export async function queueWork(tx: Tx, gatewayId: string, item: QueuedWork): Promise<void> {
  await sql`insert into session_work (id, gateway_id, session_id, item) values (${item.workId}, ${gatewayId}, ${'sessionId' in item ? item.sessionId : null}, ${JSON.stringify(item)}::jsonb)`.execute(
    tx,
  )
}
export async function deleteWork(tx: Tx, gatewayId: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0)
    await sql`delete from session_work where gateway_id = ${gatewayId} and id = any (${[...ids]}::uuid[])`.execute(tx)
}
/** Everything queued for a gateway that no longer holds: it was for an earlier boot. */
export async function clearWork(tx: Tx, gatewayId: string): Promise<void> {
  await sql`delete from session_work where gateway_id = ${gatewayId}`.execute(tx)
}
export const listWork = async (tx: ReadTx, gatewayId: string): Promise<Work[]> =>
  (
    await sql<{ item: Work }>`select item from session_work where gateway_id = ${gatewayId} order by seq limit 100`.execute(tx)
  ).rows.map((row) => row.item)

export interface OpenSession {
  readonly tenantId: string
  readonly sessionId: string
  readonly changeId: string
  readonly bootId: string | null
  readonly segments: number
  readonly state: string
  readonly mode: string
}
export const listOpenSessions = async (tx: ReadTx, gatewayId: string): Promise<OpenSession[]> =>
  (
    await sql<OpenSession>`select tenant_id as "tenantId", session_id as "sessionId", change_id as "changeId", boot_id as "bootId", segments, state, mode from sessions_of_gateway(${gatewayId})`.execute(
      tx,
    )
  ).rows
/** How many are open, in every unit at once. */
export const listSessionLevels = async (tx: ReadTx) =>
  (
    await sql<{ plane: string; mode: string; state: string; count: number }>`
      select plane, mode, state, count from session_levels()`.execute(tx)
  ).rows
export interface OpenGrant {
  readonly tenantId: string
  readonly grantId: string
  readonly runId: string | null
  readonly state: 'issued' | 'started'
}
export const listOpenGrants = async (tx: ReadTx, gatewayId: string): Promise<OpenGrant[]> =>
  (
    await sql<OpenGrant>`select tenant_id as "tenantId", grant_id as "grantId", run_id as "runId", state from grants_of_gateway(${gatewayId})`.execute(
      tx,
    )
  ).rows

export interface Ticket {
  readonly tokenSha256: string
  readonly kind: 'watch' | 'terminal'
  readonly sessionId: string | null
  readonly accountId: string
  readonly personId: string
  readonly tenantId: string
  readonly personName: string
  readonly locale: 'zh-CN' | 'en'
  readonly sourceIp: string
  readonly mfaAt: Date | null
  readonly expiresAt: Date
}
export async function insertTicket(tx: Tx, t: Ticket): Promise<void> {
  await sql`delete from session_ticket where expires_at < ${new Date(t.expiresAt.getTime() - 600_000)}`.execute(tx)
  await sql`insert into session_ticket (token_sha256, kind, session_id, account_id, person_id, tenant_id, person_name, locale, source_ip, mfa_at, expires_at)
    values (${t.tokenSha256}, ${t.kind}, ${t.sessionId}, ${t.accountId}, ${t.personId}, ${t.tenantId}, ${t.personName}, ${t.locale}, ${t.sourceIp}, ${t.mfaAt}, ${t.expiresAt})`.execute(
    tx,
  )
}
/** The ticket, used up by being read. */
export const takeTicket = async (tx: Tx, tokenSha256: string): Promise<Ticket | undefined> =>
  (
    await sql<Ticket>`delete from session_ticket where token_sha256 = ${tokenSha256} returning token_sha256 as "tokenSha256", kind, session_id as "sessionId", account_id as "accountId",
      person_id as "personId", tenant_id as "tenantId", person_name as "personName", locale, source_ip as "sourceIp", mfa_at as "mfaAt", expires_at as "expiresAt"`.execute(
      tx,
    )
  ).rows[0]
