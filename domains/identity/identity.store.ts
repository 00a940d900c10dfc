import type { Door, Party } from '@huabiao/kit/actor/actor'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { AccountStatus, Locale, Throttle } from './identity.model.ts'

declare module '@huabiao/kit/db/db' {
  interface Tables {
    account: AccountRow
    account_password: PasswordRow
    logon_session: SessionRow
    logon_challenge: {
      token_sha256: string
      tenant_id: string
      account_id: string
      purpose: 'logon' | 'step-up' | 'register'
      first_factor: string
      webauthn_challenge: string | null
      attempts: number
      expires_at: Date
    }
  }
}
export interface AccountRow {
  id: string
  tenant_id: string
  person_id: string
  login: string
  status: AccountStatus
  not_after: Date | null
  locale: Locale
  last_logon_at: Date | null
  created_at: Date
  created_by: string | null
  terminal_exempt_until: Date | null
}
export interface PasswordRow {
  account_id: string
  tenant_id: string
  hash: string
  history: string[]
  changed_at: Date
  must_change: boolean
}
export interface SessionRow {
  id: string
  tenant_id: string
  account_id: string
  person_id: string
  token_sha256: string
  door: Door
  source_ip: string
  terminal_id: string | null
  role: string | null
  first_factor: string
  mfa_at: Date | null
  created_at: Date
  last_seen_at: Date
  expires_at: Date
  revoked_at: Date | null
  revoke_reason: string | null
}
/** A session with everything it rests on, as found by its token. */
export interface FoundSession {
  id: string
  tenant_id: string
  account_id: string
  person_id: string
  name: string
  party: Party
  door: Door
  source_ip: string
  terminal_id: string | null
  role: string | null
  mfa_at: Date | null
  last_seen_at: Date
  expires_at: Date
  revoked_at: Date | null
  account_status: AccountStatus
  not_after: Date | null
  person_status: 'active' | 'left'
  unit_status: 'onboarding' | 'active' | 'left'
  must_change: boolean
  password_changed_at: Date | null
  first_factor: string
}
export interface FoundAccount {
  account_id: string
  tenant_id: string
}

/** Goes on in the tenant of what a secret just named; the caller proves it before anything is shown. */
export async function enterFound(tx: ReadTx, found: { tenant_id: string; person_id?: string }): Promise<void> {
  await sql`select set_config('app.tenant_id', ${found.tenant_id}, true), set_config('app.person_id', ${found.person_id ?? ''}, true)`.execute(
    tx,
  )
}

export const findByLogin = async (tx: ReadTx, login: string): Promise<FoundAccount | undefined> =>
  (await sql<FoundAccount>`select * from identity_find_login(${login})`.execute(tx)).rows[0]
export const findByCertificate = async (
  tx: ReadTx,
  fingerprint: string,
): Promise<(FoundAccount & { login: string; revoked_at: Date | null }) | undefined> =>
  (
    await sql<
      FoundAccount & { login: string; revoked_at: Date | null }
    >`select * from identity_find_certificate(${fingerprint})`.execute(tx)
  ).rows[0]
export const findByChallenge = async (tx: ReadTx, token: string): Promise<(FoundAccount & { login: string }) | undefined> =>
  (await sql<FoundAccount & { login: string }>`select * from identity_find_challenge(${token})`.execute(tx)).rows[0]
export const findByToken = async (tx: ReadTx, token: string): Promise<FoundSession | undefined> =>
  (await sql<FoundSession>`select * from identity_find_session(${token})`.execute(tx)).rows[0]

