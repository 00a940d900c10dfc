// Vitest's global setup: one PostgreSQL for the whole run and one migrated template that test files clone.
// HUABIAO_TEST_PG=15 takes Debian's PostgreSQL 15, the oldest we support, instead of the embedded one; HUABIAO_TEST_PG_URL (a
// superuser's address) any other.
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestServer } from '@huabiao/kit/testkit/testkit'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { anyFreePort } from './ports.ts'
import { initialise, postgresUrl, startPostgres, superuser } from './postgres.ts'
import { debianPlace } from './postgres-debian.ts'
import { placePostgres } from './postgres-place.ts'
import { identify, isAlive, type ProcessId, terminate } from './proc.ts'

const folderPrefix = 'huabiao-test-'

const testSettings = {
  // Speed only: what a test writes need not survive the machine.
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '200',
  autovacuum: 'off',
}

/** A run that was killed leaves its server behind; the next one sweeps it away. */
async function sweepLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(folderPrefix))) {
    const folder = join(tmpdir(), name)
    try {
      const owner: ProcessId = JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'))
      if (isAlive(owner)) continue
      await stopServerIn(folder)
      rmSync(folder, { recursive: true, force: true })
    } catch {
      // A folder another run is only just making, or of another user: not ours to sweep.
    }
  }
}

async function stopServerIn(folder: string): Promise<void> {
  const file = join(folder, 'server.json')
  if (existsSync(file)) await terminate(JSON.parse(readFileSync(file, 'utf8')), 5_000, 'SIGQUIT')
}

async function startOwnServer(): Promise<{ adminUrl: string; stop: () => Promise<void> }> {
  await sweepLeftovers()
  const folder = mkdtempSync(join(tmpdir(), folderPrefix))
  chmodSync(folder, 0o711)
  writeFileSync(join(folder, 'owner.json'), JSON.stringify(identify(process.pid)))
  const logFd = openSync(join(folder, 'postgres.log'), 'a', 0o600)
  const place = process.env.HUABIAO_TEST_PG === '15' ? await debianPlace(folder) : await placePostgres(folder)
  const superuserPassword = randomBytes(24).toString('hex')
  await initialise(place, superuserPassword, false)
  const port = await anyFreePort()
  const server = await startPostgres({ place, superuserPassword, port, logFd, settings: testSettings })
  writeFileSync(join(folder, 'server.json'), JSON.stringify(server.id))
  closeSync(logFd)
  const stop = async () => {
    // Nothing in it is worth a checkpoint.
    await terminate(server.id, 10_000, 'SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  }
  return { adminUrl: postgresUrl(port, superuser, superuserPassword, 'postgres'), stop }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Passwords of the test roles: the same in every run on one server, since roles belong to the server and runs share it. */
const derivedPassword = (adminUrl: string, role: string): string =>
  createHash('sha256').update(`${role} ${adminUrl}`).digest('hex').slice(0, 48)

const withLogin = (adminUrl: string, user: string, password: string, database: string): string => {
  const url = new URL(adminUrl)
  url.username = user
  url.password = password
  url.pathname = `/${database}`
  return url.href
}

async function runOn(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** The migrations are being written while the suite already runs: without the file the template stays empty. */
async function migrateTemplate(server: TestServer, ownerUrl: string): Promise<void> {
  const file = join(import.meta.dirname, '..', '..', 'kit', 'db', 'migrate.ts')
  if (!existsSync(file)) return
  const { ensureRoles } = await import('@huabiao/kit/db/roles')
  const { migrate } = await import('@huabiao/kit/db/migrate')
  await ensureRoles(ownerUrl, { app: server.passwords.app, signer: server.passwords.signer })
  await migrate(ownerUrl)
}

async function makeTemplate(adminUrl: string): Promise<TestServer> {
  const template = `huabiao_template_${randomBytes(6).toString('hex')}`
  const owner = 'huabiao_owner'
  const passwords = {
    owner: derivedPassword(adminUrl, owner),
    app: derivedPassword(adminUrl, 'huabiao_app'),
    signer: derivedPassword(adminUrl, 'huabiao_signer'),
  }
  await runOn(adminUrl, [
    // Runs that share a server make the role one after the other.
    'select pg_advisory_lock(7240911)',
    `do $$ begin if not exists (select from pg_roles where rolname = '${owner}') then create role ${owner}; end if; end $$`,
    `alter role ${owner} login createrole createdb password '${passwords.owner}'`,
    `create database ${quoted(template)} owner ${owner}`,
  ])
  const server: TestServer = { adminUrl, template, passwords }
  await migrateTemplate(server, withLogin(adminUrl, owner, passwords.owner, template))
  return server
}

async function dropDatabases(adminUrl: string, template: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  const names = await client.query<{ datname: string }>('select datname from pg_database where datname like $1', [`${template}%`])
  for (const { datname } of names.rows) {
    await client.query(`drop database if exists ${quoted(datname)} with (force)`)
    await sleep(0)
  }
  await client.end()
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env.HUABIAO_TEST_PG_URL
  const own = external === undefined || external === '' ? await startOwnServer() : undefined
  const adminUrl = own?.adminUrl ?? external ?? ''
  try {
    const server = await makeTemplate(adminUrl)
    project.provide('testServer', server)
    return own?.stop ?? (() => dropDatabases(adminUrl, server.template))
  } catch (error) {
    await own?.stop()
    throw error
  }
}
