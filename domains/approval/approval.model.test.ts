import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Approval,
  type ApprovalAssignment,
  type ApprovalDecision,
  decisionRefusal,
  deputiesOf,
  eligibleIds,
  isComplete,
  openingRefusal,
  reassignRefusal,
  stageStates,
} from './approval.model.ts'

const stages = [
  { key: 'l2', duty: 'L2', quorum: 1, candidateIds: ['a', 'b', 'c'] },
  { key: 'cab', duty: 'CAB', quorum: 2, candidateIds: ['b', 'c', 'd', 'e'] },
  { key: 'chm', duty: 'CHM', quorum: 1, candidateIds: ['e', 'f'] },
]
const fresh: Approval = { hash: 'h', stages, excludedIds: ['r'], decisions: [], voided: false }
const decide = (approval: Approval, decision: ApprovalDecision): Approval => ({
  ...approval,
  decisions: [...approval.decisions, decision],
})

describe('approval', () => {
  test('RL-01 property: no sequence of admitted decisions completes with fewer distinct persons than the quorums ask, or with an excluded one', () => {
    const people = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'r')
    const verdict = fc.constantFrom<ApprovalDecision['verdict']>('approve', 'approve', 'approve', 'reject')
    fc.assert(
      fc.property(fc.array(fc.tuple(people, verdict, fc.constantFrom('h', 'h', 'h', 'other')), { maxLength: 20 }), (attempts) => {
        let approval = fresh
        for (const [personId, v, hash] of attempts) {
          if (decisionRefusal(approval, personId, hash)) continue
          const open = stages[stageStates(approval).indexOf('open')]!
          approval = decide(approval, { stage: open.key, personId, verdict: v, hash })
        }
        if (!isComplete(approval, 'h')) return
        const approvers = approval.decisions.filter((d) => d.verdict === 'approve').map((d) => d.personId)
        expect(new Set(approvers).size).toBe(4)
        expect(approvers).not.toContain('r')
        expect(approval.decisions.every((d) => d.hash === 'h')).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
  test('one rejection ends it, and a later approval does not heal it (glpi#24399)', () => {
    let approval = decide(fresh, { stage: 'l2', personId: 'a', verdict: 'reject', hash: 'h' })
    expect(stageStates(approval)).toEqual(['rejected', 'waiting', 'waiting'])
    approval = decide(approval, { stage: 'l2', personId: 'b', verdict: 'approve', hash: 'h' })
    expect(isComplete(approval, 'h')).toBe(false)
  })
  test('NT-B07 a decision on another hash counts for nothing', () => {
    expect(decisionRefusal(fresh, 'a', 'other')).toBe('approval.hash_mismatch')
    expect(stageStates(decide(fresh, { stage: 'l2', personId: 'a', verdict: 'approve', hash: 'other' }))[0]).toBe('open')
  })
  test('NT-B06 the requester, a person twice and a stranger are refused', () => {
    expect(decisionRefusal(fresh, 'r', 'h')).toBe('approval.own_item')
    const once = decide(fresh, { stage: 'l2', personId: 'b', verdict: 'approve', hash: 'h' })
    expect(decisionRefusal(once, 'b', 'h')).toBe('approval.already_decided')
    expect(decisionRefusal(once, 'z', 'h')).toBe('approval.not_candidate')
  })
  test('an empty candidate list, an excluded one, no stage, or too few persons for all stages cannot be opened', () => {
    expect(openingRefusal([], [])).toBe('approval.no_stage')
    expect(openingRefusal([{ key: 'x', duty: 'CHM', quorum: 1, candidateIds: [] }], [])).toBe('approval.no_candidate')
    expect(openingRefusal([{ key: 'x', duty: 'CHM', quorum: 1, candidateIds: ['r'] }], ['r'])).toBe('approval.no_candidate')
    const same = { duty: 'CHM', quorum: 1, candidateIds: ['a'] }
    expect(
      openingRefusal(
        [
          { key: 'x', ...same },
          { key: 'y', ...same },
        ],
        [],
      ),
    ).toBe('approval.no_candidate')
    expect(openingRefusal(stages, ['r'])).toBeUndefined()
  })
  test('an approval without stages or with a voided mark is never complete', () => {
    expect(isComplete({ ...fresh, stages: [] }, 'h')).toBe(false)
    expect(isComplete({ ...fresh, voided: true }, 'h')).toBe(false)
  })
})

describe('seats that change hands', () => {
  const held = stages.map((stage) => ({ ...stage, role: 'APV' }))
  const open: Approval = { ...fresh, stages: held }
  const holders = ['a', 'b', 'c', 'd', 'e', 'f', 'x', 'y', 'r']
  const by = { stage: 'l2', fromId: 'a', byId: 'admin' }
  test('whoever takes the seat holds the role, has no part in it, no seat at this stage and no decision; and nobody seats themselves', () => {
    expect(reassignRefusal(open, { ...by, toId: 'x' }, holders)).toBeUndefined()
    expect(reassignRefusal(open, { ...by, toId: 'z' }, holders)).toBe('approval.role_missing')
    expect(reassignRefusal(fresh, { ...by, toId: 'x' }, holders), 'a stage without a role').toBe('approval.role_missing')
    expect(reassignRefusal(open, { ...by, toId: 'r' }, holders), 'S2').toBe('approval.own_item')
    expect(reassignRefusal(open, { ...by, toId: 'x', byId: 'r' }, holders), 'the requester never reassigns').toBe(
      'approval.own_item',
    )
    expect(reassignRefusal(open, { ...by, toId: 'b' }, holders)).toBe('approval.already_candidate')
    expect(reassignRefusal(open, { ...by, toId: 'x', byId: 'x' }, holders)).toBe('approval.own_seat')
    expect(reassignRefusal(open, { ...by, fromId: 'y', toId: 'x' }, holders)).toBe('approval.not_candidate')
    const decided = decide(open, { stage: 'l2', personId: 'b', verdict: 'approve', hash: 'h' })
    expect(reassignRefusal(decided, { ...by, toId: 'x' }, holders), 'the stage is over').toBe('approval.not_open')
    expect(reassignRefusal(decided, { stage: 'cab', fromId: 'b', toId: 'x', byId: 'admin' }, holders)).toBe(
      'approval.already_decided',
    )
    expect(reassignRefusal({ ...open, voided: true }, { ...by, toId: 'x' }, holders)).toBe('approval.voided')
  })
  test('a handover that would leave a later stage without enough persons is refused', () => {
    const two = [
      { key: 'one', duty: 'L2', quorum: 1, candidateIds: ['a'], role: 'APV' },
      { key: 'two', duty: 'CHM', quorum: 1, candidateIds: ['b'], role: 'APV' },
    ]
    const of = { stage: 'one', fromId: 'a', toId: 'b', byId: 'admin' }
    expect(reassignRefusal({ ...fresh, stages: two }, of, holders)).toBe('approval.no_candidate')
  })
  test('after a reassignment the one decides and the other no longer; with a deputy both may', () => {
    const given: Approval = { ...open, assignments: [{ stage: 'l2', kind: 'reassigned', fromId: 'a', toId: 'x' }] }
    expect([decisionRefusal(given, 'a', 'h'), decisionRefusal(given, 'x', 'h')]).toEqual(['approval.not_candidate', undefined])
    const back = [...given.assignments!, { stage: 'l2', kind: 'reassigned' as const, fromId: 'x', toId: 'a' }]
    expect([...eligibleIds({ ...given, assignments: back }, held[0]!)].sort()).toEqual(['a', 'b', 'c'])
    const joined: Approval = { ...open, assignments: [{ stage: 'l2', kind: 'deputy', fromId: 'a', toId: 'x' }] }
    expect([decisionRefusal(joined, 'a', 'h'), decisionRefusal(joined, 'x', 'h')]).toEqual([undefined, undefined])
    expect(decisionRefusal({ ...joined, stages: [held[1]!] }, 'x', 'h'), 'at that stage only').toBe('approval.not_candidate')
  })
  test('deputies: registered before the opening, same role, once, and none of their own', () => {
    const at = { ...open, openedAt: new Date(10_000) }
    const one = { personId: 'a', deputyId: 'x', role: 'APV', registeredAt: new Date(5_000) }
    expect(deputiesOf(at, 'l2', [one, { ...one, personId: 'b' }], holders)).toEqual([
      { stage: 'l2', kind: 'deputy', fromId: 'b', toId: 'x' },
    ])
    expect(deputiesOf(at, 'l2', [{ ...one, registeredAt: new Date(10_000) }], holders), 'not beforehand').toEqual([])
    expect(deputiesOf(at, 'l2', [{ ...one, role: 'CRE' }], holders)).toEqual([])
    expect(deputiesOf(at, 'l2', [{ ...one, deputyId: 'z' }], holders), 'lost the role').toEqual([])
    expect(deputiesOf(at, 'l2', [{ ...one, deputyId: 'r' }], holders), 'S2: not through delegation').toEqual([])
    expect(deputiesOf(at, 'l2', [{ ...one, personId: 'y' }], holders), 'of nobody here').toEqual([])
    const joined = { ...at, assignments: [{ stage: 'l2', kind: 'deputy' as const, fromId: 'a', toId: 'x' }] }
    expect(deputiesOf(joined, 'l2', [{ ...one, personId: 'x', deputyId: 'y' }], holders), 'depth one').toEqual([])
  })
  test('RL-01 property: with seats changing hands at any time, completion still takes the quorums in distinct persons, none excluded', () => {
    const person = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'r', 'x', 'y')
    const event = fc.oneof(
      fc.record({ kind: fc.constant('decide' as const), who: person }),
      fc.record({
        kind: fc.constant('give' as const),
        from: person,
        to: person,
        by: person,
        at: fc.constantFrom('l2', 'cab', 'chm'),
      }),
      fc.record({ kind: fc.constant('deputy' as const), from: person, to: person, at: fc.constantFrom('l2', 'cab', 'chm') }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let approval: Approval & { openedAt: Date } = { ...open, openedAt: new Date(10) }
        const seat = (one: ApprovalAssignment): void => {
          approval = { ...approval, assignments: [...(approval.assignments ?? []), one] }
        }
        for (const one of events) {
          if (one.kind === 'decide') {
            if (decisionRefusal(approval, one.who, 'h')) continue
            const stage = held[stageStates(approval).indexOf('open')]!
            approval = {
              ...approval,
              ...decide(approval, { stage: stage.key, personId: one.who, verdict: 'approve', hash: 'h' }),
            }
          } else if (one.kind === 'give') {
            const of = { stage: one.at, fromId: one.from, toId: one.to, byId: one.by }
            if (!reassignRefusal(approval, of, holders))
              seat({ stage: one.at, kind: 'reassigned', fromId: one.from, toId: one.to })
          } else {
            const registered = [{ personId: one.from, deputyId: one.to, role: 'APV', registeredAt: new Date(0) }]
            for (const joined of deputiesOf(approval, one.at, registered, holders)) seat(joined)
          }
          // What was decided stays decided, whoever sits where afterwards.
          const settled = stageStates(approval).filter((state) => state === 'approved').length
          expect(approval.decisions.length).toBeGreaterThanOrEqual(settled)
        }
        if (!isComplete(approval, 'h')) return
        const approvers = approval.decisions.map((d) => d.personId)
        expect(new Set(approvers).size).toBe(4)
        expect(approvers).not.toContain('r')
      }),
      { numRuns: 1000 },
    )
  })
})
