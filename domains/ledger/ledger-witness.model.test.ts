import {
  chainParts,
  offerRefusal,
  pauseAfterFailures,
  thinned,
  witnessRefusals,
  witnessState,
} from '@huabiao/domains/ledger/ledger-witness.model'
import { witnessPhrases } from '@huabiao/domains/ledger/ledger-witness.phrases'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { consistencyProof, treeRoot } from '@huabiao/kit/merkle/merkle'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

/** A history is the list of its records' hashes; a letter stands for one. */
const leavesOf = (history: readonly string[]) => history.map((record) => sm3(utf8(record)))
const headOf = (history: readonly string[]) => ({
  size: history.length,
  root: toHex(treeRoot(sm3, leavesOf(history))),
  last: toHex(leavesOf(history).at(-1)!),
})
/** What a platform that holds `history` can prove about its first `size` records, however it came to them. */
const proofOf = (history: readonly string[], size: number): string[] =>
  size > history.length ? [] : consistencyProof(sm3, leavesOf(history), size).map(toHex)
const answer = (seen: readonly string[], offered: readonly string[], proof = proofOf(offered, seen.length)) =>
  offerRefusal(sm3, headOf(seen), headOf(offered), proof)

const letter = fc.constantFrom('a', 'b', 'c')
const history = fc.array(letter, { minLength: 1, maxLength: 24 })

describe('what the witness counter-signs', () => {
  test('the first head of a chain, and every head that goes on where the last one ended', () => {
    expect(offerRefusal(sm3, undefined, headOf(['a', 'b']), [])).toBeUndefined()
    fc.assert(
      fc.property(history, fc.array(letter, { maxLength: 12 }), (seen, added) => {
        expect(answer(seen, [...seen, ...added])).toBeUndefined()
      }),
    )
  })

  test('never a history of which what it saw is not the beginning, whatever the platform can prove of it (RL-13)', () => {
    fc.assert(
      fc.property(history, history, (seen, offered) => {
        const goesOn = offered.length >= seen.length && seen.every((record, i) => offered[i] === record)
        expect(answer(seen, offered) === undefined).toBe(goesOn)
      }),
    )
  })

  test('a shortened, a forked and a rewritten history have names of their own', () => {
    const seen = ['a', 'b', 'c', 'd', 'e']
    expect(answer(seen, ['a', 'b', 'c'])).toBe('witness.history_shortened')
    expect(answer(seen, ['a', 'x', 'c', 'd', 'e'])).toBe('witness.history_forked')
    expect(answer(seen, ['a', 'x', 'c', 'd', 'e', 'f', 'g'])).toBe('witness.history_rewritten')
  })

  test('a path of the wrong length proves nothing either way, and neither does another tree’s (NT-D11)', () => {
    fc.assert(
      fc.property(history, fc.array(letter, { minLength: 1, maxLength: 12 }), (seen, added) => {
        const offered = [...seen, ...added]
        const path = proofOf(offered, seen.length)
        expect(answer(seen, offered, [...path, path[0] ?? 'a'.repeat(64)])).toBe('witness.proof_malformed')
        if (path.length > 0) expect(answer(seen, offered, path.slice(1))).toBe('witness.proof_malformed')
        if (path.length > 0) expect(answer(seen, offered, [...path.slice(1), 'f'.repeat(64)])).toBe('witness.history_rewritten')
      }),
    )
    expect(answer(['a'], ['a', 'b'], ['zz'])).toBe('witness.proof_malformed')
    expect(offerRefusal(sm3, undefined, headOf(['a']), ['a'.repeat(64)])).toBe('witness.proof_malformed')
  })
})

test('thinning keeps the first head, the last one and the newer half, and is bounded', () => {
  fc.assert(
    fc.property(fc.nat({ max: 300 }), fc.integer({ min: 4, max: 60 }), (count, most) => {
      let kept: readonly number[] = []
      for (let head = 0; head <= count; head++) kept = thinned([...kept, head], most)
      expect(kept.length).toBeLessThanOrEqual(most)
      expect([kept[0], kept.at(-1)]).toEqual([0, count])
      expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b))
    }),
  )
  expect(thinned([0, 1, 2, 3, 4, 5, 6, 7, 8], 8)).toEqual([0, 2, 4, 5, 6, 7, 8])
})

test('attempts are spaced out up to a bound', () => {
  expect([1, 2, 3, 99].map((n) => pauseAfterFailures('away', n))).toEqual([5_000, 10_000, 20_000, 300_000])
  expect([1, 2, 99].map((n) => pauseAfterFailures('refused', n))).toEqual([60_000, 120_000, 3_600_000])
})

test('a refusal outweighs lateness, and lateness begins after ten minutes', () => {
  const now = new Date('2026-11-25T12:00:00.000Z')
  const ago = (ms: number) => new Date(now.getTime() - ms)
  expect(witnessState({ configured: false, refused: false, oldestUnseenAt: null }, now)).toBe('none')
  // The signer may refuse where there is no witness.
  expect(witnessState({ configured: false, refused: true, oldestUnseenAt: null }, now)).toBe('refused')
  expect(witnessState({ configured: true, refused: true, oldestUnseenAt: ago(0) }, now)).toBe('refused')
  expect(witnessState({ configured: true, refused: false, oldestUnseenAt: ago(600_001) }, now)).toBe('late')
  expect(witnessState({ configured: true, refused: false, oldestUnseenAt: ago(599_000) }, now)).toBe('current')
  expect(witnessState({ configured: true, refused: false, oldestUnseenAt: null }, now)).toBe('current')
})

test('a chain is a tenant and a plane, and nothing else becomes a name of one', () => {
  const tenantId = '0190aaaa-0000-7000-8000-000000000001'
  expect(chainParts(`${tenantId}/platform`)).toEqual({ tenantId, plane: 'platform' })
  for (const text of ['', `${tenantId}/other`, `../${tenantId}`, `${tenantId}/platform/x`])
    expect(chainParts(text)).toBeUndefined()
})

test('every refusal of the witness has its words', () => {
  expect(Object.keys(witnessPhrases).sort()).toEqual(Object.keys(witnessRefusals).sort())
})
