import { enterTenant, type ReadTx, type Tx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'

export interface AnnouncementRow {
  readonly id: string
  readonly tenantId: string
  readonly unitId: string
  readonly unitName: string
  readonly changeId: string
  readonly changeNo: string
  readonly planHash: string
  readonly title: string
  readonly impact: string
  readonly systemIds: readonly string[]
  readonly windowStart: Date
  readonly windowEnd: Date
  readonly sentAt: Date
  readonly knownBy: string | null
  readonly knownAt: Date | null
  readonly knownWaives: boolean
}
const columns = sql`a.id, a.tenant_id as "tenantId", a.unit_id as "unitId", coalesce((select n.name_zh from pub_tenant_name n where n.tenant_id = a.unit_id), '—') as "unitName",
  a.change_id as "changeId", a.change_no as "changeNo", a.plan_hash as "planHash", a.title, a.impact, a.system_ids as "systemIds", a.window_start as "windowStart",
  a.window_end as "windowEnd", a.sent_at as "sentAt", a.known_by as "knownBy", a.known_at as "knownAt", a.known_waives as "knownWaives"`

/** False where this plan was announced to that unit before. */
export async function insertAnnouncement(tx: Tx, row: Omit<AnnouncementRow, 'unitName'>): Promise<boolean> {
  const done =
    await sql`insert into announcement (id, tenant_id, party_ids, unit_id, change_id, change_no, plan_hash, title, impact, system_ids, window_start, window_end, sent_at, known_by, known_at, known_waives)
    values (${row.id}, ${row.tenantId}, ${[row.unitId]}::uuid[], ${row.unitId}, ${row.changeId}, ${row.changeNo}, ${row.planHash}, ${row.title}, ${row.impact}, ${[...row.systemIds]}::uuid[],
      ${row.windowStart}, ${row.windowEnd}, ${row.sentAt}, ${row.knownBy}, ${row.knownAt}, ${row.knownWaives}) on conflict (change_id, plan_hash, unit_id) do nothing`.execute(
      tx,
    )
  return done.numAffectedRows === 1n
}
/** As the caller sees it; goes on in the unit whose change it is, where a receipt lies. @throws Refusal announcement.not_found */
export async function enterAnnouncement(tx: Tx, id: string): Promise<AnnouncementRow> {
  const [row] = (await sql<AnnouncementRow>`select ${columns} from announcement a where a.id = ${id}`.execute(tx)).rows
  if (!row) throw notFound('announcement')
  await enterTenant(tx, row.tenantId)
  return row
}
export const listAnnouncementRows = async (
  tx: ReadTx,
  q: { after?: string | undefined; limit: number; unread: boolean },
): Promise<AnnouncementRow[]> =>
  (
    await sql<AnnouncementRow>`select ${columns} from announcement a where (${q.after ?? null}::uuid is null or a.id < ${q.after ?? null}::uuid)
      and (${!q.unread} or a.known_at is null and not exists (select 1 from announcement_receipt r where r.announcement_id = a.id)) order by a.id desc limit ${q.limit}`.execute(
      tx,
    )
  ).rows

export interface ReceiptRow {
  readonly announcementId: string
  readonly waives: boolean
  readonly personId: string
  readonly note: string
  readonly at: Date
}
export async function insertReceipt(tx: Tx, of: AnnouncementRow, receipt: Omit<ReceiptRow, 'announcementId'>): Promise<void> {
  await sql`insert into announcement_receipt (announcement_id, waives, tenant_id, party_ids, person_id, note, at)
    values (${of.id}, ${receipt.waives}, ${of.tenantId}, ${[of.unitId]}::uuid[], ${receipt.personId}, ${receipt.note}, ${receipt.at})`.execute(
    tx,
  )
}
export const listReceipts = async (tx: ReadTx, ids: readonly string[]): Promise<ReceiptRow[]> =>
  (
    await sql<ReceiptRow>`select announcement_id as "announcementId", waives, person_id as "personId", note, at from announcement_receipt
      where announcement_id = any (${[...ids]}::uuid[]) order by at`.execute(tx)
  ).rows

/** What was told about one plan of a change, by unit. */
export interface ToldUnit {
  readonly unitId: string
  readonly sentAt: Date
  readonly receivedAt: Date | null
  readonly receivedBy: string | null
  readonly waived: boolean
}
export const toldUnits = async (tx: ReadTx, changeId: string, planHash: string): Promise<ToldUnit[]> =>
  (
    await sql<ToldUnit>`select unit_id as "unitId", sent_at as "sentAt", received_at as "receivedAt", received_by as "receivedBy", waived
      from announcements_of(${changeId}, ${planHash})`.execute(tx)
  ).rows
