import { exclusionOf, isRole, type RoleCode, roleCodes } from '@huabiao/domains/access/access.model'

/** Roles that a person who holds `held` can never hold as well, each with the role that excludes it (RL-27). */
export function neverWith(held: readonly string[]): { role: RoleCode; because: RoleCode[] }[] {
  const own = held.filter(isRole)
  return roleCodes
    .filter((role) => !own.includes(role))
    .map((role) => ({ role, because: own.filter((one) => exclusionOf(one, role) === 'static') }))
    .filter(({ because }) => because.length > 0)
}
