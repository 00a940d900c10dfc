import { execFileSync, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdDecompressSync } from 'node:zlib'
import { systemClock } from '@huabiao/kit/clock/system-clock'
import { type Bastion, startBastion } from '../bastion.ts'
import type { BastionConfig } from '../config.ts'
import { ControlPlaneDouble, login, principal, totp } from './control-plane-double.ts'
import { type SshdTarget, startSshd } from './sshd-target.ts'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Typing {
  readonly input?: string
  readonly code?: string
  readonly ms?: number
  readonly env?: Readonly<Record<string, string>>
}

/** A gateway with everything real around it but the control plane. */
export class GatewayHarness {
  readonly folder = mkdtempSync(join(tmpdir(), 'hb-bastion-'))
  readonly plane = new ControlPlaneDouble()
  readonly log: Record<string, unknown>[] = []
  target!: SshdTarget
  config!: BastionConfig
  bastion: Bastion | undefined

  async prepare(): Promise<void> {
    await this.plane.listen()
    this.target = await startSshd(this.folder, this.plane.caLine, principal)
    const { port, account, hostKeySha256 } = this.target
    this.plane.target = { host: '127.0.0.1', port, account, hostKeySha256 }
    for (const name of ['host', 'person']) this.#keygen(name)
    const blob = Buffer.from(readFileSync(join(this.folder, 'person.pub'), 'utf8').split(' ')[1] ?? '', 'base64')
    this.plane.fingerprints.add(`SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`)
    writeFileSync(join(this.folder, 'service.pem'), this.plane.serviceKey.export({ format: 'pem', type: 'pkcs8' }))
    for (const name of ['state', 'spool']) mkdirSync(join(this.folder, name))
    writeFileSync(join(this.folder, 'askpass'), `#!/bin/sh\necho ${totp}\n`, { mode: 0o755 })
    this.config = {
      stateDir: join(this.folder, 'state'),
      id: 'gw-1',
      plane: 'platform',
      serviceKeyFile: join(this.folder, 'service.pem'),
      controlPlaneUrl: this.plane.url,
      ssh: { host: '127.0.0.1', port: 0, hostKeyFile: join(this.folder, 'host') },
      ws: { host: '127.0.0.1', port: 0, allowedOrigins: ['http://console.test'] },
      spoolDir: join(this.folder, 'spool'),
      localTargets: [port],
      mayBeRoot: true,
      mustNotRead: [],
      mustNotReach: [],
    }
  }
  async start(): Promise<Bastion> {
    this.bastion = await startBastion(this.config, systemClock, (line) => this.log.push(line))
    return this.bastion
  }
  async stop(): Promise<void> {
    await this.bastion?.close()
    this.target?.stop()
    await this.plane.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
  /** A fresh session, opened and acknowledged as recording. */
  async openSession(): Promise<string> {
    const sessionId = randomUUID()
    this.plane.giveOpen(sessionId)
    await until(() => this.plane.called('sessionOpened').some((call) => call.params.sessionId === sessionId))
    return sessionId
  }
  /** What has been recorded of a session, as the control plane received it. */
  recorded(sessionId: string): string {
    return this.plane
      .called('putSegment')
      .filter((call) => call.params.sessionId === sessionId)
      .map((call) => zstdDecompressSync(Buffer.from(call.body.data as string, 'base64')).toString('utf8'))
      .join('')
  }

  get sshOptions(): string[] {
    const options = [
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'GlobalKnownHostsFile=/dev/null',
      'IdentitiesOnly=yes',
      'LogLevel=ERROR',
      'ConnectTimeout=10',
      'NumberOfPasswordPrompts=1',
    ]
    return ['-F', 'none', '-i', join(this.folder, 'person'), ...options.flatMap((option) => ['-o', option])]
  }
  /** Runs a real OpenSSH program against the gateway: key first, then the code by askpass. */
  run(program: string, args: readonly string[], over: Typing = {}): Promise<Ran> {
    const askpass = join(this.folder, over.code ? `askpass-${over.code}` : 'askpass')
    if (over.code) writeFileSync(askpass, `#!/bin/sh\necho ${over.code}\n`, { mode: 0o755 })
    const child = spawn(program, args, {
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        SSH_ASKPASS: askpass,
        SSH_ASKPASS_REQUIRE: 'force',
        DISPLAY: ':0',
        TERM: 'xterm',
        ...over.env,
      },
      detached: true,
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString('utf8')
    })
    if (over.input === undefined) child.stdin.end()
    else void this.#type(child.stdin, over.input, () => out)
    const timer = setTimeout(() => child.kill('SIGKILL'), over.ms ?? 12_000)
    return new Promise((resolve) => {
      child.on('close', (code) => {
        clearTimeout(timer)
        resolve({ code, out, err })
      })
    })
  }
  /** What a program answers to bytes, and then to the end of its input. */
  pipe(program: string, args: readonly string[], input: Buffer): Promise<{ code: number | null; out: Buffer; err: string }> {
    const child = spawn(program, args, {
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        SSH_ASKPASS: join(this.folder, 'askpass'),
        SSH_ASKPASS_REQUIRE: 'force',
        DISPLAY: ':0',
      },
      detached: true,
    })
    const out: Buffer[] = []
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString('utf8')
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
    return new Promise((resolve) => {
      child.on('close', (code) => {
        clearTimeout(timer)
        resolve({ code, out: Buffer.concat(out), err })
      })
    })
  }
  ssh(args: readonly string[], over: Typing = {}): Promise<Ran> {
    return this.run('ssh', [...this.sshOptions, '-p', String(this.bastion?.sshPort), `${login}@127.0.0.1`, ...args], over)
  }

  /** Lines as a person types them: each when a prompt has come since the one before. */
  async #type(stdin: NodeJS.WritableStream, input: string, out: () => string): Promise<void> {
    let seen = 0
    for (const line of input.split('\n')) {
      for (let tries = 0; tries < 200 && !/(> |: )$/.test(plainText(out()).slice(seen).trimEnd().concat(' ')); tries++)
        await sleep(50)
      seen = plainText(out()).length
      stdin.write(`${line}\r`)
    }
  }
  #keygen(name: string): void {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(this.folder, name)])
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
export const plainText = (text: string): string => text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '')
export async function until(holds: () => boolean, ms = 8_000): Promise<void> {
  for (const end = Date.now() + ms; !holds(); await sleep(20)) if (Date.now() > end) throw new Error('it did not come about')
}
