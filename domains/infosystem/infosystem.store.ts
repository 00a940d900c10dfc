import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { InformationSystem } from './infosystem.model.ts'

declare module '@huabiao/kit/db/db' {
  interface Tables {
    information_system: {
      id: string
      tenant_id: string
      party_ids: string[]
      code: string
      name: string
      mlps_level: number
      zone: 'government-extranet' | 'internet'
      contact_person_id: string | null
    }
  }
}

const select = sql`select s.id, s.tenant_id as "tenantId", coalesce(n.name_zh, '') as "unitName", s.code, s.name, s.mlps_level as "mlpsLevel", s.zone, s.contact_person_id as "contactPersonId", p.name as "contactName"
  from information_system s left join pub_tenant_name n on n.tenant_id = s.tenant_id left join pub_person_name p on p.id = s.contact_person_id`

export const listSystems = async (
  tx: ReadTx,
  page: { after?: string | undefined; limit: number; text?: string | undefined },
): Promise<InformationSystem[]> =>
  (
    await sql<InformationSystem>`${select} where (${page.after ?? null}::uuid is null or s.id > ${page.after ?? null}::uuid)
    and (${page.text ?? null}::text is null or position(lower(${page.text ?? ''}) in lower(s.name || ' ' || s.code)) > 0) order by s.id limit ${page.limit}`.execute(
      tx,
    )
  ).rows

export const findSystems = async (tx: ReadTx, ids: readonly string[]): Promise<InformationSystem[]> =>
  (await sql<InformationSystem>`${select} where s.id = any (${[...ids]}::uuid[]) order by s.id`.execute(tx)).rows

export async function insertSystem(
  tx: Tx,
  row: {
    id: string
    tenantId: string
    partyIds: string[]
    code: string
    name: string
    mlpsLevel: number
    zone: 'government-extranet' | 'internet'
    contactPersonId: string | null
  },
): Promise<void> {
  await tx
    .insertInto('information_system')
    .values({
      id: row.id,
      tenant_id: row.tenantId,
      party_ids: row.partyIds,
      code: row.code,
      name: row.name,
      mlps_level: row.mlpsLevel,
      zone: row.zone,
      contact_person_id: row.contactPersonId,
    })
    .execute()
}
