import {
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
  Total,
  Uuid,
} from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import {
  type DocumentaryRefusal,
  documentaryActs,
  documentaryStates,
  documentKinds,
  documentMaxBytes,
  documentsMost,
  documentTypes,
  obligationKinds,
  obligationsMax,
} from './documentary.model.ts'

/** Events: documentary.drafted, documentary.saved, documentary.document_added, documentary.reviewed, documentary.signed, documentary.taken_up,
 *  documentary.approved, documentary.rejected, documentary.effective, documentary.filed, documentary.settled, documentary.closed,
 *  documentary.reminded, documentary.overdue. */

const PersonRef = z.object({ id: Uuid, name: Label })
const Class = z.union([z.literal(7), z.literal(8)])
export const DocumentarySummary = z.object({
  id: Uuid,
  no: Label,
  class: Class,
  title: Label,
  partner: Label,
  state: z.enum(documentaryStates),
  unitName: Label,
  author: PersonRef,
  effectiveFrom: Instant,
  createdAt: Instant,
  /** Of what is not done yet, the day that comes first. */
  nextDueAt: Instant.nullable(),
})
export type DocumentarySummary = z.infer<typeof DocumentarySummary>
const Signature = z.object({ person: PersonRef, at: Instant, note: Prose }).nullable()
export const DocumentaryDetail = DocumentarySummary.extend({
  reason: Prose,
  hash: Label.nullable(),
  review: Signature,
  signature: Signature,
  decision: Signature,
  effectiveAt: Instant.nullable(),
  documents: z
    .array(
      z.object({
        id: Uuid,
        kind: z.enum(documentKinds),
        name: Label,
        type: z.enum(documentTypes),
        bytes: Total,
        sm3: Digest,
        sha256: Digest,
        addedBy: PersonRef,
        addedAt: Instant,
      }),
    )
    .max(documentsMost.before + documentsMost.after),
  missing: z.array(z.enum(documentKinds)).max(documentKinds.length),
  obligations: z
    .array(
      z.object({
        id: Uuid,
        kind: z.enum(obligationKinds),
        title: Label,
        dueAt: Instant,
        doneAt: Instant.nullable(),
        doneBy: PersonRef.nullable(),
        note: Prose,
        remindedAt: Instant.nullable(),
        overdueAt: Instant.nullable(),
      }),
    )
    .max(obligationsMax + 3),
  timeline: z.array(z.object({ at: Instant, act: Label, actor: Label, to: Label.nullable(), note: Prose })).max(200),
  acts: z.array(z.object({ act: z.enum([...documentaryActs, 'upload']), refusal: Label.nullable() })).max(12),
})
export type DocumentaryDetail = z.infer<typeof DocumentaryDetail>

const Id = z.object({ documentaryId: Uuid })
const Body = z.object({
  class: Class,
  title: Name,
  partner: Name.describe('The subcontractor, or the new operating body'),
  reason: Note,
  effectiveFrom: Instant,
  obligations: z.array(z.object({ title: Name, dueAt: Instant })).max(obligationsMax),
})
const onCase = <N extends string, A extends string, B extends z.ZodType>(of: {
  name: N
  method?: 'PUT'
  act: string
  permission: A
  summary: string
  body: B
  refusals?: readonly DocumentaryRefusal[]
  danger?: 3
}) =>
  endpoint({
    name: of.name,
    method: of.method ?? 'POST',
    path: `/api/v1/documentary-changes/:documentaryId/${of.act}`,
    permission: of.permission,
    resource: 'documentary/:documentaryId',
    summary: of.summary,
    params: Id,
    body: of.body,
    response: DocumentaryDetail,
    danger: of.danger ?? 1,
    refusals: ['documentary.not_found', 'documentary.wrong_state', ...(of.refusals ?? [])],
  })

