import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sha256Hex } from '@huabiao/kit/crypto/suite'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, type RefusalCode } from '@huabiao/kit/errors/errors'
import type { LogonChallenge } from './identity.contract.ts'
import { challengeMs, isProvedElsewhere, mayLogOn } from './identity.model.ts'
import type { IdentityKit } from './identity.ports.ts'
import { findAccountOf, findHolder, type Holder, insertChallenge, revokeSessions } from './identity.store.ts'
import { disableAccount } from './identity-leave.service.ts'
import { isExpired } from './identity-password.model.ts'
import { admitAttempt, failed, succeeded } from './identity-proof.service.ts'
import { newToken } from './identity-session.service.ts'

/** What the second step must bring back after a first factor that held, ours or a source's. */
export async function challengeFor(tx: Tx, kit: IdentityKit, holder: Holder, firstFactor: string): Promise<LogonChallenge> {
  const challenge = newToken()
  const at = kit.clock.now()
  const expiresAt = new Date(at.getTime() + challengeMs)
  await insertChallenge(tx, {
    tokenSha256: sha256Hex(challenge),
    tenantId: holder.tenantId,
    accountId: holder.id,
    purpose: 'logon',
    firstFactor,
    webauthnChallenge: null,
    expiresAt,
  })
  const password = { changedAt: holder.passwordChangedAt, mustChange: holder.mustChange }
  return {
    challenge,
    factors: [...(holder.hasTotp ? (['totp'] as const) : []), ...(holder.securityKeys > 0 ? (['webauthn'] as const) : [])],
    mustChange: !isProvedElsewhere(firstFactor) && isExpired(password, at),
    expiresAt: expiresAt.toISOString(),
  }
}

/** For sources of identity: the same counters, the same second factor, and the end of an account that its unit ended. */
export const externalLogon = (kit: IdentityKit) => ({
  /** Counts an attempt on a name, from an address, or both. */
  admit: (tx: Tx, login: string | undefined, sourceIp: string | undefined): Promise<RefusalCode | undefined> =>
    admitAttempt(tx, kit, login, sourceIp),
  failed: (
    tx: Tx,
    about: { login: string; tenantId?: string; personId?: string; factor: string; code: RefusalCode; cause?: string },
  ): Promise<DomainEvent[]> => failed(tx, kit, about),
  /** The streak of failures on a name is over. */
  succeeded: async (tx: Tx, login: string): Promise<void> => {
    await succeeded(tx, kit, login)
  },
  accountOf: async (tx: ReadTx, personId: string): Promise<{ id: string; login: string; mayLogOn: boolean } | undefined> => {
    const id = await findAccountOf(tx, personId)
    const holder = id && (await findHolder(tx, id))
    return holder ? { id: holder.id, login: holder.login, mayLogOn: mayLogOn(holder, kit.clock.now()) } : undefined
  },
  /** An account as a third party may be told of it: a name, a unit, and whether it counts now. */
  profileOf: async (
    tx: ReadTx,
    accountId: string,
  ): Promise<{ personId: string; name: string; unit: string; mayLogOn: boolean } | undefined> => {
    const holder = await findHolder(tx, accountId)
    if (!holder) return undefined
    const { personId, name, unitZh: unit } = holder
    return { personId, name, unit, mayLogOn: mayLogOn(holder, kit.clock.now()) }
  },
  challenge: async (tx: Tx, accountId: string, firstFactor: string): Promise<LogonChallenge> => {
    const holder = await findHolder(tx, accountId)
    if (!holder) throw new Refusal('account.not_found')
    return challengeFor(tx, kit, holder, firstFactor)
  },
  disable: (tx: Tx, of: { tenantId: string; personId: string; reason: string }): Promise<DomainEvent[]> =>
    disableAccount(tx, { ...of, by: null, at: kit.clock.now() }),
  endSessions: async (tx: Tx, personId: string, firstFactor: string): Promise<number> => {
    const id = await findAccountOf(tx, personId)
    return id ? revokeSessions(tx, id, 'unbound', kit.clock.now(), { firstFactor }) : 0
  },
})
