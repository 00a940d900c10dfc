// Builds the console when its sources changed, beside the running one, and puts the finished build in its place.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { readJson, writeJson } from './files.ts'
import { identify, isAlive, type ProcessId } from './proc.ts'
import { checkout } from './state.ts'

const run = promisify(execFile)
const app = join(checkout, 'apps', 'console-operator')
const cache = join(checkout, '.cache')
const stampFile = join(cache, 'console-build.json')
const lockFile = join(cache, 'console-build.lock')

export const consoleDir = join(app, 'dist')

/** Everything a build is made of. Tests and the build itself are not. */
const sources = [
  'ui/**/*.{ts,tsx,css}',
  'domains/**/*.{model,contract,phrases}.ts',
  'kit/**/*.ts',
  'apps/console-operator/**/*.{ts,tsx,css,html,json,svg,png,woff2}',
  'package-lock.json',
]

export function sourceHash(): string {
  const hash = createHash('sha256')
  const ignored = ['node_modules', 'dist']
  const files = globSync(sources, { cwd: checkout, exclude: (name) => ignored.includes(name.split('/').at(-1) ?? '') })
  for (const file of files.filter((name) => !/\.test\.tsx?$/.test(name)).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(checkout, file)))
  }
  return hash.digest('hex')
}

export type ConsoleBuild = 'fresh' | 'stale' | 'missing' | 'no source'

export function consoleState(): ConsoleBuild {
  if (!existsSync(join(app, 'index.html'))) return 'no source'
  if (!existsSync(join(consoleDir, 'index.html'))) return 'missing'
  return readJson<{ hash: string }>(stampFile)?.hash === sourceHash() ? 'fresh' : 'stale'
}

/** One build at a time, for two commands of one checkout share the place it goes to. */
async function locked<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(cache, { recursive: true })
  for (;;) {
    try {
      writeFileSync(lockFile, JSON.stringify(identify(process.pid)), { flag: 'wx' })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = readJson<ProcessId>(lockFile)
      if (holder !== undefined && !isAlive(holder)) rmSync(lockFile, { force: true })
      await sleep(100)
    }
  }
  try {
    return await work()
  } finally {
    rmSync(lockFile, { force: true })
  }
}

async function viteBuild(outDir: string): Promise<void> {
  const vite = join(checkout, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = [vite, 'build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn']
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8', NODE_ENV: 'production' }
  try {
    await run(process.execPath, args, { cwd: app, env, maxBuffer: 8 * 1024 * 1024 })
  } catch (error) {
    const { stderr, stdout } = error as { stderr?: string; stdout?: string }
    throw new Error(`the console does not build:\n${(stderr || stdout || String(error)).trim().slice(-2_000)}`)
  }
}

/** Makes sure that a build of the present sources is there; says what it found or did. */
export async function buildConsole(): Promise<'fresh' | 'built' | 'no source'> {
  // A checkout of somebody else may be read-only for us, and serves as well when its build is there.
  if (consoleState() === 'fresh') return 'fresh'
  return locked(async () => {
    const state = consoleState()
    if (state === 'fresh' || state === 'no source') return state
    const hash = sourceHash()
    const making = join(cache, `console-${process.pid}`)
    const old = join(cache, `console-old-${process.pid}`)
    await viteBuild(making)
    // A reader finds the old build or the new one; between the two renames lies no reading.
    if (existsSync(consoleDir)) renameSync(consoleDir, old)
    renameSync(making, consoleDir)
    rmSync(old, { recursive: true, force: true })
    writeJson(stampFile, { hash }, 0o644)
    return 'built'
  })
}
