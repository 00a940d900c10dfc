import { spawn } from 'node:child_process'
import { chownSync, closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensurePackages } from '../tools/launch/packages.ts'
import { eventually, goOn, type Process, pidOf, stopProcess } from './crash-deployment.ts'
import type { Deployment } from './deployment.ts'

/** Takes parts of a running deployment away without killing them: held still, given another clock, or cut off from each other. */

const faketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'

/** The database with all its processes, held still: its connections stay open and answer nothing. */
export function holdDatabase(on: Deployment): () => void {
  const postmaster = pidOf(on, 'postgres')
  const all = [postmaster, ...childrenOf(postmaster)]
  for (const pid of all) process.kill(pid, 'SIGSTOP')
  // Emptied as it is let go: a process of those that has ended since may be somebody else's number.
  return () => {
    for (const pid of all.splice(0)) process.kill(pid, 'SIGCONT')
  }
}
const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statusOf(Number(name)).PPid === String(parent))
    .map(Number)
function statusOf(pid: number): Record<string, string> {
  try {
    const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n')
    return Object.fromEntries(lines.map((line) => line.split(':\t')).filter((parts) => parts.length === 2))
  } catch {
    return {}
  }
}

export interface Taken {
  /** Its clock from now on, in seconds beside the true one. */
  clock(offSeconds: number): void
  /** Ends it; its supervisor starts it again as it was. */
  giveBack(): Promise<void>
}

/** One process started anew under our hand, with the same rights and account, a clock that can be moved (libfaketime), and its configuration edited. */
export async function takeOver(
  on: Deployment,
  name: Extract<Process, 'bastion' | 'control-plane'>,
  edit: (config: Record<string, unknown>) => Record<string, unknown> = (config) => config,
): Promise<Taken> {
  await ensurePackages([{ name: 'faketime', proof: [faketime] }], (text) => console.log(`    ${text}`))
  const before = pidOf(on, name)
  const words = (file: string): string[] => readFileSync(`/proc/${before}/${file}`, 'utf8').split('\0').filter(Boolean)
  const [program, ...args] = words('cmdline')
  const env = Object.fromEntries(words('environ').map((line) => line.split(/=(.*)/s).slice(0, 2)))
  const { Uid = '', Gid = '' } = statusOf(before)
  const [uid, gid] = [Number(Uid.split('\t')[0]), Number(Gid.split('\t')[0])]
  const configPath = args.find((arg) => arg.startsWith('--config='))!.slice('--config='.length)
  const own = (path: string, text: string): void => {
    writeFileSync(path, text, { mode: 0o600 })
    chownSync(path, uid, gid)
  }
  const [edited, clockFile] = [join(dirname(configPath), 'config-taken.json'), join(dirname(configPath), 'clock')]
  own(edited, JSON.stringify(edit(JSON.parse(readFileSync(configPath, 'utf8')) as Record<string, unknown>)))
  own(clockFile, '+0s')
  stopProcess(on, 'supervisor')
  process.kill(before, 'SIGKILL')
  const log = openSync(join(on.state, 'logs', `${name}.log`), 'a')
  const child = spawn(program!, [...args.filter((arg) => !arg.startsWith('--config=')), `--config=${edited}`], {
    cwd: '/',
    env: {
      ...env,
      LD_PRELOAD: faketime,
      FAKETIME_TIMESTAMP_FILE: clockFile,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    uid,
    gid,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  return {
    clock: (offSeconds) => own(clockFile, `${offSeconds < 0 ? '-' : '+'}${Math.abs(offSeconds)}s`),
    giveBack: async () => {
      child.kill('SIGTERM')
      await eventually(`${name} has ended`, () => child.exitCode !== null || child.signalCode !== null)
      const starts = (): number => logged(on, name).filter(({ event }) => event === 'listening').length
      const known = starts()
      goOn(on, 'supervisor')
      await eventually(`${name} is kept again`, () => pidOf(on, name) !== before && starts() > known)
    },
  }
}

export interface LogLine {
  readonly at: string
  readonly event: string
  readonly [key: string]: unknown
}
/** What a process has written down, from an instant on. */
export const logged = (on: Deployment, name: Process): LogLine[] =>
  readFileSync(join(on.state, 'logs', `${name}.log`), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine)