export const listDocumentary = endpoint({
  name: 'listDocumentary',
  method: 'GET',
  path: '/api/v1/documentary-changes',
  permission: 'documentary:read',
  summary: '文书轨变更 / Documentary changes',
  query: PageQuery.extend({ state: z.enum(documentaryStates).optional() }),
  response: pageOf(DocumentarySummary),
})
export const getDocumentary = endpoint({
  name: 'getDocumentary',
  method: 'GET',
  path: '/api/v1/documentary-changes/:documentaryId',
  permission: 'documentary:read',
  resource: 'documentary/:documentaryId',
  summary: '文书轨变更详情 / One documentary change',
  params: Id,
  response: DocumentaryDetail,
  refusals: ['documentary.not_found'],
})
export const draftDocumentary = endpoint({
  name: 'draftDocumentary',
  method: 'POST',
  path: '/api/v1/documentary-changes',
  permission: 'documentary:draft',
  summary: '起草文书轨变更 / Draft a documentary change',
  body: Body,
  response: DocumentaryDetail,
  refusals: ['documentary.obligation_invalid'],
})
export const saveDocumentary = onCase({
  name: 'saveDocumentary',
  method: 'PUT',
  act: 'draft',
  permission: 'documentary:draft',
  summary: '保存草稿 / Save the draft',
  body: Body,
  refusals: ['documentary.not_author', 'documentary.obligation_invalid'],
})
/** Kept as evidence by its digests; a document replaces none, the newest of its kind counts. */
export const addDocument = endpoint({
  name: 'addDocument',
  method: 'POST',
  path: '/api/v1/documentary-changes/:documentaryId/documents',
  permission: 'documentary:draft',
  resource: 'documentary/:documentaryId',
  summary: '上传文书 / Add a document',
  params: Id,
  bodyLimitBytes: 15 * 1024 * 1024,
  body: z.object({
    kind: z.enum(documentKinds),
    name: Name,
    type: z.enum(documentTypes),
    sha256: Digest,
    content: z
      .base64()
      .min(8)
      .max(Math.ceil(documentMaxBytes / 3) * 4),
  }),
  response: DocumentaryDetail,
  refusals: [
    'documentary.not_found',
    'documentary.wrong_state',
    'documentary.document_unknown',
    'documentary.document_not_of_type',
    'documentary.documents_too_many',
    'evidence.digest_mismatch',
    'evidence.too_large',
  ],
})
export const readDocument = endpoint({
  name: 'readDocument',
  method: 'GET',
  path: '/api/v1/documentary-changes/:documentaryId/documents/:documentId',
  permission: 'documentary:read',
  resource: 'documentary/:documentaryId',
  summary: '下载文书 / Read a document',
  params: z.object({ documentaryId: Uuid, documentId: Uuid }),
  response: z.string().max(0).describe('The file itself'),
  refusals: ['documentary.not_found', 'evidence.not_found'],
})
const Opinion = z.object({ note: Note })
const Signed = z.object({ hash: Digest, note: Note })
export const reviewDocumentary = onCase({
  name: 'reviewDocumentary',
  act: 'review',
  permission: 'documentary:review',
  summary: '法务审查通过 / Legally reviewed',
  body: Opinion,
  refusals: ['documentary.same_person', 'documentary.document_missing'],
  danger: 3,
})
export const signDocumentary = onCase({
  name: 'signDocumentary',
  act: 'sign',
  permission: 'documentary:sign',
  summary: '服务商签署 / Signed by the provider',
  body: Signed,
  refusals: ['documentary.same_person', 'documentary.hash_mismatch'],
  danger: 3,
})
export const takeUpDocumentary = onCase({
  name: 'takeUpDocumentary',
  act: 'take-up',
  permission: 'documentary:decide',
  summary: '管理单位受理 / Taken up by the management unit',
  body: Opinion,
  refusals: ['documentary.not_management', 'documentary.same_person'],
})
export const decideDocumentary = onCase({
  name: 'decideDocumentary',
  act: 'decisions',
  permission: 'documentary:decide',
  summary: '管理单位批复 / Decide',
  body: z.object({ hash: Digest, verdict: z.enum(['approve', 'reject']), note: Note }),
  refusals: ['documentary.not_management', 'documentary.same_person', 'documentary.hash_mismatch'],
  danger: 3,
})
export const effectDocumentary = onCase({
  name: 'effectDocumentary',
  act: 'effect',
  permission: 'documentary:draft',
  summary: '登记生效 / Record that it took effect',
  body: Opinion,
  refusals: ['documentary.not_yet_effective'],
})
export const fileDocumentary = onCase({
  name: 'fileDocumentary',
  act: 'file',
  permission: 'documentary:draft',
  summary: '证据归档 / File the evidence',
  body: Opinion,
  refusals: ['documentary.document_missing'],
})
export const settleObligation = onCase({
  name: 'settleObligation',
  act: 'obligations',
  permission: 'documentary:draft',
  summary: '登记义务已履行 / Record an obligation as done',
  body: z.object({ obligationId: Uuid, note: ShortNote }),
})
export const closeDocumentary = onCase({
  name: 'closeDocumentary',
  act: 'close',
  permission: 'documentary:decide',
  summary: '关闭 / Close',
  body: Opinion,
  refusals: ['documentary.not_management', 'documentary.obligation_open'],
})
export type DocumentaryBody = z.output<typeof Body>
