import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { genesisPrev, type LedgerBody, recordHash, recordLeaf } from '@huabiao/domains/ledger/ledger.model'
import { signDueHeads } from '@huabiao/domains/ledger/ledger.module'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { loadSigningKeys, newSigningKeys, publicKeysOf, signEnvelope } from '@huabiao/kit/crypto/signature'
import { gmSuite, sm3 } from '@huabiao/kit/crypto/suite'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { treeRoot } from '@huabiao/kit/merkle/merkle'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ChainReader } from '../console-operator/src/pages/ledger/verify.ts'
import { type Harness, startHarness } from '../control-plane/testing/harness.ts'
import { type WitnessClient, witnessClient } from '../control-plane/witness-client.ts'
import { type WitnessPlace, witnessPlace } from '../witness/testing/place.ts'
import { verifyExport } from './huabiao-verify.mjs'

/**
 * What the witness signed is in the export and is checked with keys that came from the supervision side. A history rewritten with the
 * platform's own keys, so that nothing else could tell, is named where it was rewritten (RL-13, NT-D10, NT-D11).
 */

const folder = mkdtempSync(join(tmpdir(), 'huabiao-verify-witness-'))
let h: Harness
let place: WitnessPlace
let whole: string[]
/** Sizes that the witness has signed, and the file in which it keeps them itself. */
let sizes: number[]
let kept: string

beforeAll(async () => {
  const late: { client?: WitnessClient } = {}
  h = await startHarness({ witness: { last: (of) => late.client!.last(of), counterSign: (of) => late.client!.counterSign(of) } })
  place = await witnessPlace((await h.signing.keys()).keys)
  late.client = witnessClient(place.platform())
  let ago = 50_000
  for (let round = 0; round < 4; round++) {
    for (const login of ['zhao.ming', 'zhu.cha', 'yang.an', 'chen.jing'].slice(0, round + 1))
      await h.call(login, 'POST', '/changes', {})
    ago -= 11_000
    const clock = { now: () => new Date(Date.now() - ago) }
    const signer = { ...h.signing, publicKeys: async () => (await h.signing.keys()).keys }
    await signDueHeads({ db: h.db, clock, suite: gmSuite, signer }, (_, error) => {
      throw error
    })
    expect(await h.composed.jobs.witness()).toBeGreaterThan(0)
  }
  const { tenant } = (await h.call('zhu.cha', 'GET', '/me')).body as { tenant: { id: string } }
  const headers = { authorization: `Bearer ${await h.logOn('zhu.cha')}` }
  const url = `/api/v1/ledger/export?tenantId=${tenant.id}&plane=platform`
  whole = (await h.app.inject({ method: 'GET', url, headers })).body.trimEnd().split('\n')
  sizes = whole.flatMap((line) => (line.startsWith('{"type":"witnessed-head"') ? [sizeOf(line)] : []))
  const file = readdirSync(join(place.stateDir, 'heads')).find((name) => name.includes(`${tenant.id}+platform`))!
  kept = join(place.stateDir, 'heads', file)
}, 120_000)
afterAll(async () => {
  await place.remove()
  await h.close()
  rmSync(folder, { recursive: true })
})

const sizeOf = (line: string): number => (JSON.parse((JSON.parse(line) as { payload: string }).payload) as { size: number }).size
let files = 0
function written(lines: readonly string[]): string {
  files += 1
  const path = join(folder, `${files}.jsonl`)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}
const keys = () => place.keys
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Counts and digests put right, for which no key is needed. */
function putRight(inner: readonly string[]): string[] {
  const of = (type: string): number => inner.filter((line) => line.startsWith(`{"type":"${type}"`)).length
  const header = JSON.stringify({ ...JSON.parse(whole[0]!), to: of('record') })
  const rest = [header, ...inner]
  const end = { type: 'end', records: of('record'), treeHeads: of('tree-head'), header: sha256(header) }
  return [...rest, JSON.stringify({ ...end, sha256: sha256(rest.map((line) => `${line}\n`).join('')) })]
}
const bodies = (): LedgerBody[] =>
  whole.flatMap((line) => (line.startsWith('{"type":"record"') ? [(JSON.parse(line) as { body: LedgerBody }).body] : []))

/** The export as it would be had the platform's signer signed another history at the same sizes: every signature of its own holds. */
function rewritten(alter: (body: LedgerBody) => LedgerBody, signer: ReturnType<typeof loadSigningKeys>): string[] {
  let prev = genesisPrev
  const hashes: string[] = []
  const records = bodies().map((body) => {
    const own = alter(body)
    const hash = recordHash(sm3, prev, own)
    const line = `{"type":"record","body":${canonicalJson(own)},"prev":"${prev}","hash":"${hash}"}`
    hashes.push(hash)
    prev = hash
    return line
  })
  const heads = sizes.map((size) => {
    const root = toHex(treeRoot(sm3, hashes.slice(0, size).map(recordLeaf)))
    const { tenant, plane, at } = bodies()[size - 1]!
    const head = { v: 1, kind: 'tree-head', chain: `${tenant}/${plane}`, size, root, last: hashes[size - 1]!, at }
    return JSON.stringify({ type: 'tree-head', ...signEnvelope('tree-head', head, signer) })
  })
  return [...records, ...heads]
}

