// Which files of a state folder a deployment needs to go on: configuration, keys, and what each process remembers.
import { chmodSync, chownSync, copyFileSync, existsSync, globSync, lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BackupFile } from './backup-manifest.ts'
import { filesBelow } from './backup-manifest.ts'
import { makeFolder } from './files.ts'
import { childIdentities, type OwnChild, ownChildren } from './plan.ts'
import { placePostgres } from './postgres-place.ts'
import type { StateFolder } from './state.ts'

const single = ['config.json', 'secrets.json', 'demo-targets.json']
/** Of a demo's targets only who they are: what lies on a machine is in that machine's own backup. */
const patterns = ['ca/*', 'witness-ca/*', 'certificates/*', 'targets/*/host-key', 'targets/*/host-key.pub']
/** Made anew at each start, evidence (which is taken by its content), and files that were being written. */
const madeAnew = /^(config\.json$|evidence\/|compile-cache\/)|\.(new|partial|[0-9a-f]{8})$/

/** The files to keep, by their path in the state folder. */
export function keptFiles(state: StateFolder): string[] {
  const own = ownChildren.flatMap((child) =>
    existsSync(state.of(child))
      ? filesBelow(state.of(child))
          .filter((path) => !madeAnew.test(path))
          .map((path) => `${child}/${path}`)
      : [],
  )
  return [...single, ...globSync(patterns, { cwd: state.dir }), ...own].filter(
    (path) => lstatSync(join(state.dir, path), { throwIfNoEntry: false })?.isFile() === true,
  )
}

/** Copies what is there of these files; one that went meanwhile (a recording that was delivered) is no longer needed. */
export function copyState(state: StateFolder, folder: string): void {
  for (const path of keptFiles(state)) {
    const to = join(folder, 'state', path)
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    try {
      const { mode } = lstatSync(join(state.dir, path))
      copyFileSync(join(state.dir, path), to)
      chmodSync(to, mode & 0o700)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

/** Gives a child's folder and all that lies in it to the account that the child runs under. */
function giveTo(owner: { uid: number; gid: number }, folder: string): void {
  chownSync(folder, owner.uid, owner.gid)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) giveTo(owner, path)
    else chownSync(path, owner.uid, owner.gid)
  }
}

/** Puts the files of a checked backup into an empty state folder. */
export function placeState(state: StateFolder, folder: string, files: readonly BackupFile[]): void {
  for (const { path, mode } of files.filter((file) => file.path.startsWith('state/'))) {
    const to = join(state.dir, path.slice('state/'.length))
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    copyFileSync(join(folder, path), to)
    chmodSync(to, mode)
  }
  for (const child of ownChildren) if (existsSync(state.of(child))) makeFolder(state.of(child), 0o700)
}

/** Once everything is in place: each child owns what is its own. */
export async function giveState(state: StateFolder): Promise<void> {
  const identities = await childIdentities(state)
  for (const child of ownChildren) {
    const owner = identities[child satisfies OwnChild]
    if (owner !== undefined && existsSync(state.of(child))) giveTo(owner, state.of(child))
  }
}

/** Whether somebody's deployment is here: its secrets, or its data. */
export const holdsDeployment = (state: StateFolder): boolean =>
  existsSync(state.secretsFile) || ['postgres', ...ownChildren].some((name) => existsSync(state.of(name)))

/** Moves everything that is here aside, the embedded database with it, and says where to. Nothing is deleted. */
export async function moveAside(state: StateFolder, stamp: string): Promise<string> {
  const { dataDir } = await placePostgres(state.dir)
  const aside = makeFolder(join(state.dir, `replaced-${stamp}`), 0o700)
  if (!dataDir.startsWith(`${state.dir}/`) && existsSync(dataDir)) renameSync(dataDir, `${dataDir}.replaced-${stamp}`)
  for (const name of readdirSync(state.dir))
    if (name !== 'compile-cache' && !name.startsWith('replaced-')) renameSync(join(state.dir, name), join(aside, name))
  return aside
}
