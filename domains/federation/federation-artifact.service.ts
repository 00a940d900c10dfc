import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sha256Hex } from '@huabiao/kit/crypto/suite'
import type { Tx } from '@huabiao/kit/db/db'
import type { FederationDeps } from './federation.ports.ts'
import * as store from './federation-client.store.ts'

/** Where the provider of OpenID Connect keeps what it issues: under digests, sealed, and never issued without a record. */
export interface Artifacts {
  upsert(id: string, payload: Artifact, expiresInS: number): Promise<void>
  find(id: string): Promise<Artifact | undefined>
  findByUid(uid: string): Promise<Artifact | undefined>
  /** @throws AlreadyConsumed for the later of two */
  consume(id: string): Promise<void>
  destroy(id: string): Promise<void>
  revokeByGrantId(grantId: string): Promise<void>
}
export type Artifact = Readonly<Record<string, unknown>>
export class AlreadyConsumed extends Error {}

/** An account as the provider names it: with its unit, so that every look-up has a scope. */
export const accountIdOf = (tenantId: string, accountId: string): string => `${tenantId}.${accountId}`
export function accountOf(id: unknown): { tenantId: string; accountId: string } | undefined {
  const match = typeof id === 'string' ? /^([0-9a-f-]{36})\.([0-9a-f-]{36})$/.exec(id) : null
  return match ? { tenantId: match[1]!, accountId: match[2]! } : undefined
}

const issues: Readonly<Record<string, string>> = { AuthorizationCode: 'oidc.code_issued', AccessToken: 'oidc.token_issued' }

export function artifactsOf(
  deps: Pick<FederationDeps, 'db' | 'clock' | 'seal'>,
  model: string,
  record: (tx: Tx, events: readonly DomainEvent[]) => Promise<void>,
): Artifacts {
  const idOf = (id: string): string => sha256Hex(`${model} ${id}`)
  const nobody = { kind: 'nobody' } as const
  const open = (idSha256: string, row: store.ArtifactRow | undefined): Artifact | undefined => {
    if (!row) return undefined
    const payload = JSON.parse(deps.seal.open(row.sealed, `oidc ${idSha256}`).toString('utf8')) as Artifact
    return row.consumedAt ? { ...payload, consumed: Math.floor(row.consumedAt.getTime() / 1000) } : payload
  }
  return {
    upsert: (id, payload, expiresInS) =>
      deps.db.transact(nobody, async (tx) => {
        const at = deps.clock.now()
        const { grantId, uid, clientId, accountId, scope } = payload
        const idSha256 = idOf(id)
        await store.saveArtifact(tx, {
          idSha256,
          model,
          sealed: deps.seal.seal(Buffer.from(JSON.stringify(payload)), `oidc ${idSha256}`),
          grantSha256: typeof grantId === 'string' ? sha256Hex(`grant ${grantId}`) : null,
          uidSha256: model === 'Session' && typeof uid === 'string' ? sha256Hex(`uid ${uid}`) : null,
          clientId: typeof clientId === 'string' ? clientId : null,
          expiresAt: new Date(at.getTime() + expiresInS * 1000),
          at,
        })
        const type = issues[model]
        if (!type) return
        const account = accountOf(accountId)
        const object = `account/${account?.accountId ?? 'unknown'}`
        const about = { clientId: String(clientId), scope: String(scope ?? '') }
        await record(tx, [{ type, object, ...(account ? { tenantId: account.tenantId } : {}), ...about }])
      }),
    find: async (id) => {
      const idSha256 = idOf(id)
      return open(idSha256, await deps.db.read(nobody, (tx) => store.findArtifact(tx, idSha256, deps.clock.now())))
    },
    findByUid: async (uid) => {
      const row = await deps.db.read(nobody, (tx) => store.findArtifactByUid(tx, sha256Hex(`uid ${uid}`), deps.clock.now()))
      return row && open(row.idSha256, row)
    },
    consume: async (id) => {
      if (!(await deps.db.transact(nobody, (tx) => store.consumeArtifact(tx, idOf(id), deps.clock.now()))))
        throw new AlreadyConsumed(model)
    },
    destroy: async (id) => void (await deps.db.transact(nobody, (tx) => store.removeArtifact(tx, idOf(id)))),
    revokeByGrantId: async (grantId) =>
      void (await deps.db.transact(nobody, (tx) => store.removeGrant(tx, sha256Hex(`grant ${grantId}`)))),
  }
}
