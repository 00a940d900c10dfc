import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import { toHex } from '@huabiao/kit/merkle/bytes'
import {
  appendLeaf,
  consistencyPathLength,
  consistencyProof,
  emptyRange,
  emptyRoot,
  extensionProof,
  inclusionProof,
  leafHash,
  nodeHash,
  rangeOf,
  rangeRoot,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '@huabiao/kit/merkle/merkle'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

/** RFC 6962 §2.1 written down word for word: what the fast code has to agree with. */
function specifiedRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return emptyRoot(sha256)
  if (leaves.length === 1) return leafHash(sha256, leaves[0]!)
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(sha256, specifiedRoot(leaves.slice(0, k)), specifiedRoot(leaves.slice(k)))
}

const leafBytes = fc.uint8Array({ maxLength: 8 })
const forest = fc.array(leafBytes, { minLength: 1, maxLength: 40 })
const flip = (bytes: Uint8Array, bit: number) =>
  bytes.map((byte, i) => (i === (bit >> 3) % bytes.length ? byte ^ (1 << (bit & 7)) : byte))

describe('tree head', () => {
  test('answers the vectors of the certificate-transparency test suite', () => {
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
      (hex) => Uint8Array.from(Buffer.from(hex, 'hex')),
    )
    expect(toHex(emptyRoot(sha256))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(toHex(treeRoot(sha256, leaves.slice(0, 1)))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
    expect(toHex(treeRoot(sha256, leaves.slice(0, 2)))).toBe('fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125')
    expect(toHex(treeRoot(sha256, leaves))).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
  })

  test('appending one by one gives the root that RFC 6962 specifies', () => {
    fc.assert(
      fc.property(forest, (leaves) => {
        expect(treeRoot(sha256, leaves)).toEqual(specifiedRoot(leaves))
      }),
    )
  })

  test('a range holds as many peaks as its size has one-bits and is never changed by an append', () => {
    const seven = rangeOf(
      sm3,
      Array.from({ length: 7 }, (_, i) => Uint8Array.of(i)),
    )
    const before = rangeRoot(sm3, seven)
    const eight = appendLeaf(sm3, seven, Uint8Array.of(7))
    expect([seven.peaks.length, eight.peaks.length, eight.size]).toEqual([3, 1, 8])
    expect(rangeRoot(sm3, seven)).toEqual(before)
    expect(rangeRoot(sm3, emptyRange)).toEqual(emptyRoot(sm3))
  })

  test('an append costs a number of hashes that grows with the logarithm of the size', () => {
    let hashes = 0
    const counted = (...parts: Uint8Array[]) => {
      hashes++
      return sha256(...parts)
    }
    const range = rangeOf(
      sha256,
      Array.from({ length: 4095 }, () => Uint8Array.of(1)),
    )
    rangeRoot(counted, appendLeaf(counted, range, Uint8Array.of(2)))
    expect(hashes).toBeLessThanOrEqual(13)
  })
})

describe('inclusion', () => {
  const claimed = forest.chain((leaves) => fc.record({ leaves: fc.constant(leaves), index: fc.nat(leaves.length - 1) }))
  const claimOf = ({ leaves, index }: { leaves: Uint8Array[]; index: number }) => ({
    leaf: leaves[index]!,
    index,
    size: leaves.length,
    path: inclusionProof(sha256, leaves, index),
    root: treeRoot(sha256, leaves),
  })

  test('every leaf of every tree is proved', () => {
    fc.assert(
      fc.property(claimed, (tree) => {
        expect(verifyInclusion(sha256, claimOf(tree))).toBe(true)
      }),
    )
  })

  test('a path of the wrong length is refused (NT-D11)', () => {
    fc.assert(
      fc.property(claimed, (tree) => {
        const claim = claimOf(tree)
        expect(verifyInclusion(sha256, { ...claim, path: [...claim.path, claim.root] })).toBe(false)
        if (claim.path.length > 0) {
          expect(verifyInclusion(sha256, { ...claim, path: claim.path.slice(1) })).toBe(false)
          expect(verifyInclusion(sha256, { ...claim, path: claim.path.slice(0, -1) })).toBe(false)
        }
      }),
    )
  })

  test('a flipped bit anywhere, another leaf, another index and another hash are refused', () => {
    fc.assert(
      fc.property(claimed, fc.nat(), (tree, bit) => {
        const claim = claimOf(tree)
        expect(verifyInclusion(sha256, { ...claim, root: flip(claim.root, bit) })).toBe(false)
        const at = bit % Math.max(1, claim.path.length)
        expect(
          verifyInclusion(sha256, { ...claim, path: claim.path.map((node, i) => (i === at ? flip(node, bit) : node)) }),
        ).toBe(claim.path.length === 0)
        expect(verifyInclusion(sha256, { ...claim, leaf: Uint8Array.of(...claim.leaf, 0) })).toBe(false)
        expect(verifyInclusion(sm3, claim)).toBe(false)
      }),
    )
  })

  test('the root of another tree, and a node passed off as a leaf, are refused (NT-D11)', () => {
    const leaves = [0, 1, 2, 3].map((i) => Uint8Array.of(i))
    const claim = claimOf({ leaves, index: 2 })
    expect(verifyInclusion(sha256, { ...claim, root: treeRoot(sha256, [...leaves].reverse()) })).toBe(false)
    const joined = Uint8Array.of(...leafHash(sha256, leaves[0]!), ...leafHash(sha256, leaves[1]!))
    expect(verifyInclusion(sha256, { leaf: joined, index: 0, size: 2, path: claim.path.slice(1), root: claim.root })).toBe(false)
  })

  test('malformed claims are false, not errors', () => {
    const claim = claimOf({ leaves: [0, 1, 2].map((i) => Uint8Array.of(i)), index: 1 })
    for (const wrong of [
      { index: -1 },
      { index: 3 },
      { index: 0.5 },
      { size: Number.NaN },
      { size: 0 },
      { path: [new Uint8Array(31)] },
    ]) {
      expect(verifyInclusion(sha256, { ...claim, ...wrong })).toBe(false)
    }
    expect(() => inclusionProof(sha256, [], 0)).toThrow(RangeError)
  })
})

describe('consistency', () => {
  const grown = forest.chain((leaves) =>
    fc.record({ leaves: fc.constant(leaves), oldSize: fc.integer({ min: 1, max: leaves.length }) }),
  )
  const claimOf = ({ leaves, oldSize }: { leaves: Uint8Array[]; oldSize: number }) => ({
    oldSize,
    oldRoot: treeRoot(sha256, leaves.slice(0, oldSize)),
    newSize: leaves.length,
    newRoot: treeRoot(sha256, leaves),
    path: consistencyProof(sha256, leaves, oldSize),
  })

  test('every tree extends each of its prefixes', () => {
    fc.assert(
      fc.property(grown, (tree) => {
        expect(verifyConsistency(sha256, claimOf(tree))).toBe(true)
      }),
    )
  })

  test('who holds the old range and what was added makes the very same path, of the length that the sizes ask for', () => {
    fc.assert(
      fc.property(grown, ({ leaves, oldSize }) => {
        const path = consistencyProof(sha256, leaves, oldSize)
        expect(extensionProof(sha256, rangeOf(sha256, leaves.slice(0, oldSize)), leaves.slice(oldSize))).toEqual(path)
        expect(consistencyPathLength(oldSize, leaves.length)).toBe(path.length)
      }),
    )
    expect(() => extensionProof(sha256, emptyRange, [Uint8Array.of(1)])).toThrow(RangeError)
  })

  test('a tree whose past was edited extends no checkpoint of the true one (NT-D11)', () => {
    fc.assert(
      fc.property(grown, fc.nat(), (tree, at) => {
        const edited = tree.leaves.map((leaf, i) => (i === at % tree.oldSize ? Uint8Array.of(...leaf, 1) : leaf))
        const forged = claimOf({ leaves: edited, oldSize: tree.oldSize })
        expect(verifyConsistency(sha256, { ...forged, oldRoot: treeRoot(sha256, tree.leaves.slice(0, tree.oldSize)) })).toBe(
          false,
        )
      }),
    )
  })

  test('a path of the wrong length and an old checkpoint of another size are refused (NT-D11)', () => {
    fc.assert(
      fc.property(grown, (tree) => {
        const claim = claimOf(tree)
        expect(verifyConsistency(sha256, { ...claim, path: [...claim.path, claim.newRoot] })).toBe(false)
        if (claim.path.length > 0) expect(verifyConsistency(sha256, { ...claim, path: claim.path.slice(0, -1) })).toBe(false)
        if (claim.oldSize > 1) expect(verifyConsistency(sha256, { ...claim, oldSize: claim.oldSize - 1 })).toBe(false)
        expect(verifyConsistency(sha256, { ...claim, oldSize: claim.newSize + 1 })).toBe(false)
      }),
    )
  })

  test('roots exchanged, sizes exchanged, a flipped bit and an old size of nothing are refused', () => {
    const claim = claimOf({ leaves: Array.from({ length: 13 }, (_, i) => Uint8Array.of(i)), oldSize: 6 })
    expect(verifyConsistency(sha256, claim)).toBe(true)
    expect(verifyConsistency(sha256, { ...claim, oldRoot: claim.newRoot, newRoot: claim.oldRoot })).toBe(false)
    expect(verifyConsistency(sha256, { ...claim, oldSize: 13, newSize: 6 })).toBe(false)
    expect(verifyConsistency(sha256, { ...claim, oldSize: 0, path: [] })).toBe(false)
    claim.path.forEach((_, at) => {
      expect(verifyConsistency(sha256, { ...claim, path: claim.path.map((node, i) => (i === at ? flip(node, 77) : node)) })).toBe(
        false,
      )
    })
    expect(() => consistencyProof(sha256, [Uint8Array.of(1)], 2)).toThrow(RangeError)
  })
})
