import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'

declare module '@huabiao/kit/db/db' {
  interface Tables {
    account_totp: {
      account_id: string
      tenant_id: string
      sealed: Buffer | null
      enrolled_at: Date | null
      last_step: number
      pending_sealed: Buffer | null
      pending_until: Date | null
    }
    webauthn_credential: WebAuthnRow
    client_certificate: {
      id: string
      tenant_id: string
      account_id: string
      fingerprint: string
      subject: string
      not_after: Date
      created_at: Date
      created_by: string | null
      revoked_at: Date | null
      revoked_by: string | null
    }
    ssh_key: {
      id: string
      tenant_id: string
      account_id: string
      fingerprint: string
      type: string
      name: string
      created_at: Date
      last_used_at: Date | null
    }
    terminal: TerminalRow
    account_recovery: RecoveryRow
  }
}
export interface WebAuthnRow {
  id: string
  tenant_id: string
  account_id: string
  credential_id: string
  public_key: Buffer
  counter: number
  transports: string[]
  aaguid: string
  backed_up: boolean
  name: string
  created_at: Date
  last_used_at: Date | null
}
export interface TerminalRow {
  id: string
  tenant_id: string
  person_id: string | null
  name: string
  kind: 'browser' | 'network'
  token_sha256: string | null
  cidr: string | null
  status: 'requested' | 'approved' | 'revoked'
  requested_by: string
  requested_at: Date
  decided_by: string | null
  decided_at: Date | null
}
export interface RecoveryRow {
  id: string
  tenant_id: string
  account_id: string
  kind: 'password' | 'factors'
  reason: string
  requested_by: string
  requested_role: string
  requested_at: Date
  expires_at: Date
  confirmed_by: string | null
  confirmed_at: Date | null
}

export const findTotp = (tx: ReadTx, accountId: string) =>
  tx.selectFrom('account_totp').selectAll().where('account_id', '=', accountId).executeTakeFirst()
/** A step serves once: false when this or a later one was used, also by a request at the same moment. */
export async function useStep(tx: Tx, accountId: string, step: number): Promise<boolean> {
  const result = await tx
    .updateTable('account_totp')
    .set({ last_step: step })
    .where('account_id', '=', accountId)
    .where('last_step', '<', step)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}
export async function savePendingTotp(
  tx: Tx,
  row: { accountId: string; tenantId: string; sealed: Buffer; until: Date },
): Promise<void> {
  await tx
    .insertInto('account_totp')
    .values({
      account_id: row.accountId,
      tenant_id: row.tenantId,
      sealed: null,
      enrolled_at: null,
      last_step: 0,
      pending_sealed: row.sealed,
      pending_until: row.until,
    })
    .onConflict((clash) => clash.column('account_id').doUpdateSet({ pending_sealed: row.sealed, pending_until: row.until }))
    .execute()
}
export const saveTotp = (tx: Tx, row: { accountId: string; tenantId: string; sealed: Buffer; step: number; at: Date }) =>
  tx
    .insertInto('account_totp')
    .values({
      account_id: row.accountId,
      tenant_id: row.tenantId,
      sealed: row.sealed,
      enrolled_at: row.at,
      last_step: row.step,
      pending_sealed: null,
      pending_until: null,
    })
    .onConflict((clash) =>
      clash.column('account_id').doUpdateSet({
        sealed: row.sealed,
        enrolled_at: row.at,
        last_step: row.step,
        pending_sealed: null,
        pending_until: null,
      }),
    )
    .execute()
export const deleteFactors = async (tx: Tx, accountId: string): Promise<void> => {
  await tx.deleteFrom('account_totp').where('account_id', '=', accountId).execute()
  await tx.deleteFrom('webauthn_credential').where('account_id', '=', accountId).execute()
}

export const listSecurityKeys = (tx: ReadTx, accountId: string): Promise<WebAuthnRow[]> =>
  tx.selectFrom('webauthn_credential').selectAll().where('account_id', '=', accountId).orderBy('id').limit(20).execute()
export const insertSecurityKey = (tx: Tx, row: WebAuthnRow) => tx.insertInto('webauthn_credential').values(row).execute()
/** A counter never goes back (WebAuthn §6.1.1): two requests with one counter cannot both pass. */
export async function useSecurityKey(tx: Tx, id: string, from: number, counter: number, at: Date): Promise<boolean> {
  const result = await tx
    .updateTable('webauthn_credential')
    .set({ counter, last_used_at: at })
    .where('id', '=', id)
    .where('counter', '=', from)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}
export const deleteSecurityKey = async (tx: Tx, accountId: string, id: string): Promise<boolean> =>
  (await tx.deleteFrom('webauthn_credential').where('id', '=', id).where('account_id', '=', accountId).executeTakeFirst())
    .numDeletedRows === 1n

export const listSshKeys = (tx: ReadTx, accountId: string) =>
  tx.selectFrom('ssh_key').selectAll().where('account_id', '=', accountId).orderBy('id').limit(20).execute()
export const insertSshKey = (
  tx: Tx,
  row: { id: string; tenant_id: string; account_id: string; fingerprint: string; type: string; name: string; created_at: Date },
) =>
  tx
    .insertInto('ssh_key')
    .values({ ...row, last_used_at: null })
    .execute()
export const touchSshKey = async (tx: Tx, accountId: string, fingerprint: string, at: Date): Promise<boolean> =>
  (
    await tx
      .updateTable('ssh_key')
      .set({ last_used_at: at })
      .where('account_id', '=', accountId)
      .where('fingerprint', '=', fingerprint)
      .executeTakeFirst()
  ).numUpdatedRows === 1n
