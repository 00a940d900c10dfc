import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson } from '@huabiao/kit/canonical/canonical'
import { loadSigningKeys, newSigningKeys, publicKeysOf, type SigningKeys } from '@huabiao/kit/crypto/signature'
import { writeDurably } from '@huabiao/kit/durable/journal'
import { z } from 'zod'

const Stored = z.strictObject({ v: z.literal(1), ed25519: z.string(), sm2: z.string() })

/**
 * The witness's own keys, made on the first start: `private-keys.json` (0600), and `keys.json` for whoever checks what it signed.
 * @throws Error where others may read the directory or the private keys, or the file is damaged
 */
export function openKeys(stateDir: string): SigningKeys {
  if (!existsSync(stateDir)) mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const path = join(stateDir, 'private-keys.json')
  if (!existsSync(path)) {
    chmodSync(stateDir, 0o700)
    writeDurably(path, canonicalJson({ v: 1, ...newSigningKeys() }))
  }
  for (const secret of [stateDir, path])
    if ((statSync(secret).mode & 0o077) !== 0)
      throw new Error(`${secret} can be read by others; the witness does not start on exposed keys`)
  const keys = loadSigningKeys(Stored.parse(JSON.parse(readFileSync(path, 'utf8'))))
  writeDurably(join(stateDir, 'keys.json'), `${canonicalJson({ keys: publicKeysOf(keys) })}\n`, 0o644)
  return keys
}
