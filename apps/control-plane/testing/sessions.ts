import { createHash, randomBytes } from 'node:crypto'
import { newId } from '@huabiao/kit/ids/new-id'
import type pg from 'pg'

/** A live session beside the logon, which is slow on purpose, limits how often it is done, and is tested by itself. */
export async function openSession(owner: pg.Client, login: string): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await owner.query(
    `insert into logon_session (id, tenant_id, account_id, person_id, token_sha256, door, source_ip, role, first_factor, mfa_at, created_at, last_seen_at, expires_at)
     select $1, a.tenant_id, a.id, a.person_id, $2, 'rest', '127.0.0.1',
       (select role from role_binding b where b.person_id = a.person_id and revoked_at is null limit 1), 'password', now(), now(), now(), now() + interval '1 hour'
     from account a where a.login = $3`,
    [newId(), createHash('sha256').update(token).digest('hex'), login],
  )
  return token
}
export async function openSessions(owner: pg.Client, tokens: Map<string, string>): Promise<void> {
  const { rows } = await owner.query<{ login: string }>('select login from account order by login')
  for (const { login } of rows) tokens.set(login, await openSession(owner, login))
}
