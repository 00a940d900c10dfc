import { endpoint, Label, Total } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** What one call may carry: a follower that was away for long sends many. */
export const linesMost = 200
export const lineMost = 1_000

/**
 * Lines that a target's sshd, su and sudo wrote, in order and without gaps (NT-E08). A follower may speak of the targets it is
 * registered for. Safe to repeat: what was taken before is passed over, and the answer says where to go on.
 */
export const reportTargetLog = endpoint({
  name: 'reportTargetLog',
  method: 'POST',
  path: '/api/v1/target-logs',
  permission: 'service:log-follower',
  summary: '上报目标登录日志 / Report log lines of a target',
  bodyLimitBytes: 1024 * 1024,
  body: z.object({
    target: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/),
    stream: z.string().regex(/^[0-9a-f]{32}$/),
    /** Bytes of the stream before the first of these lines, and behind the last. */
    from: Total,
    to: Total,
    lines: z.array(z.string().max(lineMost)).max(linesMost),
    /** The stream before this one ended with bytes that nobody could read any more. */
    lost: z.boolean(),
  }),
  response: z.object({ stream: Label, taken: Total }),
  refusals: ['violation.target_unknown', 'violation.log_gap'],
})
