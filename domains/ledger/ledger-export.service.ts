import { createHash } from 'node:crypto'
import type { Actor, Plane } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import { notFound } from '@huabiao/kit/errors/errors'
import type { Stages } from '@huabiao/kit/http/route'
import type { FastifyReply } from 'fastify'
import { chainOf } from './ledger.model.ts'
import type { HeadSigner } from './ledger.ports.ts'
import { listChainRows, listHeads, listRange } from './ledger.read.ts'
import { listWitnessed } from './ledger-witness.store.ts'

/** The whole chain as a file that needs neither our database nor our word: records, signed heads, and what the witness signed. */
export async function writeExport(
  reply: FastifyReply,
  stages: Pick<Stages<Actor>, 'read' | 'record'>,
  { clock, signer }: { clock: Clock; signer: HeadSigner },
  query: { tenantId: string; plane: Plane },
): Promise<void> {
  const keys = await signer.publicKeys()
  const chain = chainOf(query.tenantId, query.plane)
  await stages.record([{ type: 'ledger.exported', object: `ledger/${chain}`, chain }])
  const heads = await stages.read((tx) => listHeads(tx, query.tenantId, query.plane, 10_000))
  const witnessed = await stages.read((tx) => listWitnessed(tx, query.tenantId, query.plane, 10_000))
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
  for (const { size, payload, signatures } of witnessed.toReversed())
    if (size <= to) await write(JSON.stringify({ type: 'witnessed-head', payload, signatures }))
  const treeHeads = heads.filter((head) => head.size <= to).length
  const end = { type: 'end', records: to, treeHeads, header: createHash('sha256').update(header).digest('hex') }
  await write(JSON.stringify({ ...end, sha256: digest.copy().digest('hex') }))
  out.end()
}
