import { roleCodes } from '@huabiao/domains/access/access.model'
import { Count, Digest, endpoint, Instant, Label, Name, PageQuery, pageOf, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { abilities, verdicts } from './lifecycle-review.model.ts'

/** Events: recertification.opened, recertification.decided, recertification.undecided, recertification.closed, access_review.exported. */

const Person = z.object({ id: Uuid, name: Label })
export const CampaignItem = z.object({
  id: Uuid,
  name: Label,
  roles: z.array(Label).max(17),
  departments: z.array(Label).max(100),
  systems: z.array(Label).max(100),
  /** Null: by the half-yearly schedule. */
  openedBy: Label.nullable(),
  openedAt: Instant,
  dueAt: Instant,
  closedAt: Instant.nullable(),
  reportSm3: Digest.nullable(),
  items: Count,
  kept: Count,
  revoked: Count,
  undecided: Count,
  /** How many wait for the caller. */
  mine: Count,
})
export type CampaignItem = z.infer<typeof CampaignItem>
export const ReviewItem = z.object({
  id: Uuid,
  person: Person,
  role: Label,
  duty: Label.nullable(),
  notAfter: Instant,
  usedAt: Instant.nullable(),
  reviewers: z.array(Label).max(50),
  verdict: z.enum(verdicts).nullable(),
  reason: Label.nullable(),
  decidedBy: Label.nullable(),
  decidedAt: Instant.nullable(),
  decideRefusal: Label.nullable(),
})
export type ReviewItem = z.infer<typeof ReviewItem>
export const CampaignView = CampaignItem.extend({ reviews: z.array(ReviewItem).max(3000) })
export type CampaignView = z.infer<typeof CampaignView>

export const listCampaigns = endpoint({
  name: 'listCampaigns',
  method: 'GET',
  path: '/api/v1/recertifications',
  permission: 'lifecycle:read',
  summary: '权限复核 / Recertification campaigns',
  query: PageQuery,
  response: pageOf(CampaignItem),
})
const params = z.object({ campaignId: Uuid })
const resource = 'recertification/:campaignId'
export const getCampaign = endpoint({
  name: 'getCampaign',
  method: 'GET',
  path: '/api/v1/recertifications/:campaignId',
  permission: 'lifecycle:read',
  resource,
  summary: '权限复核详情 / One campaign',
  params,
  response: CampaignView,
  refusals: ['lifecycle.campaign_not_found'],
})
/** Every live role of the unit in scope becomes an item for a reviewer who is not its holder. */
export const openCampaign = endpoint({
  name: 'openCampaign',
  method: 'POST',
  path: '/api/v1/recertifications',
  permission: 'lifecycle:recertify',
  summary: '发起权限复核 / Open a campaign',
  danger: 3,
  body: z.object({
    name: Name,
    dueAt: Instant,
    roles: z.array(z.enum(roleCodes)).max(17),
    departmentIds: z.array(Uuid).max(100),
    systemIds: z.array(Uuid).max(100),
  }),
  response: CampaignView,
  refusals: ['lifecycle.due_invalid', 'lifecycle.scope_empty', 'lifecycle.department_invalid', 'lifecycle.too_many'],
})
/** What is revoked ends at once. */
export const decideReviews = endpoint({
  name: 'decideReviews',
  method: 'POST',
  path: '/api/v1/recertifications/:campaignId/decisions',
  permission: 'lifecycle:read',
  resource,
  summary: '复核决定 / Keep or revoke',
  danger: 3,
  params,
  body: z.object({ reviewIds: z.array(Uuid).min(1).max(200), verdict: z.enum(['keep', 'revoke']), reason: ShortNote }),
  response: CampaignView,
  refusals: [
    'lifecycle.campaign_not_found',
    'lifecycle.review_not_found',
    'lifecycle.campaign_closed',
    'lifecycle.reviewed',
    'lifecycle.own_review',
    'lifecycle.not_reviewer',
  ],
})

/** Who can do what today: each live role, and the approved plans that let its holder reach systems today. */
export const AccessRow = z.object({
  person: Person,
  department: Label.nullable(),
  role: Label,
  duty: Label.nullable(),
  since: Instant,
  until: Instant,
  granted: Label,
  suspended: z.boolean(),
  abilities: z.array(z.enum(abilities)).max(abilities.length),
  plans: z
    .array(
      z.object({
        changeId: Uuid,
        changeNo: Label,
        part: z.enum(['executor', 'reviewer']),
        systems: z.array(Label).max(200),
        windowStart: Instant,
        windowEnd: Instant,
      }),
    )
    .max(200),
})
export type AccessRow = z.infer<typeof AccessRow>
const Filter = z.object({
  role: z.enum(roleCodes).optional(),
  ability: z.enum(abilities).optional(),
  systemId: Uuid.optional(),
})
export const getAccessReview = endpoint({
  name: 'getAccessReview',
  method: 'GET',
  path: '/api/v1/access-review',
  permission: 'lifecycle:oversee',
  summary: '权限全览 / Who can do what today',
  query: Filter,
  response: z.object({ now: Instant, items: z.array(AccessRow).max(2000), more: z.boolean() }),
})
/** The same as a file; the ledger holds its digest. */
export const exportAccessReview = endpoint({
  name: 'exportAccessReview',
  method: 'POST',
  path: '/api/v1/access-review/exports',
  permission: 'lifecycle:oversee',
  summary: '导出权限全览 / Export who can do what',
  danger: 3,
  body: Filter,
  response: z.object({ name: Label, csv: z.string().max(4_000_000), sm3: Digest, rows: Count }),
  refusals: ['lifecycle.too_many'],
})
/** The report of a closed campaign, as its digest was recorded. */
export const getCampaignReport = endpoint({
  name: 'getCampaignReport',
  method: 'GET',
  path: '/api/v1/recertifications/:campaignId/report',
  permission: 'lifecycle:oversee',
  resource,
  summary: '复核报告 / Report of a campaign',
  params,
  response: z.object({ name: Label, csv: z.string().max(4_000_000), sm3: Digest }),
  refusals: ['lifecycle.campaign_not_found', 'lifecycle.campaign_open', 'lifecycle.report_differs'],
})
