#!/usr/bin/env node
// huabiao-verify: checks an exported ledger offline. One file, no dependencies, Node 20 or newer. It shares no code with the platform,
// so that a mistake there is not believed here.
//
//   node huabiao-verify.mjs <export.jsonl> [--keys <keys.json>] [--json]
//
// Exit 0: whole and complete. Exit 1: altered, incomplete, or signed by somebody else. Exit 2: cannot be read.
import { createPublicKey, verify as verifyWith } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

// ── SM3 (GB/T 32905-2016) ──────────────────────────────────────────────────────────────────────────────────────────────
const rotl = (x, n) => ((x << (n & 31)) | (x >>> (32 - (n & 31)))) >>> 0
const p0 = (x) => (x ^ rotl(x, 9) ^ rotl(x, 17)) >>> 0
const p1 = (x) => (x ^ rotl(x, 15) ^ rotl(x, 23)) >>> 0
const constants = Array.from({ length: 64 }, (_, j) => rotl(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32))
export function sm3(...parts) {
  const message = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const padded = Buffer.alloc(Math.ceil((message.length + 9) / 64) * 64)
  message.copy(padded)
  padded[message.length] = 0x80
  padded.writeBigUInt64BE(BigInt(message.length) * 8n, padded.length - 8)
  const v = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e]
  const w = new Uint32Array(68)
  for (let at = 0; at < padded.length; at += 64) {
    for (let j = 0; j < 16; j += 1) w[j] = padded.readUInt32BE(at + j * 4)
    for (let j = 16; j < 68; j += 1)
      w[j] = (p1((w[j - 16] ^ w[j - 9] ^ rotl(w[j - 3], 15)) >>> 0) ^ rotl(w[j - 13], 7) ^ w[j - 6]) >>> 0
    let [a, b, c, d, e, f, g, h] = v
    for (let j = 0; j < 64; j += 1) {
      const a12 = rotl(a, 12)
      const ss1 = rotl((a12 + e + constants[j]) >>> 0, 7)
      const ss2 = (ss1 ^ a12) >>> 0
      const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
      const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g)
      const tt1 = (ff + d + ss2 + ((w[j] ^ w[j + 4]) >>> 0)) >>> 0
      const tt2 = (gg + h + ss1 + w[j]) >>> 0
      d = c
      c = rotl(b, 9)
      b = a
      a = tt1
      h = g
      g = rotl(f, 19)
      f = e
      e = p0(tt2)
    }
    for (const [i, x] of [a, b, c, d, e, f, g, h].entries()) v[i] = (v[i] ^ x) >>> 0
  }
  const out = Buffer.alloc(32)
  for (const [i, x] of v.entries()) out.writeUInt32BE(x, i * 4)
  return out
}

