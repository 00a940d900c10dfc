import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { InputOf } from '@huabiao/kit/contract/contract'
import { sha256Hex } from '@huabiao/kit/crypto/suite'
import type { Tx } from '@huabiao/kit/db/db'
import { Refusal } from '@huabiao/kit/errors/errors'
import type { Stages } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { generateRegistrationOptions, type RegistrationResponseJSON, verifyRegistrationResponse } from '@simplewebauthn/server'
import type { addWebAuthn, removeWebAuthn, stepUpWebAuthn } from './identity.contract.ts'
import { challengeAttempts, challengeMs } from './identity.model.ts'
import type { IdentityKit } from './identity.ports.ts'
import { attemptChallenge, deleteChallenge, findHolder, insertChallenge, updateSession } from './identity.store.ts'
import { deleteSecurityKey, insertSecurityKey, listSecurityKeys } from './identity-factor.store.ts'
import { assertionOptions, proveWebAuthn } from './identity-proof.service.ts'
import { keysPerAccount, proveAgain, takenKey, toSecurityKey } from './identity-self.service.ts'
import { newToken } from './identity-session.service.ts'

/** Security keys of one's own: registered under a fresh second factor, and used for step-up. */
export const webAuthnService = (kit: IdentityKit) => {
  const own = (actor: PersonActor): string => `account/${actor.accountId}`
  const remember = async (tx: Tx, actor: PersonActor, purpose: 'register' | 'step-up', challenge: string): Promise<string> => {
    const token = newToken()
    await insertChallenge(tx, {
      tokenSha256: sha256Hex(token),
      tenantId: actor.tenantId,
      accountId: actor.accountId,
      purpose,
      firstFactor: 'session',
      webauthnChallenge: challenge,
      expiresAt: new Date(kit.clock.now().getTime() + challengeMs),
    })
    return token
  }
  /** The challenge behind a token of the caller's own; each serves once. */
  const recall = async (
    tx: Tx,
    actor: PersonActor,
    purpose: 'register' | 'step-up',
    token: string,
  ): Promise<string | undefined> => {
    const limits = { at: kit.clock.now(), attempts: challengeAttempts }
    const found = await attemptChallenge(tx, sha256Hex(token), purpose, limits)
    await deleteChallenge(tx, sha256Hex(token))
    return found?.accountId === actor.accountId ? (found.webauthnChallenge ?? undefined) : undefined
  }

  return {
    registrationOptions: async (tx: Tx, actor: PersonActor) => {
      const holder = (await findHolder(tx, actor.accountId))!
      const keys = await listSecurityKeys(tx, actor.accountId)
      if (keys.length >= keysPerAccount) throw new Refusal('identity.too_many_keys')
      const options = await generateRegistrationOptions({
        rpName: kit.rp.name,
        rpID: kit.rp.id,
        userName: holder.login,
        userDisplayName: holder.name,
        userID: new TextEncoder().encode(holder.id),
        attestationType: 'none',
        timeout: 120_000,
        excludeCredentials: keys.map((key) => ({ id: key.credential_id, transports: key.transports as never })),
        authenticatorSelection: { userVerification: 'required', residentKey: 'discouraged' },
      })
      const challenge = await remember(tx, actor, 'register', options.challenge)
      return { view: { challenge, options: { ...options } }, unchanged: true as const }
    },

    register: async (tx: Tx, actor: PersonActor, { body }: InputOf<typeof addWebAuthn>) => {
      const expectedChallenge = await recall(tx, actor, 'register', body.challenge)
      if (!expectedChallenge) throw new Refusal('identity.challenge_expired')
      const result = await verifyRegistrationResponse({
        response: body.response as unknown as RegistrationResponseJSON,
        expectedChallenge,
        expectedOrigin: kit.rp.origins,
        expectedRPID: kit.rp.id,
        requireUserVerification: true,
      }).catch(() => undefined)
      if (!result?.verified) throw new Refusal('identity.key_refused')
      const { credential, aaguid, credentialBackedUp } = result.registrationInfo
      const at = kit.clock.now()
      const row = {
        id: newId(at.getTime()),
        tenant_id: actor.tenantId,
        account_id: actor.accountId,
        credential_id: credential.id,
        public_key: Buffer.from(credential.publicKey),
        counter: credential.counter,
        transports: [...(credential.transports ?? [])],
        aaguid,
        backed_up: credentialBackedUp,
        name: body.name,
        created_at: at,
        last_used_at: null,
      }
      await insertSecurityKey(tx, row).catch(takenKey)
      const events = [{ type: 'identity.security_key_added', object: own(actor), credentialId: row.id, aaguid }]
      return { view: toSecurityKey(row), events }
    },

    remove: async (tx: Tx, actor: PersonActor, { params }: InputOf<typeof removeWebAuthn>) => {
      const holder = (await findHolder(tx, actor.accountId))!
      if (!holder.hasTotp && holder.securityKeys <= 1) throw new Refusal('identity.last_factor')
      if (!(await deleteSecurityKey(tx, actor.accountId, params.credentialId))) throw new Refusal('credential.not_found')
      const events = [{ type: 'identity.security_key_removed', object: own(actor), credentialId: params.credentialId }]
      return { view: {}, events }
    },

    stepUpOptions: async (tx: Tx, actor: PersonActor) => {
      const options = await assertionOptions(tx, kit, actor.accountId)
      if (!options) throw new Refusal('identity.factor_missing')
      const challenge = await remember(tx, actor, 'step-up', options.challenge)
      return { view: { challenge, options: { ...options } }, unchanged: true as const }
    },

    stepUp: async (stages: Stages<PersonActor>, { body }: InputOf<typeof stepUpWebAuthn>) => {
      const { actor } = stages
      const at = kit.clock.now()
      await proveAgain(
        stages,
        kit,
        'webauthn',
        async (tx, holder) => {
          const challenge = await recall(tx, actor, 'step-up', body.challenge)
          if (!challenge) return 'identity.challenge_expired'
          return proveWebAuthn(tx, kit, holder.id, challenge, body.response)
        },
        async (tx) => {
          await updateSession(tx, actor.logonSessionId, { mfa_at: at })
          return [{ type: 'identity.stepped_up', object: own(actor), factor: 'webauthn' }]
        },
      )
      return { view: { mfaAt: at.toISOString() } }
    },
  }
}
