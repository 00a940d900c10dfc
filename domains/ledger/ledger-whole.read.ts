import type { Plane } from '@huabiao/kit/actor/actor'
import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { Refusal } from '@huabiao/kit/errors/errors'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { appendLeaf, type CompactRange, emptyRange, rangeRoot } from '@huabiao/kit/merkle/merkle'
import { chainOf, type Digest32, genesisPrev, linkHash, recordLeaf } from './ledger.model.ts'

/** Rows of a query, a page at a time. Who copies or restores a whole database reads it as its owner, outside any one tenant's sight. */
export type ReadPages = <T extends object>(query: string) => AsyncIterable<readonly T[]>

/** How far a chain has come, with its newest signed head: null where none was signed yet. Whether the signature holds is not said here. */
export interface ChainState {
  readonly chain: string
  readonly size: number
  readonly last: string
  readonly head: (SignedEnvelope & { readonly size: number; readonly root: string }) | null
}

interface RecordRow {
  tenant_id: string
  plane: Plane
  seq: string | number
  body: string
  prev: string
  hash: string
}
interface HeadRow {
  tenant_id: string
  plane: Plane
  size: string | number
  root: string
  payload: string
  signatures: SignedEnvelope['signatures']
}
interface Walk {
  range: CompactRange
  last: string
  heads: Map<number, HeadRow>
}

const broken = (chain: string, seq: number): Refusal => new Refusal('ledger.history_rewritten', { chain, seq })

/**
 * Walks every chain from its first record: each link is computed again, and each root that was signed.
 * @throws Refusal `ledger.history_rewritten` with the chain and the number of the record that does not hold
 */
export async function proveChains(digest: Digest32, read: ReadPages): Promise<ChainState[]> {
  const chains = new Map<string, Walk>()
  const walkOf = (row: { tenant_id: string; plane: Plane }): Walk => {
    const name = chainOf(row.tenant_id, row.plane)
    const walk = chains.get(name) ?? { range: emptyRange, last: genesisPrev, heads: new Map<number, HeadRow>() }
    chains.set(name, walk)
    return walk
  }
  const heads = 'select tenant_id, plane, size, root, payload, signatures from ledger_tree_head order by tenant_id, plane, size'
  for await (const page of read<HeadRow>(heads)) for (const head of page) walkOf(head).heads.set(Number(head.size), head)
  const records = 'select tenant_id, plane, seq, body, prev, hash from ledger_record order by tenant_id, plane, seq'
  for await (const page of read<RecordRow>(records)) for (const record of page) follow(digest, walkOf(record), record)
  return [...chains].map(([chain, { range, last, heads }]) => {
    const newest = [...heads.values()].at(-1)
    // A head beyond the end: the chain was cut off under it.
    if (newest && Number(newest.size) > range.size) throw broken(chain, range.size + 1)
    const head = newest && { ...newest, size: Number(newest.size) }
    return { chain, size: range.size, last, head: head ? pick(head) : null }
  })
}

const pick = ({ size, root, payload, signatures }: HeadRow & { size: number }) => ({ size, root, payload, signatures })

function follow(digest: Digest32, walk: Walk, record: RecordRow): void {
  const due = walk.range.size + 1
  const chain = chainOf(record.tenant_id, record.plane)
  if (Number(record.seq) !== due || record.prev !== walk.last) throw broken(chain, due)
  const hash = linkHash(digest, recordLeaf(record.prev), Buffer.from(record.body))
  walk.last = toHex(hash)
  if (walk.last !== record.hash) throw broken(chain, due)
  walk.range = appendLeaf(digest, walk.range, hash)
  const head = walk.heads.get(due)
  if (head && head.root !== toHex(rangeRoot(digest, walk.range))) throw broken(chain, due)
}
