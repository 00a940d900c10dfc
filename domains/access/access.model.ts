import type { Party } from '@huabiao/kit/actor/actor'
import type { RefusalTable } from '@huabiao/kit/errors/errors'

/** The 17 roles and their exclusions (anchors/bastion.md §6). Constraints bind persons, not accounts (RL-23, RL-27). */
export const roleCodes = [
  'ENG',
  'CRE',
  'DBA',
  'SYS',
  'NET',
  'RLS',
  'CHM',
  'APV',
  'PAD',
  'SEC',
  'AUD',
  'BGC',
  'TAD',
  'TOP',
  'TAU',
  'GMU',
  'SPV',
] as const
export type RoleCode = (typeof roleCodes)[number]
export const isRole = (code: string): code is RoleCode => (roleCodes as readonly string[]).includes(code)

const everybody = [
  'change:read',
  'cmdb:read',
  'infosystem:read',
  'organization:read',
  'person:read',
  'role:read',
  'permission-request:create',
]
const operator = [
  'change:draft',
  'change:execute',
  'change:review',
  'change:test',
  'change:stop',
  'session:read',
  'session:observe',
  'session:watch',
  'session:kill',
  'recording:read',
]
const watcher = ['session:read', 'session:watch']

/** Name, the parties whose people may hold it, and its RAM actions. Auditors read and never act; administrators never approve nor execute. */
export const roles: Readonly<
  Record<RoleCode, { zh: string; en: string; parties: readonly Party[]; actions: readonly string[] }>
> = {
  ENG: { zh: '驻场运维工程师', en: 'On-site O&M engineer', parties: ['service-provider'], actions: [...everybody, ...operator] },
  CRE: {
    zh: '客户稳定性工程师（L2）',
    en: 'Customer reliability engineer (L2)',
    parties: ['service-provider'],
    actions: [...everybody, ...operator, 'change:assess', 'change:approve', 'change:resume', 'recording:audit'],
  },
  DBA: { zh: '数据库管理员', en: 'Database administrator', parties: ['service-provider'], actions: [...everybody, ...operator] },
  SYS: { zh: '系统管理员', en: 'System administrator', parties: ['service-provider'], actions: [...everybody, ...operator] },
  NET: { zh: '网络管理员', en: 'Network administrator', parties: ['service-provider'], actions: [...everybody, ...operator] },
  RLS: {
    zh: '版本经理',
    en: 'Release manager',
    parties: ['service-provider'],
    actions: [...everybody, 'change:draft', 'change:test', ...watcher],
  },
  CHM: {
    zh: '变更经理',
    en: 'Change manager',
    parties: ['service-provider'],
    actions: [
      ...everybody,
      'change:accept',
      'change:approve',
      'change:manage',
      'change:stop',
      ...watcher,
      'session:kill',
      'recording:read',
      'recording:audit',
      'ledger:read',
      'ledger:export',
    ],
  },
  APV: {
    zh: '审批人',
    en: 'Approver',
    parties: ['service-provider', 'user-unit'],
    actions: [
      ...everybody,
      'change:approve',
      'change:consent',
      'permission-request:decide',
      ...watcher,
      'session:kill',
      'recording:read',
    ],
  },
  PAD: {
    zh: '平台管理员',
    en: 'Platform administrator',
    parties: ['service-provider', 'management-unit'],
    actions: [
      ...everybody,
      'organization:manage',
      'person:manage',
      'account:read',
      'account:manage',
      'account:recover',
      'terminal:manage',
    ],
  },
  SEC: {
    zh: '安全管理员',
    en: 'Security administrator',
    parties: ['service-provider', 'management-unit'],
    actions: [
      ...everybody,
      'role:grant',
      'policy:read',
      'policy:manage',
      'policy:activate',
      'permission-request:decide',
      'account:read',
      'account:recover',
      'terminal:manage',
      'change:approve',
      'change:reassign',
      ...watcher,
      'session:kill',
      'recording:read',
      'recording:audit',
      'ledger:read',
      'ledger:export',
    ],
  },
  AUD: {
    zh: '安全审计员',
    en: 'Security auditor',
    parties: ['service-provider', 'management-unit'],
    actions: [
      ...everybody,
      'policy:read',
      'policy:activate',
      'account:read',
      ...watcher,
      'recording:read',
      'recording:audit',
      'ledger:read',
      'ledger:export',
    ],
  },
  BGC: { zh: '破窗保管人', en: 'Break-glass custodian', parties: ['service-provider'], actions: everybody },
  TAD: {
    zh: '租户管理员',
    en: 'Tenant administrator',
    parties: ['user-unit'],
    actions: [
      ...everybody,
      'organization:manage',
      'person:manage',
      'account:read',
      'account:manage',
      'account:recover',
      'change:consent',
      'change:reassign',
      ...watcher,
    ],
  },
  TOP: { zh: '租户运维', en: 'Tenant operator', parties: ['user-unit'], actions: [...everybody, ...watcher] },
  TAU: {
    zh: '租户审计员',
    en: 'Tenant auditor',
    parties: ['user-unit'],
    actions: [...everybody, ...watcher, 'recording:read', 'recording:audit', 'ledger:read', 'ledger:export'],
  },
  GMU: {
    zh: '政务云管理人员',
    en: 'Cloud management officer',
    parties: ['management-unit'],
    actions: [
      ...everybody,
      'organization:manage',
      'change:approve',
      'change:stop',
      ...watcher,
      'recording:read',
      'recording:audit',
      'ledger:read',
      'ledger:export',
    ],
  },
  SPV: {
    zh: '综合监管人员',
    en: 'Supervision officer',
    parties: ['supervision-provider'],
    actions: [...everybody, 'change:stop', ...watcher, 'recording:read', 'recording:audit', 'ledger:read', 'ledger:export'],
  },
}