/** An account with its person and unit, within the scope of the transaction. */
export interface Holder {
  id: string
  tenantId: string
  personId: string
  login: string
  accountStatus: AccountStatus
  notAfter: Date | null
  locale: Locale
  lastLogonAt: Date | null
  terminalExemptUntil: Date | null
  createdAt: Date
  name: string
  nameEn: string
  personStatus: 'active' | 'left'
  /** As `YYYY-MM-DD`. */
  trainingValidUntil: string | null
  unitZh: string
  unitEn: string
  party: Party
  unitStatus: 'onboarding' | 'active' | 'left'
  mustChange: boolean
  passwordChangedAt: Date | null
  hasTotp: boolean
  securityKeys: number
}
const holderColumns = sql`a.id, a.tenant_id as "tenantId", a.person_id as "personId", a.login, a.status as "accountStatus", a.not_after as "notAfter", a.locale,
  a.last_logon_at as "lastLogonAt", a.terminal_exempt_until as "terminalExemptUntil", a.created_at as "createdAt", p.name, p.name_en as "nameEn", p.status as "personStatus",
  to_char(p.training_valid_until, 'YYYY-MM-DD') as "trainingValidUntil", n.name_zh as "unitZh", n.name_en as "unitEn", n.party, n.status as "unitStatus",
  coalesce(w.must_change, true) as "mustChange", w.changed_at as "passwordChangedAt",
  exists (select 1 from account_totp t where t.account_id = a.id and t.sealed is not null) as "hasTotp",
  (select count(*)::int from webauthn_credential k where k.account_id = a.id) as "securityKeys"`
const holderFrom = sql`from account a join pub_person p on p.id = a.person_id join pub_tenant_name n on n.tenant_id = a.tenant_id
  left join account_password w on w.account_id = a.id`

export const findHolder = async (tx: ReadTx, accountId: string): Promise<Holder | undefined> =>
  (await sql<Holder>`select ${holderColumns} ${holderFrom} where a.id = ${accountId}`.execute(tx)).rows[0]

export const findAccountOf = async (tx: ReadTx, personId: string): Promise<string | undefined> =>
  (await sql<{ id: string }>`select id from account where person_id = ${personId} and tenant_id = app_tenant()`.execute(tx))
    .rows[0]?.id

export interface AccountPage {
  after?: string | undefined
  limit: number
  text?: string | undefined
  tenantId?: string | undefined
  status?: AccountStatus | undefined
}
export const listHolders = async (tx: ReadTx, page: AccountPage): Promise<Holder[]> =>
  (
    await sql<Holder>`select ${holderColumns} ${holderFrom}
    where (${page.after ?? null}::uuid is null or a.id < ${page.after ?? null}::uuid)
      and (${page.tenantId ?? null}::uuid is null or a.tenant_id = ${page.tenantId ?? null}::uuid)
      and (${page.status ?? null}::text is null or a.status = ${page.status ?? null})
      and (${page.text ?? null}::text is null or position(lower(${page.text ?? ''}) in lower(a.login || ' ' || p.name || ' ' || p.name_en)) > 0)
    order by a.id desc limit ${page.limit}`.execute(tx)
  ).rows

export const findPerson = async (tx: ReadTx, personId: string) =>
  (
    await sql<{
      id: string
      tenantId: string
      name: string
      nameEn: string
      status: 'active' | 'left'
      trainingValidUntil: string | null
      unitStatus: 'onboarding' | 'active' | 'left'
    }>`select p.id, p.tenant_id as "tenantId", p.name, p.name_en as "nameEn", p.status, to_char(p.training_valid_until, 'YYYY-MM-DD') as "trainingValidUntil",
      n.status as "unitStatus" from pub_person p join pub_tenant_name n on n.tenant_id = p.tenant_id where p.id = ${personId}`.execute(
      tx,
    )
  ).rows[0]

export const insertAccount = (tx: Tx, row: AccountRow) => tx.insertInto('account').values(row).execute()
export const updateAccount = (
  tx: Tx,
  id: string,
  set: Partial<Pick<AccountRow, 'status' | 'locale' | 'last_logon_at' | 'not_after' | 'terminal_exempt_until'>>,
) => tx.updateTable('account').set(set).where('id', '=', id).execute()

export const findPassword = (tx: ReadTx, accountId: string): Promise<PasswordRow | undefined> =>
  tx.selectFrom('account_password').selectAll().where('account_id', '=', accountId).executeTakeFirst()
