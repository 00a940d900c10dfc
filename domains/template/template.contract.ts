import {
  Count,
  Digest,
  endpoint,
  Instant,
  Label,
  Name,
  Note,
  PageQuery,
  Prose,
  pageOf,
  ShortNote,
  Uuid,
} from '@huabiao/kit/contract/contract'
import type { RefusalCode } from '@huabiao/kit/errors/errors'
import { z } from 'zod'
import { Parameters, TemplateBody, type TemplateRefusal, targetsMax } from './template.model.ts'
import { standingReasons, templateActs, templateStates } from './template-standing.model.ts'

/** Events: template.drafted, template.submitted, template.tested, template.reviewed, template.published, template.superseded, template.rejected,
 *  template.retired, template.used. */

const PersonRef = z.object({ id: Uuid, name: Label })
export const StandingView = z.object({
  good: z.boolean(),
  reasons: z.array(z.enum(standingReasons)).max(standingReasons.length),
  uses: Count,
  failures: Count,
  reviewDueAt: Instant.nullable(),
  lastFailedAt: Instant.nullable(),
})
export const TemplateSummary = z.object({
  id: Uuid,
  no: Label,
  name: Label,
  summary: Prose,
  /** Of the newest version. */
  version: Count,
  state: z.enum(templateStates),
  publishedVersion: Count.nullable(),
  author: PersonRef,
  createdAt: Instant,
  standing: StandingView,
})
export type TemplateSummary = z.infer<typeof TemplateSummary>
export const TemplateVersionView = z.object({
  version: Count,
  state: z.enum(templateStates),
  hash: Label.nullable(),
  body: TemplateBody,
  author: PersonRef,
  createdAt: Instant,
  test: z.object({ tester: PersonRef, environment: Label, note: Prose, at: Instant }).nullable(),
  review: z.object({ person: PersonRef, at: Instant }).nullable(),
  publication: z.object({ person: PersonRef, at: Instant }).nullable(),
  end: z.object({ person: PersonRef, at: Instant, reason: Prose }).nullable(),
})
export type TemplateVersionView = z.infer<typeof TemplateVersionView>
export const TemplateDetail = TemplateSummary.extend({
  versions: z.array(TemplateVersionView).max(50),
  stages: z
    .array(
      z.object({
        key: Label,
        state: Label,
        candidates: z.array(PersonRef).max(50),
        decidedBy: PersonRef.nullable(),
        note: Prose,
      }),
    )
    .max(4),
  acts: z.array(z.object({ act: z.enum([...templateActs, 'decide', 'use']), refusal: Label.nullable() })).max(10),
  uses: z
    .array(
      z.object({
        changeId: Uuid,
        changeNo: Label,
        version: Count,
        at: Instant,
        closedAt: Instant.nullable(),
        failedAt: Instant.nullable(),
      }),
    )
    .max(50),
})
export type TemplateDetail = z.infer<typeof TemplateDetail>

const Id = z.object({ templateId: Uuid })
const Body = z.object({ body: TemplateBody })
const onTemplate = <N extends string, A extends string, B extends z.ZodType>(of: {
  name: N
  method?: 'PUT'
  act: string
  permission: A
  summary: string
  body: B
  refusals?: readonly RefusalCode[]
  danger?: 3
}) =>
  endpoint({
    name: of.name,
    method: of.method ?? 'POST',
    path: `/api/v1/templates/:templateId/${of.act}`,
    permission: of.permission,
    resource: 'template/:templateId',
    summary: of.summary,
    params: Id,
    body: of.body,
    bodyLimitBytes: 1024 * 1024,
    response: TemplateDetail,
    danger: of.danger ?? 1,
    refusals: ['template.not_found', 'template.wrong_state', ...(of.refusals ?? [])],
  })
const bodyFaults: readonly TemplateRefusal[] = [
  'template.slot_unknown',
  'template.slot_misplaced',
  'template.parameter_invalid',
  'template.parameter_unused',
  'template.not_standard',
  'template.system_unknown',
  'template.hours_incomplete',
  'template.no_manager',
]

