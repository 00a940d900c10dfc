// The demo's targets: real OpenSSH servers on loopback ports that trust the signer's SSH authority and nothing else.
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { appControl, demoFiles } from './demo-tree.ts'
import { makeFolder, readText, writeJson, writeText } from './files.ts'
import type { ChildSpec, Started } from './keep-running.ts'
import { hostKey } from './keys.ts'
import { openLog } from './logs.ts'
import { accepts } from './node-child.ts'
import { identify, listProcesses, type ProcessId, terminate } from './proc.ts'
import type { StateFolder } from './state.ts'
import { asIdentity, isRoot, mayReach, unixAccount } from './unix-identity.ts'

const run = promisify(execFile)
const sshd = '/usr/sbin/sshd'

const systems = ['portal-web-01', 'portal-web-02', 'portal-app-01', 'portal-app-02', 'archive-db-01', 'archive-db-02']

export const targetName = (index: number): string => systems[index] ?? `host-${String(index + 1).padStart(2, '0')}`

/** `root` is registered as privileged: a step that uses it needs the security administrator too (RL-17). */
const accountNames = ['hb-app', 'hb-db', 'root'] as const
type AccountName = (typeof accountNames)[number]

interface Account {
  name: AccountName
  /** The unix account that stands for it: the same, or the present user when we are not root. */
  unixUser: string
  uid: number
  gid: number
}

/** One demo target as the control plane's demo data reads it. */
export interface DemoTarget {
  name: string
  host: string
  port: number
  hostPublicKey: string
  /** The folder that a change works on; HB_ROOT in the session. */
  root: string
  accounts: { name: string; login: string; privileged: boolean; principal: string; principalsFile: string }[]
}

/** The only principal that opens this account on this target. */
export const principalOf = (target: string, account: string): string => `hb-${target}-${account}`

