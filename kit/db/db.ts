import type { Actor } from '@huabiao/kit/actor/actor'
import { hasOversight } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import { preparingClient } from '@huabiao/kit/db/prepared'
import { Unavailable } from '@huabiao/kit/errors/errors'
import { Kysely, type LogEvent, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'

/** Each store adds its tables by declaration merging: `declare module '@huabiao/kit/db/db' { interface Tables { … } }`. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the stores
export interface Tables {}

/** A read-write transaction. Always the first, required parameter of whatever touches the database. */
export type Tx = Transaction<Tables>
/** A read-only transaction: it has no way to write, and PostgreSQL opened it read only. */
export type ReadTx = Pick<Tx, 'selectFrom' | 'fn' | 'getExecutor'>

/** Whose rows a transaction sees. An actor's own tenant; `{ tenantId }` for work of the platform on one tenant; `nobody` sees no tenant row. */
export type Scope = Actor | { readonly kind: 'tenant'; readonly tenantId: string } | { readonly kind: 'nobody' }

export interface Database {
  transact<T>(scope: Scope, run: (tx: Tx) => Promise<T>): Promise<T>
  read<T>(scope: Scope, run: (tx: ReadTx) => Promise<T>): Promise<T>
  /** One statement alone, by nobody: it sees no tenant row, and what it asks is a definer's function. Neither a transaction nor a scope is paid for. */
  ask<T>(run: (tx: ReadTx) => Promise<T>): Promise<T>
  /** Calls back for each NOTIFY on the channel; reconnects by itself. Returns a function that ends it. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>
  /** Connections of the pool; `waiting` are those who ask for one. */
  pool(): { total: number; idle: number; waiting: number }
  close(): Promise<void>
}

export interface DatabaseOptions {
  url: string
  poolSize?: number
  applicationName?: string
  /** Our clock, where what is written carries its time: nothing is written while the database's tells that it runs wrong. */
  clock?: Clock
  /** Hears every statement of a transaction, its scope included; for counting them. */
  onStatement?: (sql: string) => void
}

pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint out of range: ${text}`)
  return value
})
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number)

export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    Client: preparingClient(),
    // What does not wait for the answer before it is sent with it: the opening of a transaction, and look-ups side by side.
    pipeline: true,
    connectionString: options.url,
    max: options.poolSize ?? 10,
    application_name: options.applicationName ?? 'huabiao',
    connectionTimeoutMillis: 5_000,
    // A new connection costs both sides ten milliseconds of SCRAM: ten quiet seconds are no reason to let one go.
    idleTimeoutMillis: 300_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
  })
  // An idle connection that breaks (the database was restarted) must not end the process: the next checkout makes a new one.
  pool.on('error', () => {})
  // Nor must one that breaks while a transaction holds it: the statement fails, and that is answered.
  pool.on('connect', (client) => client.on('error', () => {}))
  const { onStatement } = options
  const log = onStatement && ((event: LogEvent): void => onStatement(event.query.sql))
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), ...(log ? { log } : {}) })
  const listeners = new Set<() => Promise<void>>()
  return {
    transact: (scope, run) => within(kysely, `begin; ${clockText(options.clock)}`, scope, run),
    read: (scope, run) => within(kysely, 'begin read only;', scope, run),
    ask: (run) => run(kysely),
    listen: async (channel, onNotify) => {
      const end = await listenOn(options.url, channel, onNotify)
      listeners.add(end)
      return async () => {
        listeners.delete(end)
        await end()
      }
    },
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: async () => {
      await Promise.all([...listeners].map((end) => end()))
      await kysely.destroy()
    },
  }
}

/**
 * Opens the transaction and says who is asking in one message: every request has several, and each way to the server is paid by somebody.
 * Nobody waits for it: the first statement goes to the server with it. Where it fails, all that follows fails with it, since a transaction
 * whose opening failed is aborted; what is told then is why it did.
 */
function within<T>(kysely: Kysely<Tables>, begin: string, scope: Scope, run: (tx: Tx) => Promise<T>): Promise<T> {
  return kysely.connection().execute(async (connection) => {
    const begun = sql.raw(`${begin} ${scopeText(scope)}`).execute(connection)
    begun.catch(() => {})
    try {
      const result = await run(connection as Tx)
      await begun
      await sql`commit`.execute(connection)
      return result
    } catch (error) {
      // Where the connection itself is gone there is nothing left to roll back, and the first error is the one to tell.
      await sql`rollback`.execute(connection).catch(() => {})
      const told = await begun.then(
        () => error,
        (first: unknown) => first,
      )
      if (told instanceof Error && told.message.includes(clockFault)) throw new Unavailable('clock', true, told)
      throw told
    }
  })
}

/** Ahead of the database a clock is wrong; behind it, it may be the statement that is late, as long as one may wait. */
const aheadMaxS = 2
const behindMaxS = 35
const clockFault = 'clocks_disagree'
/** In the same message as the beginning, so that it costs no way to the server: a cast of a word to a number fails where the clocks disagree. */
const clockText = (clock: Clock | undefined): string =>
  clock
    ? `select case when ours - clock_timestamp() < interval '${aheadMaxS} s' and clock_timestamp() - ours < interval '${behindMaxS} s' then 0
       else (left(ours::text, 0) || '${clockFault}')::int end from (values (${pg.escapeLiteral(clock.now().toISOString())}::timestamptz)) as t (ours);`
    : ''

function scopeText(scope: Scope): string {
  const tenantId = ('tenantId' in scope && scope.tenantId) || ''
  const personId = scope.kind === 'person' ? scope.personId : ''
  const oversight = scope.kind === 'person' && hasOversight(scope) ? 'on' : 'off'
  const set = (name: string, value: string): string => `set_config('app.${name}', ${pg.escapeLiteral(value)}, true)`
  return `select ${set('tenant_id', tenantId)}, ${set('person_id', personId)}, ${set('oversight', oversight)}`
}

/**
 * Goes on in another tenant's rows within the same transaction: for acts of one party on another's record, such as a customer's
 * consent to a provider's change. Call it only with the tenant of a row the actor was able to see.
 */
export async function enterTenant(tx: Tx, tenantId: string): Promise<void> {
  await sql`select set_config('app.tenant_id', ${tenantId}, true)`.execute(tx)
}

async function listenOn(url: string, channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>> {
  let ended = false
  let client: pg.Client | undefined
  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url, application_name: `huabiao listen ${channel}` })
    next.on('notification', (message) => onNotify(message.payload ?? ''))
    next.on('error', () => next.end().catch(() => {}))
    next.on('end', () => {
      if (!ended) setTimeout(() => void connect().catch(() => {}), 500)
    })
    await next.connect()
    await next.query(`listen ${pg.escapeIdentifier(channel)}`)
    client = next
    // Whatever was notified while away is found by a look at the table.
    onNotify('')
  }
  await connect()
  return async () => {
    ended = true
    await client?.end()
  }
}

/** PostgreSQL error code of a failed statement (23505 unique, 23P01 exclusion, HB… our own), or undefined. */
export const sqlState = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined
