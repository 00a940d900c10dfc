import { roleCodes } from '@huabiao/domains/access/access.model'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { abilitiesOf, csvOf, decideRefusal, dueRefusal, reminderDue, reviewersOf } from './lifecycle-review.model.ts'

const day = 86_400_000
const now = new Date('2026-12-01T00:00:00Z')
const ahead = (days: number): Date => new Date(now.getTime() + days * day)

test('RL-23 nobody is ever their own reviewer, whoever sits where', () => {
  const ids = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 })
  const all = fc.record({ supervisors: ids, owners: ids, security: ids, peers: ids })
  fc.assert(
    fc.property(all, fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...roleCodes), (seats, personId, role) => {
      const found = reviewersOf({ personId, role }, seats)
      expect(found).not.toContain(personId)
      // Nobody is left out while there is anybody.
      const others = [...seats.supervisors, ...seats.owners, ...seats.security, ...seats.peers].some((id) => id !== personId)
      expect(found.length > 0).toBe(others)
    }),
  )
})
test('production roles go to owners, appointed ones to the supervisor, and on where these are the holder alone', () => {
  const seats = { supervisors: ['sup'], owners: ['own'], security: ['sec'], peers: ['peer'] }
  expect(reviewersOf({ personId: 'x', role: 'ENG' }, seats)).toEqual(['own'])
  expect(reviewersOf({ personId: 'x', role: 'CHM' }, seats)).toEqual(['sup'])
  expect(reviewersOf({ personId: 'sup', role: 'APV' }, seats)).toEqual(['own'])
  expect(reviewersOf({ personId: 'x', role: 'GMU' }, { supervisors: [], owners: [], security: [], peers: ['x', 'y'] })).toEqual([
    'y',
  ])
  expect(reviewersOf({ personId: 'x', role: 'SPV' }, { supervisors: [], owners: [], security: [], peers: ['x'] })).toEqual([])
})
test('a word is given once, by a reviewer, in time', () => {
  const of = { personId: 'x', reviewerIds: ['r'], verdict: null }
  const campaign = { closedAt: null, dueAt: ahead(1) }
  expect(decideRefusal(of, campaign, { personId: 'r' }, now)).toBeUndefined()
  expect(decideRefusal(of, campaign, { personId: 'x' }, now)).toBe('lifecycle.own_review')
  expect(decideRefusal(of, campaign, { personId: 'y' }, now)).toBe('lifecycle.not_reviewer')
  expect(decideRefusal({ ...of, verdict: 'keep' }, campaign, { personId: 'r' }, now)).toBe('lifecycle.reviewed')
  expect(decideRefusal(of, campaign, { personId: 'r' }, ahead(1))).toBe('lifecycle.campaign_closed')
  expect(decideRefusal(of, { ...campaign, closedAt: now }, { personId: 'r' }, now)).toBe('lifecycle.campaign_closed')
})
test('reviewers are told at seven, three and one days, each once, and not after the end', () => {
  const at = (days: number, toldDays: number | null) => reminderDue({ dueAt: ahead(days), toldDays }, now)
  expect([at(8, null), at(7, null), at(6.9, 7), at(3, 7), at(2.9, 3), at(1, 3), at(0.5, 1), at(0, null)]).toEqual([
    undefined,
    7,
    undefined,
    3,
    undefined,
    1,
    undefined,
    undefined,
  ])
  // Whoever was away for a week is told once, of the nearest.
  expect(at(0.5, null)).toBe(1)
})
test('a campaign runs a day to a quarter', () => {
  expect(dueRefusal(ahead(0.9), now)).toBe('lifecycle.due_invalid')
  expect(dueRefusal(ahead(1), now)).toBeUndefined()
  expect(dueRefusal(ahead(93), now)).toBe('lifecycle.due_invalid')
})
test('abilities are those of the roles, and administrators neither execute nor approve', () => {
  expect(abilitiesOf('ENG')).toEqual(['execute', 'review'])
  expect(abilitiesOf('PAD')).toEqual(['accounts'])
  expect(abilitiesOf('SEC')).toContain('grant')
  expect(abilitiesOf('NONE')).toEqual([])
})
test('a cell is quoted, and never a formula', () => {
  expect(csvOf([['a', 'say "so", now', '=1+1', '@x', -1]])).toBe(`"a","say ""so"", now","'=1+1","'@x","'-1"\r\n`)
})
