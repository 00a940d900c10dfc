import type { Clock } from '@huabiao/kit/clock/clock'
import type { CryptoSuite } from '@huabiao/kit/crypto/suite'
import type { Database } from '@huabiao/kit/db/db'
import { fromHex, toHex } from '@huabiao/kit/merkle/bytes'
import { appendLeaf, type CompactRange, emptyRange, rangeRoot } from '@huabiao/kit/merkle/merkle'
import { chainOf, headEveryMs, headEveryRecords, type TreeHead } from './ledger.model.ts'
import type { HeadSigner } from './ledger.ports.ts'
import { type DueChain, findHead, insertHead, listDueChains, listHashes } from './ledger.store.ts'
import { endSignerRefusal } from './ledger-witness.store.ts'

export interface HeadDeps {
  db: Database
  clock: Clock
  suite: CryptoSuite
  signer: HeadSigner
}

/** Signs a head for every chain that grew by 1,000 records or whose last head is 10 s old. Answers how many; one failing chain does not hold up the others. */
export async function signDueHeads(deps: HeadDeps, onError: (chain: DueChain, error: unknown) => void): Promise<number> {
  const due = await deps.db.read({ kind: 'nobody' }, listDueChains)
  const now = deps.clock.now().getTime()
  let signed = 0
  for (const chain of due) {
    const isDue =
      chain.size - chain.head_size >= headEveryRecords || !chain.head_at || now - chain.head_at.getTime() >= headEveryMs
    if (!isDue) continue
    await signHead(deps, chain).then(
      () => (signed += 1),
      (error: unknown) => onError(chain, error),
    )
  }
  return signed
}

/** The largest stretch of records folded into one head: bounds memory when a chain was left alone for long. */
const stretch = 20_000

async function signHead({ db, clock, suite, signer }: HeadDeps, chain: DueChain): Promise<void> {
  const scope = { kind: 'tenant', tenantId: chain.tenant_id } as const
  const { range, last } = await db.read(scope, async (tx) => {
    const head = await findHead(tx, chain.tenant_id, chain.plane)
    let range: CompactRange = head ? { size: head.size, peaks: head.peaks.map((peak) => fromHex(peak)!) } : emptyRange
    const hashes = await listHashes(tx, chain.tenant_id, chain.plane, range.size + 1, Math.min(chain.size, range.size + stretch))
    for (const { hash } of hashes) range = appendLeaf(suite.digest, range, fromHex(hash)!)
    return { range, last: hashes.at(-1)!.hash }
  })
  const head: TreeHead = {
    v: 1,
    kind: 'tree-head',
    chain: chainOf(chain.tenant_id, chain.plane),
    size: range.size,
    root: toHex(rangeRoot(suite.digest, range)),
    last,
    at: clock.now().toISOString(),
  }
  const envelope = await signer.signTreeHead({
    tenantId: chain.tenant_id,
    plane: chain.plane,
    size: head.size,
    root: head.root,
    last,
    at: head.at,
  })
  await db.transact(scope, async (tx) => {
    await insertHead(tx, chain.tenant_id, chain.plane, {
      size: head.size,
      root: head.root,
      last,
      at: new Date(head.at),
      payload: envelope.payload,
      signatures: [...envelope.signatures],
      peaks: range.peaks.map((peak) => toHex(peak)),
    })
    await endSignerRefusal(tx, chain.tenant_id, chain.plane)
  })
}
