import { endpoint, Instant, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { ChangeDetail } from './change.contract.ts'

/** Events: change.begun, grant.issued, step.started, step.finished, step.unknown, grant.expired, change.cosigned, change.soaking, change.batch_released,
 *  change.paused, change.resumed, change.rolling_back, change.amending, change.verified, change.items_confirmed, change.closed. */

const Id = z.object({ changeId: Uuid })
const act = <A extends string, B extends z.ZodType>(
  name: string,
  path: string,
  permission: A,
  summary: string,
  body: B,
  danger: 1 | 2 | 3 | 4 | 5 = 1,
) =>
  endpoint({
    name,
    method: 'POST',
    path: `/api/v1/changes/:changeId/${path}`,
    permission,
    resource: 'change/:changeId',
    summary,
    params: Id,
    body,
    response: ChangeDetail,
    danger,
    refusals: ['change.not_found', 'change.wrong_state'],
  })
const ReasonBody = z.object({ reason: ShortNote })
const Nothing = z.object({})

/** Executor and reviewer each say "I am here" every 10 s from their own logon session; a reviewer unseen for 60 s pauses the change (D). */
export const sayPresent = endpoint({
  name: 'sayPresent',
  method: 'POST',
  path: '/api/v1/changes/:changeId/presence',
  permission: 'change:read',
  resource: 'change/:changeId',
  summary: '在场心跳 / Presence',
  params: Id,
  response: z.object({ now: Instant, reviewerPresent: z.boolean(), executorPresent: z.boolean() }),
  refusals: ['change.not_found'],
})
/** Row 16: opens the plan-run session; everything is checked again by the guards, and again by the signer. The typed change number confirms (RL-21). */
export const beginChange = act(
  'beginChange',
  'begin',
  'change:execute',
  '开始实施 / Begin',
  z.object({ confirm: z.string().max(40) }),
  3,
)
/** Runs the one next step on the one next target. The caller names what they mean to run; anything else than what the plan says is refused (RL-07). */
export const runNext = act(
  'runNext',
  'run-next',
  'change:execute',
  '执行下一步 / Run the next step',
  z.object({ stepKey: z.string().max(40), targetId: Uuid }),
)
export const cosignStep = act(
  'cosignStep',
  'cosign',
  'change:review',
  '复核签名 / Co-sign a step',
  z.object({
    stepKey: z.string().max(40),
    targetId: Uuid,
    phase: z.enum(['precheck', 'execute', 'verify', 'rollback', 'health']),
  }),
  3,
)
/** Row 19, 20: the reviewer releases the next batch after the soak, with health green. */
export const releaseBatch = act('releaseBatch', 'release-batch', 'change:review', '放行下一批 / Release the next batch', Nothing)
export const passVerification = act(
  'passVerification',
  'pass-verification',
  'change:review',
  '验证通过 / Verification passed',
  ReasonBody,
)
export const pauseChange = act('pauseChange', 'pause', 'change:read', '暂停 / Pause', ReasonBody)
/** Row 23, exit 1: as planned, by L2 or CRE, with the cause (RL-09). `retry`: a failed or unknown step may run once more. */
export const resumeChange = act(
  'resumeChange',
  'resume',
  'change:resume',
  '确认后继续 / Resume',
  z.object({ cause: ShortNote, failedStep: z.enum(['retry', 'accept']) }),
  3,
)
/** Row 24, exit 2. Rollback survives the window, a freeze and a lost reviewer: no red line may trap a half-done change. */
export const rollBackChange = act('rollBackChange', 'roll-back', 'change:stop', '回退 / Roll back', ReasonBody)
/** Row 25, exit 3: the plan must change; nothing runs until it is approved again (itsm §2.3-A). */
export const amendChange = act('amendChange', 'amend', 'change:draft', '修订方案 / Amend', ReasonBody)
export const confirmItems = act(
  'confirmItems',
  'confirm-items',
  'change:manage',
  '配置项确认 / Confirm configuration items',
  ReasonBody,
)
export const closeChange = act('closeChange', 'close', 'change:manage', '关闭 / Close', ReasonBody)