/** A locked account (`!`) may not log in by SSH without PAM at all; `*` has no password either and may. */
async function ensureAccount(name: AccountName): Promise<Account> {
  if (!isRoot()) {
    const me = userInfo()
    return { name, unixUser: me.username, uid: me.uid, gid: me.gid }
  }
  const asRoot = { cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' } }
  if (unixAccount(name) === undefined)
    await run('/usr/sbin/useradd', ['-M', '-d', '/', '-s', '/bin/bash', '-p', '*', name], asRoot)
  const found = unixAccount(name)
  if (found === undefined) throw new Error(`useradd made no account ${name}`)
  return { name, unixUser: name, uid: found.uid, gid: found.gid }
}

/** Where the targets' folders lie: in the state folder, or beside the system's state when their accounts cannot enter it. */
async function targetsFolder(state: StateFolder, account: Account): Promise<string> {
  makeFolder(state.targets, 0o755)
  if (!isRoot() || (await mayReach(state.targets, account))) return state.targets
  const own = createHash('sha256').update(state.dir).digest('hex').slice(0, 16)
  mkdirSync('/var/lib/huabiao', { recursive: true, mode: 0o755 })
  return makeFolder(join('/var/lib/huabiao', `targets-${own}`), 0o755)
}

/** What a change changes: made once, then left as the changes leave it. */
function makeTree(root: string, target: string, accounts: readonly Account[]): void {
  makeFolder(root, 0o755)
  for (const [index, account] of accounts.filter(({ name }) => name !== 'root').entries()) {
    const owner = isRoot() ? account : undefined
    const folder = join(root, index === 0 ? 'app' : 'db')
    makeFolder(folder, 0o755, owner)
    for (const [name, text] of Object.entries(demoFiles(target, index === 0 ? 'app' : 'db'))) {
      const path = join(folder, name)
      if (!existsSync(path)) writeText(path, text, 0o644, owner)
    }
  }
  makeFolder(join(root, 'bin'), 0o755)
  writeText(join(root, 'bin', 'appctl'), appControl, 0o755)
}

function serverConfig(folder: string, port: number, caFile: string, accounts: readonly Account[], penalties: boolean): string {
  const root = join(folder, 'srv')
  const users = [...new Set(accounts.map((account) => account.unixUser))]
  return [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(folder, 'host-key')}`,
    `PidFile ${join(folder, 'sshd.pid')}`,
    'UsePAM no',
    // The state folder may lie below /tmp, which everybody may write to; what the server reads in it is its own.
    'StrictModes no',
    'AuthenticationMethods publickey',
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'HostbasedAuthentication no',
    'PermitRootLogin prohibit-password',
    'AuthorizedKeysFile none',
    `TrustedUserCAKeys ${caFile}`,
    `AuthorizedPrincipalsFile ${join(folder, 'principals', '%u')}`,
    `AllowUsers ${users.join(' ')}`,
    // A certificate without the permission has none all the same; one for a terminal must find it.
    'PermitTTY yes',
    'AllowTcpForwarding no',
    'AllowStreamLocalForwarding no',
    'AllowAgentForwarding no',
    'X11Forwarding no',
    'PermitTunnel no',
    'PermitUserEnvironment no',
    'PermitUserRC no',
    'PrintMotd no',
    'UseDNS no',
    'LogLevel VERBOSE',
    // A gateway that fell silent without a word is gone after fifteen seconds, and its step with it.
    'ClientAliveInterval 5',
    'ClientAliveCountMax 3',
    'LoginGraceTime 20',
    'MaxStartups 50:30:200',
    // From 9.8 on OpenSSH punishes an address for failures, and all of ours come from one address.
    ...(penalties ? ['PerSourcePenalties no'] : []),
    `SetEnv HB_ROOT=${root} PATH=${join(root, 'bin')}:/usr/local/bin:/usr/bin:/bin LC_ALL=C.UTF-8`,
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n')
}

function sshdSpec(state: StateFolder, name: string, configFile: string, config: string, port: number): ChildSpec {
  const logFile = state.logFile(`target-${name}`)
  const start = async (): Promise<Started> => {
    const logFd = openLog(logFile)
    const child = spawn(sshd, ['-D', '-e', '-f', configFile], {
      ...asIdentity(undefined),
      stdio: ['ignore', logFd, logFd],
      detached: true,
    })
    closeSync(logFd)
    const gone = new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.once('error', () => resolve())
    })
    const id = identify(child.pid ?? 0)
    if (id === undefined) throw new Error(`${sshd} ended as it started`)
    return { id, gone }
  }
  return {
    name: `target-${name}`,
    fingerprint: createHash('sha256').update(config).digest('hex'),
    pidFile: state.pidFile(`target-${name}`),
    logFile,
    port,
    start,
    stop: stopWithSessions,
    ready: () => accepts({ host: '127.0.0.1', port }),
  }
}

/** A listening sshd leaves its sessions running when it ends: they are looked up while their parent is still there. */
export async function stopWithSessions(id: ProcessId): Promise<void> {
  const all = listProcesses()
  const sessions: ProcessId[] = []
  let parents = new Set([id.pid])
  while (parents.size > 0) {
    const children = all.filter((one) => parents.has(one.parent))
    sessions.push(...children)
    parents = new Set(children.map((one) => one.pid))
  }
  await terminate(id, 3_000)
  await Promise.all(sessions.map((session) => terminate(session, 2_000)))
}

/** Asks the program itself: an option it does not know makes its test of a configuration fail. */
async function knowsPenalties(): Promise<boolean> {
  const { stderr } = await run(sshd, ['-t', '-f', '/dev/null', '-o', 'PerSourcePenalties=no'], asIdentity(undefined)).catch(
    (error: { stderr?: string }) => ({ stderr: error.stderr ?? '' }),
  )
  return !stderr.includes('Bad configuration option')
}

const sshAuthority = (state: StateFolder): string => join(state.of('signer'), 'ssh-ca.pub')
export const hasSshAuthority = (state: StateFolder): boolean => existsSync(sshAuthority(state))

/** Copies the signer's public key to where the servers read it. */
export function publishSshAuthority(state: StateFolder, folder: string): void {
  const key = readText(sshAuthority(state))
  if (key === undefined) throw new Error('the signer wrote no ssh-ca.pub')
  writeText(join(folder, 'ssh-ca.pub'), key, 0o644)
}

interface TargetPlace {
  state: StateFolder
  folder: string
  accounts: readonly Account[]
}

/** Prepares the folder of one target: host key, tree, principals, configuration. */
function prepareTarget(
  place: TargetPlace,
  name: string,
  port: number,
  penalties: boolean,
): { spec: ChildSpec; target: DemoTarget } {
  const { state, folder, accounts } = place
  const own = makeFolder(join(folder, name), 0o755)
  const root = join(own, 'srv')
  const hostPublicKey = hostKey(join(own, 'host-key'))
  makeTree(root, name, accounts)
  const principals = makeFolder(join(own, 'principals'), 0o755)
  for (const user of new Set(accounts.map((account) => account.unixUser))) {
    const lines = accounts.filter((account) => account.unixUser === user).map((account) => principalOf(name, account.name))
    writeText(join(principals, user), `${lines.join('\n')}\n`, 0o644)
  }
  const configFile = join(own, 'sshd_config')
  const config = serverConfig(own, port, join(folder, 'ssh-ca.pub'), accounts, penalties)
  writeText(configFile, config)
  const target: DemoTarget = {
    name,
    host: '127.0.0.1',
    port,
    hostPublicKey,
    root,
    accounts: accounts.map((account) => ({
      name: account.name,
      login: account.unixUser,
      privileged: account.name === 'root',
      principal: principalOf(name, account.name),
      principalsFile: join(principals, account.unixUser),
    })),
  }
  return { spec: sshdSpec(state, name, configFile, config, port), target }
}

/** Prepares every target, writes the list of them, and describes how to run each. */
export async function demoTargets(state: StateFolder, ports: readonly number[]): Promise<ChildSpec[]> {
  const accounts: Account[] = []
  for (const name of accountNames) accounts.push(await ensureAccount(name))
  // sshd separates privileges in a folder of its own, which no service manager has made for us.
  if (isRoot()) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const folder = await targetsFolder(state, accounts[0]!)
  publishSshAuthority(state, folder)
  const penalties = await knowsPenalties()
  const place = { state, folder, accounts }
  const made = ports.map((port, index) => prepareTarget(place, targetName(index), port, penalties))
  // Names, ports and public keys: the control plane reads it under an account of its own.
  writeJson(
    state.demoTargetsFile,
    made.map((one) => one.target),
    0o644,
  )
  return made.map((one) => one.spec)
}
