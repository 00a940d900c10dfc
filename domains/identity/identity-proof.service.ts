import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { matchTotp } from '@huabiao/kit/crypto/totp'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import type { RefusalCode } from '@huabiao/kit/errors/errors'
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server'
import { attemptWindowMs, type IdentityRefusal, lockFailures, lockMs, throttleRefusal } from './identity.model.ts'
import type { IdentityKit } from './identity.ports.ts'
import { clearFailures, countAttempt, countFailure } from './identity.store.ts'
import { findTotp, listSecurityKeys, saveTotp, useSecurityKey, useStep } from './identity-factor.store.ts'

/** Why a factor failed: the code is for everybody, the rest for the record alone. */
export interface FailureCause {
  readonly code: IdentityRefusal
  readonly cause?: string
  readonly fingerprint?: string
}
/** What a check of a factor answers inside its transaction: nothing when it held. */
export type Proof = IdentityRefusal | undefined
export const causeOf = (proof: IdentityRefusal | FailureCause): FailureCause =>
  typeof proof === 'string' ? { code: proof } : proof

export const loginKey = (kit: IdentityKit, login: string): string => kit.blind(`login ${login}`)
const sourceKey = (kit: IdentityKit, sourceIp: string): string => kit.blind(`source ${sourceIp}`)

/** Counts the attempt against the name and against the source, and says whether it may go on (NT-A05). Only the socket's address counts. */
export async function admitAttempt(
  tx: Tx,
  kit: IdentityKit,
  login: string | undefined,
  sourceIp: string | undefined,
): Promise<Proof> {
  const bounds = { at: kit.clock.now(), windowMs: attemptWindowMs }
  const source =
    sourceIp === undefined
      ? undefined
      : throttleRefusal(await countAttempt(tx, sourceKey(kit, sourceIp), bounds), 'source', bounds.at)
  if (source || login === undefined) return source
  return throttleRefusal(await countAttempt(tx, loginKey(kit, login), bounds), 'login', bounds.at)
}

/** A failed factor: counted, and recorded with who it was about. The words to the caller stay the same for every cause. */
export async function failed(
  tx: Tx,
  kit: IdentityKit,
  about: { login: string; tenantId?: string; personId?: string; factor: string } & Omit<FailureCause, 'code'> & {
      code: RefusalCode
    },
): Promise<DomainEvent[]> {
  const locked =
    about.code !== 'identity.locked' &&
    (await countFailure(tx, loginKey(kit, about.login), { at: kit.clock.now(), failures: lockFailures, lockMs }))
  const event = {
    type: 'identity.logon_failed',
    object: `login/${about.login}`,
    ...(about.tenantId ? { tenantId: about.tenantId } : {}),
    ...(about.personId ? { personId: about.personId } : {}),
    factor: about.factor,
    ...(about.cause ? { cause: about.cause } : {}),
    ...(about.fingerprint ? { fingerprint: about.fingerprint } : {}),
    decision: 'refused',
    code: about.code,
  }
  return locked ? [event, { ...event, type: 'identity.locked', code: 'identity.locked' }] : [event]
}
export const succeeded = (tx: Tx, kit: IdentityKit, login: string) => clearFailures(tx, loginKey(kit, login))

const aboutTotp = (accountId: string): string => `totp ${accountId}`
export const sealTotp = (kit: IdentityKit, accountId: string, secret: Uint8Array): Buffer =>
  kit.seal.seal(secret, aboutTotp(accountId))
export const openTotp = (kit: IdentityKit, accountId: string, sealed: Uint8Array): Buffer =>
  kit.seal.open(sealed, aboutTotp(accountId))

/** Checks a code of the enrolled authenticator and uses its step up (NT-A11: a code serves once). */
export async function proveTotp(tx: Tx, kit: IdentityKit, accountId: string, code: string): Promise<Proof> {
  const row = await findTotp(tx, accountId)
  if (!row?.sealed) return 'identity.code_wrong'
  const step = matchTotp(openTotp(kit, accountId, row.sealed), code, kit.clock.now())
  if (step === undefined) return 'identity.code_wrong'
  return (await useStep(tx, accountId, step)) ? undefined : 'identity.code_wrong'
}

/** Makes a pending authenticator the one that counts, by its first code. */
export async function confirmPending(
  tx: Tx,
  kit: IdentityKit,
  tenantId: string,
  accountId: string,
  code: string,
): Promise<Proof> {
  const row = await findTotp(tx, accountId)
  const at = kit.clock.now()
  if (!row?.pending_sealed || !row.pending_until || at >= row.pending_until) return 'identity.factor_missing'
  const step = matchTotp(openTotp(kit, accountId, row.pending_sealed), code, at)
  if (step === undefined) return 'identity.code_wrong'
  await saveTotp(tx, { accountId, tenantId, sealed: row.pending_sealed, step, at })
  return undefined
}

/** Options for a signature by one of the account's security keys; undefined when there is none. */
export async function assertionOptions(tx: ReadTx, kit: IdentityKit, accountId: string) {
  const keys = await listSecurityKeys(tx, accountId)
  if (keys.length === 0) return undefined
  return generateAuthenticationOptions({
    rpID: kit.rp.id,
    userVerification: 'required',
    timeout: 120_000,
    allowCredentials: keys.map((key) => ({ id: key.credential_id, transports: key.transports as never })),
  })
}

const refusedKey = (cause: string): FailureCause => ({ code: 'identity.key_refused', cause })
/** NT-A12: another origin, a counter that went back, somebody else's credential: all refused, with one word; the record tells them apart. */
export async function proveWebAuthn(
  tx: Tx,
  kit: IdentityKit,
  accountId: string,
  challenge: string,
  response: Readonly<Record<string, unknown>>,
): Promise<FailureCause | undefined> {
  const key = (await listSecurityKeys(tx, accountId)).find((candidate) => candidate.credential_id === response.id)
  if (!key) return refusedKey('not-yours')
  const result = await verifyAuthenticationResponse({
    response: response as unknown as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: kit.rp.origins,
    expectedRPID: kit.rp.id,
    requireUserVerification: true,
    credential: { id: key.credential_id, publicKey: new Uint8Array(key.public_key), counter: key.counter },
    // Whatever the library objects to is one and the same refusal to the caller.
  }).catch(() => undefined)
  if (!result?.verified) return refusedKey(causeOfAssertion(response, kit.rp.origins, key.counter))
  const { newCounter } = result.authenticationInfo
  return (await useSecurityKey(tx, key.id, key.counter, newCounter, kit.clock.now())) ? undefined : refusedKey('counter')
}

/** What an auditor wants to know of a signature that failed: a phished origin, a copied key, or neither. */
function causeOfAssertion(response: Readonly<Record<string, unknown>>, origins: readonly string[], counter: number): string {
  try {
    const { clientDataJSON, authenticatorData } = response.response as Record<string, string>
    const { origin } = JSON.parse(Buffer.from(clientDataJSON!, 'base64url').toString('utf8')) as { origin: string }
    if (!origins.includes(origin)) return 'origin'
    // WebAuthn §6.1: 32 bytes of RP id digest, one of flags, then the counter.
    return Buffer.from(authenticatorData!, 'base64url').readUInt32BE(33) <= counter && counter > 0 ? 'counter' : 'signature'
  } catch {
    return 'malformed'
  }
}
