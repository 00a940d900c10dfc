import { Count, endpoint, Instant, Label, Prose, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { ChangeSummary, PersonRef } from './change.contract.ts'
import { guardIds } from './change-guard.model.ts'
import { ChangePlan } from './change-plan.model.ts'

/** What is read around a change: its earlier plans, who may take part, the calendar, the guards, and everybody's own work. */

const Id = z.object({ changeId: Uuid })

export const TimelineEntry = z.object({
  seq: Count,
  at: Instant,
  act: Label,
  actor: Label,
  role: Label.nullable(),
  from: Label.nullable(),
  to: Label.nullable(),
  note: Prose,
  rule: Label.nullable(),
})

export const getTimeline = endpoint({
  name: 'getChangeTimeline',
  method: 'GET',
  path: '/api/v1/changes/:changeId/timeline',
  permission: 'change:read',
  resource: 'change/:changeId',
  summary: '变更时间线 / Timeline',
  params: Id,
  response: z.object({ items: z.array(TimelineEntry).max(1000) }),
  refusals: ['change.not_found'],
})

/** For the diff since the last approval. `approved`: somebody approved this version, whether or not that still counts. */
export const getPlanVersions = endpoint({
  name: 'getPlanVersions',
  method: 'GET',
  path: '/api/v1/changes/:changeId/plan-versions',
  permission: 'change:read',
  resource: 'change/:changeId',
  summary: '方案版本 / Plan versions',
  params: Id,
  response: z.object({
    items: z
      .array(
        z.object({
          version: Count,
          hash: Label.nullable(),
          author: PersonRef,
          at: Instant,
          approved: z.boolean(),
          plan: ChangePlan,
          windowStart: Instant.nullable(),
          windowEnd: Instant.nullable(),
          executorName: Label.nullable(),
          reviewerName: Label.nullable(),
        }),
      )
      .max(100),
  }),
  refusals: ['change.not_found'],
})
/** Everyone who may take part here, and who may not and why (exclusions, training). */
export const listCandidates = endpoint({
  name: 'listCandidates',
  method: 'GET',
  path: '/api/v1/changes/:changeId/candidates',
  permission: 'change:read',
  resource: 'change/:changeId',
  summary: '候选人员 / Candidates',
  params: Id,
  response: z.object({
    executors: z.array(PersonRef.extend({ refusal: Label.nullable() })).max(200),
    reviewers: z.array(PersonRef.extend({ refusal: Label.nullable() })).max(200),
  }),
  refusals: ['change.not_found'],
})
export const getCalendar = endpoint({
  name: 'getCalendar',
  method: 'GET',
  path: '/api/v1/change-calendar',
  permission: 'change:read',
  summary: '变更日历 / Change calendar',
  query: z.object({ from: Instant, to: Instant }),
  response: z.object({
    changes: z.array(ChangeSummary).max(500),
    freezes: z
      .array(z.object({ id: Uuid, name: Label, startsAt: Instant, endsAt: Instant, holds: z.array(Uuid).max(500) }))
      .max(100),
  }),
})
export const listGuards = endpoint({
  name: 'listGuards',
  method: 'GET',
  path: '/api/v1/change-guards',
  permission: 'change:read',
  summary: '护栏设置 / Guards of this deployment',
  response: z.object({
    items: z
      .array(
        z.object({
          guard: z.enum(guardIds),
          rule: Label,
          mode: z.enum(['required', 'not-yet-fed']),
          feeds: Label.nullable(),
        }),
      )
      .max(guardIds.length),
  }),
})
/** My work (待办): what waits for me, what I am executing, what is at risk. */
export const getMyWork = endpoint({
  name: 'getMyWork',
  method: 'GET',
  path: '/api/v1/my-work',
  permission: 'self',
  summary: '我的待办 / My work',
  response: z.object({
    waiting: z
      .array(z.object({ act: Label, change: ChangeSummary, dueAt: Instant.nullable(), deadline: Label.nullable() }))
      .max(200),
    executing: z.array(ChangeSummary).max(100),
    atRisk: z.array(z.object({ reason: Label, change: ChangeSummary })).max(100),
    recent: z.array(ChangeSummary).max(20),
  }),
})
