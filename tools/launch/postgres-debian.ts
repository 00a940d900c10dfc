// Debian's own PostgreSQL 15, the oldest we support, as a server of a test's own: on loopback and in a folder that goes with it.
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePackages, type SystemPackage } from './packages.ts'
import { anyFreePort } from './ports.ts'
import { initialise, postgresUrl, startPostgres, superuser } from './postgres.ts'
import type { PostgresPlace } from './postgres-place.ts'
import { terminate } from './proc.ts'
import { postgresIdentity } from './unix-identity.ts'

const nativeDir = '/usr/lib/postgresql/15'
export const postgres15: SystemPackage = { name: 'postgresql-15', proof: [`${nativeDir}/bin/postgres`] }

/** Its programs, and a folder for its data that the account which runs them owns. */
export async function debianPlace(folder: string): Promise<PostgresPlace> {
  await ensurePackages([postgres15], (text) => console.log(text))
  const identity = postgresIdentity()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o711)
  const own = join(folder, 'postgres')
  mkdirSync(own, { recursive: true, mode: 0o700 })
  if (identity !== undefined) chownSync(own, identity.uid, identity.gid)
  return { nativeDir, dataDir: join(own, 'data'), identity, version: '15' }
}

export interface DebianPostgres {
  /** The superuser's address, for whoever administers the server. */
  readonly adminUrl: string
  readonly port: number
  stop(): Promise<void>
}

export async function startDebianPostgres(folder: string): Promise<DebianPostgres> {
  const place = await debianPlace(folder)
  const superuserPassword = randomBytes(24).toString('hex')
  await initialise(place, superuserPassword, false)
  const port = await anyFreePort()
  const logFd = openSync(join(folder, 'postgres.log'), 'a', 0o600)
  const server = await startPostgres({ place, superuserPassword, port, logFd, settings: { fsync: 'off' } })
  closeSync(logFd)
  return {
    adminUrl: postgresUrl(port, superuser, superuserPassword, 'postgres'),
    port,
    stop: async () => {
      await terminate(server.id, 10_000, 'SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
