import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import { sql } from 'kysely'
import type { ClientClaim, ClientState } from './federation-client.model.ts'

export interface ClientRow {
  readonly id: string
  readonly tenantId: string
  readonly clientId: string
  readonly nameZh: string
  readonly nameEn: string
  readonly redirectUris: string[]
  readonly postLogoutUris: string[]
  readonly claims: ClientClaim[]
  readonly confidential: boolean
  readonly state: ClientState
  readonly reason: string
  readonly requestedBy: string
  readonly requestedAt: Date
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly revokedBy: string | null
  readonly revokedAt: Date | null
}
const columns = sql`id, tenant_id as "tenantId", client_id as "clientId", name_zh as "nameZh", name_en as "nameEn", redirect_uris as "redirectUris", post_logout_uris as "postLogoutUris",
  claims, secret_sha256 is not null as confidential, state, reason, requested_by as "requestedBy", requested_at as "requestedAt", decided_by as "decidedBy", decided_at as "decidedAt",
  revoked_by as "revokedBy", revoked_at as "revokedAt"`

export const listClients = async (tx: ReadTx, tenantId: string): Promise<ClientRow[]> =>
  (await sql<ClientRow>`select ${columns} from oidc_client where tenant_id = ${tenantId} order by id desc limit 200`.execute(tx))
    .rows
export const countClients = async (tx: ReadTx): Promise<number> =>
  (
    await sql<{
      n: number
    }>`select count(*)::int as n from oidc_client where tenant_id = app_tenant() and state in ('requested', 'active')`.execute(tx)
  ).rows[0]!.n
export const lockClient = async (tx: Tx, id: string): Promise<ClientRow | undefined> =>
  (await sql<ClientRow>`select ${columns} from oidc_client where id = ${id} and tenant_id = app_tenant() for update`.execute(tx))
    .rows[0]
export async function insertClient(
  tx: Tx,
  row: Pick<
    ClientRow,
    | 'id'
    | 'tenantId'
    | 'clientId'
    | 'nameZh'
    | 'nameEn'
    | 'redirectUris'
    | 'postLogoutUris'
    | 'claims'
    | 'reason'
    | 'requestedBy'
    | 'requestedAt'
  > & {
    secretSha256: string | null
  },
): Promise<void> {
  await sql`insert into oidc_client (id, tenant_id, client_id, name_zh, name_en, redirect_uris, post_logout_uris, claims, secret_sha256, reason, requested_by, requested_at)
    values (${row.id}, ${row.tenantId}, ${row.clientId}, ${row.nameZh}, ${row.nameEn}, ${row.redirectUris}, ${row.postLogoutUris}, ${row.claims}, ${row.secretSha256},
      ${row.reason}, ${row.requestedBy}, ${row.requestedAt})`.execute(tx)
}
export const decideClient = (tx: Tx, id: string, of: { state: 'active' | 'rejected'; by: string; at: Date }) =>
  sql`update oidc_client set state = ${of.state}, decided_by = ${of.by}, decided_at = ${of.at} where id = ${id}`.execute(tx)
export async function endClient(tx: Tx, row: { id: string; clientId: string }, of: { by: string; at: Date }): Promise<void> {
  await sql`update oidc_client set state = 'revoked', revoked_by = ${of.by}, revoked_at = ${of.at} where id = ${row.id}`.execute(
    tx,
  )
  await sql`delete from oidc_artifact where client_id = ${row.clientId}`.execute(tx)
}

/** A client that two persons registered, as the provider asks for it before anybody is known. */
export interface LiveClient {
  readonly tenantId: string
  readonly party: string
  readonly nameZh: string
  readonly nameEn: string
  readonly redirectUris: string[]
  readonly postLogoutUris: string[]
  readonly claims: ClientClaim[]
  readonly secretSha256: string | null
}
export const findLiveClient = async (tx: ReadTx, clientId: string): Promise<LiveClient | undefined> =>
  (
    await sql<LiveClient>`select tenant_id as "tenantId", party, name_zh as "nameZh", name_en as "nameEn", redirect_uris as "redirectUris", post_logout_uris as "postLogoutUris",
      claims, secret_sha256 as "secretSha256" from oidc_find_client(${clientId})`.execute(tx)
  ).rows[0]

export interface ArtifactRow {
  readonly sealed: Buffer
  readonly consumedAt: Date | null
}
export async function saveArtifact(
  tx: Tx,
  row: {
    idSha256: string
    model: string
    sealed: Buffer
    grantSha256: string | null
    uidSha256: string | null
    clientId: string | null
    expiresAt: Date
    at: Date
  },
): Promise<void> {
  await sql`delete from oidc_artifact where expires_at < ${row.at}`.execute(tx)
  await sql`insert into oidc_artifact (id_sha256, model, sealed, grant_sha256, uid_sha256, client_id, expires_at)
    values (${row.idSha256}, ${row.model}, ${row.sealed}, ${row.grantSha256}, ${row.uidSha256}, ${row.clientId}, ${row.expiresAt})
    on conflict (id_sha256) do update set sealed = excluded.sealed, grant_sha256 = excluded.grant_sha256, uid_sha256 = excluded.uid_sha256,
      client_id = excluded.client_id, expires_at = excluded.expires_at`.execute(tx)
}
export const findArtifact = async (tx: ReadTx, idSha256: string, at: Date): Promise<ArtifactRow | undefined> =>
  (
    await sql<ArtifactRow>`select sealed, consumed_at as "consumedAt" from oidc_artifact where id_sha256 = ${idSha256} and expires_at > ${at}`.execute(
      tx,
    )
  ).rows[0]
export const findArtifactByUid = async (
  tx: ReadTx,
  uidSha256: string,
  at: Date,
): Promise<(ArtifactRow & { idSha256: string }) | undefined> =>
  (
    await sql<
      ArtifactRow & { idSha256: string }
    >`select id_sha256 as "idSha256", sealed, consumed_at as "consumedAt" from oidc_artifact where uid_sha256 = ${uidSha256} and expires_at > ${at}`.execute(
      tx,
    )
  ).rows[0]
/** Once: of two who come with one code at the same time, one finds it consumed. */
export const consumeArtifact = async (tx: Tx, idSha256: string, at: Date): Promise<boolean> =>
  (await sql`update oidc_artifact set consumed_at = ${at} where id_sha256 = ${idSha256} and consumed_at is null`.execute(tx))
    .numAffectedRows === 1n
export const removeArtifact = (tx: Tx, idSha256: string) =>
  sql`delete from oidc_artifact where id_sha256 = ${idSha256}`.execute(tx)
export const removeGrant = (tx: Tx, grantSha256: string) =>
  sql`delete from oidc_artifact where grant_sha256 = ${grantSha256}`.execute(tx)
