import { doors, planes } from '@huabiao/kit/actor/actor'
import {
  Count,
  Digest,
  endpoint,
  Instant,
  Label,
  Name,
  PageQuery,
  Prose,
  pageOf,
  ShortNote,
  Total,
  Uuid,
} from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { sessionModes, sessionStates } from './session.model.ts'

/** Events: session.opened, session.paused, session.resumed, session.closed, session.killed, session.sealed, session.gap,
 *  session.watched, recording.segment_sealed, recording.read, observe.command. */

export const SessionView = z.object({
  id: Uuid,
  tenantId: Uuid,
  plane: z.enum(planes),
  mode: z.enum(sessionModes),
  state: z.enum(sessionStates),
  changeId: Uuid.nullable(),
  changeNo: Label.nullable(),
  purpose: Prose,
  executorId: Uuid,
  executorName: Label,
  reviewerId: Uuid.nullable(),
  reviewerName: Label.nullable(),
  targetNames: z.array(Label).max(500),
  door: z.enum(doors),
  sourceIp: Label,
  gatewayId: Label,
  openedAt: Instant.nullable(),
  closedAt: Instant.nullable(),
  closeReason: Prose.nullable(),
  sealedAt: Instant.nullable(),
  segments: Count,
  bytes: Total,
  manifestSm3: Label.nullable(),
})
export type SessionView = z.infer<typeof SessionView>

export const listSessions = endpoint({
  name: 'listSessions',
  method: 'GET',
  path: '/api/v1/sessions',
  permission: 'session:read',
  summary: '运维会话列表 / O&M sessions',
  query: PageQuery.extend({
    state: z.enum([...sessionStates, 'running']).optional(),
    changeId: Uuid.optional(),
    text: z.string().max(100).optional(),
    /** Only what another unit did on one's own systems. */
    ofOthers: z.literal('true').optional(),
  }),
  response: pageOf(SessionView),
})

/** An index entry of a recording: where a step begins. `atMs` counts from the recording's start. */
export const StepMark = z.object({
  atMs: Count,
  label: Label,
  stepKey: Label.nullable(),
  targetName: Label.nullable(),
})
export const SessionDetail = SessionView.extend({
  marks: z.array(StepMark).max(5000),
  segmentList: z
    .array(
      z.object({
        index: Count,
        sm3: Digest,
        sha256: Digest,
        bytes: Total,
        startedAtMs: Count,
        endedAtMs: Count,
      }),
    )
    .max(20_000),
  /** Why the person asking may not watch or replay; null when they may. */
  watchRefusal: Label.nullable(),
  replayRefusal: Label.nullable(),
})
export const getSession = endpoint({
  name: 'getSession',
  method: 'GET',
  path: '/api/v1/sessions/:sessionId',
  permission: 'session:read',
  resource: 'session/:sessionId',
  summary: '会话详情 / One session',
  params: z.object({ sessionId: Uuid }),
  response: SessionDetail,
  refusals: ['session.not_found'],
})

/** The recording as asciicast v2 (one JSON array per line), verified against its sealed digests while it is read. */
export const readRecording = endpoint({
  name: 'readRecording',
  method: 'GET',
  path: '/api/v1/sessions/:sessionId/recording',
  permission: 'recording:read',
  resource: 'session/:sessionId',
  summary: '录像回放数据 / Recording as asciicast v2',
  params: z.object({ sessionId: Uuid }),
  response: z.unknown(),
  refusals: ['session.not_found', 'session.recording_not_yours'],
})

export const killSession = endpoint({
  name: 'killSession',
  method: 'POST',
  path: '/api/v1/sessions/:sessionId/kill',
  permission: 'session:kill',
  resource: 'session/:sessionId',
  summary: '强制中断会话 / Kill a session',
  params: z.object({ sessionId: Uuid }),
  body: z.object({ reason: ShortNote }),
  response: SessionView,
  refusals: ['session.not_found', 'session.wrong_state'],
})

