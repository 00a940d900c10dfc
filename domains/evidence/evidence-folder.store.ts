import { constants } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, stat, statfs, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Unavailable } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import { type ObjectName, objectMaxBytes, objectPath } from './evidence.model.ts'
import type { ObjectStore } from './evidence.ports.ts'

/** O_DSYNC instead of fsync, which Node's permission model takes away: a write returns when its bytes are on disk. */
const newDurable = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC

/** What must be left of the disk: the most that one gateway holds back (8 MiB of recording), four times over. */
const reserveBytes = 32 * 1024 * 1024
const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error)
/** The answer of the file system; nothing where there is no such file; whatever else goes wrong is ours to say. */
async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new Unavailable('evidence', true, error)
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.${newId()}.partial`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(partial, newDurable, 0o600)
  try {
    await file.writeFile(bytes).finally(() => file.close())
    await rename(partial, path)
  } catch (error) {
    await unlink(partial).catch(() => {})
    throw error
  }
}

/** Evidence in a local folder, written beside, synced, then renamed, so that a name never shows half a file. */
export function folderStore(root: string): ObjectStore {
  const pathOf = (name: ObjectName): string => join(root, objectPath(name))
  const sizeOf = async (name: ObjectName): Promise<number | undefined> => (await unlessMissing(stat(pathOf(name))))?.size
  return {
    put: async (name, bytes) => {
      if ((await sizeOf(name)) !== undefined) return
      await writeWhole(pathOf(name), bytes).catch((error: unknown) => {
        throw new Unavailable('evidence', true, error)
      })
    },
    get: async (name) => {
      const size = await sizeOf(name)
      if (size === undefined) return undefined
      if (size > objectMaxBytes) throw new Unavailable('evidence', false, `an object of ${size} bytes`)
      return unlessMissing(readFile(pathOf(name)))
    },
    remove: async (name) => {
      await unlessMissing(unlink(pathOf(name)))
    },
    has: async (name) => (await sizeOf(name)) !== undefined,
    list: async function* (tenantId) {
      const folder = dirname(dirname(join(root, objectPath({ tenantId, sha256: '0'.repeat(64) }))))
      for (const part of ((await unlessMissing(readdir(folder))) ?? []).sort())
        for (const name of ((await unlessMissing(readdir(join(folder, part)))) ?? []).sort())
          if (!name.endsWith('.partial')) yield name
    },
    fault: async () => {
      const probe = join(root, `.probe-${newId()}`)
      try {
        await writeWhole(probe, Buffer.from('probe'))
        await unlink(probe)
        // Told while there is still room for what waits in the bastions: afterwards it would be lost, not late.
        const { bavail, bsize } = await statfs(root)
        return bavail * bsize < reserveBytes ? { kind: 'full', detail: `${root}: less than 32 MiB left` } : undefined
      } catch (error) {
        const code = codeOf(error)
        return { kind: code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : 'unwritable', detail: `${root}: ${code}` }
      }
    },
  }
}