// ── SM2 verification (GB/T 32918.2-2016, curve of GB/T 32918.5) ─────────────────────────────────────────────────────────
const P = BigInt('0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff')
const A = P - 3n
const B = BigInt('0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93')
const N = BigInt('0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123')
const G = [
  BigInt('0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7'),
  BigInt('0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0'),
]
const mod = (x, m = P) => ((x % m) + m) % m
function inverse(x, m = P) {
  let [a, b, u, w] = [mod(x, m), m, 1n, 0n]
  while (a > 1n) {
    const q = b / a
    ;[a, b, u, w] = [b - q * a, a, w - q * u, u]
  }
  return mod(u, m)
}
function add(one, two) {
  if (!one) return two
  if (!two) return one
  const [x1, y1] = one
  const [x2, y2] = two
  if (x1 === x2 && mod(y1 + y2) === 0n) return undefined
  const slope = x1 === x2 ? mod((3n * x1 * x1 + A) * inverse(2n * y1)) : mod((y2 - y1) * inverse(x2 - x1))
  const x = mod(slope * slope - x1 - x2)
  return [x, mod(slope * (x1 - x) - y1)]
}
function multiply(k, point) {
  let [sum, double] = [undefined, point]
  for (let rest = k; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, double)
    double = add(double, double)
  }
  return sum
}
const number = (bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
const bytes32 = (x) => Buffer.from(x.toString(16).padStart(64, '0'), 'hex')
/** Strict DER of two positive integers, or undefined. */
function parseDer(der) {
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der.length > 72) return undefined
  const found = []
  let at = 2
  for (let i = 0; i < 2; i += 1) {
    const length = der[at + 1]
    const value = der.subarray(at + 2, at + 2 + length)
    if (
      der[at] !== 0x02 ||
      !length ||
      value.length !== length ||
      value[0] & 0x80 ||
      (value[0] === 0 && length > 1 && !(value[1] & 0x80))
    )
      return undefined
    found.push(number(value))
    at += 2 + length
  }
  return at === der.length ? found : undefined
}
export function sm2Verify(publicKey, message, signature) {
  if (publicKey.length !== 65 || publicKey[0] !== 4) return false
  const point = [number(publicKey.subarray(1, 33)), number(publicKey.subarray(33))]
  if (point[0] >= P || point[1] >= P || mod(point[1] ** 2n - point[0] ** 3n - A * point[0] - B) !== 0n) return false
  const parsed = parseDer(signature)
  if (!parsed) return false
  const [r, s] = parsed
  if (r < 1n || r >= N || s < 1n || s >= N) return false
  const t = mod(r + s, N)
  if (t === 0n) return false
  const id = Buffer.from('1234567812345678')
  const z = sm3(Buffer.from([0, id.length * 8]), id, ...[A, B, ...G, ...point].map(bytes32))
  const e = number(sm3(z, message))
  const sum = add(multiply(s, G), multiply(t, point))
  return sum !== undefined && mod(e + sum[0], N) === r
}

function signatureHolds(entry, message, value) {
  const signature = Buffer.from(value, 'base64')
  const key = Buffer.from(entry.publicKey, 'base64')
  try {
    if (entry.alg === 'sm2') return sm2Verify(key, message, signature)
    return verifyWith(null, message, createPublicKey({ key, format: 'der', type: 'spki' }), signature)
  } catch {
    return false
  }
}

// ── Merkle tree of RFC 6962 over SM3 ────────────────────────────────────────────────────────────────────────────────────
/** Grows leaf by leaf and holds only the roots of its perfect subtrees. */
class Tree {
  size = 0
  peaks = []
  append(leaf) {
    let node = sm3(Buffer.of(0), leaf)
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) node = sm3(Buffer.of(1), this.peaks.pop(), node)
    this.peaks.push(node)
    this.size += 1
  }
  root() {
    let root = this.peaks.at(-1) ?? sm3()
    for (let i = this.peaks.length - 2; i >= 0; i -= 1) root = sm3(Buffer.of(1), this.peaks[i], root)
    return root.toString('hex')
  }
}

// ── Completeness: what was begun must have ended ────────────────────────────────────────────────────────────────────────
class Completeness {
  sessions = new Map()
  grants = new Map()
  constructor(find) {
    this.find = find
  }
  see({ seq, act, at, decision, data }) {
    if (decision !== 'done') return
    const { sessionId, grantId } = data
    if (act === 'session.opened') {
      if (this.sessions.has(sessionId)) this.find('session_opened_twice', seq, `session/${sessionId}`)
      else this.sessions.set(sessionId, { seq, at: Date.parse(at), next: 0, ended: false })
    } else if (act === 'recording.segment_sealed') {
      const session = this.sessions.get(sessionId)
      if (!session) this.find('segment_never_opened', seq, `session/${sessionId}`)
      else if (session.ended) this.find('segment_after_seal', seq, `session/${sessionId}`)
      else if (data.index !== session.next)
        this.find(data.index < session.next ? 'segment_repeated' : 'segment_missing', seq, `session/${sessionId}`)
      else session.next += 1
    } else if (act === 'session.sealed' || act === 'session.gap') {
      const session = this.sessions.get(sessionId)
      if (!session) this.find('session_never_opened', seq, `session/${sessionId}`)
      else if (session.ended) this.find('session_sealed_twice', seq, `session/${sessionId}`)
      else if (data.segments !== session.next) this.find('segment_count', seq, `session/${sessionId}`)
      if (session) session.ended = true
    } else if (act === 'grant.issued') {
      if (this.grants.has(grantId)) this.find('grant_issued_twice', seq, `grant/${grantId}`)
      else this.grants.set(grantId, { seq, limit: Date.parse(data.notAfter) + (data.timeoutMs ?? 0), ended: false })
    } else if (act === 'step.finished' || act === 'step.unknown' || act === 'grant.expired') {
      const grant = this.grants.get(grantId)
      if (!grant) this.find('grant_never_issued', seq, `grant/${grantId}`)
      else if (grant.ended) this.find('grant_ended_twice', seq, `grant/${grantId}`)
      if (grant) grant.ended = true
    }
  }
  finish(exportedAt) {
    for (const [id, session] of this.sessions)
      if (!session.ended && session.at + 86_400_000 < exportedAt) this.find('session_not_sealed', session.seq, `session/${id}`)
    for (const [id, grant] of this.grants)
      if (!grant.ended && grant.limit < exportedAt) this.find('grant_not_ended', grant.seq, `grant/${id}`)
  }
}

