import type { Id, PersonId, TenantId } from '@huabiao/kit/ids/ids'

/** The four parties (四方) of a government cloud; domain.md §1. */
export const parties = ['management-unit', 'user-unit', 'service-provider', 'supervision-provider'] as const
export type Party = (typeof parties)[number]

/** The two planes of O&M; bastions, CAs and ledgers are apart (S3-A.8-03). */
export const planes = ['platform', 'tenant'] as const
export type Plane = (typeof planes)[number]
/** Tenants operate their own plane; every other party the platform's. */
export const planeOf = (party: Party): Plane => (party === 'user-unit' ? 'tenant' : 'platform')

/** The doors through which an act can come. Every door passes the same gate; the record says which it was. */
export const doors = ['console', 'rest', 'ssh', 'web-terminal', 'service', 'system'] as const
export type Door = (typeof doors)[number]

/** Who acts, as every decision and every record sees it: a natural person through their one account, wearing one role. */
export interface PersonActor {
  readonly kind: 'person'
  readonly personId: PersonId
  readonly accountId: Id<'account'>
  readonly tenantId: TenantId
  readonly party: Party
  readonly name: string
  /** Roles of live bindings; the one worn now is `role`. */
  readonly roles: readonly string[]
  readonly role: string | undefined
  readonly logonSessionId: string
  readonly terminalId: string | undefined
  readonly door: Door
  readonly sourceIp: string
  /** When the second factor was last proved; step-up by danger compares it with now. */
  readonly mfaAt: Date | undefined
}

/** A process of ours, or a program of a unit with a service identity. It never wears a human role and never approves. */
export interface ServiceActor {
  readonly kind: 'service'
  readonly service: 'gateway' | 'scheduler' | 'signer' | 'ceremony' | 'log-follower' | 'inspector' | 'restore' | 'scim'
  readonly serviceId: string
  readonly plane: Plane
  readonly door: 'service' | 'system'
  readonly sourceIp: string
  /** The unit whose program it is; a process of the platform has none. */
  readonly tenantId?: TenantId
  /** The one object that a program's token is for. */
  readonly about?: string | undefined
}

export type Actor = PersonActor | ServiceActor

/** Management unit and supervision read across tenants; neither ever writes into another's rows (domain.md §1, "may never"). */
export const hasOversight = (actor: Actor): boolean =>
  actor.kind === 'person' && (actor.party === 'management-unit' || actor.party === 'supervision-provider')
