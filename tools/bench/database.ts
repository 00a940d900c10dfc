import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@huabiao/kit/db/migrate'
import { ensureRoles } from '@huabiao/kit/db/roles'
import pg from 'pg'
import { anyFreePort } from '../launch/ports.ts'
import { initialise, postgresUrl, startPostgres, superuser } from '../launch/postgres.ts'
import { placePostgres } from '../launch/postgres-place.ts'

export interface BenchDatabase {
  readonly ownerUrl: string
  readonly appUrl: string
  stop(): Promise<void>
}

/** The embedded PostgreSQL as `huabiao up` starts it, fsync and all, migrated, and with nobody else on it. */
export async function startDatabase(): Promise<BenchDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'hb-bench-'))
  chmodSync(folder, 0o711)
  const [superuserPassword, owner, app, signer] = Array.from({ length: 4 }, () => randomBytes(24).toString('hex')) as [
    string,
    string,
    string,
    string,
  ]
  const place = await placePostgres(folder)
  await initialise(place, superuserPassword)
  const port = await anyFreePort()
  const logFd = openSync(join(folder, 'postgres.log'), 'a', 0o600)
  const server = await startPostgres({ place, superuserPassword, port, logFd })
  closeSync(logFd)
  const client = new pg.Client({ connectionString: postgresUrl(port, superuser, superuserPassword, 'postgres') })
  await client.connect()
  await client.query(`create role huabiao_owner login createrole createdb password '${owner}'`)
  await client.query('create database huabiao owner huabiao_owner')
  await client.end()
  const ownerUrl = postgresUrl(port, 'huabiao_owner', owner, 'huabiao')
  await ensureRoles(ownerUrl, { app, signer })
  await migrate(ownerUrl)
  return {
    ownerUrl,
    appUrl: postgresUrl(port, 'huabiao_app', app, 'huabiao'),
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
