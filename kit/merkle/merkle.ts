/**
 * Merkle trees of RFC 6962 (the same as RFC 9162 §2.1) over any 32-byte hash. Pure: the hash function is an argument, so the
 * ledger runs them on SM3 and an international deployment on SHA-256. A leaf hash is H(0x00 ‖ leaf), a node H(0x01 ‖ left ‖
 * right): the prefixes keep a node from being passed off as a leaf.
 */

/** A hash of 32 bytes over the concatenation of its arguments. */
export type Digest32 = (...parts: Uint8Array[]) => Uint8Array

const leafPrefix = Uint8Array.of(0x00)
const nodePrefix = Uint8Array.of(0x01)

/** H(0x00 ‖ leaf). */
export const leafHash = (digest: Digest32, leaf: Uint8Array): Uint8Array => digest(leafPrefix, leaf)
/** H(0x01 ‖ left ‖ right). */
export const nodeHash = (digest: Digest32, left: Uint8Array, right: Uint8Array): Uint8Array => digest(nodePrefix, left, right)
/** The root of the tree without leaves: H() (RFC 6962 §2.1). */
export const emptyRoot = (digest: Digest32): Uint8Array => digest()

/**
 * All that is needed to append: the roots of the perfect subtrees of `size` leaves, largest first. It holds as many peaks as
 * `size` has one-bits, so a ledger of a million records is carried in at most 20 hashes and an append costs O(log n).
 */
export interface CompactRange {
  readonly size: number
  readonly peaks: readonly Uint8Array[]
}
export const emptyRange: CompactRange = { size: 0, peaks: [] }

/** Appends one leaf given by its bytes; the old range stays as it was. */
export function appendLeaf(digest: Digest32, range: CompactRange, leaf: Uint8Array): CompactRange {
  const peaks = [...range.peaks]
  let node = leafHash(digest, leaf)
  for (let rest = range.size; rest % 2 === 1; rest = half(rest)) node = nodeHash(digest, peaks.pop()!, node)
  peaks.push(node)
  return { size: range.size + 1, peaks }
}

/** The tree head of a range. */
export function rangeRoot(digest: Digest32, range: CompactRange): Uint8Array {
  let root = range.peaks.at(-1)
  if (!root) return emptyRoot(digest)
  for (let i = range.peaks.length - 2; i >= 0; i--) root = nodeHash(digest, range.peaks[i]!, root)
  return root
}

/** The range of these leaves, given by their bytes. */
export function rangeOf(digest: Digest32, leaves: Iterable<Uint8Array>): CompactRange {
  let range = emptyRange
  for (const leaf of leaves) range = appendLeaf(digest, range, leaf)
  return range
}

/** The tree head over leaf byte arrays: MTH of RFC 6962 §2.1. */
export const treeRoot = (digest: Digest32, leaves: Iterable<Uint8Array>): Uint8Array => rangeRoot(digest, rangeOf(digest, leaves))

/**
 * The path that proves leaf `index` (from 0) in the tree over `leaves` (RFC 6962 §2.1.1), nearest sibling first.
 * @throws RangeError where the index is not in the tree
 */
export function inclusionProof(digest: Digest32, leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!isCount(index) || index >= leaves.length) throw new RangeError(`leaf ${index} is not in a tree of ${leaves.length}`)
  const path: Uint8Array[] = []
  let [from, to] = [0, leaves.length]
  while (to - from > 1) {
    const middle = from + splitOf(to - from)
    const inLeft = index < middle
    path.push(inLeft ? treeRoot(digest, slice(leaves, middle, to)) : treeRoot(digest, slice(leaves, from, middle)))
    if (inLeft) to = middle
    else from = middle
  }
  return path.reverse()
}

export interface InclusionClaim {
  readonly leaf: Uint8Array
  readonly index: number
  readonly size: number
  readonly path: readonly Uint8Array[]
  readonly root: Uint8Array
}

/** Whether the path proves the leaf at that place of that tree (RFC 9162 §2.1.3.2). Never throws: what is malformed is false. */
export function verifyInclusion(digest: Digest32, claim: InclusionClaim): boolean {
  const { index, size, path } = claim
  if (!isCount(index) || !isCount(size) || index >= size || !path.every(isNode) || !isNode(claim.root)) return false
  let node = leafHash(digest, claim.leaf)
  let [at, last] = [index, size - 1]
  for (const sibling of path) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      node = nodeHash(digest, sibling, node)
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)]
    } else {
      node = nodeHash(digest, node, sibling)
    }
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 && sameBytes(node, claim.root)
}

