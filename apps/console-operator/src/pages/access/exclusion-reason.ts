import { exclusionOf, type RoleCode } from '@huabiao/domains/access/access.model'
import type { PairReason } from './access-words.ts'

const threePowers: readonly RoleCode[] = ['PAD', 'SEC', 'AUD']
const tenant: readonly RoleCode[] = ['TAD', 'TOP', 'TAU']
const auditors: readonly RoleCode[] = ['AUD', 'TAU']

/** Why two roles exclude each other, by the rule that asks for it; the strictest reason first. */
export function exclusionReason(a: RoleCode, b: RoleCode): PairReason | undefined {
  const kind = exclusionOf(a, b)
  if (kind === undefined) return undefined
  const has = (...codes: RoleCode[]) => codes.includes(a) || codes.includes(b)
  if (kind === 'dynamic') return has('PAD', 'SEC', 'APV') ? 'dynamic-grant' : 'dynamic'
  if (has('SPV')) return 'supervision'
  if (has('GMU')) return 'government'
  if (tenant.includes(a) !== tenant.includes(b)) return 'tenant-platform'
  if (threePowers.includes(a) && threePowers.includes(b)) return 'three-powers'
  if (auditors.includes(a) || auditors.includes(b)) return 'audit-om'
  if (has('DBA') && has('SYS')) return 'dba-sys'
  if (has('BGC')) return 'break-glass'
  return 'admin-operator'
}
