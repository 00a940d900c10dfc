// What an external PostgreSQL must give us. Never a superuser: an owner of one database who may make two roles.
import pg from 'pg'

export interface DatabaseFacts {
  readonly version: number
  readonly user: string
  readonly database: string
  readonly readOnly: boolean
  readonly encoding: string
  readonly mayCreateRoles: boolean
  readonly mayCreateInDatabase: boolean
  readonly mayCreateInPublic: boolean
  readonly hasGist: boolean
}

export async function databaseFacts(url: string): Promise<DatabaseFacts> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    const { rows } = await client.query<DatabaseFacts>(`select current_setting('server_version_num')::int as version,
      current_user as "user", current_database() as "database", pg_is_in_recovery() as "readOnly",
      current_setting('server_encoding') as "encoding",
      (select rolcreaterole or rolsuper from pg_roles where rolname = current_user) as "mayCreateRoles",
      has_database_privilege(current_database(), 'create') as "mayCreateInDatabase",
      has_schema_privilege('public', 'create') as "mayCreateInPublic",
      exists (select from pg_available_extensions where name = 'btree_gist') as "hasGist"`)
    return rows[0]!
  } finally {
    await client.end()
  }
}

/** What is missing, each with the statement that mends it. Empty when everything is there. */
export function missingInDatabase(facts: DatabaseFacts): string[] {
  const { user, database } = facts
  const wrong: [boolean, string][] = [
    [facts.version < 150_000, `PostgreSQL 15 or newer is needed; this is ${Math.floor(facts.version / 10_000)}`],
    [facts.readOnly, 'this server is a standby; name the primary'],
    [
      facts.encoding !== 'UTF8',
      `the database must be in UTF8, not ${facts.encoding}: create database … encoding 'UTF8' template template0`,
    ],
    [!facts.mayCreateRoles, `alter role "${user}" createrole   -- it makes huabiao_app and huabiao_signer, which own nothing`],
    [
      !facts.mayCreateInDatabase || !facts.mayCreateInPublic,
      `alter database "${database}" owner to "${user}"   -- it makes the schema and the trusted extension btree_gist`,
    ],
    [!facts.hasGist, 'the extension btree_gist is missing on the server: install its contrib package'],
  ]
  return wrong.flatMap(([applies, text]) => (applies ? [text] : []))
}

/** Why this database cannot be used, in words for who runs it; undefined when it can. The address has a password and is not in them. */
export async function databaseFault(url: string): Promise<string | undefined> {
  const { hostname, port, pathname } = new URL(url)
  const where = `${hostname}:${port || 5432}${pathname}`
  try {
    const missing = missingInDatabase(await databaseFacts(url))
    return missing.length === 0
      ? undefined
      : `the database at ${where} cannot be used yet:\n${missing.map((one) => `  ${one}`).join('\n')}`
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string }
    return `the database at ${where} cannot be reached: ${message || code}; check HUABIAO_DATABASE_URL`
  }
}
