// Our own processes as children: each with the permission model of Node, an account of its own where that is possible,
// and its configuration in a file that only it can read. Nothing secret is in its arguments or its environment.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { makeFolder, type Owner, writeJson } from './files.ts'
import type { ChildSpec, Started } from './keep-running.ts'
import { openLog } from './logs.ts'
import { identify, terminate } from './proc.ts'
import { checkout, type StateFolder } from './state.ts'

export interface NodeChild {
  name: 'signer' | 'witness' | 'control-plane' | 'bastion' | 'bastion-2' | 'bastion-tenant' | 'recheck' | 'target-log'
  /** The folder of `apps` it runs; its name where absent. */
  app?: string
  config: object
  identity: Owner | undefined
  /** Folders besides its own that it may read, and write. */
  mayRead: readonly string[]
  mayWrite: readonly string[]
  umask: number
  port: number | undefined
  ready(): Promise<boolean>
}

/** Code that every process may read; never the whole checkout, because the state folder may lie in it. */
const sharedCode = ['package.json', 'node_modules', 'kit', 'domains'].map((name) => join(checkout, name))

/**
 * A gateway keeps little and passes much. V8's three young generations of 16 MiB were a tenth of its memory, and a quarter of that takes no
 * more processor time; so were the heaps that glibc gives each thread (docs/bench.md, 2026-11-29).
 */
export const frugal: Readonly<Record<string, { flags: readonly string[]; env: Readonly<Record<string, string>> }>> = {
  bastion: { flags: ['--max-semi-space-size=4'], env: { MALLOC_ARENA_MAX: '1' } },
}

export const entryOf = (name: string): string => join(checkout, 'apps', name, 'main.ts')

export const configOf = (state: StateFolder, name: string): string => join(state.of(name), 'config.json')

function argumentsOf(state: StateFolder, child: NodeChild): string[] {
  const own = state.of(child.name)
  const readable = [...sharedCode, join(checkout, 'apps', child.app ?? child.name), own, ...child.mayRead, ...child.mayWrite]
  return [
    ...(frugal[child.app ?? child.name]?.flags ?? []),
    '--permission',
    '--allow-net',
    '--disable-warning=ExperimentalWarning',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    ...[own, ...child.mayWrite].map((path) => `--allow-fs-write=${path}`),
    entryOf(child.app ?? child.name),
    `--config=${configOf(state, child.name)}`,
  ]
}

function start(state: StateFolder, child: NodeChild): Started {
  const logFd = openLog(state.logFile(child.name))
  const before = process.umask(child.umask)
  try {
    const running = spawn(process.execPath, argumentsOf(state, child), {
      cwd: '/',
      env: {
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
        NODE_ENV: 'production',
        NODE_COMPILE_CACHE: join(state.of(child.name), 'compile-cache'),
        ...frugal[child.app ?? child.name]?.env,
      },
      stdio: ['ignore', logFd, logFd],
      detached: true,
      ...child.identity,
    })
    const gone = new Promise<void>((resolve) => {
      running.once('exit', () => resolve())
      running.once('error', () => resolve())
    })
    const id = identify(running.pid ?? 0)
    if (id === undefined) throw new Error(`${child.name} ended as it started`)
    return { id, gone }
  } finally {
    process.umask(before)
    closeSync(logFd)
  }
}

/** Writes the child's configuration and describes how to run it. */
export function nodeChild(state: StateFolder, child: NodeChild): ChildSpec {
  makeFolder(state.of(child.name), 0o700, child.identity)
  writeJson(configOf(state, child.name), child.config, 0o600, child.identity)
  const described = JSON.stringify([argumentsOf(state, child), child.config, child.identity, process.execPath])
  return {
    name: child.name,
    fingerprint: createHash('sha256').update(described).digest('hex'),
    pidFile: state.pidFile(child.name),
    logFile: state.logFile(child.name),
    port: child.port,
    start: async () => start(state, child),
    stop: (id) => terminate(id, 10_000),
    ready: child.ready,
  }
}

/** True when somebody accepts a connection there. */
export async function accepts(where: { host: string; port: number } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...where, timeout: 1_000 })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

/** True when the address answers a GET with 200. */
export async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await response.body?.cancel()
    return response.status === 200
  } catch {
    return false
  }
}
