import { holidaysOf } from '@huabiao/kit/calendar/calendar'
import { publishedHolidays } from '@huabiao/kit/calendar/published-holidays'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entryIds } from './violation.model.ts'
import {
  type Asker,
  afterMove,
  answerRefusal,
  appealRefusal,
  type CaseFacts,
  canMove,
  decideRefusal,
  dueIn,
  reviewRefusal,
  type Seats,
  type ViolationAct,
  violationActs,
  violationStates,
} from './violation-life.model.ts'

const people = ['zhao', 'wei', 'yang', 'zhang', 'lin', 'qiao'] as const
const units = ['a', 'b', 'bureau'] as const
/** Mostly yes, so that stories get somewhere. */
const likely = fc.integer({ min: 0, max: 3 }).map((n) => n > 0)
const asker = fc.record<Asker>({
  personId: fc.constantFrom(...people),
  tenantId: fc.constantFrom(...units),
  manages: likely,
  decides: likely,
})
const seats = fc.record<Seats>({
  supervisors: fc.subarray([...people]),
  deciders: fc.subarray([...people]),
})
type Said = { act: ViolationAct; by: string; heard: boolean }
type Story = { case: CaseFacts; said: Said[] }
const rules: Partial<Record<ViolationAct, typeof answerRefusal>> = {
  answer: answerRefusal,
  confirm: decideRefusal,
  dismiss: decideRefusal,
  appeal: appealRefusal,
  uphold: reviewRefusal,
  overturn: reviewRefusal,
}
const spokenBy: Partial<Record<ViolationAct, 'answeredBy' | 'decidedBy' | 'appealedBy'>> = {
  answer: 'answeredBy',
  confirm: 'decidedBy',
  dismiss: 'decidedBy',
  appeal: 'appealedBy',
}
/** Anybody tries anything, in any order, while time passes: only what the rules let through happens. */
const story = fc
  .tuple(
    fc.option(fc.constantFrom(...people), { nil: null }),
    seats,
    fc.array(fc.tuple(fc.constantFrom(...violationActs), asker, fc.boolean()), { minLength: 10, maxLength: 60 }),
  )
  .map(([personId, seat, tries]): Story => {
    let now: CaseFacts = {
      state: 'raised',
      tenantId: 'a',
      personId,
      answeredBy: null,
      decidedBy: null,
      appealedBy: null,
      answerOverdue: false,
      decideOverdue: false,
    }
    const said: Said[] = []
    for (const [act, who, late] of tries) {
      if (late && now.state === 'raised') now = { ...now, answerOverdue: true }
      if (late && (now.state === 'raised' || now.state === 'answered')) now = { ...now, decideOverdue: true }
      const rule = rules[act]
      // Lapsing is time's own act: nobody does it.
      const no = rule ? rule(now, who, seat) : canMove(now.state, act) && late ? undefined : 'violation.wrong_state'
      if (no) continue
      said.push({ act, by: rule ? who.personId : 'time', heard: now.answeredBy !== null || now.answerOverdue })
      const by = spokenBy[act]
      now = { ...now, state: afterMove(act), ...(by ? { [by]: who.personId } : {}) }
    }
    return { case: now, said }
  })
const decisions: readonly ViolationAct[] = ['confirm', 'dismiss', 'uphold', 'overturn']

