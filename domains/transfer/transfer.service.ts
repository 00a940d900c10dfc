import { createHash } from 'node:crypto'
import { changeRefusals } from '@huabiao/domains/change/change.model'
import { sessionRefusals } from '@huabiao/domains/session/session.model'
import type { Actor, PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { kitRefusals, Refusal, type RefusalCode, type RefusalTable } from '@huabiao/kit/errors/errors'
import type { Stages } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex } from '@huabiao/kit/merkle/bytes'
import type { TransferView } from './transfer.contract.ts'
import {
  bytesOfPart,
  type Channel,
  canonicalPath,
  contentRefusal,
  type Direction,
  type Place,
  partBytes,
  partsOf,
  placeOf,
  quarantineMs,
  type TransferAct,
  transferRefusals,
} from './transfer.model.ts'
import type { TransferDeps } from './transfer.ports.ts'
import {
  countParts,
  dataOfPart,
  dropData,
  findPart,
  insertPart,
  insertTransfer,
  listParts,
  stepTransfer,
  type TransferPatch,
  type TransferRow,
} from './transfer.store.ts'
import { downloadRefusal, fetchMaxBytes, ticketRefusals } from './transfer-ticket.model.ts'
import { findTicketByNo, useTicket } from './transfer-ticket.store.ts'

const meanings: RefusalTable = { ...kitRefusals, ...sessionRefusals, ...changeRefusals, ...transferRefusals, ...ticketRefusals }
export const ruleOf = (code: string): string | undefined => (Object.hasOwn(meanings, code) ? meanings[code]?.rule : undefined)

/** One record for each end, with everything that S0-DATA-06 asks for: who, what, how much, and both digests. */
export function transferEvent(row: TransferRow, type: string, data: Record<string, unknown> = {}): DomainEvent {
  const { personId, personName, channel, direction, changeNo, stepKey, ticketId, targetNames, path, asked, gatewayId } = row
  return {
    type,
    object: `transfer/${row.id}`,
    tenantId: row.tenantId,
    plane: row.plane,
    ...(row.changeId ? { changeId: row.changeId } : {}),
    no: changeNo,
    personId,
    personName,
    via: row.door,
    channel,
    direction,
    stepKey,
    ticketId,
    targets: targetNames,
    path,
    asked,
    gatewayId,
    ...data,
  }
}

export function toTransferView(row: TransferRow): TransferView {
  const { tenantId: _tenantId, partyIds: _partyIds, personId, personName, ...rest } = row
  return {
    ...rest,
    person: { id: personId, name: personName },
    targetNames: [...row.targetNames],
    openedAt: row.openedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    keepUntil: row.keepUntil?.toISOString() ?? null,
  }
}

interface Decision {
  readonly refusal: RefusalCode | undefined
  readonly row: Pick<
    TransferRow,
    'tenantId' | 'partyIds' | 'plane' | 'changeId' | 'changeNo' | 'stepKey' | 'ticketId' | 'targetNames' | 'path'
  > & {
    readonly expectedBytes: number | null
    readonly expectedSha256: string | null
  }
  readonly name: string
}

export interface Asked {
  readonly channel: Channel
  readonly direction: Direction
  readonly path: string
  readonly refused?: RefusalCode | undefined
}
const nothing = {
  changeId: null,
  changeNo: null,
  stepKey: null,
  ticketId: null,
  targetNames: [],
  path: null,
  expectedBytes: null,
  expectedSha256: null,
}

