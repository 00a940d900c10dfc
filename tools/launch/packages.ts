// Programs of the system that we use, and the Debian packages that bring them.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { isRoot } from './unix-identity.ts'

const run = promisify(execFile)

export interface SystemPackage {
  name: string
  /** A file that is there when the package is. */
  proof: readonly string[]
}

export const opensshServer: SystemPackage = { name: 'openssh-server', proof: ['/usr/sbin/sshd'] }
export const opensshClient: SystemPackage = { name: 'openssh-client', proof: ['/usr/bin/ssh'] }
export const auditd: SystemPackage = { name: 'auditd', proof: ['/usr/sbin/auditd'] }
export const rsync: SystemPackage = { name: 'rsync', proof: ['/usr/bin/rsync'] }
export const slapd: SystemPackage = { name: 'slapd', proof: ['/usr/sbin/slapd'] }
export const chromium: SystemPackage = {
  name: 'chromium',
  proof: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
}
export const cjkFonts: SystemPackage = {
  name: 'fonts-noto-cjk',
  proof: ['/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'],
}

export const isInstalled = (wanted: SystemPackage): boolean => wanted.proof.some((path) => existsSync(path))

export const missingOf = (wanted: readonly SystemPackage[]): SystemPackage[] => wanted.filter((one) => !isInstalled(one))

export const installHint = (missing: readonly SystemPackage[]): string =>
  `install with: sudo apt-get install -y ${missing.map((one) => one.name).join(' ')}`

async function apt(args: readonly string[]): Promise<void> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' }
  // A fresh machine may be running apt by itself: wait for its lock.
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3']
  try {
    await run('/usr/bin/apt-get', [...options, ...args], { env, cwd: '/', maxBuffer: 32 * 1024 * 1024 })
  } catch (error) {
    const { stderr } = error as { stderr?: string }
    throw new Error(`apt-get ${args.join(' ')} failed: ${(stderr ?? String(error)).trim().slice(-1_000)}`)
  }
}

/** Installs what is missing when we may; says plainly what to install when we may not. */
export async function ensurePackages(wanted: readonly SystemPackage[], say: (text: string) => void): Promise<void> {
  const missing = missingOf(wanted)
  if (missing.length === 0) return
  if (!isRoot() || !existsSync('/usr/bin/apt-get')) throw new Error(`missing programs; ${installHint(missing)}`)
  say(`installing ${missing.map((one) => one.name).join(', ')}`)
  await apt(['update'])
  await apt(['install', '-y', '--no-install-recommends', ...missing.map((one) => one.name)])
  const still = missingOf(missing)
  if (still.length > 0)
    throw new Error(`apt-get installed ${still.map((one) => one.name).join(', ')}, yet its programs are not there`)
}
