import { Count, endpoint, Instant, Label, PageQuery, PhraseParams, pageOf, Slug, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { type NotificationRefusal, notificationRefusals } from './notification-choice.model.ts'
import { contentClasses } from './notification-message.model.ts'

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

/** A channel that the management unit allows, and what the caller made of it. */
export const ChannelView = z.object({
  name: Slug,
  carries: z.enum(contentClasses),
  chosen: z.boolean(),
  /** What keeps the caller from choosing it now. */
  refusal: z.enum(Object.keys(notificationRefusals) as [NotificationRefusal, ...NotificationRefusal[]]).nullable(),
  /** Null on a channel that asks for no address of the person. */
  mail: z
    .object({
      domains: z.array(Label).max(100),
      address: Label.nullable(),
      pending: Label.nullable(),
      /** When another code may be sent. */
      nextCodeAt: Instant.nullable(),
    })
    .nullable(),
})
export type ChannelView = z.infer<typeof ChannelView>
const ChannelParams = z.object({ channel: Slug })
export const listChannels = endpoint({
  name: 'listChannels',
  method: 'GET',
  path: '/api/v1/notifications/channels',
  permission: 'self',
  summary: '通知渠道 / Channels of notices',
  response: z.object({ items: z.array(ChannelView).max(100) }),
})
export const chooseChannel = endpoint({
  name: 'chooseChannel',
  method: 'POST',
  path: '/api/v1/notifications/channels/:channel',
  permission: 'self',
  summary: '选择通知渠道 / Choose a channel',
  params: ChannelParams,
  body: z.object({ chosen: z.boolean() }),
  response: ChannelView,
  refusals: ['notification.channel_not_found', 'notification.address_unproved', 'notification.address_not_allowed'],
})
/** Sends six digits to the address; until they come back, nothing else is sent there. */
export const sendChannelCode = endpoint({
  name: 'sendChannelCode',
  method: 'POST',
  path: '/api/v1/notifications/channels/:channel/code',
  permission: 'self',
  summary: '发送验证码 / Send a code to an address',
  params: ChannelParams,
  body: z.object({ address: z.string().trim().min(3).max(254) }),
  response: ChannelView,
  refusals: [
    'notification.channel_not_found',
    'notification.address_unneeded',
    'notification.address_not_allowed',
    'notification.address_unreached',
    'notification.code_too_soon',
  ],
})
export const proveChannelAddress = endpoint({
  name: 'proveChannelAddress',
  method: 'POST',
  path: '/api/v1/notifications/channels/:channel/address',
  permission: 'self',
  summary: '验证地址 / Prove an address',
  params: ChannelParams,
  body: z.object({ code: z.string().regex(/^\d{6}$/) }),
  response: ChannelView,
  refusals: ['notification.channel_not_found', 'notification.code_over', 'notification.code_wrong'],
})
