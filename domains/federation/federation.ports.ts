import type { LogonChallenge } from '@huabiao/domains/identity/identity.contract'
import type { PersonActor, ServiceActor } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { DomainEvent } from '@huabiao/kit/contract/contract'
import type { Sealer } from '@huabiao/kit/crypto/seal'
import type { Database, ReadTx, Tx } from '@huabiao/kit/db/db'
import type { RefusalCode } from '@huabiao/kit/errors/errors'
import type { ServiceKey } from '@huabiao/kit/http/service-auth'
import type { SeenPerson } from './federation.model.ts'
import type { ClientClaim } from './federation-client.model.ts'
import type { LdapSettings, OidcSettings } from './federation-settings.model.ts'

/** What a flow must bring back; sealed while it is away. */
export interface OidcFlow {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}
/** A provider of OpenID Connect as a relying party of ours sees it: code flow with PKCE, and every check of the token. */
export interface OidcClient {
  /** @returns the address that the browser is sent to. @throws Unavailable where discovery fails or names another issuer */
  begin(on: OidcPlace, flow: OidcFlow): Promise<string>
  /** @returns subject and claims; undefined where anything about the answer is not right. @throws Unavailable */
  complete(
    on: OidcPlace,
    flow: OidcFlow,
    answer: { state: string; code: string; iss: string | undefined },
  ): Promise<{ subject: string; claims: Readonly<Record<string, unknown>> } | undefined>
}
export interface OidcPlace {
  readonly settings: OidcSettings
  readonly secret: string | undefined
  readonly redirectUri: string
}
/** A person of a directory, with the identity number where the directory has it; that is digested and dropped. */
export type DirectoryPerson = SeenPerson & { readonly identityNumber: string | undefined }
export interface Directory {
  /** Binds as the person. Undefined where the name is nobody's or several people's, or the password is wrong. @throws Unavailable */
  prove(on: { settings: LdapSettings; secret: string }, login: string, password: string): Promise<DirectoryPerson | undefined>
  /** Everybody below the base. @throws Unavailable, TooMany */
  people(on: { settings: LdapSettings; secret: string }): Promise<DirectoryPerson[]>
}
/** The directory holds more than one synchronisation reads. */
export class TooMany extends Error {}

/** What a logon by a source needs of identity: the same counters, the same second factor. */
export interface LogonPort {
  admit(tx: Tx, login: string | undefined, sourceIp: string | undefined): Promise<RefusalCode | undefined>
  failed(
    tx: Tx,
    about: { login: string; tenantId?: string; personId?: string; factor: string; code: RefusalCode; cause?: string },
  ): Promise<DomainEvent[]>
  /** The account of a person in the tenant of the transaction. */
  accountOf(tx: ReadTx, personId: string): Promise<{ id: string; login: string; mayLogOn: boolean } | undefined>
  challenge(tx: Tx, accountId: string, firstFactor: string): Promise<LogonChallenge>
  /** Ends the streak of failures on a name. */
  succeeded(tx: Tx, login: string): Promise<void>
  /** Disables the account at once and ends its sessions; no events where there is none or it was disabled already. */
  disable(tx: Tx, of: { tenantId: string; personId: string; reason: string }): Promise<DomainEvent[]>
  /** Ends the sessions that began by such a factor. */
  endSessions(tx: Tx, personId: string, firstFactor: string): Promise<number>
}

/** Our own provider of OpenID Connect, as the page between a third party and its answer needs it. `cookie` is the header of the browser. */
export interface ProviderPort {
  /** @throws Refusal federation.interaction_expired, federation.client_not_for_you */
  interaction(actor: PersonActor, uid: string, cookie: string | undefined): Promise<InteractionView>
  /** Where the browser goes on. @throws the same */
  decide(actor: PersonActor, uid: string, of: { allow: boolean; cookie: string | undefined }): Promise<Decided>
}
export interface InteractionView {
  readonly nameZh: string
  readonly nameEn: string
  readonly host: string
  readonly claims: { claim: ClientClaim; value: string }[]
}
export interface Decided {
  readonly redirectTo: string
  readonly clientId: string
  readonly claims: readonly ClientClaim[]
}

/** What federation asks of others; the composition root wires it. */
export interface FederationDeps {
  readonly db: Database
  readonly clock: Clock
  readonly seal: Sealer
  readonly origin: string
  readonly httpsOnly: boolean
  /** Hosts that sources may lead to, as the deployment says; none where empty. */
  readonly hosts: readonly string[]
  /** The content of a secret's file of that unit; undefined where there is none. One unit's source never uses another's. */
  secret(tenantId: string, name: string): Promise<string | undefined>
  readonly oidc: OidcClient
  readonly directory: Directory
  readonly logon: LogonPort
  readonly processes: readonly ServiceKey[]
  readonly provider: ProviderPort
  names(tx: ReadTx, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  peopleOf(tx: ReadTx, tenantId: string, ids: readonly string[]): Promise<ReadonlySet<string>>
  trained(tx: ReadTx, ids: readonly string[], at: Date): Promise<ReadonlySet<string>>
  /** A person of that unit by their identity number, which nobody keeps. */
  personOf(tx: ReadTx, tenantId: string, identityNumber: string): Promise<string | undefined>
}
export type ServiceOf = (token: string, sourceIp: string) => Promise<ServiceActor | undefined>
