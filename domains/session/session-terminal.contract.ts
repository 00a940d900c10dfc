import { Count, endpoint, Instant, Label, Prose, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { SessionView } from './session.contract.ts'

/** Events: session.opened, grant.issued, terminal.started, keystrokes.asked, keystrokes.agreed, keystrokes.read, session.reconciled. */

/** Break-glass: a terminal on a target that an emergency names (design §6). Its recording begins; nothing runs before `startTerminal`. */
export const openTerminal = endpoint({
  name: 'openTerminal',
  method: 'POST',
  path: '/api/v1/terminal-sessions',
  permission: 'session:terminal',
  summary: '开启破窗终端会话 / Open a break-glass terminal session',
  body: z.object({
    emergencyNo: z.string().regex(/^[A-Za-z0-9-]{1,40}$/),
    targetName: z.string().min(1).max(120),
    account: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/),
    /** The gateway at whose door the person is; any of the plane where none is named. */
    gatewayId: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
      .optional(),
  }),
  response: SessionView,
  refusals: [
    'emergency.not_found',
    'emergency.not_executor',
    'emergency.not_granted',
    'emergency.expired',
    'emergency.second_absent',
    'emergency.target_not_named',
    'emergency.account_not_named',
    'session.target_not_found',
    'session.gateway_unavailable',
    'session.evidence_unavailable',
    'access.session_denied',
  ],
})
/** The grant of the terminal, asked for when its recording has begun. */
export const startTerminal = endpoint({
  name: 'startTerminal',
  method: 'POST',
  path: '/api/v1/terminal-sessions/:sessionId/start',
  permission: 'session:terminal',
  resource: 'session/:sessionId',
  summary: '启动破窗终端 / Start the terminal',
  params: z.object({ sessionId: Uuid }),
  response: z.object({ grantId: Uuid }),
  refusals: [
    'session.not_found',
    'session.not_executor',
    'session.wrong_state',
    'session.terminal_begun',
    'access.session_denied',
    'emergency.not_executor',
    'emergency.not_granted',
    'emergency.expired',
    'emergency.second_absent',
    'emergency.target_not_named',
    'emergency.account_not_named',
  ],
})

/** What was typed is read by two persons together, an auditor and a security administrator (S8); neither took part in the session. */
export const KeystrokeRequest = z.object({
  id: Uuid,
  sessionId: Uuid,
  reason: Prose,
  askedBy: Label,
  askedById: Uuid,
  askedSide: z.enum(['audit', 'security']),
  askedAt: Instant,
  agreedBy: Label.nullable(),
  agreedById: Uuid.nullable(),
  agreedAt: Instant.nullable(),
  expiresAt: Instant,
})
export type KeystrokeRequest = z.infer<typeof KeystrokeRequest>
const keystrokeRefusals = [
  'session.not_found',
  'session.keys_not_yours',
  'session.keys_took_part',
  'session.keys_none',
  'session.wrong_state',
] as const

export const listKeystrokeRequests = endpoint({
  name: 'listKeystrokeRequests',
  method: 'GET',
  path: '/api/v1/sessions/:sessionId/keystroke-requests',
  permission: 'keystroke:open',
  resource: 'session/:sessionId',
  summary: '键入内容调阅申请 / Requests to read what was typed',
  params: z.object({ sessionId: Uuid }),
  response: z.object({
    items: z.array(KeystrokeRequest).max(100),
    /** Why the person asking may neither ask nor agree; null when they may. */
    refusal: Label.nullable(),
  }),
  refusals: ['session.not_found'],
})
export const askKeystrokes = endpoint({
  name: 'askKeystrokes',
  method: 'POST',
  path: '/api/v1/sessions/:sessionId/keystroke-requests',
  permission: 'keystroke:open',
  resource: 'session/:sessionId',
  summary: '申请调阅键入内容 / Ask to read what was typed',
  params: z.object({ sessionId: Uuid }),
  body: z.object({ reason: ShortNote }),
  response: KeystrokeRequest,
  refusals: [...keystrokeRefusals],
})
export const agreeKeystrokes = endpoint({
  name: 'agreeKeystrokes',
  method: 'POST',
  path: '/api/v1/sessions/:sessionId/keystroke-requests/:requestId/agree',
  permission: 'keystroke:open',
  resource: 'session/:sessionId',
  summary: '同意调阅键入内容 / Agree to read what was typed',
  params: z.object({ sessionId: Uuid, requestId: Uuid }),
  response: KeystrokeRequest,
  refusals: [...keystrokeRefusals, 'session.keys_same_side', 'session.keys_request_over'],
})
/** What was typed, in pieces, as the recording has it. Read only by the two who agreed, while their request stands. */
export const readKeystrokes = endpoint({
  name: 'readKeystrokes',
  method: 'POST',
  path: '/api/v1/sessions/:sessionId/keystroke-requests/:requestId/read',
  permission: 'keystroke:open',
  resource: 'session/:sessionId',
  summary: '调阅键入内容 / Read what was typed',
  params: z.object({ sessionId: Uuid, requestId: Uuid }),
  response: z.object({
    pieces: z.array(z.object({ atMs: Count, text: z.string().max(20_000) })).max(20_000),
    /** More was typed than is shown. */
    cut: z.boolean(),
  }),
  refusals: [...keystrokeRefusals, 'session.keys_request_over', 'session.keys_unreadable'],
})
