// Who a child process runs as when we are root.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface UnixIdentity {
  name: string
  uid: number
  gid: number
}

export const isRoot = (): boolean => process.getuid?.() === 0

/** Finds an account in the text of a passwd file. */
export function findIdentity(passwd: string, name: string): UnixIdentity | undefined {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find((parts) => parts[0] === name)
  return fields === undefined ? undefined : { name, uid: Number(fields[2]), gid: Number(fields[3]) }
}

export const unixAccount = (name: string): UnixIdentity | undefined => findIdentity(readFileSync('/etc/passwd', 'utf8'), name)

/** PostgreSQL refuses uid 0, and a bare number is not enough for it: the account must have a name. */
export function postgresIdentity(): UnixIdentity | undefined {
  if (!isRoot()) return undefined
  const identity = unixAccount('postgres') ?? unixAccount('nobody')
  if (identity === undefined) throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody')
  return identity
}

/** Spawn options of a child under another account: it must not inherit a folder it cannot read, nor our environment. */
export const asIdentity = (identity: { uid: number; gid: number } | undefined) => ({
  cwd: '/',
  env: { LC_ALL: 'C.UTF-8', TZ: 'UTC' },
  ...(identity === undefined ? {} : { uid: identity.uid, gid: identity.gid }),
})

type Reach = [test: '-x' | '-r', path: string]

/** Whether an account may enter, execute or read all of these; asked by trying, since modes, lists and mounts all have a say. */
export async function mayReachAll(wanted: readonly Reach[], identity: { uid: number; gid: number }): Promise<boolean> {
  const args = wanted.flatMap(([test, path], index) => (index === 0 ? [test, path] : ['-a', test, path]))
  return run('/usr/bin/test', args, asIdentity(identity)).then(
    () => true,
    () => false,
  )
}

export const mayReach = (path: string, identity: { uid: number; gid: number }): Promise<boolean> =>
  mayReachAll([['-x', path]], identity)
