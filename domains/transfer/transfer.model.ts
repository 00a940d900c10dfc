import type { RefusalTable } from '@huabiao/kit/errors/errors'

/**
 * A file transfer (文件传输): one file, one person, one direction. Into the platform come only artifacts whose digest an approved plan pins;
 * out of it goes only what a ticket names. Nothing reaches a target by a transfer: placing is a step of the plan, by the one gate.
 */
/** `fetch` is the platform's own: a file read from a target for a ticket. */
export const channels = ['sftp', 'scp', 'rsync', 'console', 'fetch'] as const
/** Those by which a person asks. */
export const askingChannels = ['sftp', 'scp', 'rsync', 'console'] as const
export type Channel = (typeof channels)[number]
export type AskingChannel = (typeof askingChannels)[number]
export const directions = ['in', 'out'] as const
export type Direction = (typeof directions)[number]

/** `quarantined`: what came was not what the plan pins; kept for the security administrator, released never, gone after its time. */
export const transferStates = ['open', 'accepted', 'delivered', 'refused', 'quarantined', 'failed', 'purged'] as const
export type TransferState = (typeof transferStates)[number]

const steps = {
  accept: { from: ['open'], to: 'accepted' },
  deliver: { from: ['open'], to: 'delivered' },
  refuse: { from: ['open'], to: 'refused' },
  quarantine: { from: ['open'], to: 'quarantined' },
  fail: { from: ['open'], to: 'failed' },
  purge: { from: ['quarantined'], to: 'purged' },
} as const satisfies Record<string, { from: readonly TransferState[]; to: TransferState }>
export type TransferAct = keyof typeof steps
export const canTransfer = (state: TransferState, act: TransferAct): boolean =>
  (steps[act].from as readonly TransferState[]).includes(state)
export const afterTransfer = (act: TransferAct): TransferState => steps[act].to

/** Contents travel between processes, and are kept as evidence, in parts of this size; the last one is shorter. */
export const partBytes = 1024 * 1024
export const partsOf = (bytes: number): number => Math.ceil(bytes / partBytes)
/** How many bytes a part of a content of that size must have. */
export const bytesOfPart = (bytes: number, index: number): number =>
  index < 0 || index >= partsOf(bytes) ? 0 : Math.min(partBytes, bytes - index * partBytes)
/** A transfer that has not ended by then is over: its client is gone, or its gateway. */
export const openMaxMs = 3_600_000
/** What was refused can be looked into for so long. */
export const quarantineMs = 30 * 86_400_000
/** A gateway holds at most so much of what nobody accepted; beyond, uploads wait for the security administrator's attention. */
export const quarantineMaxBytes = 2 * 1024 * 1024 * 1024
export const pathMax = 1024

/**
 * The path a client meant, absolute, with `.`, `..` and `//` taken out of its words; undefined where it is no path: too long, or with
 * control and format characters, which hide what a name is (NT-A06). There are no links here, so words are all there is to resolve.
 */
export function canonicalPath(raw: string): string | undefined {
  if (raw.length > pathMax || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\uFFFD]/u.test(raw)) return undefined
  const words: string[] = []
  for (const word of raw.split('/')) {
    if (word === '' || word === '.') continue
    if (word === '..') words.pop()
    else words.push(word)
  }
  return `/${words.join('/')}`
}

/**
 * The two places there are. `/upload/<change>/<step>/<file>` names the step and not a target, because what comes in is the step's content
 * for all its targets, and reaches none of them by coming in. `/download/<ticket>/<file>` is what one ticket gives to one person.
 */
export type Place =
  | { readonly kind: 'upload'; readonly changeNo: string; readonly slot: string; readonly name: string }
  | { readonly kind: 'download'; readonly ticketNo: string; readonly name: string }
export const uploadPath = (of: { changeNo: string; slot: string; name: string }): string =>
  `/upload/${of.changeNo}/${of.slot}/${of.name}`
export const downloadPath = (of: { ticketNo: string; name: string }): string => `/download/${of.ticketNo}/${of.name}`
export function placeOf(path: string): Place | undefined {
  const [, top, no, third, fourth, ...rest] = path.split('/')
  if (top === 'upload' && no && rest.length === 0) return { kind: 'upload', changeNo: no, slot: third ?? '', name: fourth ?? '' }
  if (top === 'download' && no && third && fourth === undefined) return { kind: 'download', ticketNo: no, name: third }
  return undefined
}

/** What came in, against what the plan pins. */
export const contentRefusal = (
  pinned: { readonly bytes: number; readonly sha256: string },
  came: { readonly bytes: number; readonly sha256: string },
): TransferRefusal | undefined =>
  came.bytes > pinned.bytes
    ? 'transfer.too_large'
    : came.bytes !== pinned.bytes || came.sha256 !== pinned.sha256
      ? 'transfer.digest_mismatch'
      : undefined

export const transferRefusals = {
  'transfer.not_found': { status: 404 },
  'transfer.no_change': { status: 403, rule: 'RL-15' },
  'transfer.not_in_plan': { status: 409, rule: 'RL-07' },
  'transfer.no_ticket': { status: 403, rule: 'RL-22' },
  'transfer.path_malformed': { status: 422, rule: 'RL-21' },
  'transfer.operation_refused': { status: 403, rule: 'RL-15' },
  'transfer.protocol_unsupported': { status: 409, rule: 'RL-21' },
  'transfer.too_large': { status: 409, rule: 'RL-07' },
  'transfer.digest_mismatch': { status: 422, rule: 'RL-12' },
  'transfer.not_sequential': { status: 409 },
  'transfer.interrupted': { status: 409 },
  'transfer.quarantine_full': { status: 409, rule: 'RL-36' },
  'transfer.wrong_state': { status: 409 },
  'transfer.part_wrong': { status: 409 },
} as const satisfies RefusalTable
export type TransferRefusal = keyof typeof transferRefusals
/** What a door refuses by itself, before anybody is asked for a decision. */
export const doorRefusals = [
  'transfer.path_malformed',
  'transfer.operation_refused',
  'transfer.protocol_unsupported',
] as const satisfies readonly TransferRefusal[]
/** How a gateway says that an upload came to nothing. */
export const uploadFaults = [
  'transfer.too_large',
  'transfer.digest_mismatch',
  'transfer.not_sequential',
  'transfer.interrupted',
  'transfer.quarantine_full',
] as const satisfies readonly TransferRefusal[]
