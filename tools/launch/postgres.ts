// The embedded PostgreSQL: made once, started, attached to when it outlived us, stopped. The recipe and the reason of
// each step are in the stack decision, section 5.
import { execFile, spawn } from 'node:child_process'
import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import type { PostgresPlace } from './postgres-place.ts'
import { commandOf, identify, isAlive, isZombie, listProcesses, type ProcessId, signal, terminate, waitGone } from './proc.ts'
import { asIdentity } from './unix-identity.ts'

const run = promisify(execFile)

export const superuser = 'postgres'

export interface PostgresOptions {
  place: PostgresPlace
  superuserPassword: string
  port: number
  /** Open file descriptor that takes what the server prints. */
  logFd: number
  settings?: Record<string, string>
}

export interface RunningPostgres {
  id: ProcessId
  port: number
  /** True when the server had outlived an earlier supervisor. */
  attached: boolean
  gone: Promise<void>
  stop(): Promise<void>
}

export const postgresUrl = (port: number, user: string, password: string, database: string): string =>
  `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`

/** Makes the data folder if there is none. An interrupted initdb leaves no PG_VERSION behind a finished one, so it is redone. */
export async function initialise(place: PostgresPlace, superuserPassword: string, durable = true): Promise<boolean> {
  const done = join(place.dataDir, 'huabiao.initialised')
  if (existsSync(done)) return false
  rmSync(place.dataDir, { recursive: true, force: true })
  const passwordFile = join(dirname(place.dataDir), 'pwfile')
  writeFileSync(passwordFile, superuserPassword, { mode: 0o600 })
  if (place.identity !== undefined) chownSync(passwordFile, place.identity.uid, place.identity.gid)
  try {
    // The built-in provider, which sorts alike on every machine, came with 17.
    const builtin = Number.parseInt(place.version, 10) >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []
    const locale = ['--locale=C.UTF-8', ...builtin]
    const access = [`--username=${superuser}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
    const rest = ['-E', 'UTF8', '--data-checksums', ...(durable ? [] : ['--no-sync'])]
    await run(
      join(place.nativeDir, 'bin', 'initdb'),
      ['-D', place.dataDir, ...access, ...locale, ...rest],
      asIdentity(place.identity),
    )
    writeFileSync(done, '')
  } finally {
    rmSync(passwordFile, { force: true })
  }
  return true
}

/** The server's version, when one answers on this port to our secret. */
async function answers(port: number, password: string): Promise<string | undefined> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: superuser,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const result = await client.query<{ server_version: string }>('show server_version')
    return result.rows[0]?.server_version
  } catch {
    return undefined
  } finally {
    await client.end().catch(() => undefined)
  }
}

interface PostmasterFile {
  pid: number
  port: number
}

function readPostmasterFile(dataDir: string): PostmasterFile | undefined {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), port: Number(lines[3]) }
  } catch {
    return undefined
  }
}

const isPostgres = (pid: number): boolean => commandOf(pid)[0]?.endsWith('postgres') ?? false

/** Servers of a killed postmaster stand in the data folder until they notice; a new one must not start beside them. */
async function waitForStragglers(dataDir: string): Promise<void> {
  const until = performance.now() + 10_000
  while (performance.now() < until && listProcesses().some((one) => one.cwd === dataDir)) await sleep(25)
}

/**
 * Looks at what an earlier run left. Returns the server to attach to, or clears what would make a new one refuse to start:
 * a zombie that init has not reaped still answers kill(pid, 0), and so does a stranger with the same number.
 */
async function findSurvivor(options: PostgresOptions): Promise<{ id: ProcessId; port: number } | undefined> {
  const { dataDir } = options.place
  const until = performance.now() + 15_000
  for (;;) {
    const left = readPostmasterFile(dataDir)
    if (left === undefined) break
    const id = identify(left.pid)
    if (id !== undefined && isPostgres(left.pid)) {
      if ((await answers(left.port, options.superuserPassword)) !== undefined) return { id, port: left.port }
      if (performance.now() > until) throw new Error(`a PostgreSQL (pid ${left.pid}) holds ${dataDir} and does not answer us`)
    } else if (!isZombie(left.pid) || performance.now() > until) {
      await waitForStragglers(dataDir)
      rmSync(join(dataDir, 'postmaster.pid'), { force: true })
      break
    }
    await sleep(50)
  }
  await waitForStragglers(dataDir)
  return undefined
}

/** Waits until a process that is not our child is gone; only /proc tells. */
async function watchGone(id: ProcessId): Promise<void> {
  while (isAlive(id)) await sleep(250, undefined, { ref: false })
}

/** Fast shutdown: sessions are rolled back and closed, the checkpoint is written. */
export async function stopPostgres(id: ProcessId): Promise<void> {
  signal(id, 'SIGINT')
  if (!(await waitGone(id, 30_000))) await terminate(id, 5_000, 'SIGQUIT')
}

function serverArguments(options: PostgresOptions): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(options.port),
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Who it was: a statement that the database refuses is nowhere else recorded.
    log_line_prefix: '%m [%p] %u@%d %a ',
    ...options.settings,
  }
  return ['-D', options.place.dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Starts the server, or attaches to the one that outlived its supervisor. Returns once it answers. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const survivor = await findSurvivor(options)
  if (survivor !== undefined) {
    return { ...survivor, attached: true, gone: watchGone(survivor.id), stop: () => stopPostgres(survivor.id) }
  }
  const program = join(options.place.nativeDir, 'bin', 'postgres')
  const child = spawn(program, serverArguments(options), {
    ...asIdentity(options.place.identity),
    stdio: ['ignore', options.logFd, options.logFd],
    detached: true,
  })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  let ended = false
  void gone.then(() => {
    ended = true
  })
  const until = performance.now() + 60_000
  while ((await answers(options.port, options.superuserPassword)) === undefined) {
    if (ended) throw new Error(`PostgreSQL ended while starting; its log says why`)
    if (performance.now() > until) throw new Error('PostgreSQL did not answer within 60 s')
    await sleep(25)
  }
  const id = identify(child.pid ?? 0)
  // Somebody else's server may answer on the port while ours is dying: then it was not ours that answered.
  if (id === undefined || readPostmasterFile(options.place.dataDir)?.pid !== id.pid)
    throw new Error('PostgreSQL ended while starting')
  return { id, port: options.port, attached: false, gone, stop: () => stopPostgres(id) }
}
