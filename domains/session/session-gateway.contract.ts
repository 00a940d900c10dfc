import { Count, Digest, endpoint, Instant, Label, Prose, Total, Uuid } from '@huabiao/kit/contract/contract'
import { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { z } from 'zod'
import { pauseReasons, sessionModes } from './session.model.ts'

/**
 * What a gateway (堡垒机网关) says to the control plane. It holds no rights: it asks, and verifies what it is given. Everything here
 * needs the gateway's own key (`service:gateway`), and is safe to repeat after a lost answer.
 */

/** Said once at start. Runs that an earlier boot of this gateway had in flight become `unknown`, and their changes pause. */
export const gatewayHello = endpoint({
  name: 'gatewayHello',
  method: 'POST',
  path: '/api/v1/gateway/hello',
  permission: 'service:gateway',
  summary: '网关上线 / Gateway start',
  body: z.object({ bootId: Uuid, version: z.string().max(40) }),
  response: z.object({
    now: Instant,
    /** Sessions of earlier boots whose recordings this gateway must finish: seal what the spool holds, or declare a gap. */
    unsealed: z.array(z.object({ sessionId: Uuid, segments: Count })).max(1000),
  }),
})

/** Asked twice a second while a gateway holds sessions: whether it is still the one, whether the database answers, and what time it is here (NT-B02). */
export const gatewayPulse = endpoint({
  name: 'gatewayPulse',
  method: 'POST',
  path: '/api/v1/gateway/pulse',
  permission: 'service:gateway',
  summary: '网关心跳与对时 / Gateway pulse',
  body: z.object({ bootId: Uuid }),
  response: z.object({ now: Instant }),
  refusals: ['session.stale_boot'],
})

/** One command of the platform, granted: connect with a certificate for this grant, run exactly this, stream it to the recorder. */
export const RunWork = z.object({
  kind: z.literal('run'),
  workId: Uuid,
  sessionId: Uuid,
  grant: SignedEnvelope,
  /** Bytes for standard input of the forced command (a script's text, a file's content), base64; empty for a command. */
  stdin: z.string().max(3_000_000),
  /** Where an artifact's content is read from, part by part, before the command is begun (domains/transfer). */
  content: z.object({ transferId: Uuid, bytes: Total, parts: Count }).nullable(),
  /** What the mark in the recording says. */
  label: z.string().max(200),
  stepKey: Label.nullable(),
})
/** One file read for an out-transfer ticket: a granted command that only reads, whose output is the content of a transfer. */
export const FetchWork = z.object({
  kind: z.literal('fetch'),
  workId: Uuid,
  sessionId: Uuid,
  grant: SignedEnvelope,
  transferId: Uuid,
  maxBytes: Total,
  label: z.string().max(200),
})
export const OpenWork = z.object({
  kind: z.literal('open'),
  workId: Uuid,
  sessionId: Uuid,
  title: Label,
  mode: z.enum(sessionModes),
  executorId: Uuid,
  executorName: Label,
  reviewerName: Label.nullable(),
})
export const PauseWork = z.object({ kind: z.literal('pause'), workId: Uuid, sessionId: Uuid, reason: z.enum(pauseReasons) })
export const ResumeWork = z.object({ kind: z.literal('resume'), workId: Uuid, sessionId: Uuid })
/** Ends channels at once (≤ 1 s) and seals. `drain` lets the running step finish first. */
export const CloseWork = z.object({
  kind: z.literal('close'),
  workId: Uuid,
  sessionId: Uuid,
  drain: z.boolean(),
  reason: Prose,
})
/** Look at a target as enrolment asks: what lets whom in, and with which host key. It belongs to no session (domains/enrolment). */
export const CheckWork = z.object({
  kind: z.literal('check'),
  workId: Uuid,
  checkId: Uuid,
  target: z.object({ name: Label, host: Label, port: Count, hostKeySha256: Label }),
  accounts: z.array(z.object({ name: Label, login: Label })).max(20),
})
/** Change a kept credential on its target (domains/vault). */
export const RotateWork = z.object({
  kind: z.literal('rotate'),
  workId: Uuid,
  rotationId: Uuid,
  login: Label,
  target: z.object({ name: Label, host: Label, port: Count, hostKeySha256: Label }),
})
export const Work = z.discriminatedUnion('kind', [
  OpenWork,
  RunWork,
  FetchWork,
  PauseWork,
  ResumeWork,
  CloseWork,
  CheckWork,
  RotateWork,
])
export type Work = z.infer<typeof Work>

/** Waits up to `waitMs` for work. Items stay until acknowledged by their effect; a repeated answer must be recognised by `workId`. */
export const claimWork = endpoint({
  name: 'claimWork',
  method: 'POST',
  path: '/api/v1/gateway/work',
  permission: 'service:gateway',
  summary: '领取任务 / Claim work',
  body: z.object({ bootId: Uuid, waitMs: z.number().int().min(0).max(25_000), done: z.array(Uuid).max(200) }),
  response: z.object({ now: Instant, items: z.array(Work).max(100) }),
  refusals: ['session.stale_boot'],
})

/** The recorder is ready and its first segment is durable: only now is the session live (recording fails closed, NT-D01). */
export const sessionOpened = endpoint({
  name: 'sessionOpened',
  method: 'POST',
  path: '/api/v1/gateway/sessions/:sessionId/opened',
  permission: 'service:gateway',
  summary: '会话已开录 / Session opened',
  params: z.object({ sessionId: Uuid }),
  body: z.object({ bootId: Uuid, startedAt: Instant }),
  response: z.object({}),
  refusals: ['session.not_found', 'session.wrong_state'],
})
/** The recorder could not be opened: the session never became live. */
export const sessionRefused = endpoint({
  name: 'sessionRefused',
  method: 'POST',
  path: '/api/v1/gateway/sessions/:sessionId/refused',
  permission: 'service:gateway',
  summary: '会话未能开录 / Session refused',
  params: z.object({ sessionId: Uuid }),
  body: z.object({ reason: z.string().max(300) }),
  response: z.object({}),
  refusals: ['session.not_found'],
})

/**
 * Sealed segment of a recording, at most 5 s or 1 MiB of asciicast v2 lines. `data` is base64 of those lines compressed with Zstandard
 * (RFC 8878), digests are of the compressed bytes, which is what is kept; marks index the steps in it.
 */
export const putSegment = endpoint({
  name: 'putSegment',
  method: 'POST',
  path: '/api/v1/gateway/sessions/:sessionId/segments',
  permission: 'service:gateway',
  bodyLimitBytes: 2 * 1024 * 1024,
  summary: '上传录像分段 / Upload a sealed segment',
  params: z.object({ sessionId: Uuid }),
  body: z.object({
    index: z.number().int().min(0).max(1_000_000),
    startedAtMs: Count,
    endedAtMs: Count,
    sm3: Digest,
    sha256: Digest,
    data: z.string().max(1_900_000),
    marks: z
      .array(
        z.object({
          atMs: Count,
          label: z.string().max(200),
          stepKey: z.string().max(60).nullable(),
          targetName: z.string().max(120).nullable(),
        }),
      )
      .max(500),
  }),
  response: z.object({ segments: Count }),
  refusals: ['session.not_found', 'session.segment_out_of_order', 'session.segment_digest_mismatch'],
})

/** Intent before effect: the grant is consumed now; the same grant never starts twice (NT-B16). Answers the grant is still good. */
export const grantStarted = endpoint({
  name: 'grantStarted',
  method: 'POST',
  path: '/api/v1/gateway/grants/:grantId/started',
  permission: 'service:gateway',
  resource: 'grant/:grantId',
  summary: '令牌启用 / Grant consumed',
  params: z.object({ grantId: Uuid }),
  body: z.object({ bootId: Uuid }),
  response: z.object({ now: Instant }),
  refusals: [
    'session.grant_not_found',
    'session.grant_used',
    'session.grant_expired',
    'session.other_gateway',
    'session.stale_boot',
    'change.paused',
  ],
})
/** What happened. `outcome` unknown: the connection was lost after the start, so nobody knows; it is never repeated by itself. */
export const grantFinished = endpoint({
  name: 'grantFinished',
  method: 'POST',
  path: '/api/v1/gateway/grants/:grantId/finished',
  permission: 'service:gateway',
  bodyLimitBytes: 1024 * 1024,
  summary: '步骤结果 / Step result',
  params: z.object({ grantId: Uuid }),
  body: z.object({
    bootId: Uuid,
    outcome: z.enum(['exited', 'signalled', 'timed-out', 'not-started', 'killed', 'unknown']),
    exitCode: z.number().int().min(0).max(255).nullable(),
    signal: z.string().max(20).nullable(),
    /** First 64 KiB of standard output and 16 KiB of standard error, as text; digests cover all of it. */
    stdout: z.string().max(70_000),
    stderr: z.string().max(20_000),
    stdoutBytes: Total,
    stderrBytes: Total,
    outputSha256: Digest,
    durationMs: Count,
    detail: z.string().max(500),
  }),
  response: z.object({}),
  refusals: ['session.grant_not_found', 'session.other_gateway'],
})

/** The recording is complete: manifest = canonical JSON of session, segment digests and close reason. */
export const sessionSealed = endpoint({
  name: 'sessionSealed',
  method: 'POST',
  path: '/api/v1/gateway/sessions/:sessionId/sealed',
  permission: 'service:gateway',
  summary: '录像封存 / Recording sealed',
  params: z.object({ sessionId: Uuid }),
  body: z.object({ segments: Count, manifestSm3: Digest, reason: z.string().max(300), closedAt: Instant }),
  response: z.object({}),
  refusals: ['session.not_found', 'session.segment_out_of_order'],
})
export const sessionGap = endpoint({
  name: 'sessionGap',
  method: 'POST',
  path: '/api/v1/gateway/sessions/:sessionId/gap',
  permission: 'service:gateway',
  summary: '录像缺口 / Recording gap',
  params: z.object({ sessionId: Uuid }),
  body: z.object({ segments: Count, reason: z.string().max(300), bytesLost: Total }),
  response: z.object({}),
  refusals: ['session.not_found'],
})
/** The gateway asks that a session pause: recorder lag, lost leg. Written before the gateway itself stops moving bytes is reported. */
export const gatewayPause = endpoint({
  name: 'gatewayPause',
  method: 'POST',
  path: '/api/v1/gateway/sessions/:sessionId/pause',
  permission: 'service:gateway',
  summary: '网关请求暂停 / Gateway asks for a pause',
  params: z.object({ sessionId: Uuid }),
  body: z.object({ reason: z.enum(pauseReasons), detail: z.string().max(300) }),
  response: z.object({}),
  refusals: ['session.not_found'],
})

/** A one-minute certificate for the second leg; the control plane passes the request to the signer, who checks it itself. */
export const requestCertificate = endpoint({
  name: 'requestCertificate',
  method: 'POST',
  path: '/api/v1/gateway/certificates',
  permission: 'service:gateway',
  summary: '申请短期证书 / Request a certificate',
  body: z.object({
    envelope: SignedEnvelope,
    publicKey: z.string().max(500),
    proof: z.string().max(512),
    /** X25519 key and its proof, for targets that trust no authority: their kept secret comes in a box instead. */
    boxKey: z.string().max(200).optional(),
    boxProof: z.string().max(512).optional(),
  }),
  response: z.object({ certificate: Prose.nullable(), boxed: z.string().max(60_000).nullable().default(null) }),
  refusals: ['vault.not_kept'],
})
export const gatewayKeys = endpoint({
  name: 'gatewayKeys',
  method: 'GET',
  path: '/api/v1/gateway/keys',
  permission: 'service:gateway',
  summary: '签名公钥 / Public keys of the signer',
  response: z.object({
    keys: z.array(z.object({ keyId: Label, alg: z.enum(['ed25519', 'sm2']), publicKey: Label })).max(20),
    /** A signed `SealingKey`: what is typed at terminals is sealed to it. */
    sealing: SignedEnvelope,
  }),
})
/** Redeems a browser's ticket. For `watch` answers the session to show; for `terminal` a session token of the person (door web-terminal). */
export const redeemTicket = endpoint({
  name: 'redeemTicket',
  method: 'POST',
  path: '/api/v1/gateway/tickets/redeem',
  permission: 'service:gateway',
  summary: '票据兑换 / Redeem a ticket',
  body: z.object({ ticket: z.string().max(200), sourceIp: z.string().max(64) }),
  response: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('watch'), sessionId: Uuid, personName: Label }),
    z.object({ kind: z.literal('terminal'), token: Label, personName: Label, locale: z.enum(['zh-CN', 'en']) }),
  ]),
  refusals: ['session.ticket_invalid'],
})
