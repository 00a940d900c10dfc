import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** Where else people may prove who they are, and what tells us of them. */
export const sourceKinds = ['oidc', 'ldap', 'scim'] as const
export type SourceKind = (typeof sourceKinds)[number]
export const sourceStatuses = ['enabled', 'disabled'] as const
export const subjectStatuses = ['active', 'disabled', 'gone'] as const
export type SubjectStatus = (typeof subjectStatuses)[number]
export const proposalKinds = ['joiner', 'mover', 'leaver'] as const
export type ProposalKind = (typeof proposalKinds)[number]

/** How long somebody may stay away at their provider. */
export const flowMs = 10 * 60_000
export const syncEveryMs = 15 * 60_000
/** People of one directory that one synchronisation reads; a directory above it is refused, not cut. */
export const peopleMax = 20_000

export const servicePurposes = ['scim'] as const
export type ServicePurpose = (typeof servicePurposes)[number]
export const serviceDaysMax = 365
/** The token as its holder has it: recognisable to scanners of secrets, and never mistaken for a person's session. */
export const serviceTokenPrefix = 'hbs_'
export const serviceTokenForm = /^hbs_[A-Za-z0-9_-]{43}$/

/** What a source says of a person, as we keep it: bounded, and nothing of it is a right. */
export interface Attributes {
  readonly userName?: string
  readonly name?: string
  readonly unit?: string
  readonly title?: string
  readonly email?: string
}
export interface SeenPerson {
  readonly externalId: string
  readonly attributes: Attributes
  readonly active: boolean
}
export interface KnownSubject {
  readonly externalId: string
  readonly personId: string | null
  readonly attributes: Attributes
  readonly status: SubjectStatus
}
export interface Proposal {
  readonly kind: ProposalKind
  readonly externalId: string
  readonly personId: string | null
  readonly attributes: Attributes
}

/** What follows for somebody's post: another unit or title is a move; another spelling of an address is not. */
const hasMoved = (before: Attributes, now: Attributes): boolean =>
  (before.unit ?? '') !== (now.unit ?? '') || (before.title ?? '') !== (now.title ?? '')

/** What one look at one person proposes, beside what is known; nothing for most. */
export function proposalOf(known: KnownSubject | undefined, seen: SeenPerson): Proposal | undefined {
  const { externalId, attributes } = seen
  const personId = known?.personId ?? null
  if (!seen.active)
    return known && known.status === 'active' && personId ? { kind: 'leaver', externalId, personId, attributes } : undefined
  if (!personId) return known?.status === 'active' ? undefined : { kind: 'joiner', externalId, personId, attributes }
  if (known!.status !== 'active') return { kind: 'joiner', externalId, personId, attributes }
  return hasMoved(known!.attributes, attributes) ? { kind: 'mover', externalId, personId, attributes } : undefined
}

/**
 * What a whole directory proposes. A directory that lost many at once is more likely broken than deserted: then nothing is proposed.
 */
export function proposalsOf(
  known: readonly KnownSubject[],
  seen: readonly SeenPerson[],
): { proposals: Proposal[]; gone: string[] } | { refusal: FederationRefusal } {
  if (new Set(seen.map((one) => one.externalId)).size !== seen.length) return { refusal: 'federation.directory_ambiguous' }
  const before = new Map(known.map((one) => [one.externalId, one]))
  const here = new Set(seen.map((one) => one.externalId))
  const gone = known.filter((one) => one.status !== 'gone' && !here.has(one.externalId))
  const leaving = gone.length + seen.filter((one) => !one.active && before.get(one.externalId)?.status === 'active').length
  const counted = known.filter((one) => one.status === 'active').length
  if (leaving > Math.max(5, Math.floor(counted / 5))) return { refusal: 'federation.directory_implausible' }
  const proposals = seen.flatMap((one) => proposalOf(before.get(one.externalId), one) ?? [])
  for (const { externalId, personId, attributes, status } of gone)
    if (personId && status === 'active') proposals.push({ kind: 'leaver', externalId, personId, attributes })
  return { proposals, gone: gone.map((one) => one.externalId) }
}

