#!/usr/bin/env node
// huabiao-verify: checks an exported ledger offline. One file, no dependencies, Node 20 or newer. It shares no code with the platform,
// so that a mistake there is not believed here.
//
//   node huabiao-verify.mjs <export.jsonl> [--keys <keys.json>] [--checkpoint <earlier export or tree heads.jsonl>] [--json]
//
// Keys and checkpoint should come by another way than the export: the keys say who signed, the checkpoint how far history had come
// (what was signed then must still stand at its place, also where the end of the chain and its heads were cut off together).
// Each fault is named by its line in the file and the record's number. Exit 0: whole and complete. Exit 1: altered, incomplete, or
// signed by somebody else. Exit 2: no export.
import { createHash, createPublicKey, verify as verifyWith } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'

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
// Points are Jacobian, [x/z², y/z³]: one inverse for a signature instead of hundreds. The point at infinity is undefined.
function double([x, y, z]) {
  const [zz, yy] = [mod(z * z), mod(y * y)]
  const b = mod(x * yy)
  const a = mod(3n * (x - zz) * (x + zz))
  const x3 = mod(a * a - 8n * b)
  return [x3, mod(a * (4n * b - x3) - 8n * yy * yy), mod(2n * y * z)]
}
function add(one, two) {
  if (!one) return two
  if (!two) return one
  const [[x1, y1, z1], [x2, y2, z2]] = [one, two]
  const [zz1, zz2] = [mod(z1 * z1), mod(z2 * z2)]
  const [u, s] = [mod(x1 * zz2), mod(y1 * z2 * zz2)]
  const [h, r] = [mod(x2 * zz1 - u), mod(y2 * z1 * zz1 - s)]
  if (h === 0n) return r === 0n ? double(one) : undefined
  const hh = mod(h * h)
  const [hhh, v] = [mod(h * hh), mod(u * hh)]
  const x3 = mod(r * r - hhh - 2n * v)
  return [x3, mod(r * (v - x3) - s * hhh), mod(z1 * z2 * h)]
}
/** The x of s·G + t·point, both at once (Shamir); undefined at infinity. */
function combine(s, t, [x, y]) {
  const [g, p] = [
    [...G, 1n],
    [x, y, 1n],
  ]
  const both = add(g, p)
  let sum
  for (let bit = 255n; bit >= 0n; bit -= 1n) {
    sum = sum && double(sum)
    const [inS, inT] = [(s >> bit) & 1n, (t >> bit) & 1n]
    if (inS || inT) sum = add(sum, inS && inT ? both : inS ? g : p)
  }
  return sum && mod(sum[0] * inverse(mod(sum[2] * sum[2])))
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
  const x = combine(s, t, point)
  return x !== undefined && mod(e + x, N) === r
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
const bodyStart = Buffer.from('{"type":"record","body":')
const recordEnd = /^,"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}$/
const recordEndBytes = 149
const lineMaxBytes = 16 * 1024 * 1024
/** The clock of the database may step back this far; a record this old must be under a signed head. */
const backwardsMs = 5_000
const uncoveredMs = 30_000
const utf8 = new TextDecoder('utf-8', { fatal: true })
class Unreadable extends Error {}

/** Lines as bytes, and whether a line feed ended them: what is digested is what stands in the file, not what a decoder makes of it. */
async function* linesOf(path) {
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream(path)) {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      yield { bytes: Buffer.concat([rest, chunk.subarray(from, at)]), ended: true }
      rest = Buffer.alloc(0)
      from = at + 1
    }
    rest = Buffer.concat([rest, chunk.subarray(from)])
    if (rest.length > lineMaxBytes) throw new Unreadable('a line is too long')
  }
  if (rest.length > 0) yield { bytes: rest, ended: false }
}
function parsed(bytes) {
  try {
    const value = JSON.parse(utf8.decode(bytes))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
/** A record line in the one form in which it is exported; its body is read from the very bytes that were digested. */
function recordOf(bytes) {
  if (!bytes.subarray(0, bodyStart.length).equals(bodyStart)) return undefined
  const [, prev, hash] = recordEnd.exec(bytes.subarray(-recordEndBytes).toString('latin1')) ?? []
  const raw = bytes.subarray(bodyStart.length, -recordEndBytes)
  const body = hash && parsed(raw)
  return body ? { raw, body, prev, hash } : undefined
}
/** A tree head in the one form in which it is exported; a payload that cannot be read has no size. */
function headOf(bytes) {
  const entry = parsed(bytes)
  if (entry?.type !== 'tree-head' || JSON.stringify(entry) !== utf8.decode(bytes)) return undefined
  const payload = typeof entry.payload === 'string' ? parsed(Buffer.from(entry.payload)) : undefined
  const sized = payload && Number.isSafeInteger(payload.size) && payload.size >= 0 && Array.isArray(entry.signatures)
  return sized ? { head: payload, text: entry.payload, signatures: entry.signatures } : undefined
}

/** What is wrong with a very line comes first, then with a stretch of records, then with totals; what is missing may follow from all of them. */
const rankOf = ({ code }) =>
  /^(session|segment|grant)_/.test(code)
    ? 3
    : ['count', 'head_count', 'file_digest'].includes(code)
      ? 2
      : /_root$|_beyond_end$|^uncovered$|^no_tree_head$/.test(code)
        ? 1
        : 0

/** Reads an export from its first line to its last; what does not hold is found where it stands. */
class Reader {
  findings = []
  header = {}
  end
  line = 0
  /** Number due next, and whether the line before was none, so that nothing can be held against it. */
  due = 1
  afterBreak = false
  last = '0'.repeat(64)
  lastAt = 0
  heads = 0
  lastHead = 0
  /** Size up to which the records are those that were signed. */
  proved = 0
  latest = 0
  hashes = []
  tree = new Tree()
  roots = new Map()
  digest = createHash('sha256')
  completeness = new Completeness((code, seq, object) => this.find(code, seq, { object, line: this.lineOf(seq) }))

  constructor(pinnedKeys) {
    this.pinned = pinnedKeys
  }
  find(code, seq, more = {}) {
    if (this.findings.length < 1000) this.findings.push({ code, line: this.line, seq, object: '', ...more })
  }
  stretch(code, seq, to) {
    this.find(code, seq, { to, line: this.lineOf(seq) })
  }
  /** Where a record stands; of one that is missing, where it should. */
  lineOf(seq) {
    return this.hashes[seq - 1]?.line ?? (this.hashes.at(-1)?.line ?? 1) + 1
  }
  take({ bytes, ended }) {
    this.line += 1
    if (this.end) return this.find('after_end', this.due)
    const entry = bytes.subarray(0, 14).equals(Buffer.from('{"type":"end",')) ? parsed(bytes) : undefined
    if (entry?.type === 'end') return this.takeEnd(entry, ended)
    this.digest.update(bytes).update('\n')
    if (this.line === 1) return this.takeHeader(bytes)
    const record = recordOf(bytes)
    if (record) return this.takeRecord(record)
    const head = headOf(bytes)
    if (head) return this.takeHead(head)
    this.find('line', this.due)
    this.afterBreak = true
  }
  takeHeader(bytes) {
    const header = parsed(bytes) ?? {}
    const { type, v, tenant, plane, from } = header
    this.headerSha256 = createHash('sha256').update(bytes).digest('hex')
    if (type === 'header' && v === 1 && Array.isArray(header.keys) && header.chain === `${tenant}/${plane}` && from === 1)
      this.header = header
    else this.find('header', 0)
  }
  takeRecord({ raw, body, prev, hash }) {
    const { due } = this
    // After a line that was none its successor is taken as it numbers itself.
    if (body.seq !== due && !this.afterBreak) this.find('seq', due)
    if (`${body.tenant}/${body.plane}` !== (this.header.chain ?? `${body.tenant}/${body.plane}`)) this.find('chain', due)
    if (prev !== this.last && !this.afterBreak) this.find('prev', due)
    if (sm3(Buffer.of(2), Buffer.from(prev, 'hex'), raw).toString('hex') !== hash) this.find('hash', due)
    const at = Date.parse(body.at)
    if (!(at >= this.lastAt - backwardsMs)) this.find('time', due)
    else this.lastAt = at
    this.due = Number.isSafeInteger(body.seq) && body.seq > 0 ? body.seq + 1 : due + 1
    this.afterBreak = false
    this.last = hash
    this.hashes.push({ hash, at, line: this.line })
    if (body.data) this.completeness.see(body)
    this.tree.append(Buffer.from(hash, 'hex'))
    const size = this.hashes.length
    if ((size & (size - 1)) === 0 || size % 64 === 0) this.roots.set(size, this.tree.root())
  }
  takeHead({ head, text, signatures }) {
    this.heads += 1
    if (head.size <= this.lastHead) this.find('head_order', head.size)
    this.lastHead = Math.max(this.lastHead, head.size)
    if (this.holds(head, text, signatures)) this.proved = Math.max(this.proved, head.size)
    this.latest = Math.max(this.latest, Date.parse(head.at) || 0)
  }
  /** Whether a signed head is of this chain, of these records, and signed by both keys. */
  holds(head, text, signatures, code = 'head') {
    const before = this.findings.length
    const { size } = head
    if (head.v !== 1 || head.kind !== 'tree-head' || head.chain !== (this.header.chain ?? head.chain))
      this.find(`${code}_chain`, size)
    if (size > this.hashes.length) this.stretch(`${code}_beyond_end`, this.hashes.length + 1, size)
    // Up to the last head that holds everything is as it was signed: the first fault lies behind it.
    else if (this.rootAt(size) !== head.root || head.last !== (this.hashes[size - 1]?.hash ?? '0'.repeat(64)))
      this.stretch(`${code}_root`, Math.min(this.proved + 1, size), size)
    const message = Buffer.from(`huabiao/tree-head/v1\n${text}`, 'utf8')
    const algs = new Set()
    for (const { keyId, alg, value } of signatures) {
      const key = (this.pinned ?? this.header.keys ?? []).find((one) => one.keyId === keyId && one.alg === alg)
      const exact = typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value
      if (!key) this.find(`${code}_key_unknown`, size, { object: String(keyId) })
      else if (!exact || !signatureHolds(key, message, value)) this.find(`${code}_signature`, size, { object: alg })
      else algs.add(alg)
    }
    if (!algs.has('ed25519') || !algs.has('sm2')) this.find(`${code}_signatures`, size)
    return this.findings.length === before
  }
  rootAt(size) {
    if (!this.roots.has(size)) {
      const tree = new Tree()
      for (const { hash } of this.hashes.slice(0, size)) tree.append(Buffer.from(hash, 'hex'))
      this.roots.set(size, tree.root())
    }
    return this.roots.get(size)
  }
  takeEnd(end, ended) {
    this.end = end
    const { length } = this.hashes
    const whole = this.digest.digest('hex') === end.sha256
    // The digests prove nothing about people, but a byte that a disk or a line has turned is found where it stands.
    if (!whole && end.header !== this.headerSha256) this.findings.unshift({ code: 'header', line: 1, seq: 0, object: '' })
    else if (!whole || end.header !== this.headerSha256) this.find('file_digest', length)
    if (end.records !== length || this.header.to !== length) this.find('count', length)
    if (end.treeHeads !== this.heads) this.find('head_count', this.lastHead)
    if (!ended) this.find('truncated', length)
  }
  finish() {
    const { length } = this.hashes
    if (!this.end) {
      this.line += 1
      this.find('truncated', length)
    }
    if (length > 0 && this.heads === 0) this.find('no_tree_head', 0)
    // A forged time of the export must not hide what was due: nothing was exported before its own records and heads.
    const exportedAt = Math.max(Date.parse(this.header.exportedAt) || 0, this.lastAt, this.latest)
    const late = this.hashes.findIndex(({ at }, i) => i >= this.lastHead && at + uncoveredMs < exportedAt)
    if (this.heads > 0 && late >= 0) this.stretch('uncovered', late + 1, length)
    this.completeness.finish(exportedAt)
  }
}

/** @returns {Promise<{ ok: boolean, chain: string, records: number, treeHeads: number, proved: number, pinned: boolean, findings: { code: string, line: number, seq: number, to?: number, object: string }[] }>} */
export async function verifyExport(path, pinnedKeys, checkpointPath) {
  const reader = new Reader(pinnedKeys)
  for await (const line of linesOf(path)) reader.take(line)
  if (reader.hashes.length === 0 && !reader.header.chain) throw new Unreadable('not an export of a Huabiao ledger')
  reader.finish()
  if (checkpointPath !== undefined) {
    let known = 0
    for await (const { bytes } of linesOf(checkpointPath)) {
      const found = headOf(bytes)
      if (!found) continue
      known += 1
      reader.holds(found.head, found.text, found.signatures, 'checkpoint')
    }
    if (known === 0) throw new Unreadable('the checkpoint holds no tree head')
  }
  const { findings, header, hashes, heads, proved } = reader
  return {
    ok: findings.length === 0,
    chain: header.chain ?? '?',
    records: hashes.length,
    treeHeads: heads,
    proved,
    pinned: pinnedKeys !== undefined,
    findings: findings.sort((a, b) => rankOf(a) - rankOf(b) || a.line - b.line),
  }
}

const words = {
  line: ['这一行不是导出的内容', 'this line is none of an export'],
  header: ['文件头被改动', 'the header was altered'],
  file_digest: ['文件与其摘要不符', 'the file does not match its digest'],
  after_end: ['结尾之后还有内容', 'something follows the end'],
  seq: ['序号不连续：此处有记录缺失、多出或换位', 'not in sequence: a record is missing, added or moved here'],
  chain: ['记录属于另一条链', 'the record is of another chain'],
  prev: ['与上一条记录不相接', 'does not continue the record before'],
  hash: ['内容与摘要不符，记录被改动', 'the body does not match its hash: it was altered'],
  time: ['时间倒退', 'time runs backwards'],
  head_root: ['这一段记录不是当时签名的记录', 'these records are not those that were signed'],
  head_chain: ['树头属于另一条链', 'the tree head is of another chain'],
  head_order: ['树头次序不对', 'tree heads are out of order'],
  head_signature: ['树头签名不成立', 'a signature of the tree head does not hold'],
  head_signatures: ['树头缺少双签名', 'the tree head lacks one of its two signatures'],
  head_key_unknown: ['签名公钥未知', 'signed by an unknown key'],
  head_beyond_end: ['树头覆盖的记录不在文件中', 'a tree head covers records that are missing'],
  head_count: ['树头数量不符', 'the number of tree heads differs'],
  no_tree_head: ['没有树头', 'there is no tree head'],
  uncovered: ['记录早该有签名的树头而没有', 'no signed tree head covers these records, though one was due'],
  checkpoint_root: ['与检查点时签名的历史不同', 'history differs from what was signed at the checkpoint'],
  checkpoint_beyond_end: ['检查点时已有的记录不在文件中', 'records that existed at the checkpoint are missing'],
  checkpoint_chain: ['检查点属于另一条链', 'the checkpoint is of another chain'],
  checkpoint_key_unknown: ['检查点的签名公钥未知', 'the checkpoint is signed by an unknown key'],
  checkpoint_signature: ['检查点的签名不成立', 'a signature of the checkpoint does not hold'],
  checkpoint_signatures: ['检查点缺少双签名', 'the checkpoint lacks one of its two signatures'],
  truncated: ['文件到此被截断', 'the file is cut off here'],
  count: ['记录数量不符', 'the number of records differs'],
  session_not_sealed: ['会话既未封存也未声明缺口', 'a session was neither sealed nor declared a gap'],
  segment_missing: ['录像分段缺失', 'a segment of a recording is missing'],
  segment_count: ['封存的分段数不符', 'the seal counts other segments'],
  grant_not_ended: ['执行令牌没有结果', 'an execution grant has no end'],
}
const placeOf = ({ line, seq, to, object }) =>
  `第 ${line} 行 line ${line} · #${to === undefined || to === seq ? seq : `${seq}–${to}`}${object ? ` ${object}` : ''}`

async function main(args) {
  const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined)
  const [keysFile, checkpoint] = [option('--keys'), option('--checkpoint')]
  const path = args.find((arg) => !arg.startsWith('--') && arg !== keysFile && arg !== checkpoint)
  if (!path) {
    console.error('usage: huabiao-verify.mjs <export.jsonl> [--keys <keys.json>] [--checkpoint <earlier.jsonl>] [--json]')
    return 2
  }
  try {
    const pinned = keysFile === undefined ? undefined : JSON.parse(readFileSync(keysFile, 'utf8')).keys
    const result = await verifyExport(path, pinned, checkpoint)
    if (args.includes('--json')) console.log(JSON.stringify(result))
    else {
      console.log(
        `链 chain ${result.chain} · 记录 records ${result.records} · 树头 tree heads ${result.treeHeads} · 已签名至 signed up to ${result.proved}`,
      )
      if (!result.pinned)
        console.log(
          '注意：公钥取自导出文件本身；用 --keys 指定另行取得的公钥。 Note: keys are those of the export itself; give --keys obtained elsewhere.',
        )
      for (const finding of result.findings.slice(0, 50))
        console.log(`✗ ${placeOf(finding)} ${(words[finding.code] ?? [finding.code]).join(' / ')} [${finding.code}]`)
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