export async function savePassword(tx: Tx, row: PasswordRow): Promise<void> {
  await tx
    .insertInto('account_password')
    .values(row)
    .onConflict((clash) =>
      clash
        .column('account_id')
        .doUpdateSet({ hash: row.hash, history: row.history, changed_at: row.changed_at, must_change: row.must_change }),
    )
    .execute()
}

export const findSession = (tx: ReadTx, id: string): Promise<SessionRow | undefined> =>
  tx.selectFrom('logon_session').selectAll().where('id', '=', id).executeTakeFirst()
export interface LiveSession extends SessionRow {
  terminal_name: string | null
}
/** Sessions of an account that still stand, the one used last first. */
export const listLiveSessions = async (tx: ReadTx, accountId: string, at: Date, idleMs: number): Promise<LiveSession[]> =>
  (
    await sql<LiveSession>`select s.*, t.name as terminal_name from logon_session s left join terminal t on t.id = s.terminal_id
      where s.account_id = ${accountId} and s.revoked_at is null and s.expires_at > ${at} and s.last_seen_at > ${new Date(at.getTime() - idleMs)}
      order by s.last_seen_at desc limit 100`.execute(tx)
  ).rows
export const insertSession = (tx: Tx, row: SessionRow) => tx.insertInto('logon_session').values(row).execute()
export const updateSession = (
  tx: Tx,
  id: string,
  set: Partial<Pick<SessionRow, 'mfa_at' | 'last_seen_at' | 'role' | 'terminal_id'>>,
) => tx.updateTable('logon_session').set(set).where('id', '=', id).where('revoked_at', 'is', null).execute()
/** Ends the session that a browser held before; answers its id, if it still stood. */
export const replaceSession = async (tx: Tx, tokenSha256: string, at: Date): Promise<string | undefined> =>
  (await sql<{ id: string | null }>`select identity_replace_session(${tokenSha256}, ${at}) as id`.execute(tx)).rows[0]?.id ??
  undefined
/** Ends sessions at once: the next request of each finds it revoked. `except` is the caller's own. */
export async function revokeSessions(
  tx: Tx,
  accountId: string,
  reason: string,
  at: Date,
  only: { except?: string; firstFactor?: string } = {},
): Promise<number> {
  let query = tx
    .updateTable('logon_session')
    .set({ revoked_at: at, revoke_reason: reason })
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
  if (only.except) query = query.where('id', '<>', only.except)
  if (only.firstFactor) query = query.where('first_factor', '=', only.firstFactor)
  return Number((await query.executeTakeFirst()).numUpdatedRows)
}
export const revokeSession = async (tx: Tx, of: { id: string; accountId: string }, reason: string, at: Date): Promise<boolean> =>
  (
    await tx
      .updateTable('logon_session')
      .set({ revoked_at: at, revoke_reason: reason })
      .where('id', '=', of.id)
      .where('account_id', '=', of.accountId)
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
  ).numUpdatedRows === 1n

export interface Challenge {
  accountId: string
  purpose: 'logon' | 'step-up' | 'register'
  firstFactor: string
  webauthnChallenge: string | null
}
/** At most one live challenge per account and purpose: a new one ends the last, and what expired goes. */
export async function insertChallenge(
  tx: Tx,
  row: { tokenSha256: string; tenantId: string; expiresAt: Date } & Challenge,
): Promise<void> {
  await tx.deleteFrom('logon_challenge').where('account_id', '=', row.accountId).where('purpose', '=', row.purpose).execute()
  await tx
    .insertInto('logon_challenge')
    .values({
      token_sha256: row.tokenSha256,
      tenant_id: row.tenantId,
      account_id: row.accountId,
      purpose: row.purpose,
      first_factor: row.firstFactor,
      webauthn_challenge: row.webauthnChallenge,
      attempts: 0,
      expires_at: row.expiresAt,
    })
    .execute()
}
/** Counts an attempt on a live challenge and holds its row; undefined when it is gone, late or used up. */
export async function attemptChallenge(
  tx: Tx,
  tokenSha256: string,
  purpose: Challenge['purpose'],
  limits: { at: Date; attempts: number },
): Promise<Challenge | undefined> {
  const row = await tx
    .updateTable('logon_challenge')
    .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
    .where('token_sha256', '=', tokenSha256)
    .where('purpose', '=', purpose)
    .where('expires_at', '>', limits.at)
    .where('attempts', '<', limits.attempts)
    .returningAll()
    .executeTakeFirst()
  return (
    row && {
      accountId: row.account_id,
      purpose: row.purpose,
      firstFactor: row.first_factor,
      webauthnChallenge: row.webauthn_challenge,
    }
  )
}
export const setWebAuthnChallenge = (tx: Tx, tokenSha256: string, challenge: string) =>
  tx.updateTable('logon_challenge').set({ webauthn_challenge: challenge }).where('token_sha256', '=', tokenSha256).execute()
