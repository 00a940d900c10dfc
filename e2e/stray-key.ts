import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { DemoTarget, Deployment } from './deployment.ts'

const run = promisify(execFile)
/** As whom a stray key logs on: an ordinary account of the targets, or who we are where there is none. */
export const strayAccount = process.getuid?.() === 0 ? 'hb-db' : execFileSync('id', ['-un']).toString().trim()

/** Somebody with root on a target lets a key of their own in, past the bastion; afterwards the target is as it was. */
export async function withStrayKey(
  on: Deployment,
  target: DemoTarget,
  use: (logOn: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  const config = join(dirname(target.root), 'sshd_config')
  const folder = mkdtempSync(join(tmpdir(), 'hb-stray-'))
  chmodSync(folder, 0o755)
  const key = join(folder, 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  chmodSync(`${key}.pub`, 0o644)
  const before = readFileSync(config, 'utf8')
  const { pid } = JSON.parse(readFileSync(join(on.state, 'run', `target-${target.name}.pid.json`), 'utf8')) as { pid: number }
  const reload = (content: string): void => {
    writeFileSync(config, content)
    process.kill(pid, 'SIGHUP')
  }
  const options = ['IdentitiesOnly=yes', 'IdentityAgent=none', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null']
  const args = ['-F', '/dev/null', '-p', String(target.port), '-i', key, ...options.flatMap((one) => ['-o', one])]
  const logOn = async (): Promise<boolean> => {
    const { stdout } = await run('ssh', [...args, `${strayAccount}@127.0.0.1`, 'echo inside']).catch(() => ({ stdout: '' }))
    return stdout.includes('inside')
  }
  reload(before.replace('AuthorizedKeysFile none', `AuthorizedKeysFile ${key}.pub`))
  try {
    // Until sshd has read its configuration anew it knows no such key, and a refused logon is no violation.
    for (let tries = 0; !(await logOn()); tries += 1) {
      assert.ok(tries < 60, 'the stray key was never let in')
      await sleep(500)
    }
    await use(logOn)
  } finally {
    reload(before)
    rmSync(folder, { recursive: true, force: true })
  }
}
