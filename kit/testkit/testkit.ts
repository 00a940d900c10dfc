// A real PostgreSQL database for a test file: a clone of the migrated template that the run's global setup made.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { inject } from 'vitest'

/** What the global setup hands to the test files. */
export interface TestServer {
  adminUrl: string
  template: string
  passwords: { owner: string; app: string; signer: string }
}

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer
  }
}

export interface TestDatabase {
  /** Owns the tables and may create databases: for migrations and for looking behind row-level security. */
  ownerUrl: string
  appUrl: string
  signerUrl: string
  /** Optional: what is not dropped goes with the run's server. */
  drop(): Promise<void>
}

function address(server: TestServer, user: string, password: string, database: string): string {
  const url = new URL(server.adminUrl)
  url.username = user
  url.password = password
  url.pathname = `/${database}`
  return url.href
}

async function administer(server: TestServer, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.adminUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** object_in_use: a clone refuses while anybody, such as another clone, is connected to the template. */
const isBusy = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '55006'

/** Clones the template. `wal_log` copies 12 times faster than `file_copy` for a database of this size. */
async function cloneTemplate(server: TestServer, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await administer(server, `create database ${name} template ${server.template} owner huabiao_owner strategy wal_log`)
    } catch (error) {
      if (!isBusy(error) || attempt === 100) throw error
      await sleep(20 + Math.min(attempt, 10) * 10)
    }
  }
}

export async function testDatabase(): Promise<TestDatabase> {
  const server = inject('testServer')
  const name = `${server.template}_${randomBytes(6).toString('hex')}`
  await cloneTemplate(server, name)
  return {
    ownerUrl: address(server, 'huabiao_owner', server.passwords.owner, name),
    appUrl: address(server, 'huabiao_app', server.passwords.app, name),
    signerUrl: address(server, 'huabiao_signer', server.passwords.signer, name),
    drop: () => administer(server, `drop database if exists ${name} with (force)`),
  }
}
