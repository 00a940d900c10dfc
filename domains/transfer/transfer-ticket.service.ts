import { setTimeout as sleep } from 'node:timers/promises'
import type { PersonActor } from '@huabiao/kit/actor/actor'
import { beijingDay } from '@huabiao/kit/calendar/calendar'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sm3 } from '@huabiao/kit/crypto/suite'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import type { Stages } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import { downloadPath } from './transfer.model.ts'
import type { TransferDeps } from './transfer.ports.ts'
import { endTransfer } from './transfer.service.ts'
import { findTransfer, insertTransfer, lockTransfer, type TransferRow } from './transfer.store.ts'
import type { TicketView } from './transfer-ticket.contract.ts'
import {
  fetchMaxBytes,
  fetchRefusal,
  type TicketWanted,
  ticketChain,
  ticketLifeMs,
  ticketState,
  ticketText,
  wantedRefusal,
} from './transfer-ticket.model.ts'
import { decideTicketRow, findTicket, insertTicket, lockTicket, setContent, type TicketRow } from './transfer-ticket.store.ts'

const kind = 'transfer-ticket'
/** How long the recorder of a fetch may take to be ready. */
const recorderMs = 15_000

export const placeOfTicket = (row: Pick<TicketRow, 'no' | 'path'>): string =>
  downloadPath({ ticketNo: row.no, name: row.path.slice(row.path.lastIndexOf('/') + 1) })

const ticketEvent = (row: TicketRow | Parameters<typeof insertTicket>[1], type: string, data: object = {}): DomainEvent => ({
  type,
  object: `transfer-ticket/${row.id}`,
  tenantId: row.tenantId,
  plane: row.plane,
  changeId: row.changeId,
  no: row.no,
  target: row.targetName,
  path: row.path,
  dataClass: row.dataClass,
  personId: row.personId,
  ...data,
})

export async function requestTicket(
  tx: Tx,
  deps: TransferDeps,
  actor: PersonActor,
  wanted: TicketWanted & { changeId: string; targetId: string; purpose: string },
): Promise<{ id: string; events: DomainEvent[] }> {
  refuseIf(wantedRefusal(wanted))
  const now = deps.clock.now()
  // A file is looked at for the change one carries out, from a target of its plan, as an account that is not privileged (RL-17, RL-19).
  const source = await deps.fetches.source(tx, actor, wanted)
  if (!source) throw new Refusal('transfer.ticket_no_purpose')
  const id = newId(now.getTime())
  const day = beijingDay(now).replaceAll('-', '')
  const { path, purpose, dataClass, hours, downloads, changeId, targetId } = wanted
  const subject = {
    id,
    personId: actor.personId,
    changeNo: source.changeNo,
    targetId,
    account: source.account,
    path,
    purpose,
    dataClass,
    hours,
    downloads,
  }
  const ticket = {
    ...subject,
    tenantId: actor.tenantId,
    no: `OUT-${day}-${id.slice(-8)}`,
    plane: source.plane,
    changeId,
    targetName: source.targetName,
    subjectHash: toHex(sm3(utf8(ticketText(subject)))),
    createdAt: now,
  }
  await insertTicket(tx, ticket)
  const stages = []
  for (const { key, role, duty } of ticketChain) {
    const holders = await deps.holders(tx, { role, duty, tenantId: actor.tenantId })
    stages.push({ key, duty: duty ?? role, quorum: 1, candidateIds: holders.map((holder) => holder.personId) })
  }
  await deps.approval.open(tx, {
    tenantId: actor.tenantId,
    partyIds: [],
    kind,
    subjectId: id,
    hash: ticket.subjectHash,
    stages,
    excludedIds: [actor.personId],
    at: now,
    dueAt: new Date(now.getTime() + ticketLifeMs),
  })
  return { id, events: [ticketEvent(ticket, 'ticket.requested', { purpose, hours, downloads })] }
}