export type Exclusion = 'static' | 'dynamic'
/** Lower triangle of the matrix, row by row: x static (never one person), d dynamic (never both on one object). */
const triangle = [
  '',
  'd',
  'dd',
  'ddx',
  'dddd',
  'ddddd',
  'dddddd',
  'ddddddd',
  'xxxxxxxd',
  'xxxxxxddx',
  'xxxxxxxxxx',
  'ddddddddxdx',
  'x'.repeat(12),
  `${'x'.repeat(12)}d`,
  'x'.repeat(14),
  'x'.repeat(15),
  'x'.repeat(16),
]
export function exclusionOf(a: RoleCode, b: RoleCode): Exclusion | undefined {
  const [i, j] = [roleCodes.indexOf(a), roleCodes.indexOf(b)].sort((x, y) => x - y) as [number, number]
  const mark = triangle[j]?.[i]
  return mark === 'x' ? 'static' : mark === 'd' ? 'dynamic' : undefined
}
export const exclusions: readonly { a: RoleCode; b: RoleCode; kind: Exclusion }[] = roleCodes.flatMap((b, j) =>
  roleCodes.slice(0, j).map((a) => ({ a, b, kind: exclusionOf(a, b)! })),
)

/** The role worn now where one is worn; otherwise all that are held: rules on one object keep them apart (S13). */
export const rolesInForce = (actor: { readonly role: string | undefined; readonly roles: readonly string[] }): RoleCode[] =>
  (actor.role && actor.roles.includes(actor.role) ? [actor.role] : actor.roles).filter(isRole)
export const actionsOfRoles = (codes: readonly RoleCode[]): Set<string> => new Set(codes.flatMap((code) => roles[code].actions))

/** Roles that reach production (the bastion) come through the chain of a permission request; the others are appointed (RL-28, S1-3.2-15). */
export const needsChain = (code: RoleCode): boolean => roles[code].actions.includes('change:execute')

/** No grant lasts longer: rights that nobody renews end by themselves. */
export const grantMaxDays = 365
export function windowRefusal(window: { notBefore: Date; notAfter: Date }, now: Date): AccessRefusal | undefined {
  const length = window.notAfter.getTime() - window.notBefore.getTime()
  return window.notAfter <= now || length <= 0 || length > grantMaxDays * 86_400_000 ? 'access.window_invalid' : undefined
}

export const accessRefusals = {
  'access.exclusive_roles': { status: 409, rule: 'RL-27' },
  'access.party_unfit': { status: 409, rule: 'RL-27' },
  'access.window_invalid': { status: 422, rule: 'RL-28' },
  'access.chain_required': { status: 409, rule: 'RL-28' },
  'access.own_grant': { status: 409, rule: 'RL-23' },
  'access.role_unknown': { status: 422 },
  'access.person_not_found': { status: 404 },
  'access.binding_not_found': { status: 404 },
  'access.request_not_found': { status: 404 },
  'access.request_closed': { status: 409 },
  'access.ceremony_closed': { status: 409, rule: 'RL-27' },
  'access.ceremony_token': { status: 403 },
  'access.seat_taken': { status: 409 },
  'access.seat_same_person': { status: 409, rule: 'RL-23' },
  'access.seat_empty': { status: 409, rule: 'RL-27' },
  'access.seat_code_wrong': { status: 403 },
  'access.action_unknown': { status: 422 },
  'access.policy_breaks_separation': { status: 409, rule: 'RL-27' },
  'access.own_policy': { status: 409, rule: 'RL-23' },
  'access.policy_not_found': { status: 404 },
  'access.policy_not_draft': { status: 409 },
  'access.second_person_required': { status: 409, rule: 'RL-23' },
  'access.not_requestable': { status: 409, rule: 'RL-17' },
  'access.request_too_long': { status: 422, rule: 'RL-28' },
  'access.untrained': { status: 409, rule: 'RL-24' },
} as const satisfies RefusalTable
export type AccessRefusal = keyof typeof accessRefusals
