import type { PersonActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import type { Stages } from '@huabiao/kit/http/route'
import { newId } from '@huabiao/kit/ids/new-id'
import type { ReleaseItem, ReleaseView } from './release.contract.ts'
import { type Artifact, byDigest, type ReleaseStatement, releaseRefusal } from './release.model.ts'
import type { ReleaseDeps } from './release.ports.ts'
import {
  findRelease,
  insertRelease,
  isPersonOf,
  issueRow,
  listArtifacts,
  lockRelease,
  type ReleaseRow,
  standingsOf,
  withdrawRow,
} from './release.store.ts'

export interface NewRelease {
  readonly product: string
  readonly version: string
  readonly origin: string
  readonly builderId: string | null
  readonly artifacts: readonly Artifact[]
}
const event = (
  row: Pick<ReleaseRow, 'id' | 'product' | 'version'>,
  type: string,
  data: Record<string, unknown> = {},
): DomainEvent => ({
  type,
  object: `release/${row.id}`,
  product: row.product,
  version: row.version,
  ...data,
})

export async function register(tx: Tx, deps: ReleaseDeps, actor: PersonActor, body: NewRelease) {
  const { artifacts, ...what } = body
  if (body.builderId && !(await isPersonOf(tx, actor.tenantId, body.builderId))) throw new Refusal('release.builder_unknown')
  const now = deps.clock.now()
  const id = newId(now.getTime())
  await insertRelease(tx, { ...what, id, tenantId: actor.tenantId, registeredBy: actor.personId, registeredAt: now }, artifacts)
  const { origin, builderId } = body
  return {
    view: await oneRelease(tx, deps, actor, id),
    events: [event({ id, ...what }, 'release.registered', { origin, builderId, artifacts: byDigest(artifacts) })],
  }
}

/** The statement is made and kept in transactions, and signed between them: the draft cannot be edited meanwhile, only withdrawn. */
export async function issue(stages: Stages<PersonActor>, deps: ReleaseDeps, releaseId: string) {
  const { actor } = stages
  const statement = await stages.read(async (tx): Promise<ReleaseStatement> => {
    const row = await findRelease(tx, releaseId)
    if (!row) throw notFound('release')
    refuseIf(releaseRefusal('issue', row, actor.personId))
    const { tenantId, product, version, origin, builderId } = row
    return {
      v: 1,
      kind: 'release',
      releaseId,
      tenantId,
      product,
      version,
      origin,
      artifacts: byDigest(await listArtifacts(tx, releaseId)),
      builderId,
      issuedBy: { personId: actor.personId, name: actor.name },
      issuedAt: deps.clock.now().toISOString(),
    }
  })
  const envelope = await deps.signer.signRelease(statement)
  const view = await stages.transact(async (tx) => {
    const row = await lockRelease(tx, releaseId)
    refuseIf(releaseRefusal('issue', row, actor.personId))
    await issueRow(tx, releaseId, { by: actor.personId, at: new Date(statement.issuedAt), envelope })
    const keyIds = envelope.signatures.map(({ keyId }) => keyId)
    return {
      view: await oneRelease(tx, deps, actor, releaseId),
      events: [event(row, 'release.issued', { artifacts: statement.artifacts, keyIds })],
    }
  })
  return { view, unchanged: true as const }
}

export async function withdraw(tx: Tx, deps: ReleaseDeps, actor: PersonActor, of: { releaseId: string; reason: string }) {
  const { releaseId, reason } = of
  const row = await lockRelease(tx, releaseId)
  refuseIf(releaseRefusal('withdraw', row, actor.personId))
  await withdrawRow(tx, releaseId, { by: actor.personId, at: deps.clock.now(), reason })
  const digests = (await listArtifacts(tx, releaseId)).map(({ sha256 }) => sha256)
  return {
    view: await oneRelease(tx, deps, actor, releaseId),
    events: [event(row, 'release.withdrawn', { from: row.state, reason, digests })],
  }
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null
export async function toItems(tx: ReadTx, deps: ReleaseDeps, rows: readonly ReleaseRow[]): Promise<ReleaseItem[]> {
  const ids = rows.flatMap((row) => [row.registeredBy, row.builderId, row.issuedBy, row.withdrawnBy]).filter((id) => id !== null)
  const names = await deps.names(tx, [...new Set(ids)])
  const name = (id: string | null): string | null => (id === null ? null : (names.get(id) ?? '—'))
  return rows.map(({ id, product, version, origin, state, withdrawalReason, artifactCount, ...row }) => ({
    id,
    product,
    version,
    origin,
    state,
    builder: row.builderId ? { id: row.builderId, name: name(row.builderId)! } : null,
    registeredBy: name(row.registeredBy)!,
    registeredAt: row.registeredAt.toISOString(),
    issuedBy: name(row.issuedBy),
    issuedAt: iso(row.issuedAt),
    withdrawnBy: name(row.withdrawnBy),
    withdrawnAt: iso(row.withdrawnAt),
    withdrawalReason,
    artifactCount,
  }))
}

export async function oneRelease(tx: ReadTx, deps: ReleaseDeps, actor: PersonActor, releaseId: string): Promise<ReleaseView> {
  const row = await findRelease(tx, releaseId)
  if (!row) throw notFound('release')
  const [item] = await toItems(tx, deps, [row])
  const artifacts = await listArtifacts(tx, releaseId)
  const standings = await standingsOf(
    tx,
    row.tenantId,
    artifacts.map(({ sha256 }) => sha256),
  )
  return {
    ...item!,
    artifacts: artifacts.map((artifact) => ({ ...artifact, standing: standings.get(artifact.sha256)?.standing ?? 'unknown' })),
    signed: row.envelope && {
      statement: row.envelope.payload,
      signatures: row.envelope.signatures.map(({ alg, keyId }) => ({ alg, keyId })),
    },
    issueRefusal: releaseRefusal('issue', row, actor.personId) ?? null,
    withdrawRefusal: releaseRefusal('withdraw', row, actor.personId) ?? null,
  }
}
