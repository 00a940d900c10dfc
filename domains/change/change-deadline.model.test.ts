import { holidaysOf, isWorkingDay } from '@huabiao/kit/calendar/calendar'
import { publishedHolidays } from '@huabiao/kit/calendar/published-holidays'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterChange, changeStates, isRunning, risks, transitions, urgencies } from './change.model.ts'
import {
  audienceOf,
  type Deadline,
  type DeadlineFacts,
  deadlineDiff,
  deadlineKey,
  deadlineNames,
  deadlinesOf,
  firingOf,
  firingTo,
  readDeadline,
  stageOpenedAt,
} from './change-deadline.model.ts'

const holidays = holidaysOf(publishedHolidays)
const since = new Date('2026-09-30T17:00:00+08:00')
const base: DeadlineFacts = {
  state: 'draft',
  stateSince: since,
  urgency: 'U3',
  risk: 'R3',
  windowStart: null,
  windowEnd: null,
  stages: [],
  amendmentId: null,
  debts: [],
}
const due = (patch: Partial<DeadlineFacts>): Record<string, string> =>
  Object.fromEntries(
    deadlineDiff([], deadlinesOf({ ...base, ...patch }, holidays)).start.map((one) => [
      one.name,
      new Date(one.dueAt.getTime() + 8 * 3_600_000).toISOString().slice(0, 16),
    ]),
  )

const instant = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-01'), noInvalidDate: true })
const facts: fc.Arbitrary<DeadlineFacts> = fc
  .record({
    state: fc.constantFrom(...changeStates),
    stateSince: instant,
    urgency: fc.constantFrom(...urgencies),
    risk: fc.constantFrom(...risks),
    window: fc.option(fc.tuple(instant, fc.integer({ min: 60_000, max: 7 * 86_400_000 }))),
    stages: fc.uniqueArray(fc.record({ key: fc.constantFrom('l2', 'owner'), openedAt: instant }), {
      selector: (stage) => stage.key,
    }),
    amendmentId: fc.constantFrom(null, 'amendment'),
    debts: fc.uniqueArray(fc.record({ planHash: fc.constantFrom('a'.repeat(64), 'b'.repeat(64)), openedAt: instant }), {
      selector: (debt) => debt.planHash,
    }),
  })
  .map(({ window, ...rest }) => ({
    ...rest,
    windowStart: window?.[0] ?? null,
    windowEnd: window && new Date(window[0].getTime() + window[1]),
  }))

