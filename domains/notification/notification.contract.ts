import { Count, endpoint, Instant, Label, PageQuery, PhraseParams, pageOf, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

export const NotificationView = z.object({
  id: Uuid,
  kind: Label,
  object: Label,
  params: PhraseParams,
  at: Instant,
  readAt: Instant.nullable(),
})
export type NotificationView = z.infer<typeof NotificationView>
export const listNotifications = endpoint({
  name: 'listNotifications',
  method: 'GET',
  path: '/api/v1/notifications',
  permission: 'self',
  summary: '通知 / Notifications',
  query: PageQuery.extend({ unread: z.enum(['true', 'false']).optional() }),
  response: pageOf(NotificationView).extend({ unread: Count }),
})
export const readNotifications = endpoint({
  name: 'readNotifications',
  method: 'POST',
  path: '/api/v1/notifications/read',
  permission: 'self',
  summary: '标为已读 / Mark read',
  body: z.object({ ids: z.array(Uuid).min(1).max(100) }),
  response: z.object({ unread: Count }),
})