export const deleteChallenge = (tx: Tx, tokenSha256: string) =>
  tx.deleteFrom('logon_challenge').where('token_sha256', '=', tokenSha256).execute()

export interface ThrottleBounds {
  at: Date
  windowMs: number
}
const toThrottle = sql`failures, attempts, window_start as "windowStart", locked_until as "lockedUntil"`
/** Counts an attempt before anything is checked, so that attempts side by side are each counted; old rows go, fifty at a time. */
export async function countAttempt(tx: Tx, key: string, { at, windowMs }: ThrottleBounds): Promise<Throttle> {
  await sql`delete from logon_throttle where key in (select key from logon_throttle where purge_after < ${at} limit 50 for update skip locked)`.execute(
    tx,
  )
  const start = new Date(at.getTime() - windowMs)
  const { rows } = await sql<Throttle>`insert into logon_throttle as t (key, failures, attempts, window_start, purge_after)
    values (${key}, 0, 1, ${at}, ${new Date(at.getTime() + 2 * windowMs)})
    on conflict (key) do update set
      attempts = case when t.window_start < ${start} then 1 else t.attempts + 1 end,
      window_start = case when t.window_start < ${start} then ${at} else t.window_start end,
      purge_after = greatest(excluded.purge_after, t.locked_until)
    returning ${toThrottle}`.execute(tx)
  return rows[0]!
}
/** A failure; the n-th in a row locks. Answers whether it is locked now. */
export async function countFailure(tx: Tx, key: string, lock: { at: Date; failures: number; lockMs: number }): Promise<boolean> {
  const until = new Date(lock.at.getTime() + lock.lockMs)
  const { rows } = await sql<{ locked: boolean }>`update logon_throttle set
      locked_until = case when failures + 1 >= ${lock.failures} then ${until}::timestamptz else locked_until end,
      purge_after = greatest(purge_after, ${until}::timestamptz),
      failures = case when failures + 1 >= ${lock.failures} then 0 else failures + 1 end
    where key = ${key} returning locked_until is not null and locked_until > ${lock.at} as locked`.execute(tx)
  return rows[0]?.locked ?? false
}
/**
 * The streak is broken by a complete logon, and the one attempt that it took is no guessing and given back: whoever copies thirty files
 * opens thirty connections. All other attempts stay counted.
 */
export const clearFailures = (tx: Tx, key: string) =>
  sql`update logon_throttle set failures = 0, locked_until = null, attempts = greatest(0, attempts - 1) where key = ${key}`.execute(
    tx,
  )
export const removeThrottle = (tx: Tx, key: string) => sql`delete from logon_throttle where key = ${key}`.execute(tx)
export const listLocks = async (tx: ReadTx, keys: readonly string[], at: Date): Promise<Map<string, Date>> =>
  new Map(
    (
      await sql<{
        key: string
        until: Date
      }>`select key, locked_until as until from logon_throttle where key = any (${[...keys]}) and locked_until > ${at}`.execute(
        tx,
      )
    ).rows.map((row) => [row.key, row.until]),
  )
