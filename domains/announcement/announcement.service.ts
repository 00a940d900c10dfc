import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { refuseIf } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import type { AnnouncementView } from './announcement.contract.ts'
import { receiptRefusal } from './announcement.model.ts'
import type { AnnouncementDeps } from './announcement.ports.ts'
import { type AnnouncementRow, enterAnnouncement, insertAnnouncement, insertReceipt, listReceipts } from './announcement.store.ts'

/** That a unit knew already when it was told: by its consent to this plan, or by a word in advance. */
export interface Known {
  readonly by: string | null
  readonly at: Date
  readonly waives: boolean
}
/** A change about to affect units other than its own. */
export interface Announced {
  readonly changeId: string
  readonly no: string
  readonly tenantId: string
  readonly planHash: string
  readonly title: string
  readonly impact: string
  readonly windowStart: Date
  readonly windowEnd: Date
  readonly systems: readonly { readonly id: string; readonly tenantId: string; readonly contactPersonId: string | null }[]
  /** By unit. */
  readonly known: ReadonlyMap<string, Known>
}
/** Tells each affected unit once about this plan: its named contacts, its approvers and its administrators. */
export async function announce(tx: Tx, deps: AnnouncementDeps, change: Announced): Promise<DomainEvent[]> {
  const now = deps.clock.now()
  const events: DomainEvent[] = []
  for (const unitId of [...new Set(change.systems.map((system) => system.tenantId))].sort()) {
    if (unitId === change.tenantId) continue
    const systems = change.systems.filter((system) => system.tenantId === unitId)
    const id = newId(now.getTime())
    const known = change.known.get(unitId)
    const knew = { knownBy: known?.by ?? null, knownAt: known?.at ?? null, knownWaives: known?.waives ?? false }
    const systemIds = systems.map((system) => system.id)
    if (!(await insertAnnouncement(tx, { ...change, ...knew, id, unitId, systemIds, changeNo: change.no, sentAt: now }))) continue
    const people = new Set([
      ...systems.flatMap((system) => (system.contactPersonId ? [system.contactPersonId] : [])),
      ...(await deps.holders(tx, { role: 'APV', duty: null, tenantId: unitId })).map((one) => one.personId),
      ...(await deps.holders(tx, { role: 'TAD', duty: null, tenantId: unitId })).map((one) => one.personId),
    ])
    await deps.notify(
      tx,
      [...people].map((personId) => ({
        tenantId: unitId,
        personId,
        kind: 'announcement.sent',
        object: `announcement/${id}`,
        params: { no: change.no, title: change.title },
      })),
    )
    events.push({
      type: 'announcement.sent',
      object: `announcement/${id}`,
      tenantId: change.tenantId,
      changeId: change.changeId,
      no: change.no,
      planHash: change.planHash,
      unitId,
      systemIds,
      personIds: [...people].sort(),
    })
  }
  return events
}

export async function receive(
  tx: Tx,
  deps: AnnouncementDeps,
  actor: PersonActor,
  of: { announcementId: string; waiveNotice: boolean; note: string },
) {
  const row = await enterAnnouncement(tx, of.announcementId)
  const receipts = await listReceipts(tx, [row.id])
  refuseIf(receiptRefusal({ ...row, receipts: [...knownReceipt(row), ...receipts] }, actor.tenantId, of.waiveNotice))
  await insertReceipt(tx, row, { waives: of.waiveNotice, personId: actor.personId, note: of.note, at: deps.clock.now() })
  const { changeId, changeNo: no, planHash, tenantId, unitId } = row
  return {
    view: (await toViews(tx, deps, actor, [row]))[0]!,
    events: [
      {
        type: of.waiveNotice ? 'announcement.waived' : 'announcement.received',
        object: `announcement/${row.id}`,
        tenantId,
        changeId,
        no,
        planHash,
        unitId,
        note: of.note,
      },
    ],
  }
}

/** Whoever consented to this plan has seen it: that counts as the receipt. */
const knownReceipt = ({ knownBy, knownAt, knownWaives }: AnnouncementRow) =>
  knownAt ? [{ personId: knownBy, at: knownAt, waives: knownWaives, note: '' }] : []

export async function toViews(
  tx: ReadTx,
  deps: AnnouncementDeps,
  actor: PersonActor,
  rows: readonly AnnouncementRow[],
): Promise<AnnouncementView[]> {
  const receipts = await listReceipts(
    tx,
    rows.map((row) => row.id),
  )
  const people = [...receipts.map((receipt) => receipt.personId), ...rows.flatMap((row) => (row.knownBy ? [row.knownBy] : []))]
  const names = await deps.names(tx, [...new Set(people)])
  const systems = new Map(
    (await deps.systems.find(tx, [...new Set(rows.flatMap((row) => row.systemIds))])).map((system) => [system.id, system.name]),
  )
  return rows.map((row) => {
    const own = [...knownReceipt(row), ...receipts.filter((receipt) => receipt.announcementId === row.id)]
    const held = (waives: boolean) => receiptRefusal({ ...row, receipts: own }, actor.tenantId, waives) ?? null
    return {
      id: row.id,
      change: { id: row.changeId, no: row.changeNo },
      title: row.title,
      impact: row.impact,
      unitName: row.unitName,
      systemNames: row.systemIds.map((id) => systems.get(id) ?? '—'),
      windowStart: row.windowStart.toISOString(),
      windowEnd: row.windowEnd.toISOString(),
      sentAt: row.sentAt.toISOString(),
      receipts: own.map(({ personId, at, waives, note }) => ({
        by: (personId && names.get(personId)) || '—',
        at: at.toISOString(),
        waives,
        note,
      })),
      receiveRefusal: held(false),
      waiveRefusal: held(true),
    }
  })
}
