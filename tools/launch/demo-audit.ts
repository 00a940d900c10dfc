// Executions on the demo's targets, written down by the kernel: an auditd of ours, with rules for the demo's accounts and nobody else.
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { makeFolder, writeText } from './files.ts'
import type { ChildSpec, Started } from './keep-running.ts'
import { openLog } from './logs.ts'
import { auditd, isInstalled } from './packages.ts'
import { identify, listProcesses, terminate } from './proc.ts'
import type { StateFolder } from './state.ts'
import { asIdentity, isRoot, unixAccount } from './unix-identity.ts'

const run = promisify(execFile)
const daemon = '/usr/sbin/auditd'
const control = (...args: string[]) => run('/usr/sbin/auditctl', args, asIdentity(undefined))
/** Named accounts only: a rule for root would write down everything that this machine does. */
const accounts = ['hb-app', 'hb-db'] as const
/** A program of 32 bits has calls of its own numbers: a rule for 64 bits does not see it start. */
const architectures = ['b64', 'b32'] as const
const readers = 'hb-log'

export const auditLog = (state: StateFolder): string => join(state.of('audit'), 'audit.log')
/** One auditd for a kernel, and only root starts it: where it cannot be ours, terminals of the demo stay unreconciled and say so. */
export const mayAudit = (state: StateFolder): boolean =>
  isRoot() && isInstalled(auditd) && (ours(state) || !listProcesses().some((one) => nameOf(one.pid) === 'auditd'))
/** Of this very deployment: a neighbour's holds the kernel as any other would. */
const ours = (state: StateFolder): boolean =>
  listProcesses().some((one) => commandOf(one.pid).trim() === `${daemon} -n -c ${state.of('audit')}`)

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
const nameOf = (pid: number): string => read(`/proc/${pid}/comm`).trim()
const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')

async function readersGroup(gid: number): Promise<void> {
  if (new RegExp(`^${readers}:`, 'm').test(readFileSync('/etc/group', 'utf8'))) return
  await run('/usr/sbin/groupadd', ['-g', String(gid), readers], asIdentity(undefined))
}
const rulesOf = (): string[][] =>
  accounts.flatMap((name) => {
    const uid = unixAccount(name)?.uid
    if (uid === undefined) return []
    return architectures.map((arch) => [
      '-F',
      `arch=${arch}`,
      '-S',
      'execve',
      '-S',
      'execveat',
      '-F',
      `uid=${uid}`,
      '-k',
      'hb-exec',
    ])
  })

/** @param gid of the follower that reads the log */
export async function auditChild(state: StateFolder, gid: number): Promise<ChildSpec> {
  const folder = makeFolder(state.of('audit'), 0o755)
  await readersGroup(gid)
  const ignored = ['space_left_action', 'admin_space_left_action', 'disk_full_action', 'disk_error_action']
  const config = [
    `log_file = ${auditLog(state)}`,
    'log_format = RAW',
    `log_group = ${readers}`,
    'local_events = yes',
    'write_logs = yes',
    'flush = INCREMENTAL_ASYNC',
    'freq = 1',
    'max_log_file = 20',
    'num_logs = 3',
    'max_log_file_action = ROTATE',
    'space_left = 75',
    'admin_space_left = 50',
    ...ignored.map((name) => `${name} = IGNORE`),
    '',
  ].join('\n')
  writeText(join(folder, 'auditd.conf'), config, 0o640)
  const logFile = state.logFile('audit')
  const start = async (): Promise<Started> => {
    const logFd = openLog(logFile)
    const child = spawn(daemon, ['-n', '-c', folder], {
      ...asIdentity(undefined),
      stdio: ['ignore', logFd, logFd],
      detached: true,
    })
    closeSync(logFd)
    const gone = new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.once('error', () => resolve())
    })
    const id = identify(child.pid ?? 0)
    if (id === undefined) throw new Error(`${daemon} ended as it started`)
    for (let tries = 0; !(await holds(id.pid)); tries += 1) {
      if (tries === 100) throw new Error(`the kernel does not report to ${daemon}: see ${logFile}`)
      await sleep(50)
    }
    await control('-b', '8192')
    for (const rule of rulesOf()) await control('-a', 'always,exit', ...rule).catch(unlessThere)
    return { id, gone }
  }
  return {
    name: 'audit',
    fingerprint: createHash('sha256').update(config).digest('hex'),
    pidFile: state.pidFile('audit'),
    logFile,
    port: undefined,
    start,
    stop: async (id) => {
      for (const rule of rulesOf()) await control('-d', 'always,exit', ...rule).catch(() => undefined)
      await control('-e', '0').catch(() => undefined)
      await terminate(id, 3_000)
    },
    ready: async () => existsSync(auditLog(state)),
  }
}
/** A supervisor that starts anew finds the rules of the one before. */
function unlessThere(cause: unknown): void {
  if (!/Rule exists/.test((cause as { stderr?: string }).stderr ?? '')) throw cause
}
/** Whether the kernel tells this process, and is told to tell. */
async function holds(pid: number): Promise<boolean> {
  const { stdout } = await control('-s').catch(() => ({ stdout: '' }))
  return stdout.includes('enabled 1') && stdout.includes(`pid ${pid}\n`)
}
