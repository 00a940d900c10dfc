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

/** Brings the schema up to date as its owner, or to what `only` names: that of a backup. Returns the names applied. One lock serves concurrent starts (Kysely's migrator). */
export async function migrate(ownerUrl: string, only?: ReadonlySet<string>): Promise<string[]> {
  const files = (await migrationFiles()).filter((file) => only?.has(basename(file, '.sql')) ?? true)
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
