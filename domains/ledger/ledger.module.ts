import { createHash } from 'node:crypto'
import type { PersonActor, Plane } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { CryptoSuite } from '@huabiao/kit/crypto/suite'
import type { ReadTx } from '@huabiao/kit/db/db'
import { notFound } from '@huabiao/kit/errors/errors'
import { handleRaw, look, type Route, type Stages } from '@huabiao/kit/http/route'
import { fromHex, toHex } from '@huabiao/kit/merkle/bytes'
import { inclusionProof, verifyInclusion } from '@huabiao/kit/merkle/merkle'
import type { FastifyReply } from 'fastify'
import { exportLedger, listChains, listLedger, proveRecord } from './ledger.contract.ts'
import { chainOf, type LedgerBody, recordHash } from './ledger.model.ts'
import type { HeadSigner } from './ledger.ports.ts'
import { listChainRows, listHeads, listRange, listRecords, toRow } from './ledger.read.ts'
import { ledgerService } from './ledger.service.ts'
import { findHead, type HeadRow, listHashes } from './ledger.store.ts'

export { signDueHeads } from './ledger.jobs.ts'

export interface LedgerDeps {
  clock: Clock
  suite: CryptoSuite
  signer: HeadSigner
}

const toHeadView = (head: HeadRow | Awaited<ReturnType<typeof listHeads>>[number]) => ({
  size: head.size,
  root: head.root,
  last: head.last,
  at: head.at.toISOString(),
  signatures: head.signatures.map(({ alg, keyId }) => ({ alg, keyId })),
})

export function ledgerModule(deps: LedgerDeps): { routes: Route[]; append: ReturnType<typeof ledgerService>['append'] } {
  const ledger = ledgerService(deps)
  return {
    append: ledger.append,
    routes: [
      look(listChains, async (tx) => {
        const items = []
        for (const row of await listChainRows(tx)) {
          const head = await findHead(tx, row.tenant_id, row.plane)
          items.push({
            tenantId: row.tenant_id,
            plane: row.plane,
            tenantName: row.tenant_name ?? '—',
            size: row.size,
            lastAt: row.last_at?.toISOString() ?? null,
            head: head ? toHeadView(head) : null,
          })
        }
        return { view: { items } }
      }),
      look(listLedger, async (tx, _actor, { query }) => {
        const { after, limit, ...filter } = query
        const before = after === undefined ? undefined : Number(after)
        const rows = await listRecords(tx, {
          ...filter,
          limit,
          ...(before !== undefined && Number.isSafeInteger(before) ? { before } : {}),
        } as never)
        return { view: { items: rows.map(toRow), next: rows.length === limit ? String(rows.at(-1)!.seq) : null } }
      }),
      look(proveRecord, (tx, _actor, { params, query }) => prove(tx, deps, params.seq, query.tenantId, query.plane)),
      handleRaw(exportLedger, async (_request, reply, stages, input) =>
        writeExport(reply, stages, deps, input.query as { tenantId: string; plane: Plane }),
      ),
    ],
  }
}

/** Proofs over more than this many leaves are left to the export: the path is computed from the hashes of the whole head. */
const provableSize = 200_000

async function prove(tx: ReadTx, { suite }: LedgerDeps, seq: number, tenantId: string, plane: Plane) {
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

async function writeExport(
  reply: FastifyReply,
  stages: Stages<PersonActor>,
  { clock, signer }: LedgerDeps,
  query: { tenantId: string; plane: Plane },
): Promise<void> {
  const keys = await signer.publicKeys()
  const chain = chainOf(query.tenantId, query.plane)
  await stages.record([{ type: 'ledger.exported', object: `ledger/${chain}`, chain }])
  const heads = await stages.read((tx) => listHeads(tx, query.tenantId, query.plane, 10_000))
  const chains = await stages.read(listChainRows)
  const to = chains.find((row) => row.tenant_id === query.tenantId && row.plane === query.plane)?.size
  if (to === undefined) throw notFound('ledger')
  reply.hijack()
  const out = reply.raw
  out.writeHead(200, {
    'content-type': 'application/jsonl; charset=utf-8',
    'cache-control': 'no-store',
    'content-disposition': `attachment; filename="huabiao-ledger-${query.plane}-${to}.jsonl"`,
  })
  // What a disk or a line turns on the way is found where it stands; what people turn, the chain and the signed heads find.
  const digest = createHash('sha256')
  const write = async (line: string): Promise<void> => {
    digest.update(`${line}\n`)
    if (!out.write(`${line}\n`)) await new Promise((resolve) => out.once('drain', resolve))
  }
  const header = JSON.stringify({
    type: 'header',
    v: 1,
    chain,
    tenant: query.tenantId,
    plane: query.plane,
    from: 1,
    to,
    exportedAt: clock.now().toISOString(),
    keys,
  })
  await write(header)
  for (let from = 1; from <= to; from += 1000) {
    const rows = await stages.read((tx) => listRange(tx, query.tenantId, query.plane, from, Math.min(1000, to - from + 1)))
    // The body goes out as the very text that was hashed.
    for (const row of rows) await write(`{"type":"record","body":${row.body},"prev":"${row.prev}","hash":"${row.hash}"}`)
  }
  for (const head of [...heads].reverse())
    if (head.size <= to) await write(JSON.stringify({ type: 'tree-head', payload: head.payload, signatures: head.signatures }))
  const treeHeads = heads.filter((head) => head.size <= to).length
  const end = { type: 'end', records: to, treeHeads, header: createHash('sha256').update(header).digest('hex') }
  await write(JSON.stringify({ ...end, sha256: digest.copy().digest('hex') }))
  out.end()
}