/** The one decision on a file, whichever door and protocol ask (NT-B10): what the change itself would say to its next step comes first. */
async function decide(tx: ReadTx, deps: TransferDeps, actor: PersonActor, asked: Asked): Promise<Decision> {
  const own = { ...nothing, tenantId: actor.tenantId, partyIds: [], plane: 'platform' as const }
  const no = (refusal: RefusalCode): Decision => ({ refusal, row: own, name: '' })
  if (asked.refused) return no(asked.refused)
  const path = canonicalPath(asked.path)
  if (path === undefined) return no('transfer.path_malformed')
  const place = placeOf(path)
  if (asked.direction === 'out')
    return place?.kind === 'download' ? decideDownload(tx, deps, actor, place) : no('transfer.no_ticket')
  if (place?.kind !== 'upload') return no('transfer.no_change')
  return decideUpload(tx, deps, actor, place)
}
async function decideUpload(
  tx: ReadTx,
  deps: TransferDeps,
  actor: PersonActor,
  place: Extract<Place, { kind: 'upload' }>,
): Promise<Decision> {
  const own = { ...nothing, tenantId: actor.tenantId, partyIds: [], plane: 'platform' as const }
  const found = await deps.changes.contents(tx, actor, { no: place.changeNo })
  // Of a change that is not theirs to see, people learn as much as of one that is not there (NT-B13).
  if (!found) return { refusal: 'transfer.no_change', row: own, name: '' }
  const { id, no, tenantId, partyIds, plane } = found.change
  // A row is written at home: whoever is of another unit has it in theirs.
  const home = tenantId === actor.tenantId ? { tenantId, partyIds } : { tenantId: actor.tenantId, partyIds: [] }
  const row = { ...nothing, ...home, plane, changeId: id, changeNo: no }
  const slot = found.slots.find((one) => one.slot === place.slot && one.name === place.name)
  if (found.refusal) return { refusal: found.refusal, row, name: '' }
  if (!slot) return { refusal: 'transfer.not_in_plan', row, name: '' }
  const { stepKey, path, bytes, sha256: expectedSha256, name } = slot
  return {
    refusal: undefined,
    row: { ...row, stepKey, path, targetNames: found.targetNames, expectedBytes: bytes, expectedSha256 },
    name,
  }
}

async function decideDownload(
  tx: ReadTx,
  deps: TransferDeps,
  actor: PersonActor,
  place: Extract<Place, { kind: 'download' }>,
): Promise<Decision> {
  const ticket = await findTicketByNo(tx, place.ticketNo)
  const fits = ticket?.path.endsWith(`/${place.name}`) ? ticket : undefined
  const refusal = downloadRefusal(fits, actor.personId, deps.clock.now())
  const own = { ...nothing, tenantId: actor.tenantId, partyIds: [], plane: 'platform' as const }
  if (!fits) return { refusal, row: own, name: '' }
  const { changeId, changeNo, targetName, path, plane } = fits
  const about = { ...own, plane, changeId, changeNo, ticketId: fits.id, targetNames: [targetName], path }
  const { contentBytes: expectedBytes, contentSha256: expectedSha256 } = fits
  return { refusal, row: refusal ? about : { ...about, expectedBytes, expectedSha256 }, name: place.name }
}

export async function openTransfer(tx: Tx, deps: TransferDeps, actor: PersonActor, asked: Asked) {
  const now = deps.clock.now()
  const { refusal, row, name } = await decide(tx, deps, actor, asked)
  const id = newId(now.getTime())
  const transfer: TransferRow = {
    ...row,
    id,
    personId: actor.personId,
    personName: actor.name,
    door: actor.door,
    channel: asked.channel,
    direction: asked.direction,
    state: refusal ? 'refused' : 'open',
    refusal: refusal ?? null,
    asked: shown(asked.path),
    bytes: 0,
    sm3: null,
    sha256: null,
    gatewayId: null,
    openedAt: now,
    endedAt: refusal ? now : null,
    keepUntil: null,
  }
  // Counted before it begins: a download that breaks off was one all the same.
  if (!refusal && transfer.direction === 'out' && transfer.ticketId) await useTicket(tx, transfer.ticketId)
  await insertTransfer(tx, transfer)
  if (refusal) {
    const rule = ruleOf(refusal)
    const data = { decision: 'refused' as const, code: refusal, ...(rule ? { rule } : {}) }
    const view = { outcome: 'refused' as const, transferId: id, code: refusal, rule: rule ?? null, params: {} }
    return { view, events: [transferEvent(transfer, 'transfer.refused', data)] }
  }
  const { expectedBytes: bytes, expectedSha256 } = transfer
  const view = { outcome: 'admitted' as const, transferId: id, name, bytes: bytes!, sha256: expectedSha256! }
  return { view, events: [transferEvent(transfer, 'transfer.opened', { bytes, sha256: expectedSha256 })] }
}
/** As far as it can be shown and kept: what does not print is a dot. */
const shown = (path: string): string => path.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '·').slice(0, 1_100)