/** One value inside an LDAP filter (RFC 4515 §3): whoever types `*` or `)` looks for just that. */
export const escapeFilter = (value: string): string =>
  value.replace(/[*()\\\0]/g, (mark) => `\\${mark.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** Whether a directory says that this account does not count: as OpenLDAP, 389-DS and Active Directory say it. */
export function isDisabledEntry(read: (attribute: string) => string | undefined, at: Date): boolean {
  const flags = Number(read('userAccountControl') ?? 0)
  // ACCOUNTDISABLE 0x2 and LOCKOUT 0x10.
  if (!Number.isInteger(flags) || (flags & 0x12) !== 0) return true
  if ((read('lockoutTime') ?? '0') !== '0') return true
  if (/^true$/i.test(read('nsAccountLock') ?? '')) return true
  if (read('pwdAccountLockedTime') !== undefined) return true
  const days = read('shadowExpire')
  if (days === undefined || days === '-1') return false
  return !/^\d{1,7}$/.test(days) || at.getTime() >= Number(days) * 86_400_000
}

/** Whether a source's word on a person may be followed by a logon now. */
export function logonRefusal(of: {
  subject: { status: SubjectStatus; personId: string | null } | undefined
  hasAccount: boolean
  mayLogOn: boolean
  trained: boolean
}): FederationRefusal | undefined {
  if (!of.subject?.personId) return 'federation.not_bound'
  if (of.subject.status !== 'active' || !of.hasAccount || !of.mayLogOn) return 'federation.logon_refused'
  return of.trained ? undefined : 'federation.training_invalid'
}

export function bindRefusal(of: { actorId: string; personId: string; taken: boolean }): FederationRefusal | undefined {
  if (of.actorId === of.personId) return 'federation.own_binding'
  return of.taken ? 'federation.already_bound' : undefined
}

/** Why a proposal may not be set aside: of leavers the departure decides, which stays open until somebody does; of oneself nobody decides. */
export function dismissRefusal(of: {
  kind: ProposalKind
  personId: string | null
  actorId: string
}): FederationRefusal | undefined {
  if (of.kind === 'leaver') return 'federation.leaver_by_departure'
  return of.personId === of.actorId ? 'federation.own_proposal' : undefined
}

/** A service's token ends after a year at most, and not in the past. */
export const serviceTermRefusal = (expiresAt: Date, at: Date): FederationRefusal | undefined =>
  expiresAt <= at || expiresAt.getTime() > at.getTime() + serviceDaysMax * 86_400_000 ? 'federation.service_term' : undefined

export const federationRefusals = {
  'federation.source_not_found': { status: 404 },
  'federation.source_invalid': { status: 422 },
  'federation.host_not_allowed': { status: 422 },
  'federation.secret_missing': { status: 409 },
  'federation.source_enabled': { status: 409 },
  'federation.source_stale': { status: 412 },
  'federation.source_fixed': { status: 409, rule: 'RL-23' },
  'federation.too_many_sources': { status: 409 },
  'federation.provider_refused': { status: 401 },
  'federation.flow_expired': { status: 401 },
  'federation.not_bound': { status: 403, rule: 'RL-23' },
  'federation.logon_refused': { status: 401 },
  'federation.password_empty': { status: 422 },
  'federation.training_invalid': { status: 403, rule: 'RL-24' },
  'federation.own_binding': { status: 409, rule: 'RL-23' },
  'federation.already_bound': { status: 409, rule: 'RL-23' },
  'federation.subject_not_found': { status: 404 },
  'federation.proposal_not_found': { status: 404 },
  'federation.leaver_by_departure': { status: 409 },
  'federation.own_proposal': { status: 409, rule: 'RL-23' },
  'federation.directory_away': { status: 409 },
  'federation.directory_implausible': { status: 409 },
  'federation.directory_ambiguous': { status: 409 },
  'federation.directory_too_large': { status: 409 },
  'federation.service_not_found': { status: 404 },
  'federation.service_refused': { status: 401 },
  'federation.service_term': { status: 422 },
  'federation.service_ended': { status: 409, rule: 'RL-23' },
  'federation.service_is_nobody': { status: 409, rule: 'RL-23' },
  'federation.client_not_found': { status: 404 },
  'federation.client_taken': { status: 409 },
  'federation.client_wrong_state': { status: 409, rule: 'RL-23' },
  'federation.redirect_invalid': { status: 422 },
  'federation.second_person_required': { status: 409, rule: 'RL-23' },
  'federation.interaction_expired': { status: 409 },
  'federation.client_not_for_you': { status: 403, rule: 'RL-17' },
  'federation.scim_invalid': { status: 400 },
  'federation.scim_filter': { status: 400 },
  'federation.scim_taken': { status: 409, rule: 'RL-23' },
} as const satisfies RefusalTable
export type FederationRefusal = keyof typeof federationRefusals
