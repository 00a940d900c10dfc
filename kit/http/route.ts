import type { Door, PersonActor, ServiceActor } from '@huabiao/kit/actor/actor'
import type { DomainEvent, Endpoint, InputOf, ViewOf } from '@huabiao/kit/contract/contract'
import type { ReadTx, Tx } from '@huabiao/kit/db/db'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Somebody without a session: all that a public endpoint may know of its caller. */
export interface Visitor {
  readonly kind: 'visitor'
  readonly sourceIp: string
  readonly userAgent: string
  readonly door: Door
  readonly headers: Readonly<Record<string, string | undefined>>
  /** DER of the TLS client certificate, where one was presented; it proves nothing while there is a fault. */
  readonly clientCertificate: Uint8Array | undefined
  /** Why its chain did not verify, in the words of TLS: `CERT_HAS_EXPIRED`; undefined where it did. */
  readonly clientCertificateFault: string | undefined
}

export interface Outcome<V> {
  readonly view: V
  /** What happened; written to the ledger in the same transaction. A command without events must say `unchanged: true`. */
  readonly events?: readonly DomainEvent[]
  readonly unchanged?: true
  readonly headers?: Readonly<Record<string, string>>
  /** Where a protocol asks for another than 200. */
  readonly status?: 201 | 204
}

/** Transactions of a staged command: something slow (hashing, a call to the signer) stands between them, never inside. */
export interface Stages<A> {
  readonly actor: A
  read<T>(run: (tx: ReadTx) => Promise<T>): Promise<T>
  /** Commits `run` and its events together. */
  transact<T>(run: (tx: Tx) => Promise<Outcome<T>>): Promise<T>
  /** Records events alone, durably, before an effect. */
  record(events: readonly DomainEvent[]): Promise<void>
}

export type Run<E extends Endpoint, A> = (tx: Tx, actor: A, input: InputOf<E>) => Promise<Outcome<ViewOf<E>>>
export type Look<E extends Endpoint, A> = (
  tx: ReadTx,
  actor: A,
  input: InputOf<E>,
) => Promise<Outcome<ViewOf<E>> | { view: ViewOf<E> }>
export type Staged<E extends Endpoint, A> = (stages: Stages<A>, input: InputOf<E>) => Promise<Outcome<ViewOf<E>>>
export type Raw<A> = (
  request: FastifyRequest,
  reply: FastifyReply,
  stages: Stages<A>,
  input: InputOf<Endpoint>,
) => Promise<unknown>

/** A mounted endpoint: the contract value and the one function behind it. */
export interface Route {
  readonly endpoint: Endpoint
  readonly kind: 'run' | 'look' | 'staged' | 'raw'
  readonly run: unknown
}

/** A public endpoint sees a visitor whoever asks: a session that happens to be there changes nothing. */
type ActorFor<E extends Endpoint> = E['permission'] extends 'public'
  ? Visitor
  : E['permission'] extends `service:${string}`
    ? ServiceActor
    : PersonActor

/** A command in one transaction: authorisation, transaction, ledger and response check are done around it. */
export const handle = <E extends Endpoint>(endpoint: E, run: Run<E, ActorFor<E>>): Route => ({ endpoint, kind: 'run', run })
/** A query in one read-only transaction. */
export const look = <E extends Endpoint>(endpoint: E, run: Look<E, ActorFor<E>>): Route => ({ endpoint, kind: 'look', run })
/** A command with something slow between its transactions. */
export const handleStaged = <E extends Endpoint>(endpoint: E, run: Staged<E, ActorFor<E>>): Route => ({
  endpoint,
  kind: 'staged',
  run,
})
/** A route that writes its own answer: downloads, uploads and server-sent events. Authentication and permission are checked before it. */
export const handleRaw = <E extends Endpoint>(endpoint: E, run: Raw<ActorFor<E>>): Route => ({ endpoint, kind: 'raw', run })