const endings = {
  accept: { event: 'transfer.accepted' },
  deliver: { event: 'transfer.delivered' },
  refuse: { event: 'transfer.refused' },
  quarantine: { event: 'transfer.quarantined' },
  fail: { event: 'transfer.failed' },
} as const
/** Ends a transfer with what is known of it. Events are empty where it had ended before. */
export async function endTransfer(
  tx: Tx,
  deps: TransferDeps,
  row: TransferRow,
  { act, ...patch }: TransferPatch & { act: Exclude<TransferAct, 'purge'> },
): Promise<DomainEvent[]> {
  const now = deps.clock.now()
  const kept = act === 'quarantine' ? { keepUntil: new Date(now.getTime() + quarantineMs) } : {}
  if (!(await stepTransfer(tx, row, act, { ...patch, ...kept, endedAt: now }))) return []
  // Evidence by now, or of no use to anybody.
  if (act !== 'quarantine') await dropData(tx, row.id)
  const { refusal, bytes, sm3: sm3Hex, sha256: sha256Hex } = patch
  const rule = refusal ? ruleOf(refusal) : undefined
  const why = refusal ? { decision: 'refused' as const, code: refusal, ...(rule ? { rule } : {}) } : {}
  return [transferEvent(row, endings[act].event, { bytes, sm3: sm3Hex, sha256: sha256Hex, ...why })]
}

/** How a caller gets at the transfer it reports on: a person at their own, a gateway at those that came through it. */
export type Reach = (tx: Tx) => Promise<TransferRow>

/** Takes one part, in order and of the very size that the plan's size leaves for it. The same part again changes nothing. */
export async function takePart(tx: Tx, reach: Reach, index: number, data: Uint8Array): Promise<void> {
  const row = await reach(tx)
  if (row.state !== 'open' || row.direction !== 'in') throw new Refusal('transfer.wrong_state')
  const due = await countParts(tx, row.id)
  if (index > due || !(await isDuePart(tx, row, index, data.length))) throw new Refusal('transfer.part_wrong', { due })
  if (index < due) return
  await insertPart(tx, row, { index, bytes: data.length, sm3: toHex(sm3(data)), sha256: toHex(sha256(data)), data })
}

/** The plan says how long each part is. Of what is fetched nobody knows it before: whole parts, and after a shorter one no other. */
async function isDuePart(tx: Tx, row: TransferRow, index: number, length: number): Promise<boolean> {
  if (row.channel !== 'fetch') return length > 0 && length === bytesOfPart(row.expectedBytes ?? 0, index)
  const before = index === 0 ? partBytes : (await findPart(tx, row.id, index - 1))?.bytes
  return length > 0 && length <= partBytes && before === partBytes && (index + 1) * partBytes <= fetchMaxBytes
}

/** Digests all that came and holds it against the plan; only then does it become evidence. */
export async function acceptUpload<A extends Actor>(
  stages: Stages<A>,
  deps: TransferDeps,
  reach: Reach,
): Promise<{ refusal: RefusalCode | null }> {
  const { row, parts } = await stages.transact(async (tx) => {
    const found = await reach(tx)
    if (found.state !== 'open' || found.direction !== 'in') throw new Refusal('transfer.wrong_state')
    return { view: { row: found, parts: await listParts(tx, found.id) }, unchanged: true }
  })
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  const pinned = row.channel === 'fetch' ? undefined : { bytes: row.expectedBytes ?? 0, sha256: row.expectedSha256 ?? '' }
  if (parts.length !== partsOf(pinned?.bytes ?? bytes)) throw new Refusal('transfer.part_wrong', { due: parts.length })
  const dataOf = (index: number): Promise<Uint8Array | undefined> =>
    stages.transact(async (tx) => {
      await reach(tx)
      return { view: await dataOfPart(tx, row.id, index), unchanged: true }
    })
  const [hash3, hash256] = [createHash('sm3'), createHash('sha256')]
  for (const { index } of parts) {
    const data = await dataOf(index)
    if (!data) throw new Refusal('transfer.wrong_state')
    hash3.update(data)
    hash256.update(data)
  }
  const came = { bytes, sm3: hash3.digest('hex'), sha256: hash256.digest('hex') }
  const refusal = pinned && contentRefusal(pinned, came)
  if (!refusal)
    for (const { index, sm3: partSm3, sha256: partSha256 } of parts)
      await deps.evidence.keep((await dataOf(index))!, {
        tenantId: row.tenantId,
        sha256: partSha256,
        sm3: partSm3,
        class: 'document',
      })
  return stages.transact<{ refusal: RefusalCode | null }>(async (tx) => {
    const now = await reach(tx)
    if (refusal) return { view: { refusal }, events: await endTransfer(tx, deps, now, { act: 'quarantine', ...came, refusal }) }
    for (const part of parts) await deps.evidence.index(tx, { ...part, tenantId: row.tenantId, class: 'document' })
    const events = await endTransfer(tx, deps, now, { act: 'accept', ...came })
    return events.length > 0
      ? { view: { refusal: null }, events }
      : { view: { refusal: 'transfer.wrong_state' }, unchanged: true }
  })
}
