import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  aggravatesAt,
  catalogue,
  countMax,
  entryIds,
  intents,
  opensAfter,
  type Severity,
  severities,
  severityOf,
  weighsMore,
} from './violation.model.ts'
import { entryPhrases } from './violation-catalogue.phrases.ts'
import { mappedCodes, type Seen, signOf, unmappedCodes } from './violation-sign.model.ts'

const refused = (code: string, rule: string | null = null): Seen => ({
  act: 'access.refused',
  object: 'change/1',
  decision: 'refused',
  code,
  rule,
  personId: 'zhao',
  data: {},
})
const done = (act: string, data: Seen['data'] = {}): Seen => ({
  act,
  object: 'session/1',
  decision: 'done',
  code: null,
  rule: null,
  personId: null,
  data,
})

describe('the ladder', () => {
  test('what happened weighs most, a slip least, and many weigh more than one; nothing goes beyond critical', () => {
    fc.assert(
      fc.property(fc.constantFrom(...entryIds), fc.integer({ min: 1, max: countMax }), (id, count) => {
        const [slip, attempt, attack, fact] = (['slip', 'attempt', 'attack', 'fact'] as const).map((intent) =>
          severityOf(id, intent, count),
        ) as [Severity, Severity, Severity, Severity]
        expect(weighsMore(slip, attempt) || weighsMore(attempt, attack)).toBe(false)
        expect(attack).toBe(fact)
        for (const intent of intents) expect(weighsMore(severityOf(id, intent, 1), severityOf(id, intent, count))).toBe(false)
        expect(severities).toContain(severityOf(id, 'fact', aggravatesAt))
      }),
    )
    expect(severityOf('V-P4', 'slip', 5)).toBe('minor')
    expect(severityOf('V-P4', 'attempt', 2)).toBe('major')
    expect(severityOf('V-P4', 'attempt', aggravatesAt)).toBe('critical')
    expect(severityOf('V-D1', 'fact', 1)).toBe('minor')
  })
  test('one refused button is no case; a grant used twice is one at once', () => {
    expect(opensAfter[signOf(refused('change.outside_window', 'RL-02'))!.intent]).toBeGreaterThan(1)
    expect(opensAfter[signOf(refused('session.mutation_refused', 'RL-15'))!.intent]).toBe(2)
    expect(opensAfter[signOf(refused('session.grant_used', 'RL-07'))!.intent]).toBe(1)
  })
})

describe('signs', () => {
  test('a refusal without a red line is none, nor is one that the platform itself causes', () => {
    expect(signOf(refused('organization.code_taken'))).toBeUndefined()
    for (const code of unmappedCodes) expect(signOf(refused(code, 'RL-18')), code).toBeUndefined()
  })
  test('of a red line that has no code of its own here, the line says which entry', () => {
    expect(signOf(refused('emergency.filing_overdue', 'RL-10'))).toMatchObject({ entry: 'V-P4' })
    expect(signOf(refused('file.no_ticket', 'RL-22'))).toMatchObject({ entry: 'V-D6', intent: 'slip' })
  })
  test('codes that mean more have their entry, and every entry its words in both languages', () => {
    for (const code of mappedCodes) expect(catalogue, code).toHaveProperty(signOf(refused(code))!.entry)
    for (const id of entryIds) for (const text of Object.values(entryPhrases[id])) expect(text).not.toBe('')
  })
  test('a gap is concealment unless nothing was done: a session that its gateway never opened recorded nothing', () => {
    expect(signOf(done('session.gap', { segments: 0, reason: 'disk' }))).toBeUndefined()
    expect(signOf(done('session.gap', { segments: 3, reason: 'killed', bytesLost: 10 }))).toMatchObject({
      entry: 'V-P4',
      intent: 'doubt',
      concerns: 'executor',
    })
    expect(signOf(done('session.gap', { segments: 0, reason: 'gateway-lost' }))).toMatchObject({ entry: 'V-P4' })
  })
  test('of deadlines only those of an undecided pause and of a window that is over', () => {
    expect(signOf(done('change.deadline_missed', { deadline: 'decide' }))).toMatchObject({ entry: 'V-M7' })
    expect(signOf(done('change.deadline_missed', { deadline: 'verify' }))).toMatchObject({ entry: 'V-M5' })
    expect(signOf(done('change.deadline_missed', { deadline: 'accept' }))).toBeUndefined()
  })
  test('what a case itself writes is no sign: nothing feeds on its own records', () => {
    expect(signOf(done('violation.raised'))).toBeUndefined()
    expect(signOf(done('toString'))).toBeUndefined()
    expect(signOf({ ...refused('constructor'), rule: 'valueOf' })).toBeUndefined()
  })
})
