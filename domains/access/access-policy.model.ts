import { beijingDay, beijingTime } from '@huabiao/kit/calendar/calendar'
import { Instant } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import type { AccessRefusal } from './access.model.ts'
import { exclusionOf, type RoleCode, roleCodes, roles } from './access.model.ts'

/**
 * RAM policies (Effect, Action, Resource, Condition; S3-A.8-01). Roles allow; policies of a unit narrow and, within the exclusions,
 * widen. An explicit deny wins over everything; a condition that cannot be judged never allows, and always denies.
 */
const Pattern = z.string().regex(/^[a-z*][a-z0-9*:/_-]{0,99}$/)
const Times = z.iso.time({ precision: -1 })
const TargetPattern = z.string().regex(/^[a-z0-9*][a-z0-9*-]{0,39}$/)
/** How a session reaches a target: what a step is, or a look (S3-A.8-06). */
export const sessionChannels = ['command', 'script', 'file', 'observe', 'interactive', 'fetch'] as const
export type SessionChannel = (typeof sessionChannels)[number]
/** Asked at session open and again before each step; roles need not hold them, so that only denials matter. */
export const sessionActions = ['session:open', 'session:step'] as const
/** What a decision names when it refuses (bastion R5). */
export const dimensions = [
  'source',
  'person',
  'target',
  'channel',
  'port',
  'danger',
  'time',
  'terminal',
  'second-factor',
] as const
export type Dimension = (typeof dimensions)[number]
export const Condition = z
  .object({
    /** Daily span in Beijing time, `HH:MM`; `from` later than `to` goes over midnight. */
    timeOfDay: z.object({ from: Times, to: Times }).strict().optional(),
    /** 1 Monday … 7 Sunday, Beijing time. */
    weekdays: z.array(z.number().int().min(1).max(7)).min(1).max(7).optional(),
    before: Instant.optional(),
    after: Instant.optional(),
    sourceIp: z
      .array(z.union([z.cidrv4(), z.cidrv6()]))
      .min(1)
      .max(50)
      .optional(),
    doors: z
      .array(z.enum(['console', 'rest', 'ssh', 'web-terminal']))
      .min(1)
      .max(4)
      .optional(),
    terminalRegistered: z.boolean().optional(),
    /** Age of the second factor. */
    mfaWithinSeconds: z.number().int().min(1).max(86_400).optional(),
    /** By person, whatever roles they wear. */
    persons: z.array(z.uuid()).min(1).max(50).optional(),
    // What only a session has: of these a statement may speak for `sessionActions` alone.
    /** Names of targets, `*` for any text. */
    targets: z.array(TargetPattern).min(1).max(50).optional(),
    ports: z.array(z.number().int().min(1).max(65_535)).min(1).max(50).optional(),
    channels: z.array(z.enum(sessionChannels)).min(1).max(sessionChannels.length).optional(),
    dangerAtLeast: z.number().int().min(1).max(5).optional(),
  })
  .strict()
export type Condition = z.infer<typeof Condition>
export const Statement = z
  .object({
    effect: z.enum(['Allow', 'Deny']),
    actions: z.array(Pattern).min(1).max(50),
    resources: z.array(Pattern).min(1).max(50),
    condition: Condition.optional(),
    /** A denial that holds except here: what is outside one of these dimensions is refused by its name. */
    unless: Condition.optional(),
  })
  .strict()
export type Statement = z.infer<typeof Statement>
export const PolicyDocument = z.object({ version: z.literal('1'), statements: z.array(Statement).min(1).max(50) }).strict()
export type PolicyDocument = z.infer<typeof PolicyDocument>
/** Whom a policy is for: holders of these roles while they wear them. */
export const Attachment = z.array(z.enum(roleCodes)).min(1).max(roleCodes.length)

export interface SessionFacts {
  readonly targetName: string
  readonly port: number
  readonly channel: SessionChannel
  readonly danger: number
}
export interface PolicyRequest {
  readonly action: string
  /** `change/0190…`; `*` where an act has no single object. */
  readonly resource: string
  readonly roles: readonly string[]
  readonly now: Date
  readonly sourceIp: string
  readonly door: string
  readonly terminalRegistered: boolean
  readonly mfaAt: Date | undefined
  readonly personId?: string
  readonly session?: SessionFacts
  /** Whether an address lies in a network; given from outside because the model names no library. */
  inNetwork(address: string, cidr: string): boolean | undefined
}
export interface Policy {
  readonly id: string
  readonly name: string
  readonly roles: readonly string[]
  readonly document: PolicyDocument
}

/** `*` stands for any text; every other character for itself. Linear in the length of the text. */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0]!
  const last = parts.at(-1)!
  if (parts.length === 1) return pattern === text
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}

type Test = (condition: Condition, request: PolicyRequest) => boolean | undefined
/** Each answers undefined where the condition asks nothing of it. */
const tests: readonly Test[] = [
  ({ timeOfDay }, { now }) => {
    if (!timeOfDay) return undefined
    const time = beijingTime(now).slice(11, 16)
    const { from, to } = timeOfDay
    return from <= to ? time >= from && time < to : time >= from || time < to
  },
  ({ weekdays }, { now }) => weekdays?.includes(new Date(beijingDay(now)).getUTCDay() || 7),
  ({ before }, { now }) => (before === undefined ? undefined : now < new Date(before)),
  ({ after }, { now }) => (after === undefined ? undefined : now >= new Date(after)),
  ({ doors }, { door }) => doors && (doors as readonly string[]).includes(door),
  ({ terminalRegistered }, request) =>
    terminalRegistered === undefined ? undefined : terminalRegistered === request.terminalRegistered,
]
const ofSession: readonly Test[] = [
  ({ targets }, { session }) => targets && session && targets.some((pattern) => matches(pattern, session.targetName)),
  ({ ports }, { session }) => ports && session && ports.includes(session.port),
  ({ channels }, { session }) => channels && session && channels.includes(session.channel),
  ({ dangerAtLeast }, { session }) => (dangerAtLeast === undefined || !session ? undefined : session.danger >= dangerAtLeast),
]
const asksOfSession = ({ targets, ports, channels, dangerAtLeast }: Condition): boolean =>
  [targets, ports, channels, dangerAtLeast].some((one) => one !== undefined)
/** `unknown`: something it asks for is not known (no second factor yet, an address that is none). */
export function judgeCondition(condition: Condition | undefined, request: PolicyRequest): 'holds' | 'fails' | 'unknown' {
  if (!condition) return 'holds'
  if ([...tests, ...ofSession].some((test) => test(condition, request) === false)) return 'fails'
  if (asksOfSession(condition) && !request.session) return 'unknown'
  if (condition.persons !== undefined) {
    if (!request.personId) return 'unknown'
    if (!condition.persons.includes(request.personId)) return 'fails'
  }
  if (condition.mfaWithinSeconds !== undefined) {
    if (!request.mfaAt) return 'unknown'
    if (request.now.getTime() - request.mfaAt.getTime() > condition.mfaWithinSeconds * 1000) return 'fails'
  }
  if (condition.sourceIp) {
    const found = condition.sourceIp.map((cidr) => request.inNetwork(request.sourceIp, cidr))
    if (found.includes(undefined)) return 'unknown'
    if (!found.includes(true)) return 'fails'
  }
  return 'holds'
}

export interface Verdict {
  readonly decision: 'allow' | 'deny' | 'none'
  /** The statement that decided: policy and index. */
  readonly by: { readonly policyId: string; readonly name: string; readonly statement: number } | null
  /** Of a denial: what of the request it refused. */
  readonly dimensions?: readonly Dimension[]
}
const dimensionOf: Readonly<Record<keyof Condition, Dimension>> = {
  sourceIp: 'source',
  persons: 'person',
  targets: 'target',
  doors: 'channel',
  channels: 'channel',
  ports: 'port',
  dangerAtLeast: 'danger',
  timeOfDay: 'time',
  weekdays: 'time',
  before: 'time',
  after: 'time',
  terminalRegistered: 'terminal',
  mfaWithinSeconds: 'second-factor',
}
const partsOf = (condition: Condition | undefined): (keyof Condition)[] =>
  (Object.keys(condition ?? {}) as (keyof Condition)[]).filter((part) => condition?.[part] !== undefined)
/** Of an exception each part that does not hold; of a plain denial all that it asks for: together they are what was refused. */
function refusedDimensions({ condition, unless }: Statement, request: PolicyRequest): Dimension[] {
  const parts = unless
    ? partsOf(unless).filter((part) => judgeCondition({ [part]: unless[part] } as Condition, request) !== 'holds')
    : partsOf(condition)
  return [...new Set(parts.map((part) => dimensionOf[part]))]
}
/** What the policies say, apart from the roles. Total; the order of policies and statements does not matter. */
export function judgePolicies(policies: readonly Policy[], request: PolicyRequest): Verdict {
  let allow: Verdict['by'] = null
  for (const policy of policies) {
    if (!policy.roles.some((role) => request.roles.includes(role))) continue
    for (const [index, statement] of policy.document.statements.entries()) {
      if (!statement.actions.some((pattern) => matches(pattern, request.action))) continue
      if (!statement.resources.some((pattern) => matches(pattern, request.resource))) continue
      const held = judgeCondition(statement.condition, request)
      const by = { policyId: policy.id, name: policy.name, statement: index }
      const isExcepted = statement.unless !== undefined && judgeCondition(statement.unless, request) === 'holds'
      if (statement.effect === 'Deny' && held !== 'fails' && !isExcepted)
        return { decision: 'deny', by, dimensions: refusedDimensions(statement, request) }
      if (statement.effect === 'Allow' && held === 'holds') allow ??= by
    }
  }
  return allow ? { decision: 'allow', by: allow } : { decision: 'none', by: null }
}

const holdersOf = (action: string): RoleCode[] => roleCodes.filter((code) => roles[code].actions.includes(action))
/**
 * Why such a policy may not exist (NT-B19): it allows by pattern, an action nobody knows, or one that only roles hold which exclude
 * the role it is for; so no policy lets an auditor act or an administrator approve.
 */
export function policyRefusal(document: PolicyDocument, attached: readonly RoleCode[]): AccessRefusal | undefined {
  for (const { effect, actions, condition, unless } of document.statements) {
    const speaksOfSession = asksOfSession(condition ?? {}) || asksOfSession(unless ?? {})
    const isOfSession = actions.every((action) => (sessionActions as readonly string[]).includes(action))
    // Elsewhere nobody knows a target or a danger, and what is not known would be denied.
    if ((speaksOfSession && !isOfSession) || (effect === 'Allow' && unless)) return 'access.dimension_misplaced'
  }
  for (const statement of document.statements.filter((one) => one.effect === 'Allow'))
    for (const action of statement.actions) {
      const holders = holdersOf(action)
      if (holders.length === 0) return 'access.action_unknown'
      const fits = (role: RoleCode): boolean =>
        holders.some((holder) => holder === role || exclusionOf(holder, role) !== 'static')
      if (!attached.every(fits)) return 'access.policy_breaks_separation'
    }
  return undefined
}
