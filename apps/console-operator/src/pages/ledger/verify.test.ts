import {
  genesisPrev,
  type LedgerBody,
  type LedgerRecord,
  ledgerRecord,
  recordLeaf,
  treeHead,
} from '@huabiao/domains/ledger/ledger.model'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { sm3 as nativeSm3 } from '@huabiao/kit/crypto/suite'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { inclusionProof, treeRoot } from '@huabiao/kit/merkle/merkle'
import { describe, expect, test } from 'vitest'
import { ChainReader, checkProof, type Proof } from './verify.ts'

const tenant = '0190aaaa-0000-7000-8000-000000000001'
const chain = `${tenant}/platform`
/** A chain as the platform makes it, with the platform's own SM3. */
function made(length: number): LedgerRecord[] {
  const records: LedgerRecord[] = []
  for (let seq = 1; seq <= length; seq++) {
    const body: LedgerBody = {
      v: 1,
      seq,
      tenant,
      plane: 'platform',
      at: new Date(Date.UTC(2026, 10, 24, 8, 0, seq)).toISOString(),
      actor: { kind: 'person', name: '赵明', role: 'ENG', door: 'console', ip: '10.0.0.1' },
      act: 'change.created',
      object: `change/${seq}`,
      decision: 'done',
      data: { note: `第${seq}` },
    }
    records.push(ledgerRecord(nativeSm3, records.at(-1)?.hash ?? genesisPrev, body))
  }
  return records
}
const leavesOf = (records: readonly LedgerRecord[]) => records.map((record) => recordLeaf(record.hash))

function proofOf(records: readonly LedgerRecord[], seq: number): Proof {
  const { body, prev, hash } = records[seq - 1]!
  const leaves = leavesOf(records)
  return {
    record: {
      seq,
      at: body.at,
      act: body.act,
      object: body.object,
      changeId: null,
      decision: 'done',
      code: null,
      rule: null,
      actorName: '赵明',
      actorRole: 'ENG',
      door: 'console',
      sourceIp: '10.0.0.1',
      data: { ...body.data },
      prev,
      hash,
    },
    canonical: canonicalJson(body),
    leaf: hash,
    path: inclusionProof(nativeSm3, leaves, seq - 1).map(toHex),
    head: {
      size: records.length,
      root: toHex(treeRoot(nativeSm3, leaves)),
      last: records.at(-1)!.hash,
      at: body.at,
      signatures: [],
    },
    chainHolds: true,
    inclusionHolds: true,
  }
}

describe('one record', () => {
  const records = made(11)
  test('a true proof holds in every check, wherever the record stands', () => {
    for (const seq of [1, 2, 7, 8, 11])
      expect(checkProof(proofOf(records, seq))).toEqual({ canonical: true, shown: true, hash: true, leaf: true, inclusion: true })
  })

  test('the server’s own verdict counts for nothing: an edited record fails although it says it holds (RL-13)', () => {
    const proof = proofOf(records, 4)
    const edited = proof.canonical.replace('change/4', 'change/9')
    expect(checkProof({ ...proof, canonical: edited, record: { ...proof.record, object: 'change/9' } }).hash).toBe(false)
  })

  test('what is shown must be what was digested', () => {
    const proof = proofOf(records, 4)
    expect(checkProof({ ...proof, record: { ...proof.record, actorName: '钱伟' } })).toMatchObject({ shown: false, hash: true })
    expect(checkProof({ ...proof, record: { ...proof.record, data: { note: '别的' } } }).shown).toBe(false)
  })

  test('a record that another tree holds is not included in this one', () => {
    const proof = proofOf(records, 4)
    expect(checkProof({ ...proof, path: proofOf(records, 5).path }).inclusion).toBe(false)
    expect(checkProof({ ...proof, head: { ...proof.head!, root: 'f'.repeat(64) } }).inclusion).toBe(false)
    expect(checkProof({ ...proof, path: ['zz'] }).inclusion).toBe(false)
  })

  test('without a tree head inclusion is open, and nonsense is no proof', () => {
    expect(checkProof({ ...proofOf(records, 4), head: null, path: [] }).inclusion).toBeUndefined()
    expect(checkProof({ ...proofOf(records, 4), canonical: '{' }).hash).toBe(false)
  })
})

describe('a whole chain', () => {
  const records = made(9)
  const headOver = (size: number) =>
    JSON.stringify({
      type: 'tree-head',
      payload: JSON.stringify(
        treeHead(chain, size, treeRoot(nativeSm3, leavesOf(records.slice(0, size))), records[size - 1]!.hash, new Date(0)),
      ),
    })
  const linesOf = (of: readonly LedgerRecord[], declared = of.length) => [
    JSON.stringify({ type: 'header', v: 1, chain, to: declared }),
    ...of.map((record) => JSON.stringify({ type: 'record', ...record })),
    headOver(3),
    headOver(9),
    JSON.stringify({ type: 'end', records: declared }),
  ]
  const read = (lines: readonly string[]) => {
    const reader = new ChainReader(chain)
    for (const line of lines) reader.line(line)
    return reader.end()
  }

  test('holds with its heads', () => {
    expect(read(linesOf(records))).toEqual({ kind: 'holds', records: 9, heads: 2 })
  })

  test('one edited record is found at its number (RL-13)', () => {
    const forged = records.map((record) =>
      record.body.seq === 6 ? { ...record, body: { ...record.body, object: 'change/0' } } : record,
    )
    expect(read(linesOf(forged))).toEqual({ kind: 'record', seq: 6, faults: ['hash'] })
  })

  test('a removed record, and a chain cut short, are found', () => {
    expect(read(linesOf(records.filter((record) => record.body.seq !== 5)))).toMatchObject({ kind: 'record', seq: 5 })
    expect(read(linesOf(records, 10))).toEqual({ kind: 'truncated' })
    expect(read(linesOf(records).slice(0, -1))).toEqual({ kind: 'truncated' })
  })

  test('a chain rewritten from one record on does not fit the signed heads', () => {
    const rewritten: LedgerRecord[] = []
    for (const { body } of records)
      rewritten.push(
        ledgerRecord(nativeSm3, rewritten.at(-1)?.hash ?? genesisPrev, body.seq === 2 ? { ...body, act: 'change.closed' } : body),
      )
    expect(read(linesOf(rewritten))).toEqual({ kind: 'head', size: 3 })
  })
})
