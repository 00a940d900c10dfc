import { enterTenant, type ReadTx, type Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { SessionRow } from './session.store.ts'
import type { KeySide } from './session-keystroke.model.ts'

export interface KeystrokeRequestRow {
  readonly id: string
  readonly sessionId: string
  readonly tenantId: string
  readonly reason: string
  readonly askedBy: string
  readonly askedName: string
  readonly askedSide: KeySide
  readonly askedAt: Date
  readonly agreedBy: string | null
  readonly agreedName: string | null
  readonly agreedSide: KeySide | null
  readonly agreedAt: Date | null
  readonly expiresAt: Date
}
const columns = sql`id, session_id as "sessionId", tenant_id as "tenantId", reason, asked_by as "askedBy", asked_name as "askedName", asked_side as "askedSide", asked_at as "askedAt",
  agreed_by as "agreedBy", agreed_name as "agreedName", agreed_side as "agreedSide", agreed_at as "agreedAt", expires_at as "expiresAt"`

export const listKeystrokeRequestRows = async (tx: ReadTx, sessionId: string): Promise<KeystrokeRequestRow[]> =>
  (
    await sql<KeystrokeRequestRow>`select ${columns} from session_keystroke_request where session_id = ${sessionId} order by asked_at desc limit 100`.execute(
      tx,
    )
  ).rows
export const findKeystrokeRequest = async (tx: ReadTx, sessionId: string, id: string): Promise<KeystrokeRequestRow | undefined> =>
  (
    await sql<KeystrokeRequestRow>`select ${columns} from session_keystroke_request where session_id = ${sessionId} and id = ${id}`.execute(
      tx,
    )
  ).rows[0]

export async function insertKeystrokeRequest(
  tx: Tx,
  session: Pick<SessionRow, 'id' | 'tenantId' | 'partyIds'>,
  row: Pick<KeystrokeRequestRow, 'id' | 'reason' | 'askedBy' | 'askedName' | 'askedSide' | 'askedAt' | 'expiresAt'>,
): Promise<void> {
  await enterTenant(tx, session.tenantId)
  await sql`insert into session_keystroke_request (id, session_id, tenant_id, party_ids, reason, asked_by, asked_name, asked_side, asked_at, expires_at)
    values (${row.id}, ${session.id}, ${session.tenantId}, ${[...session.partyIds]}, ${row.reason}, ${row.askedBy}, ${row.askedName}, ${row.askedSide}, ${row.askedAt}, ${row.expiresAt})`.execute(
    tx,
  )
}
/** Answers whether it was the first word: two who agree at once are not both heard. */
export async function agreeTo(
  tx: Tx,
  row: Pick<KeystrokeRequestRow, 'id' | 'tenantId'>,
  by: { readonly personId: string; readonly name: string; readonly side: KeySide; readonly at: Date },
): Promise<boolean> {
  await enterTenant(tx, row.tenantId)
  const done =
    await sql`update session_keystroke_request set agreed_by = ${by.personId}, agreed_name = ${by.name}, agreed_side = ${by.side}, agreed_at = ${by.at}
    where id = ${row.id} and agreed_by is null`.execute(tx)
  return done.numAffectedRows === 1n
}
