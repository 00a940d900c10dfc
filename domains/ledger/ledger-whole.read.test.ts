import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { treeRoot } from '@huabiao/kit/merkle/merkle'
import { expect, test } from 'vitest'
import { genesisPrev, type LedgerBody, ledgerRecord, recordLeaf } from './ledger.model.ts'
import { proveChains, type ReadPages } from './ledger-whole.read.ts'

const tenant = '00000000-0000-7000-8000-000000000001'
const bodyOf = (seq: number): LedgerBody => ({
  v: 1,
  seq,
  tenant,
  plane: 'platform',
  at: new Date(seq * 1000).toISOString(),
  actor: { kind: 'service', service: 'scheduler/1', door: 'system', ip: '' },
  act: 'change.begun',
  object: `change/${seq}`,
  decision: 'done',
  data: { seq },
})

/** Five records and heads at three and five, as the tables hold them. */
function chain() {
  let prev = genesisPrev
  const records = [1, 2, 3, 4, 5].map((seq) => {
    const record = ledgerRecord(sm3, prev, bodyOf(seq))
    prev = record.hash
    return { tenant_id: tenant, plane: 'platform', seq, body: canonicalJson(record.body), prev: record.prev, hash: record.hash }
  })
  const root = (size: number): string =>
    toHex(
      treeRoot(
        sm3,
        records.slice(0, size).map(({ hash }) => recordLeaf(hash)),
      ),
    )
  const heads = [3, 5].map((size) => ({
    tenant_id: tenant,
    plane: 'platform',
    size,
    root: root(size),
    payload: '{}',
    signatures: [],
  }))
  return { records, heads }
}
const readFrom = ({ records, heads }: ReturnType<typeof chain>): ReadPages =>
  async function* <T extends object>(query: string) {
    const rows = query.includes('ledger_tree_head') ? heads : records
    for (const row of rows) yield [row as T]
  }

test('a whole chain answers how far it has come, and its newest head', async () => {
  const whole = chain()
  const [state] = await proveChains(sm3, readFrom(whole))
  expect(state).toMatchObject({ chain: `${tenant}/platform`, size: 5, last: whole.records[4]!.hash, head: { size: 5 } })
})
test.each<[string, number, (of: ReturnType<typeof chain>) => void]>([
  ['a body was altered', 2, ({ records }) => (records[1]!.body = records[1]!.body.replace('change/2', 'change/9'))],
  ['a record is missing', 3, ({ records }) => records.splice(2, 1)],
  ['two records changed places', 2, ({ records }) => records.splice(1, 2, records[2]!, records[1]!)],
  ['a link leads elsewhere', 4, ({ records }) => (records[3]!.prev = genesisPrev)],
  ['a signed root is not that of the records', 3, ({ heads }) => (heads[0]!.root = '0'.repeat(64))],
  ['the end was cut off under its head', 5, ({ records }) => records.splice(4)],
  ['all records are gone under a head', 1, ({ records }) => records.splice(0)],
])('%s: found at record %i', async (_, seq, damage) => {
  const damaged = chain()
  damage(damaged)
  await expect(proveChains(sm3, readFrom(damaged))).rejects.toMatchObject({
    code: 'ledger.history_rewritten',
    params: { chain: `${tenant}/platform`, seq },
  })
})
