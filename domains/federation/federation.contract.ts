import { Count, endpoint, Instant, Label, Name, PageQuery, pageOf, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { proposalKinds, sourceKinds, sourceStatuses, subjectStatuses } from './federation.model.ts'
import { SourceSettings } from './federation-settings.model.ts'

/** Administration of sources of identity. A secret's value goes in by a file of the deployment and comes out nowhere. */
const External = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u)
export const AttributesView = z.object({
  userName: Label.optional(),
  name: Label.optional(),
  unit: Label.optional(),
  title: Label.optional(),
  email: Label.optional(),
})
export const SourceView = z.object({
  id: Uuid,
  kind: z.enum(sourceKinds),
  name: Label,
  settings: SourceSettings,
  /** Whether the file of the secret is there; null where none is needed. */
  secretPresent: z.boolean().nullable(),
  status: z.enum(sourceStatuses),
  version: Count,
  subjects: Count,
  bound: Count,
  syncedAt: Instant.nullable(),
  /** Why the last synchronisation proposed nothing; null where it did what it should. */
  syncCode: Label.nullable(),
  syncPeople: Count.nullable(),
  createdAt: Instant,
})
export type SourceView = z.infer<typeof SourceView>
const sourceParams = z.object({ sourceId: Uuid })

export const listSources = endpoint({
  name: 'listSources',
  method: 'GET',
  path: '/api/v1/identity-sources',
  permission: 'source:read',
  summary: '身份源 / Sources of identity',
  response: z.object({ items: z.array(SourceView).max(50), redirectUri: Label, scimUrl: Label }),
})
const settingsRefusals = ['federation.source_invalid', 'federation.host_not_allowed'] as const
export const createSource = endpoint({
  name: 'createSource',
  method: 'POST',
  path: '/api/v1/identity-sources',
  permission: 'source:manage',
  danger: 4,
  summary: '新建身份源 / Create a source of identity',
  body: z.object({ name: Name, settings: SourceSettings }),
  response: SourceView,
  refusals: [...settingsRefusals, 'federation.too_many_sources'],
})
/** Of a source that is disabled. Where people are bound, what tells them apart (issuer, base, identifying attribute) stays. */
export const updateSource = endpoint({
  name: 'updateSource',
  method: 'PUT',
  path: '/api/v1/identity-sources/:sourceId',
  permission: 'source:manage',
  danger: 4,
  resource: 'identity-source/:sourceId',
  summary: '修改身份源 / Change a source of identity',
  params: sourceParams,
  body: z.object({ name: Name, settings: SourceSettings }),
  response: SourceView,
  refusals: [
    ...settingsRefusals,
    'federation.source_not_found',
    'federation.source_enabled',
    'federation.source_fixed',
    'federation.source_stale',
  ],
})
const switchSource = <N extends string>(name: N, verb: string, summary: string) =>
  endpoint({
    name,
    method: 'POST',
    path: `/api/v1/identity-sources/:sourceId/${verb}`,
    permission: 'source:manage',
    danger: 4,
    resource: 'identity-source/:sourceId',
    summary,
    params: sourceParams,
    body: z.object({ reason: ShortNote }),
    response: SourceView,
    refusals: ['federation.source_not_found', 'federation.secret_missing', 'federation.host_not_allowed'],
  })
export const enableSource = switchSource('enableSource', 'enable', '启用身份源 / Enable a source')
export const disableSource = switchSource('disableSource', 'disable', '停用身份源 / Disable a source')
/** Reads the whole directory now, as it is read every quarter of an hour. Proposals only. */
export const syncSource = endpoint({
  name: 'syncSource',
  method: 'POST',
  path: '/api/v1/identity-sources/:sourceId/sync',
  permission: 'source:manage',
  danger: 2,
  resource: 'identity-source/:sourceId',
  summary: '同步目录 / Synchronise a directory',
  params: sourceParams,
  response: z.object({ people: Count, proposals: Count }),
  refusals: [
    'federation.source_not_found',
    'federation.secret_missing',
    'federation.host_not_allowed',
    'federation.directory_away',
    'federation.directory_implausible',
    'federation.directory_ambiguous',
    'federation.directory_too_large',
  ],
})

