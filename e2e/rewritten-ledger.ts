import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { genesisPrev, type LedgerBody, recordHash } from '@huabiao/domains/ledger/ledger.model'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { sm3 } from '@huabiao/kit/crypto/suite'
import pg from 'pg'
import type { Deployment } from './deployment.ts'

/** The embedded database as its superuser: no trigger, no row security and no privilege is in the way. */
export async function asSuperuser<T>(on: Deployment, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const read = (path: string) => JSON.parse(readFileSync(join(on.state, path), 'utf8'))
  const { ports } = read('run/state.json') as { ports: { postgres: number } }
  const { superuser } = read('secrets.json') as { superuser: string }
  const client = new pg.Client({
    host: '127.0.0.1',
    port: ports.postgres,
    user: 'postgres',
    password: superuser,
    database: 'huabiao',
  })
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

/**
 * Rewrites one record of a chain and links everything after it anew, in one transaction that no writer can come between; the signed
 * heads, and what the witness signed, go with it. Answers the size of the chain.
 */
export async function rewriteChain(
  client: pg.Client,
  { tenantId, plane, seq }: { tenantId: string; plane: string; seq: number },
  alter: (body: LedgerBody) => LedgerBody,
): Promise<number> {
  const chain = [tenantId, plane]
  await client.query(
    "begin; set local session_replication_role = 'replica'; lock table ledger_record, ledger_chain in exclusive mode",
  )
  const { rows } = await client.query<{ body: string }>(
    'select body from ledger_record where tenant_id = $1 and plane = $2 order by seq',
    chain,
  )
  let prev = genesisPrev
  for (const row of rows) {
    const body = JSON.parse(row.body) as LedgerBody
    const own = body.seq === seq ? alter(body) : body
    const hash = recordHash(sm3, prev, own)
    await client.query(
      'update ledger_record set body = $4, prev = $5, hash = $6 where tenant_id = $1 and plane = $2 and seq = $3',
      [...chain, body.seq, canonicalJson(own), prev, hash],
    )
    prev = hash
  }
  await client.query('update ledger_chain set last = $3 where tenant_id = $1 and plane = $2', [...chain, prev])
  for (const table of ['ledger_tree_head', 'ledger_witnessed_head'])
    await client.query(`delete from ${table} where tenant_id = $1 and plane = $2`, chain)
  await client.query('commit')
  return rows.length
}
