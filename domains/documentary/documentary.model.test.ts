import { holidaysOf } from '@huabiao/kit/calendar/calendar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type DocumentaryAct,
  type DocumentaryFacts,
  type DocumentaryState,
  type DocumentKind,
  documentaryActs,
  documentaryRefusal,
  documentaryStates,
  documentarySteps,
  documentRefusal,
  documentsMost,
  isOfType,
  obligationCall,
  reassessmentsOf,
  requiredDocuments,
} from './documentary.model.ts'

const now = new Date('2026-11-30T08:00:00Z')
const later = (days: number): Date => new Date(now.getTime() + days * 86_400_000)
const drafted: DocumentaryFacts = {
  state: 'drafted',
  class: 7,
  authorId: 'author',
  reviewedBy: null,
  signedBy: null,
  effectiveFrom: later(-1),
  kinds: requiredDocuments[7].before,
  open: 0,
}

test('every state is reached, and only the final ones end', () => {
  const reached = new Set<DocumentaryState>(['drafted', ...documentaryActs.flatMap((act) => [...documentarySteps[act].to])])
  expect([...documentaryStates].filter((state) => !reached.has(state))).toEqual([])
  const left = new Set<DocumentaryState>(
    documentaryActs.filter((act) => documentarySteps[act].to.length > 0).flatMap((act) => [...documentarySteps[act].from]),
  )
  expect(documentaryStates.filter((state) => !left.has(state))).toEqual(['mu_rejected', 'closed'])
})

const people = ['author', 'lawyer', 'signer', 'officer']
/** Takes the act where the rule lets it, and answers the case afterwards. */
function step(facts: DocumentaryFacts, act: DocumentaryAct, who: string, approves: boolean): DocumentaryFacts {
  if (documentaryRefusal(act, facts, who, now)) return facts
  const { to } = documentarySteps[act]
  const state = act === 'decide' ? (approves ? 'mu_approved' : 'mu_rejected') : (to[0] ?? facts.state)
  return { ...facts, state, ...(act === 'review' ? { reviewedBy: who } : {}), ...(act === 'sign' ? { signedBy: who } : {}) }
}
test('RL-40: nothing takes effect that four persons did not bring there, whatever is tried in whatever order', () => {
  const act = fc.record({ act: fc.constantFrom(...documentaryActs), who: fc.constantFrom(...people), approves: fc.boolean() })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), fc.boolean(), (wanted, whole) => {
      let facts: DocumentaryFacts = { ...drafted, kinds: whole ? drafted.kinds : drafted.kinds.slice(1) }
      const done: { act: DocumentaryAct; who: string }[] = []
      for (const one of wanted) {
        const after = step(facts, one.act, one.who, one.approves)
        if (after.state !== facts.state) done.push(one)
        facts = after
      }
      if (!['effective', 'evidence_filed', 'closed'].includes(facts.state)) return
      expect(whole, 'every document was there').toBe(true)
      const by = (of: DocumentaryAct) => done.find((one) => one.act === of)?.who
      expect(new Set(['author', by('review'), by('sign'), by('decide')]).size).toBe(4)
    }),
    { numRuns: 2000 },
  )
})

test('documents lie still from the review on; proof of effect comes afterwards; other kinds never', () => {
  const kinds: DocumentKind[] = []
  expect(documentRefusal('contract', { state: 'drafted', class: 7, kinds })).toBeUndefined()
  expect(documentRefusal('contract', { state: 'legal_reviewed', class: 7, kinds })).toBe('documentary.wrong_state')
  expect(documentRefusal('effect-proof', { state: 'drafted', class: 7, kinds })).toBe('documentary.wrong_state')
  expect(documentRefusal('effect-proof', { state: 'effective', class: 8, kinds })).toBeUndefined()
  expect(documentRefusal('contract', { state: 'drafted', class: 8, kinds })).toBe('documentary.document_unknown')
})
test('documents are bounded, and those that are signed leave room for the proof of effect', () => {
  const kinds: DocumentKind[] = Array.from({ length: documentsMost.before }, () => 'contract')
  expect(documentRefusal('contract', { state: 'drafted', class: 7, kinds: kinds.slice(1) })).toBeUndefined()
  expect(documentRefusal('exit-plan', { state: 'drafted', class: 7, kinds })).toBe('documentary.documents_too_many')
  expect(documentRefusal('effect-proof', { state: 'effective', class: 7, kinds })).toBeUndefined()
  const proofs: DocumentKind[] = Array.from({ length: documentsMost.after }, () => 'effect-proof')
  expect(documentRefusal('effect-proof', { state: 'effective', class: 7, kinds: [...kinds, ...proofs] })).toBe(
    'documentary.documents_too_many',
  )
})

test('effect waits for its day, filing for the proof, closing for every duty', () => {
  expect(documentaryRefusal('effect', { ...drafted, state: 'mu_approved', effectiveFrom: later(1) }, 'author', now)).toBe(
    'documentary.not_yet_effective',
  )
  expect(documentaryRefusal('file', { ...drafted, state: 'effective' }, 'author', now)).toBe('documentary.document_missing')
  expect(
    documentaryRefusal('file', { ...drafted, state: 'effective', kinds: [...drafted.kinds, 'effect-proof'] }, 'author', now),
  ).toBeUndefined()
  expect(documentaryRefusal('close', { ...drafted, state: 'evidence_filed', open: 1 }, 'officer', now)).toBe(
    'documentary.obligation_open',
  )
})

test('each duty is reminded of once, and told once more when it passes', () => {
  const open = { dueAt: later(10), doneAt: null, remindedAt: null, overdueAt: null }
  expect(obligationCall(open, now)).toBeUndefined()
  expect(obligationCall(open, later(3))).toBe('remind')
  expect(obligationCall({ ...open, remindedAt: later(3) }, later(4))).toBeUndefined()
  expect(obligationCall({ ...open, remindedAt: later(3) }, later(10))).toBe('overdue')
  expect(obligationCall({ ...open, overdueAt: later(10) }, later(11))).toBeUndefined()
  expect(obligationCall({ ...open, doneAt: later(1) }, later(11))).toBeUndefined()
})

test('an approval opens three re-assessments, each with its day', () => {
  const opened = reassessmentsOf(holidaysOf([]), now)
  expect(opened.map((one) => one.kind)).toEqual(['mlps', 'crypto', 'cmdb-owner'])
  for (const one of opened) expect(one.dueAt > now).toBe(true)
})

test('a file is what its first bytes say', () => {
  const pdf = new TextEncoder().encode('%PDF-1.7\n')
  expect([isOfType(pdf, 'application/pdf'), isOfType(pdf, 'image/png'), isOfType(new Uint8Array(), 'image/jpeg')]).toEqual([
    true,
    false,
    false,
  ])
})
