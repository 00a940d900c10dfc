import { Count, Digest, endpoint, Instant, Total, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'

/** Events: dossier.sealed, dossier.read. */

const Kept = z.object({ sm3: Digest, sha256: Digest, bytes: Total })
export const DossierView = z.object({
  sealedAt: Instant,
  data: Kept,
  document: Kept,
  pages: Count,
  records: Count,
  headSize: Total,
})
export type DossierView = z.infer<typeof DossierView>

const Id = z.object({ changeId: Uuid })
export const getDossier = endpoint({
  name: 'getDossier',
  method: 'GET',
  path: '/api/v1/changes/:changeId/dossier',
  permission: 'change:read',
  resource: 'change/:changeId',
  summary: '变更卷宗 / Dossier of a change',
  params: Id,
  response: DossierView,
  refusals: ['dossier.not_found', 'dossier.not_sealed'],
})
/** The canonical JSON, as it was kept; `huabiao-verify --dossier` checks it against an export of the ledger. */
export const readDossierData = endpoint({
  name: 'readDossierData',
  method: 'GET',
  path: '/api/v1/changes/:changeId/dossier/data',
  permission: 'change:read',
  resource: 'change/:changeId',
  summary: '下载卷宗数据 / Data of a dossier',
  params: Id,
  response: z.string().max(0).describe('The file itself'),
  refusals: ['dossier.not_found', 'dossier.not_sealed', 'evidence.not_found'],
})
export const readDossierDocument = endpoint({
  name: 'readDossierDocument',
  method: 'GET',
  path: '/api/v1/changes/:changeId/dossier/document',
  permission: 'change:read',
  resource: 'change/:changeId',
  summary: '下载卷宗文档 / Document of a dossier',
  params: Id,
  response: z.string().max(0).describe('The file itself'),
  refusals: ['dossier.not_found', 'dossier.not_sealed', 'evidence.not_found'],
})
