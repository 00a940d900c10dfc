import {
  backwardsToleranceMs,
  bodyWriter,
  chainOf,
  checkRecord,
  genesisPrev,
  type LedgerBody,
  type LedgerRecord,
  ledgerActor,
  ledgerRecord,
  ledgerRefusals,
  type RecordInput,
  recordHash,
  recordLeaf,
  treeHead,
} from '@huabiao/domains/ledger/ledger.model'
import { ledgerPhrases } from '@huabiao/domains/ledger/ledger.phrases'
import type { Actor, PersonActor } from '@huabiao/kit/actor/actor'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import { treeRoot } from '@huabiao/kit/merkle/merkle'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const at = new Date('2026-11-24T02:00:00.000Z')
const person: PersonActor = {
  kind: 'person',
  personId: 'p1',
  accountId: 'a1',
  tenantId: 't1',
  party: 'service-provider',
  name: '王工',
  roles: ['eng', 'chm'],
  role: 'eng',
  logonSessionId: 'secret-session',
  terminalId: 'term-1',
  door: 'console',
  sourceIp: '10.0.0.1',
  mfaAt: at,
}
const input = {
  tenant: 't1',
  plane: 'tenant',
  at,
  actor: person,
  act: 'change.approved',
  object: 'change/c1',
  decision: 'done',
} as const

const recordBody = ({
  tenant,
  plane,
  at,
  actor,
  ...record
}: Omit<typeof input, 'actor'> & RecordInput & { actor: Actor }): LedgerBody =>
  JSON.parse(bodyWriter({ tenant, plane, at, actor: ledgerActor(actor) })(record)) as LedgerBody

function chain(length: number, digest = sm3): LedgerRecord[] {
  const records: LedgerRecord[] = []
  for (let seq = 1; seq <= length; seq++) {
    const body = recordBody({ ...input, seq, at: new Date(at.getTime() + seq), data: { n: seq, 说明: '扩容' } })
    records.push(ledgerRecord(digest, records.at(-1)?.hash ?? genesisPrev, body))
  }
  return records
}

const faultsOf = (records: readonly LedgerRecord[]) =>
  records.map((record, i) =>
    checkRecord(
      sm3,
      { seq: i + 1, prev: records[i - 1]?.hash ?? genesisPrev, chain: 't1/tenant', after: records[i - 1]?.body.at },
      record,
    ),
  )

test('the hash is H(0x02, prev, canonical body), the same whatever the order of the members', () => {
  const body = recordBody({ ...input, seq: 1, data: { b: 1, a: 2 } })
  const text =
    '{"act":"change.approved","actor":{"account":"a1","door":"console","ip":"10.0.0.1","kind":"person","name":"王工","person":"p1","role":"eng","roles":["eng","chm"],"terminal":"term-1"},"at":"2026-11-24T02:00:00.000Z","data":{"a":2,"b":1},"decision":"done","object":"change/c1","plane":"tenant","seq":1,"tenant":"t1","v":1}'
  const expected = Buffer.from(sm3(Uint8Array.of(2), new Uint8Array(32), Buffer.from(text))).toString('hex')
  expect(recordHash(sm3, genesisPrev, body)).toBe(expected)
  const reversed = Object.fromEntries(Object.entries(body).reverse()) as unknown as LedgerBody
  expect(recordHash(sm3, genesisPrev, reversed)).toBe(expected)
  expect(recordHash(sha256, genesisPrev, body)).not.toBe(expected)
})

test('a body is written in its canonical form, whatever it says', () => {
  const write = bodyWriter({ tenant: 't1', plane: 'tenant', at, actor: ledgerActor(person) })
  const optional = fc.option(fc.string(), { nil: undefined })
  const record = fc.record({
    seq: fc.nat(),
    act: fc.string(),
    object: fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    change: optional,
    decision: fc.constantFrom('done' as const, 'refused' as const),
    code: optional,
    rule: optional,
    data: fc.dictionary(fc.string(), fc.jsonValue()),
  })
  fc.assert(
    fc.property(record, (given) => {
      const text = write(given)
      const body = JSON.parse(text) as LedgerBody
      expect(canonicalJson(body)).toBe(text)
      const { change, code, rule, seq, act, object, decision } = given
      expect({ change, code, rule, ...body }).toMatchObject({ change, code, rule, seq, act, object, decision })
    }),
  )
})

test('the logon session id, which is a bearer secret, is not recorded', () => {
  expect(JSON.stringify(recordBody({ ...input, seq: 1 }))).not.toContain('secret-session')
})

