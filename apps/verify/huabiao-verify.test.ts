import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LedgerBody, recordHash } from '@huabiao/domains/ledger/ledger.model'
import { signDueHeads } from '@huabiao/domains/ledger/ledger.module'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { sm2KeyPair, sm2Sign } from '@huabiao/kit/crypto/sm2'
import { gmSuite, sm3 } from '@huabiao/kit/crypto/suite'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ChainReader } from '../console-operator/src/pages/ledger/verify.ts'
import { type Harness, startHarness } from '../control-plane/testing/harness.ts'
import { type Finding, sm2Verify, verifyExport } from './huabiao-verify.mjs'

/** Every way to tamper with an export of a real ledger is found, and named at its place (RL-13). */

const folder = mkdtempSync(join(tmpdir(), 'huabiao-verify-'))
let h: Harness
/** Lines of a whole export of the provider's chain, and where its records begin and end; signed heads over some of them. */
let whole: string[]
let chain: string
let records: number
let heads: number[]
let keysFile: string
let foreign: string[]

beforeAll(async () => {
  h = await startHarness()
  await workOfADay()
  const exported = async (tenant: string, login: string): Promise<string[]> => {
    const headers = { authorization: `Bearer ${await h.logOn(login)}` }
    const answer = await h.app.inject({ method: 'GET', url: `/api/v1/ledger/export?tenantId=${tenant}&plane=platform`, headers })
    expect(answer.statusCode, answer.body.slice(0, 300)).toBe(200)
    return answer.body.trimEnd().split('\n')
  }
  const me = (await h.call('zhu.cha', 'GET', '/me')).body as { tenant: { id: string } }
  chain = `${me.tenant.id}/platform`
  whole = await exported(me.tenant.id, 'zhu.cha')
  records = whole.filter((line) => line.startsWith('{"type":"record"')).length
  heads = whole.filter((line) => line.startsWith('{"type":"tree-head"')).map(sizeOf)
  keysFile = join(folder, 'keys.json')
  writeFileSync(keysFile, JSON.stringify(await h.signing.keys()))
  foreign = whole.map((line) => line.replaceAll(me.tenant.id, '0190aaaa-0000-7000-8000-00000000000f'))
  expect(records).toBeGreaterThan(30)
  expect(heads.length).toBeGreaterThanOrEqual(3)
}, 120_000)
afterAll(async () => {
  await h.close()
  rmSync(folder, { recursive: true })
})

/** A change on its way to a target, with a head signed now and then, as the days of a real ledger go. */
async function workOfADay(): Promise<void> {
  // Ten seconds lie between two heads of a chain.
  let ago = 44_000
  const signed = (): Promise<number> => {
    ago -= 11_000
    const clock = { now: () => new Date(Date.now() - ago) }
    return signDueHeads(
      { db: h.db, clock, suite: gmSuite, signer: { ...h.signing, publicKeys: async () => (await h.signing.keys()).keys } },
      (at, error) => {
        throw new Error(`no head of ${at}`, { cause: error })
      },
    )
  }
  await h.logOn('zhao.ming')
  await signed()
  expect((await h.gateway('hello', { bootId: h.bootId, version: 'test' })).status).toBe(200)
  const { id, no } = await h.scheduledChange()
  await signed()
  await h.composed.jobs.changes()
  await h.present(id)
  const { sessionId } = await h.act('zhao.ming', id, 'begin', { confirm: no })
  await h.claim()
  await h.gateway(`sessions/${sessionId}/opened`, { bootId: h.bootId, startedAt: new Date().toISOString() })
  await signed()
  await h.runNext(await h.read(id))
  await h.carryOut({ exitCode: 0, stdout: 'state=running' })
  // A line separator of Unicode is no line of a file.
  await h.act('zhao.ming', id, 'pause', { reason: '先停一停\u2028再看' })
  await signed()
}

const sizeOf = (line: string): number => (JSON.parse((JSON.parse(line) as { payload: string }).payload) as { size: number }).size
/** Line of the file (from 1) at which a record stands. */
const lineOf = (seq: number): number => seq + 1
let files = 0
function written(content: string | Uint8Array | readonly string[]): string {
  files += 1
  const path = join(folder, `${files}.jsonl`)
  writeFileSync(path, Array.isArray(content) ? `${content.join('\n')}\n` : (content as string | Uint8Array))
  return path
}
const verify = async (content: string | Uint8Array | readonly string[], checkpoint?: readonly string[]) =>
  verifyExport(written(content), undefined, checkpoint && written(checkpoint))
