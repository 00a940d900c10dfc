import type { proveRecord } from '@huabiao/domains/ledger/ledger.contract'
import {
  checkRecord,
  genesisPrev,
  type LedgerBody,
  type LedgerRecord,
  type RecordFault,
  recordHash,
  recordLeaf,
  type TreeHead,
} from '@huabiao/domains/ledger/ledger.model'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import type { ResponseOf } from '@huabiao/kit/contract/contract'
import { fromHex, toHex } from '@huabiao/kit/merkle/bytes'
import { appendLeaf, type CompactRange, emptyRange, rangeRoot, verifyInclusion } from '@huabiao/kit/merkle/merkle'
import { sm3 } from './sm3.ts'

export type Proof = ResponseOf<typeof proveRecord>
export type ProofCheck = 'canonical' | 'shown' | 'hash' | 'leaf' | 'inclusion'
export type Checked = Readonly<Record<ProofCheck, boolean | undefined>>

/** Computes a proof anew from its parts; undefined where there is nothing yet to check against. Never throws. */
export function checkProof(proof: Proof): Checked {
  const body = bodyOf(proof.canonical)
  const { record, head } = proof
  if (!body) return { canonical: false, shown: false, hash: false, leaf: false, inclusion: false }
  const root = head ? fromHex(head.root) : undefined
  const leaf = fromHex(proof.leaf)
  const path = proof.path.map(fromHex)
  return {
    canonical: canonicalJson(body) === proof.canonical,
    shown:
      body.seq === record.seq &&
      body.at === record.at &&
      body.act === record.act &&
      body.object === record.object &&
      body.decision === record.decision &&
      (body.change ?? null) === record.changeId &&
      (body.code ?? null) === record.code &&
      (body.rule ?? null) === record.rule &&
      (body.actor.name ?? body.actor.service ?? '') === record.actorName &&
      (body.actor.role ?? null) === record.actorRole &&
      body.actor.door === record.door &&
      body.actor.ip === record.sourceIp &&
      canonicalJson(body.data) === canonicalJson(record.data),
    hash: isHash(record.prev) && recordHash(sm3, record.prev, body) === record.hash,
    leaf: proof.leaf === record.hash,
    inclusion:
      head === null
        ? undefined
        : root !== undefined &&
          leaf !== undefined &&
          path.every((node) => node !== undefined) &&
          verifyInclusion(sm3, { leaf, index: body.seq - 1, size: head.size, path, root }),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    return undefined
  }
}
const isHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)
const bodyOf = (canonical: string): LedgerBody | undefined => parsed(canonical) as LedgerBody | undefined

export type ChainVerdict =
  | { kind: 'holds'; records: number; heads: number }
  | { kind: 'record'; seq: number; faults: RecordFault[] }
  | { kind: 'head'; size: number }
  | { kind: 'truncated' }

/** Reads an export line by line: each record against the one before it, each tree head against the records read so far. */
export class ChainReader {
  private readonly chain: string
  private range: CompactRange = emptyRange
  private prev = genesisPrev
  private after: string | undefined
  /** Of every size, since the heads come after the records. */
  private readonly roots = new Map<number, string>()
  private declared: number | undefined
  private ended = false
  private heads = 0
  private verdict: ChainVerdict | undefined

  constructor(chain: string) {
    this.chain = chain
  }

  get records(): number {
    return this.range.size
  }

  line(text: string): void {
    if (this.verdict || text === '') return
    const line = parsed(text) as ({ type: string; to?: number; payload?: string } & Partial<LedgerRecord>) | undefined
    if (line?.type === 'header') this.declared = line.to
    else if (line?.type === 'record' && typeof line.body === 'object' && line.body) this.record(line as LedgerRecord)
    else if (line?.type === 'tree-head') this.head((parsed(line.payload ?? '') ?? {}) as TreeHead)
    // The witness signs the very heads that stand before: its root must be that of the records too.
    else if (line?.type === 'witnessed-head') this.head((parsed(line.payload ?? '') ?? {}) as TreeHead, 'witnessed')
    else if (line?.type === 'end') this.ended = true
    else this.verdict = { kind: 'record', seq: this.range.size + 1, faults: ['hash'] }
  }

  end(): ChainVerdict {
    if (this.verdict) return this.verdict
    if (!this.ended || this.declared !== this.range.size) return { kind: 'truncated' }
    return { kind: 'holds', records: this.range.size, heads: this.heads }
  }

  private record(record: LedgerRecord): void {
    const seq = this.range.size + 1
    const faults = checkRecord(
      sm3,
      { seq, prev: this.prev, chain: this.chain, ...(this.after ? { after: this.after } : {}) },
      record,
    )
    if (faults.length > 0) {
      this.verdict = { kind: 'record', seq, faults }
      return
    }
    this.range = appendLeaf(sm3, this.range, recordLeaf(record.hash))
    this.roots.set(seq, toHex(rangeRoot(sm3, this.range)))
    this.prev = record.hash
    this.after = record.body.at
  }

  private head(head: TreeHead, by: 'signer' | 'witnessed' = 'signer'): void {
    if (head.chain === this.chain && this.roots.get(head.size) === head.root) this.heads += by === 'signer' ? 1 : 0
    else this.verdict = { kind: 'head', size: head.size }
  }
}
