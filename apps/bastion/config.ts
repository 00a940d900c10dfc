import { readFileSync } from 'node:fs'
import { planes } from '@huabiao/kit/actor/actor'
import { PublicKeyEntry } from '@huabiao/kit/crypto/envelope'
import { z } from 'zod'

const Port = z.number().int().min(0).max(65_535)
const AbsolutePath = z.string().startsWith('/')

/** Configuration of a gateway. Unknown keys fail: a misspelt limit must not silently be none. */
export const BastionConfig = z.strictObject({
  stateDir: AbsolutePath,
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  plane: z.enum(planes),
  /** PEM of the Ed25519 key this gateway is registered with. */
  serviceKeyFile: AbsolutePath,
  controlPlaneUrl: z.url({ protocol: /^https?$/ }),
  ssh: z.strictObject({ host: z.string(), port: Port, hostKeyFile: AbsolutePath }),
  ws: z.strictObject({ host: z.string(), port: Port, allowedOrigins: z.array(z.string()).max(20) }),
  spoolDir: AbsolutePath,
  /** Keys of the signer given by hand. Where absent, those of the first answer of the control plane are pinned in `stateDir`. */
  trustedSignerKeys: z.array(PublicKeyEntry).min(2).max(20).optional(),
})
export type BastionConfig = z.infer<typeof BastionConfig>

/** Reads and checks the file; throws an Error that lists every problem, and never the values. */
export function readConfig(path: string): BastionConfig {
  const parsed = BastionConfig.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (parsed.success) return parsed.data
  throw new Error(
    `${path}: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`).join('; ')}`,
  )
}
