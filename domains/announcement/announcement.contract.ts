import { endpoint, Instant, Label, PageQuery, Prose, pageOf, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** Events: announcement.sent, announcement.received, announcement.waived. */

export const AnnouncementView = z.object({
  id: Uuid,
  change: z.object({ id: Uuid, no: Label }),
  title: Label,
  impact: Prose,
  unitName: Label,
  systemNames: z.array(Label).max(100),
  windowStart: Instant,
  windowEnd: Instant,
  sentAt: Instant,
  receipts: z.array(z.object({ by: Label, at: Instant, waives: z.boolean(), note: Prose })).max(3),
  /** Why the caller may not; null when they may. */
  receiveRefusal: Label.nullable(),
  waiveRefusal: Label.nullable(),
})
export type AnnouncementView = z.infer<typeof AnnouncementView>

/** What one affected unit was told about a plan, for the change's own page. */
export const ToldView = z.object({
  unitName: Label,
  sentAt: Instant.nullable(),
  receivedAt: Instant.nullable(),
  waived: z.boolean(),
  earliestStart: Instant.nullable(),
})

export const listAnnouncements = endpoint({
  name: 'listAnnouncements',
  method: 'GET',
  path: '/api/v1/announcements',
  permission: 'announcement:read',
  summary: '变更告知 / Announcements of changes',
  query: PageQuery.extend({ unread: z.enum(['true', 'false']).default('false') }),
  response: pageOf(AnnouncementView),
})
export const receiveAnnouncement = endpoint({
  name: 'receiveAnnouncement',
  method: 'POST',
  path: '/api/v1/announcements/:announcementId/receipts',
  permission: 'announcement:receive',
  resource: 'announcement/:announcementId',
  summary: '确认收到告知 / Give the receipt',
  params: z.object({ announcementId: Uuid }),
  body: z.object({ waiveNotice: z.boolean().default(false), note: z.string().trim().max(500).default('') }),
  response: AnnouncementView,
  refusals: ['announcement.not_found', 'announcement.not_addressee', 'announcement.already_received'],
})