export async function decideTicket(
  tx: Tx,
  deps: TransferDeps,
  actor: PersonActor,
  of: { id: string; verdict: 'approve' | 'reject'; note: string },
): Promise<DomainEvent[]> {
  const row = await lockTicket(tx, of.id)
  const at = deps.clock.now()
  if (ticketState(row, at) !== 'open') throw new Refusal('transfer.ticket_closed')
  await mayStillDecide(tx, deps, actor, row)
  const { verdict, note } = of
  const decision = { verdict, note, personId: actor.personId, hash: row.subjectHash, at }
  const { stage, complete } = await deps.approval.decide(tx, kind, row.id, decision)
  if (verdict === 'reject') {
    await decideTicketRow(tx, row.id, { decision: 'rejected', at, expiresAt: null })
    return [ticketEvent(row, 'ticket.rejected', { stage, note })]
  }
  const approved = ticketEvent(row, 'ticket.approved', { stage, note })
  if (!complete) return [approved]
  const expiresAt = new Date(at.getTime() + row.hours * 3_600_000)
  await decideTicketRow(tx, row.id, { decision: 'approved', at, expiresAt })
  return [approved, ticketEvent(row, 'ticket.granted', { expiresAt: expiresAt.toISOString(), downloads: row.downloads })]
}
/** The list was frozen when it was asked for; whoever has lost the duty since decides nothing. */
async function mayStillDecide(tx: Tx, deps: TransferDeps, actor: PersonActor, row: TicketRow): Promise<void> {
  const { stages, refusal } = (await deps.approval.stages(tx, kind, [row.id], actor.personId)).get(row.id)!
  const stage = ticketChain.find(({ key }) => stages.some((one) => one.key === key && one.state === 'open'))
  if (refusal || !stage) return
  const holders = await deps.holders(tx, { role: stage.role, duty: stage.duty, tenantId: row.tenantId })
  if (!holders.some((holder) => holder.personId === actor.personId)) throw new Refusal('approval.not_candidate')
}

export async function withdrawTicket(tx: Tx, deps: TransferDeps, actor: PersonActor, id: string): Promise<DomainEvent[]> {
  const row = await lockTicket(tx, id)
  const at = deps.clock.now()
  if (row.personId !== actor.personId) throw new Refusal('transfer.ticket_not_yours')
  if (ticketState(row, at) !== 'open') throw new Refusal('transfer.ticket_closed')
  await deps.approval.voidAll(tx, kind, id, 'withdrawn', at)
  await decideTicketRow(tx, id, { decision: 'withdrawn', at, expiresAt: null })
  return [ticketEvent(row, 'ticket.withdrawn')]
}

/**
 * Has the file read on the target: an observe session of its own is opened, and once its recorder is ready (NT-D01) one granted command
 * that only reads is signed and queued. What comes of it is reported by the gateway.
 */
export async function fetchTicket(stages: Stages<PersonActor>, deps: TransferDeps, id: string): Promise<void> {
  const { actor } = stages
  const begun = await stages.transact(async (tx) => {
    const row = await lockTicket(tx, id)
    const now = deps.clock.now()
    refuseIf(fetchRefusal(row, actor.personId, now))
    const opened = await deps.fetches.open(tx, actor, { ...row, title: [row.no, row.targetName, row.purpose].join(' · ') })
    const content = contentRow(row, actor, now)
    await insertTransfer(tx, content)
    await setContent(tx, id, { contentId: content.id, sessionId: opened.sessionId })
    const event = ticketEvent(row, 'ticket.fetching', { sessionId: opened.sessionId, transferId: content.id })
    return { view: { row, content, sessionId: opened.sessionId }, events: [...opened.events, event] }
  })
  try {
    const until = deps.clock.now().getTime() + recorderMs
    while (!(await stages.read((tx) => deps.fetches.isLive(tx, begun.sessionId)))) {
      if (deps.clock.now().getTime() > until) throw new Refusal('session.recorder_unavailable')
      await sleep(100)
    }
    await deps.fetches.run(stages, {
      sessionId: begun.sessionId,
      path: begun.row.path,
      maxBytes: fetchMaxBytes,
      transferId: begun.content.id,
      label: `${begun.row.no} ${begun.row.path}`.slice(0, 200),
    })
  } catch (error) {
    const code = error instanceof Refusal ? error.code : 'part.unavailable'
    await stages.transact(async (tx) => {
      const row = await lockTransfer(tx, begun.content.id)
      const ended = await endTransfer(tx, deps, row, { act: 'fail', refusal: code })
      const closed = await deps.fetches.close(tx, begun.sessionId, code)
      const events = [...ended, ...closed]
      return events.length > 0 ? { view: undefined, events } : { view: undefined, unchanged: true }
    })
    throw error
  }
}
const contentRow = (row: TicketRow, actor: PersonActor, now: Date): TransferRow => ({
  id: newId(now.getTime()),
  tenantId: row.tenantId,
  partyIds: [],
  plane: row.plane,
  personId: actor.personId,
  personName: actor.name,
  door: actor.door,
  channel: 'fetch',
  direction: 'in',
  state: 'open',
  refusal: null,
  changeId: row.changeId,
  changeNo: row.changeNo,
  stepKey: null,
  ticketId: row.id,
  targetNames: [row.targetName],
  path: row.path,
  asked: placeOfTicket(row),
  expectedBytes: null,
  expectedSha256: null,
  bytes: 0,
  sm3: null,
  sha256: null,
  gatewayId: null,
  openedAt: now,
  endedAt: null,
  keepUntil: null,
})

