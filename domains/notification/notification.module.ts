import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { handle, handleStaged, look, type Route } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import type { Family } from '@huabiao/kit/metrics/exposition'
import * as contract from './notification.contract.ts'
import type { NotificationDeps } from './notification.ports.ts'
import { countUnread, insertNotices, listNotices, markRead, type Notice } from './notification.store.ts'
import { channelViews, choose, proveAddress, sendCode } from './notification-choice.service.ts'
import { insertDeliveries } from './notification-delivery.store.ts'
import { readNoticeLevels } from './notification-level.read.ts'

export { deliverNotices } from './notification.jobs.ts'
export { NotDeliverable, type NoticeChannel, type OutgoingMessage } from './notification.ports.ts'

export function notificationModule(deps: NotificationDeps): {
  routes: Route[]
  notify(tx: Tx, notices: readonly Notice[]): Promise<void>
  levels(tx: ReadTx): Promise<Family[]>
} {
  const { clock, channels } = deps
  const names = channels.map((channel) => channel.name)
  return {
    notify: async (tx, notices) => {
      const at = clock.now()
      const named = notices.map((notice) => ({ ...notice, id: newId(at.getTime()) }))
      await insertNotices(tx, named, at)
      await insertDeliveries(tx, named, names, at)
    },
    levels: (tx) => readNoticeLevels(tx, clock.now()),
    routes: [
      look(contract.listNotifications, async (tx, actor, { query }) => {
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
      handle(contract.readNotifications, async (tx, actor, { body }) => {
        await markRead(tx, actor.personId, body.ids, clock.now())
        // Reading one's own notices changes nothing that anybody else could ask about.
        return { view: { unread: await countUnread(tx, actor.personId) }, unchanged: true }
      }),
      look(contract.listChannels, async (tx, actor) => ({ view: { items: await channelViews(tx, deps, actor) } })),
      handle(contract.chooseChannel, (tx, actor, { params, body }) => choose(tx, deps, actor, { ...params, ...body })),
      handleStaged(contract.sendChannelCode, (stages, { params, body }) => sendCode(stages, deps, { ...params, ...body })),
      handleStaged(contract.proveChannelAddress, (stages, { params, body }) =>
        proveAddress(stages, deps, { ...params, ...body }),
      ),
    ],
  }
}
