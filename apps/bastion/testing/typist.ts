import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { login } from './control-plane-double.ts'
import { type GatewayHarness, plainText } from './gateway-harness.ts'

/** Somebody at a real OpenSSH client: reads what comes and types keys. */
export class Typist {
  readonly #child: ChildProcess
  #out = ''
  /** How far the screen has been read. */
  #read = 0
  readonly gone: Promise<void>

  constructor(h: GatewayHarness) {
    const args = [...h.sshOptions, '-tt', '-p', String(h.bastion?.sshPort), `${login}@127.0.0.1`]
    const env = { PATH: process.env.PATH, HOME: h.folder, TERM: 'xterm', DISPLAY: ':0' }
    this.#child = spawn('ssh', args, {
      env: { ...env, SSH_ASKPASS: join(h.folder, 'askpass'), SSH_ASKPASS_REQUIRE: 'force' },
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#child.stdout!.on('data', (chunk: Buffer) => {
      this.#out += chunk.toString('utf8')
    })
    this.gone = new Promise((resolve) => this.#child.once('close', () => resolve()))
  }

  get screen(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: modes that a shell switches, as bracketed paste
    return plainText(this.#out).replace(/\x1b\[\?[0-9;]*[a-z]/g, '')
  }
  type(keys: string): void {
    this.#child.stdin!.write(keys)
  }
  /** What stood on the screen up to the first match after what was read before. @throws Error after `ms` */
  async until(what: RegExp, ms = 15_000): Promise<string> {
    for (const end = Date.now() + ms; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const unread = this.screen.slice(this.#read)
      const match = what.exec(unread)
      if (match) {
        this.#read += match.index + match[0].length
        return unread.slice(0, match.index + match[0].length)
      }
      if (Date.now() > end) throw new Error(`${what} did not come: ${unread.slice(-2_000)}`)
    }
  }
  leave(): void {
    this.#child.kill('SIGKILL')
  }
}
