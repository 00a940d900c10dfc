import { randomInt } from 'node:crypto'
import { hasOversight, type PersonActor } from '@huabiao/kit/actor/actor'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { DomainEvent, InputOf } from '@huabiao/kit/contract/contract'
import { enterTenant, type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import type { Stages } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { isPrivileged, recoveryRefusal } from './identity.model.ts'
import type { IdentityKit } from './identity.ports.ts'
import {
  findHolder,
  findPassword,
  findPerson,
  type Holder,
  insertAccount,
  listHolders,
  listLocks,
  removeThrottle,
  revokeSessions,
  savePassword,
  updateAccount,
} from './identity.store.ts'
import type * as contract from './identity-account.contract.ts'
import {
  confirmRecovery,
  deleteFactors,
  insertRecovery,
  listRecoveries,
  lockRecovery,
  type RecoveryRow,
} from './identity-factor.store.ts'
import { loginKey } from './identity-proof.service.ts'
import { liveSessions } from './identity-self.service.ts'

/** Administration of accounts: it makes them without any right; rights are granted elsewhere, by others (S10, NT-C04). */

const recoveryMs = 24 * 3_600_000
const letters = 'abcdefghjkmnpqrstuvwxyz'
const pick = (from: string, count: number): string => Array.from({ length: count }, () => from[randomInt(from.length)]).join('')
const newOneTimePassword = (): string => `${pick(letters, 5)}-${pick(letters.toUpperCase(), 5)}-${pick('23456789', 5)}`

type Recovery = { state: 'done' | 'awaiting-second'; recoveryId: string | null; oneTimePassword: string | null }

export const accountService = (kit: IdentityKit) => {
  const toView = async (tx: ReadTx, holders: readonly Holder[]): Promise<contract.AccountView[]> => {
    const locks = await listLocks(
      tx,
      holders.map((holder) => loginKey(kit, holder.login)),
      kit.clock.now(),
    )
    const roles = await kit.rolesOfAll(
      tx,
      holders.map((holder) => holder.personId),
    )
    return holders.map((holder) => ({
      id: holder.id,
      tenantId: holder.tenantId,
      unitName: holder.unitZh,
      personId: holder.personId,
      personName: holder.name,
      login: holder.login,
      status: holder.accountStatus,
      lockedUntil: locks.get(loginKey(kit, holder.login))?.toISOString() ?? null,
      notAfter: holder.notAfter?.toISOString() ?? null,
      mustChangePassword: holder.mustChange,
      factors: [...(holder.hasTotp ? (['totp'] as const) : []), ...(holder.securityKeys > 0 ? (['webauthn'] as const) : [])],
      lastLogonAt: holder.lastLogonAt?.toISOString() ?? null,
      terminalExemptUntil: holder.terminalExemptUntil?.toISOString() ?? null,
      privileged: isPrivileged(roles.get(holder.personId) ?? []),
      createdAt: holder.createdAt.toISOString(),
    }))
  }
  const one = async (tx: Tx, id: string): Promise<contract.AccountView> => (await toView(tx, [(await findHolder(tx, id))!]))[0]!
  /** An account at home that is not the actor's own: nobody administers themselves (RL-23). */
  const other = async (tx: Tx, actor: PersonActor, id: string): Promise<Holder> => {
    const holder = await findHolder(tx, id)
    if (!holder) throw notFound('account')
    if (holder.tenantId !== actor.tenantId) throw new Refusal('identity.not_yours')
    if (holder.personId === actor.personId) throw new Refusal('identity.own_account')
    return holder
  }
  const event = (
    holder: Pick<Holder, 'id' | 'tenantId' | 'personId' | 'login'>,
    type: string,
    data: object = {},
  ): DomainEvent => ({
    type,
    object: `account/${holder.id}`,
    tenantId: holder.tenantId,
    personId: holder.personId,
    login: holder.login,
    ...data,
  })
  const recover = async (tx: Tx, holder: Holder, kind: 'password' | 'factors', hash: string): Promise<void> => {
    const at = kit.clock.now()
    if (kind === 'factors') await deleteFactors(tx, holder.id)
    else {
      const before = await findPassword(tx, holder.id)
      await savePassword(tx, {
        account_id: holder.id,
        tenant_id: holder.tenantId,
        hash,
        history: before?.history ?? [],
        changed_at: at,
        must_change: true,
      })
    }
    await revokeSessions(tx, holder.id, 'recovery', at)
  }
  /** Alone for ordinary accounts; for those who hold the platform only the request is made, and another must confirm (NT-A14). */
  const request = async (stages: Stages<PersonActor>, accountId: string, kind: 'password' | 'factors', reason: string) => {
    const password = newOneTimePassword()
    const hash = await kit.hasher.hash(password)
    const view = await stages.transact<Recovery>(async (tx) => {
      const { actor } = stages
      const holder = await other(tx, actor, accountId)
      const at = kit.clock.now()
      if (!isPrivileged((await kit.rolesOf(tx, holder.personId)).roles)) {
        await recover(tx, holder, kind, hash)
        const done = { state: 'done' as const, recoveryId: null, oneTimePassword: kind === 'password' ? password : null }
        return { view: done, events: [event(holder, 'account.recovered', { kind, reason })] }
      }
      const id = newId(at.getTime())
      await insertRecovery(tx, {
        id,
        tenant_id: holder.tenantId,
        account_id: holder.id,
        kind,
        reason,
        requested_by: actor.personId,
        requested_role: actor.role ?? '',
        requested_at: at,
        expires_at: new Date(at.getTime() + recoveryMs),
        confirmed_by: null,
        confirmed_at: null,
      })
      const waiting = { state: 'awaiting-second' as const, recoveryId: id, oneTimePassword: null }
      return { view: waiting, events: [event(holder, 'account.recovery_requested', { kind, reason, recoveryId: id })] }
    })
    return { view, unchanged: true as const }
  }

  return {
    list: async (tx: ReadTx, { query }: InputOf<typeof contract.listAccounts>) => {
      const holders = await listHolders(tx, query)
      return { view: { items: await toView(tx, holders), next: holders.length === query.limit ? holders.at(-1)!.id : null } }
    },
    create: async (stages: Stages<PersonActor>, { body }: InputOf<typeof contract.createAccount>) => {
      const password = newOneTimePassword()
      const hash = await kit.hasher.hash(password)
      const account = await stages.transact(async (tx) => {
        const at = kit.clock.now()
        const person = await findPerson(tx, body.personId)
        if (person?.status !== 'active') throw notFound('person')
        // The management unit opens the first account of a unit that is being taken in; everybody else only at home.
        const takingIn = stages.actor.party === 'management-unit' && person.unitStatus === 'onboarding'
        // Oversight sees the person and is told why; to everybody else they do not exist.
        if (person.tenantId !== stages.actor.tenantId && !takingIn)
          throw hasOversight(stages.actor) ? new Refusal('identity.not_yours') : notFound('person')
        if (!person.trainingValidUntil || person.trainingValidUntil < beijingDay(at))
          throw new Refusal('identity.training_invalid')
        await enterTenant(tx, person.tenantId)
        const id = newId(at.getTime())
        const notAfter = body.notAfter ? new Date(body.notAfter) : null
        try {
          await insertAccount(tx, {
            id,
            tenant_id: person.tenantId,
            person_id: person.id,
            login: body.login,
            status: 'active',
            not_after: notAfter,
            locale: 'zh-CN',
            last_logon_at: null,
            created_at: at,
            created_by: stages.actor.personId,
            terminal_exempt_until: null,
          })
        } catch (error) {
          if (sqlState(error) !== '23505') throw error
          const isLogin = ((error as { constraint?: string }).constraint ?? '').includes('login')
          throw new Refusal(isLogin ? 'identity.login_taken' : 'identity.person_has_account', {}, error)
        }
        await savePassword(tx, {
          account_id: id,
          tenant_id: person.tenantId,
          hash,
          history: [],
          changed_at: at,
          must_change: true,
        })
        const holder = { id, tenantId: person.tenantId, personId: person.id, login: body.login }
        return {
          view: await one(tx, id),
          events: [event(holder, 'account.created', { notAfter: notAfter?.toISOString() ?? null })],
        }
      })
      return { view: { account, oneTimePassword: password }, unchanged: true as const }
    },
    setStatus: async (tx: Tx, actor: PersonActor, id: string, status: 'active' | 'disabled', reason: string) => {
      const holder = await other(tx, actor, id)
      await updateAccount(tx, id, { status })
      if (status === 'disabled') await revokeSessions(tx, id, 'disabled', kit.clock.now())
      return {
        view: await one(tx, id),
        events: [event(holder, status === 'disabled' ? 'account.disabled' : 'account.enabled', { reason })],
      }
    },
    unlock: async (tx: Tx, actor: PersonActor, id: string, reason: string) => {
      const holder = await other(tx, actor, id)
      await removeThrottle(tx, loginKey(kit, holder.login))
      return { view: await one(tx, id), events: [event(holder, 'account.unlocked', { reason })] }
    },
    endSessions: async (tx: Tx, actor: PersonActor, id: string, reason: string) => {
      const holder = await other(tx, actor, id)
      const sessions = await revokeSessions(tx, id, 'revoked', kit.clock.now())
      return { view: await one(tx, id), events: [event(holder, 'account.sessions_revoked', { reason, sessions })] }
    },
    sessions: async (tx: ReadTx, actor: PersonActor, id: string) => {
      const holder = await findHolder(tx, id)
      if (!holder) throw notFound('account')
      if (holder.tenantId !== actor.tenantId) throw new Refusal('identity.not_yours')
      return { view: { items: await liveSessions(tx, kit, id) } }
    },
    exemptTerminal: async (tx: Tx, actor: PersonActor, id: string, { reason, hours }: { reason: string; hours: number }) => {
      const holder = await other(tx, actor, id)
      const until = new Date(kit.clock.now().getTime() + hours * 3_600_000)
      await updateAccount(tx, id, { terminal_exempt_until: until })
      const data = { reason, until: until.toISOString() }
      return { view: await one(tx, id), events: [event(holder, 'account.terminal_exempted', data)] }
    },
    request,
    recoveries: async (tx: ReadTx) => {
      const rows = await listRecoveries(tx, kit.clock.now())
      return {
        view: {
          items: rows.map((row) => ({
            id: row.id,
            accountId: row.account_id,
            login: row.login,
            personName: row.person_name,
            kind: row.kind,
            reason: row.reason,
            requestedByName: row.requested_by_name,
            requestedAt: row.requested_at.toISOString(),
            expiresAt: row.expires_at.toISOString(),
          })),
        },
      }
    },
    confirm: async (stages: Stages<PersonActor>, { params }: InputOf<typeof contract.confirmRecovery>) => {
      const password = newOneTimePassword()
      const hash = await kit.hasher.hash(password)
      const kind = await stages.transact(async (tx) => {
        const { actor } = stages
        const at = kit.clock.now()
        const recovery: RecoveryRow | undefined = await lockRecovery(tx, params.recoveryId, at)
        if (!recovery) throw notFound('recovery')
        const holder = (await findHolder(tx, recovery.account_id))!
        refuseIf(
          recoveryRefusal({
            subjectId: holder.personId,
            requestedBy: recovery.requested_by,
            requestedRole: recovery.requested_role,
            confirmedBy: actor.personId,
            confirmedRole: actor.role,
          }),
        )
        await confirmRecovery(tx, recovery.id, actor.personId, at)
        await recover(tx, holder, recovery.kind, hash)
        return {
          view: recovery.kind,
          events: [event(holder, 'account.recovered', { kind: recovery.kind, recoveryId: recovery.id })],
        }
      })
      const view = {
        state: 'done' as const,
        recoveryId: params.recoveryId,
        oneTimePassword: kind === 'password' ? password : null,
      }
      return { view, unchanged: true as const }
    },
  }
}
