import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { PreauthorisedRisk } from './consent.model.ts'

export interface PreauthorisationRow {
  readonly id: string
  readonly tenantId: string
  readonly name: string
  readonly reason: string
  readonly systemIds: readonly string[]
  readonly categories: readonly number[]
  readonly maxRisk: PreauthorisedRisk
  readonly fromMinute: number | null
  readonly toMinute: number | null
  readonly waivesNotice: boolean
  readonly notBefore: Date
  readonly notAfter: Date
  readonly givenBy: string
  readonly givenAt: Date
  readonly revokedBy: string | null
  readonly revokedAt: Date | null
  readonly revokeReason: string | null
}
const columns = sql`p.id, p.tenant_id as "tenantId", p.name, p.reason, p.system_ids as "systemIds", p.categories, p.max_risk as "maxRisk", p.from_minute as "fromMinute",
  p.to_minute as "toMinute", p.waives_notice as "waivesNotice", p.not_before as "notBefore", p.not_after as "notAfter", p.given_by as "givenBy", p.given_at as "givenAt", p.revoked_by as "revokedBy",
  p.revoked_at as "revokedAt", p.revoke_reason as "revokeReason"`

export async function insertPreauthorisation(
  tx: Tx,
  row: Omit<PreauthorisationRow, 'revokedBy' | 'revokedAt' | 'revokeReason'>,
): Promise<void> {
  // Who serves the systems sees what they may rely on.
  await sql`insert into consent_preauthorisation (id, tenant_id, party_ids, name, reason, system_ids, categories, max_risk, from_minute, to_minute, waives_notice, not_before, not_after, given_by, given_at)
    values (${row.id}, ${row.tenantId}, system_parties(${[...row.systemIds]}::uuid[]), ${row.name}, ${row.reason}, ${[...row.systemIds]}::uuid[], ${[...row.categories]}::int[], ${row.maxRisk},
      ${row.fromMinute}, ${row.toMinute}, ${row.waivesNotice}, ${row.notBefore}, ${row.notAfter}, ${row.givenBy}, ${row.givenAt})`.execute(
    tx,
  )
}
export const findPreauthorisation = async (tx: ReadTx, id: string): Promise<PreauthorisationRow | undefined> =>
  (await sql<PreauthorisationRow>`select ${columns} from consent_preauthorisation p where p.id = ${id}`.execute(tx)).rows[0]
export const listPreauthorisationRows = async (
  tx: ReadTx,
  q: { after?: string | undefined; limit: number; currentAt?: Date | undefined },
): Promise<PreauthorisationRow[]> =>
  (
    await sql<PreauthorisationRow>`select ${columns} from consent_preauthorisation p where (${q.after ?? null}::uuid is null or p.id < ${q.after ?? null}::uuid)
      and (${q.currentAt ?? null}::timestamptz is null or p.revoked_at is null and p.not_after > ${q.currentAt ?? null}::timestamptz)
      order by p.id desc limit ${q.limit}`.execute(tx)
  ).rows
/** False where another was faster. */
export async function revokeRow(tx: Tx, id: string, how: { by: string; at: Date; reason: string }): Promise<boolean> {
  const done =
    await sql`update consent_preauthorisation set revoked_by = ${how.by}, revoked_at = ${how.at}, revoke_reason = ${how.reason} where id = ${id} and revoked_at is null`.execute(
      tx,
    )
  return done.numAffectedRows === 1n
}
