import fc from 'fast-check'
import { expect, test } from 'vitest'
import { authorityHolds, standingOf, standingRules, templateActRefusal, templateStates } from './template-standing.model.ts'

const now = new Date('2026-11-29T12:00:00Z')
const daysAgo = (count: number): Date => new Date(now.getTime() - count * 86_400_000)
const published = {
  state: 'published' as const,
  reviewedAt: daysAgo(10),
  publishedAt: daysAgo(9),
  uses: 0,
  failures: 0,
  lastFailedAt: null,
}

test('a model that was just published and never used is in good standing', () => {
  expect(standingOf(published, now)).toMatchObject({ good: true, reasons: [] })
})

test.each([
  ['a review of 180 days', { reviewedAt: daysAgo(180), publishedAt: daysAgo(179) }, []],
  ['a review of more', { reviewedAt: daysAgo(180.001), publishedAt: daysAgo(179) }, ['review_overdue']],
  ['no review at all', { reviewedAt: null }, ['review_overdue']],
  [
    'one failure after the publication',
    { uses: 50, failures: 1, lastFailedAt: daysAgo(5) },
    ['failed_since_publication', 'failed_recently'],
  ],
  ['one failure, old, and published since', { uses: 50, failures: 1, lastFailedAt: daysAgo(31) }, []],
  [
    'one failure, published since, not yet quiet for thirty days',
    { uses: 50, failures: 1, lastFailedAt: daysAgo(29.9) },
    ['failed_recently'],
  ],
  ['two of fifty', { uses: 50, failures: 2, lastFailedAt: daysAgo(40) }, ['success_rate_low']],
  ['one of few', { uses: 49, failures: 1, lastFailedAt: daysAgo(40) }, ['success_rate_low']],
  ['retired', { state: 'retired' as const }, ['retired']],
  ['superseded', { state: 'superseded' as const }, ['superseded']],
  ['never published', { state: 'reviewing' as const, publishedAt: null }, ['not_published']],
])('%s', (_what, patch, reasons) => {
  const standing = standingOf({ ...published, ...patch }, now)
  expect(standing.reasons).toEqual(reasons)
  expect(standing.good).toBe(reasons.length === 0)
})

const day = fc.double({ min: 0, max: 400, noNaN: true })
const facts = fc.record({
  state: fc.constantFrom(...templateStates),
  reviewedAt: fc.option(day.map(daysAgo), { nil: null }),
  publishedAt: fc.option(day.map(daysAgo), { nil: null }),
  uses: fc.integer({ min: 0, max: standingRules.window }),
  failures: fc.integer({ min: 0, max: standingRules.window }),
  lastFailedAt: fc.option(day.map(daysAgo), { nil: null }),
})
test('good standing is every rule at once, and each that does not hold is named', () => {
  fc.assert(
    fc.property(facts, (of) => {
      const { good } = standingOf(of, now)
      const age = (at: Date | null): number =>
        at === null ? Number.POSITIVE_INFINITY : (now.getTime() - at.getTime()) / 86_400_000
      expect(good).toBe(
        of.state === 'published' &&
          of.publishedAt !== null &&
          age(of.reviewedAt) <= 180 &&
          age(of.lastFailedAt) >= 30 &&
          !(of.lastFailedAt && of.lastFailedAt >= of.publishedAt) &&
          (of.uses === 0 || (of.uses - of.failures) / of.uses >= 0.98),
      )
    }),
  )
})

test('before execution a plan that differs, limits that are passed or a lost standing end the word; afterwards only the plan', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean(), (equal, withinLimits, good, begun) => {
      const holds = authorityHolds({ equal, withinLimits, good, begun })
      if (!equal) expect(holds).toBe(false)
      if (!begun && !(good && withinLimits)) expect(holds).toBe(false)
      if (equal && begun) expect(holds).toBe(true)
    }),
  )
})

test('nobody tests what they wrote; only the author edits a draft; one version is open at a time', () => {
  const draft = { state: 'draft' as const, authorId: 'a' }
  const testing = { state: 'testing' as const, authorId: 'a' }
  expect([
    templateActRefusal('save', draft, 'a'),
    templateActRefusal('save', draft, 'b'),
    templateActRefusal('save', testing, 'a'),
  ]).toEqual([undefined, 'template.not_author', 'template.wrong_state'])
  expect([
    templateActRefusal('test', testing, 'b'),
    templateActRefusal('test', testing, 'a'),
    templateActRefusal('test', draft, 'b'),
  ]).toEqual([undefined, 'template.own_template', 'template.wrong_state'])
  expect(templateActRefusal('revise', testing, 'b')).toBe('template.open_version')
  expect(templateActRefusal('revise', { state: 'published', authorId: 'a' }, 'b')).toBeUndefined()
})