const first = async (content: string | Uint8Array | readonly string[]): Promise<Finding> => {
  const { ok, findings } = await verify(content)
  expect(ok).toBe(false)
  return findings[0]!
}
/** What an insider with an editor would still put right: counts and digests, for which no key is needed. */
function putRight(lines: readonly string[], over: object = {}): string[] {
  const inner = lines.slice(1, -1)
  const of = (type: string): number => inner.filter((line) => line.startsWith(`{"type":"${type}"`)).length
  const header = JSON.stringify({ ...JSON.parse(lines[0]!), to: of('record'), ...over })
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  const end = { type: 'end', records: of('record'), treeHeads: of('tree-head'), header: sha256(header) }
  const rest = [header, ...inner]
  return [...rest, JSON.stringify({ ...end, sha256: sha256(rest.map((line) => `${line}\n`).join('')) })]
}
const bodyOf = (line: string): LedgerBody => (JSON.parse(line) as { body: LedgerBody }).body
/** Links bodies anew, from the first to the last: everything but a signature can be forged. */
function relinked(bodies: readonly LedgerBody[]): string[] {
  let prev = '0'.repeat(64)
  return bodies.map((body, i) => {
    const own = { ...body, seq: i + 1 }
    const hash = recordHash(sm3, prev, own)
    const line = `{"type":"record","body":${canonicalJson(own)},"prev":"${prev}","hash":"${hash}"}`
    prev = hash
    return line
  })
}
const recordLines = (): string[] => whole.slice(1, records + 1)
const withRecords = (lines: readonly string[]): string[] => [whole[0]!, ...lines, ...whole.slice(records + 1)]
const anySeq = () => fc.integer({ min: 1, max: records })
const runs = { numRuns: 20 }
/** The signed stretch in which a change of record `seq` must show: behind the last head that still holds. */
const stretchOf = (seq: number): { seq: number; to: number } => {
  const to = heads.find((size) => size >= seq)!
  return { seq: (heads.findLast((size) => size < seq) ?? 0) + 1, to }
}
/** What the page in the browser says of the same file; it has no keys, so it says nothing about signatures. */
function inBrowser(lines: readonly string[]) {
  const reader = new ChainReader(chain)
  for (const line of lines) reader.line(line)
  return reader.end()
}

test('its own SM2 says the same as the platform’s: every signature holds, and no other message, key or byte', () => {
  const key = sm2KeyPair()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (message, at) => {
      const signature = sm2Sign(key.privateKey, message)
      expect(sm2Verify(key.publicKey, message, signature)).toBe(true)
      expect(sm2Verify(key.publicKey, Uint8Array.of(...message, 0), signature)).toBe(false)
      expect(sm2Verify(sm2KeyPair().publicKey, message, signature)).toBe(false)
      const turned = Uint8Array.from(signature)
      turned[at % turned.length]! ^= 1 << (at % 8)
      expect(sm2Verify(key.publicKey, message, turned)).toBe(false)
    }),
    { numRuns: 12 },
  )
})

test('the whole export holds, in the verifier and in the browser', async () => {
  expect(await verify(whole)).toMatchObject({
    ok: true,
    chain,
    records,
    treeHeads: heads.length,
    proved: heads.at(-1),
    findings: [],
  })
  expect(inBrowser(whole)).toEqual({ kind: 'holds', records, heads: heads.length })
  expect(whole.some((line) => line.includes('\u2028'))).toBe(true)
})

test('flip: any byte of the file is found at its line, and of a record at its number', async () => {
  const bytes = Buffer.from(`${whole.join('\n')}\n`)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const turned = Buffer.from(bytes)
      turned[at]! ^= by
      const line = bytes.subarray(0, at).toString('latin1').split('\n').length
      const found = await first(turned)
      // A line that lost its end is one with the next; one that gained an end breaks where it began.
      expect([line, line + (turned[at] === 10 ? 1 : 0)], `byte ${at} ^ ${by}: ${JSON.stringify(found)}`).toContain(found.line)
      if (line > 1 && line <= records + 1) expect(found.seq).toBe(line - 1)
      if (line > 1 && line <= records && ![turned[at], bytes[at]].includes(10))
        expect(inBrowser(turned.toString('utf8').split('\n'))).toMatchObject({ kind: 'record', seq: line - 1 })
    }),
    { numRuns: 60 },
  )
}, 120_000)

