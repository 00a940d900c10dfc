import type { Clock } from '@huabiao/kit/clock/clock'
import type { Tx } from '@huabiao/kit/db/db'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import { listNotifications, readNotifications } from './notification.contract.ts'
import type { NoticeChannel } from './notification.ports.ts'
import { countUnread, insertNotices, listNotices, markRead, type Notice } from './notification.store.ts'
import { insertDeliveries } from './notification-delivery.store.ts'

export { deliverNotices } from './notification.jobs.ts'
export type { NoticeChannel, OutgoingNotice } from './notification.ports.ts'

export interface NotificationDeps {
  readonly clock: Clock
  /** Ways out of the product. Inside, a notice is there when its act is. */
  readonly channels: readonly NoticeChannel[]
}
export function notificationModule({ clock, channels }: NotificationDeps): {
  routes: Route[]
  notify(tx: Tx, notices: readonly Notice[]): Promise<void>
} {
  const names = channels.map((channel) => channel.name)
  return {
    notify: async (tx, notices) => {
      const at = clock.now()
      const named = notices.map((notice) => ({ ...notice, id: newId(at.getTime()) }))
      await insertNotices(tx, named, at)
      await insertDeliveries(tx, named, names, at)
    },
    routes: [
      look(listNotifications, async (tx, actor, { query }) => {
        const rows = await listNotices(tx, actor.personId, {
          after: query.after,
          limit: query.limit,
          unread: query.unread === 'true',
        })
        return {
          view: {
            items: rows.map((row) => ({
              id: row.id,
              kind: row.kind,
              object: row.object,
              params: row.params,
              at: row.at.toISOString(),
              readAt: row.read_at?.toISOString() ?? null,
            })),
            next: rows.length === query.limit ? rows.at(-1)!.id : null,
            unread: await countUnread(tx, actor.personId),
          },
        }
      }),
      handle(readNotifications, async (tx, actor, { body }) => {
        await markRead(tx, actor.personId, body.ids, clock.now())
        // Reading one's own notices changes nothing that anybody else could ask about.
        return { view: { unread: await countUnread(tx, actor.personId) }, unchanged: true }
      }),
    ],
  }
}