describe('whatever is tried', () => {
  test('nobody decides on their own case, after having spoken in it, or twice', () => {
    fc.assert(
      fc.property(story, ({ case: of, said }) => {
        const deciders = said.filter(({ act }) => decisions.includes(act)).map(({ by }) => by)
        const answered = said.filter(({ act }) => act === 'answer').map(({ by }) => by)
        const appealed = said.filter(({ act }) => act === 'appeal').map(({ by }) => by)
        expect(deciders).not.toContain(of.personId)
        expect(deciders.filter((by) => answered.includes(by))).toEqual([])
        expect(new Set(deciders).size).toBe(deciders.length)
        const reviewers = said.filter(({ act }) => act === 'uphold' || act === 'overturn').map(({ by }) => by)
        expect(reviewers.filter((by) => appealed.includes(by))).toEqual([])
      }),
      { numRuns: 3_000 },
    )
  })

  test('no case is closed without a decision, and none is decided before the person was heard or had their time', () => {
    fc.assert(
      fc.property(story, ({ case: of, said }) => {
        const first = said.findIndex(({ act }) => act === 'confirm' || act === 'dismiss')
        if (of.state === 'closed' || of.state === 'confirmed' || of.state === 'appealed') expect(first).toBeGreaterThanOrEqual(0)
        if (first >= 0) expect(said[first]!.heard).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })

  test('there is one appeal at most, and it is against a confirmation', () => {
    fc.assert(
      fc.property(story, ({ said }) => {
        const acts = said.map(({ act }) => act)
        expect(acts.filter((act) => act === 'appeal').length).toBeLessThanOrEqual(1)
        if (acts.includes('appeal')) expect(acts.indexOf('confirm')).toBeLessThan(acts.indexOf('appeal'))
        if (acts.includes('appeal')) expect(acts).toContain('confirm')
        if (acts.includes('uphold') || acts.includes('overturn')) expect(acts).toContain('appeal')
      }),
    )
  })

  test('the story comes to all its ends, or the properties above would say nothing', () => {
    const ends = new Set<string>()
    fc.assert(
      fc.property(story, ({ case: of, said }) => {
        ends.add(of.state)
        for (const { act } of said) ends.add(act)
      }),
      { numRuns: 5_000 },
    )
    expect([...ends].sort()).toEqual([...new Set([...violationStates, ...violationActs])].sort())
  })
})

const raised: CaseFacts = {
  state: 'raised',
  tenantId: 'a',
  personId: 'zhao',
  answeredBy: null,
  decidedBy: null,
  appealedBy: null,
  answerOverdue: false,
  decideOverdue: false,
}
const unit: Seats = { supervisors: ['wei'], deciders: ['yang'] }
const as = (personId: string, more: Partial<Asker> = {}): Asker => ({
  personId,
  tenantId: 'a',
  manages: false,
  decides: false,
  ...more,
})
const yang = as('yang', { decides: true })
const lin = as('lin', { tenantId: 'bureau', manages: true, decides: true })

describe('who', () => {
  test('answers: the person, or a supervisor of that unit; nobody else', () => {
    expect(answerRefusal(raised, as('zhao'), unit)).toBeUndefined()
    expect(answerRefusal(raised, as('wei'), unit)).toBeUndefined()
    expect(answerRefusal(raised, as('wei', { tenantId: 'b' }), unit)).toBe('violation.not_concerned')
    expect(answerRefusal(raised, yang, unit)).toBe('violation.not_concerned')
  })
  test('decides: the unit first, the management unit where nobody there is free, or when it is overdue', () => {
    const answered: CaseFacts = { ...raised, state: 'answered', answeredBy: 'zhao' }
    expect(decideRefusal(raised, yang, unit)).toBe('violation.answer_awaited')
    expect(decideRefusal({ ...raised, answerOverdue: true }, yang, unit)).toBeUndefined()
    expect(decideRefusal(answered, yang, unit)).toBeUndefined()
    expect(decideRefusal(answered, as('zhang', { tenantId: 'b', decides: true }), unit)).toBe('violation.not_decider')
    expect(decideRefusal(answered, lin, unit)).toBe('violation.unit_decides')
    expect(decideRefusal({ ...answered, decideOverdue: true }, lin, unit)).toBeUndefined()
    const ofYang: CaseFacts = { ...answered, personId: 'yang', answeredBy: 'yang' }
    expect(decideRefusal(ofYang, yang, unit)).toBe('violation.own_case')
    expect(decideRefusal(ofYang, lin, unit)).toBeUndefined()
  })
  test('reviews: somebody else than who decided', () => {
    const appealed: CaseFacts = { ...raised, state: 'appealed', answeredBy: 'zhao', decidedBy: 'yang', appealedBy: 'zhao' }
    expect(reviewRefusal(appealed, yang, unit)).toBe('violation.decided_it')
    expect(reviewRefusal(appealed, lin, unit)).toBeUndefined()
    const second: Seats = { ...unit, deciders: ['yang', 'zhang'] }
    expect(reviewRefusal(appealed, as('zhang', { decides: true }), second)).toBeUndefined()
  })
})

test('every open state of every entry waits for something, until a time after its beginning', () => {
  const holidays = holidaysOf(publishedHolidays)
  fc.assert(
    fc.property(
      fc.constantFrom(...violationStates),
      fc.constantFrom(...entryIds),
      fc.boolean(),
      fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true }),
      (state, entry, answerOverdue, since) => {
        const due = dueIn({ state, entry, answerOverdue }, since, holidays)
        if (state === 'closed') expect(due).toBeUndefined()
        else expect(due!.dueAt.getTime()).toBeGreaterThan(since.getTime())
        if (state === 'raised') expect(due!.name).toBe(answerOverdue ? 'decide' : 'answer')
      },
    ),
  )
})
