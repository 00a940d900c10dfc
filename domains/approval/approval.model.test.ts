import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Approval,
  type ApprovalDecision,
  decisionRefusal,
  isComplete,
  openingRefusal,
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
