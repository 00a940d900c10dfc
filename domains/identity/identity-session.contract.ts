import { doors } from '@huabiao/kit/actor/actor'
import { endpoint, Instant, Label, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** A logon that still stands: where from, by which door, and when it was last heard of. */
export const LogonSessionView = z.object({
  id: Uuid,
  door: z.enum(doors),
  sourceIp: Label,
  terminalName: Label.nullable(),
  role: Label.nullable(),
  firstFactor: Label,
  createdAt: Instant,
  lastSeenAt: Instant,
  expiresAt: Instant,
  current: z.boolean(),
})
export type LogonSessionView = z.infer<typeof LogonSessionView>
export const listMySessions = endpoint({
  name: 'listMySessions',
  method: 'GET',
  path: '/api/v1/me/sessions',
  permission: 'self',
  summary: '我的登录 / My logon sessions',
  response: z.object({ items: z.array(LogonSessionView).max(100) }),
})
export const endMySession = endpoint({
  name: 'endMySession',
  method: 'DELETE',
  path: '/api/v1/me/sessions/:sessionId',
  permission: 'self',
  summary: '结束一次登录 / End a logon session',
  params: z.object({ sessionId: Uuid }),
  response: z.object({}),
  refusals: ['credential.not_found'],
})
