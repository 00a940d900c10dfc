import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Every migration of kit and domains, sorted by the time in its name: forward only, expand then contract. */
async function migrationFiles(): Promise<string[]> {
  const folders = [join(root, 'kit/db/migrations')]
  for (const entry of await readdir(join(root, 'domains'), { withFileTypes: true }))
    if (entry.isDirectory()) folders.push(join(root, 'domains', entry.name, 'migrations'))
  const files: string[] = []
  for (const folder of folders)
    for (const name of await readdir(folder).catch(() => [] as string[]))
      if (name.endsWith('.sql')) files.push(join(folder, name))
  return files.sort((a, b) => basename(a).localeCompare(basename(b), 'en'))
}

/**
 * Makes the roles that our processes connect as: they own nothing and bypass nothing. `ownerUrl` needs CREATEROLE.
 * Passwords are set on each call, so a lost secrets file heals by the next start.
 */
export async function ensureRoles(ownerUrl: string, passwords: { app: string; signer: string }): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    for (const [role, password] of [
      ['huabiao_app', passwords.app],
      ['huabiao_signer', passwords.signer],
    ] as const) {
      const found = await client.query('select 1 from pg_roles where rolname = $1', [role])
      // Two starts at once: the loser's role exists already, which is what was wanted.
      if (found.rowCount === 0)
        await client.query(`create role ${role} login nosuperuser nocreatedb nocreaterole nobypassrls`).catch(ignoreDuplicate)
      await client.query(`alter role ${role} password ${pg.escapeLiteral(password)}`)
    }
  } finally {
    await client.end()
  }
}

const ignoreDuplicate = (error: { code?: string }): void => {
  if (error.code !== '42710' && error.code !== '23505') throw error
}

/** Brings the schema up to date as its owner; returns the names applied. One lock serves concurrent starts (Kysely's migrator). */
export async function migrate(ownerUrl: string): Promise<string[]> {
  const files = await migrationFiles()
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 2 })
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    const migrations = Object.fromEntries(
      files.map((file) => [
        basename(file, '.sql'),
        { up: async (db: Kysely<never>) => void (await sql.raw(await readFile(file, 'utf8')).execute(db)) },
      ]),
    )
    const migrator = new Migrator({
      db: kysely,
      provider: { getMigrations: async () => migrations },
      allowUnorderedMigrations: true,
    })
    const { error, results } = await migrator.migrateToLatest()
    if (error) {
      const failed = results?.find((result) => result.status === 'Error')
      throw new Error(
        `migration ${failed?.migrationName ?? ''} failed: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      )
    }
    return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName)
  } finally {
    await kysely.destroy()
  }
}