// ── The export ──────────────────────────────────────────────────────────────────────────────────────────────────────────
const bodyStart = '{"type":"record","body":'
class Unreadable extends Error {}

/** @returns {{ ok: boolean, records: number, treeHeads: number, pinned: boolean, findings: { code: string, seq: number, object: string }[] }} */
export async function verifyExport(path, pinnedKeys) {
  const findings = []
  const find = (code, seq, object = '') => findings.length < 1000 && findings.push({ code, seq, object })
  const completeness = new Completeness(find)
  const tree = new Tree()
  const roots = new Map()
  let header
  let end
  let last = '0'.repeat(64)
  let lastAt = ''
  let heads = 0
  let lastHead = 0
  /** Hashes are kept as a tree; a head names a size that was passed, so roots are taken as they are asked for at the end. */
  const hashes = []
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (line === '') continue
    let entry
    try {
      entry = JSON.parse(line)
    } catch {
      throw new Unreadable(`not JSON: ${line.slice(0, 60)}`)
    }
    if (!header) {
      if (entry.type !== 'header' || entry.v !== 1 || !Array.isArray(entry.keys))
        throw new Unreadable('not an export of a Huabiao ledger')
      header = entry
      continue
    }
    if (end) find('after_end', 0)
    if (entry.type === 'record') {
      const due = hashes.length + 1
      const raw = line.slice(bodyStart.length, line.lastIndexOf(',"prev":"'))
      const { body, prev, hash } = entry
      if (!line.startsWith(bodyStart) || body?.seq !== due) find('seq', due)
      if (`${body?.tenant}/${body?.plane}` !== header.chain) find('chain', due)
      if (prev !== last) find('prev', due)
      if (sm3(Buffer.of(2), Buffer.from(String(prev), 'hex'), Buffer.from(raw, 'utf8')).toString('hex') !== hash)
        find('hash', due)
      if (body?.at < lastAt) find('time', due)
      lastAt = body?.at ?? lastAt
      last = hash
      hashes.push(hash)
      tree.append(Buffer.from(String(hash), 'hex'))
      if ((due & (due - 1)) === 0 || due % 64 === 0) roots.set(due, tree.root())
      if (body?.data) completeness.see(body)
    } else if (entry.type === 'tree-head') {
      heads += 1
      const head = JSON.parse(entry.payload)
      if (head.kind !== 'tree-head' || head.chain !== header.chain) find('head_chain', head.size)
      if (head.size < lastHead) find('head_order', head.size)
      lastHead = head.size
      if (head.size > hashes.length) find('head_beyond_end', head.size)
      else if (
        rootAt(hashes, roots, head.size) !== head.root ||
        head.last !== (head.size === 0 ? '0'.repeat(64) : hashes[head.size - 1])
      )
        find('head_root', head.size)
      const message = Buffer.from(`huabiao/tree-head/v1\n${entry.payload}`, 'utf8')
      const algs = new Set()
      for (const signature of entry.signatures ?? []) {
        const key = (pinnedKeys ?? header.keys).find((one) => one.keyId === signature.keyId && one.alg === signature.alg)
        if (!key) find('head_key_unknown', head.size, signature.keyId)
        else if (!signatureHolds(key, message, signature.value)) find('head_signature', head.size, signature.alg)
        else algs.add(signature.alg)
      }
      if (!algs.has('ed25519') || !algs.has('sm2')) find('head_signatures', head.size)
    } else if (entry.type === 'end') end = entry
  }
  if (!header) throw new Unreadable('empty file')
  if (!end) find('truncated', hashes.length)
  else if (end.records !== hashes.length || header.to !== hashes.length) find('count', hashes.length)
  else if (end.treeHeads !== heads) find('head_count', heads)
  if (hashes.length > 0 && heads === 0) find('no_tree_head', 0)
  completeness.finish(Date.parse(header.exportedAt))
  return {
    ok: findings.length === 0,
    chain: header.chain,
    records: hashes.length,
    treeHeads: heads,
    proved: lastHead,
    pinned: pinnedKeys !== undefined,
    findings,
  }
}
function rootAt(hashes, roots, size) {
  const known = roots.get(size)
  if (known) return known
  const tree = new Tree()
  for (const hash of hashes.slice(0, size)) tree.append(Buffer.from(hash, 'hex'))
  roots.set(size, tree.root())
  return roots.get(size)
}

