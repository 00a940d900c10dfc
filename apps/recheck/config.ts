import { readFileSync } from 'node:fs'
import { PublicKeyEntry } from '@huabiao/kit/crypto/envelope'
import { z } from 'zod'

const AbsolutePath = z.string().startsWith('/')

/** Configuration of the inspector. Unknown keys fail: a misspelt setting must not silently be none. */
export const RecheckConfig = z.strictObject({
  /** Where the present export and the time of the last round lie. */
  stateDir: AbsolutePath,
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  /** PEM of the Ed25519 key this process is registered with. */
  serviceKeyFile: AbsolutePath,
  controlPlaneUrl: z.url({ protocol: /^https?$/ }),
  /** Keys of the signer, given by hand: those of an export would prove nothing. */
  signerKeys: z.array(PublicKeyEntry).min(2).max(20),
  /** Keys of the witness, where there is one. */
  witnessKeys: z.array(PublicKeyEntry).min(2).max(20).optional(),
  evidence: z.union([
    z.strictObject({ folder: AbsolutePath }),
    z.strictObject({
      bucket: z.strictObject({
        url: z.url({ protocol: /^https?$/ }),
        region: z.string(),
        keyId: z.string(),
        secret: z.string(),
        ca: z.string().optional(),
        lock: z.enum(['governance', 'compliance']).optional(),
      }),
    }),
  ]),
})
export type RecheckConfig = z.infer<typeof RecheckConfig>

/** Reads and checks the file; throws an Error that lists every problem, and never the values. */
export function readConfig(path: string): RecheckConfig {
  const parsed = RecheckConfig.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (parsed.success) return parsed.data
  throw new Error(
    `${path}: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`).join('; ')}`,
  )
}
