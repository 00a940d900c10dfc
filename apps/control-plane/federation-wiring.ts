import { federationModule, type LogonPort, sweepSources } from '@huabiao/domains/federation/federation.module'
import type { identityModule } from '@huabiao/domains/identity/identity.module'
import { isIdentityNumber } from '@huabiao/domains/organization/organization.model'
import type { organizationModule } from '@huabiao/domains/organization/organization.module'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import { sealer } from '@huabiao/kit/crypto/seal'
import type { SignerClient } from '@huabiao/kit/crypto/signer-client'
import type { Database, ReadTx, Tx } from '@huabiao/kit/db/db'
import type { ServiceKey } from '@huabiao/kit/http/service-auth'
import { ldapDirectory } from './ldap-directory.ts'
import { oidcClient } from './oidc-client.ts'
import { oidcDoor } from './oidc-provider.ts'
import { scimProblem } from './scim-problem.ts'

/** Where sources of identity may lead, and the secrets they need there. */
export interface SourcePlaces {
  readonly hosts: readonly string[]
  secret(tenantId: string, name: string): Promise<string | undefined>
}
interface Ground {
  readonly db: Database
  readonly clock: Clock
  readonly secretKey: Uint8Array
  readonly origin: string
  readonly httpsOnly: boolean
  readonly services: readonly ServiceKey[]
  readonly sources?: SourcePlaces
  readonly signer: SignerClient
}

/** The part of the composition root that leads out to other systems of identity. */
export function federationOf(
  { db, clock, secretKey, origin, httpsOnly, services, sources, signer }: Ground,
  {
    identity,
    organization,
    access,
    digestIdentity,
    record,
  }: {
    identity: { external: LogonPort & Pick<ReturnType<typeof identityModule>['external'], 'profileOf'> }
    organization: ReturnType<typeof organizationModule>
    access: { rolesOf(tx: ReadTx, personId: string): Promise<{ roles: readonly string[] }> }
    digestIdentity(identityNumber: string): string
    record(tx: Tx, events: readonly DomainEvent[]): Promise<void>
  },
) {
  const { hosts, secret }: SourcePlaces = sources ?? { hosts: [], secret: async () => undefined }
  const seal = sealer(secretKey, 'federation')
  const provider = oidcDoor({
    ...{ db, clock, seal, secretKey, origin, signer, record },
    profileOf: (tenantId, accountId) =>
      db.read({ kind: 'tenant', tenantId }, async (tx) => {
        const profile = await identity.external.profileOf(tx, accountId)
        if (!profile?.mayLogOn || !(await organization.trained(tx, [profile.personId], clock.now())).has(profile.personId))
          return undefined
        return { name: profile.name, unit: profile.unit, roles: (await access.rolesOf(tx, profile.personId)).roles }
      }),
  })
  const federation = federationModule({
    db,
    clock,
    seal,
    provider,
    origin,
    httpsOnly,
    hosts,
    secret,
    oidc: oidcClient(hosts),
    directory: ldapDirectory(clock),
    logon: identity.external,
    processes: services,
    names: organization.names,
    peopleOf: organization.peopleOf,
    trained: organization.trained,
    personOf: async (tx, tenantId, number) =>
      isIdentityNumber(number) ? organization.personByDigest(tx, tenantId, digestIdentity(number)) : undefined,
  })
  return {
    routes: federation.routes,
    serviceOf: federation.serviceOf,
    oidc: provider.handle,
    problemBody: scimProblem,
    sweep: (
      record: (tx: Tx, events: readonly DomainEvent[]) => Promise<void>,
      failed: (sourceId: string, error: unknown) => void,
    ): Promise<number> => sweepSources(federation.deps, record, failed),
  }
}
