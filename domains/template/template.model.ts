import { type ChangePlan, ChangePlan as PlanSchema, type StepAction } from '@huabiao/domains/change/change-plan.model'
import { Name, Note, Uuid } from '@huabiao/kit/contract/contract'
import type { RefusalTable } from '@huabiao/kit/errors/errors'
import { z } from 'zod'

/**
 * A standard-change model (标准变更模型, itsm §2.1): a plan in whose commands declared slots (`{{version}}`) stand for parameters, with limits
 * of where and when it may run. What comes of it is an ordinary change; only its assessment, test and approval were done beforehand.
 */

/** The one alphabet of every value: no letter of it means anything to a shell, and none begins an option. */
export const valueShape = /^[A-Za-z0-9](\.?[A-Za-z0-9_-]){0,63}$/
const Value = z.string().max(64).regex(valueShape)
const ParameterKey = z.string().regex(/^[a-z][a-z0-9_]{0,30}$/)
export const nameForms = ['word', 'version', 'name'] as const
export type NameForm = (typeof nameForms)[number]
export const formShapes: Readonly<Record<NameForm, RegExp>> = {
  word: /^[a-z][a-z0-9-]{0,63}$/,
  version: /^[0-9]{1,9}(\.[0-9]{1,9}){0,3}(-[a-z0-9]{1,20})?$/,
  name: valueShape,
}
export const integerMax = 1_000_000_000
const Whole = z.number().int().min(0).max(integerMax)
export const Parameter = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('enum'), key: ParameterKey, title: Name, values: z.array(Value).min(1).max(50) }).strict(),
  z.object({ kind: z.literal('integer'), key: ParameterKey, title: Name, min: Whole, max: Whole }).strict(),
  z
    .object({
      kind: z.literal('name'),
      key: ParameterKey,
      title: Name,
      form: z.enum(nameForms),
      maxLength: z.number().int().min(1).max(64),
    })
    .strict(),
])
export type Parameter = z.infer<typeof Parameter>
/** Values as they stand in the plan: an integer is its digits. */
export const Parameters = z
  .record(ParameterKey, Value)
  .refine((all) => Object.keys(all).length <= 20)
  .meta({ maxProperties: 20 })
export type Parameters = Readonly<Record<string, string>>

/** More targets than this would need a first batch of more than one (G-GRAY), and an approval of their own. */
export const targetsMax = 20
export const tiers = ['edge', 'inner', 'core'] as const
export const standardRisks = ['R3', 'R4'] as const
const Minute = z.number().int().min(0).max(1439)
export const Limits = z
  .object({
    maxTargets: z.number().int().min(1).max(targetsMax),
    tiers: z.array(z.enum(tiers)).min(1).max(3),
    systemIds: z.array(Uuid).min(1).max(50),
    /** R3 is R3 and R4. */
    maxRisk: z.enum(standardRisks),
    /** Minutes of Beijing's day between which a window lies whole; both null is any hour. */
    fromMinute: Minute.nullable(),
    toMinute: Minute.nullable(),
    maxWindowMinutes: z.number().int().min(10).max(1440),
  })
  .strict()
export type Limits = z.infer<typeof Limits>

export const TemplateBody = z
  .object({
    name: Name,
    summary: Note,
    parameters: z.array(Parameter).max(20),
    plan: PlanSchema.omit({ batches: true }),
    /** One target first; then batches of at most so many, each watched for so long. */
    grey: z
      .object({
        batchSize: z.number().int().min(1).max(targetsMax),
        soakSeconds: z
          .number()
          .int()
          .min(0)
          .max(7 * 86_400),
      })
      .strict(),
    limits: Limits,
  })
  .strict()
export type TemplateBody = z.infer<typeof TemplateBody>

const slotShape = /\{\{([^{}]*)\}\}/g
const fill = (text: string, parameters: Parameters): string =>
  text.replace(slotShape, (slot, key: string) => (Object.hasOwn(parameters, key) ? parameters[key]! : slot))

