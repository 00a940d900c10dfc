// The state folder: where everything an installation keeps lies, and its secrets.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BucketAddress } from '@huabiao/domains/evidence/evidence.module'
import type { WitnessPeer } from '../../apps/control-plane/witness-client.ts'
import { createText, makeFolder, readJson, writeJson } from './files.ts'
import { isAlive, type ProcessId } from './proc.ts'
import { isRoot } from './unix-identity.ts'

export const checkout = join(import.meta.dirname, '..', '..')

export interface StateFolder {
  dir: string
  configFile: string
  secretsFile: string
  logs: string
  run: string
  ca: string
  sockets: string
  targets: string
  demoTargetsFile: string
  credentialsFile: string
  of(child: string): string
  pidFile(child: string): string
  logFile(child: string): string
}

export function stateFolder(dir: string): StateFolder {
  const inside = (...parts: string[]): string => join(dir, ...parts)
  return {
    dir,
    configFile: inside('config.json'),
    secretsFile: inside('secrets.json'),
    logs: inside('logs'),
    run: inside('run'),
    ca: inside('ca'),
    sockets: inside('sockets'),
    targets: inside('targets'),
    demoTargetsFile: inside('demo-targets.json'),
    credentialsFile: inside('control-plane', 'demo-credentials.json'),
    of: (child) => inside(child),
    pidFile: (child) => inside('run', `${child}.pid.json`),
    logFile: (child) => inside('logs', `${child}.log`),
  }
}

/** The state folder this command works on. */
export const presentState = (env: Record<string, string | undefined>): StateFolder =>
  stateFolder(env.HUABIAO_STATE || join(checkout, '.huabiao'))

/**
 * Makes the folders. As root the children run under accounts of their own and must walk through the state folder to
 * theirs, so others may pass (0711) but not look; what lies inside is closed by its own mode.
 */
export function makeStateFolder(state: StateFolder): void {
  makeFolder(state.dir, isRoot() ? 0o711 : 0o700)
  makeFolder(state.logs, isRoot() ? 0o711 : 0o700)
  makeFolder(state.run, 0o700)
  makeFolder(state.ca, 0o700)
}

export interface Secrets {
  superuser: string
  owner: string
  app: string
  signer: string
  signerToken: string
  ceremonyToken: string
  /** The owner's address of an external PostgreSQL; without it the embedded one is used. */
  databaseUrl?: string
  /** The bucket that evidence is kept in; without it a folder is used. */
  evidence?: BucketAddress
  /** The witness of a supervision side of its own; a demo brings one, any other deployment has none without it. */
  witness?: WitnessPeer
}
/** What is given by hand, and remembered. */
export type Given = Pick<Secrets, 'databaseUrl' | 'evidence' | 'witness'>

const newSecret = (): string => randomBytes(24).toString('hex')
const newSecrets = (): Secrets => ({
  superuser: newSecret(),
  owner: newSecret(),
  app: newSecret(),
  signer: newSecret(),
  signerToken: newSecret(),
  ceremonyToken: newSecret(),
})

/** Reads the secrets, making those that are missing. */
export function loadSecrets(state: StateFolder, given: Given = {}): Secrets {
  // Two first starts at once must not each believe in secrets of their own: the first file stays.
  if (!existsSync(state.secretsFile)) createText(state.secretsFile, `${JSON.stringify(newSecrets())}\n`)
  // A secrets file that cannot be read must not be replaced: the database knows only the old secrets.
  const stored: Partial<Secrets> = JSON.parse(readFileSync(state.secretsFile, 'utf8'))
  const secrets: Secrets = { ...newSecrets(), ...stored }
  Object.assign(secrets, given)
  if (JSON.stringify(stored) !== JSON.stringify(secrets)) writeJson(state.secretsFile, secrets)
  return secrets
}

/** What the supervisor wrote about a child when it started it. */
export interface PidFile extends ProcessId {
  /** Changes with the child's program, arguments and configuration. */
  fingerprint: string
}

export const supervisorOf = (state: StateFolder): ProcessId | undefined => {
  const id = readJson<ProcessId>(state.pidFile('supervisor'))
  return id !== undefined && isAlive(id) ? id : undefined
}
