import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { Digest, Instant, Name, ShortNote, Uuid } from '@huabiao/kit/contract/contract'
import type { RefusalTable } from '@huabiao/kit/errors/errors'
import { z } from 'zod'

/** The release register (版本登记): which artifacts may be placed, by the signed word of the release manager (RL-12, G-REL). */

export const releaseStates = ['draft', 'issued', 'withdrawn'] as const
export type ReleaseState = (typeof releaseStates)[number]
export const artifactsMax = 100

export const Version = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,59}$/)
/** A file as it is placed: both digests, so that a target that knows only one of them can be compared too. */
export const Artifact = z.strictObject({
  name: Name,
  size: z.number().int().min(0).max(1_000_000_000_000),
  sm3: Digest,
  sha256: Digest,
})
export type Artifact = z.infer<typeof Artifact>
export const Artifacts = z
  .array(Artifact)
  .min(1)
  .max(artifactsMax)
  .refine((list) => new Set(list.map((one) => one.sha256)).size === list.length)

const PersonRef = z.strictObject({ personId: Uuid, name: Name })
/** What the release manager says, and the signer signs, in one text: nobody can take part of it for the whole. */
export const ReleaseStatement = z.strictObject({
  v: z.literal(1),
  kind: z.literal('release'),
  releaseId: Uuid,
  tenantId: Uuid,
  product: Name,
  version: Version,
  origin: ShortNote,
  artifacts: Artifacts,
  /** Who built it, where that is one of the unit's own people. */
  builderId: Uuid.nullable(),
  issuedBy: PersonRef,
  issuedAt: Instant,
})
export type ReleaseStatement = z.infer<typeof ReleaseStatement>

/** How an artifact stands: the latest word about it counts. `unknown` is what the register never issued. */
export const standings = ['issued', 'withdrawn', 'unknown'] as const
export type Standing = (typeof standings)[number]
export interface ArtifactStanding {
  readonly sha256: string
  readonly standing: Exclude<Standing, 'unknown'>
  readonly releaseId: string
  readonly product: string
  readonly version: string
}

export const releaseRefusals = {
  'release.not_found': { status: 404 },
  'release.wrong_state': { status: 409, rule: 'RL-12' },
  'release.already_registered': { status: 409, rule: 'RL-12' },
  'release.own_build': { status: 409, rule: 'RL-12' },
  'release.builder_unknown': { status: 422 },
  'release.not_release_manager': { status: 403, rule: 'RL-12' },
  'release.statement_differs': { status: 409, rule: 'RL-12' },
} as const satisfies RefusalTable
export type ReleaseRefusal = keyof typeof releaseRefusals

export interface ReleaseFacts {
  readonly state: ReleaseState
  readonly builderId: string | null
}
/** Why this person may not do it now. Who built an artifact does not release it: at least two people stand behind what is placed (S5). */
export function releaseRefusal(act: 'issue' | 'withdraw', release: ReleaseFacts, personId: string): ReleaseRefusal | undefined {
  if (act === 'withdraw') return release.state === 'withdrawn' ? 'release.wrong_state' : undefined
  if (release.state !== 'draft') return 'release.wrong_state'
  return release.builderId === personId ? 'release.own_build' : undefined
}

/** The draft as the signer reads it itself, and whether the person is a release manager of that unit now. */
export interface DraftFacts {
  readonly releaseId: string
  readonly tenantId: string
  readonly product: string
  readonly version: string
  readonly origin: string
  readonly builderId: string | null
  readonly artifacts: readonly Artifact[]
  readonly issuerIsReleaseManager: boolean
}
export const byDigest = (artifacts: readonly Artifact[]): Artifact[] =>
  [...artifacts].sort((a, b) => (a.sha256 < b.sha256 ? -1 : a.sha256 > b.sha256 ? 1 : 0))
/** Why the signer does not sign this statement; pure and total. It signs nothing but what it reads in the register itself. */
export function statementRefusal(statement: ReleaseStatement, draft: DraftFacts | undefined): ReleaseRefusal | undefined {
  if (!draft) return 'release.wrong_state'
  const { issuedBy, issuedAt: _, v: __, kind: ___, artifacts, ...said } = statement
  const { issuerIsReleaseManager, artifacts: kept, ...read } = draft
  const same =
    canonicalJson({ ...said, artifacts: byDigest(artifacts) }) === canonicalJson({ ...read, artifacts: byDigest(kept) })
  if (!same) return 'release.statement_differs'
  if (!issuerIsReleaseManager) return 'release.not_release_manager'
  return draft.builderId === issuedBy.personId ? 'release.own_build' : undefined
}

/** Whether a signed statement lets this unit place this artifact. The signature itself is checked before. */
export const places = (statement: ReleaseStatement, tenantId: string, sha256: string): boolean =>
  statement.tenantId === tenantId && statement.artifacts.some((artifact) => artifact.sha256 === sha256)