test('flip: of the header and of the tree heads every byte counts', async () => {
  const unsigned = [1, ...heads.map((_, i) => records + 2 + i)]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...unsigned), fc.nat(), fc.integer({ min: 1, max: 255 }), async (line, at, by) => {
      const bytes = Buffer.from(whole[line - 1]!)
      bytes[at % bytes.length]! ^= by
      fc.pre(bytes[at % bytes.length] !== 10)
      const found = await first(
        Buffer.concat([
          Buffer.from(
            whole
              .slice(0, line - 1)
              .map((text) => `${text}\n`)
              .join(''),
          ),
          bytes,
          Buffer.from(`\n${whole.slice(line).join('\n')}\n`),
        ]),
      )
      expect(found.line, `byte ${at % bytes.length} ^ ${by}: ${JSON.stringify(found)}`).toBe(line)
    }),
    { numRuns: 40 },
  )
}, 120_000)

test('delete: the missing number is named, whatever counts were put right', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: records - 1 }), async (seq) => {
      const lines = putRight(withRecords(recordLines().toSpliced(seq - 1, 1)))
      expect(await first(lines)).toMatchObject({ code: 'seq', seq, line: lineOf(seq) })
      expect(inBrowser(lines)).toMatchObject({ kind: 'record', seq })
    }),
    runs,
  )
}, 120_000)

test('swap: the first of the two places is named', async () => {
  await fc.assert(
    fc.asyncProperty(anySeq(), anySeq(), async (one, other) => {
      fc.pre(one !== other)
      const lines = recordLines()
      ;[lines[one - 1], lines[other - 1]] = [lines[other - 1]!, lines[one - 1]!]
      const seq = Math.min(one, other)
      expect(await first(putRight(withRecords(lines)))).toMatchObject({ code: 'seq', seq, line: lineOf(seq) })
      expect(inBrowser(withRecords(lines))).toMatchObject({ kind: 'record', seq })
    }),
    runs,
  )
}, 120_000)

describe('insert', () => {
  const forged = (seq: number): LedgerBody => ({
    ...bodyOf(recordLines()[seq - 1]!),
    act: 'change.approved',
    object: 'change/forged',
  })

  test('a forged record is named at its number', async () => {
    await fc.assert(
      fc.asyncProperty(anySeq(), async (seq) => {
        const before = JSON.parse(recordLines()[seq - 1]!) as { prev: string; hash: string }
        const line = `{"type":"record","body":${canonicalJson(forged(seq))},"prev":"${before.prev}","hash":"${before.hash}"}`
        const lines = putRight(withRecords(recordLines().toSpliced(seq - 1, 0, line)))
        expect(await first(lines)).toMatchObject({ code: 'hash', seq, line: lineOf(seq) })
        expect(inBrowser(lines)).toMatchObject({ kind: 'record', seq })
      }),
      runs,
    )
  }, 120_000)

  test('a chain recomputed from there on does not fit the signed heads: the stretch between two of them is named', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: heads.at(-1)! }), fc.boolean(), async (seq, inserted) => {
        const bodies = recordLines()
          .map(bodyOf)
          .toSpliced(seq - 1, inserted ? 0 : 1, forged(seq))
        const lines = putRight(withRecords(relinked(bodies)))
        expect(await first(lines)).toMatchObject({ code: 'head_root', ...stretchOf(seq) })
        expect(inBrowser(lines)).toEqual({ kind: 'head', size: stretchOf(seq).to })
      }),
      runs,
    )
  }, 120_000)

  test('a duplicated record, and records of another chain', async () => {
    await fc.assert(
      fc.asyncProperty(anySeq(), async (seq) => {
        const twice = putRight(withRecords(recordLines().toSpliced(seq, 0, recordLines()[seq - 1]!)))
        expect(await first(twice)).toMatchObject({ code: 'seq', seq: seq + 1, line: lineOf(seq + 1) })
        expect(inBrowser(twice)).toMatchObject({ kind: 'record', seq: seq + 1 })
        const strange = putRight(withRecords(recordLines().toSpliced(seq - 1, 1, foreign[seq]!)))
        expect(await first(strange)).toMatchObject({ code: 'chain', seq, line: lineOf(seq) })
        expect(inBrowser(strange)).toMatchObject({ kind: 'record', seq })
      }),
      runs,
    )
  }, 120_000)
})

