import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { type ReadTx, sqlState, type Tx } from '@huabiao/kit/db/db'
import { notFound, Refusal } from '@huabiao/kit/errors/errors'
import { sql } from 'kysely'
import type { Artifact, ArtifactStanding, ReleaseState } from './release.model.ts'

export interface ReleaseRow {
  readonly id: string
  readonly tenantId: string
  readonly product: string
  readonly version: string
  readonly origin: string
  readonly builderId: string | null
  readonly state: ReleaseState
  readonly registeredBy: string
  readonly registeredAt: Date
  readonly issuedBy: string | null
  readonly issuedAt: Date | null
  readonly envelope: SignedEnvelope | null
  readonly withdrawnBy: string | null
  readonly withdrawnAt: Date | null
  readonly withdrawalReason: string | null
  readonly artifactCount: number
}
const columns = sql`r.id, r.tenant_id as "tenantId", r.product, r.version, r.origin, r.builder_id as "builderId", r.state, r.registered_by as "registeredBy",
  r.registered_at as "registeredAt", r.issued_by as "issuedBy", r.issued_at as "issuedAt", r.envelope, r.withdrawn_by as "withdrawnBy", r.withdrawn_at as "withdrawnAt",
  r.withdrawal_reason as "withdrawalReason", (select count(*)::int from release_artifact a where a.release_id = r.id) as "artifactCount"`

/** @throws Refusal release.already_registered */
export async function insertRelease(
  tx: Tx,
  row: Pick<ReleaseRow, 'id' | 'tenantId' | 'product' | 'version' | 'origin' | 'builderId' | 'registeredBy' | 'registeredAt'>,
  artifacts: readonly Artifact[],
): Promise<void> {
  try {
    await sql`insert into release (id, tenant_id, product, version, origin, builder_id, state, registered_by, registered_at)
      values (${row.id}, ${row.tenantId}, ${row.product}, ${row.version}, ${row.origin}, ${row.builderId}, 'draft', ${row.registeredBy}, ${row.registeredAt})`.execute(
      tx,
    )
  } catch (error) {
    if (sqlState(error) === '23505') throw new Refusal('release.already_registered', {}, error)
    throw error
  }
  await sql`insert into release_artifact (release_id, sha256, tenant_id, name, size, sm3)
    select ${row.id}::uuid, a.sha256, ${row.tenantId}::uuid, a.name, a.size, a.sm3
    from jsonb_to_recordset(${JSON.stringify(artifacts)}::jsonb) as a (sha256 text, name text, size bigint, sm3 text)`.execute(tx)
}

export const findRelease = async (tx: ReadTx, id: string): Promise<ReleaseRow | undefined> =>
  (await sql<ReleaseRow>`select ${columns} from release r where r.id = ${id}`.execute(tx)).rows[0]
/** @throws Refusal release.not_found */
export async function lockRelease(tx: Tx, id: string): Promise<ReleaseRow> {
  const [row] = (await sql<ReleaseRow>`select ${columns} from release r where r.id = ${id} for update of r`.execute(tx)).rows
  if (!row) throw notFound('release')
  return row
}
export const listArtifacts = async (tx: ReadTx, releaseId: string): Promise<Artifact[]> =>
  (
    await sql<Artifact>`select name, size, sm3, sha256 from release_artifact where release_id = ${releaseId} order by name, sha256`.execute(
      tx,
    )
  ).rows

export interface ReleaseQuery {
  readonly after?: string | undefined
  readonly limit: number
  readonly state?: ReleaseState | undefined
  readonly text?: string | undefined
}
export const listReleaseRows = async (tx: ReadTx, { after, limit, state, text }: ReleaseQuery): Promise<ReleaseRow[]> =>
  (
    await sql<ReleaseRow>`select ${columns} from release r
      where (${after ?? null}::uuid is null or r.id < ${after ?? null}::uuid) and (${state ?? null}::text is null or r.state = ${state ?? null}::text)
        and (${text ?? null}::text is null or position(lower(${text ?? ''}) in lower(r.product || ' ' || r.version)) > 0
          or exists (select 1 from release_artifact a where a.release_id = r.id and a.sha256 = lower(${text ?? ''})))
      order by r.id desc limit ${limit}`.execute(tx)
  ).rows

export const issueRow = async (tx: Tx, id: string, how: { by: string; at: Date; envelope: SignedEnvelope }): Promise<void> => {
  await sql`update release set state = 'issued', issued_by = ${how.by}, issued_at = ${how.at}, envelope = ${JSON.stringify(how.envelope)}::jsonb where id = ${id}`.execute(
    tx,
  )
}
export const withdrawRow = async (tx: Tx, id: string, how: { by: string; at: Date; reason: string }): Promise<void> => {
  await sql`update release set state = 'withdrawn', withdrawn_by = ${how.by}, withdrawn_at = ${how.at}, withdrawal_reason = ${how.reason} where id = ${id}`.execute(
    tx,
  )
}

/** A builder is one of the unit's own people. */
export const isPersonOf = async (tx: ReadTx, tenantId: string, personId: string): Promise<boolean> =>
  (await sql`select 1 from pub_person_name where id = ${personId} and tenant_id = ${tenantId}`.execute(tx)).rows.length > 0

/** How these digests stand in the register of a unit; what is not in the answer was never issued. */
export async function standingsOf(
  tx: ReadTx,
  tenantId: string,
  digests: readonly string[],
): Promise<ReadonlyMap<string, ArtifactStanding>> {
  if (digests.length === 0) return new Map()
  const { rows } = await sql<ArtifactStanding>`select sha256, standing, release_id as "releaseId", product, version
    from release_standing(${tenantId}, ${[...new Set(digests)]}::text[])`.execute(tx)
  return new Map(rows.map((row) => [row.sha256, row]))
}
