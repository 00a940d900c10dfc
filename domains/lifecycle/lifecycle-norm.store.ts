import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import type { NormBinding, NormId, PersonFacts } from './lifecycle-norm.model.ts'

type StoredBinding = Omit<NormBinding, 'since' | 'usedAt'> & { since: string; usedAt: string | null }
/** People of one unit that the rules judge at once. */
export const peopleMax = 5000
/** What the rules ask, of everybody in a unit. @throws Refusal lifecycle.too_many: nobody is left out unsaid */
export async function listPeople(tx: ReadTx, tenantId: string, at: Date): Promise<PersonFacts[]> {
  const { rows } = await sql<
    Omit<PersonFacts, 'bindings'> & { bindings: StoredBinding[] }
  >`select person_id as "personId", name, status,
    registered_at as "registeredAt", training_until as "trainingUntil", department, account_id as "accountId", login, account_status as "accountStatus",
    opened_at as "openedAt", last_logon_at as "lastLogonAt", password_changed_at as "passwordChangedAt", must_change as "mustChange", has_factor as "hasFactor",
    terminals, reopened_at as "reopenedAt", suspended, bindings, shared from lifecycle_people(${tenantId}, ${at})`.execute(tx)
  if (rows.length > peopleMax) throw new Refusal('lifecycle.too_many', { most: peopleMax })
  return rows.map((row) => ({
    ...row,
    bindings: row.bindings.map((one) => ({
      ...one,
      since: new Date(one.since),
      usedAt: one.usedAt ? new Date(one.usedAt) : null,
    })),
  }))
}
export const listUnits = async (tx: ReadTx): Promise<string[]> =>
  (await sql<{ id: string }>`select tenant_id as id from lifecycle_units()`.execute(tx)).rows.map((row) => row.id)

export interface FindingRow {
  readonly id: string
  readonly tenantId: string
  readonly personId: string
  readonly personName: string
  readonly rule: NormId
  readonly about: string
  readonly evidence: Readonly<Record<string, string | number>>
  readonly toldIds: readonly string[]
  readonly foundAt: Date
  readonly dueAt: Date
  readonly clearedAt: Date | null
  readonly overdueToldAt: Date | null
}
const findingColumns = sql`f.id, f.tenant_id as "tenantId", f.person_id as "personId", coalesce(p.name, '—') as "personName", f.rule, f.about, f.evidence, f.told_ids as "toldIds",
  f.found_at as "foundAt", f.due_at as "dueAt", f.cleared_at as "clearedAt", f.overdue_told_at as "overdueToldAt"`
export const listFindings = async (
  tx: ReadTx,
  q: { after?: string | undefined; limit: number; open: boolean; rule?: string | undefined; tenantId?: string },
): Promise<FindingRow[]> =>
  (
    await sql<FindingRow>`select ${findingColumns} from lifecycle_finding f left join pub_person_name p on p.id = f.person_id
      where (${q.after ?? null}::uuid is null or f.id < ${q.after ?? null}::uuid) and (${!q.open} or f.cleared_at is null)
        and (${q.rule ?? null}::text is null or f.rule = ${q.rule ?? null}) and (${q.tenantId ?? null}::uuid is null or f.tenant_id = ${q.tenantId ?? null}::uuid)
      order by f.id desc limit ${q.limit}`.execute(tx)
  ).rows
export async function insertFinding(tx: Tx, row: Omit<FindingRow, 'personName' | 'clearedAt' | 'overdueToldAt'>): Promise<void> {
  await sql`insert into lifecycle_finding (id, tenant_id, rule, person_id, about, evidence, told_ids, found_at, due_at)
    values (${row.id}, ${row.tenantId}, ${row.rule}, ${row.personId}, ${row.about}, ${JSON.stringify(row.evidence)}::jsonb, ${[...row.toldIds]}::uuid[], ${row.foundAt}, ${row.dueAt})`.execute(
    tx,
  )
}
export async function closeFindings(tx: Tx, ids: readonly string[], at: Date): Promise<void> {
  await sql`update lifecycle_finding set cleared_at = ${at} where id = any (${[...ids]}::uuid[])`.execute(tx)
}
export async function noteOverdue(tx: Tx, id: string, at: Date): Promise<void> {
  await sql`update lifecycle_finding set overdue_told_at = ${at} where id = ${id}`.execute(tx)
}

