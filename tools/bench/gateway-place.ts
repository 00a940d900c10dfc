import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { login, principal } from '../../apps/bastion/testing/control-plane-double.ts'
import { GatewayHarness } from '../../apps/bastion/testing/gateway-harness.ts'
import { frugal } from '../launch/node-child.ts'
import { checkout } from '../launch/state.ts'

/**
 * A gateway as `huabiao up` runs it: a confined process of its own, with a real sshd as its target. Only the control plane is the test's
 * double, which answers at once; what the real one takes is measured over REST. The peer is the same OpenSSH client going to the same
 * sshd with the same algorithms, and a certificate as the gateway has one.
 */

const algorithms = [
  'KexAlgorithms=curve25519-sha256',
  'HostKeyAlgorithms=ssh-ed25519',
  'RekeyLimit=default none',
  'ControlMaster=no',
]

export class GatewayPlace {
  readonly harness = new GatewayHarness()
  #gateway: ChildProcess | undefined
  #port = 0

  async start(): Promise<void> {
    const { harness } = this
    await harness.prepare()
    this.#letDirectClientIn()
    const { folder, config } = harness
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
    const readable = ['package.json', 'node_modules', 'kit', 'domains', 'apps/bastion'].map((name) => join(checkout, name))
    const gateway = spawn(
      process.execPath,
      [
        ...frugal.bastion!.flags,
        '--permission',
        '--allow-net',
        '--disable-warning=ExperimentalWarning',
        ...[...readable, folder].map((path) => `--allow-fs-read=${path}`),
        `--allow-fs-write=${folder}`,
        join(checkout, 'apps', 'bastion', 'main.ts'),
        `--config=${join(folder, 'config.json')}`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_ENV: 'production', ...frugal.bastion!.env } },
    )
    this.#gateway = gateway
    const lines = createInterface({ input: gateway.stdout! })
    this.#port = await new Promise((resolve, reject) => {
      gateway.once('exit', () => reject(new Error('the gateway ended as it started')))
      lines.on('line', (line) => {
        const said = JSON.parse(line) as { event?: string; ssh?: number }
        if (said.event === 'listening') resolve(said.ssh!)
      })
    })
  }
  async stop(): Promise<void> {
    const gateway = this.#gateway
    if (gateway) {
      const gone = new Promise((resolve) => gateway.once('exit', resolve))
      gateway.kill('SIGTERM')
      await gone
    }
    await this.harness.stop()
  }
  get pid(): number {
    return this.#gateway!.pid!
  }

  /** Arguments of `ssh` through the gateway, and past it. */
  through = (cipher: string, ...args: readonly string[]): string[] => [
    ...this.harness.sshOptions,
    ...this.#common(cipher),
    '-p',
    String(this.#port),
    `${login}@127.0.0.1`,
    ...args,
  ]
  direct = (cipher: string, ...args: readonly string[]): string[] => [
    ...this.harness.sshOptions.map((one) => (one === join(this.harness.folder, 'person') ? this.#key : one)),
    ...this.#common(cipher),
    '-p',
    String(this.harness.target.port),
    `${this.harness.target.account}@127.0.0.1`,
    ...args,
  ]
  spawn(args: readonly string[], stdio: 'pipe' | 'ignore'): ChildProcess {
    const { folder } = this.harness
    return spawn('ssh', args, {
      stdio: [stdio, stdio, 'inherit'],
      detached: true,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        SSH_ASKPASS: join(folder, 'askpass'),
        SSH_ASKPASS_REQUIRE: 'force',
        DISPLAY: ':0',
        TERM: 'xterm',
      },
    })
  }
  /** Runs a client to its end, its output thrown away. */
  async run(args: readonly string[]): Promise<void> {
    const child = this.spawn(args, 'ignore')
    const code = await new Promise((resolve) => child.once('close', resolve))
    if (code !== 0) throw new Error(`ssh ${args.slice(-3).join(' ')}: exit ${code}`)
  }

  get #key(): string {
    return join(this.harness.folder, 'direct', 'key')
  }
  #common = (cipher: string): string[] => [...algorithms, `Ciphers=${cipher}`].flatMap((option) => ['-o', option])

  /** The peer's certificate is of a second authority of the same sshd: those of the platform hold one command and no terminal. */
  #letDirectClientIn(): void {
    const folder = join(this.harness.folder, 'direct')
    mkdirSync(folder)
    const keygen = (...args: string[]): Buffer =>
      execFileSync('ssh-keygen', ['-q', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const name of ['ca', 'key']) keygen('-t', 'ed25519', '-N', '', '-f', join(folder, name))
    keygen('-s', join(folder, 'ca'), '-I', 'bench', '-n', principal, '-V', '+1d', join(folder, 'key.pub'))
    appendFileSync(join(this.harness.target.folder, 'ca.pub'), readFileSync(join(folder, 'ca.pub')))
  }
}
