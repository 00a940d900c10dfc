import type { PersonActor, ServiceActor } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { PasswordHasher } from '@huabiao/kit/crypto/password'
import type { Sealer } from '@huabiao/kit/crypto/seal'
import type { Database, ReadTx } from '@huabiao/kit/db/db'
import type { ServiceKey } from '@huabiao/kit/http/service-auth'

/** What identity asks of others; the composition root wires it. */
export interface IdentityDeps {
  db: Database
  clock: Clock
  /** 32 bytes from a file outside the database: seals authenticator secrets and blinds the keys of the throttle. */
  secretKey: Uint8Array
  /** Roles of live bindings (access). */
  rolesOf(tx: ReadTx, personId: string): Promise<{ roles: readonly string[] }>
  /** The session of a token, with the roles in force: both in one statement, before any scope is known (access). */
  sessionWithRoles<S>(tx: ReadTx, tokenSha256: string): Promise<(S & { roles: readonly string[] }) | undefined>
  rolesOfAll(tx: ReadTx, personIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
  /** Permissions allowed now, for the buttons of a console (access); none where absent. */
  actionsOf?(tx: ReadTx, actor: PersonActor): Promise<readonly string[]>
  /** Whether the person may wear the role now (access); any live role where absent. */
  canWear?(tx: ReadTx, personId: string, role: string): Promise<boolean>
  services: readonly ServiceKey[]
  /** The program whose token this is (federation); nobody's where absent. */
  serviceOf?(token: string, sourceIp: string): Promise<ServiceActor | undefined>
  /** Cookies get `Secure`; true wherever TLS ends in front of us or here. */
  httpsOnly: boolean
  /** `https://cloud.example.gov.cn`: for CSRF and WebAuthn. */
  origin: string
  /** `https://cloud.example.gov.cn:8643`: where TLS asks for client certificates. */
  certificateOrigin?: string | undefined
  /** RL-20: refuse logon from a terminal that is not registered. Off, the actor merely shows no terminal, and policies ask for one. */
  terminalRequired?: boolean
}

/** The deps and what is made of them once. */
export interface IdentityKit extends IdentityDeps {
  hasher: PasswordHasher
  seal: Sealer
  /** The WebAuthn relying party: the name of the origin, and the addresses under that name where our pages are. */
  rp: { id: string; name: string; origins: string[] }
  /** Digest of a throttle key, so that the table lists no names. */
  blind(text: string): string
}