test('a process of ours is recorded with its kind, its id and its door', () => {
  const actor = {
    kind: 'service',
    service: 'gateway',
    serviceId: 'gw-1',
    plane: 'tenant',
    door: 'service',
    sourceIp: '::1',
  } as const
  expect(recordBody({ ...input, actor, seq: 1 }).actor).toEqual({
    kind: 'service',
    service: 'gateway/gw-1',
    door: 'service',
    ip: '::1',
  })
})

test('what is stored is what was hashed: dates and undefined members take their JSON form, and what has none is refused', () => {
  const body = recordBody({
    ...input,
    seq: 1,
    change: 'c1',
    code: 'x.y',
    rule: 'RL-02',
    data: { when: at, gone: undefined, deep: { gone: undefined } },
  })
  expect(body.data).toEqual({ when: at.toISOString(), deep: {} })
  expect(recordHash(sm3, genesisPrev, JSON.parse(JSON.stringify(body)) as LedgerBody)).toBe(recordHash(sm3, genesisPrev, body))
  for (const bad of [Number.NaN, 1n, '\ud800', () => 1])
    expect(() => recordBody({ ...input, seq: 1, data: { bad } })).toThrow(TypeError)
})

test('a record survives storage as JSON with its hash, whatever its data', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
      const record = ledgerRecord(sm3, genesisPrev, recordBody({ ...input, seq: 1, data }))
      const read = JSON.parse(JSON.stringify(record)) as LedgerRecord
      expect(checkRecord(sm3, { seq: 1, prev: genesisPrev, chain: 't1/tenant' }, read)).toEqual([])
    }),
  )
})

test('a sound chain has no faults', () => {
  expect(faultsOf(chain(20)).flat()).toEqual([])
})

test('each kind of fault is named at its record', () => {
  const records = chain(4)
  const edit = (body: Partial<LedgerBody>, rest: Partial<LedgerRecord> = {}) =>
    faultsOf(records.map((record, i) => (i === 1 ? { ...record, body: { ...record.body, ...body }, ...rest } : record)))
  expect(edit({ decision: 'refused' })).toEqual([[], ['hash'], [], []])
  expect(edit({ seq: 7 })[1]).toEqual(['seq', 'hash'])
  expect(edit({ tenant: 't2' })[1]).toEqual(['chain', 'hash'])
  expect(edit({}, { prev: genesisPrev })[1]).toEqual(['prev', 'hash'])
  expect(edit({}, { hash: genesisPrev })).toEqual([[], ['hash'], ['prev'], []])
  expect(edit({ at: 'yesterday' })[1]).toEqual(['hash', 'time'])
  expect(edit({ data: { bad: Number.NaN } })[1]).toEqual(['hash'])
})

test('an edited record can be re-hashed only by re-linking all that follow', () => {
  const records = chain(5)
  const edited = ledgerRecord(sm3, records[1]!.prev, { ...records[2]!.body, seq: 2, decision: 'refused' })
  expect(faultsOf([records[0]!, edited, ...records.slice(2)]).map((faults) => faults.length > 0)).toEqual([
    false,
    false,
    true,
    false,
    false,
  ])
})

test('a clock that steps back a little is borne, and more is a fault', () => {
  const body = (ms: number) => recordBody({ ...input, seq: 2, at: new Date(at.getTime() + ms) })
  const check = (ms: number) =>
    checkRecord(
      sm3,
      { seq: 2, prev: genesisPrev, chain: 't1/tenant', after: at.toISOString() },
      ledgerRecord(sm3, genesisPrev, body(ms)),
    )
  expect(check(-backwardsToleranceMs)).toEqual([])
  expect(check(-backwardsToleranceMs - 1)).toEqual(['time'])
})

test('a tree head is over the record hashes as leaves', () => {
  const records = chain(3)
  const root = treeRoot(
    sm3,
    records.map((record) => recordLeaf(record.hash)),
  )
  expect(treeHead(chainOf('t1', 'tenant'), 3, root, records[2]!.hash, at)).toEqual({
    v: 1,
    kind: 'tree-head',
    chain: 't1/tenant',
    size: 3,
    root: Buffer.from(root).toString('hex'),
    last: records[2]!.hash,
    at: at.toISOString(),
  })
})

test('hashes have one spelling', () => {
  const body = recordBody({ ...input, seq: 1 })
  for (const prev of ['', '0', 'A'.repeat(64), '0'.repeat(62), '0'.repeat(66)]) {
    expect(() => recordHash(sm3, prev, body)).toThrow(TypeError)
    expect(() => recordLeaf(prev)).toThrow(TypeError)
  }
})

test('every refusal is worded in both languages with a next step', () => {
  expect(Object.keys(ledgerPhrases).sort()).toEqual(Object.keys(ledgerRefusals).sort())
  for (const phrase of Object.values(ledgerPhrases))
    for (const words of Object.values(phrase)) expect(words.length).toBeGreaterThan(5)
})
