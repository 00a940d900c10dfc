import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'

declare module '@huabiao/kit/db/db' {
  interface Tables {
    notification: {
      id: string
      tenant_id: string
      person_id: string
      kind: string
      object: string
      params: Record<string, string | number>
      at: Date
      read_at: Date | null
    }
  }
}
export interface Notice {
  tenantId: string
  personId: string
  kind: string
  object: string
  params: Record<string, string | number>
}

export async function insertNotices(tx: Tx, notices: readonly (Notice & { readonly id: string })[], at: Date): Promise<void> {
  if (notices.length === 0) return
  // No RETURNING and no select: the writer need not be able to read what it tells another person.
  await sql`insert into notification (id, tenant_id, person_id, kind, object, params, at)
    select * from unnest(${notices.map((n) => n.id)}::uuid[], ${notices.map((n) => n.tenantId)}::uuid[], ${notices.map((n) => n.personId)}::uuid[], ${notices.map((n) => n.kind)}::text[],
      ${notices.map((n) => n.object)}::text[], ${notices.map((n) => JSON.stringify(n.params))}::jsonb[], ${notices.map(() => at)}::timestamptz[])`.execute(
    tx,
  )
}

export const countUnread = async (tx: ReadTx, personId: string): Promise<number> =>
  (
    await sql<{
      n: number
    }>`select count(*)::int as n from notification where person_id = ${personId} and read_at is null`.execute(tx)
  ).rows[0]!.n

export function listNotices(tx: ReadTx, personId: string, page: { after?: string | undefined; limit: number; unread: boolean }) {
  let query = tx.selectFrom('notification').selectAll().where('person_id', '=', personId)
  if (page.after) query = query.where('id', '<', page.after)
  if (page.unread) query = query.where('read_at', 'is', null)
  return query.orderBy('id', 'desc').limit(page.limit).execute()
}

export const markRead = (tx: Tx, personId: string, ids: readonly string[], at: Date) =>
  tx
    .updateTable('notification')
    .set({ read_at: at })
    .where('person_id', '=', personId)
    .where('id', 'in', [...ids])
    .where('read_at', 'is', null)
    .execute()
