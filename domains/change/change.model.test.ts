import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boundStates,
  type ChangeAction,
  type ChangePeople,
  type ChangeState,
  changeActions,
  changeStates,
  dutyRefusal,
  finalStates,
  type Part,
  runningStates,
  transitions,
} from './change.model.ts'

/** States reachable from a draft when these actions do not exist. */
function reachable(without: readonly ChangeAction[] = []): Set<ChangeState> {
  const seen = new Set<ChangeState>(['draft'])
  for (let grown = true; grown; ) {
    grown = false
    for (const action of changeActions) {
      const { from, to } = transitions[action]
      if (without.includes(action) || seen.has(to) || !(from as readonly ChangeState[]).some((state) => seen.has(state))) continue
      seen.add(to)
      grown = true
    }
  }
  return seen
}

describe('the table of transitions (itsm §2.1)', () => {
  test('every state can be reached, and only closed ones end', () => {
    expect([...changeStates].filter((state) => !reachable().has(state))).toEqual([])
    const left = new Set<ChangeState>(changeActions.flatMap((action) => [...transitions[action].from]))
    expect(changeStates.filter((state) => !left.has(state))).toEqual(
      [...finalStates].sort((a, b) => changeStates.indexOf(a) - changeStates.indexOf(b)),
    )
  })
  test.each([
    'submit',
    'accept',
    'plan',
    'approve',
    'consent',
    'makeReady',
    'begin',
  ] as const)('RL-01 nothing runs on a way without %s', (action) => {
    // An amendment begins in a pause of what runs, which the table alone cannot say: its way back is left out.
    // A published model stands in for these three together; a test of its own holds how (template.test.ts).
    const stoodInFor = ['assess', 'passTest', 'approve'].includes(action) ? (['admitStandard'] as const) : []
    const without = reachable([action, 'dropAmendment', ...stoodInFor])
    expect(runningStates.filter((state) => without.has(state))).toEqual([])
  })
  test.each([
    'assess',
    'passTest',
  ] as const)('RL-05 only the urgent path and a published model begin without %s (itsm §2.3-A)', (action) => {
    const without = reachable([action, 'finishUrgent', 'admitStandard'])
    expect(runningStates.filter((state) => without.has(state))).toEqual([])
  })
  test('RL-09 what is half done never expires, is never withdrawn nor rejected while it is amended: its ways lead back to the pause', () => {
    expect(transitions.dropAmendment).toMatchObject({ from: ['amending', ...transitions.editAmendment.from], to: 'paused' })
  })
  test('RL-07 an edit leads from every state in which approvals may exist back to planning', () => {
    for (const state of boundStates) expect(transitions.editPlan.from, state).toContain(state)
    expect(transitions.editPlan.to).toBe('planning')
  })
  test('RL-09 a pause is left only by rolling back, by amending, by giving up, or by the resume that goes where it came from', () => {
    const ways = changeActions.filter((action) => (transitions[action].from as readonly ChangeState[]).includes('paused'))
    expect(ways.sort()).toEqual(['abandon', 'amend', 'rollBack'])
  })
  test('RL-08 a later batch runs only through a soak that the reviewer has ended', () => {
    const into = changeActions.filter((action) => transitions[action].to === 'rolling')
    // An amended plan comes back to a batch that was released so; the database asks that all before it are done.
    expect(into.sort()).toEqual(['nextBatch', 'rejoin', 'roll'])
    for (const action of into) expect(transitions[action].by).toEqual([action === 'rejoin' ? 'system' : 'reviewer'])
  })
})

const ids = ['a', 'b', 'c', 'd', 'e'] as const
const people: fc.Arbitrary<ChangePeople> = fc.record({
  requesterId: fc.constantFrom(...ids),
  managerId: fc.option(fc.constantFrom(...ids), { nil: null }),
  assessorId: fc.option(fc.constantFrom(...ids), { nil: null }),
  testerId: fc.option(fc.constantFrom(...ids), { nil: null }),
  executorId: fc.option(fc.constantFrom(...ids), { nil: null }),
  reviewerId: fc.option(fc.constantFrom(...ids), { nil: null }),
  approverIds: fc.subarray([...ids]),
})
describe('separation of duties on one change (RL-06, RL-23)', () => {
  const admitted = (of: ChangePeople, part: Part, person: string): boolean => dutyRefusal(of, part, person) === undefined
  test('nobody decides what they asked for, carry out, review or tested', () => {
    fc.assert(
      fc.property(people, fc.constantFrom(...ids), (of, person) => {
        for (const part of ['approver', 'consenter'] as const)
          if (admitted(of, part, person))
            expect([of.requesterId, of.executorId, of.reviewerId, of.testerId]).not.toContain(person)
      }),
    )
  })
  test('executor, reviewer, change manager and approvers are different persons, in whatever order they come', () => {
    fc.assert(
      fc.property(people, fc.constantFrom(...ids), (of, person) => {
        if (admitted(of, 'executor', person)) expect([of.reviewerId, of.managerId, ...of.approverIds]).not.toContain(person)
        if (admitted(of, 'reviewer', person))
          expect([of.executorId, of.requesterId, of.managerId, ...of.approverIds]).not.toContain(person)
        if (admitted(of, 'manager', person)) expect([of.requesterId, of.executorId, of.reviewerId]).not.toContain(person)
        if (admitted(of, 'assessor', person) || admitted(of, 'tester', person)) {
          if (admitted(of, 'assessor', person)) expect(person).not.toBe(of.requesterId)
          if (admitted(of, 'tester', person)) expect(person).not.toBe(of.requesterId)
        }
        if (admitted(of, 'l2-or-cre', person)) expect([of.executorId, of.reviewerId]).not.toContain(person)
      }),
    )
  })
})
