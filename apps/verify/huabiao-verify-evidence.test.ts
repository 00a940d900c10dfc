import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { objectPath } from '@huabiao/domains/evidence/evidence.model'
import { genesisPrev, type LedgerBody, recordHash, recordLeaf } from '@huabiao/domains/ledger/ledger.model'
import { manifestText } from '@huabiao/domains/session/session.model'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { loadSigningKeys, newSigningKeys, publicKeysOf, signEnvelope } from '@huabiao/kit/crypto/signature'
import { sm3 } from '@huabiao/kit/crypto/suite'
import { fromHex, toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { treeRoot } from '@huabiao/kit/merkle/merkle'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { evidenceFolder, verifyExport } from './huabiao-verify.mjs'

/** The verifier with the recordings at hand: what is altered, what is gone, and what went by its term (NT-D05, RL-36). */

const dir = mkdtempSync(join(tmpdir(), 'huabiao-verify-evidence-'))
const signer = loadSigningKeys(newSigningKeys())
const tenant = '0190aaaa-0000-7000-8000-000000000001'
const sessionId = '0190bbbb-0000-7000-8000-000000000001'
const dayMs = 86_400_000
const begun = Date.parse('2026-01-10T08:00:00.000Z')
const segments = ['一\r\n', '二\r\n', '三\r\n'].map((text, index) => {
  const data = utf8(text)
  const sha256 = createHash('sha256').update(data).digest('hex')
  return { index, sm3: toHex(sm3(data)), sha256, bytes: data.length, data }
})
const listed = segments.map(({ data: _, ...of }) => of)
const pathOf = (index: number): string => join(dir, 'evidence', objectPath({ tenantId: tenant, sha256: segments[index]!.sha256 }))
afterAll(() => rmSync(dir, { recursive: true }))
beforeEach(() => {
  for (const { index, data } of segments) {
    mkdirSync(dirname(pathOf(index)), { recursive: true })
    writeFileSync(pathOf(index), data)
  }
})

type Event = readonly [act: string, data: object, atMs?: number]
const recorded: readonly Event[] = [
  ['session.opened', { sessionId }],
  ...listed.map((of) => ['recording.segment_sealed', { sessionId, ...of }] as const),
  [
    'session.sealed',
    {
      sessionId,
      segments: 3,
      reason: 'verified',
      manifest: toHex(sm3(utf8(manifestText({ sessionId, reason: 'verified', segments: listed })))),
    },
  ],
]
/** The tombstone over these segments, so many days after they were sealed. */
const expired = (indexes: readonly number[], days: number, more: object = {}): Event => {
  const digests = indexes.map((index) => segments[index]!.sha256)
  const root = toHex(
    treeRoot(
      sm3,
      digests.map((digest) => fromHex(digest)!),
    ),
  )
  return ['evidence.expired', { class: 'recording', count: digests.length, root, digests, ...more }, begun + days * dayMs]
}

/** A whole export over these events, under one signed head. */
function exported(events: readonly Event[]): string {
  let prev = genesisPrev
  const hashes: string[] = []
  const chain = `${tenant}/platform`
  let at = begun
  const records = events.map(([act, data, atMs], i) => {
    at = atMs ?? at + 1_000
    const body: LedgerBody = {
      v: 1,
      seq: i + 1,
      tenant,
      plane: 'platform',
      at: new Date(at).toISOString(),
      actor: { kind: 'service', service: 'gateway/gw-1', door: 'service', ip: '::1' },
      act,
      object: 'x/y',
      decision: 'done',
      data: JSON.parse(canonicalJson(data)) as LedgerBody['data'],
    }
    const hash = recordHash(sm3, prev, body)
    const line = `{"type":"record","body":${canonicalJson(body)},"prev":"${prev}","hash":"${hash}"}`
    hashes.push(hash)
    prev = hash
    return line
  })
  const size = records.length
  const root = toHex(treeRoot(sm3, hashes.map(recordLeaf)))
  const exportedAt = new Date(at + 5_000).toISOString()
  const head = signEnvelope('tree-head', { v: 1, kind: 'tree-head', chain, size, root, last: prev, at: exportedAt }, signer)
  const keys = publicKeysOf(signer)
  const header = JSON.stringify({ type: 'header', v: 1, chain, tenant, plane: 'platform', from: 1, to: size, exportedAt, keys })
  const lines = [header, ...records, JSON.stringify({ type: 'tree-head', ...head })]
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  const whole = sha256(lines.map((line) => `${line}\n`).join(''))
  const file = join(dir, 'export.jsonl')
  const end = JSON.stringify({ type: 'end', records: size, treeHeads: 1, header: sha256(header), sha256: whole })
  writeFileSync(file, `${[...lines, end].join('\n')}\n`)
  return file
}
const verify = (events: readonly Event[]) =>
  verifyExport(exported(events), publicKeysOf(signer), undefined, { readEvidence: evidenceFolder(join(dir, 'evidence')) })
const findings = async (events: readonly Event[]) => (await verify(events)).findings.map(({ code, seq }) => `${code}@${seq}`)

describe('recordings', () => {
  test('whole evidence holds, every byte of it read', async () => {
    const bytes = segments.reduce((sum, one) => sum + one.bytes, 0)
    expect(await verify(recorded)).toMatchObject({ ok: true, recordings: 1, segments: 3, bytes, expired: 0, findings: [] })
  })

  test('a turned byte, another length and a missing file are named by the record of the segment (NT-D05)', async () => {
    const turned = Uint8Array.from(segments[1]!.data)
    turned[0]! ^= 1
    writeFileSync(pathOf(1), turned)
    rmSync(pathOf(2))
    expect(await findings(recorded)).toEqual(['evidence_altered@3', 'evidence_missing@4'])
    writeFileSync(pathOf(1), Buffer.concat([segments[1]!.data, Buffer.from(' ')]))
    expect(await findings(recorded)).toContain('evidence_altered@3')
  })

  test('a manifest over other segments than the ledger names is found', async () => {
    const [opened, ...rest] = recorded
    const seal: Event = ['session.sealed', { ...(rest.at(-1)![1] as object), manifest: 'f'.repeat(64) }]
    expect(await findings([opened!, ...rest.slice(0, -1), seal])).toEqual(['evidence_manifest@5'])
  })
})

describe('what went by its term (RL-36)', () => {
  test('is counted and no finding, when a tombstone names it and its six months were over', async () => {
    rmSync(pathOf(0))
    rmSync(pathOf(1))
    expect(await verify([...recorded, expired([0, 1], 181)])).toMatchObject({ ok: true, segments: 3, expired: 2 })
  })

  test('is loss where no tombstone names it, or one names others', async () => {
    rmSync(pathOf(0))
    expect(await findings(recorded)).toEqual(['evidence_missing@2'])
    expect(await findings([...recorded, expired([1], 181)])).toEqual(['evidence_missing@2'])
  })

  test('went too early where the ledger itself says that the six months were not over', async () => {
    rmSync(pathOf(0))
    expect(await findings([...recorded, expired([0], 179)])).toEqual(['evidence_expired_early@2'])
  })

  test('is the word of nobody where root or count of the tombstone are not of its digests', async () => {
    rmSync(pathOf(0))
    expect(await findings([...recorded, expired([0], 181, { root: 'f'.repeat(64) })])).toEqual([
      'evidence_missing@2',
      'evidence_tombstone@6',
    ])
    expect(await findings([...recorded, expired([0], 181, { count: 2 })])).toContain('evidence_tombstone@6')
  })
})
