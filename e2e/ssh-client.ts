import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { addSshKey } from '@huabiao/domains/identity/identity.contract'
import type { Deployment } from './deployment.ts'

/** A person's own OpenSSH client: their key, and a code of the second factor whenever the bastion asks. */

export interface Ended {
  code: number | null
  out: string
}
/** Runs it when a place is free, and holds the place until it has ended. */
type Places = (run: () => Promise<void>) => Promise<void>
export class SshClient {
  readonly on: Deployment
  readonly folder: string
  readonly login: string
  readonly #places: Places
  constructor(on: Deployment, login: string, places: Places = (run) => run()) {
    this.on = on
    this.login = login
    this.#places = places
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
    // With the code in hand: a place is not held by waiting for one.
    const free = Promise.withResolvers<void>()
    const over = Promise.withResolvers<void>()
    void this.#places(() => {
      free.resolve()
      return over.promise
    })
    await free.promise
    // rsync starts a client of its own.
    const own = program === 'rsync' ? ['-e', ['ssh', '-p', String(this.on.sshPort), ...options].join(' ')] : options
    const child = spawn(program, [...own, ...args], {
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
    child.once('close', over.resolve)
    const seen = { out: '' }
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (seen.out += chunk.toString('utf8')))
    const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out: seen.out })))
    const type = (line: string): boolean => child.stdin.write(`${line}\r`)
    /** Waits for what must come after a place in the output, and answers the next place. */
    const says = async (pattern: RegExp, from = 0): Promise<number> => {
      for (let tries = 0; tries < 300; tries += 1) {
        if (pattern.test(seen.out.slice(from))) return seen.out.length
        await sleep(100)
      }
      throw new Error(`never came: ${pattern}\n${seen.out}`)
    }
    return { child, seen, ended, type, says }
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

export async function registered(on: Deployment, login: string, places?: Places): Promise<SshClient> {
  const client = new SshClient(on, login, places)
  await (await on.as(login))(addSshKey, { body: { name: '工作站', publicKey: client.publicKey } })
  return client
}
