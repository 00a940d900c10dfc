import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const key = 'hb-exec'
const rules = ['b64', 'b32'].map((arch) => ['-F', `arch=${arch}`, '-S', 'execve', '-S', 'execveat', '-k', key])

export interface AuditLog {
  readonly file: string
  /** Lines once everything up to now is in: the marker that is executed for this has come. */
  lines(): Promise<string[]>
  stop(): Promise<void>
}

/** A real auditd with a rule for executions, as enrolment asks for on a target. One for a kernel, and only root starts it. */
export async function startAudit(parent: string): Promise<AuditLog> {
  const folder = join(parent, 'audit')
  mkdirSync(folder, { mode: 0o700 })
  const file = join(folder, 'audit.log')
  const ignore = ['space_left_action', 'admin_space_left_action', 'disk_full_action', 'disk_error_action']
  const settings = [
    `log_file = ${file}`,
    'log_format = RAW',
    'local_events = yes',
    'write_logs = yes',
    'flush = INCREMENTAL_ASYNC',
    'freq = 1',
    'max_log_file = 50',
    'num_logs = 2',
    'max_log_file_action = ROTATE',
    'space_left = 75',
    'admin_space_left = 50',
    ...ignore.map((name) => `${name} = IGNORE`),
  ]
  writeFileSync(join(folder, 'auditd.conf'), `${settings.join('\n')}\n`, { mode: 0o640 })
  const daemon: ChildProcess = spawn('/usr/sbin/auditd', ['-n', '-c', folder], { stdio: 'ignore' })
  const gone = new Promise<void>((resolve) => daemon.once('close', () => resolve()))
  // The daemon itself turns the kernel's records on.
  for (let tries = 0; !enabled(daemon.pid); tries += 1) {
    if (tries > 100 || daemon.exitCode !== null) throw new Error('auditd did not take over the kernel’s records')
    await sleep(50)
  }
  execFileSync('/usr/sbin/auditctl', ['-b', '8192'], { stdio: 'ignore' })
  for (const rule of rules) execFileSync('/usr/sbin/auditctl', ['-a', 'always,exit', ...rule], { stdio: 'ignore' })
  let asked = 0
  return {
    file,
    lines: async () => {
      asked += 1
      const marker = `hb-audit-${process.pid}-${asked}`
      execFileSync('/bin/echo', [marker], { stdio: 'ignore' })
      for (let tries = 0; ; tries += 1) {
        const text = readFileSync(file, 'latin1')
        if (text.includes(`"${marker}"`)) return text.split('\n')
        if (tries > 200) throw new Error('the audit log does not keep up')
        await sleep(50)
      }
    },
    stop: async () => {
      for (const rule of rules) execFileSync('/usr/sbin/auditctl', ['-d', 'always,exit', ...rule], { stdio: 'ignore' })
      execFileSync('/usr/sbin/auditctl', ['-e', '0'], { stdio: 'ignore' })
      daemon.kill('SIGTERM')
      await gone
    },
  }
}
function enabled(pid: number | undefined): boolean {
  const status = execFileSync('/usr/sbin/auditctl', ['-s'], { encoding: 'utf8' })
  return status.includes('enabled 1') && status.includes(`pid ${pid}`)
}
