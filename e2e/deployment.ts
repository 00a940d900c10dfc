import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { logonPassword, logonTotp } from '@huabiao/domains/identity/identity.contract'
import { fromBase32, hotp, totpStep } from '@huabiao/kit/crypto/totp'
import { type ApiClient, apiClient } from '@huabiao/kit/http/client'
import { databaseUrls } from '../tools/launch/database.ts'
import { loadSecrets, stateFolder } from '../tools/launch/state.ts'

/** A real deployment of its own for the journeys: free ports, its own state folder, everything started by the README's command. */

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')

export interface Account {
  login: string
  name: string
  roles: string[]
  password: string
  totpSecret: string
}
export interface DemoTarget {
  name: string
  port: number
  root: string
}
export interface Deployment {
  readonly url: string
  /** Where TLS asks for client certificates. */
  readonly secureUrl: string
  readonly sshPort: number
  readonly state: string
  readonly targets: readonly DemoTarget[]
  /** Addresses of the database, as its owner and as the application connects. */
  readonly database: { readonly owner: string; readonly app: string }
  account(login: string): Account
  /** A client of that person, logged on with both factors; logs on once. */
  /** @param withinMs how fresh the second factor must be: acts of danger ask for it (step-up) */
  as(login: string, withinMs?: number): Promise<ApiClient>
  /** A code that was not used yet; waits where the present step and the next have served already. */
  code(login: string): Promise<string>
  /** `huabiao <command>` on this deployment: what it answered, and what it printed. */
  command(...args: string[]): Promise<{ code: number; text: string }>
  stop(): Promise<void>
}

/** `huabiao <command>` in an environment. */
export async function huabiao(env: NodeJS.ProcessEnv, ...args: string[]): Promise<{ code: number; text: string }> {
  const options = { env, maxBuffer: 8 * 1024 * 1024 }
  return run(join(root, 'huabiao'), args, options).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, text: stdout + stderr }),
  )
}

export const zeroPorts = Object.fromEntries(
  [
    'HTTP',
    'HTTPS',
    'SSH',
    'WS',
    'SSH2',
    'WS2',
    'SSHTENANT',
    'WSTENANT',
    'POSTGRES',
    'SIGNER',
    'WITNESS',
    'METRICS',
    'TARGET',
  ].map((name) => [`HUABIAO_${name}_PORT`, '0']),
)

export const newState = (): string => mkdtempSync(join(tmpdir(), 'hb-e2e-'))

export async function startDeployment(settings: Readonly<Record<string, string>> = {}): Promise<Deployment> {
  const state = settings.HUABIAO_STATE ?? newState()
  // Journeys name the gateway they kill: where two are wanted, they say so.
  const env = { ...process.env, HUABIAO_PLATFORM_GATEWAYS: '1', ...zeroPorts, ...settings, HUABIAO_STATE: state }
  const up = await huabiao(env, 'up', '--demo')
  if (up.code !== 0) {
    await huabiao(env, 'down')
    throw new Error(`up failed:\n${up.text}`)
  }
  const read = <T>(path: string): T => JSON.parse(readFileSync(join(state, path), 'utf8')) as T
  const { ports } = read<{ ports: { http: number; https: number; ssh: number; postgres: number } }>('run/state.json')
  const { accounts } = read<{ accounts: Account[] }>('control-plane/demo-credentials.json')
  const url = `http://localhost:${ports.http}`
  const clients = new Map<string, { client: Promise<ApiClient>; at: number }>()
  const usedStep = new Map<string, number>()
  const account = (login: string): Account => {
    const found = accounts.find((one) => one.login === login)
    if (!found) throw new Error(`no account ${login}`)
    return found
  }
  const code = async (login: string): Promise<string> => {
    for (;;) {
      // A code serves one step early too, but each only once, and never one older than the last (RFC 6238 §5.2).
      const now = totpStep(new Date())
      const step = Math.max((usedStep.get(login) ?? 0) + 1, now)
      if (step <= now + 1) {
        usedStep.set(login, step)
        return hotp(fromBase32(account(login).totpSecret), step)
      }
      await sleep(500)
    }
  }
  const logOn = async (login: string): Promise<ApiClient> => {
    const visitor = apiClient({ baseUrl: url, headers: () => ({ 'x-huabiao-client': 'cli' }) })
    const { challenge } = await visitor(logonPassword, { body: { login, password: account(login).password } })
    const { token } = await visitor(logonTotp, { body: { challenge, code: await code(login) } })
    return apiClient({ baseUrl: url, headers: () => ({ authorization: `Bearer ${token}` }) })
  }
  return {
    url,
    secureUrl: `https://localhost:${ports.https}`,
    sshPort: ports.ssh,
    state,
    targets: read<DemoTarget[]>('demo-targets.json'),
    database: databaseUrls(loadSecrets(stateFolder(state), undefined), ports.postgres),
    account,
    code,
    as: (login, withinMs = 500_000) => {
      const known = clients.get(login)
      // Dangerous acts ask for a fresh second factor (step-up): who was away for long logs on anew.
      if (known && performance.now() - known.at < withinMs) return known.client
      const client = logOn(login)
      clients.set(login, { client, at: performance.now() })
      return client
    },
    command: (...args) => huabiao(env, ...args),
    stop: async () => {
      await huabiao(env, 'down')
      if (!process.env.HUABIAO_KEEP) rmSync(state, { recursive: true, force: true })
    },
  }
}
