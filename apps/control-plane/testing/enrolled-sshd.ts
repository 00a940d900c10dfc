import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import type { TargetAccount } from '@huabiao/domains/enrolment/enrolment.model'
import { enrolmentFiles, type SheetFor } from '@huabiao/domains/enrolment/enrolment-sheet.model'
import { expect, vi } from 'vitest'
import { freePort } from '../../bastion/testing/sshd-target.ts'

/** An account that is not privileged and has a shell: our own, or, where we are root, the one that the demo makes too. */
export function ordinaryLogin(): string {
  if (process.getuid?.() !== 0) return userInfo().username
  const login = 'hb-app'
  try {
    execFileSync('id', [login], { stdio: 'ignore' })
  } catch {
    execFileSync('/usr/sbin/useradd', ['-M', '-d', '/', '-s', '/bin/bash', '-p', '*', login])
  }
  return login
}

export interface EnrolledSshd {
  readonly port: number
  /** As `ssh-keygen -l` prints it at the console. */
  readonly fingerprint: string
  readonly log: string
  stop(): void
}
/**
 * A real sshd that was told exactly what the sheet says; `also` comes before it, as a hand that spoils one setting, and `without` takes
 * lines of it away.
 */
export async function startEnrolled(
  folder: string,
  of: Omit<SheetFor, 'controlPlaneUrl'> & { accounts: readonly TargetAccount[] },
  spoilt: { also?: readonly string[]; without?: RegExp } = {},
): Promise<EnrolledSshd> {
  const port = await freePort()
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  chmodSync(folder, 0o755)
  const own = (text: string): string => text.replaceAll('/etc/ssh/', `${folder}/`)
  const files = enrolmentFiles({ ...of, controlPlaneUrl: 'http://127.0.0.1' }).filter(({ path }) => path.startsWith('/etc/ssh/'))
  for (const { path, mode, text } of files) {
    mkdirSync(dirname(own(path)), { recursive: true, mode: 0o755 })
    const lines = own(text)
      .split('\n')
      .filter((line) => !spoilt.without?.test(line))
    writeFileSync(own(path), lines.join('\n'), { mode: Number.parseInt(mode, 8) })
  }
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host')])
  const log = join(folder, 'sshd.log')
  const config = [
    ...(spoilt.also ?? []),
    `Include ${folder}/sshd_config.d/*.conf`,
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(folder, 'host')}`,
    // The folder lies below /tmp, which everybody may write to.
    'StrictModes no',
    'PidFile none',
  ]
  writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`)
  const child: ChildProcess = spawn('/usr/sbin/sshd', ['-D', '-f', join(folder, 'config'), '-E', log], { stdio: 'ignore' })
  await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain('Server listening'), { timeout: 30_000 })
  const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'host.pub')], { encoding: 'utf8' }).split(' ')[1]!
  return { port, fingerprint, log, stop: () => void child.kill('SIGTERM') }
}
