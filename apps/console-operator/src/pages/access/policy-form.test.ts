import { type PolicyDocument, Statement, sessionActions, sessionChannels } from '@huabiao/domains/access/access-policy.model'
import { canonicalJson, type Json } from '@huabiao/kit/canonical/canonical'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type ConditionForm,
  documentOf,
  formOf,
  judgeDocument,
  judgeText,
  newStatement,
  type PolicyForm,
  policyDoors,
  weekdays,
} from './policy-form.ts'

const text = (word: fc.Arbitrary<string>, minLength = 0) =>
  fc.array(word, { minLength, maxLength: 4 }).map((all) => all.join(' '))
const byte = fc.integer({ min: 0, max: 255 })
const network = fc.tuple(byte, byte, fc.integer({ min: 0, max: 32 })).map(([a, b, size]) => `10.${a}.${b}.0/${size}`)
const hour = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
const clock = hour.map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'))
const moment = fc.option(fc.constantFrom('2026-12-01T00:00:00.000Z', '2027-01-01T08:30:00.000Z'))
const condition: fc.Arbitrary<ConditionForm> = fc
  .record({
    sourceIp: text(fc.oneof(network, fc.constant('fd00::/8'))),
    targets: text(fc.constantFrom('portal-*', '*', 'archive-db-01')),
    ports: text(fc.integer({ min: 1, max: 65_535 }).map(String)),
    persons: fc.array(fc.uuid({ version: 7 }), { maxLength: 3 }),
    channels: fc.subarray([...sessionChannels]),
    doors: fc.subarray([...policyDoors]),
    dangerAtLeast: fc.constantFrom('' as const, '1' as const, '3' as const, '5' as const),
    span: fc.option(fc.tuple(clock, clock), { nil: ['', ''] as [string, string] }),
    weekdays: fc.subarray([...weekdays] as number[]),
    after: moment,
    before: moment,
    terminalRegistered: fc.constantFrom('' as const, 'yes' as const, 'no' as const),
    mfaWithinSeconds: fc.option(fc.integer({ min: 1, max: 86_400 })),
  })
  .map(({ span: [from, to], ...rest }) => ({ ...rest, from, to }))
const actionWord = fc.constantFrom('change:execute', 'session:*', 'ledger:read')
const form: fc.Arbitrary<PolicyForm> = fc.array(
  fc.record({
    effect: fc.constantFrom('Allow' as const, 'Deny' as const),
    session: fc.subarray([...sessionActions], { minLength: 1 }),
    otherActions: text(actionWord),
    resources: text(fc.constantFrom('*', 'target/portal-web-01'), 1),
    condition,
    unless: condition,
  }),
  { minLength: 1, maxLength: 4 },
)

test('what the form writes is a document of the model, and comes back as the same form', () => {
  fc.assert(
    fc.property(form, (of) => {
      const { document, wrong } = judgeDocument(documentOf(of))
      expect(wrong).toEqual([])
      expect(formOf(document!)).toEqual(of)
    }),
  )
})

/** Any document at all: orders, doubles and empty parts that the form does not write among them. */
const anyPart = fc.record(
  {
    sourceIp: fc.array(network, { minLength: 1, maxLength: 3 }),
    ports: fc.array(fc.constantFrom(22, 2222), { minLength: 1, maxLength: 3 }),
    channels: fc.array(fc.constantFrom(...sessionChannels), { minLength: 1, maxLength: 3 }),
    doors: fc.array(fc.constantFrom(...policyDoors), { minLength: 1, maxLength: 3 }),
    weekdays: fc.array(fc.constantFrom(...weekdays), { minLength: 1, maxLength: 3 }),
    timeOfDay: fc.record({ from: clock, to: clock }),
    before: fc.constantFrom('2026-12-01T00:00:00Z', '2026-12-01T08:00:00+08:00'),
    terminalRegistered: fc.boolean(),
    dangerAtLeast: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: [] },
)
const anyStatement = fc.record(
  {
    effect: fc.constantFrom('Allow', 'Deny'),
    actions: fc.array(fc.oneof(actionWord, fc.constantFrom(...sessionActions)), { minLength: 1, maxLength: 3 }),
    resources: fc.array(fc.constantFrom('*', 'change/*'), { minLength: 1, maxLength: 2 }),
    condition: anyPart,
    unless: anyPart,
  },
  { requiredKeys: ['effect', 'actions', 'resources'] },
)
test('a document is taken by the form whole and unchanged, or not at all', () => {
  fc.assert(
    fc.property(fc.array(anyStatement, { minLength: 1, maxLength: 3 }), (statements) => {
      const { document } = judgeDocument({ version: '1', statements })
      const taken = document && formOf(document)
      if (taken) expect(canonicalJson(documentOf(taken))).toBe(canonicalJson(document as Json))
    }),
  )
})

const document = (over: Partial<Statement>): PolicyDocument => ({
  version: '1',
  statements: [{ effect: 'Deny', actions: ['session:step'], resources: ['*'], ...over }],
})
test.each<[string, Partial<Statement>]>([
  ['an empty exception, which lets everything through', { unless: {} }],
  ['an empty condition', { condition: {} }],
  ['another order of days', { condition: { weekdays: [5, 1] } }],
  ['a day said twice', { condition: { weekdays: [1, 1] } }],
  ['another order of acts', { actions: ['session:step', 'session:open'] }],
])('%s stays JSON', (_what, over) => {
  expect(Statement.safeParse(document(over).statements[0]).success).toBe(true)
  expect(formOf(document(over))).toBeUndefined()
})

test('what is typed wrong is told by its place, never dropped', () => {
  const wrong = (over: Partial<ConditionForm>) =>
    judgeDocument(documentOf([{ ...newStatement, condition: { ...newStatement.condition, ...over } }])).wrong
  expect(wrong({ ports: '22 ssh' })).toEqual(['statements.0.condition.ports.1'])
  expect(wrong({ sourceIp: '10.1.0.0/16, 10.2.0.0' })).toEqual(['statements.0.condition.sourceIp.1'])
  expect(wrong({ from: '22:00' })).toEqual(['statements.0.condition.timeOfDay.to'])
  expect(judgeText('{').wrong).toHaveLength(1)
})
