import { Digest, endpoint, Instant, Label, Name, PageQuery, pageOf, ShortNote, Total, Uuid } from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { Artifacts, artifactsMax, releaseStates, standings, Version } from './release.model.ts'

/** Events: release.registered, release.issued, release.withdrawn. */

const PersonRef = z.object({ id: Uuid, name: Label })
export const ReleaseItem = z.object({
  id: Uuid,
  product: Label,
  version: Label,
  origin: Label,
  state: z.enum(releaseStates),
  builder: PersonRef.nullable(),
  registeredBy: Label,
  registeredAt: Instant,
  issuedBy: Label.nullable(),
  issuedAt: Instant.nullable(),
  withdrawnBy: Label.nullable(),
  withdrawnAt: Instant.nullable(),
  withdrawalReason: Label.nullable(),
  artifactCount: z.number().int().min(0).max(artifactsMax),
})
export type ReleaseItem = z.infer<typeof ReleaseItem>
const ArtifactView = z.object({ name: Label, size: Total, sm3: Digest, sha256: Digest, standing: z.enum(standings) })
export const ReleaseView = ReleaseItem.extend({
  artifacts: z.array(ArtifactView).max(artifactsMax),
  /** The statement as it was signed, and by which keys; null for what was never issued. */
  signed: z
    .object({ statement: z.string().max(100_000), signatures: z.array(z.object({ alg: Label, keyId: Label })).max(4) })
    .nullable(),
  /** Why the caller may not; null when they may. */
  issueRefusal: Label.nullable(),
  withdrawRefusal: Label.nullable(),
})
export type ReleaseView = z.infer<typeof ReleaseView>

export const listReleases = endpoint({
  name: 'listReleases',
  method: 'GET',
  path: '/api/v1/releases',
  permission: 'release:read',
  summary: '版本登记 / Release register',
  query: PageQuery.extend({ state: z.enum(releaseStates).optional(), text: z.string().max(100).optional() }),
  response: pageOf(ReleaseItem),
})
export const getRelease = endpoint({
  name: 'getRelease',
  method: 'GET',
  path: '/api/v1/releases/:releaseId',
  permission: 'release:read',
  resource: 'release/:releaseId',
  summary: '版本详情 / One release',
  params: z.object({ releaseId: Uuid }),
  response: ReleaseView,
  refusals: ['release.not_found'],
})
export const registerRelease = endpoint({
  name: 'registerRelease',
  method: 'POST',
  path: '/api/v1/releases',
  permission: 'release:register',
  summary: '登记版本 / Register a release',
  body: z.object({ product: Name, version: Version, origin: ShortNote, builderId: Uuid.nullable(), artifacts: Artifacts }),
  response: ReleaseView,
  refusals: ['release.already_registered', 'release.builder_unknown'],
})
/** The word of the release manager, given with a fresh second factor and signed by the signer, which reads the register itself. */
export const issueRelease = endpoint({
  name: 'issueRelease',
  method: 'POST',
  path: '/api/v1/releases/:releaseId/issue',
  permission: 'release:issue',
  resource: 'release/:releaseId',
  summary: '发布版本 / Issue a release',
  danger: 4,
  params: z.object({ releaseId: Uuid }),
  response: ReleaseView,
  refusals: [
    'release.not_found',
    'release.wrong_state',
    'release.own_build',
    'release.not_release_manager',
    'release.statement_differs',
    'signer.clock_skewed',
  ],
})
/** From now on no step places its artifacts; running changes that would are paused. */
export const withdrawRelease = endpoint({
  name: 'withdrawRelease',
  method: 'POST',
  path: '/api/v1/releases/:releaseId/withdraw',
  permission: 'release:withdraw',
  resource: 'release/:releaseId',
  summary: '撤回版本 / Withdraw a release',
  danger: 3,
  params: z.object({ releaseId: Uuid }),
  body: z.object({ reason: ShortNote }),
  response: ReleaseView,
  refusals: ['release.not_found', 'release.wrong_state'],
})
