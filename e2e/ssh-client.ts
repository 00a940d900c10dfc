import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addSshKey } from '@huabiao/domains/identity/identity.contract'
import type { Deployment } from './deployment.ts'

/** A person's own OpenSSH client: their key, and a code of the second factor whenever the bastion asks. */

export interface Ended {
  code: number | null
  out: string
}
export class SshClient {
  readonly on: Deployment
  readonly folder: string
  readonly login: string
  constructor(on: Deployment, login: string) {
    this.on = on
    this.login = login
    this.folder = mkdtempSync(join(on.state, `ssh-${login}-`))
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(this.folder, 'key')])
  }
  get publicKey(): string {
    return readFileSync(join(this.folder, 'key.pub'), 'utf8').trim()
  }
  async start(program: string, args: readonly string[]) {
    const askpass = join(this.folder, 'askpass')
    writeFileSync(askpass, `#!/bin/sh\necho ${await this.on.code(this.login)}\n`, { mode: 0o700 })
    const options = [
      '-F',
      'none',
      '-i',
      join(this.folder, 'key'),
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      `UserKnownHostsFile=${join(this.folder, 'known')}`,
      '-o',
      'LogLevel=ERROR',
    ]
    const child = spawn(program, [...options, ...args], {
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        SSH_ASKPASS: askpass,
        SSH_ASKPASS_REQUIRE: 'force',
        DISPLAY: ':0',
        TERM: 'xterm',
      },
      detached: true,
    })
    const seen = { out: '' }
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (seen.out += chunk.toString('utf8')))
    const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out: seen.out })))
    return { child, seen, ended }
  }
  /** Runs to its end, or for ten seconds: a refused forward leaves a client waiting. */
  async run(program: string, args: readonly string[]): Promise<Ended> {
    const { child, ended } = await this.start(program, args)
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    const result = await ended
    clearTimeout(timer)
    return result
  }
}

export async function registered(on: Deployment, login: string): Promise<SshClient> {
  const client = new SshClient(on, login)
  await (await on.as(login))(addSshKey, { body: { name: '工作站', publicKey: client.publicKey } })
  return client
}
