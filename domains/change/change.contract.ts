import { ToldView } from '@huabiao/domains/announcement/announcement.contract'
import { planes } from '@huabiao/kit/actor/actor'
import { calendarNames } from '@huabiao/kit/calendar/calendar'
import {
  Count,
  Digest,
  endpoint,
  Instant,
  Label,
  Name,
  Note,
  PageQuery,
  PhraseParams,
  Prose,
  pageOf,
  ShortNote,
  Uuid,
} from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { changeStates, outcomes, risks, urgencies } from './change.model.ts'
import { itemReview, shortPath } from './change-amendment.contract.ts'
import { guardIds, guardVerdicts } from './change-guard.model.ts'
import { ChangePlan, Check, Expectation } from './change-plan.model.ts'
import { runPhases } from './change-run.model.ts'
import { AuthorityView } from './change-template.contract.ts'

/** Events: change.created, change.submitted, change.accepted, change.returned, change.rejected, change.plan_saved, change.plan_finished,
 *  change.assessed, change.test_passed, change.test_failed, change.approved (a stage), change.approval_complete, change.consented,
 *  change.standard_admitted, change.standard_left, change.scheduled, change.ready, change.withdrawn, change.expired, change.voided (approvals and tests of an edited plan). */

export const PersonRef = z.object({ id: Uuid, name: Label })
export const GuardView = z.object({
  guard: z.enum(guardIds),
  rule: Label,
  verdict: z.enum(guardVerdicts),
  mode: z.enum(['required', 'not-yet-fed']),
  feeds: Label.nullable(),
  reasons: z.array(Prose).max(20),
})
export type GuardView = z.infer<typeof GuardView>
export const LintFinding = z.object({
  severity: z.enum(['error', 'warning']),
  code: Label,
  at: Label,
  params: PhraseParams,
})
export type LintFinding = z.infer<typeof LintFinding>
export const ChangeSummary = z.object({
  id: Uuid,
  no: Label,
  title: Label,
  state: z.enum(changeStates),
  version: Count,
  plane: z.enum(planes),
  urgency: z.enum(urgencies),
  risk: z.enum(risks),
  categories: z.array(Count).max(11),
  systemNames: z.array(Label).max(50),
  requester: PersonRef,
  executor: PersonRef.nullable(),
  reviewer: PersonRef.nullable(),
  windowStart: Instant.nullable(),
  windowEnd: Instant.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
  outcome: z.enum(outcomes).nullable(),
})
export type ChangeSummary = z.infer<typeof ChangeSummary>

export const ApprovalStageView = z.object({
  key: Label,
  duty: Label,
  quorum: Count,
  state: z.enum(['waiting', 'open', 'approved', 'rejected', 'voided']),
  dueAt: Instant.nullable(),
  candidates: z.array(PersonRef).max(50),
  /** Registered beforehand; they come in when the stage runs out of time. */
  deputies: z.array(z.object({ person: PersonRef, of: PersonRef })).max(50),
  seats: z
    .array(
      z.object({
        kind: z.enum(['deputy', 'reassigned']),
        from: PersonRef,
        to: PersonRef,
        by: PersonRef.nullable(),
        reason: Label,
        at: Instant,
      }),
    )
    .max(50),
  decisions: z
    .array(
      z.object({
        person: PersonRef,
        verdict: z.enum(['approve', 'reject', 'return']),
        note: Prose,
        at: Instant,
        planHash: Label,
      }),
    )
    .max(50),
})
export const TargetView = z.object({
  id: Uuid,
  name: Label,
  host: Label,
  port: Count,
  hostKeySha256: Label,
  systemName: Label,
  accounts: z.array(Label).max(50),
})
const JudgedCheck = z.union([Check, z.object({ kind: z.literal('exit'), exitCodes: Expectation.shape.exitCodes })])
export const StepRunView = z.object({
  id: Uuid,
  stepKey: Label,
  phase: z.enum(runPhases),
  batch: Count,
  target: z.object({ id: Uuid, name: Label }),
  attempt: Count,
  state: z.enum(['granted', 'started', 'succeeded', 'failed', 'unknown', 'expired', 'accepted']),
  executor: Label,
  cosignedBy: Label.nullable(),
  exitCode: Count.nullable(),
  durationMs: Count.nullable(),
  stdout: z.string().max(70_000),
  stderr: z.string().max(20_000),
  detail: Prose,
  verdicts: z.array(z.object({ met: z.boolean(), check: JudgedCheck, found: Prose })).max(30),
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
})
export type StepRunView = z.infer<typeof StepRunView>
/** A deadline of the present state: it runs, or it has passed (`firedAt`). */
export const DeadlineView = z.object({
  name: Label,
  dueAt: Instant,
  calendar: z.enum(calendarNames),
  firedAt: Instant.nullable(),
  outcome: Label.nullable(),
  /** Years whose holidays are not known: counted Monday to Friday. */
  yearsWithoutTable: z.array(Count).max(10),
})
export type DeadlineView = z.infer<typeof DeadlineView>
/** Which acts are open to the person asking, and for each that is not, the refusal's code: buttons show it as their reason. */
export const ActView = z.object({ act: Label, refusal: Label.nullable() })

