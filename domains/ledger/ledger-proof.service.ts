import type { Plane } from '@huabiao/kit/actor/actor'
import type { CryptoSuite } from '@huabiao/kit/crypto/suite'
import type { ReadTx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import { fromHex, toHex } from '@huabiao/kit/merkle/bytes'
import { inclusionProof, verifyInclusion } from '@huabiao/kit/merkle/merkle'
import { type LedgerBody, recordHash } from './ledger.model.ts'
import { listRange, toRow } from './ledger.read.ts'
import { findHead, type HeadRow, listHashes } from './ledger.store.ts'

export const toHeadView = (head: HeadRow) => ({
  size: head.size,
  root: head.root,
  last: head.last,
  at: head.at.toISOString(),
  signatures: head.signatures.map(({ alg, keyId }) => ({ alg, keyId })),
})

/** Proofs over more than this many leaves are left to the export: the path is computed from the hashes of the whole head. */
const provableSize = 200_000

/** Inclusion of a record under the newest head that covers it. */
export async function prove(
  tx: ReadTx,
  suite: CryptoSuite,
  { tenantId, plane }: { tenantId: string; plane: Plane },
  seq: number,
) {
  const [stored] = await listRange(tx, tenantId, plane, seq, 1)
  if (!stored || stored.seq !== seq) throw notFound('ledger')
  const chainHolds = recordHash(suite.digest, stored.prev, JSON.parse(stored.body) as LedgerBody) === stored.hash
  const head = await findHead(tx, tenantId, plane, seq)
  const base = { record: toRow(stored), canonical: stored.body, leaf: stored.hash, chainHolds }
  if (!head || head.size > provableSize)
    return { view: { ...base, path: [], head: head ? toHeadView(head) : null, inclusionHolds: false } }
  const leaves = (await listHashes(tx, tenantId, plane, 1, head.size)).map(({ hash }) => fromHex(hash)!)
  const path = inclusionProof(suite.digest, leaves, seq - 1)
  const inclusionHolds = verifyInclusion(suite.digest, {
    leaf: fromHex(stored.hash)!,
    index: seq - 1,
    size: head.size,
    path,
    root: fromHex(head.root)!,
  })
  return { view: { ...base, path: path.map(toHex), head: toHeadView(head), inclusionHolds } }
}
