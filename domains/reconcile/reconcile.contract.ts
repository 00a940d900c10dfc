import { Count, endpoint, Instant, Label, Prose, Total, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { verdicts } from './reconcile.model.ts'

/** Events: session.reconciled. */

export const execLinesMost = 500
export const execLineMost = 8_000

/** Lines of a target's audit log, in order and without gaps; only those of executions. Safe to repeat, like `reportTargetLog`. */
export const reportExecLog = endpoint({
  name: 'reportExecLog',
  method: 'POST',
  path: '/api/v1/target-executions',
  permission: 'service:log-follower',
  summary: '上报目标执行记录 / Report execution records of a target',
  bodyLimitBytes: 4 * 1024 * 1024,
  body: z.object({
    /** The file, by the follower's own name for it: one machine may be several targets. */
    source: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/),
    stream: z.string().regex(/^[0-9a-f]{32}$/),
    from: Total,
    to: Total,
    lines: z.array(z.string().max(execLineMost)).max(execLinesMost),
    lost: z.boolean(),
    /** Nothing of the file was left to read when this was sent; said from time to time where nothing comes. */
    whole: z.boolean().default(false),
  }),
  response: z.object({ stream: Label, taken: Total }),
  refusals: ['reconcile.log_gap'],
})

/** What the target says ran in a session, beside what was recorded of it. */
export const getExecutions = endpoint({
  name: 'getExecutions',
  method: 'GET',
  path: '/api/v1/sessions/:sessionId/executions',
  permission: 'session:read',
  resource: 'session/:sessionId',
  summary: '目标执行记录 / Executions on the target',
  params: z.object({ sessionId: Uuid }),
  response: z.object({
    /** Null while nothing can be said yet, and for sessions without a terminal. */
    verdict: z.enum(verdicts).nullable(),
    judgedAt: Instant.nullable(),
    total: Count,
    items: z
      .array(
        z.object({
          at: Instant,
          /** From the session's beginning. */
          atMs: Count,
          pid: Count,
          ppid: Count,
          uid: Count,
          exe: Prose,
          command: Prose,
          outlived: z.boolean(),
          elevated: z.boolean(),
        }),
      )
      .max(2_000),
  }),
  refusals: ['session.not_found'],
})
