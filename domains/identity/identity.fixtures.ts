import { passwordHasher } from '@huabiao/kit/crypto/password'
import { sealer } from '@huabiao/kit/crypto/seal'
import type { Tx } from '@huabiao/kit/db/db'
import { newId } from '@huabiao/kit/ids/new-id'
import { insertAccount, savePassword } from './identity.store.ts'
import { saveTotp } from './identity-factor.store.ts'

/** Accounts that exist without a logon having made them: the demo city and tests. The transaction is in the account's tenant. */
export const hashPassword = (password: string): Promise<string> => passwordHasher().hash(password)

export interface SeedAccount {
  readonly tenantId: string
  readonly personId: string
  readonly login: string
  readonly passwordHash: string
  readonly totpSecret: Uint8Array
  readonly secretKey: Uint8Array
  readonly at: Date
}
export async function seedAccount(tx: Tx, seed: SeedAccount): Promise<string> {
  const id = newId(seed.at.getTime())
  const { tenantId } = seed
  await insertAccount(tx, {
    id,
    tenant_id: tenantId,
    person_id: seed.personId,
    login: seed.login,
    status: 'active',
    not_after: null,
    locale: 'zh-CN',
    last_logon_at: null,
    created_at: seed.at,
    created_by: null,
    terminal_exempt_until: null,
  })
  await savePassword(tx, {
    account_id: id,
    tenant_id: tenantId,
    hash: seed.passwordHash,
    history: [],
    changed_at: seed.at,
    must_change: false,
  })
  const sealed = sealer(seed.secretKey, 'totp').seal(seed.totpSecret, `totp ${id}`)
  await saveTotp(tx, { accountId: id, tenantId, sealed, step: 0, at: seed.at })
  return id
}
