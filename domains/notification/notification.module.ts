import type { Clock } from '@huabiao/kit/clock/clock'
import type { Tx } from '@huabiao/kit/db/db'
import { handle, look, type Route } from '@huabiao/kit/http/route'
import { listNotifications, readNotifications } from './notification.contract.ts'
import { countUnread, insertNotices, listNotices, markRead, type Notice } from './notification.store.ts'

export function notificationModule({ clock }: { clock: Clock }): {
  routes: Route[]
  notify(tx: Tx, notices: readonly Notice[]): Promise<void>
} {
  return {
    notify: (tx, notices) => insertNotices(tx, notices, clock.now()),
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
