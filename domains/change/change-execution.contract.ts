import { Digest, endpoint, Instant, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import type { RefusalCode } from '@huabiao/kit/errors/errors'
import { z } from 'zod'
import { ChangeDetail } from './change.contract.ts'
import { runPhases } from './change-run.model.ts'

/** Events: change.begun, grant.issued, step.started, step.finished, step.unknown, grant.expired, change.cosigned, change.soaking, change.batch_released,
 *  change.paused, change.resumed, change.rolling_back, change.amending, change.amendment_submitted, change.amendment_approved,
 *  change.amendment_denied, change.amendment_dropped, change.risk_accepted, change.rejoined, change.abandoned, change.verified, change.items_explained, change.items_confirmed, change.closed. */

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
    refusals: ['change.not_found', 'change.wrong_state', ...(refusalsOfSession[path] ?? [])],
  })
const unkept = 'session.evidence_unavailable'
const denied = 'access.session_denied'
/** Of acts that open a session, go on in one, or run a step in it. */
const refusalsOfSession: Readonly<Record<string, readonly RefusalCode[]>> = {
  begin: [unkept, denied],
  'run-next': [denied],
  resume: [unkept, denied],
  'roll-back': [unkept],
}
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
    phase: z.enum(runPhases),
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
/** The amendment is given up, before or after it was approved and before it began: back to the pause, with the plan that ran so far. */
export const dropAmendment = act('dropAmendment', 'drop-amendment', 'change:read', '放弃修订 / Give up the amendment', ReasonBody)
/** In place of test evidence, on the short path only: technical manager and CRE, each for this very plan; the test is owed (itsm §2.3-A). */
export const acceptRisk = act(
  'acceptRisk',
  'risk-acceptances',
  'change:approve',
  '接受未测试风险 / Accept the risk of no test',
  z.object({ planHash: Digest, note: ShortNote }),
  3,
)
/** Neither finished nor undone by us: it stays as it is, and is looked at and reviewed like every other end. */
export const abandonChange = act('abandonChange', 'abandon', 'change:stop', '中止 / Abandon', ReasonBody, 3)
/** What differs before and after and the plan does not declare, in the executor's words (G-CIV). */
export const explainItems = act(
  'explainItems',
  'item-explanations',
  'change:execute',
  '说明配置项差异 / Explain differences of items',
  z.object({
    items: z
      .array(z.object({ targetId: Uuid, key: z.string().min(1).max(400) }))
      .min(1)
      .max(500),
    note: ShortNote,
  }),
)
export const confirmItems = act(
  'confirmItems',
  'confirm-items',
  'change:manage',
  '配置项确认 / Confirm configuration items',
  ReasonBody,
)
export const closeChange = act('closeChange', 'close', 'change:manage', '关闭 / Close', ReasonBody)
