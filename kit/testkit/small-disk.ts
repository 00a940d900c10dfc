import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A file system of its own in memory (tmpfs), to be filled and made read-only. It needs the right to mount. */
export interface SmallDisk {
  readonly folder: string
  /** Takes all room but so many bytes. */
  fill(leaveBytes?: number): void
  /** Gives it back. */
  empty(): void
  readOnly(yes: boolean): Promise<void>
  remove(): void
}

const mount = (...args: string[]): void => {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`)
}

/** Whether this process may mount; a test that cannot says so in its title. */
export const mayMount = process.getuid?.() === 0

export function smallDisk(folder: string, mebibytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true })
  // As whoever it was has it: processes under accounts of their own go on with it.
  const { uid, gid, mode } = statSync(folder)
  const owned = `uid=${uid},gid=${gid},mode=${(mode & 0o777).toString(8)}`
  mount('-t', 'tmpfs', '-o', `size=${mebibytes}m,${owned}`, 'huabiao-test', folder)
  const ballast = join(folder, '.ballast')
  return {
    folder,
    fill: (leaveBytes = 0) => {
      const { bavail, bsize } = statfsSync(folder)
      const room = bavail * bsize - leaveBytes
      writeFileSync(ballast, Buffer.alloc(Math.max(0, room), 1))
    },
    empty: () => rmSync(ballast, { force: true }),
    // A file that is open for writing forbids it, and whoever records has one open now and then.
    readOnly: async (yes) => {
      for (let left = 100; ; left--) {
        try {
          return mount('-o', `remount,${yes ? 'ro' : 'rw'}`, folder)
        } catch (cause) {
          if (left === 0) throw cause
          await sleep(7)
        }
      }
    },
    remove: () => {
      spawnSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
