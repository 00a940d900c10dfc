import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { newId } from '@huabiao/kit/ids/new-id'
import { sql } from 'kysely'
import type { Notice } from './notification.store.ts'

export type DeliveryState = 'due' | 'delivered' | 'given-up' | 'withdrawn'
export interface Delivery {
  readonly id: string
  readonly channel: string
  readonly tenantId: string
  readonly personId: string
  readonly kind: string
  readonly object: string
  readonly params: Record<string, string | number>
  readonly attempts: number
}

/** One row for each notice and channel that its person chose. No RETURNING: the writer need not see what it tells another unit's person. */
export async function insertDeliveries(
  tx: Tx,
  notices: readonly (Notice & { readonly id: string })[],
  channels: readonly string[],
  at: Date,
): Promise<void> {
  const rows = notices.flatMap((notice) => channels.map((channel) => ({ notice, channel })))
  if (rows.length === 0) return
  await sql`insert into notice_delivery (id, notification_id, channel, tenant_id, person_id, kind, object, params, next_at)
    select told.* from unnest(${rows.map(() => newId(at.getTime()))}::uuid[], ${rows.map((row) => row.notice.id)}::uuid[],
      ${rows.map((row) => row.channel)}::text[], ${rows.map((row) => row.notice.tenantId)}::uuid[],
      ${rows.map((row) => row.notice.personId)}::uuid[], ${rows.map((row) => row.notice.kind)}::text[],
      ${rows.map((row) => row.notice.object)}::text[], ${rows.map((row) => JSON.stringify(row.notice.params))}::jsonb[],
      ${rows.map(() => at)}::timestamptz[]) told (id, notification_id, channel, tenant_id, person_id, kind, object, params, next_at)
    join notice_chosen(${[...new Set(notices.map((notice) => notice.personId))]}::uuid[]) c using (person_id, channel)`.execute(
    tx,
  )
}

export const listDue = async (tx: ReadTx, at: Date, most: number): Promise<{ id: string; tenantId: string }[]> =>
  (await sql<{ id: string; tenantId: string }>`select id, tenant_id as "tenantId" from notices_due(${at}, ${most})`.execute(tx))
    .rows

/** Takes one for an attempt: nobody else takes it before `until`. Undefined when another worker was first. */
export async function takeDelivery(tx: Tx, id: string, at: Date, until: Date): Promise<Delivery | undefined> {
  const { rows } = await sql<Delivery>`update notice_delivery set attempts = attempts + 1, next_at = ${until}
    where id = ${id} and state = 'due' and next_at <= ${at}
    returning id, channel, tenant_id as "tenantId", person_id as "personId", kind, object, params, attempts`.execute(tx)
  return rows[0]
}

/** What came of an attempt. One that was taken over meanwhile is the other worker's to settle. */
export async function settleDelivery(
  tx: Tx,
  { id, attempts }: Delivery,
  end: { state: DeliveryState; nextAt: Date; error: string | null; endedAt: Date | null },
): Promise<boolean> {
  const { numAffectedRows } = await sql`update notice_delivery
    set state = ${end.state}, next_at = ${end.nextAt}, last_error = ${end.error}, ended_at = ${end.endedAt}
    where id = ${id} and state = 'due' and attempts = ${attempts}`.execute(tx)
  return numAffectedRows === 1n
}
