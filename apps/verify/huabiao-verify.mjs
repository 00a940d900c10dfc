#!/usr/bin/env node
// huabiao-verify: checks an exported ledger offline. One file, no dependencies, Node 20 or newer. It shares no code with the platform,
// so that a mistake there is not believed here.
//
//   node huabiao-verify.mjs <export.jsonl> [--keys <keys.json>] [--checkpoint <earlier export or tree heads.jsonl>]
//                           [--witness-keys <keys.json>] [--witness <heads.jsonl>] [--evidence <folder>] [--dossier <dossier.json>] [--json]
//
// --witness-keys are the keys of the witness at the supervision side, got from there: the heads it signed must be of these very records.
// --witness is what the witness itself has kept of the chain (its GET /heads): an export cannot leave out what stands in it, and where
// history was rewritten, all signatures of the platform included, the first stretch that is not what was witnessed is named.
//
// --dossier is the data of a change's dossier: its records, plans, decisions, results and recordings are held against the export.
//
// --evidence is the folder of the recordings, or a copy of it: every sealed segment is read and digested anew, every manifest computed.
//
// Keys and checkpoint should come by another way than the export: the keys say who signed, the checkpoint how far history had come
// (what was signed then must still stand at its place, also where the end of the chain and its heads were cut off together).
// Each fault is named by its line in the file and the record's number. Exit 0: whole and complete. Exit 1: altered, incomplete, or
// signed by somebody else. Exit 2: no export.
import { createHash, createPublicKey, verify as verifyWith } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

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
  try {
    // What a file says may be anything, and nothing at all: none of it is a signature, and none of it ends the verifier.
    const signature = Buffer.from(value, 'base64')
    const key = Buffer.from(entry.publicKey, 'base64')
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

// ── Recordings: the bytes themselves, read anew ─────────────────────────────────────────────────────────────────────────
/** The one spelling of JSON that is digested (RFC 8785, of what a manifest holds: texts, whole numbers, lists, objects). */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`
}

/** Recordings are kept for six months at least (RL-36); what went earlier did not go by its term, whatever a tombstone says. */
const recordingFloorMs = 180 * 86_400_000
/** What the ledger says of recordings, and whether the evidence is still that. A segment is in the ledger only once its bytes were kept. */
class Recordings {
  sessions = new Map()
  segments = 0
  bytes = 0
  /** Digests that a tombstone says are over their term, and how many segments went so. */
  gone = new Map()
  expired = 0
  see({ seq, act, at, tenant, decision, data }, find) {
    if (decision !== 'done') return
    if (act === 'recording.segment_sealed') {
      const { sessionId, index, sm3: digest, sha256, bytes } = data
      const session = this.sessions.get(sessionId) ?? { tenant, segments: [] }
      session.segments.push({ seq, at: Date.parse(at), index, sm3: digest, sha256, bytes })
      this.sessions.set(sessionId, session)
    } else if (act === 'session.sealed') {
      const session = this.sessions.get(data.sessionId) ?? { tenant, segments: [] }
      this.sessions.set(data.sessionId, { ...session, seal: { seq, reason: data.reason, manifest: data.manifest } })
    } else if (act === 'evidence.expired') {
      const digests = Array.isArray(data.digests) ? data.digests : []
      const tree = new Tree()
      for (const digest of digests) tree.append(Buffer.from(String(digest), 'hex'))
      // A tombstone is worth what it names: another root or count makes it the word of nobody.
      if (tree.root() !== data.root || digests.length !== data.count) return find('evidence_tombstone', seq, 'evidence')
      for (const digest of digests) this.gone.set(digest, { at: Date.parse(at) })
    }
  }
  /** One segment at a time: memory holds the largest, whatever the size of the archive. */
  async check(read, find) {
    for (const [sessionId, { tenant, segments, seal }] of this.sessions) {
      const object = `session/${sessionId}`
      for (const segment of segments) {
        this.segments += 1
        const bytes = await read(tenant, segment.sha256)
        const gone = this.gone.get(segment.sha256)
        if (bytes === undefined && gone && gone.at - segment.at >= recordingFloorMs) this.expired += 1
        else if (bytes === undefined) find(gone ? 'evidence_expired_early' : 'evidence_missing', segment.seq, object)
        else if (!isSegment(segment, bytes)) find('evidence_altered', segment.seq, object)
        else this.bytes += bytes.length
      }
      if (!seal) continue
      const listed = segments.map(({ index, sm3: digest, sha256, bytes }) => ({ index, sm3: digest, sha256, bytes }))
      const text = `huabiao/recording-manifest/v1\n${canonical({ sessionId, reason: seal.reason, segments: listed })}`
      if (sm3(Buffer.from(text)).toString('hex') !== seal.manifest) find('evidence_manifest', seal.seq, object)
    }
  }
}
const isSegment = (segment, bytes) =>
  bytes.length === segment.bytes &&
  createHash('sha256').update(bytes).digest('hex') === segment.sha256 &&
  sm3(bytes).toString('hex') === segment.sm3
/** Evidence in a folder, or a copy of a bucket: `<tenant>/<first two hex>/<sha256>`. Whatever is no such name is not looked for. */
export const evidenceFolder = (folder) => async (tenant, sha256) => {
  if (!/^[0-9a-f-]{36}$/.test(tenant) || !/^[0-9a-f]{64}$/.test(sha256)) return undefined
  try {
    return await readFile(join(folder, tenant, sha256.slice(0, 2), sha256))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
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

/** A head as the witness signed it: in an export, or beside the platform's head in what the witness kept itself. */
function witnessedOf(bytes) {
  const entry = parsed(bytes)
  const inExport = entry?.type === 'witnessed-head' && JSON.stringify(entry) === utf8.decode(bytes)
  const { payload, signatures } = (inExport ? entry : entry?.witnessed) ?? {}
  const head = typeof payload === 'string' ? parsed(Buffer.from(payload)) : undefined
  const sized = head?.kind === 'witnessed-head' && Number.isSafeInteger(head.size) && head.size >= 0 && Array.isArray(signatures)
  return sized ? { head, text: payload, signatures } : undefined
}

/** What is wrong with a very line comes first, then with a stretch of records, then with totals; what is missing may follow from all of them. */
const rankOf = ({ code }) =>
  /^(session|segment|grant|evidence)_/.test(code)
    ? 3
    : ['count', 'head_count', 'file_digest'].includes(code)
      ? 2
      : /_root$|_beyond_end$|^uncovered$|^no_tree_head$|^no_witness$/.test(code)
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
  /** Heads with the witness's signature, in whatever order they came, and the size up to which they are of these records. */
  seen = []
  witnessed = 0
  digest = createHash('sha256')
  recordings = new Recordings()
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
    const seen = witnessedOf(bytes)
    if (seen) return this.seen.push({ ...seen, line: this.line })
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
    if (body.data) {
      this.completeness.see(body)
      this.recordings.see(body, (code, seq, object) => this.find(code, seq, { object }))
    }
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
    this.signed('tree-head', { text, signatures }, this.pinned ?? this.header.keys ?? [], { code, size })
    return this.findings.length === before
  }
  /** Finds what is wrong with the two signatures over a head. */
  signed(context, { text, signatures }, keys, { code, size }) {
    const message = Buffer.from(`huabiao/${context}/v1\n${text}`, 'utf8')
    const algs = new Set()
    for (const { keyId, alg, value } of signatures) {
      const key = keys.find((one) => one.keyId === keyId && one.alg === alg)
      const exact = typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value
      if (!key) this.find(`${code}_key_unknown`, size, { object: String(keyId) })
      else if (!exact || !signatureHolds(key, message, value)) this.find(`${code}_signature`, size, { object: alg })
      else algs.add(alg)
    }
    if (!algs.has('ed25519') || !algs.has('sm2')) this.find(`${code}_signatures`, size)
  }
  /**
   * What the witness vouched for must be these records. Where it is not, the fault lies behind the last head that is; later ones cannot
   * hold either and say nothing new.
   */
  checkWitnessed(keys) {
    const heads = this.seen.sort((a, b) => a.head.size - b.head.size)
    for (const { head, text, signatures, line } of heads) {
      const { size, root, last, chain } = head
      const before = this.findings.length
      const place = this.line
      this.line = line
      if (chain !== (this.header.chain ?? chain)) this.find('witness_chain', size)
      // A signature that does not hold is the word of nobody: its head proves nothing either way.
      if (keys) this.signed('witnessed-head', { text, signatures }, keys, { code: 'witness', size })
      this.line = place
      if (this.findings.length > before) continue
      if (size > this.hashes.length) return this.stretch('witness_beyond_end', this.hashes.length + 1, size)
      if (this.rootAt(size) !== root || last !== (this.hashes[size - 1]?.hash ?? '0'.repeat(64)))
        return this.stretch('witness_root', Math.min(this.witnessed + 1, size), size)
      this.witnessed = size
    }
    if (keys && heads.length === 0) this.find('no_witness', 0)
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

/** @returns {Promise<{ ok: boolean, chain: string, records: number, treeHeads: number, proved: number, witnessed: number, recordings: number, segments: number, bytes: number, expired: number, pinned: boolean, findings: { code: string, line: number, seq: number, to?: number, object: string }[] }>} */
export async function verifyExport(path, pinnedKeys, checkpointPath, besides = {}) {
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
  if (besides.witnessPath !== undefined) {
    let known = 0
    for await (const { bytes } of linesOf(besides.witnessPath)) {
      const found = witnessedOf(bytes)
      if (!found) continue
      known += 1
      reader.seen.push({ ...found, line: reader.line })
    }
    if (known === 0) throw new Unreadable('the file of the witness holds no head')
  }
  reader.checkWitnessed(besides.witnessKeys)
  const { recordings } = reader
  if (besides.readEvidence)
    await recordings.check(besides.readEvidence, (code, seq, object) =>
      reader.find(code, seq, { object, line: reader.lineOf(seq) }),
    )
  const { findings, header, hashes, heads, proved, witnessed } = reader
  return {
    ok: findings.length === 0,
    chain: header.chain ?? '?',
    records: hashes.length,
    treeHeads: heads,
    proved,
    witnessed,
    recordings: recordings.sessions.size,
    segments: recordings.segments,
    bytes: recordings.bytes,
    expired: recordings.expired,
    pinned: pinnedKeys !== undefined,
    findings: findings.sort((a, b) => rankOf(a) - rankOf(b) || a.line - b.line),
  }
}

// ── The dossier of a change ─────────────────────────────────────────────────────────────────────────────────────────────
const endedRuns = ['succeeded', 'failed', 'unknown', 'accepted']
const decisionActs = ['change.approved', 'change.approval_complete', 'change.rejected', 'change.returned']
const sm3Hex = (text) => sm3(Buffer.from(text)).toString('hex')
/** What stands in one list and not in the other, by how often it does. */
function unlike(one, other) {
  const left = [...other]
  return one.filter((item) => {
    const at = left.indexOf(item)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/**
 * Holds the data of a dossier against an export of the ledger it was sealed in, and names what differs: its records, its head, the text of
 * every plan, each decision, result and recording, the outcome, and the digest under which the whole was sealed.
 */
export async function verifyDossier(exportPath, dossierPath) {
  const text = await readFile(dossierPath, 'utf8')
  const dossier = parsed(Buffer.from(text))
  if (dossier?.kind !== 'change-dossier' || dossier.v !== 1) throw new Unreadable('this is no dossier of version 1')
  const findings = []
  const find = (code, object = '', seq = 0) => findings.push({ code, object, seq })
  const { change, ledger } = dossier
  const digest = sm3Hex(text)
  if (canonical(dossier) !== text) find('dossier_not_canonical')
  const facts = await factsOfChange(exportPath, change.id, ledger)
  checkRecords(dossier, facts, find)
  checkPlans(dossier, find)
  checkActs(dossier, facts.records, find)
  checkSessions(dossier, facts.records, find)
  const seal = facts.records.find(({ body }) => body.act === 'dossier.sealed')
  if (!seal) find('dossier_seal_missing')
  else if (seal.body.data?.data?.sm3 !== digest) find('dossier_seal_differs', digest, seal.body.seq)
  return { ok: findings.length === 0, change: change.no, sm3: digest, records: ledger.records.length, findings }
}

async function factsOfChange(exportPath, id, { head }) {
  const records = []
  let headStands = false
  let last
  for await (const { bytes } of linesOf(exportPath)) {
    const record = recordOf(bytes)
    if (record?.body.change === id) records.push(record)
    if (record?.body.seq === head?.size) last = record.hash
    if (headOf(bytes)?.text === head?.payload) headStands = true
  }
  return { records, headStands, last }
}

function checkRecords({ ledger: { chain, head, records: listed } }, { records, headStands, last }, find) {
  const signed = typeof head?.payload === 'string' ? parsed(Buffer.from(head.payload)) : undefined
  const same =
    signed && signed.size === head.size && signed.root === head.root && signed.last === head.last && signed.chain === chain
  if (!same || !headStands || last !== head.last) find('dossier_head_differs', chain, head?.size ?? 0)
  const held = new Map(records.map(({ body, hash }) => [body.seq, { hash, act: body.act }]))
  for (const { seq, hash, act } of listed) {
    const own = held.get(seq)
    if (!own) find('dossier_record_missing', act, seq)
    else if (own.hash !== hash || own.act !== act) find('dossier_record_differs', act, seq)
  }
  const named = new Set(listed.map(({ seq }) => seq))
  for (const [seq, { act }] of held) if (seq <= head?.size && !named.has(seq)) find('dossier_record_left_out', act, seq)
}

function checkPlans({ change, versions, plan }, find) {
  for (const { version, hash, boundText } of versions)
    if ((hash === null) !== (boundText === null) || (hash !== null && sm3Hex(boundText) !== hash))
      find('dossier_plan_hash', `v${version}`)
  if (change.approvedPlanHash !== null && !versions.some(({ hash }) => hash === change.approvedPlanHash))
    find('dossier_plan_hash', 'approved')
  const newest = versions.find(({ version }) => version === change.planVersion)
  const bound = newest?.boundText && parsed(Buffer.from(newest.boundText.slice(newest.boundText.indexOf('\n') + 1)))
  if (bound && canonical(bound.plan) !== canonical(plan)) find('dossier_plan_differs', `v${newest.version}`)
  if (newest && canonical(newest.plan) !== canonical(plan)) find('dossier_plan_differs', `v${newest.version}`)
}

function checkActs({ change, approvals, runs }, records, find) {
  const done = records.filter(({ body }) => body.decision === 'done').map(({ body }) => body)
  const said = approvals.flatMap(({ decisions }) =>
    decisions.map(({ person, stage, verdict }) => `${person} ${stage} ${verdict}`),
  )
  const recorded = done
    .filter(({ act, data }) => decisionActs.includes(act) && data?.stage !== undefined)
    .map(({ actor, data }) => `${actor.person} ${data.stage} ${data.verdict}`)
  for (const one of [...unlike(said, recorded), ...unlike(recorded, said)]) find('dossier_approval_differs', one)
  const results = new Map(
    done.filter(({ act }) => act === 'step.finished' || act === 'step.unknown').map((body) => [body.data.runId, body]),
  )
  const ended = runs.filter(({ state }) => endedRuns.includes(state))
  for (const run of ended) {
    const body = results.get(run.id)
    const state = body?.data.state
    const agrees = run.state === state || (run.state === 'accepted' && (state === 'failed' || state === 'unknown'))
    if (
      !agrees ||
      body.data.exitCode !== run.exitCode ||
      body.data.outputSha256 !== run.outputSha256 ||
      body.data.stepKey !== run.step
    )
      find('dossier_run_differs', `${run.step} @ ${run.target}`, body?.seq)
  }
  for (const [id, body] of results)
    if (!ended.some((run) => run.id === id)) find('dossier_run_differs', body.data.stepKey, body.seq)
  const end = done.findLast(({ data }) => ['closed', 'rejected', 'withdrawn', 'expired'].includes(data?.to))
  if (end?.data.to !== change.state || (end.data.to === 'closed' && end.data.outcome !== change.outcome))
    find('dossier_outcome_differs', change.state, end?.seq)
}

function checkSessions({ sessions }, records, find) {
  for (const { body } of records) {
    if (body.act !== 'session.sealed' || body.decision !== 'done') continue
    const session = sessions.find(({ id }) => id === body.data.sessionId)
    const segments = session?.segments.map(({ index, sm3: own, sha256, bytes }) => ({ index, sm3: own, sha256, bytes }))
    const manifest = `huabiao/recording-manifest/v1\n${canonical({ sessionId: session?.id, reason: body.data.reason, segments })}`
    if (!session || session.manifestSm3 !== body.data.manifest || sm3Hex(manifest) !== body.data.manifest)
      find('dossier_session_differs', `session/${body.data.sessionId}`, body.seq)
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
  witness_root: [
    '这一段记录不是见证方见证过的记录：历史在此被改写',
    'these records are not those that were witnessed: history was rewritten here',
  ],
  witness_beyond_end: ['见证方见过的记录不在文件中', 'records that the witness has seen are missing'],
  witness_chain: ['见证签名属于另一条链', 'the witness’s signature is of another chain'],
  witness_signature: ['见证方的签名不成立', 'a signature of the witness does not hold'],
  witness_signatures: ['见证缺少双签名', 'the witness’s head lacks one of its two signatures'],
  witness_key_unknown: ['见证方的签名公钥未知', 'signed by an unknown key in the witness’s place'],
  no_witness: ['没有任何见证签名', 'nothing in it was signed by the witness'],
  truncated: ['文件到此被截断', 'the file is cut off here'],
  count: ['记录数量不符', 'the number of records differs'],
  session_not_sealed: ['会话既未封存也未声明缺口', 'a session was neither sealed nor declared a gap'],
  segment_missing: ['录像分段缺失', 'a segment of a recording is missing'],
  segment_count: ['封存的分段数不符', 'the seal counts other segments'],
  evidence_missing: ['录像分段不在证据存储中', 'a segment of a recording is not in the evidence store'],
  evidence_altered: ['录像分段被改动', 'a segment of a recording was altered'],
  evidence_expired_early: ['录像分段在留存期满之前被清除', 'a segment of a recording went before its term was over'],
  evidence_tombstone: ['到期清除的墓碑与其所列摘要不符', 'a tombstone does not match the digests it names'],
  evidence_manifest: ['录像清单与封存时不符', 'the manifest of a recording is not the one it was sealed with'],
  grant_not_ended: ['执行令牌没有结果', 'an execution grant has no end'],
  dossier_not_canonical: ['卷宗数据不是规范形式', 'the data of the dossier are not in canonical form'],
  dossier_head_differs: ['卷宗中的树头与台账不符', 'the tree head of the dossier is not the ledger’s'],
  dossier_record_missing: ['卷宗所列记录不在台账导出中', 'a record that the dossier names is not in the export'],
  dossier_record_differs: ['卷宗所列记录与台账不符', 'a record that the dossier names differs from the ledger'],
  dossier_record_left_out: ['本变更的记录未列入卷宗', 'the dossier leaves out a record of this change'],
  dossier_plan_hash: ['方案文本与其摘要不符', 'the text of a plan does not match its hash'],
  dossier_plan_differs: ['所示方案不是摘要所绑定的方案', 'the plan that is shown is not the one that was hashed'],
  dossier_approval_differs: ['审批决定与台账不符', 'a decision differs from the ledger'],
  dossier_run_differs: ['步骤结果与台账不符', 'the result of a step differs from the ledger'],
  dossier_session_differs: ['录像清单或分段与台账不符', 'the manifest or a segment of a recording differs from the ledger'],
  dossier_outcome_differs: ['结局与台账不符', 'the outcome differs from the ledger'],
  dossier_seal_missing: ['台账导出中没有这份卷宗的封存记录', 'the export holds no seal of this dossier'],
  dossier_seal_differs: ['卷宗与封存时的摘要不符', 'the dossier is not the one that was sealed'],
}
const placeOf = ({ line, seq, to, object }) =>
  `第 ${line} 行 line ${line} · #${to === undefined || to === seq ? seq : `${seq}–${to}`}${object ? ` ${object}` : ''}`

function sayDossier({ change, sm3: digest, records, findings, ok }) {
  console.log(`卷宗 dossier ${change} · 记录 records ${records} · SM3 ${digest}`)
  for (const { code, object, seq } of findings.slice(0, 50))
    console.log(`✗ ${seq ? `#${seq} ` : ''}${object} ${(words[code] ?? [code]).join(' / ')} [${code}]`)
  console.log(
    ok
      ? '✓ 卷宗与台账一致 / the dossier is what the ledger says'
      : `✗ 卷宗有 ${findings.length} 处不符 / findings in the dossier`,
  )
}

async function main(args) {
  const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined)
  const [keysFile, checkpoint] = [option('--keys'), option('--checkpoint')]
  const [witnessKeysFile, witnessFile] = [option('--witness-keys'), option('--witness')]
  const [evidence, dossierFile] = [option('--evidence'), option('--dossier')]
  const values = [keysFile, checkpoint, witnessKeysFile, witnessFile, evidence, dossierFile]
  const path = args.find((arg) => !arg.startsWith('--') && !values.includes(arg))
  if (!path) {
    console.error(
      'usage: huabiao-verify.mjs <export.jsonl> [--keys <keys.json>] [--checkpoint <earlier.jsonl>] [--witness-keys <keys.json>] [--witness <heads.jsonl>] [--evidence <folder>] [--dossier <dossier.json>] [--json]',
    )
    return 2
  }
  try {
    const pinned = keysFile === undefined ? undefined : JSON.parse(readFileSync(keysFile, 'utf8')).keys
    const witnessKeys = witnessKeysFile === undefined ? undefined : JSON.parse(readFileSync(witnessKeysFile, 'utf8')).keys
    const result = await verifyExport(path, pinned, checkpoint, {
      witnessKeys,
      witnessPath: witnessFile,
      ...(evidence === undefined ? {} : { readEvidence: evidenceFolder(evidence) }),
    })
    const dossier = dossierFile === undefined ? undefined : await verifyDossier(path, dossierFile)
    if (args.includes('--json')) console.log(JSON.stringify(dossier ? { ...result, dossier } : result))
    else {
      console.log(
        `链 chain ${result.chain} · 记录 records ${result.records} · 树头 tree heads ${result.treeHeads} · 已签名至 signed up to ${result.proved} · 已见证至 witnessed up to ${result.witnessed}`,
      )
      if (evidence !== undefined)
        console.log(
          `录像 recordings ${result.recordings} · 分段 segments ${result.segments} · 已重新核验 read anew ${result.bytes} bytes · 到期清除 expired ${result.expired}`,
        )
      if (!result.pinned)
        console.log(
          '注意：公钥取自导出文件本身；用 --keys 指定另行取得的公钥。 Note: keys are those of the export itself; give --keys obtained elsewhere.',
        )
      if (witnessKeys === undefined && result.witnessed > 0)
        console.log(
          '注意：见证方的签名未核对；用 --witness-keys 指定由监管方取得的公钥。 Note: the witness’s signatures were not checked; give --witness-keys obtained from supervision.',
        )
      for (const finding of result.findings.slice(0, 50))
        console.log(`✗ ${placeOf(finding)} ${(words[finding.code] ?? [finding.code]).join(' / ')} [${finding.code}]`)
      console.log(
        result.ok ? '✓ 完整且未被改动 / whole, complete and unaltered' : `✗ ${result.findings.length} 处问题 / findings`,
      )
      if (dossier) sayDossier(dossier)
    }
    return result.ok && (dossier?.ok ?? true) ? 0 : 1
  } catch (error) {
    console.error(`无法读取 / cannot be read: ${error.message}`)
    return 2
  }
}
if (process.argv[1] && import.meta.url === new URL(`file://${process.argv[1]}`).href)
  process.exitCode = await main(process.argv.slice(2))