export const listTemplates = endpoint({
  name: 'listTemplates',
  method: 'GET',
  path: '/api/v1/templates',
  permission: 'template:read',
  summary: '标准变更模型 / Standard-change models',
  query: PageQuery,
  response: pageOf(TemplateSummary),
})
export const getTemplate = endpoint({
  name: 'getTemplate',
  method: 'GET',
  path: '/api/v1/templates/:templateId',
  permission: 'template:read',
  resource: 'template/:templateId',
  summary: '模型详情 / One model',
  params: Id,
  response: TemplateDetail,
  refusals: ['template.not_found'],
})
export const draftTemplate = endpoint({
  name: 'draftTemplate',
  method: 'POST',
  path: '/api/v1/templates',
  permission: 'template:draft',
  summary: '新建模型 / Draft a model',
  body: Body,
  bodyLimitBytes: 1024 * 1024,
  response: TemplateDetail,
  refusals: [...bodyFaults],
})
export const saveTemplate = onTemplate({
  name: 'saveTemplate',
  method: 'PUT',
  act: 'draft',
  permission: 'template:draft',
  summary: '保存模型 / Save the draft',
  body: Body,
  refusals: [...bodyFaults, 'template.not_author'],
})
const Nothing = z.object({}).strict()
export const submitTemplate = onTemplate({
  name: 'submitTemplate',
  act: 'submit',
  permission: 'template:draft',
  summary: '提交测试 / Submit for test',
  body: Nothing,
  refusals: ['template.not_author', 'template.plan_incomplete'],
})
/** Every instance relies on this test instead of one of its own (RL-05). */
export const testTemplate = onTemplate({
  name: 'testTemplate',
  act: 'tests',
  permission: 'template:test',
  summary: '登记模型测试 / Record the test',
  body: z.object({ hash: Digest, environment: Name, verdict: z.enum(['pass', 'fail']), note: Note }),
  refusals: ['template.own_template', 'template.hash_mismatch', 'approval.no_candidate'],
})
export const decideTemplate = onTemplate({
  name: 'decideTemplate',
  act: 'decisions',
  permission: 'template:decide',
  summary: '评审与发布 / Review and publish',
  body: z.object({ hash: Digest, verdict: z.enum(['approve', 'reject']), note: Note }),
  refusals: [
    'template.hash_mismatch',
    'approval.not_found',
    'approval.hash_mismatch',
    'approval.not_open',
    'approval.own_item',
    'approval.already_decided',
    'approval.not_candidate',
  ],
  danger: 3,
})
export const reviseTemplate = onTemplate({
  name: 'reviseTemplate',
  act: 'revise',
  permission: 'template:draft',
  summary: '修订模型 / Begin a new version',
  body: Nothing,
  refusals: ['template.open_version'],
})
export const retireTemplate = onTemplate({
  name: 'retireTemplate',
  act: 'retire',
  permission: 'template:retire',
  summary: '停用模型 / Retire the model',
  body: z.object({ reason: ShortNote }),
  danger: 3,
})
export const listTemplateCandidates = endpoint({
  name: 'listTemplateCandidates',
  method: 'GET',
  path: '/api/v1/templates/:templateId/candidates',
  permission: 'change:draft',
  resource: 'template/:templateId',
  summary: '可选实施人与复核人 / Who may carry it out',
  params: Id,
  response: z.object({ executors: z.array(PersonRef).max(500), reviewers: z.array(PersonRef).max(500) }),
  refusals: ['template.not_found'],
})
/** An ordinary change whose plan is what the model makes of these parameters (U4). */
export const useTemplate = endpoint({
  name: 'useTemplate',
  method: 'POST',
  path: '/api/v1/templates/:templateId/changes',
  permission: 'change:draft',
  resource: 'template/:templateId',
  summary: '按模型建变更 / Draft a change of the model',
  params: Id,
  body: z.object({
    title: Name,
    reason: Note,
    parameters: Parameters,
    targetIds: z.array(Uuid).min(1).max(targetsMax),
    windowStart: Instant,
    windowEnd: Instant,
    executorId: Uuid,
    reviewerId: Uuid,
  }),
  response: z.object({ changeId: Uuid, no: Label, standing: StandingView }),
  refusals: [
    'template.not_found',
    'template.not_published',
    'template.parameter_invalid',
    'template.beyond_limits',
    'infosystem.not_found',
    'change.target_not_found',
    'change.window_invalid',
    'change.same_person',
    'change.own_request',
    'change.own_approval',
    'change.not_executor',
    'change.not_reviewer',
  ],
})
