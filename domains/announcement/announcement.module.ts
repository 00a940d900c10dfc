import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import * as contract from './announcement.contract.ts'
import type { AnnouncementDeps } from './announcement.ports.ts'
import { type Announced, announce, receive, toViews } from './announcement.service.ts'
import { listAnnouncementRows, type ToldUnit, toldUnits } from './announcement.store.ts'

export type { Announced, Known } from './announcement.service.ts'
export type { ToldUnit } from './announcement.store.ts'

/** Announcements as the change asks for them. */
export interface Announcements {
  announce(tx: Tx, change: Announced): Promise<DomainEvent[]>
  told(tx: ReadTx, changeId: string, planHash: string): Promise<ToldUnit[]>
}
export function announcementModule(deps: AnnouncementDeps): Announcements & { routes: Route[] } {
  return {
    announce: (tx, change) => announce(tx, deps, change),
    told: toldUnits,
    routes: [
      look(contract.listAnnouncements, async (tx, actor, { query }) => {
        const { after, limit, unread } = query
        const rows = await listAnnouncementRows(tx, { after, limit, unread: unread === 'true' })
        return { view: { items: await toViews(tx, deps, actor, rows), next: rows.length === limit ? rows.at(-1)!.id : null } }
      }),
      handle(contract.receiveAnnouncement, (tx, actor, { params, body }) => receive(tx, deps, actor, { ...params, ...body })),
    ],
  }
}
