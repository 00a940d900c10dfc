import { releaseExplainsMs } from '@huabiao/domains/vault/vault.model'
import type { Plane } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'

export interface LoggedTarget {
  readonly id: string
  readonly tenantId: string
  readonly plane: Plane
  readonly accounts: readonly { readonly name: string; readonly login: string; readonly privileged: boolean }[]
}
export const findLoggedTarget = async (tx: ReadTx, name: string): Promise<LoggedTarget | undefined> =>
  (await sql<LoggedTarget>`select id, tenant_id as "tenantId", plane, accounts from violation_target(${name})`.execute(tx))
    .rows[0]

export interface LogPosition {
  readonly stream: string
  readonly taken: number
}
/** How far this follower's lines of the target were taken; held until the transaction ends. */
export const lockLogPosition = async (tx: Tx, followerId: string, targetId: string): Promise<LogPosition | undefined> =>
  (
    await sql<LogPosition>`select stream, taken from violation_log_position where follower_id = ${followerId} and target_id = ${targetId} for update`.execute(
      tx,
    )
  ).rows[0]
export async function setLogPosition(
  tx: Tx,
  of: { followerId: string; targetId: string; at: Date },
  to: LogPosition,
): Promise<void> {
  await sql`insert into violation_log_position (follower_id, target_id, stream, taken, at) values (${of.followerId}, ${of.targetId}, ${to.stream}, ${to.taken}, ${of.at})
    on conflict (follower_id, target_id) do update set stream = excluded.stream, taken = excluded.taken, at = excluded.at`.execute(
    tx,
  )
}
/** `new`; `again` where the same line came in an earlier stream; `used` where the certified key logged on before. */
export async function noteCertificate(
  tx: Tx,
  of: { fingerprint: string; targetId: string; port: number; stream: string; at: Date },
): Promise<'new' | 'again' | 'used'> {
  const { fingerprint, targetId, port, stream, at } = of
  const made =
    await sql`insert into violation_certificate_seen (fingerprint, target_id, port, stream, at) values (${fingerprint}, ${targetId}, ${port}, ${stream}, ${at})
    on conflict do nothing`.execute(tx)
  if (made.numAffectedRows === 1n) return 'new'
  const { rows } =
    await sql`select 1 from violation_certificate_seen where fingerprint = ${fingerprint} and target_id = ${targetId} and port = ${port} and stream <> ${stream}`.execute(
      tx,
    )
  return rows.length > 0 ? 'again' : 'used'
}

export const findLoggedSession = async (
  tx: ReadTx,
  sessionId: string,
  targetId: string,
): Promise<{ executorId: string; ran: boolean } | undefined> =>
  (
    await sql<{
      executorId: string
      ran: boolean
    }>`select executor_id as "executorId", ran from violation_session(${sessionId}::uuid, ${targetId}::uuid)`.execute(tx)
  ).rows[0]
/** Whether that certified key was made for a check of this target. */
export const isCheckLogon = async (tx: ReadTx, of: { checkId: string; targetId: string; key: string }): Promise<boolean> =>
  (
    await sql<{
      known: boolean
    }>`select enrolment_check_logon(${of.checkId}::uuid, ${of.targetId}::uuid, ${of.key}) as known`.execute(tx)
  ).rows[0]?.known === true
/** Whether a kept secret was released for this logon; takes it from what the release explains. */
export const isKeptLogon = async (
  tx: Tx,
  of: { targetId: string; logon: { account: string; method: string; key?: string | undefined }; at: Date },
): Promise<boolean> =>
  (
    await sql<{
      known: boolean
    }>`select vault_claim_logon(${of.targetId}::uuid, ${of.logon.account}, ${of.logon.method}, ${of.logon.key ?? ''}, ${new Date(of.at.getTime() - releaseExplainsMs)}) as known`.execute(
      tx,
    )
  ).rows[0]?.known === true
export const isStepRunning = async (tx: ReadTx, targetId: string, at: Date): Promise<boolean> =>
  (await sql<{ running: boolean }>`select violation_step_running(${targetId}, ${at}) as running`.execute(tx)).rows[0]?.running ===
  true