describe('deadlines of a change', () => {
  // The afternoon before the National Day holiday: seven days off, then Thursday, Friday, and a Saturday that is worked.
  test.each<[string, Partial<DeadlineFacts>, Record<string, string>]>([
    ['draft', {}, { draft: '2026-10-30T17:00' }],
    ['accept, U1', { state: 'submitted', urgency: 'U1' }, { accept: '2026-09-30T17:30' }],
    ['accept, U2', { state: 'submitted', urgency: 'U2' }, { accept: '2026-09-30T21:00' }],
    ['accept, U3', { state: 'submitted' }, { accept: '2026-10-08T17:00' }],
    ['plan', { state: 'planning' }, { plan: '2026-10-13T17:00' }],
    ['plan, R1', { state: 'planning', risk: 'R1' }, { plan: '2026-10-20T17:00' }],
    ['assess', { state: 'assessing' }, { assess: '2026-10-08T17:00' }],
    ['a stage', { state: 'approving', stages: [{ key: 'l2', openedAt: since }] }, { 'approve:l2': '2026-10-08T17:00' }],
    [
      'stages side by side, U1',
      {
        state: 'approving',
        urgency: 'U1',
        stages: ['technical-manager', 'change-manager'].map((key) => ({ key, openedAt: since })),
      },
      { 'approve:technical-manager': '2026-09-30T17:30', 'approve:change-manager': '2026-09-30T17:30' },
    ],
    [
      'a stage of an amendment is as urgent, whatever the change',
      { state: 'approving', amendmentId: 'a', stages: [{ key: 'change-manager', openedAt: since }] },
      { 'approve:change-manager': '2026-09-30T17:30' },
    ],
    ['the minimum plan of an amendment', { state: 'amending', amendmentId: 'a' }, { amend: '2026-09-30T17:30' }],
    ['the plan, U1', { state: 'planning', urgency: 'U1' }, { plan: '2026-09-30T17:30' }],
    // Five working days from the eve of the holiday.
    [
      'a test that is owed, whatever the state',
      { state: 'closed', debts: [{ planHash: 'a'.repeat(64), openedAt: since }] },
      { 'debt:aaaaaaaaaaaa': '2026-10-13T17:00' },
    ],
    ['consent', { state: 'consenting' }, { consent: '2026-10-09T17:00' }],
    ['precheck', { state: 'prechecking' }, { precheck: '2026-09-30T17:15' }],
    ['pause', { state: 'paused' }, { decide: '2026-09-30T17:15' }],
    ['items', { state: 'ci_reviewing' }, { items: '2026-09-30T21:00' }],
    ['close', { state: 'reviewing' }, { close: '2026-10-09T17:00' }],
    ['close, R2', { state: 'reviewing', risk: 'R2' }, { close: '2026-10-13T17:00' }],
    ['nothing while it rolls', { state: 'rolling' }, {}],
    ['nothing when it is over', { state: 'closed' }, {}],
  ])('%s', (_, patch, expected) => {
    expect(due(patch)).toEqual(expected)
  })
  test('before the window: three checks, those that had passed left out; from the window on half an hour to begin', () => {
    const windowStart = new Date(since.getTime() + 2 * 3_600_000)
    expect(due({ state: 'scheduled', windowStart })).toEqual({
      'check-1h': '2026-09-30T18:00',
      'check-10min': '2026-09-30T18:50',
    })
    expect(due({ state: 'ready', windowStart })).toMatchObject({ begin: '2026-09-30T19:30' })
    // Ready again in the middle of its window (an amendment): the half hour counts from there.
    expect(due({ state: 'ready', windowStart: new Date(since.getTime() - 3_600_000) })).toEqual({ begin: '2026-09-30T17:30' })
  })
  test('a check that is due is fired, even where the change is made unready in that very second', () => {
    const windowStart = new Date(since.getTime() + 3_600_000)
    const open = deadlineDiff(
      [],
      deadlinesOf({ ...base, state: 'ready', stateSince: new Date(since.getTime() - 1), windowStart }, holidays),
    )
    const after = deadlinesOf({ ...base, state: 'scheduled', stateSince: new Date(since.getTime() + 500), windowStart }, holidays)
    const { cancel } = deadlineDiff(open.start, after)
    expect(open.start.map((one) => one.name)).toEqual(['check-1h', 'check-10min', 'begin'])
    expect(cancel.map((one) => one.name)).toEqual(['begin'])
  })
  test('a stage counts from the decision before it', () => {
    const [opened, decided] = [new Date(1_000), new Date(5_000)]
    expect(stageOpenedAt('l2', opened, [])).toEqual(opened)
    expect(stageOpenedAt('cab', opened, [{ stage: 'l2', at: decided }])).toEqual(decided)
    // A second decision of a quorum moves nothing.
    expect(
      stageOpenedAt('cab', opened, [
        { stage: 'l2', at: decided },
        { stage: 'cab', at: new Date(9_000) },
      ]),
    ).toEqual(decided)
  })
  test('every state that people wait in has one, or stands here with the reason', () => {
    const later = (hours: number): Date => new Date(since.getTime() + hours * 3_600_000)
    const waiting = { windowStart: later(48), windowEnd: later(50), stages: [{ key: 'l2', openedAt: since }] }
    const without = changeStates.filter((state) => deadlinesOf({ ...base, ...waiting, state }, holidays).length === 0)
    expect(without).toEqual([
      'accepted', // row 5: planning begins when its owner begins
      'testing', // row 9: as long as the test takes
      'gray_running', // row 18: each step has its own time limit
      'gray_soaking', // row 19: the soak
      'rolling',
      'closed',
      'returned', // row 4: the author may take it up or leave it
      'rejected',
      'withdrawn',
      'rolling_back', // row 26: each step has its own time limit
      'expired',
    ])
  })

  test('property: what is counted in working days is never due on a day off, and nothing is due before it began', () => {
    fc.assert(
      fc.property(facts, (one) => {
        for (const deadline of deadlineDiff([], deadlinesOf(one, holidays)).start) {
          if (deadline.calendar === 'working-days') expect(isWorkingDay(holidays, deadline.dueAt)).toBe(true)
          expect(deadline.dueAt.getTime()).toBeGreaterThan(deadline.startedAt.getTime())
        }
      }),
    )
  })
  test('property: through any life the open rows are those of the state; leaving it cancels them, and asking again changes nothing', () => {
    fc.assert(
      fc.property(fc.array(facts, { minLength: 1, maxLength: 12 }), (life) => {
        let open: Deadline[] = []
        for (const moment of life) {
          const wanted = deadlinesOf(moment, holidays)
          const { cancel, start } = deadlineDiff(open, wanted)
          open = [...open.filter((one) => !cancel.includes(one)), ...start]
          const keys = (rows: readonly Deadline[]): string[] => rows.map(deadlineKey).sort()
          expect(keys(wanted)).toEqual(expect.arrayContaining(keys(open)))
          expect(keys(open)).toEqual(expect.arrayContaining(keys(wanted.filter((one) => one.dueAt > one.startedAt))))
          expect(deadlineDiff(open, wanted)).toEqual({ cancel: [], start: [] })
        }
      }),
    )
  })
  test('property: no deadline approves, and none executes but a rollback that the plan asks for and that did not itself fail', () => {
    fc.assert(
      fc.property(
        facts,
        fc.boolean(),
        fc.option(fc.constantFrom(...changeStates), { nil: null }),
        (one, autoRollback, pausedFrom) => {
          for (const deadline of deadlinesOf(one, holidays)) {
            const { name } = readDeadline(deadline.name)
            expect(deadlineNames).toContain(name)
            expect(audienceOf[name].parts.length + audienceOf[name].roles.length).toBeGreaterThan(0)
            const firing = firingOf(name, { autoRollback, pausedFrom })
            const to = firing in firingTo ? firingTo[firing as keyof typeof firingTo] : undefined
            if (to === undefined) continue
            // Only steps that the machine may take by itself, from the very state the deadline belongs to.
            const step = Object.values(transitions).find(
              ({ from, to: target, by }) =>
                target === to && (from as readonly string[]).includes(one.state) && (by as readonly string[]).includes('system'),
            )
            expect(step, `${one.state} to ${to}`).toBeDefined()
            expect(to).not.toBe(afterChange('approve'))
            if (isRunning(to)) {
              expect([firing, one.state, autoRollback]).toEqual(['rollBack', 'paused', true])
              expect(pausedFrom).not.toBe('rolling_back')
            }
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
