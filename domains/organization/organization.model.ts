import type { Actor, Party } from '@huabiao/kit/actor/actor'
import { beijingMoment } from '@huabiao/kit/calendar/calendar'
import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** Units (单位) are tenants; departments (部门) hang under them. */
export const organizationKinds = ['unit', 'department'] as const
export type OrganizationKind = (typeof organizationKinds)[number]
export const organizationStatuses = ['onboarding', 'active', 'left'] as const
export type OrganizationStatus = (typeof organizationStatuses)[number]
export const personStatuses = ['active', 'left'] as const
export type PersonStatus = (typeof personStatuses)[number]

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const

/** Whether the check character of a citizen identity number holds (GB 11643-1999, ISO 7064 MOD 11-2). */
export function isIdentityNumber(value: string): boolean {
  if (!/^[1-9]\d{16}[\dX]$/.test(value)) return false
  const sum = weights.reduce((total, weight, i) => total + weight * Number(value[i]), 0)
  return '10X98765432'[sum % 11] === value[17]
}

/** Valid through the last day, Beijing time (RL-24): a date without zone means the day where the cloud is. */
export const isTrained = (validUntil: string | null, at: Date): boolean =>
  validUntil !== null && at.getTime() < beijingMoment(validUntil).getTime() + 86_400_000

/**
 * Why the actor may not write into that unit. Everybody writes at home only; the management unit also into a unit that is being taken
 * in, so that the unit's first administrator can exist at all (domain.md §1: it never writes into another's rows afterwards).
 */
export function writeRefusal(
  actor: Actor,
  unit: { tenantId: string; status: OrganizationStatus },
): OrganizationRefusal | undefined {
  if (actor.kind !== 'person') return 'organization.not_yours'
  if (unit.status === 'left') return 'organization.has_left'
  if (actor.tenantId === unit.tenantId) return undefined
  return actor.party === 'management-unit' && unit.status === 'onboarding' ? undefined : 'organization.not_yours'
}

/** Only the management unit takes units in, and there is one management unit (made by the first-run ceremony). */
export function unitRefusal(actor: Actor, party: Party): OrganizationRefusal | undefined {
  if (actor.kind !== 'person' || actor.party !== 'management-unit') return 'organization.not_yours'
  return party === 'management-unit' ? 'organization.party_taken' : undefined
}

export const organizationRefusals = {
  'organization.not_found': { status: 404 },
  'organization.not_yours': { status: 403 },
  'organization.has_left': { status: 409 },
  'organization.code_taken': { status: 409 },
  'organization.party_taken': { status: 409 },
  'organization.parent_invalid': { status: 422 },
  'person.not_found': { status: 404 },
  'person.exists': { status: 409, rule: 'RL-23' },
  'person.identity_invalid': { status: 422 },
  'person.identity_fixed': { status: 409, rule: 'RL-23' },
  'person.has_left': { status: 409, rule: 'RL-25' },
  'person.has_open_items': { status: 409, rule: 'RL-25' },
  'person.training_in_past': { status: 422, rule: 'RL-24' },
  'person.own_training': { status: 409, rule: 'RL-24' },
} as const satisfies RefusalTable
export type OrganizationRefusal = keyof typeof organizationRefusals
