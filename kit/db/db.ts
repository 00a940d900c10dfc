import type { Actor } from '@huabiao/kit/actor/actor'
import { hasOversight } from '@huabiao/kit/actor/actor'
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
  /** Calls back for each NOTIFY on the channel; reconnects by itself. Returns a function that ends it. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

export interface DatabaseOptions {
  url: string
  poolSize?: number
  applicationName?: string
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
    transact: (scope, run) => within(kysely, 'begin', scope, run),
    read: (scope, run) => within(kysely, 'begin read only', scope, run),
    listen: async (channel, onNotify) => {
      const end = await listenOn(options.url, channel, onNotify)
      listeners.add(end)
      return async () => {
        listeners.delete(end)
        await end()
      }
    },
    close: async () => {
      await Promise.all([...listeners].map((end) => end()))
      await kysely.destroy()
    },
  }
}

/** Opens the transaction and says who is asking in one message: every request has several, and each way to the server is paid by somebody. */
function within<T>(kysely: Kysely<Tables>, begin: string, scope: Scope, run: (tx: Tx) => Promise<T>): Promise<T> {
  return kysely.connection().execute(async (connection) => {
    try {
      await sql.raw(`${begin}; ${scopeText(scope)}`).execute(connection)
      const result = await run(connection as Tx)
      await sql`commit`.execute(connection)
      return result
    } catch (error) {
      // Where the connection itself is gone there is nothing left to roll back, and the first error is the one to tell.
      await sql`rollback`.execute(connection).catch(() => {})
      throw error
    }
  })
}

function scopeText(scope: Scope): string {
  const tenantId = scope.kind === 'person' || scope.kind === 'tenant' ? scope.tenantId : ''
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