/** Every text of a value, and where it stands. */
function texts(value: unknown, at: string): { at: string; text: string }[] {
  if (typeof value === 'string') return [{ at, text: value }]
  if (Array.isArray(value)) return value.flatMap((one, i) => texts(one, `${at}[${i}]`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => texts(one, at === '' ? key : `${at}.${key}`))
}
/** Commands, scripts and what is expected of their output; files keep the digest that was released. */
const slotPlaces = /^(steps\[\d+\]\.|health\.)(rollback\.)?(action\.(line|text)|expect\.checks\[\d+\]\.(text|after))$/
const isFile = (action: StepAction | undefined): boolean => action?.kind === 'file' || action?.kind === 'artifact'

interface SlotFault {
  readonly code: TemplateRefusal
  readonly params: Readonly<Record<string, string>>
}
/** Why slots and parameters of a model do not fit each other; undefined when each slot is whole, declared, and in its place. */
export function slotFault({ plan, parameters }: Pick<TemplateBody, 'plan' | 'parameters'>): SlotFault | undefined {
  const declared = new Set(parameters.map((parameter) => parameter.key))
  const wrong = parameters.find(
    (parameter, i) =>
      parameters.findIndex((other) => other.key === parameter.key) !== i ||
      (parameter.kind === 'integer' && parameter.min > parameter.max) ||
      (parameter.kind === 'enum' && new Set(parameter.values).size !== parameter.values.length),
  )
  if (wrong) return { code: 'template.parameter_invalid', params: { key: wrong.key } }
  const files = plan.steps.flatMap((step, i) => [
    ...(isFile(step.action) ? [`steps[${i}].action`] : []),
    ...(step.rollback?.kind === 'action' && isFile(step.rollback.action) ? [`steps[${i}].rollback.action`] : []),
  ])
  if (isFile(plan.health?.action)) files.push('health.action')
  const used = new Set<string>()
  for (const { at, text } of texts(plan, '')) {
    if (!text.includes('{{') && !text.includes('}}')) continue
    if (!slotPlaces.test(at) || files.some((file) => at.startsWith(file)))
      return { code: 'template.slot_misplaced', params: { at } }
    // A whole word: what stands beside a value could otherwise make another word of it.
    for (const word of text.split(/\s+/)) {
      const key = /^\{\{([a-z][a-z0-9_]{0,30})\}\}$/.exec(word)?.[1]
      if (key === undefined && (word.includes('{{') || word.includes('}}')))
        return { code: 'template.slot_misplaced', params: { at, slot: word.slice(0, 100) } }
      if (key === undefined) continue
      if (!declared.has(key)) return { code: 'template.slot_unknown', params: { key } }
      used.add(key)
    }
  }
  const idle = [...declared].find((key) => !used.has(key))
  return idle === undefined ? undefined : { code: 'template.parameter_unused', params: { key: idle } }
}

const isOpen = (action: StepAction | undefined): boolean => action?.kind === 'interactive'
/** What can never be standard: what cannot be undone, what an approver must see each time, and what is typed only when it runs. */
export function planFault({ plan }: Pick<TemplateBody, 'plan'>): SlotFault | undefined {
  const step = plan.steps.find(
    ({ phase, danger, action, rollback }) =>
      danger > 4 ||
      isOpen(action) ||
      (rollback?.kind === 'action' && isOpen(rollback.action)) ||
      (phase === 'execute' && danger > 1 && rollback?.kind !== 'action'),
  )
  if (step) return { code: 'template.not_standard', params: { key: step.key } }
  return isOpen(plan.health?.action) ? { code: 'template.not_standard', params: { key: 'health' } } : undefined
}

/** Values with which a plan can be looked at before anybody chose some. */
export const sampleOf = (parameters: readonly Parameter[]): Parameters =>
  Object.fromEntries(
    parameters.map((one) => [
      one.key,
      one.kind === 'enum' ? one.values[0]! : one.kind === 'integer' ? String(one.min) : one.form === 'version' ? '1.0' : 'a',
    ]),
  )

const fits = (parameter: Parameter, value: string): boolean => {
  if (value.length > 64 || !valueShape.test(value)) return false
  if (parameter.kind === 'enum') return parameter.values.includes(value)
  if (parameter.kind === 'integer')
    return /^(0|[1-9][0-9]{0,9})$/.test(value) && +value >= parameter.min && +value <= parameter.max
  return value.length <= parameter.maxLength && formShapes[parameter.form].test(value)
}
/** The first parameter that is missing, unknown or not what the model declares. */
export function parameterFault(parameters: readonly Parameter[], given: Parameters): string | undefined {
  const unknown = Object.keys(given).find((key) => !parameters.some((parameter) => parameter.key === key))
  if (unknown !== undefined) return unknown
  return parameters.find(({ key }, i) => !Object.hasOwn(given, key) || !fits(parameters[i]!, given[key]!))?.key
}

/** The plan that a model is, with these parameters on these targets. Total; `template_expansion` of the database answers the same. */
export function expand(
  body: Pick<TemplateBody, 'plan' | 'grey'>,
  parameters: Parameters,
  targetIds: readonly string[],
): ChangePlan {
  const filled = JSON.parse(JSON.stringify(body.plan), (_key, value) =>
    typeof value === 'string' ? fill(value, parameters) : value,
  ) as TemplateBody['plan']
  const { batchSize, soakSeconds } = body.grey
  const rest = targetIds.slice(1)
  const batches = Array.from({ length: Math.ceil(rest.length / batchSize) }, (_, i) =>
    rest.slice(i * batchSize, (i + 1) * batchSize),
  )
  return {
    ...filled,
    batches: [targetIds.slice(0, 1), ...batches]
      .filter((ids) => ids.length > 0)
      .map((ids) => ({ targetIds: [...ids], soakSeconds })),
  }
}

export interface LimitFacts {
  readonly targets: readonly { readonly tier: (typeof tiers)[number]; readonly systemId: string }[]
  readonly windowStart: Date
  readonly windowEnd: Date
  readonly risk: string
}
export const limitNames = ['targets', 'tier', 'system', 'window', 'hours', 'risk'] as const
export type LimitName = (typeof limitNames)[number]
/** The limit of the model that this use would pass; undefined when it stays within all of them. */
export function limitPassed(limits: Limits, { targets, windowStart, windowEnd, risk }: LimitFacts): LimitName | undefined {
  if (targets.length === 0 || targets.length > limits.maxTargets) return 'targets'
  if (targets.some((target) => !limits.tiers.includes(target.tier))) return 'tier'
  if (targets.some((target) => !limits.systemIds.includes(target.systemId))) return 'system'
  const minutes = Math.ceil((windowEnd.getTime() - windowStart.getTime()) / 60_000)
  if (minutes <= 0 || minutes > limits.maxWindowMinutes) return 'window'
  if (!hoursHold(limits, windowStart, minutes)) return 'hours'
  return risk === 'R4' || (risk === 'R3' && limits.maxRisk === 'R3') ? undefined : 'risk'
}
/** As `consent_hours_hold` of the database: equal minutes are the whole day, and hours may pass midnight. */
function hoursHold({ fromMinute, toMinute }: Limits, windowStart: Date, minutes: number): boolean {
  if (fromMinute === null || toMinute === null) return fromMinute === toMinute
  const beijing = Math.floor(windowStart.getTime() / 60_000) + 480
  const offset = ((beijing % 1440) - fromMinute + 1440) % 1440
  return offset + minutes <= ((toMinute - fromMinute + 1440) % 1440 || 1440)
}

export const templateRefusals = {
  'template.not_found': { status: 404 },
  'template.wrong_state': { status: 409, rule: 'RL-01' },
  'template.slot_unknown': { status: 422, rule: 'RL-07' },
  'template.slot_misplaced': { status: 422, rule: 'RL-07' },
  'template.parameter_invalid': { status: 422, rule: 'RL-07' },
  'template.parameter_unused': { status: 422, rule: 'RL-07' },
  'template.not_standard': { status: 422, rule: 'RL-04' },
  'template.plan_incomplete': { status: 409, rule: 'RL-04' },
  'template.system_unknown': { status: 422 },
  'template.hours_incomplete': { status: 422 },
  'template.no_manager': { status: 409, rule: 'RL-01' },
  'template.not_author': { status: 403, rule: 'RL-23' },
  'template.own_template': { status: 409, rule: 'RL-23' },
  'template.not_published': { status: 409, rule: 'RL-01' },
  'template.beyond_limits': { status: 409, rule: 'RL-01' },
  'template.open_version': { status: 409, rule: 'RL-07' },
  'template.hash_mismatch': { status: 409, rule: 'RL-07' },
} as const satisfies RefusalTable
export type TemplateRefusal = keyof typeof templateRefusals
