import type { ReadTx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { SubjectRow } from './federation.store.ts'

/** Users of one source as its client may find them; whoever was removed is not among them. */
export async function findUsers(
  tx: ReadTx,
  q: {
    sourceId: string
    filter: { attribute: 'userName' | 'externalId' | 'id'; value: string } | undefined
    offset: number
    limit: number
  },
): Promise<{ rows: SubjectRow[]; total: number }> {
  const where = [sql`source_id = ${q.sourceId}`, sql`status <> 'gone'`]
  // `userName` is case-insensitive (RFC 7643 §4.1.1), `externalId` is not.
  if (q.filter?.attribute === 'userName') where.push(sql`lower(user_name) = lower(${q.filter.value})`)
  if (q.filter?.attribute === 'externalId') where.push(sql`external_id = ${q.filter.value}`)
  if (q.filter?.attribute === 'id') where.push(sql`id = ${q.filter.value}::uuid`)
  const found = sql.join(where, sql` and `)
  const { rows: counted } = await sql<{ n: number }>`select count(*)::int as n from federation_subject where ${found}`.execute(tx)
  const { rows } =
    await sql<SubjectRow>`select id, tenant_id as "tenantId", source_id as "sourceId", external_id as "externalId", user_name as "userName",
      person_id as "personId", bound_how as "boundHow", bound_by as "boundBy", bound_at as "boundAt", attributes, status, version,
      first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt"
    from federation_subject where ${found} order by id offset ${q.offset} limit ${q.limit}`.execute(tx)
  return { rows, total: counted[0]!.n }
}
