import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const secretMaxBytes = 4096

/** Secrets of sources of identity, each a file of its unit's folder `<folder>/<unit id>/`, read when it is needed: exchanging one takes no restart. */
export const sourceSecrets =
  (folder: string) =>
  async (tenantId: string, name: string): Promise<string | undefined> => {
    if (!/^[0-9a-f-]{36}$/.test(tenantId) || !/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) return undefined
    try {
      const text = (await readFile(join(folder, tenantId, name), 'utf8')).replace(/\r?\n$/, '')
      return text.length > 0 && text.length <= secretMaxBytes ? text : undefined
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return undefined
      throw error
    }
  }
