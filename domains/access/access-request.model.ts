import { addWorkingDays, type Holidays } from '@huabiao/kit/calendar/calendar'
import { type AccessRefusal, exclusionOf, isRole, type RoleCode, roles } from './access.model.ts'

/** Permission requests (权限申请, itsm §2.8): supervisor, owner, security administrator, department; stages are AND, four persons (RL-28). */
export const permissionChain = [
  { key: 'supervisor', role: 'APV', duty: 'supervisor' },
  { key: 'owner', role: 'APV', duty: 'owner' },
  { key: 'security', role: 'SEC', duty: null },
  { key: 'department', role: 'APV', duty: 'department' },
] as const

export const requestStates = ['open', 'granted', 'rejected', 'withdrawn', 'expired', 'ended'] as const
export type RequestState = (typeof requestStates)[number]
/** What has become of a granted permission. */
export const grantStates = ['pending', 'active', 'expiring', 'suspended', 'ended', 'revoked'] as const
export type GrantState = (typeof grantStates)[number]

/** The administrators, the auditors and the parties' own officers are appointed, never requested. */
export const appointedRoles: readonly RoleCode[] = ['PAD', 'SEC', 'AUD', 'TAU', 'GMU', 'SPV']
/** Duties by which a role answers for something more particular: stages and approvers are found by them. */
export const dutiesOf: Partial<Record<RoleCode, readonly string[]>> = {
  CRE: ['L2'],
  APV: ['supervisor', 'owner', 'department', 'technical-manager'],
}

const day = 86_400_000
/** A standing permission ends within a quarter; who needs it longer asks again, which is the quarterly recertification. */
export const requestMaxDays = 90
/** Nobody decided in a week: the need was not there, or the reason is stale. */
export const requestLifeMs = 7 * day
/** An end is announced twice, a week and a day before, where the whole term is longer than that. */
export const announceDays = [7, 1] as const

export function askRefusal(
  wanted: { role: RoleCode; notBefore: Date; notAfter: Date },
  by: { party: (typeof roles)[RoleCode]['parties'][number]; held: readonly string[]; trained: boolean },
): { code: AccessRefusal; params?: Record<string, string> } | undefined {
  if (appointedRoles.includes(wanted.role)) return { code: 'access.not_requestable' }
  if (!roles[wanted.role].parties.includes(by.party)) return { code: 'access.party_unfit' }
  if (wanted.notAfter.getTime() - wanted.notBefore.getTime() > requestMaxDays * day) return { code: 'access.request_too_long' }
  if (!by.trained) return { code: 'access.untrained' }
  const clash = staticClash(wanted.role, by.held)
  return clash && { code: 'access.exclusive_roles', params: { held: clash, wanted: wanted.role } }
}

/** A role already held that the wanted one excludes. */
export const staticClash = (wanted: RoleCode, held: readonly string[]): RoleCode | undefined =>
  held.filter(isRole).find((role) => exclusionOf(role, wanted) === 'static')

/** Each stage has one working day from the moment its turn came. */
export const stageDue = (holidays: Holidays, since: Date): Date => addWorkingDays(holidays, since, 1)

export function grantState(
  binding: { notBefore: Date; notAfter: Date; revokedAt: Date | null; suspendedAt: Date | null },
  at: Date,
): GrantState {
  if (binding.revokedAt) return 'revoked'
  if (at >= binding.notAfter) return 'ended'
  if (binding.suspendedAt) return 'suspended'
  if (at < binding.notBefore) return 'pending'
  const term = binding.notAfter.getTime() - binding.notBefore.getTime()
  const left = binding.notAfter.getTime() - at.getTime()
  return announceDays.some((days) => term > days * day && left <= days * day) ? 'expiring' : 'active'
}
