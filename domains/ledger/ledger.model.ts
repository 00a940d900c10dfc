import type { Actor, Door, Plane } from '@huabiao/kit/actor/actor'
import { canonicalJson, type Json } from '@huabiao/kit/canonical/canonical'
import type { RefusalTable } from '@huabiao/kit/errors/errors'
import { fromHex, toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { Digest32 } from '@huabiao/kit/merkle/merkle'

/**
 * The audit ledger (审计台账): one hash chain per tenant and plane, so that no tenant's evidence depends on another's
 * (S3-7.1.6.5-03) and an edit of any record is visible to whoever holds a later tree head (RL-13). Pure: the hash function is
 * an argument (SM3 in a 国密 deployment).
 */
export type { Digest32 }

/** Who acted, in the ledger's words: a natural person through their account wearing a role, or a process of ours. */
export interface LedgerActor {
  readonly kind: 'person' | 'service'
  readonly person?: string
  readonly account?: string
  readonly name?: string
  /** The role worn now; `roles` are all live ones. */
  readonly role?: string
  readonly roles?: readonly string[]
  readonly terminal?: string
  readonly door: Door
  readonly ip: string
  readonly service?: string
}

/** What is hashed. Field names are a public contract: exports and customers' SIEM rules read them. */
export interface LedgerBody {
  readonly v: 1
  /** From 1, without gaps, per chain. */
  readonly seq: number
  readonly tenant: string
  readonly plane: Plane
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string
  readonly actor: LedgerActor
  /** `change.approved`, `access.refused`. */
  readonly act: string
  /** `change/<id>`. */
  readonly object: string
  readonly change?: string
  readonly decision: 'done' | 'refused'
  /** Of a refusal: its code and the red line it enforces. */
  readonly code?: string
  readonly rule?: string
  readonly data: { readonly [field: string]: Json }
}

export interface LedgerRecord {
  readonly body: LedgerBody
  /** Hash of the record before, 64 lower-case hex digits; `genesisPrev` for the first. */
  readonly prev: string
  readonly hash: string
}

/** The state of a chain as the signer signs it (RFC 6962 tree head over the record hashes as leaves). */
export interface TreeHead {
  readonly v: 1
  readonly kind: 'tree-head'
  /** `<tenant>/<plane>`. */
  readonly chain: string
  readonly size: number
  /** Merkle root over the first `size` record hashes (32 raw bytes each), hex. */
  readonly root: string
  /** Hash of record `size`; `genesisPrev` where the chain is empty. */
  readonly last: string
  readonly at: string
}

export const genesisPrev = '0'.repeat(64)
/** 0x00 and 0x01 are the leaf and node prefixes of RFC 6962; a chain link must not be mistaken for either. */
const linkPrefix = Uint8Array.of(0x02)

/** A head is signed every 10 s or every 1,000 records, whichever is first. */
export const headEveryMs = 10_000
export const headEveryRecords = 1_000
/** Records younger than this at the time of an export may not be under a head yet. */
export const uncoveredTailMs = 30_000
/** The clock of the database may step back this far between two records before it is a finding. */
export const backwardsToleranceMs = 5_000

export const chainOf = (tenant: string, plane: Plane): string => `${tenant}/${plane}`

/** What one record says, beside what every record of its act says. */
export interface RecordInput {
  readonly seq: number
  readonly act: string
  readonly object: string
  readonly change?: string | undefined
  readonly decision: 'done' | 'refused'
  readonly code?: string | undefined
  readonly rule?: string | undefined
  readonly data?: { readonly [field: string]: unknown }
}

/**
 * Writes the bodies of one act: canonical JSON of `LedgerBody`, exactly as it is stored and hashed. Members stand in the order of the
 * canonical form, and who acted is written once: a group of records costs half of what making and sorting each body does
 * (docs/bench.md, 2026-11-25). `data` is given its JSON form (dates become ISO strings, undefined members vanish).
 * @throws TypeError where a member has no canonical form (NaN, functions, lone surrogates, bigint)
 */
export function bodyWriter(shared: {
  readonly tenant: string
  readonly plane: Plane
  readonly at: Date
  readonly actor: LedgerActor
}): (record: RecordInput) => string {
  const actor = `"actor":${canonicalJson(shared.actor)},"at":${canonicalJson(shared.at)}`
  const plane = `"plane":${canonicalJson(shared.plane)}`
  const end = `"tenant":${canonicalJson(shared.tenant)},"v":1}`
  const optional = (name: string, value: string | undefined): string =>
    value === undefined ? '' : `,"${name}":${canonicalJson(value)}`
  return ({ seq, act, object, change, decision, code, rule, data }) =>
    `{"act":${canonicalJson(act)},${actor}${optional('change', change)}${optional('code', code)},"data":${canonicalJson(data ?? {})},` +
    `"decision":"${decision}","object":${canonicalJson(object)},${plane}${optional('rule', rule)},"seq":${canonicalJson(seq)},${end}`
}

/** An actor as the ledger keeps them. */
export function ledgerActor(actor: Actor): LedgerActor {
  if (actor.kind === 'service')
    return { kind: 'service', service: `${actor.service}/${actor.serviceId}`, door: actor.door, ip: actor.sourceIp }
  return {
    kind: 'person',
    person: actor.personId,
    account: actor.accountId,
    name: actor.name,
    ...(actor.role === undefined ? {} : { role: actor.role }),
    roles: [...actor.roles],
    ...(actor.terminalId === undefined ? {} : { terminal: actor.terminalId }),
    door: actor.door,
    ip: actor.sourceIp,
  }
}

/**
 * H(0x02 ‖ prev ‖ utf8(canonical JSON of the body)), hex.
 * @throws TypeError where `prev` is not 64 lower-case hex digits or the body has no canonical form
 */
export const recordHash = (digest: Digest32, prevHex: string, body: LedgerBody): string =>
  toHex(linkHash(digest, recordLeaf(prevHex), utf8(canonicalJson(body))))

/** The same of 32 bytes of `prev` and the bytes of a body's canonical JSON, for whoever stores that very text. */
export const linkHash = (digest: Digest32, prev: Uint8Array, canonical: Uint8Array): Uint8Array =>
  digest(linkPrefix, prev, canonical)

/** Links a body to its predecessor. */
export const ledgerRecord = (digest: Digest32, prev: string, body: LedgerBody): LedgerRecord => ({
  body,
  prev,
  hash: recordHash(digest, prev, body),
})

/**
 * The leaf of a record in the Merkle tree: its hash, 32 bytes. The hash covers the predecessor's, so one leaf binds the past.
 * @throws TypeError where the hash is not 64 lower-case hex digits
 */
export function recordLeaf(hash: string): Uint8Array {
  const leaf = fromHex(hash)
  if (leaf?.length !== 32) throw new TypeError('a record hash is 64 lower-case hex digits')
  return leaf
}

/** What can be wrong with one record at its place. */
export type RecordFault = 'seq' | 'prev' | 'hash' | 'chain' | 'time'

export interface ExpectedPlace {
  readonly seq: number
  readonly prev: string
  readonly chain: string
  /** `at` of the record before; undefined for the first. */
  readonly after?: string
}

/** Every fault of a record at the place where it stands; empty where it is sound. Never throws. */
export function checkRecord(digest: Digest32, expected: ExpectedPlace, record: LedgerRecord): RecordFault[] {
  const { body } = record
  const faults: RecordFault[] = []
  if (body.seq !== expected.seq) faults.push('seq')
  if (chainOf(body.tenant, body.plane) !== expected.chain) faults.push('chain')
  if (record.prev !== expected.prev) faults.push('prev')
  if (hashOrUndefined(digest, record) !== record.hash) faults.push('hash')
  const at = Date.parse(body.at)
  if (Number.isNaN(at) || (expected.after !== undefined && at < Date.parse(expected.after) - backwardsToleranceMs))
    faults.push('time')
  return faults
}

function hashOrUndefined(digest: Digest32, record: LedgerRecord): string | undefined {
  try {
    return recordHash(digest, record.prev, record.body)
  } catch {
    return undefined
  }
}

/** The head over a chain of which the caller holds the Merkle root. */
export const treeHead = (chain: string, size: number, root: Uint8Array, last: string, at: Date): TreeHead => ({
  v: 1,
  kind: 'tree-head',
  chain,
  size,
  root: toHex(root),
  last,
  at: at.toISOString(),
})

/** Refusals of the ledger and the red lines they enforce. */
export const ledgerRefusals = {
  'ledger.not_found': { status: 404 },
  'ledger.append_only': { status: 409, rule: 'RL-13' },
  'ledger.retention_below_floor': { status: 422, rule: 'RL-36' },
  'ledger.cannot_be_disabled': { status: 409, rule: 'RL-36' },
  'ledger.export_too_large': { status: 413 },
  'ledger.range_invalid': { status: 400 },
  'ledger.history_rewritten': { status: 409, rule: 'RL-13' },
  'ledger.evidence_altered': { status: 409, rule: 'RL-36' },
} as const satisfies RefusalTable
export type LedgerRefusalCode = keyof typeof ledgerRefusals