describe('truncate', () => {
  const headLines = (): string[] => whole.slice(records + 1, -1)
  /** As many records and heads, everything else put right, and exported an hour later. */
  const shortened = (size: number, heads: number): string[] =>
    putRight([whole[0]!, ...recordLines().slice(0, size), ...headLines().slice(0, heads), whole.at(-1)!], {
      exportedAt: new Date(Date.now() + 3_600_000).toISOString(),
    })

  test('a file cut anywhere is named by the line at which it ends', async () => {
    const bytes = Buffer.from(`${whole.join('\n')}\n`)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: whole[0]!.length + 1, max: bytes.length - 1 }), async (length) => {
        const cut = bytes.subarray(0, length)
        const found = await first(cut)
        const line = cut.toString('latin1').split('\n').length
        expect([line, line + 1]).toContain(found.line)
        if (line > 1 && line <= records + 1) expect([line - 1, line - 2]).toContain(found.seq)
        expect(inBrowser(cut.toString('utf8').split('\n')).kind).not.toBe(length === bytes.length - 1 ? 'truncated' : 'holds')
      }),
      { numRuns: 60 },
    )
  }, 120_000)

  test('records cut below a signed head: the head names those that are missing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: heads.at(-1)! - 1 }), async (size) => {
        const to = heads.find((head) => head > size)!
        expect(await first(shortened(size, heads.length))).toMatchObject({ code: 'head_beyond_end', seq: size + 1, to })
      }),
      runs,
    )
  }, 120_000)

  test('heads cut: the records that should long have been signed are named', async () => {
    const [, earlier, last] = heads.slice(-3) as [number, number, number]
    expect(await verify(shortened(last, heads.length))).toMatchObject({ ok: true })
    expect(await first(shortened(last, heads.length - 1))).toMatchObject({ code: 'uncovered', seq: earlier + 1, to: last })
    expect(await first(shortened(last, 0))).toMatchObject({ code: 'no_tree_head' })
    expect(await first([...whole.slice(0, -2), whole.at(-1)!])).toMatchObject({ code: 'file_digest', line: whole.length - 1 })
  })

  test('records and heads cut off together leave a whole earlier ledger: an earlier export as checkpoint names what is missing', async () => {
    const [, earlier, last] = heads.slice(-3) as [number, number, number]
    const short = shortened(earlier, heads.length - 1)
    expect(await verify(short)).toMatchObject({ ok: true, proved: earlier })
    const { ok, findings } = await verify(short, whole)
    expect(ok).toBe(false)
    expect(findings).toMatchObject([{ code: 'checkpoint_beyond_end', seq: earlier + 1, to: last }])
    expect(await verify(whole, short), 'an older checkpoint holds, since history only grew').toMatchObject({ ok: true })
  })
})

test('a checkpoint of another chain, of other records or by another signer is refused (NT-D11)', async () => {
  const bodies = recordLines().map(bodyOf)
  const other = putRight([whole[0]!, ...relinked(bodies.with(2, { ...bodies[2]!, object: 'change/other' })), whole.at(-1)!])
  const codes = async (lines: readonly string[], checkpoint: readonly string[]) =>
    (await verify(lines, checkpoint)).findings.map(({ code, seq }) => `${code} ${seq}`)
  expect(await codes(other, whole)).toContain('checkpoint_root 1')
  expect(await codes(whole, foreign)).toContain(`checkpoint_chain ${heads[0]}`)
  const stranger = whole.map((line) => line.replaceAll('"keyId":"', '"keyId":"0'))
  expect(await codes(whole, stranger)).toContain(`checkpoint_key_unknown ${heads[0]}`)
})

describe('from the command line', () => {
  const verifier = join(import.meta.dirname, 'huabiao-verify.mjs')
  const run = (...args: string[]) => spawnSync(process.execPath, [verifier, ...args], { encoding: 'utf8' })

  test('exit code and words name the place', () => {
    expect(run(written(whole), '--keys', keysFile)).toMatchObject({ status: 0 })
    const lines = recordLines().with(6, recordLines()[6]!.replace('"decision":"done"', '"decision":"dome"'))
    const { status, stdout } = run(written(putRight(withRecords(lines))), '--keys', keysFile)
    expect(status).toBe(1)
    expect(stdout).toContain('第 8 行 line 8 · #7 ')
    expect(run(written(whole), '--checkpoint', written(foreign)).status).toBe(1)
    expect(run(written('no ledger\n')).status).toBe(2)
    expect(run().status).toBe(2)
  })
})