export const ChangeDetail = ChangeSummary.extend({
  reason: Prose,
  source: Label,
  systemIds: z.array(Uuid).max(50),
  plan: ChangePlan,
  planVersion: Count,
  planHash: Label.nullable(),
  approvedPlanHash: Label.nullable(),
  manager: PersonRef.nullable(),
  targets: z.array(TargetView).max(500),
  lint: z.array(LintFinding).max(300),
  guards: z.array(GuardView).max(guardIds.length),
  approval: z.object({ hash: Label, stages: z.array(ApprovalStageView).max(10) }).nullable(),
  /** The published model in whose word a standard change goes, and whether that word holds now. */
  standard: AuthorityView.nullable(),
  consents: z
    .array(
      z.object({
        systemName: Label,
        unitName: Label,
        person: PersonRef.nullable(),
        at: Instant.nullable(),
        preauthorisation: Label.nullable(),
      }),
    )
    .max(100),
  notices: z.array(ToldView).max(100),
  tests: z
    .array(
      z.object({
        planHash: Label,
        environment: Label,
        verdict: z.enum(['pass', 'fail']),
        tester: PersonRef,
        note: Prose,
        at: Instant,
      }),
    )
    .max(50),
  riskReasons: z.array(z.object({ factor: Label, risk: z.enum(risks), params: PhraseParams })).max(20),
  runs: z.array(StepRunView).max(5000),
  currentBatch: Count,
  soakUntil: Instant.nullable(),
  pausedFrom: z.enum(changeStates).nullable(),
  pauseReason: Label.nullable(),
  pauseDetail: Prose,
  pausedAt: Instant.nullable(),
  /** What would run next; null when nothing may. `cosigned`: the reviewer has signed this very step. */
  next: z
    .object({
      stepKey: Label,
      phase: z.enum(runPhases),
      targetId: Uuid,
      targetName: Label,
      batch: Count,
      needsCosign: z.boolean(),
      cosigned: z.boolean(),
      danger: Count,
    })
    .nullable(),
  presence: z.object({ executorSeenAt: Instant.nullable(), reviewerSeenAt: Instant.nullable(), reviewerPresent: z.boolean() }),
  sessionId: Uuid.nullable(),
  acts: z.array(ActView).max(60),
  deadlines: z.array(DeadlineView).max(20),
  ...shortPath,
  ...itemReview,
  /** What the window must still hold: the next step and the way back from everything touched (G-WIN). */
  reserveMs: Count.nullable(),
  now: Instant,
})
export type ChangeDetail = z.infer<typeof ChangeDetail>
const Id = z.object({ changeId: Uuid })
const onChange = <N extends string, A extends string, B extends z.ZodType>(
  name: N,
  act: string,
  permission: A,
  summary: string,
  body: B,
  danger: 1 | 2 | 3 | 4 | 5 = 1,
) =>
  endpoint({
    name,
    method: 'POST',
    path: `/api/v1/changes/:changeId/${act}`,
    permission,
    resource: 'change/:changeId',
    summary,
    params: Id,
    body,
    response: ChangeDetail,
    danger,
    refusals: ['change.not_found', 'change.wrong_state'],
  })
const NoteBody = z.object({ note: z.string().trim().max(4000).default('') })
const ReasonBody = z.object({ reason: ShortNote })

