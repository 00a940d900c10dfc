import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SshdTarget {
  readonly port: number
  readonly account: string
  readonly hostKeySha256: string
  readonly folder: string
  log(): string
  stop(): void
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })

/** A real OpenSSH server on a loopback port that trusts one certificate authority, and lets one principal in as who we are. */
export async function startSshd(parent: string, caLine: string, principal: string): Promise<SshdTarget> {
  const folder = mkdtempSync(join(parent, 'sshd-'))
  const account = userInfo().username
  const port = await freePort()
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host')])
  writeFileSync(join(folder, 'ca.pub'), `${caLine}\n`)
  writeFileSync(join(folder, 'principals'), `${principal}\n`, { mode: 0o600 })
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `TrustedUserCAKeys ${join(folder, 'ca.pub')}`,
    `AuthorizedPrincipalsFile ${join(folder, 'principals')}`,
    'AuthorizedKeysFile none',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'ClientAliveInterval 1',
    'ClientAliveCountMax 3',
    'LogLevel VERBOSE',
  ]
  writeFileSync(join(folder, 'config'), `${lines.join('\n')}\n`)
  const child: ChildProcess = spawn('/usr/sbin/sshd', ['-D', '-f', join(folder, 'config'), '-E', join(folder, 'log')], {
    stdio: 'ignore',
  })
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries > 200) throw new Error(`sshd did not start: ${readFileSync(join(folder, 'log'), 'utf8')}`)
    await sleep(25)
  }
  const blob = Buffer.from(readFileSync(join(folder, 'host.pub'), 'utf8').split(' ')[1] ?? '', 'base64')
  return {
    port,
    account,
    folder,
    hostKeySha256: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`,
    log: () => readFileSync(join(folder, 'log'), 'utf8'),
    stop: () => void child.kill('SIGTERM'),
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
