import { readFileSync } from 'node:fs'
import { planes } from '@huabiao/kit/actor/actor'
import { PublicKeyEntry } from '@huabiao/kit/crypto/envelope'
import { socketAddress } from '@huabiao/kit/crypto/signer-client'
import { z } from 'zod'

const Port = z.number().int().min(0).max(65_535)
const AbsolutePath = z.string().startsWith('/')

/** A wall that cannot be looked at would count as one that stands. */
function isAddress(to: string): boolean {
  try {
    return Boolean(socketAddress(to))
  } catch {
    return false
  }
}

/** Configuration of a gateway. Unknown keys fail: a misspelt limit must not silently be none. */
export const BastionConfig = z
  .strictObject({
    stateDir: AbsolutePath,
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
    plane: z.enum(planes),
    /** PEM of the Ed25519 key this gateway is registered with. */
    serviceKeyFile: AbsolutePath,
    controlPlaneUrl: z.url({ protocol: /^https?$/ }),
    ssh: z.strictObject({ host: z.string(), port: Port, hostKeyFile: AbsolutePath }),
    ws: z.strictObject({ host: z.string(), port: Port, allowedOrigins: z.array(z.string()).max(20) }),
    spoolDir: AbsolutePath,
    /** Ports of this very machine where targets listen, as a demo's do. Everything else here is out of reach (`target-reach.ts`). */
    localTargets: z.array(Port).max(50).default([]),
    /** Only where nobody could give it an account of its own. */
    mayBeRoot: z.boolean().default(false),
    /** Files and addresses (`host:port`, or a socket's path) that it must not get at: it looks, and does not start where it can (NT-E06). */
    mustNotRead: z.array(AbsolutePath).max(20).default([]),
    mustNotReach: z.array(z.string().max(300).refine(isAddress, 'neither a path nor host:port')).max(20).default([]),
    /** Keys of the signer given by hand. Where absent, those of the first answer of the control plane are pinned in `stateDir`. */
    trustedSignerKeys: z.array(PublicKeyEntry).min(2).max(20).optional(),
  })
  .refine(
    ({ ssh, ws, localTargets }) => !localTargets.includes(ssh.port) && !localTargets.includes(ws.port),
    'a door of the gateway is no target',
  )
export type BastionConfig = z.infer<typeof BastionConfig>

/** Reads and checks the file; throws an Error that lists every problem, and never the values. */
export function readConfig(path: string): BastionConfig {
  const parsed = BastionConfig.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (parsed.success) return parsed.data
  throw new Error(
    `${path}: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`).join('; ')}`,
  )
}