export interface Suspension {
  readonly id: string
  readonly tenantId: string
  readonly personId: string
  readonly personName: string
  readonly accountId: string | null
  readonly login: string | null
  readonly bindingId: string | null
  readonly role: string | null
  readonly rule: string
  readonly since: Date
  readonly askedBy: string | null
  readonly askReason: string | null
  /** A lapsed training holds the same role. */
  readonly heldByTraining: boolean
}
const suspensionColumns = sql`s.id, s.tenant_id as "tenantId", s.person_id as "personId", coalesce(p.name, '—') as "personName", s.account_id as "accountId", a.login, s.binding_id as "bindingId",
  b.role, s.rule, s.since, s.asked_by as "askedBy", s.ask_reason as "askReason",
  exists (select 1 from lifecycle_suspension t where t.binding_id = s.binding_id and t.rule = 'N-A07' and t.ended_at is null) as "heldByTraining"`
const suspensionFrom = sql`from lifecycle_suspension s left join pub_person_name p on p.id = s.person_id left join pub_account a on a.person_id = s.person_id
  left join pub_role_binding b on b.id = s.binding_id`
export const listSuspensionRows = async (tx: ReadTx, q: { after?: string | undefined; limit: number }): Promise<Suspension[]> =>
  (
    await sql<Suspension>`select ${suspensionColumns} ${suspensionFrom} where s.ended_at is null and (${q.after ?? null}::uuid is null or s.id < ${q.after ?? null}::uuid)
      order by s.id desc limit ${q.limit}`.execute(tx)
  ).rows
export const lockSuspension = async (tx: Tx, id: string): Promise<Suspension | undefined> =>
  (
    await sql<Suspension>`select ${suspensionColumns} ${suspensionFrom} where s.id = ${id} and s.ended_at is null for update of s`.execute(
      tx,
    )
  ).rows[0]
export async function insertSuspension(
  tx: Tx,
  row: Pick<Suspension, 'id' | 'tenantId' | 'personId' | 'accountId' | 'bindingId' | 'rule' | 'since'>,
): Promise<void> {
  await sql`insert into lifecycle_suspension (id, tenant_id, person_id, account_id, binding_id, rule, since)
    values (${row.id}, ${row.tenantId}, ${row.personId}, ${row.accountId}, ${row.bindingId}, ${row.rule}, ${row.since}) on conflict do nothing`.execute(
    tx,
  )
}
export async function askSuspension(
  tx: Tx,
  id: string,
  { by, reason, at }: { by: string; reason: string; at: Date },
): Promise<void> {
  await sql`update lifecycle_suspension set asked_by = ${by}, asked_at = ${at}, ask_reason = ${reason} where id = ${id}`.execute(
    tx,
  )
}
export async function endSuspension(tx: Tx, id: string, by: string | null, at: Date): Promise<void> {
  await sql`update lifecycle_suspension set confirmed_by = ${by}, ended_at = ${at} where id = ${id}`.execute(tx)
}
/** The suspension of one role by one rule, ended because the rule no longer asks for it. */
export async function endBindingSuspension(tx: Tx, bindingId: string, rule: string, at: Date): Promise<boolean> {
  const done =
    await sql`update lifecycle_suspension set ended_at = ${at} where binding_id = ${bindingId} and rule = ${rule} and ended_at is null`.execute(
      tx,
    )
  return done.numAffectedRows === 1n
}
/** Whether any rule still holds the role. */
export const isHeldByRule = async (tx: ReadTx, bindingId: string): Promise<boolean> =>
  (await sql`select 1 from lifecycle_suspension where binding_id = ${bindingId} and ended_at is null`.execute(tx)).rows.length > 0
export const countFigures = async (
  tx: ReadTx,
  at: Date,
): Promise<{ findings: number; overdue: number; suspensions: number; departures: number }> =>
  (
    await sql<{ findings: number; overdue: number; suspensions: number; departures: number }>`select
      (select count(*)::int from lifecycle_finding where cleared_at is null) as findings,
      (select count(*)::int from lifecycle_finding where cleared_at is null and due_at < ${at}) as overdue,
      (select count(*)::int from lifecycle_suspension where ended_at is null) as suspensions,
      (select count(*)::int from lifecycle_departure where state in ('proposed', 'notice', 'cut')) as departures`.execute(tx)
  ).rows[0]!
