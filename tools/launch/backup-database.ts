// The rows of a database as files, and back. Rows are written as PostgreSQL itself writes a record and read by it again, so that
// every type and every null survives; the schema comes from the migrations. The embedded server brings no pg_dump, and this asks
// for no more than the owner of one database may do, so that it serves a managed PostgreSQL as well.
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import pg from 'pg'
import type { Manifest, TableCount } from './backup-manifest.ts'

const pageRows = 500
const quoted = pg.escapeIdentifier
const list = (names: readonly string[]): string => names.map(quoted).join(', ')
export const rowsFile = (table: string): string => `database/${table}.rows`

/** The texts of values depend on these; so they are the same when written and when read. */
const plainTexts = `set local datestyle = 'iso'; set local intervalstyle = 'postgres'; set local timezone = 'UTC';
  set local extra_float_digits = 1; set local bytea_output = 'hex'; set local row_security = off; set local statement_timeout = 0`

export async function withClient<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'huabiao-backup', connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

/** Runs within one transaction; for reading, all of it sees one moment. */
export async function transaction<T>(client: pg.Client, mode: string, run: () => Promise<T>): Promise<T> {
  await client.query(`begin ${mode}; ${plainTexts}`)
  try {
    const result = await run()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Goes through the rows of a query a page at a time, whatever their number. */
export async function* pages<T extends pg.QueryResultRow>(client: pg.Client, query: string): AsyncGenerator<T[]> {
  await client.query(`declare backup_rows no scroll cursor for ${query}`)
  for (;;) {
    const { rows } = await client.query<T>(`fetch ${pageRows} from backup_rows`)
    if (rows.length === 0) break
    yield rows
  }
  await client.query('close backup_rows')
}

/** Tables with the columns that are stored; what is computed from them is computed again. The migrator's own are not data. */
async function storedTables(client: pg.Client): Promise<{ name: string; columns: string[] }[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname not like 'kysely\\_%'
     group by c.relname order by c.relname`,
  )
  return rows
}

/** Writes every table, within a transaction that sees one moment. */
export async function dumpTables(client: pg.Client, folder: string): Promise<TableCount[]> {
  const counts: TableCount[] = []
  for (const { name, columns } of await storedTables(client)) {
    const file = createWriteStream(join(folder, rowsFile(name)), { mode: 0o600, flags: 'wx' })
    let rows = 0
    for await (const page of pages<{ row: string }>(
      client,
      `select row(${list(columns)})::text as row from only ${quoted(name)}`,
    )) {
      rows += page.length
      // A line each: as JSON a text has no line feed of its own.
      if (!file.write(page.map(({ row }) => `${JSON.stringify(row)}\n`).join('')))
        await new Promise((resolve) => file.once('drain', resolve))
    }
    file.end()
    await finished(file)
    counts.push({ name, columns, rows })
  }
  return counts
}

/** Where the sequences stand. Read after the rows: a number too far leaves a gap, one too low would be given twice. */
export async function readSequences(client: pg.Client): Promise<{ name: string; value: number }[]> {
  const { rows } = await client.query<{ name: string; value: string }>(
    `select sequencename as name, last_value::text as value from pg_sequences where schemaname = 'public' and last_value is not null`,
  )
  return rows.map(({ name, value }) => ({ name, value: Number(value) }))
}

async function insertRows(client: pg.Client, { name, columns }: TableCount, folder: string): Promise<void> {
  const shape = 'pg_temp.backup_shape'
  await client.query(`create temporary table backup_shape as select ${list(columns)} from only ${quoted(name)} with no data`)
  const insert = (rows: readonly string[]) =>
    client.query(`insert into ${quoted(name)} (${list(columns)}) overriding system value select * from unnest($1::${shape}[])`, [
      rows,
    ])
  const file = await open(join(folder, rowsFile(name)))
  let page: string[] = []
  for await (const line of file.readLines()) {
    page.push(JSON.parse(line) as string)
    if (page.length < pageRows) continue
    await insert(page)
    page = []
  }
  if (page.length > 0) await insert(page)
  await client.query('drop table pg_temp.backup_shape')
}

/**
 * Puts the rows of a backup in place of whatever the migrations made, all of it or nothing. References are taken off and put back,
 * which checks every one of them; triggers rest meanwhile, since they speak of acts, and these acts have been.
 */
export async function loadTables(client: pg.Client, manifest: Manifest, folder: string): Promise<void> {
  const { rows: references } = await client.query<{ table: string; name: string; definition: string }>(
    `select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0`,
  )
  const tables = (await storedTables(client)).map(({ name }) => quoted(name))
  for (const table of tables) await client.query(`alter table ${table} disable trigger user`)
  for (const { table, name } of references) await client.query(`alter table ${table} drop constraint ${name}`)
  if (tables.length > 0) await client.query(`truncate ${tables.join(', ')}`)
  for (const table of manifest.tables) await insertRows(client, table, folder)
  for (const { table, name, definition } of references)
    await client.query(`alter table ${table} add constraint ${name} ${definition}`)
  for (const table of tables) await client.query(`alter table ${table} enable trigger user`)
  for (const { name, value } of manifest.sequences) await client.query('select setval($1::regclass, $2)', [quoted(name), value])
}

export async function countRows(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`select count(*)::text as count from only ${quoted(table)}`)
  return Number(rows[0]!.count)
}

export async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const known = await client.query<{ there: boolean }>("select to_regclass('kysely_migration') is not null as there")
  if (!known.rows[0]?.there) return []
  return (await client.query<{ name: string }>('select name from kysely_migration order by name')).rows.map(({ name }) => name)
}