const Ticket = z.object({ ticket: Label, wsUrl: Label, expiresAt: Instant })
/** A ticket to watch a live session over the gateway's WebSocket; single use, 30 s. */
export const watchSession = endpoint({
  name: 'watchSession',
  method: 'POST',
  path: '/api/v1/sessions/:sessionId/watch',
  permission: 'session:watch',
  resource: 'session/:sessionId',
  summary: '实时旁观 / Watch live',
  params: z.object({ sessionId: Uuid }),
  response: Ticket,
  refusals: ['session.not_found', 'session.wrong_state'],
})
/** A ticket for the web terminal (the broker's own prompt in the browser); single use, 30 s. */
export const openWebTerminal = endpoint({
  name: 'openWebTerminal',
  method: 'POST',
  path: '/api/v1/terminal-tickets',
  permission: 'self',
  summary: '网页终端票据 / Web terminal ticket',
  response: Ticket,
})

/** Observe mode: a read-only look at one target, for a purpose (RL-19). */
export const openObserve = endpoint({
  name: 'openObserve',
  method: 'POST',
  path: '/api/v1/observe-sessions',
  permission: 'session:observe',
  summary: '开启观察会话 / Open an observe session',
  body: z.object({
    targetId: Uuid,
    changeId: Uuid,
    account: z.string().max(32).optional(),
    /** What is looked for, in the person's own words; it stands in the session's title and in the ledger. */
    purpose: ShortNote.optional(),
  }),
  response: SessionView,
  refusals: [
    'session.target_not_found',
    'session.observe_needs_purpose',
    'session.not_executor',
    'session.root_refused',
    'session.gateway_unavailable',
    'session.evidence_unavailable',
    'access.session_denied',
  ],
})
/** Runs one listed read-only command in an observe session; its output goes to the recording and comes back through the gateway. */
export const observeCommand = endpoint({
  name: 'observeCommand',
  method: 'POST',
  path: '/api/v1/observe-sessions/:sessionId/commands',
  permission: 'session:observe',
  resource: 'session/:sessionId',
  summary: '执行只读命令 / Run a read-only command',
  params: z.object({ sessionId: Uuid }),
  body: z.object({ argv: z.array(z.string().max(400)).min(1).max(40) }),
  response: z.object({ runId: Uuid }),
  refusals: [
    'session.not_found',
    'session.wrong_state',
    'session.command_not_listed',
    'session.mutation_refused',
    'session.not_executor',
    'session.observe_needs_purpose',
    'access.session_denied',
  ],
})
export const closeOwnSession = endpoint({
  name: 'closeOwnSession',
  method: 'POST',
  path: '/api/v1/sessions/:sessionId/close',
  permission: 'session:observe',
  resource: 'session/:sessionId',
  summary: '结束会话 / Close own session',
  params: z.object({ sessionId: Uuid }),
  response: SessionView,
  refusals: ['session.not_found', 'session.wrong_state', 'session.not_executor'],
})

export const TargetChoice = z.object({
  id: Uuid,
  name: Name,
  host: Label,
  port: Count,
  systemName: Label,
  accounts: z.array(Label).max(20),
})

/** What a door refused before it became a request: a forwarded port, a file transfer, a shell. Evidence like every other refusal. */
/** What a gateway refuses by itself, before the control plane is asked. */
export const reportable = [
  'session.channel_refused',
  'session.direct_shell_refused',
  'session.forwarding_refused',
  'session.transfer_refused',
  'session.mutation_refused',
  'session.other_way_refused',
  'session.root_refused',
  'session.no_purpose',
  'session.command_not_listed',
  'change.confirmation_mismatch',
  'change.not_next_step',
] as const
export const reportRefusal = endpoint({
  name: 'reportRefusal',
  method: 'POST',
  path: '/api/v1/refused-attempts',
  permission: 'self',
  summary: '登记被拒操作 / Report a refused attempt',
  body: z.object({
    door: z.enum(doors),
    channel: z.string().max(60),
    code: z.enum(reportable),
    detail: z.string().max(500),
  }),
  response: z.object({}),
})
