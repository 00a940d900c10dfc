import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { ServicePurpose } from './federation.model.ts'

export interface ServiceRow {
  readonly id: string
  readonly tenantId: string
  readonly name: string
  readonly purpose: ServicePurpose
  readonly sourceId: string | null
  readonly sourceName: string | null
  readonly ownerId: string
  readonly createdAt: Date
  readonly issuedAt: Date
  readonly expiresAt: Date
  readonly revokedAt: Date | null
  readonly lastUsedAt: Date | null
}
const columns = sql`i.id, i.tenant_id as "tenantId", i.name, i.purpose, i.source_id as "sourceId", s.name as "sourceName", i.owner_id as "ownerId", i.created_at as "createdAt",
  i.issued_at as "issuedAt", i.expires_at as "expiresAt", i.revoked_at as "revokedAt", i.last_used_at as "lastUsedAt"`
const from = sql`from service_identity i left join federation_source s on s.id = i.source_id`

export const listServices = async (tx: ReadTx, tenantId: string): Promise<ServiceRow[]> =>
  (await sql<ServiceRow>`select ${columns} ${from} where i.tenant_id = ${tenantId} order by i.id desc limit 200`.execute(tx)).rows
export const countServices = async (tx: ReadTx): Promise<number> =>
  (
    await sql<{
      n: number
    }>`select count(*)::int as n from service_identity where tenant_id = app_tenant() and revoked_at is null`.execute(tx)
  ).rows[0]!.n
export async function lockService(tx: Tx, id: string): Promise<ServiceRow | undefined> {
  return (
    await sql<ServiceRow>`select ${columns} ${from} where i.id = ${id} and i.tenant_id = app_tenant() for update of i`.execute(tx)
  ).rows[0]
}
export async function insertService(
  tx: Tx,
  row: {
    id: string
    tenantId: string
    name: string
    purpose: ServicePurpose
    sourceId: string
    tokenSha256: string
    ownerId: string
    at: Date
    expiresAt: Date
  },
): Promise<void> {
  await sql`insert into service_identity (id, tenant_id, name, purpose, source_id, token_sha256, owner_id, created_at, issued_at, expires_at)
    values (${row.id}, ${row.tenantId}, ${row.name}, ${row.purpose}, ${row.sourceId}, ${row.tokenSha256}, ${row.ownerId}, ${row.at}, ${row.at}, ${row.expiresAt})`.execute(
    tx,
  )
}
export const reissue = (tx: Tx, id: string, of: { tokenSha256: string; at: Date; expiresAt: Date }) =>
  sql`update service_identity set token_sha256 = ${of.tokenSha256}, issued_at = ${of.at}, expires_at = ${of.expiresAt}, last_used_at = null where id = ${id}`.execute(
    tx,
  )
export const revoke = (tx: Tx, id: string, at: Date) =>
  sql`update service_identity set revoked_at = ${at} where id = ${id} and revoked_at is null`.execute(tx)
/** Written at most once a minute. */
export const touch = (tx: Tx, id: string, at: Date) =>
  sql`update service_identity set last_used_at = ${at} where id = ${id} and (last_used_at is null or last_used_at < ${new Date(at.getTime() - 60_000)})`.execute(
    tx,
  )

export interface FoundService {
  id: string
  tenantId: string
  purpose: ServicePurpose
  sourceId: string | null
  expiresAt: Date
  revokedAt: Date | null
}
export const findByToken = async (tx: ReadTx, tokenSha256: string): Promise<FoundService | undefined> =>
  (
    await sql<FoundService>`select id, tenant_id as "tenantId", purpose, source_id as "sourceId", expires_at as "expiresAt", revoked_at as "revokedAt" from service_identity_find(${tokenSha256})`.execute(
      tx,
    )
  ).rows[0]