const words = {
  seq: ['序号不连续', 'records are not in sequence'],
  chain: ['记录属于另一条链', 'the record is of another chain'],
  prev: ['与上一条记录不相接', 'does not continue the record before'],
  hash: ['内容与摘要不符，记录被改动', 'the body does not match its hash: it was altered'],
  time: ['时间倒退', 'time runs backwards'],
  head_root: ['树头与记录不符', 'the tree head does not match the records'],
  head_signature: ['树头签名不成立', 'a signature of the tree head does not hold'],
  head_signatures: ['树头缺少双签名', 'the tree head lacks one of its two signatures'],
  head_key_unknown: ['签名公钥未知', 'signed by an unknown key'],
  head_beyond_end: ['树头覆盖的记录不在文件中', 'a tree head covers records that are missing'],
  truncated: ['文件不完整', 'the file is cut off'],
  count: ['记录数量不符', 'the number of records differs'],
  session_not_sealed: ['会话既未封存也未声明缺口', 'a session was neither sealed nor declared a gap'],
  segment_missing: ['录像分段缺失', 'a segment of a recording is missing'],
  segment_count: ['封存的分段数不符', 'the seal counts other segments'],
  grant_not_ended: ['执行令牌没有结果', 'an execution grant has no end'],
}

async function main(args) {
  const at = args.indexOf('--keys')
  const keysFile = at < 0 ? undefined : args[at + 1]
  const path = args.find((arg, i) => !arg.startsWith('--') && (at < 0 || i !== at + 1))
  if (!path) {
    console.error('usage: huabiao-verify.mjs <export.jsonl> [--keys <keys.json>] [--json]')
    return 2
  }
  try {
    const pinned = keysFile === undefined ? undefined : JSON.parse(readFileSync(keysFile, 'utf8')).keys
    const result = await verifyExport(path, pinned)
    if (args.includes('--json')) console.log(JSON.stringify(result))
    else {
      console.log(
        `链 chain ${result.chain} · 记录 records ${result.records} · 树头 tree heads ${result.treeHeads} · 已签名至 signed up to ${result.proved}`,
      )
      if (!result.pinned)
        console.log(
          '注意：公钥取自导出文件本身；用 --keys 指定另行取得的公钥。 Note: keys are those of the export itself; give --keys obtained elsewhere.',
        )
      for (const { code, seq, object } of result.findings.slice(0, 50))
        console.log(`✗ #${seq} ${object} ${(words[code] ?? [code, code]).join(' / ')} [${code}]`)
      console.log(
        result.ok ? '✓ 完整且未被改动 / whole, complete and unaltered' : `✗ ${result.findings.length} 处问题 / findings`,
      )
    }
    return result.ok ? 0 : 1
  } catch (error) {
    console.error(`无法读取 / cannot be read: ${error.message}`)
    return 2
  }
}
if (process.argv[1] && import.meta.url === new URL(`file://${process.argv[1]}`).href)
  process.exitCode = await main(process.argv.slice(2))
