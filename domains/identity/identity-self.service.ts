import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent, InputOf } from '@huabiao/kit/contract/contract'
import { sha256Hex } from '@huabiao/kit/crypto/suite'
import { newTotpSecret, toBase32, totpUri } from '@huabiao/kit/crypto/totp'
import { type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import type { Outcome, Stages } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import type {
  addSshKey,
  changePassword,
  confirmTotp,
  removeSshKey,
  requestTerminal,
  setLocale,
  stepUp,
  wearRole,
} from './identity.contract.ts'
import { challengeMs, type IdentityRefusal, sessionIdleMs } from './identity.model.ts'
import type { IdentityKit } from './identity.ports.ts'
import {
  findHolder,
  findPassword,
  findSession,
  type Holder,
  listLiveSessions,
  revokeSession,
  revokeSessions,
  savePassword,
  updateAccount,
  updateSession,
} from './identity.store.ts'
import {
  deleteSshKey,
  findTotp,
  insertSshKey,
  insertTerminal,
  listCertificates,
  listSecurityKeys,
  listSshKeys,
  listTerminals,
  savePendingTotp,
  type TerminalItem,
} from './identity-factor.store.ts'
import { ageRefusal, passwordHistory, passwordRefusal } from './identity-password.model.ts'
import {
  admitAttempt,
  causeOf,
  confirmPending,
  type FailureCause,
  failed,
  proveTotp,
  sealTotp,
  succeeded,
} from './identity-proof.service.ts'
import type { endMySession } from './identity-session.contract.ts'
import { cookieHeader, meOf, newToken, sessionCookie, terminalCookie } from './identity-session.service.ts'
import { sshKeyOf } from './identity-ssh-key.service.ts'

export const keysPerAccount = 10
const terminalCookieS = 400 * 86_400

export const toTerminalView = (row: TerminalItem, currentId?: string) => ({
  id: row.id,
  tenantId: row.tenant_id,
  personId: row.person_id,
  personName: row.person_name,
  name: row.name,
  kind: row.kind,
  cidr: row.cidr,
  status: row.status,
  requestedAt: row.requested_at.toISOString(),
  decidedByName: row.decided_by_name,
  decidedAt: row.decided_at?.toISOString() ?? null,
  current: row.id === currentId,
})

/** Proves a factor of the caller in one transaction that is committed either way; a failure stays counted and recorded. */
export async function proveAgain(
  stages: Stages<PersonActor>,
  kit: IdentityKit,
  factor: string,
  prove: (tx: Tx, holder: Holder) => Promise<IdentityRefusal | FailureCause | undefined>,
  then: (tx: Tx, holder: Holder) => Promise<readonly DomainEvent[]>,
): Promise<void> {
  const { actor } = stages
  const code = await stages.transact<IdentityRefusal | undefined>(async (tx) => {
    const holder = (await findHolder(tx, actor.accountId))!
    const refusal = await admitAttempt(tx, kit, holder.login, actor.sourceIp)
    if (refusal) return { view: refusal, unchanged: true }
    const wrong = await prove(tx, holder)
    if (wrong) {
      const why = causeOf(wrong)
      const about = { login: holder.login, tenantId: holder.tenantId, personId: holder.personId, factor, ...why }
      return { view: why.code, events: await failed(tx, kit, about) }
    }
    await succeeded(tx, kit, holder.login)
    return { view: undefined, events: await then(tx, holder) }
  })
  refuseIf(code)
}

export const selfService = (kit: IdentityKit) => {
  const me = async (tx: ReadTx, actor: PersonActor) => {
    const session = await findSession(tx, actor.logonSessionId)
    return meOf(tx, kit, actor, session!)
  }
  const own = (actor: PersonActor): string => `account/${actor.accountId}`

  return {
    me: async (tx: ReadTx, actor: PersonActor) => ({ view: await me(tx, actor) }),

    logoff: async (tx: Tx, actor: PersonActor) => {
      await revokeSession(tx, { id: actor.logonSessionId, accountId: actor.accountId }, 'logoff', kit.clock.now())
      const events = [{ type: 'identity.logged_off', object: own(actor), logonSessionId: actor.logonSessionId }]
      return { view: {}, events, headers: cookieHeader(kit, sessionCookie, '', 0) }
    },

    stepUp: async (stages: Stages<PersonActor>, { body }: InputOf<typeof stepUp>) => {
      const at = kit.clock.now()
      await proveAgain(
        stages,
        kit,
        'totp',
        (tx, holder) => proveTotp(tx, kit, holder.id, body.code),
        async (tx) => {
          await updateSession(tx, stages.actor.logonSessionId, { mfa_at: at })
          return [{ type: 'identity.stepped_up', object: own(stages.actor), factor: 'totp' }]
        },
      )
      return { view: { mfaAt: at.toISOString() } }
    },

    changePassword: async (stages: Stages<PersonActor>, { body }: InputOf<typeof changePassword>) => {
      const { actor } = stages
      const { holder, password } = await stages.read(async (tx) => ({
        holder: (await findHolder(tx, actor.accountId))!,
        password: await findPassword(tx, actor.accountId),
      }))
      const right = await kit.hasher.matches(password?.hash, body.current)
      await proveAgain(
        stages,
        kit,
        'password',
        async () => (right ? undefined : 'identity.password_wrong'),
        async () => [{ type: 'identity.password_proved', object: own(actor) }],
      )
      const at = kit.clock.now()
      refuseIf(ageRefusal({ changedAt: password!.changed_at, mustChange: password!.must_change }, at))
      refuseIf(passwordRefusal(body.next, holder))
      for (const old of [password!.hash, ...password!.history])
        if (await kit.hasher.matches(old, body.next)) throw new Refusal('identity.password_reused')
      const hash = await kit.hasher.hash(body.next)
      await stages.transact(async (tx) => {
        await savePassword(tx, {
          account_id: actor.accountId,
          tenant_id: actor.tenantId,
          hash,
          history: [password!.hash, ...password!.history].slice(0, passwordHistory),
          changed_at: at,
          must_change: false,
        })
        const ended = await revokeSessions(tx, actor.accountId, 'password changed', at, { except: actor.logonSessionId })
        return { view: undefined, events: [{ type: 'identity.password_changed', object: own(actor), sessionsEnded: ended }] }
      })
      return { view: await stages.read((tx) => me(tx, actor)) }
    },

    enrolTotp: async (tx: Tx, actor: PersonActor) => {
      const secret = newTotpSecret()
      const holder = (await findHolder(tx, actor.accountId))!
      const until = new Date(kit.clock.now().getTime() + challengeMs)
      const sealed = sealTotp(kit, holder.id, secret)
      await savePendingTotp(tx, { accountId: holder.id, tenantId: holder.tenantId, sealed, until })
      return {
        view: { secret: toBase32(secret), uri: totpUri(secret, kit.rp.name, holder.login) },
        events: [{ type: 'identity.totp_offered', object: own(actor) }],
      }
    },
    confirmTotp: async (stages: Stages<PersonActor>, { body }: InputOf<typeof confirmTotp>) => {
      const { actor } = stages
      await proveAgain(
        stages,
        kit,
        'totp',
        (tx) => confirmPending(tx, kit, actor.tenantId, actor.accountId, body.code),
        async () => [{ type: 'identity.totp_enrolled', object: own(actor) }],
      )
      return { view: { enrolledAt: kit.clock.now().toISOString() } }
    },

    factors: async (tx: ReadTx, actor: PersonActor) => {
      const totp = await findTotp(tx, actor.accountId)
      return {
        view: {
          totpEnrolledAt: totp?.sealed ? (totp.enrolled_at?.toISOString() ?? null) : null,
          securityKeys: (await listSecurityKeys(tx, actor.accountId)).map(toSecurityKey),
          sshKeys: (await listSshKeys(tx, actor.accountId)).map(toSshKey),
          certificates: (await listCertificates(tx, actor.accountId)).map((row) => ({
            id: row.id,
            subject: row.subject,
            fingerprint: row.fingerprint,
            notAfter: row.not_after.toISOString(),
            createdAt: row.created_at.toISOString(),
          })),
        },
      }
    },

    addSshKey: async (tx: Tx, actor: PersonActor, { body }: InputOf<typeof addSshKey>) => {
      const key = sshKeyOf(body.publicKey)
      if (!key) throw new Refusal('identity.key_weak')
      if ((await listSshKeys(tx, actor.accountId)).length >= keysPerAccount) throw new Refusal('identity.too_many_keys')
      const at = kit.clock.now()
      const row = { id: newId(at.getTime()), name: body.name, created_at: at, ...key }
      await insertSshKey(tx, { ...row, tenant_id: actor.tenantId, account_id: actor.accountId }).catch(takenKey)
      return {
        view: toSshKey({ ...row, last_used_at: null }),
        events: [{ type: 'identity.ssh_key_added', object: own(actor), fingerprint: key.fingerprint, keyType: key.type }],
      }
    },
    removeSshKey: async (tx: Tx, actor: PersonActor, { params }: InputOf<typeof removeSshKey>) => {
      if (!(await deleteSshKey(tx, actor.accountId, params.credentialId))) throw new Refusal('credential.not_found')
      const events = [{ type: 'identity.ssh_key_removed', object: own(actor), credentialId: params.credentialId }]
      return { view: {}, events }
    },

    sessions: async (tx: ReadTx, actor: PersonActor) => ({
      view: { items: await liveSessions(tx, kit, actor.accountId, actor.logonSessionId) },
    }),
    /** Somebody who sees a session that is not theirs ends it at once, and then changes the password. */
    endSession: async (tx: Tx, actor: PersonActor, { params }: InputOf<typeof endMySession>) => {
      const of = { id: params.sessionId, accountId: actor.accountId }
      if (!(await revokeSession(tx, of, 'ended by its owner', kit.clock.now()))) throw new Refusal('credential.not_found')
      return { view: {}, events: [{ type: 'identity.session_ended', object: own(actor), logonSessionId: params.sessionId }] }
    },

    terminals: async (tx: ReadTx, actor: PersonActor) => {
      const rows = await listTerminals(tx, { personId: actor.personId, limit: 100 })
      return { view: { items: rows.map((row) => toTerminalView(row, actor.terminalId)) } }
    },
    requestTerminal: async (tx: Tx, actor: PersonActor, { body }: InputOf<typeof requestTerminal>) => {
      const mine = await listTerminals(tx, { personId: actor.personId, limit: 100 })
      if (mine.filter((row) => row.status !== 'revoked').length >= keysPerAccount) throw new Refusal('identity.too_many_keys')
      const at = kit.clock.now()
      const token = newToken()
      const row = {
        id: newId(at.getTime()),
        tenant_id: actor.tenantId,
        person_id: actor.personId,
        name: body.name,
        kind: 'browser' as const,
        token_sha256: sha256Hex(token),
        cidr: null,
        status: 'requested' as const,
        requested_by: actor.personId,
        requested_at: at,
        decided_by: null,
        decided_at: null,
      }
      await insertTerminal(tx, row)
      return {
        view: toTerminalView({ ...row, person_name: actor.name, decided_by_name: null }),
        events: [{ type: 'identity.terminal_requested', object: `terminal/${row.id}`, name: body.name }],
        headers: cookieHeader(kit, terminalCookie, token, terminalCookieS),
      }
    },

    wearRole: async (tx: Tx, actor: PersonActor, { body }: InputOf<typeof wearRole>) => {
      const { role } = body
      const may = role === null || (actor.roles.includes(role) && ((await kit.canWear?.(tx, actor.personId, role)) ?? true))
      if (!may) throw new Refusal('identity.role_not_held')
      await updateSession(tx, actor.logonSessionId, { role })
      const events = [{ type: 'identity.role_worn', object: own(actor), from: actor.role ?? null, to: role }]
      return { view: await me(tx, { ...actor, role: role ?? undefined }), events }
    },
    setLocale: async (tx: Tx, actor: PersonActor, { body }: InputOf<typeof setLocale>): Promise<Outcome<typeof body>> => {
      await updateAccount(tx, actor.accountId, { locale: body.locale })
      // In which language one reads changes nothing that anybody else could ask about.
      return { view: { locale: body.locale }, unchanged: true }
    },
  }
}

export async function liveSessions(tx: ReadTx, kit: IdentityKit, accountId: string, currentId?: string) {
  const rows = await listLiveSessions(tx, accountId, kit.clock.now(), sessionIdleMs)
  return rows.map((row) => ({
    id: row.id,
    door: row.door,
    sourceIp: row.source_ip,
    terminalName: row.terminal_name,
    role: row.role,
    firstFactor: row.first_factor,
    createdAt: row.created_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    current: row.id === currentId,
  }))
}
export const takenKey = (error: unknown): never => {
  if (sqlState(error) === '23505') throw new Refusal('identity.key_taken', {}, error)
  throw error
}
export const toSecurityKey = (row: {
  id: string
  name: string
  aaguid: string
  backed_up: boolean
  created_at: Date
  last_used_at: Date | null
}) => ({
  id: row.id,
  name: row.name,
  aaguid: row.aaguid,
  backedUp: row.backed_up,
  createdAt: row.created_at.toISOString(),
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
})
const toSshKey = (row: {
  id: string
  name: string
  type: string
  fingerprint: string
  created_at: Date
  last_used_at: Date | null
}) => ({
  id: row.id,
  name: row.name,
  type: row.type,
  fingerprint: row.fingerprint,
  createdAt: row.created_at.toISOString(),
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
})
