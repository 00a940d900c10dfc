import type { Plane } from '@huabiao/kit/actor/actor'
import type { RefusalTable } from '@huabiao/kit/errors/errors'

/**
 * Kept credentials (保管凭据): for targets that cannot trust an authority. The signer alone can open what is kept; it gives it to a gateway
 * for one granted step, once, in a box that nobody between them opens, and makes the next one itself. Pure.
 */
export const vaultRefusals = {
  'vault.account_not_found': { status: 404 },
  'vault.account_unknown': { status: 422, rule: 'RL-18' },
  'vault.already_kept': { status: 409 },
  'vault.secret_wrong': { status: 422 },
  'vault.rotation_running': { status: 409 },
  'vault.rotation_not_found': { status: 404 },
  'vault.rotation_used': { status: 409, rule: 'RL-18' },
  'vault.not_kept': { status: 409, rule: 'RL-18' },
} as const satisfies RefusalTable
export type VaultRefusal = keyof typeof vaultRefusals

export const secretKinds = ['password', 'ssh-key'] as const
export type SecretKind = (typeof secretKinds)[number]

/** A rotation that has not ended after this long is lost; both secrets stay known until the next one settles it. */
export const rotationMaxMs = 120_000
/** After a rotation failed, the next is tried this much later. */
export const retryMs = 10 * 60_000
/** A released secret explains logons on the target for so long: until its step has ended and its log was read (NT-E08). */
export const releaseExplainsMs = 2 * 3_600_000
export const rotateDaysMax = 90

/** What a kept secret is bound to; moved to another row it does not open. */
export const secretAbout = (accountId: string, kind: SecretKind): string => `vault/${accountId}/${kind}`

/** What the signer reads of a kept account, for a grant's target and account. */
export interface VaultFacts {
  readonly accountId: string
  readonly targetId: string
  readonly plane: Plane
  readonly login: string
  readonly kind: SecretKind
  readonly current: Uint8Array
  /** The next secret, already kept, where a rotation has begun and nobody knows yet that it was put in place. */
  readonly pending: Uint8Array | null
}
export interface RotationFacts extends VaultFacts {
  readonly rotationId: string
  readonly gatewayId: string
  readonly state: string
  readonly requestedAt: Date
  readonly now: Date
}
export function rotationRefusal(facts: RotationFacts | undefined, gatewayId: string): VaultRefusal | undefined {
  if (!facts || facts.gatewayId !== gatewayId || facts.state !== 'asked') return 'vault.rotation_not_found'
  const age = facts.now.getTime() - facts.requestedAt.getTime()
  return age >= 0 && age <= rotationMaxMs ? undefined : 'vault.rotation_not_found'
}

/** What is in the box of a release: the secrets to try, in order, and nothing else. */
export interface ReleasedSecret {
  readonly kind: SecretKind
  readonly login: string
  readonly secrets: readonly string[]
}
/** What is in the box of a rotation. `next` is the last of what is known; for keys with its public half. */
export interface RotationSecret extends ReleasedSecret {
  readonly next: string
  readonly nextPublic: string | null
  /** OpenSSH lines of the keys that must be gone afterwards. */
  readonly oldPublic: readonly string[]
}

export const rotationOutcomes = ['rotated', 'unchanged', 'both-work', 'failed'] as const
/** `unchanged`: only the old one works; `both-work`: the new one works and the old one was not taken away; `failed`: nobody knows. */
export type RotationOutcome = (typeof rotationOutcomes)[number]

export const vaultStates = ['clean', 'due', 'rotating', 'broken'] as const
export type VaultState = (typeof vaultStates)[number]
/** `due`: it waits to be rotated; `broken`: the last rotation did not succeed. */
export function vaultState(of: {
  readonly dueAt: Date
  readonly failedAt: Date | null
  readonly rotatingSince: Date | null
  readonly now: Date
}): VaultState {
  if (of.rotatingSince && of.now.getTime() - of.rotatingSince.getTime() <= rotationMaxMs) return 'rotating'
  if (of.failedAt) return 'broken'
  return of.dueAt <= of.now ? 'due' : 'clean'
}

/** After a rotation, ordered by how long one secret may live. */
export const nextDue = (at: Date, everyDays: number): Date => new Date(at.getTime() + everyDays * 86_400_000)
