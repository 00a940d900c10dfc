import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import { revokeSessions, updateAccount } from './identity.store.ts'
import { deleteFactors } from './identity-factor.store.ts'

interface Leaving {
  readonly tenantId: string
  readonly personId: string
  readonly by: string | null
  readonly at: Date
  readonly reason: string
}
interface Found {
  readonly id: string
  readonly login: string
  readonly status: 'active' | 'disabled'
}
const accountOf = async (tx: Tx, personId: string): Promise<Found | undefined> =>
  (await sql<Found>`select id, login, status from account where person_id = ${personId} for update`.execute(tx)).rows[0]
const event = (of: Leaving, account: Found, type: string, data: object): DomainEvent => ({
  type,
  object: `account/${account.id}`,
  tenantId: of.tenantId,
  personId: of.personId,
  login: account.login,
  reason: of.reason,
  ...data,
})

/** Somebody is gone (S14): the account stays for the records and opens nothing any more. Answers the events to record. */
export async function closeAccount(tx: Tx, of: Leaving): Promise<DomainEvent[]> {
  const account = await accountOf(tx, of.personId)
  if (!account) return []
  await updateAccount(tx, account.id, { status: 'disabled', terminal_exempt_until: null })
  const sessions = await revokeSessions(tx, account.id, of.reason, of.at)
  await sql`delete from logon_challenge where account_id = ${account.id}`.execute(tx)
  await deleteFactors(tx, account.id)
  const keys = await sql`delete from ssh_key where account_id = ${account.id}`.execute(tx)
  const certificates = await sql`update client_certificate set revoked_at = ${of.at}, revoked_by = ${of.by}
    where account_id = ${account.id} and revoked_at is null`.execute(tx)
  const terminals = await sql`update terminal set status = 'revoked', decided_at = ${of.at}, decided_by = ${of.by}
    where person_id = ${of.personId} and status <> 'revoked'`.execute(tx)
  const many = (done: { numAffectedRows?: bigint | undefined }): number => Number(done.numAffectedRows ?? 0n)
  return [
    event(of, account, 'account.closed', {
      sessions,
      sshKeys: many(keys),
      certificates: many(certificates),
      terminals: many(terminals),
    }),
  ]
}
/** The account stays; who is logged on with rights of a post that ended logs on anew. */
export async function endLogons(tx: Tx, of: Leaving): Promise<DomainEvent[]> {
  const account = await accountOf(tx, of.personId)
  if (!account) return []
  const sessions = await revokeSessions(tx, account.id, of.reason, of.at)
  return [event(of, account, 'account.sessions_revoked', { sessions })]
}

/** The account off at once; what belongs to it stays, for the way back. No events where there is none or it is off already. */
async function switchOff(tx: Tx, of: Leaving, type: string): Promise<DomainEvent[]> {
  const account = await accountOf(tx, of.personId)
  if (!account || account.status === 'disabled') return []
  await updateAccount(tx, account.id, { status: 'disabled' })
  const sessions = await revokeSessions(tx, account.id, of.reason, of.at)
  return [event(of, account, type, { sessions })]
}
/** A rule closes the account. */
export const suspendAccount = (tx: Tx, of: Leaving): Promise<DomainEvent[]> => switchOff(tx, of, 'account.suspended')
/** A source of identity says that the person is no longer active. */
export const disableAccount = (tx: Tx, of: Leaving): Promise<DomainEvent[]> => switchOff(tx, of, 'account.disabled')
export async function reopenAccount(tx: Tx, of: Leaving): Promise<DomainEvent[]> {
  const account = await accountOf(tx, of.personId)
  if (!account) return []
  await updateAccount(tx, account.id, { status: 'active' })
  return [event(of, account, 'account.reopened', {})]
}
