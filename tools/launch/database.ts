// The database of an installation: the embedded one or the one HUABIAO_DATABASE_URL names, with roles and schema up to date.
import { closeSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureRoles } from '@huabiao/kit/db/roles'
import pg from 'pg'
import type { ChildSpec } from './keep-running.ts'
import { openLog } from './logs.ts'
import { accepts } from './node-child.ts'
import { initialise, postgresUrl, startPostgres, stopPostgres, superuser } from './postgres.ts'
import type { PostgresPlace } from './postgres-place.ts'
import { checkout, type Secrets, type StateFolder } from './state.ts'

const databaseName = 'huabiao'
const ownerName = 'huabiao_owner'

export interface DatabaseUrls {
  owner: string
  app: string
  signer: string
}

function withLogin(url: string, user: string, password: string): string {
  const address = new URL(url)
  address.username = user
  address.password = password
  return address.href
}

/** The addresses that each process connects with. */
export function databaseUrls(secrets: Secrets, port: number): DatabaseUrls {
  const owner = secrets.databaseUrl ?? postgresUrl(port, ownerName, secrets.owner, databaseName)
  return {
    owner,
    app: withLogin(owner, 'huabiao_app', secrets.app),
    signer: withLogin(owner, 'huabiao_signer', secrets.signer),
  }
}

/** The embedded server as a child of the supervisor. */
export function postgresChild(state: StateFolder, place: PostgresPlace, secrets: Secrets, port: number): ChildSpec {
  const logFile = state.logFile('postgres')
  return {
    name: 'postgres',
    fingerprint: `${place.nativeDir} ${place.dataDir} ${port}`,
    pidFile: state.pidFile('postgres'),
    logFile,
    port,
    async start() {
      await initialise(place, secrets.superuser)
      const logFd = openLog(logFile)
      try {
        return await startPostgres({ place, superuserPassword: secrets.superuser, port, logFd })
      } finally {
        closeSync(logFd)
      }
    },
    stop: stopPostgres,
    ready: () => accepts({ host: '127.0.0.1', port }),
  }
}

/**
 * Gives the embedded server an owner that is no superuser, as a managed PostgreSQL would, so that nothing comes to rely on
 * more. Passwords are set on each start, and an error must not write the statement that holds one to the log.
 */
export async function ensureOwner(secrets: Secrets, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl(port, superuser, secrets.superuser, 'postgres') })
  await client.connect()
  try {
    await client.query('set log_min_error_statement = panic')
    const role = await client.query('select 1 from pg_roles where rolname = $1', [ownerName])
    if (role.rowCount === 0) await client.query(`create role ${ownerName}`)
    await client.query(`alter role ${ownerName} login createrole createdb password ${pg.escapeLiteral(secrets.owner)}`)
    const database = await client.query('select 1 from pg_database where datname = $1', [databaseName])
    if (database.rowCount === 0) await client.query(`create database ${databaseName} owner ${ownerName}`)
  } finally {
    await client.end()
  }
}

/** Makes the roles and brings the schema up to date; returns the names of the migrations applied. */
export async function bringUpToDate(urls: DatabaseUrls, secrets: Secrets): Promise<string[]> {
  await ensureRoles(urls.owner, { app: secrets.app, signer: secrets.signer })
  if (await isUpToDate(urls.owner)) return []
  // Loaded only when there is something to do: most starts have nothing, and the migrator is a third of what they would load.
  const { migrate } = await import('@huabiao/kit/db/migrate')
  return migrate(urls.owner)
}

/** Whether the migrator has nothing to do: its own table names every migration of the checkout. */
async function isUpToDate(ownerUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    const known = await client.query<{ there: boolean }>("select to_regclass('kysely_migration') is not null as there")
    if (!known.rows[0]?.there) return false
    const { rows } = await client.query<{ name: string }>('select name from kysely_migration')
    const applied = new Set(rows.map((row) => row.name))
    const wanted = migrationsInCheckout()
    // A schema newer than the checkout is the migrator's to refuse.
    return applied.size === wanted.length && wanted.every((name) => applied.has(name))
  } finally {
    await client.end()
  }
}

/** Names of the migrations in the checkout. */
export function migrationsInCheckout(): string[] {
  const domains = readdirSync(join(checkout, 'domains'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const folders = [join(checkout, 'kit', 'db'), ...domains.map((entry) => join(checkout, 'domains', entry.name))]
  return folders.flatMap((folder) => {
    try {
      return readdirSync(join(folder, 'migrations'))
        .filter((name) => name.endsWith('.sql'))
        .map((name) => name.slice(0, -'.sql'.length))
    } catch {
      return []
    }
  })
}
