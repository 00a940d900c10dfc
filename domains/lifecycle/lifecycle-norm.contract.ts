import { Count, endpoint, Instant, Label, PageQuery, pageOf, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { joinerSteps, normIds } from './lifecycle-norm.model.ts'

/** Events: account.suspended, account.reopening_asked, account.reopened, role.suspended, role.resumed, norm.found, norm.cleared, norm.overdue. */

const Person = z.object({ id: Uuid, name: Label })
/** Who is on the way in: the steps before somebody works, and the one that is next. */
export const JoinerView = z.object({
  person: Person,
  department: Label.nullable(),
  login: Label.nullable(),
  registeredAt: Instant,
  trainingUntil: Label.nullable(),
  done: z.array(z.enum(joinerSteps)).max(joinerSteps.length),
  next: z.enum(joinerSteps).nullable(),
})
export type JoinerView = z.infer<typeof JoinerView>
export const listJoiners = endpoint({
  name: 'listJoiners',
  method: 'GET',
  path: '/api/v1/joiners',
  permission: 'lifecycle:oversee',
  summary: '入职办理 / Joiners',
  response: z.object({ items: z.array(JoinerView).max(500), more: z.boolean() }),
  refusals: ['lifecycle.too_many'],
})

export const FindingView = z.object({
  id: Uuid,
  rule: z.enum(normIds),
  person: Person,
  about: Label,
  evidence: z
    .record(z.string().max(40), z.union([z.string().max(300), z.number().min(-1e15).max(1e15)]))
    .meta({ maxProperties: 10 }),
  told: z.array(Label).max(50),
  foundAt: Instant,
  dueAt: Instant,
  overdue: z.boolean(),
  clearedAt: Instant.nullable(),
})
export type FindingView = z.infer<typeof FindingView>
export const listNormFindings = endpoint({
  name: 'listNormFindings',
  method: 'GET',
  path: '/api/v1/account-findings',
  permission: 'lifecycle:oversee',
  summary: '账号规范检查 / Findings about accounts',
  query: PageQuery.extend({ show: z.enum(['open', 'all']).default('open'), rule: z.enum(normIds).optional() }),
  response: pageOf(FindingView),
})
export const SuspensionView = z.object({
  id: Uuid,
  person: Person,
  login: Label.nullable(),
  /** Null: the whole account. */
  role: Label.nullable(),
  rule: Label,
  since: Instant,
  askedBy: Label.nullable(),
  askReason: Label.nullable(),
  askRefusal: Label.nullable(),
  confirmRefusal: Label.nullable(),
})
export type SuspensionView = z.infer<typeof SuspensionView>
/** What rules took away and is not given back yet. */
export const listSuspensions = endpoint({
  name: 'listSuspensions',
  method: 'GET',
  path: '/api/v1/suspensions',
  permission: 'lifecycle:oversee',
  summary: '自动停用 / Suspended by rule',
  query: PageQuery,
  response: pageOf(SuspensionView),
})
const params = z.object({ suspensionId: Uuid })
const resource = 'suspension/:suspensionId'
const refusals = [
  'lifecycle.suspension_not_found',
  'lifecycle.not_administrator',
  'lifecycle.own_suspension',
  'lifecycle.training_only',
  'lifecycle.already_asked',
  'lifecycle.not_asked',
  'lifecycle.second_person_required',
  'access.untrained',
] as const
/** The way back begins with the administrator… */
export const askReopening = endpoint({
  name: 'askReopening',
  method: 'POST',
  path: '/api/v1/suspensions/:suspensionId/ask',
  permission: 'lifecycle:manage',
  resource,
  summary: '申请恢复 / Ask for a way back',
  danger: 3,
  params,
  body: z.object({ reason: ShortNote }),
  response: SuspensionView,
  refusals: [...refusals],
})
/** …and ends with the security administrator, or, in user units, with a second administrator. */
export const confirmReopening = endpoint({
  name: 'confirmReopening',
  method: 'POST',
  path: '/api/v1/suspensions/:suspensionId/confirm',
  permission: 'lifecycle:reinstate',
  resource,
  summary: '确认恢复 / Confirm the way back',
  danger: 3,
  params,
  response: SuspensionView,
  refusals: [...refusals],
})
/** For the home of the page: how many of each there are. */
export const getLifecycleFigures = endpoint({
  name: 'getLifecycleFigures',
  method: 'GET',
  path: '/api/v1/lifecycle-figures',
  permission: 'lifecycle:oversee',
  summary: '人员与账号概况 / Figures of people and accounts',
  response: z.object({ findings: Count, overdue: Count, suspensions: Count, departures: Count }),
})
