import { constants } from 'node:fs'
import { access, mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Unavailable } from '@huabiao/kit/errors/errors'
import { newId } from '@huabiao/kit/ids/new-id'
import type { ObjectStore } from './evidence.ports.ts'

/** O_DSYNC instead of fsync, which Node's permission model takes away: a write returns when its bytes are on disk. */
const newDurable = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC

const isMissing = (error: unknown): boolean => (error as { code?: string }).code === 'ENOENT'

/** Evidence in a local folder: `<first two hex>/<sha256>`, written beside, synced, then renamed, so that a name never shows half a file. */
export function folderStore(root: string): ObjectStore {
  const pathOf = (sha256: string): string => join(root, sha256.slice(0, 2), sha256)
  return {
    put: async (sha256, bytes) => {
      const path = pathOf(sha256)
      try {
        if (
          await access(path).then(
            () => true,
            () => false,
          )
        )
          return
        await mkdir(join(root, sha256.slice(0, 2)), { recursive: true, mode: 0o700 })
        const partial = `${path}.${newId()}.partial`
        const file = await open(partial, newDurable, 0o600)
        try {
          await file.writeFile(bytes)
        } finally {
          await file.close()
        }
        await rename(partial, path).catch(async (error: unknown) => {
          await unlink(partial).catch(() => {})
          throw error
        })
      } catch (error) {
        throw new Unavailable('evidence', true, error)
      }
    },
    get: async (sha256) => {
      try {
        return await readFile(pathOf(sha256))
      } catch (error) {
        if (isMissing(error)) return undefined
        throw new Unavailable('evidence', true, error)
      }
    },
    isWritable: async () => {
      const probe = join(root, `.probe-${newId()}`)
      try {
        await mkdir(root, { recursive: true, mode: 0o700 })
        await access(root, constants.W_OK)
        const file = await open(probe, newDurable, 0o600)
        await file.writeFile('probe')
        await file.close()
        await unlink(probe)
        return true
      } catch {
        return false
      }
    },
  }
}
