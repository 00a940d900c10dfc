import {
  type Condition,
  PolicyDocument,
  type SessionChannel,
  sessionActions,
  sessionChannels,
} from '@huabiao/domains/access/access-policy.model'
import { canonicalJson, type Json } from '@huabiao/kit/canonical/canonical'

/**
 * A policy document as fields. The form writes one spelling only: what it would write otherwise than it stands (another order, an empty
 * part) it does not take, so that opening a document changes nothing. What is typed is kept as typed; the model of the document judges it.
 */
export const policyDoors = ['console', 'rest', 'ssh', 'web-terminal'] as const
export const weekdays = [1, 2, 3, 4, 5, 6, 7] as const
type Door = (typeof policyDoors)[number]
type YesNo = '' | 'yes' | 'no'

export interface ConditionForm {
  /** Lists of words, a space between them. */
  readonly sourceIp: string
  readonly targets: string
  readonly ports: string
  readonly persons: readonly string[]
  readonly channels: readonly SessionChannel[]
  readonly doors: readonly Door[]
  readonly dangerAtLeast: '' | '1' | '2' | '3' | '4' | '5'
  readonly from: string
  readonly to: string
  readonly weekdays: readonly number[]
  readonly after: string | null
  readonly before: string | null
  readonly terminalRegistered: YesNo
  readonly mfaWithinSeconds: number | null
}
export interface StatementForm {
  readonly effect: 'Allow' | 'Deny'
  readonly session: readonly (typeof sessionActions)[number][]
  readonly otherActions: string
  readonly resources: string
  readonly condition: ConditionForm
  readonly unless: ConditionForm
}
export type PolicyForm = readonly StatementForm[]

export const emptyCondition: ConditionForm = {
  sourceIp: '',
  targets: '',
  ports: '',
  persons: [],
  channels: [],
  doors: [],
  dangerAtLeast: '',
  from: '',
  to: '',
  weekdays: [],
  after: null,
  before: null,
  terminalRegistered: '',
  mfaWithinSeconds: null,
}
export const newStatement: StatementForm = {
  effect: 'Deny',
  session: [...sessionActions],
  otherActions: '',
  resources: '*',
  condition: emptyCondition,
  unless: emptyCondition,
}

const words = (text: string): string[] => text.split(/[\s,，、;；]+/).filter((word) => word !== '')
/** Only the digits of a number: what else was typed stays as it is, for the model to refuse. */
const portOf = (word: string): number | string => (/^[1-9]\d{0,4}$/.test(word) ? Number(word) : word)
const chosen = <T>(all: readonly T[], some: readonly T[]): T[] => all.filter((one) => some.includes(one))
const list = <T>(items: readonly T[]): readonly T[] | undefined => (items.length > 0 ? items : undefined)

function conditionOf(form: ConditionForm): Json | undefined {
  const { from, to, after, before, terminalRegistered, mfaWithinSeconds, dangerAtLeast } = form
  const parts = {
    dangerAtLeast: dangerAtLeast === '' ? undefined : Number(dangerAtLeast),
    targets: list(words(form.targets)),
    sourceIp: list(words(form.sourceIp)),
    persons: list(form.persons),
    channels: list(chosen(sessionChannels, form.channels)),
    ports: list(words(form.ports).map(portOf)),
    timeOfDay: from || to ? { from, to } : undefined,
    weekdays: list(chosen(weekdays as readonly number[], form.weekdays)),
    after: after ?? undefined,
    before: before ?? undefined,
    doors: list(chosen(policyDoors, form.doors)),
    terminalRegistered: terminalRegistered === '' ? undefined : terminalRegistered === 'yes',
    mfaWithinSeconds: mfaWithinSeconds ?? undefined,
  }
  const said = Object.entries(parts).flatMap(([key, value]) => (value === undefined ? [] : [[key, value as Json] as const]))
  return said.length > 0 ? Object.fromEntries(said) : undefined
}
/** What the form says, not yet judged. */
export function documentOf(form: PolicyForm): Json {
  const statements = form.map(({ effect, session, otherActions, resources, ...of }) => {
    const condition = conditionOf(of.condition)
    const unless = conditionOf(of.unless)
    return {
      effect,
      actions: [...chosen(sessionActions, session), ...words(otherActions)],
      resources: words(resources),
      ...(condition === undefined ? {} : { condition }),
      ...(unless === undefined ? {} : { unless }),
    }
  })
  return { version: '1', statements }
}

const formOfCondition = (of: Condition = {}): ConditionForm => ({
  sourceIp: (of.sourceIp ?? []).join(' '),
  targets: (of.targets ?? []).join(' '),
  ports: (of.ports ?? []).join(' '),
  persons: of.persons ?? [],
  channels: of.channels ?? [],
  doors: of.doors ?? [],
  dangerAtLeast: of.dangerAtLeast === undefined ? '' : (String(of.dangerAtLeast) as ConditionForm['dangerAtLeast']),
  from: of.timeOfDay?.from ?? '',
  to: of.timeOfDay?.to ?? '',
  weekdays: of.weekdays ?? [],
  after: of.after ?? null,
  before: of.before ?? null,
  terminalRegistered: of.terminalRegistered === undefined ? '' : of.terminalRegistered ? 'yes' : 'no',
  mfaWithinSeconds: of.mfaWithinSeconds ?? null,
})
const isSession = (action: string): action is (typeof sessionActions)[number] =>
  (sessionActions as readonly string[]).includes(action)
/** The fields of a document; undefined where the form could not write the very same one. */
export function formOf(document: PolicyDocument): PolicyForm | undefined {
  const form = document.statements.map(({ effect, actions, resources, condition, unless }) => ({
    effect,
    session: actions.filter(isSession),
    otherActions: actions.filter((action) => !isSession(action)).join(' '),
    resources: resources.join(' '),
    condition: formOfCondition(condition),
    unless: formOfCondition(unless),
  }))
  return canonicalJson(documentOf(form)) === canonicalJson(document as Json) ? form : undefined
}

export interface Judged {
  readonly document?: PolicyDocument
  /** Where it is wrong: `statements.0.condition.ports.1`, or what a reader of JSON stumbled over. */
  readonly wrong: readonly string[]
}
/** By the model of the server. */
export function judgeDocument(value: unknown): Judged {
  const parsed = PolicyDocument.safeParse(value)
  return parsed.success ? { document: parsed.data, wrong: [] } : { wrong: parsed.error.issues.map(({ path }) => path.join('.')) }
}
export function judgeText(text: string): Judged {
  try {
    return judgeDocument(JSON.parse(text))
  } catch (error) {
    return { wrong: [error instanceof Error ? error.message : ''] }
  }
}
