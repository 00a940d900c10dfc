import { planes } from '@huabiao/kit/actor/actor'
import {
  Count,
  endpoint,
  Instant,
  Label,
  Note,
  PageQuery,
  PhraseParams,
  Prose,
  pageOf,
  Total,
  Uuid,
} from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { type EntryId, entryIds, intents, severities } from './violation.model.ts'
import { violationDeadlines, violationStates } from './violation-life.model.ts'

/** Events: violation.raised, violation.aggravated, violation.answered, violation.confirmed, violation.dismissed, violation.appealed,
 *  violation.upheld, violation.overturned, violation.closed, violation.overdue. */

const Entry = z.enum(entryIds as [EntryId, ...EntryId[]])
/** Why the person asking may not do it now; null when they may. */
const Acts = z.object({
  answer: Label.nullable(),
  decide: Label.nullable(),
  appeal: Label.nullable(),
  review: Label.nullable(),
})
const Who = z.object({ id: Uuid, name: Label })
export const ViolationView = z.object({
  id: Uuid,
  no: Label,
  tenantId: Uuid,
  unitName: Label,
  plane: z.enum(planes),
  entry: Entry,
  intent: z.enum(intents),
  severity: z.enum(severities),
  rules: z.array(Label).max(10),
  count: Count,
  firstAt: Instant,
  lastAt: Instant,
  raisedAt: Instant,
  person: Who.nullable(),
  object: Label,
  code: Label.nullable(),
  rule: Label.nullable(),
  changeId: Uuid.nullable(),
  changeNo: Label.nullable(),
  sessionId: Uuid.nullable(),
  detail: PhraseParams,
  state: z.enum(violationStates),
  verdict: z.enum(['confirmed', 'dismissed']).nullable(),
  reviewVerdict: z.enum(['upheld', 'overturned']).nullable(),
  deadline: z.object({ name: z.enum(violationDeadlines), dueAt: Instant, overdue: z.boolean() }).nullable(),
  acts: Acts,
})
export type ViolationView = z.infer<typeof ViolationView>

export const violationFilters = ['open', 'act', 'mine', 'all'] as const
export const listViolations = endpoint({
  name: 'listViolations',
  method: 'GET',
  path: '/api/v1/violations',
  permission: 'violation:read',
  summary: '违规列表 / Violations',
  query: PageQuery.extend({
    /** open: not closed; act: where the person asking can do something now; mine: they are the person concerned. */
    show: z.enum(violationFilters).default('all'),
    state: z.enum(violationStates).optional(),
    entry: Entry.optional(),
    severity: z.enum(severities).optional(),
    text: z.string().max(100).optional(),
  }),
  response: pageOf(ViolationView),
})

export const ViolationDetail = ViolationView.extend({
  evidence: z
    .array(
      z.object({
        at: Instant,
        chainTenantId: Uuid,
        chainPlane: z.enum(planes),
        seq: Total,
        act: Label,
        door: Label.nullable(),
        sourceIp: Label.nullable(),
      }),
    )
    .max(30),
  answer: z.object({ text: Prose, by: Who, at: Instant }).nullable(),
  decision: z.object({ text: Prose, by: Who, at: Instant }).nullable(),
  appeal: z.object({ text: Prose, by: Who, at: Instant }).nullable(),
  review: z.object({ text: Prose, by: Who, at: Instant }).nullable(),
  closedAt: Instant.nullable(),
  deadlines: z
    .array(
      z.object({
        name: z.enum(violationDeadlines),
        dueAt: Instant,
        calendar: z.enum(['7x24', 'working-days']),
        firedAt: Instant.nullable(),
        yearsWithoutTable: z.array(Count).max(10),
      }),
    )
    .max(4),
})
export type ViolationDetail = z.infer<typeof ViolationDetail>

const One = { params: z.object({ violationId: Uuid }), resource: 'violation/:violationId', response: ViolationDetail } as const
export const getViolation = endpoint({
  name: 'getViolation',
  method: 'GET',
  path: '/api/v1/violations/:violationId',
  permission: 'violation:read',
  summary: '违规详情 / One violation',
  refusals: ['violation.not_found'],
  ...One,
})
export const answerViolation = endpoint({
  name: 'answerViolation',
  method: 'POST',
  path: '/api/v1/violations/:violationId/answer',
  permission: 'violation:answer',
  summary: '当事人说明 / Answer',
  body: z.object({ text: Note }),
  refusals: ['violation.not_found', 'violation.not_concerned', 'violation.wrong_state'],
  ...One,
})
export const decideViolation = endpoint({
  name: 'decideViolation',
  method: 'POST',
  path: '/api/v1/violations/:violationId/decision',
  permission: 'violation:decide',
  summary: '裁定 / Decide',
  danger: 3,
  body: z.object({ verdict: z.enum(['confirm', 'dismiss']), reason: Note }),
  refusals: [
    'violation.not_found',
    'violation.own_case',
    'violation.answered_it',
    'violation.not_decider',
    'violation.unit_decides',
    'violation.answer_awaited',
    'violation.wrong_state',
  ],
  ...One,
})
export const appealViolation = endpoint({
  name: 'appealViolation',
  method: 'POST',
  path: '/api/v1/violations/:violationId/appeal',
  permission: 'violation:answer',
  summary: '申诉 / Appeal',
  body: z.object({ reason: Note }),
  refusals: ['violation.not_found', 'violation.not_concerned', 'violation.decided_it', 'violation.wrong_state'],
  ...One,
})
export const reviewViolation = endpoint({
  name: 'reviewViolation',
  method: 'POST',
  path: '/api/v1/violations/:violationId/review',
  permission: 'violation:decide',
  summary: '申诉复核 / Review an appeal',
  danger: 3,
  body: z.object({ verdict: z.enum(['uphold', 'overturn']), reason: Note }),
  refusals: [
    'violation.not_found',
    'violation.own_case',
    'violation.answered_it',
    'violation.decided_it',
    'violation.appealed_it',
    'violation.not_decider',
    'violation.wrong_state',
  ],
  ...One,
})

/** By month of Beijing and entry; `stands` are those that were confirmed and not overturned. */
export const getViolationFigures = endpoint({
  name: 'getViolationFigures',
  method: 'GET',
  path: '/api/v1/violation-figures',
  permission: 'violation:oversee',
  summary: '违规月度数据 / Monthly figures of violations',
  query: z.object({ months: z.coerce.number().int().min(1).max(24).default(6) }),
  response: z.object({
    rows: z
      .array(
        z.object({
          month: Label,
          entry: Entry,
          raised: Count,
          open: Count,
          stands: Count,
          dismissed: Count,
          overturned: Count,
          answeredLate: Count,
        }),
      )
      .max(1000),
  }),
})
