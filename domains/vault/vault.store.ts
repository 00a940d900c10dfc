import type { Plane } from '@huabiao/kit/actor/actor'
import { enterTenant, type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import type { RotationOutcome, SecretKind } from './vault.model.ts'

/** Sealed bytes go in here and never come out: the application may not select them. */
export interface KeptRow {
  readonly id: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly targetId: string
  readonly account: string
  readonly login: string
  readonly kind: SecretKind
  readonly fingerprint: string | null
  readonly pendingFingerprint: string | null
  readonly rotateEveryDays: number
  readonly depositedByName: string
  readonly depositedAt: Date
  readonly rotatedAt: Date | null
  readonly usedAt: Date | null
  readonly dueAt: Date
  readonly failedAt: Date | null
  readonly failure: string
}
const columns = sql`v.id, v.tenant_id as "tenantId", v.party_ids as "partyIds", v.target_id as "targetId", v.account, v.login, v.kind, v.current_fingerprint as "fingerprint", v.pending_fingerprint as "pendingFingerprint",
  v.rotate_every_days as "rotateEveryDays", v.deposited_by_name as "depositedByName", v.deposited_at as "depositedAt", v.rotated_at as "rotatedAt", v.used_at as "usedAt", v.due_at as "dueAt", v.failed_at as "failedAt", v.failure`

export const listKeptRows = async (tx: ReadTx, page: { after?: string | undefined; limit: number }): Promise<KeptRow[]> =>
  (
    await sql<KeptRow>`select ${columns} from vault_account v where (${page.after ?? null}::uuid is null or v.id > ${page.after ?? null}::uuid) order by v.id limit ${page.limit}`.execute(
      tx,
    )
  ).rows
export const findKept = async (tx: ReadTx, id: string): Promise<KeptRow | undefined> =>
  (await sql<KeptRow>`select ${columns} from vault_account v where v.id = ${id}`.execute(tx)).rows[0]
/** Held until the transaction ends, so that two rotations cannot begin at once. */
export const lockKept = async (tx: Tx, id: string): Promise<KeptRow | undefined> =>
  (await sql<KeptRow>`select ${columns} from vault_account v where v.id = ${id} for update`.execute(tx)).rows[0]
export const isKept = async (tx: ReadTx, targetId: string, login: string): Promise<boolean> =>
  (await sql`select 1 from vault_account where target_id = ${targetId} and login = ${login}`.execute(tx)).rows.length > 0

export interface NewKept {
  readonly id: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly targetId: string
  readonly account: string
  readonly login: string
  readonly kind: SecretKind
  /** base64 */
  readonly sealed: string
  readonly fingerprint: string | null
  readonly rotateEveryDays: number
  readonly by: string
  readonly byName: string
  readonly at: Date
}
/** @throws Refusal vault.already_kept */
export async function insertKept(tx: Tx, k: NewKept): Promise<void> {
  try {
    // Due at once: whoever handed it over knows it.
    await sql`insert into vault_account (id, tenant_id, party_ids, target_id, account, login, kind, current, current_fingerprint, rotate_every_days, deposited_by, deposited_by_name, deposited_at, due_at)
    values (${k.id}, ${k.tenantId}, ${[...k.partyIds]}, ${k.targetId}, ${k.account}, ${k.login}, ${k.kind}, decode(${k.sealed}, 'base64'), ${k.fingerprint}, ${k.rotateEveryDays}, ${k.by}, ${k.byName}, ${k.at}, ${k.at})`.execute(
      tx,
    )
  } catch (error) {
    if (sqlState(error) === '23505') throw new Refusal('vault.already_kept', {}, error)
    throw error
  }
}
export async function keepPending(tx: Tx, id: string, of: { sealed: string; fingerprint: string | null }): Promise<void> {
  await sql`update vault_account set pending = decode(${of.sealed}, 'base64'), pending_fingerprint = ${of.fingerprint} where id = ${id}`.execute(
    tx,
  )
}
export async function promotePending(tx: Tx, id: string, at: Date, due: Date): Promise<void> {
  await sql`select vault_promote(${id}, ${at}, ${due})`.execute(tx)
}
export async function setFailed(tx: Tx, id: string, of: { at: Date; due: Date; failure: string }): Promise<void> {
  await sql`update vault_account set failed_at = ${of.at}, due_at = ${of.due}, failure = ${of.failure} where id = ${id}`.execute(
    tx,
  )
}
export async function setUsed(tx: Tx, id: string, at: Date): Promise<void> {
  await sql`update vault_account set used_at = ${at}, due_at = least(due_at, ${at}) where id = ${id}`.execute(tx)
}

export interface RotationRow {
  readonly id: string
  readonly tenantId: string
  readonly accountId: string
  readonly gatewayId: string
  readonly state: 'asked' | 'given' | 'finished'
  readonly requestedAt: Date
  readonly outcome: RotationOutcome | null
}
const rotationColumns = sql`r.id, r.tenant_id as "tenantId", r.account_id as "accountId", r.gateway_id as "gatewayId", r.state, r.requested_at as "requestedAt", r.outcome`
export async function insertRotation(
  tx: Tx,
  r: Pick<RotationRow, 'id' | 'tenantId' | 'accountId' | 'gatewayId' | 'requestedAt'> & {
    partyIds: readonly string[]
    why: string
  },
): Promise<void> {
  await sql`insert into vault_rotation (id, tenant_id, party_ids, account_id, gateway_id, why, requested_at)
    values (${r.id}, ${r.tenantId}, ${[...r.partyIds]}, ${r.accountId}, ${r.gatewayId}, ${r.why}, ${r.requestedAt})`.execute(tx)
}
export async function lastRotations(tx: ReadTx, accountIds: readonly string[]): Promise<Map<string, RotationRow>> {
  if (accountIds.length === 0) return new Map()
  const { rows } =
    await sql<RotationRow>`select distinct on (r.account_id) ${rotationColumns} from vault_rotation r where r.account_id = any (${[...accountIds]}::uuid[])
    order by r.account_id, r.requested_at desc`.execute(tx)
  return new Map(rows.map((row) => [row.accountId, row]))
}
/** A rotation, with its credential locked as by everybody else who changes either. @throws Refusal vault.rotation_not_found */
export async function lockRotation(tx: Tx, id: string, gatewayId: string): Promise<RotationRow> {
  const { rows } = await sql<{
    tenant_id: string
    gateway_id: string
  }>`select tenant_id, gateway_id from vault_rotation_place(${id})`.execute(tx)
  if (rows[0]?.gateway_id !== gatewayId) throw new Refusal('vault.rotation_not_found')
  await enterTenant(tx, rows[0].tenant_id)
  await sql`select 1 from vault_account v where v.id = (select r.account_id from vault_rotation r where r.id = ${id}) for update`.execute(
    tx,
  )
  const [row] = (await sql<RotationRow>`select ${rotationColumns} from vault_rotation r where r.id = ${id}`.execute(tx)).rows
  if (!row) throw new Refusal('vault.rotation_not_found')
  return row
}
export async function setGiven(tx: Tx, id: string): Promise<void> {
  await sql`update vault_rotation set state = 'given' where id = ${id} and state = 'asked'`.execute(tx)
}
export async function finishRotation(
  tx: Tx,
  id: string,
  of: { at: Date; outcome: RotationOutcome; detail: string },
): Promise<void> {
  await sql`update vault_rotation set state = 'finished', finished_at = ${of.at}, outcome = ${of.outcome}, detail = ${of.detail} where id = ${id}`.execute(
    tx,
  )
}

export interface Release {
  readonly id: string
  readonly tenantId: string
  readonly partyIds: readonly string[]
  readonly accountId: string
  readonly grantId: string | null
  readonly rotationId: string | null
  readonly gatewayId: string
  readonly at: Date
  readonly fingerprints: readonly string[] | null
  readonly logonsMost: number
}
export async function insertRelease(tx: Tx, r: Release): Promise<void> {
  await sql`insert into vault_release (id, tenant_id, party_ids, account_id, grant_id, rotation_id, gateway_id, released_at, fingerprints, logons_most)
    values (${r.id}, ${r.tenantId}, ${[...r.partyIds]}, ${r.accountId}, ${r.grantId}, ${r.rotationId}, ${r.gatewayId}, ${r.at}, ${r.fingerprints ? [...r.fingerprints] : null}, ${r.logonsMost})`.execute(
    tx,
  )
}
export const placeOfKept = async (
  tx: ReadTx,
  targetId: string,
  login: string,
): Promise<{ accountId: string; tenantId: string; targetName: string; plane: Plane } | undefined> =>
  (
    await sql<{
      accountId: string
      tenantId: string
      targetName: string
      plane: Plane
    }>`select account_id as "accountId", tenant_id as "tenantId", target_name as "targetName", plane
    from vault_place(${targetId}, ${login})`.execute(tx)
  ).rows[0]
export const dueAccounts = async (
  tx: ReadTx,
  of: { at: Date; lostBefore: Date; planes: readonly Plane[] },
): Promise<{ accountId: string; tenantId: string }[]> =>
  (
    await sql<{
      accountId: string
      tenantId: string
    }>`select account_id as "accountId", tenant_id as "tenantId" from vault_due(${of.at}, ${of.lostBefore}, ${[...of.planes]}::text[])`.execute(
      tx,
    )
  ).rows
