import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { Target } from './cmdb.model.ts'

declare module '@huabiao/kit/db/db' {
  interface Tables {
    cmdb_target: {
      id: string
      tenant_id: string
      party_ids: string[]
      plane: 'platform' | 'tenant'
      name: string
      host: string
      port: number
      host_key_sha256: string
      system_id: string
      tier: 'edge' | 'inner' | 'core'
      environment: 'production' | 'staging'
      accounts: { name: string; login: string; privileged: boolean }[]
    }
  }
}

const select = sql`select t.id, t.tenant_id as "tenantId", t.plane, t.name, t.host, t.port, t.host_key_sha256 as "hostKeySha256", t.system_id as "systemId", coalesce(s.name, '') as "systemName",
  coalesce(n.name_zh, '') as "unitName", t.tier, t.environment, t.accounts from cmdb_target t left join pub_information_system s on s.id = t.system_id left join pub_tenant_name n on n.tenant_id = s.tenant_id`

export const listTargets = async (
  tx: ReadTx,
  page: { after?: string | undefined; limit: number; systemId?: string | undefined; text?: string | undefined },
): Promise<Target[]> =>
  (
    await sql<Target>`${select} where (${page.after ?? null}::uuid is null or t.id > ${page.after ?? null}::uuid) and (${page.systemId ?? null}::uuid is null or t.system_id = ${page.systemId ?? null}::uuid)
    and (${page.text ?? null}::text is null or position(lower(${page.text ?? ''}) in lower(t.name || ' ' || t.host)) > 0) order by t.id limit ${page.limit}`.execute(
      tx,
    )
  ).rows

export const findTargets = async (tx: ReadTx, ids: readonly string[]): Promise<Target[]> =>
  ids.length === 0 ? [] : (await sql<Target>`${select} where t.id = any (${[...ids]}::uuid[]) order by t.id`.execute(tx)).rows

export async function insertTarget(tx: Tx, row: Omit<Target, 'systemName' | 'unitName'> & { partyIds: string[] }): Promise<void> {
  await tx
    .insertInto('cmdb_target')
    .values({
      id: row.id,
      tenant_id: row.tenantId,
      party_ids: row.partyIds,
      plane: row.plane,
      name: row.name,
      host: row.host,
      port: row.port,
      host_key_sha256: row.hostKeySha256,
      system_id: row.systemId,
      tier: row.tier,
      environment: row.environment,
      accounts: JSON.stringify(row.accounts) as never,
    })
    .execute()
}