export const deleteSshKey = async (tx: Tx, accountId: string, id: string): Promise<boolean> =>
  (await tx.deleteFrom('ssh_key').where('id', '=', id).where('account_id', '=', accountId).executeTakeFirst()).numDeletedRows ===
  1n

export const listCertificates = (tx: ReadTx, accountId: string) =>
  tx
    .selectFrom('client_certificate')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .orderBy('id')
    .limit(20)
    .execute()
export const insertCertificate = (
  tx: Tx,
  row: {
    id: string
    tenant_id: string
    account_id: string
    fingerprint: string
    subject: string
    not_after: Date
    created_at: Date
    created_by: string
  },
) =>
  tx
    .insertInto('client_certificate')
    .values({ ...row, revoked_at: null, revoked_by: null })
    .execute()
/** Revoked, not deleted: whoever presents it later is still recorded by name, and it is never bound again. */
export const revokeCertificate = async (
  tx: Tx,
  of: { accountId: string; id: string; by: string; at: Date },
): Promise<string | undefined> =>
  (
    await tx
      .updateTable('client_certificate')
      .set({ revoked_at: of.at, revoked_by: of.by })
      .where('id', '=', of.id)
      .where('account_id', '=', of.accountId)
      .where('revoked_at', 'is', null)
      .returning('fingerprint')
      .executeTakeFirst()
  )?.fingerprint

/** The approved terminal that a browser's cookie or its network names; a browser only for the person it was registered for. */
export const findTerminal = async (
  tx: ReadTx,
  by: { tokenSha256: string | undefined; personId: string; sourceIp: string },
): Promise<string | undefined> =>
  (
    await sql<{ id: string }>`select id from terminal where status = 'approved' and tenant_id = app_tenant() and
      ((token_sha256 = ${by.tokenSha256 ?? null} and person_id = ${by.personId}) or (cidr >>= ${by.sourceIp}::inet)) order by kind limit 1`.execute(
      tx,
    )
  ).rows[0]?.id

/** Whether the unit has registered anything: before the first terminal nobody could be let in to register it. */
export const hasTerminals = async (tx: ReadTx): Promise<boolean> =>
  (await sql`select 1 from terminal where status = 'approved' and tenant_id = app_tenant() limit 1`.execute(tx)).rows.length > 0

export interface TerminalItem extends TerminalRow {
  person_name: string | null
  decided_by_name: string | null
}
/** `10.1.2.3/16` names the network 10.1.0.0/16; the column takes no bits right of the mask. */
export const networkOf = async (tx: ReadTx, cidr: string): Promise<string> =>
  (await sql<{ cidr: string }>`select network(${cidr}::inet)::text as cidr`.execute(tx)).rows[0]!.cidr

const terminalColumns = sql`t.id, t.tenant_id, t.person_id, t.name, t.kind, t.token_sha256, t.cidr::text, t.status, t.requested_by, t.requested_at, t.decided_by, t.decided_at,
  p.name as person_name, d.name as decided_by_name from terminal t left join pub_person_name p on p.id = t.person_id left join pub_person_name d on d.id = t.decided_by`
export const listTerminals = async (
  tx: ReadTx,
  page: { personId?: string; status?: string | undefined; after?: string | undefined; limit: number },
): Promise<TerminalItem[]> =>
  (
    await sql<TerminalItem>`select ${terminalColumns} where (${page.personId ?? null}::uuid is null or t.person_id = ${page.personId ?? null}::uuid)
      and (${page.status ?? null}::text is null or t.status = ${page.status ?? null}) and (${page.after ?? null}::uuid is null or t.id < ${page.after ?? null}::uuid)
      order by t.id desc limit ${page.limit}`.execute(tx)
  ).rows
export const findTerminalItem = async (tx: ReadTx, id: string): Promise<TerminalItem | undefined> =>
  (await sql<TerminalItem>`select ${terminalColumns} where t.id = ${id}`.execute(tx)).rows[0]
export const insertTerminal = (tx: Tx, row: TerminalRow) => tx.insertInto('terminal').values(row).execute()
export const decideTerminal = (
  tx: Tx,
  id: string,
  set: { status: 'approved' | 'revoked'; decided_by: string; decided_at: Date },
) => tx.updateTable('terminal').set(set).where('id', '=', id).execute()

export const insertRecovery = (tx: Tx, row: RecoveryRow) => tx.insertInto('account_recovery').values(row).execute()
export const listRecoveries = async (tx: ReadTx, at: Date) =>
  (
    await sql<RecoveryRow & { login: string; person_name: string; requested_by_name: string }>`
      select r.*, a.login, p.name as person_name, q.name as requested_by_name from account_recovery r join account a on a.id = r.account_id
      join pub_person_name p on p.id = a.person_id join pub_person_name q on q.id = r.requested_by
      where r.confirmed_at is null and r.expires_at > ${at} order by r.id desc limit 100`.execute(tx)
  ).rows
export const lockRecovery = (tx: Tx, id: string, at: Date): Promise<RecoveryRow | undefined> =>
  tx
    .selectFrom('account_recovery')
    .selectAll()
    .where('id', '=', id)
    .where('confirmed_at', 'is', null)
    .where('expires_at', '>', at)
    .forUpdate()
    .executeTakeFirst()
export const confirmRecovery = (tx: Tx, id: string, by: string, at: Date) =>
  tx.updateTable('account_recovery').set({ confirmed_by: by, confirmed_at: at }).where('id', '=', id).execute()
