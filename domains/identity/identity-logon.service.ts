import { X509Certificate } from 'node:crypto'
import { type Door, planeOf, type ServiceActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent, InputOf } from '@huabiao/kit/contract/contract'
import { sha256Hex } from '@huabiao/kit/crypto/suite'
import { newTotpSecret, toBase32, totpUri } from '@huabiao/kit/crypto/totp'
import type { Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import type { Outcome, Stages, Visitor } from '@huabiao/kit/http/route'
import type {
  LogonChallenge,
  logonEnrolTotp,
  logonPassword,
  logonTotp,
  logonWebAuthn,
  logonWebAuthnOptions,
} from './identity.contract.ts'
import { challengeAttempts, challengeMs, type IdentityRefusal, mayLogOn, sessionAbsoluteMs } from './identity.model.ts'
import type { IdentityKit } from './identity.ports.ts'
import {
  attemptChallenge,
  type Challenge,
  deleteChallenge,
  enterFound,
  type FoundAccount,
  findByCertificate,
  findByChallenge,
  findByLogin,
  findByToken,
  findHolder,
  findPassword,
  type Holder,
  replaceSession,
  setWebAuthnChallenge,
  updateAccount,
} from './identity.store.ts'
import { challengeFor, externalLogon } from './identity-external.service.ts'
import { hasTerminals, savePendingTotp, touchSshKey } from './identity-factor.store.ts'
import type { gatewayLogon } from './identity-gateway.contract.ts'
import { isExpired } from './identity-password.model.ts'
import {
  admitAttempt,
  assertionOptions,
  causeOf,
  confirmPending,
  type FailureCause,
  failed,
  proveTotp,
  proveWebAuthn,
  sealTotp,
  succeeded,
} from './identity-proof.service.ts'
import { cookieHeader, cookieOf, meOf, openSession, sessionCookie, terminalOf, toActor } from './identity-session.service.ts'

/** A name that nobody has: unknown names take the same path, query for query. */
const nobody = '00000000-0000-0000-0000-000000000000'

/** What a transaction of a logon answers; a refusal is thrown after its commit, because the failure must stay counted and recorded. */
type Step<T> = { refusal: IdentityRefusal } | { value: T }
const refuse = <T>(refusal: IdentityRefusal, events: readonly DomainEvent[] = []): Outcome<Step<T>> =>
  events.length > 0 ? { view: { refusal }, events } : { view: { refusal }, unchanged: true }
function settled<T>(step: Step<T>): T {
  if ('refusal' in step) throw new Refusal(step.refusal)
  return step.value
}

export const logonService = (kit: IdentityKit) => {
  const passwordExpired = (holder: Holder): boolean =>
    isExpired({ changedAt: holder.passwordChangedAt, mustChange: holder.mustChange }, kit.clock.now())

  /** Everything known of a name, in its tenant; the holder is undefined for a name that nobody has. */
  const lookUp = async (tx: Tx, login: string, by?: FoundAccount) => {
    const found = by ?? (await findByLogin(tx, login))
    await enterFound(tx, found ?? { tenant_id: nobody })
    const holder = await findHolder(tx, found?.account_id ?? nobody)
    const password = await findPassword(tx, found?.account_id ?? nobody)
    return { holder, hash: password?.hash }
  }
  const firstStep = async (
    stages: Stages<Visitor>,
    login: string,
    find: (tx: Tx) => Promise<{ holder: Holder | undefined; hash: string | undefined }>,
  ) =>
    stages.transact<Step<{ holder: Holder | undefined; hash: string | undefined }>>(async (tx) => {
      const refusal = await admitAttempt(tx, kit, login, stages.actor.sourceIp)
      if (refusal === 'identity.locked')
        return refuse(refusal, await failed(tx, kit, { login, factor: 'password', code: refusal }))
      if (refusal) return refuse(refusal)
      return { view: { value: await find(tx) }, unchanged: true }
    })

  const failure = (
    stages: Stages<Visitor | ServiceActor>,
    login: string,
    holder: Holder | undefined,
    factor: string,
    why: FailureCause = { code: 'identity.logon_refused' },
  ) =>
    stages.transact(async (tx) => ({
      view: undefined,
      events: await failed(tx, kit, {
        login,
        factor,
        ...why,
        ...(holder ? { tenantId: holder.tenantId, personId: holder.personId } : {}),
      }),
    }))

  const begin = async (stages: Stages<Visitor>, holder: Holder, firstFactor: string): Promise<LogonChallenge> =>
    stages.transact(async (tx) => {
      await enterFound(tx, { tenant_id: holder.tenantId })
      return { view: await challengeFor(tx, kit, holder, firstFactor), unchanged: true }
    })

  /** The session of somebody who proved both factors, with its record. */
  const complete = async (
    tx: Tx,
    holder: Holder,
    from: { door: Door; sourceIp: string; cookie: string | undefined; firstFactor: string; factor: string },
  ): Promise<Outcome<Step<{ token: string; expiresAt: Date }>>> => {
    const { personId, tenantId } = holder
    const terminalId = await terminalOf(tx, kit, { cookie: from.cookie, personId, sourceIp: from.sourceIp })
    const exempt = holder.terminalExemptUntil !== null && kit.clock.now() < holder.terminalExemptUntil
    if (kit.terminalRequired && !terminalId && !exempt && (await hasTerminals(tx))) {
      const code = 'identity.terminal_unregistered'
      const event = { type: 'identity.logon_failed', object: `account/${holder.id}`, tenantId, personId, factor: 'terminal' }
      return refuse(code, [{ ...event, decision: 'refused', code, rule: 'RL-20', plane: planeOf(holder.party) }])
    }
    const { roles } = await kit.rolesOf(tx, personId)
    const at = kit.clock.now()
    const session = await openSession(tx, kit, {
      tenantId,
      accountId: holder.id,
      personId,
      door: from.door,
      sourceIp: from.sourceIp,
      terminalId,
      role: roles.length === 1 ? roles[0]! : null,
      firstFactor: from.firstFactor,
      mfaAt: at,
    })
    // NT-B05: one browser, one person; whoever was there is neither logged on nor present any more.
    const before = cookieOf(from.cookie, sessionCookie)
    const replaced = before && (await replaceSession(tx, sha256Hex(before), at))
    await updateAccount(tx, holder.id, { last_logon_at: at })
    await succeeded(tx, kit, holder.login)
    return {
      view: { value: { token: session.token, expiresAt: session.expiresAt } },
      events: [
        {
          type: 'identity.logged_on',
          object: `account/${holder.id}`,
          tenantId,
          plane: planeOf(holder.party),
          personId,
          personName: holder.name,
          logonSessionId: session.id,
          logonDoor: from.door,
          logonFrom: from.sourceIp,
          factors: [from.firstFactor, from.factor],
          ...(terminalId ? { terminalId } : {}),
          ...(replaced ? { replaced } : {}),
        },
      ],
    }
  }

  /** The second factor on a challenge: one transaction counts the try, checks, and opens the session or records the failure. */
  const second = async (
    stages: Stages<Visitor>,
    token: string,
    factor: string,
    prove: (tx: Tx, holder: Holder, challenge: Challenge) => Promise<IdentityRefusal | FailureCause | undefined>,
  ) => {
    const visitor = stages.actor
    const step = await stages.transact<Step<{ token: string; expiresAt: Date }>>(async (tx) => {
      const sha = sha256Hex(token)
      const found = await findByChallenge(tx, sha)
      if (!found) return refuse((await admitAttempt(tx, kit, undefined, visitor.sourceIp)) ?? 'identity.challenge_expired')
      await enterFound(tx, found)
      const challenge = await attemptChallenge(tx, sha, 'logon', { at: kit.clock.now(), attempts: challengeAttempts })
      const holder = await findHolder(tx, found.account_id)
      if (!challenge || !holder || !mayLogOn(holder, kit.clock.now())) return refuse('identity.challenge_expired')
      const wrong = await prove(tx, holder, challenge)
      if (wrong) {
        const why = causeOf(wrong)
        const about = { login: holder.login, tenantId: holder.tenantId, personId: holder.personId, factor, ...why }
        return refuse(why.code, await failed(tx, kit, about))
      }
      await deleteChallenge(tx, sha)
      const { door, sourceIp, headers } = visitor
      return complete(tx, holder, { door, sourceIp, cookie: headers.cookie, firstFactor: challenge.firstFactor, factor })
    })
    return loggedOn(stages, settled(step))
  }
  const loggedOn = async (stages: Stages<Visitor>, { token }: { token: string }) => {
    const me = await stages.read(async (tx) => {
      const found = (await findByToken(tx, sha256Hex(token)))!
      await enterFound(tx, found)
      const { roles } = await kit.rolesOf(tx, found.person_id)
      return meOf(tx, kit, toActor(found, roles, stages.actor.sourceIp), found)
    })
    // A browser never sees its token: a script that gets in cannot carry it away.
    const isClient = stages.actor.door === 'rest' && stages.actor.headers['x-huabiao-client'] === 'cli'
    return isClient
      ? { view: { token, me } }
      : { view: { token: null, me }, headers: cookieHeader(kit, sessionCookie, token, sessionAbsoluteMs / 1000) }
  }

  return {
    external: externalLogon(kit),
    password: async (stages: Stages<Visitor>, { body }: InputOf<typeof logonPassword>) => {
      const { holder, hash } = settled(await firstStep(stages, body.login, (tx) => lookUp(tx, body.login)))
      const right = await kit.hasher.matches(hash, body.password)
      if (!right || !holder || !mayLogOn(holder, kit.clock.now())) {
        await failure(stages, body.login, holder, 'password')
        throw new Refusal('identity.logon_refused')
      }
      return { view: await begin(stages, holder, 'password') }
    },

    certificate: async (stages: Stages<Visitor>) => {
      const { clientCertificate: der, clientCertificateFault: untrusted, sourceIp } = stages.actor
      if (!der) {
        const busy = await stages.transact(async (tx) => ({
          view: await admitAttempt(tx, kit, undefined, sourceIp),
          unchanged: true,
        }))
        throw new Refusal(busy ?? 'identity.certificate_missing')
      }
      const fingerprint = sha256Hex(der)
      const found = await stages.read((tx) => findByCertificate(tx, fingerprint))
      const login = found?.login ?? `certificate:${fingerprint.slice(0, 16)}`
      const { holder } = settled(await firstStep(stages, login, (tx) => lookUp(tx, login, found)))
      const at = kit.clock.now()
      // TLS verified the chain when the connection began; our own clock is asked again, since a connection may be old.
      const cause = untrusted ?? certificateFault(new X509Certificate(der), found, at)
      if (cause || !holder || !mayLogOn(holder, at)) {
        const about = { code: 'identity.certificate_refused', cause: cause ?? 'account', fingerprint } as const
        await failure(stages, login, found && holder, 'certificate', about)
        throw new Refusal('identity.certificate_refused')
      }
      return { view: { ...(await begin(stages, holder, 'certificate')), login } }
    },

    enrolTotp: (stages: Stages<Visitor>, { body }: InputOf<typeof logonEnrolTotp>) => {
      const secret = newTotpSecret()
      return stages
        .transact<Step<{ secret: string; uri: string }>>(async (tx) => {
          const sha = sha256Hex(body.challenge)
          const found = await findByChallenge(tx, sha)
          if (!found)
            return refuse((await admitAttempt(tx, kit, undefined, stages.actor.sourceIp)) ?? 'identity.challenge_expired')
          await enterFound(tx, found)
          const limits = { at: kit.clock.now(), attempts: challengeAttempts }
          const holder = (await attemptChallenge(tx, sha, 'logon', limits)) && (await findHolder(tx, found.account_id))
          if (!holder) return refuse('identity.challenge_expired')
          // Whoever has a factor proves it; only the very first one is enrolled on the password alone.
          if (holder.hasTotp || holder.securityKeys > 0) return refuse('identity.factor_missing')
          const until = new Date(limits.at.getTime() + challengeMs)
          await savePendingTotp(tx, {
            accountId: holder.id,
            tenantId: holder.tenantId,
            sealed: sealTotp(kit, holder.id, secret),
            until,
          })
          const uri = totpUri(secret, kit.rp.name, holder.login)
          return { view: { value: { secret: toBase32(secret), uri } }, unchanged: true }
        })
        .then((step) => ({ view: settled(step) }))
    },

    totp: (stages: Stages<Visitor>, { body }: InputOf<typeof logonTotp>) =>
      second(stages, body.challenge, 'totp', async (tx, holder) => {
        if (holder.hasTotp) return proveTotp(tx, kit, holder.id, body.code)
        if (holder.securityKeys > 0) return 'identity.code_wrong'
        const code = await confirmPending(tx, kit, holder.tenantId, holder.id, body.code)
        return code === 'identity.factor_missing' ? 'identity.code_wrong' : code
      }),

    webAuthnOptions: (stages: Stages<Visitor>, { body }: InputOf<typeof logonWebAuthnOptions>) =>
      stages
        .transact<Step<{ options: Record<string, unknown> }>>(async (tx) => {
          const sha = sha256Hex(body.challenge)
          const found = await findByChallenge(tx, sha)
          if (!found)
            return refuse((await admitAttempt(tx, kit, undefined, stages.actor.sourceIp)) ?? 'identity.challenge_expired')
          await enterFound(tx, found)
          const live = await attemptChallenge(tx, sha, 'logon', { at: kit.clock.now(), attempts: challengeAttempts })
          const options = live && (await assertionOptions(tx, kit, found.account_id))
          if (!options) return refuse(live ? 'identity.factor_missing' : 'identity.challenge_expired')
          await setWebAuthnChallenge(tx, sha, options.challenge)
          return { view: { value: { options: { ...options } } }, unchanged: true }
        })
        .then((step) => ({ view: settled(step) })),

    webAuthn: (stages: Stages<Visitor>, { body }: InputOf<typeof logonWebAuthn>) =>
      second(stages, body.challenge, 'webauthn', async (tx, holder, { webauthnChallenge }) =>
        webauthnChallenge ? proveWebAuthn(tx, kit, holder.id, webauthnChallenge, body.response) : 'identity.key_refused',
      ),

    /** Both factors at once, as the gateway collected them. One refusal for every cause. */
    gateway: async (stages: Stages<ServiceActor>, { body }: InputOf<typeof gatewayLogon>) => {
      const { first, login, sourceIp } = body
      const seen = settled(
        await stages.transact<Step<{ holder: Holder | undefined; hash: string | undefined; keyHeld: boolean }>>(async (tx) => {
          const refusal = await admitAttempt(tx, kit, login, sourceIp)
          if (refusal === 'identity.locked')
            return refuse(refusal, await failed(tx, kit, { login, factor: first.kind, code: refusal }))
          if (refusal) return refuse(refusal)
          const { holder, hash } = await lookUp(tx, login)
          const keyHeld =
            first.kind === 'publickey' && (await touchSshKey(tx, holder?.id ?? nobody, first.fingerprint, kit.clock.now()))
          return { view: { value: { holder, hash, keyHeld } }, unchanged: true }
        }),
      )
      const { holder } = seen
      const right = first.kind === 'password' ? await kit.hasher.matches(seen.hash, first.password) : seen.keyHeld
      if (!right || !holder || !mayLogOn(holder, kit.clock.now()) || passwordExpired(holder)) {
        await failure(stages, login, holder, first.kind)
        throw new Refusal('identity.logon_refused')
      }
      const step = await stages.transact<Step<{ token: string; expiresAt: Date }>>(async (tx) => {
        await enterFound(tx, { tenant_id: holder.tenantId })
        if (await proveTotp(tx, kit, holder.id, body.totp)) {
          const about = { login, tenantId: holder.tenantId, personId: holder.personId, factor: 'totp' }
          return refuse('identity.logon_refused', await failed(tx, kit, { ...about, code: 'identity.logon_refused' }))
        }
        return complete(tx, holder, { door: body.door, sourceIp, cookie: undefined, firstFactor: first.kind, factor: 'totp' })
      })
      const { token, expiresAt } = settled(step)
      const view = { token, personId: holder.personId, personName: holder.name, locale: holder.locale }
      return { view: { ...view, expiresAt: expiresAt.toISOString() } }
    },
  }
}
/** Why a certificate whose chain verified is nobody's; undefined when it is somebody's. */
function certificateFault(x509: X509Certificate, found: { revoked_at: Date | null } | undefined, at: Date): string | undefined {
  if (!found) return 'unbound'
  if (found.revoked_at) return 'revoked'
  return at >= new Date(x509.validFrom) && at < new Date(x509.validTo) ? undefined : 'not-in-time'
}