export const SubjectView = z.object({
  id: Uuid,
  externalId: Label,
  attributes: AttributesView,
  status: z.enum(subjectStatuses),
  personId: Uuid.nullable(),
  personName: Label.nullable(),
  boundHow: z.enum(['administrator', 'import']).nullable(),
  boundByName: Label.nullable(),
  boundAt: Instant.nullable(),
  lastSeenAt: Instant,
})
export type SubjectView = z.infer<typeof SubjectView>
export const listSubjects = endpoint({
  name: 'listSubjects',
  method: 'GET',
  path: '/api/v1/identity-sources/:sourceId/subjects',
  permission: 'source:read',
  resource: 'identity-source/:sourceId',
  summary: '外部身份 / Subjects of a source',
  params: sourceParams,
  query: PageQuery.extend({ bound: z.enum(['yes', 'no']).optional(), text: z.string().trim().max(100).optional() }),
  response: pageOf(SubjectView),
  refusals: ['federation.source_not_found'],
})
/** The act by which an external subject becomes a person's way in. Equal names or mail addresses bind nobody. */
export const bindSubject = endpoint({
  name: 'bindSubject',
  method: 'POST',
  path: '/api/v1/identity-sources/:sourceId/subjects',
  permission: 'source:manage',
  danger: 4,
  resource: 'identity-source/:sourceId',
  summary: '绑定外部身份 / Bind a subject to a person',
  params: sourceParams,
  body: z.object({ externalId: External, personId: Uuid, reason: ShortNote }),
  response: SubjectView,
  refusals: ['federation.source_not_found', 'person.not_found', 'federation.own_binding', 'federation.already_bound'],
})
/** Ends the way in and every session that began by it. */
export const unbindSubject = endpoint({
  name: 'unbindSubject',
  method: 'POST',
  path: '/api/v1/identity-sources/:sourceId/subjects/:subjectId/unbind',
  permission: 'source:manage',
  danger: 3,
  resource: 'identity-source/:sourceId',
  summary: '解除绑定 / Unbind a subject',
  params: sourceParams.extend({ subjectId: Uuid }),
  body: z.object({ reason: ShortNote }),
  response: SubjectView,
  refusals: ['federation.source_not_found', 'federation.subject_not_found', 'federation.own_binding'],
})

export const ProposalView = z.object({
  id: Uuid,
  kind: z.enum(proposalKinds),
  sourceId: Uuid,
  sourceName: Label,
  externalId: Label,
  personId: Uuid.nullable(),
  personName: Label.nullable(),
  attributes: AttributesView,
  seenAt: Instant,
})
export type ProposalView = z.infer<typeof ProposalView>
export const listProposals = endpoint({
  name: 'listProposals',
  method: 'GET',
  path: '/api/v1/source-proposals',
  permission: 'source:read',
  summary: '入转离提议 / Proposals of joiners, movers and leavers',
  query: PageQuery.extend({ kind: z.enum(proposalKinds).optional() }),
  response: pageOf(ProposalView),
})
/** Somebody looked and there is nothing to do; said again by the source, it is proposed again. */
export const dismissProposal = endpoint({
  name: 'dismissProposal',
  method: 'POST',
  path: '/api/v1/source-proposals/:proposalId/dismiss',
  permission: 'source:manage',
  danger: 2,
  resource: 'source-proposal/:proposalId',
  summary: '忽略提议 / Dismiss a proposal',
  params: z.object({ proposalId: Uuid }),
  body: z.object({ reason: ShortNote }),
  response: z.object({}),
  refusals: ['federation.proposal_not_found', 'federation.leaver_by_departure', 'federation.own_proposal'],
})