/**
 * The path that proves that the tree over `leaves` extends the tree of its first `oldSize` leaves (RFC 6962 §2.1.2). Empty
 * where the sizes are equal.
 * @throws RangeError where `oldSize` is not between 1 and the number of leaves
 */
export function consistencyProof(digest: Digest32, leaves: readonly Uint8Array[], oldSize: number): Uint8Array[] {
  if (!isCount(oldSize) || oldSize < 1 || oldSize > leaves.length) {
    throw new RangeError(`a tree of ${leaves.length} does not extend one of ${oldSize}`)
  }
  const path: Uint8Array[] = []
  let [from, to, known] = [0, leaves.length, true]
  while (oldSize < to) {
    const middle = from + splitOf(to - from)
    if (oldSize <= middle) {
      path.push(treeRoot(digest, slice(leaves, middle, to)))
      to = middle
    } else {
      path.push(treeRoot(digest, slice(leaves, from, middle)))
      from = middle
      known = false
    }
  }
  if (!known) path.push(treeRoot(digest, slice(leaves, from, to)))
  return path.reverse()
}

/**
 * The same path for somebody who holds the range of the old tree and the leaves that came since: what the new tree keeps of the old
 * one are its peaks, so that the proof costs only what was added.
 * @throws RangeError where the old tree is empty
 */
export function extensionProof(digest: Digest32, old: CompactRange, added: readonly Uint8Array[]): Uint8Array[] {
  if (old.size < 1) throw new RangeError('nothing extends an empty tree')
  const path: Uint8Array[] = []
  const peaks = old.peaks.values()
  let [from, to, known] = [0, old.size + added.length, true]
  while (old.size < to) {
    const middle = from + splitOf(to - from)
    if (old.size <= middle) {
      path.push(treeRoot(digest, slice(added, middle - old.size, to - old.size)))
      to = middle
    } else {
      path.push(peaks.next().value!)
      from = middle
      known = false
    }
  }
  if (!known) path.push(peaks.next().value!)
  return path.reverse()
}

/** How many nodes prove that a tree of `newSize` extends one of `oldSize`; whatever has another number is no proof of it. */
export function consistencyPathLength(oldSize: number, newSize: number): number {
  let length = 0
  let [from, to, known] = [0, newSize, true]
  while (oldSize < to) {
    const middle = from + splitOf(to - from)
    length += 1
    if (oldSize <= middle) to = middle
    else {
      from = middle
      known = false
    }
  }
  return known ? length : length + 1
}

export interface ConsistencyClaim {
  readonly oldSize: number
  readonly oldRoot: Uint8Array
  readonly newSize: number
  readonly newRoot: Uint8Array
  readonly path: readonly Uint8Array[]
}

/**
 * Whether the path proves that the new tree only appended to the old one (RFC 9162 §2.1.4.2). Never throws. A witness
 * counter-signs a head only if this holds against the last head it saw; an old size of 0 proves nothing and is false.
 */
export function verifyConsistency(digest: Digest32, claim: ConsistencyClaim): boolean {
  const { oldSize, newSize, oldRoot, newRoot } = claim
  if (!isCount(oldSize) || !isCount(newSize) || oldSize < 1 || oldSize > newSize) return false
  if (!claim.path.every(isNode) || !isNode(oldRoot) || !isNode(newRoot)) return false
  if (oldSize === newSize) return claim.path.length === 0 && sameBytes(oldRoot, newRoot)
  let [at, last] = [oldSize - 1, newSize - 1]
  while (at % 2 === 1) [at, last] = [half(at), half(last)]
  // Where the old tree is perfect its root is the first node of the path, and is not sent.
  const path = at === 0 ? [oldRoot, ...claim.path] : claim.path
  const first = path[0]
  if (!first) return false
  let [oldNode, newNode] = [first, first]
  for (const sibling of path.slice(1)) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      oldNode = nodeHash(digest, sibling, oldNode)
      newNode = nodeHash(digest, sibling, newNode)
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)]
    } else {
      newNode = nodeHash(digest, newNode, sibling)
    }
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 && sameBytes(oldNode, oldRoot) && sameBytes(newNode, newRoot)
}

// Arithmetic instead of shifts: JavaScript shifts are 32-bit and a chain may outgrow them.
const half = (n: number): number => Math.floor(n / 2)
const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0
const isNode = (node: Uint8Array): boolean => node instanceof Uint8Array && node.length === 32

/** The largest power of two below `size` (size > 1): where RFC 6962 splits a tree. */
function splitOf(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}

function* slice(leaves: readonly Uint8Array[], from: number, to: number): Iterable<Uint8Array> {
  for (let i = from; i < to; i++) yield leaves[i]!
}

// Roots and paths are public, so the comparison need not run in constant time.
const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