test('an export carries what the witness signed, and it holds with the witness’s keys alone, in the browser too', async () => {
  expect(sizes.length).toBeGreaterThanOrEqual(3)
  const verdict = await verifyExport(written(whole), undefined, undefined, { witnessKeys: keys(), witnessPath: kept })
  expect(verdict).toMatchObject({ ok: true, witnessed: sizes.at(-1), findings: [] })
  const reader = new ChainReader((JSON.parse(whole[0]!) as { chain: string }).chain)
  for (const line of whole) reader.line(line)
  expect(reader.end()).toMatchObject({ kind: 'holds' })
})

test('a history rewritten with the platform’s own keys holds by itself; with what the witness kept, the stretch of the altered record is named', async () => {
  const signer = loadSigningKeys(newSigningKeys())
  for (const seq of [1, sizes[0]! + 1, sizes.at(-1)!]) {
    const lines = putRight(rewritten((body) => (body.seq === seq ? { ...body, object: 'change/another' } : body), signer))
    const file = written(lines)
    const platformKeys = publicKeysOf(signer)
    expect((await verifyExport(file, platformKeys)).ok, 'nothing else can tell').toBe(true)
    const { ok, findings } = await verifyExport(file, platformKeys, undefined, { witnessKeys: keys(), witnessPath: kept })
    const to = sizes.find((size) => size >= seq)!
    const from = (sizes.findLast((size) => size < seq) ?? 0) + 1
    expect(ok).toBe(false)
    expect(findings).toEqual([{ code: 'witness_root', line: from + 1, seq: from, to, object: '' }])
  }
})

test('a ledger cut short is named by the first record that the witness has seen and the file has not', async () => {
  const most = sizes[1]!
  const lines = whole.filter((line) =>
    line.startsWith('{"type":"record"')
      ? (JSON.parse(line) as { body: LedgerBody }).body.seq <= most
      : line.startsWith('{"type":"tree-head"') && sizeOf(line) <= most,
  )
  const { findings } = await verifyExport(written(putRight(lines)), undefined, undefined, {
    witnessKeys: keys(),
    witnessPath: kept,
  })
  expect(findings[0]).toMatchObject({ code: 'witness_beyond_end', seq: most + 1 })
})

test('the signature of another witness, one over another head, and none at all are found (NT-D10, NT-D11)', async () => {
  const stranger = publicKeysOf(loadSigningKeys(newSigningKeys()))
  const codes = async (lines: readonly string[], of = keys()) =>
    (await verifyExport(written(lines), undefined, undefined, { witnessKeys: of })).findings.map((finding) => finding.code)
  expect(await codes(whole, stranger)).toContain('witness_key_unknown')
  const inner = whole.slice(1, -1)
  expect(await codes(putRight(inner.filter((line) => !line.startsWith('{"type":"witnessed-head"'))))).toEqual(['no_witness'])
  const turned = inner.map((line) =>
    line.startsWith('{"type":"witnessed-head"') ? line.replace(/\\"root\\":\\"../, '\\"root\\":\\"00') : line,
  )
  expect(await codes(putRight(turned))).toContain('witness_signature')
})

test('the command names the place and ends with 1', () => {
  const signer = loadSigningKeys(newSigningKeys())
  const lines = putRight(rewritten((body) => (body.seq === sizes[0]! + 1 ? { ...body, object: 'change/another' } : body), signer))
  const [keysFile, witnessKeys] = [join(folder, 'keys.json'), join(folder, 'witness.json')]
  writeFileSync(keysFile, JSON.stringify({ keys: publicKeysOf(signer) }))
  writeFileSync(witnessKeys, JSON.stringify({ keys: keys() }))
  const verifier = join(import.meta.dirname, 'huabiao-verify.mjs')
  const run = (...args: string[]) => spawnSync(process.execPath, [verifier, ...args], { encoding: 'utf8' })
  const found = run(written(lines), '--keys', keysFile, '--witness-keys', witnessKeys, '--witness', kept)
  expect(found.stdout).toContain('[witness_root]')
  expect(found.stdout).toContain(`#${sizes[0]! + 1}–${sizes[1]}`)
  expect(found.status).toBe(1)
  expect(run(written(whole), '--witness-keys', witnessKeys, '--witness', kept).status).toBe(0)
  expect(run(written(whole), '--witness', keysFile).status).toBe(2)
  expect(readFileSync(kept, 'utf8')).toContain('witnessed')
})
