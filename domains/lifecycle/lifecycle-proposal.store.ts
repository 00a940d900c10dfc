import type { ReadTx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'

export const listUnitsProposed = async (tx: ReadTx): Promise<string[]> =>
  (await sql<{ id: string }>`select tenant_id as id from lifecycle_units_proposed()`.execute(tx)).rows.map((row) => row.id)

const notLeaving = sql`not exists (select 1 from lifecycle_departure d where d.person_id = s.person_id and d.state in ('proposed', 'notice', 'cut'))`
export interface SaidOf {
  readonly personId: string
  readonly kind: 'leaver' | 'joiner'
  /** The name of the source. */
  readonly source: string
  /** Whether the person is of the unit. */
  readonly isHere: boolean
  /** Whether the account of the person can be used. */
  readonly works: boolean
}
/** What sources say of people of the unit who are not leaving: one word for each person and kind. */
export const listSaid = async (tx: ReadTx, tenantId: string): Promise<SaidOf[]> =>
  (
    await sql<SaidOf>`select distinct on (s.person_id, s.kind) s.person_id as "personId", s.kind, s.source, p.status = 'active' as "isHere",
      exists (select 1 from pub_account a where a.person_id = s.person_id and a.status = 'active') as works
      from pub_source_proposal s join pub_person p on p.id = s.person_id
      where s.tenant_id = ${tenantId} and s.kind in ('leaver', 'joiner') and ${notLeaving} order by s.person_id, s.kind, s.id`.execute(
      tx,
    )
  ).rows
/** Departures that a source proposed and does not speak of any more. */
export const listTakenBack = async (tx: ReadTx, tenantId: string): Promise<string[]> =>
  (
    await sql<{
      id: string
    }>`select d.id from lifecycle_departure d where d.tenant_id = ${tenantId} and d.state = 'proposed' and d.source <> 'declared'
      and not exists (select 1 from pub_source_proposal s where s.person_id = d.person_id and s.kind = 'leaver') order by d.id`.execute(
      tx,
    )
  ).rows.map((row) => row.id)
