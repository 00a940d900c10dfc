import { expect, test } from 'vitest'
import { dossierOf, dossierText, normalised, personIdsOf, waitMs } from './dossier.model.ts'

const person = '018f0000-0000-7000-8000-000000000001'
test('moments take the form of the ledger, and what people wrote stays as it is', () => {
  const said = '2026-11-29T23:07:29+00:00'
  expect(normalised({ windowStart: said, tests: [{ at: '2026-11-29T23:07:29.123456+00:00', note: said }] })).toEqual({
    windowStart: '2026-11-29T23:07:29.000Z',
    tests: [{ at: '2026-11-29T23:07:29.123Z', note: said }],
  })
  const plan = { impact: '2026-11-29T23:07:29+00:00' }
  expect(normalised({ plan }), 'a plan is hashed as it was written').toEqual({ plan })
})
test('everybody who is named by id is named by name, and only they', () => {
  const facts = {
    change: { requester: person, id: '018f0000-0000-7000-8000-000000000002', from: 'draft' },
    approvals: [{ excluded: [person] }],
  }
  expect([...personIdsOf(facts)]).toEqual([person])
  expect(dossierOf(facts, new Map([[person, '赵明']])).people).toEqual({ [person]: '赵明' })
})
test('the text is canonical: whatever the order, the same bytes', () => {
  const one = dossierText(dossierOf({ a: 1, b: { d: 2, c: 3 } }, new Map()))
  expect(one).toBe(dossierText(dossierOf({ b: { c: 3, d: 2 }, a: 1 }, new Map())))
})
test('what could not be sealed waits longer after each failure, an hour at most', () => {
  expect([0, 1, 2, 50].map(waitMs)).toEqual([10_000, 20_000, 40_000, 3_600_000])
})
