import { join } from 'node:path'
import { chainOf, recordLeaf, type TreeHead } from '@huabiao/domains/ledger/ledger.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { type SigningKeys, signEnvelope } from '@huabiao/kit/crypto/signature'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { Journal } from '@huabiao/kit/durable/journal'
import { refuseIf } from '@huabiao/kit/errors/errors'
import { fromHex, toHex } from '@huabiao/kit/merkle/bytes'
import { appendLeaf, type CompactRange, emptyRange, rangeRoot } from '@huabiao/kit/merkle/merkle'
import type { SignerFacts } from './facts.ts'
import type { TreeHeadBody } from './requests.ts'

/** What the signer remembers of a chain: the last head it signed, and the compact range under it. */
interface SignedHead {
  readonly chain: string
  readonly size: number
  readonly last: string
  readonly peaks: readonly string[]
}

/** `at` of a head may be this far from the signer's clock; heads are made every 10 s. */
const headSkewMaxMs = 60_000
const pageRecords = 5_000
const compactAfterLines = 10_000

/**
 * Signs tree heads, and only of a history that grows. The signer remembers durably what it signed, reads the records that came
 * since from the database itself and computes the root from them, so that a control plane that was taken over can neither
 * rewrite what was signed nor have a root signed that is not the chain's (RL-13).
 */
export class TreeHeads {
  readonly #journal: Journal<SignedHead>
  readonly #heads = new Map<string, SignedHead>()
  readonly #keys: SigningKeys
  readonly #facts: SignerFacts
  readonly #clock: Clock
  /** One head at a time: two requests for one chain must not both pass on the same memory. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(stateDir: string, keys: SigningKeys, facts: SignerFacts, clock: Clock) {
    this.#keys = keys
    this.#facts = facts
    this.#clock = clock
    this.#journal = new Journal(join(stateDir, 'tree-heads.jsonl'), (head) => this.#heads.set(head.chain, head))
  }

  /** @throws Refusal `signer.history_rewritten`, `signer.head_not_newer`, `signer.root_differs`, `signer.clock_skewed` */
  sign(request: TreeHeadBody): Promise<SignedEnvelope> {
    const signed = this.#turn.then(() => this.#sign(request))
    this.#turn = signed.catch(() => {})
    return signed
  }

  async #sign(request: TreeHeadBody): Promise<SignedEnvelope> {
    const chain = chainOf(request.tenantId, request.plane)
    const known = this.#heads.get(chain)
    const skew = Math.abs(Date.parse(request.at) - this.#clock.now().getTime())
    refuseIf(skew <= headSkewMaxMs ? undefined : 'signer.clock_skewed')
    refuseIf(known && request.size < known.size ? 'signer.head_not_newer' : undefined, { size: request.size })
    const { range, last } = await this.#extend(request, known)
    refuseIf(range.size === request.size && last === request.last ? undefined : 'signer.history_rewritten', { chain })
    refuseIf(toHex(rangeRoot(sm3, range)) === request.root ? undefined : 'signer.root_differs', { chain })
    if (known?.size !== request.size) this.#remember({ chain, size: request.size, last, peaks: range.peaks.map(toHex) })
    const head: TreeHead = { v: 1, kind: 'tree-head', chain, size: request.size, root: request.root, last, at: request.at }
    return signEnvelope('tree-head', head, this.#keys)
  }

  /** The remembered range grown by the records up to the requested size, after a look at whether the past still stands. */
  async #extend(request: TreeHeadBody, known: SignedHead | undefined): Promise<{ range: CompactRange; last: string }> {
    const { tenantId, plane } = request
    let range: CompactRange = known ? { size: known.size, peaks: known.peaks.map((peak) => fromHex(peak)!) } : emptyRange
    let last = known?.last ?? ''
    if (known) {
      const [signedLast] = await this.#facts.recordHashes(tenantId, plane, known.size, known.size, 1)
      refuseIf(signedLast === known.last ? undefined : 'signer.history_rewritten', { chain: known.chain })
    }
    while (range.size < request.size) {
      const hashes = await this.#facts.recordHashes(tenantId, plane, range.size + 1, request.size, pageRecords)
      if (hashes.length === 0) break
      for (const hash of hashes) range = appendLeaf(sm3, range, recordLeaf(hash))
      last = hashes.at(-1)!
    }
    return { range, last }
  }

  #remember(head: SignedHead): void {
    this.#heads.set(head.chain, head)
    this.#journal.append(head)
    if (this.#journal.lines > compactAfterLines + this.#heads.size) this.#journal.compact([...this.#heads.values()])
  }

  close(): void {
    this.#journal.close()
  }
}