export const listChanges = endpoint({
  name: 'listChanges',
  method: 'GET',
  path: '/api/v1/changes',
  permission: 'change:read',
  summary: '变更列表 / Changes',
  query: PageQuery.extend({
    state: z.enum([...changeStates, 'open', 'running']).optional(),
    text: z.string().trim().max(100).optional(),
    from: Instant.optional(),
    to: Instant.optional(),
    mine: z.enum(['true', 'false']).optional(),
    risk: z.enum(risks).optional(),
    systemId: Uuid.optional(),
    personId: Uuid.optional(),
  }),
  response: pageOf(ChangeSummary),
})
export const getChange = endpoint({
  name: 'getChange',
  method: 'GET',
  path: '/api/v1/changes/:changeId',
  permission: 'change:read',
  resource: 'change/:changeId',
  summary: '变更详情 / One change',
  params: Id,
  response: ChangeDetail,
  refusals: ['change.not_found'],
})
export const createChange = endpoint({
  name: 'createChange',
  method: 'POST',
  path: '/api/v1/changes',
  permission: 'change:draft',
  summary: '新建变更 / Draft a change',
  body: z.object({
    title: Name,
    reason: Note,
    source: z.enum(['customer', 'alarm', 'incident', 'release', 'inspection', 'supervision']).default('customer'),
    systemIds: z.array(Uuid).min(1).max(50),
    categories: z.array(z.number().int().min(1).max(11)).max(11).default([]),
    urgency: z.enum(['U1', 'U2', 'U3']).default('U3'),
  }),
  response: ChangeDetail,
  refusals: ['infosystem.not_found', 'change.documentary_only'],
})
/** Saves the plan with who and when. In a state with approvals it voids them all and leads back to planning (RL-07). */
export const savePlan = endpoint({
  name: 'savePlan',
  method: 'PUT',
  path: '/api/v1/changes/:changeId/plan',
  permission: 'change:draft',
  resource: 'change/:changeId',
  summary: '保存方案 / Save the plan',
  params: Id,
  bodyLimitBytes: 1024 * 1024,
  body: z.object({
    plan: ChangePlan,
    windowStart: Instant.nullable(),
    windowEnd: Instant.nullable(),
    executorId: Uuid.nullable(),
    reviewerId: Uuid.nullable(),
  }),
  response: ChangeDetail,
  refusals: [
    'change.not_found',
    'change.wrong_state',
    'change.not_requester',
    'change.same_person',
    'change.window_invalid',
    'change.executed_step_edited',
    'change.target_not_found',
    'request.stale',
  ],
})
export const lintPlanNow = endpoint({
  name: 'lintPlan',
  method: 'POST',
  path: '/api/v1/changes/:changeId/lint',
  permission: 'change:read',
  resource: 'change/:changeId',
  summary: '方案检查 / Lint a plan',
  params: Id,
  bodyLimitBytes: 1024 * 1024,
  body: z.object({ plan: ChangePlan, windowStart: Instant.nullable(), windowEnd: Instant.nullable() }),
  response: z.object({ findings: z.array(LintFinding).max(300) }),
  refusals: ['change.not_found'],
})
export const submitChange = onChange('submitChange', 'submit', 'change:draft', '提交 / Submit', NoteBody)
export const acceptChange = onChange('acceptChange', 'accept', 'change:accept', '受理 / Accept', NoteBody)
export const returnChange = onChange('returnChange', 'return', 'change:accept', '退回 / Return', ReasonBody)
export const rejectChange = onChange('rejectChange', 'reject', 'change:accept', '驳回 / Reject', ReasonBody)
export const withdrawChange = onChange('withdrawChange', 'withdraw', 'change:read', '撤回 / Withdraw', ReasonBody)
export const startPlanning = onChange(
  'startPlanning',
  'start-planning',
  'change:draft',
  '开始编制方案 / Start planning',
  NoteBody,
)
export const finishPlan = onChange('finishPlan', 'finish-plan', 'change:draft', '方案完成 / Finish the plan', NoteBody)
export const assessChange = onChange('assessChange', 'assess', 'change:assess', '评估通过 / Assessed', NoteBody)
export const returnPlan = onChange('returnPlan', 'return-plan', 'change:assess', '方案退回 / Return the plan', ReasonBody)
/** Test evidence is bound to the hash of the plan tested (RL-05). */
export const recordTest = onChange(
  'recordTest',
  'tests',
  'change:test',
  '登记测试 / Record a test',
  z.object({ planHash: Digest, environment: Name, verdict: z.enum(['pass', 'fail']), note: Note }),
)
/** A decision names the hash it approves; a stale page cannot approve another plan (NT-B07). */
export const decideChange = onChange(
  'decideChange',
  'decisions',
  'change:approve',
  '审批 / Decide',
  z.object({
    planHash: Digest,
    verdict: z.enum(['approve', 'reject', 'return']),
    note: z.string().trim().max(4000).default(''),
  }),
  3,
)
export const consentChange = onChange(
  'consentChange',
  'consents',
  'change:consent',
  '客户授权 / Customer consent',
  z.object({
    planHash: Digest,
    verdict: z.enum(['consent', 'refuse']),
    waiveNotice: z.boolean().default(false).describe('No time need lie between notice and window (G-NOTIFY)'),
    note: z.string().trim().max(4000).default(''),
  }),
  3,
)