/** The transfer that holds the content of a download. @throws Refusal transfer.not_found */
export async function contentOf(tx: ReadTx, download: TransferRow): Promise<TransferRow> {
  const ticket = download.ticketId ? await findTicket(tx, download.ticketId) : undefined
  const content = ticket?.contentId ? await findTransfer(tx, ticket.contentId) : undefined
  if (download.state !== 'open' || download.direction !== 'out') throw new Refusal('transfer.wrong_state')
  if (content?.state !== 'accepted') throw new Refusal('transfer.not_found')
  return content
}

export async function toTicketViews(
  tx: ReadTx,
  deps: TransferDeps,
  actor: PersonActor,
  rows: readonly TicketRow[],
): Promise<TicketView[]> {
  const now = deps.clock.now()
  const stagesOf = await deps.approval.stages(
    tx,
    kind,
    rows.map((row) => row.id),
    actor.personId,
  )
  const all = [...stagesOf.values()].flatMap((view) => view.stages)
  const people = all.flatMap((stage) => [...stage.candidateIds, ...stage.decisions.map((one) => one.personId)])
  const names = await deps.names(tx, [...new Set([...rows.map((row) => row.personId), ...people])])
  const ref = (id: string) => ({ id, name: names.get(id) ?? '—' })
  return rows.map((row) => {
    const { stages, refusal } = stagesOf.get(row.id)!
    const state = ticketState(row, now)
    const { contentId, contentBytes, contentSm3, contentSha256, contentRefusal: fault } = row
    const used = new Set(stages.flatMap((stage) => stage.decisions.map((one) => one.personId)))
    return {
      id: row.id,
      no: row.no,
      person: ref(row.personId),
      changeId: row.changeId,
      changeNo: row.changeNo,
      targetId: row.targetId,
      targetName: row.targetName,
      account: row.account,
      path: row.path,
      purpose: row.purpose,
      dataClass: row.dataClass,
      hours: row.hours,
      downloads: row.downloads,
      used: row.used,
      state,
      place: state === 'ready' ? placeOfTicket(row) : null,
      stages: stages.map((stage) => ({
        key: stage.key,
        state: stage.state,
        candidates: stage.candidateIds
          .filter((id) => id !== row.personId && !used.has(id))
          .slice(0, 50)
          .map(ref),
        decisions: stage.decisions.map((one) => ({
          person: ref(one.personId),
          verdict: one.verdict,
          note: one.note,
          at: one.at.toISOString(),
        })),
      })),
      decideRefusal: state === 'open' ? refusal : 'transfer.ticket_closed',
      fetchRefusal: fetchRefusal(row, actor.personId, now) ?? null,
      content:
        row.content === 'accepted' && contentId && contentSm3 && contentSha256
          ? { transferId: contentId, bytes: contentBytes ?? 0, sm3: contentSm3, sha256: contentSha256 }
          : null,
      fetchFault: row.content === 'other' ? fault : null,
      sessionId: row.sessionId,
      createdAt: row.createdAt.toISOString(),
      decidedAt: row.decidedAt?.toISOString() ?? null,
      expiresAt: row.expiresAt?.toISOString() ?? null,
    }
  })
}
