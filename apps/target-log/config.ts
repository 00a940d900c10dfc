import { readFileSync } from 'node:fs'
import { z } from 'zod'

const AbsolutePath = z.string().startsWith('/')

/** Configuration of a follower. Unknown keys fail: a misspelt path must not silently be none. */
export const FollowerConfig = z.strictObject({
  stateDir: AbsolutePath,
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  /** PEM of the Ed25519 key this follower is registered with. */
  serviceKeyFile: AbsolutePath,
  controlPlaneUrl: z.url({ protocol: /^https?$/ }),
  /** What sshd, su and sudo of each target write; the file may be emptied and copied to `<path>.1`, as logrotate's copytruncate does. */
  files: z
    .array(z.strictObject({ target: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/), path: AbsolutePath }))
    .min(1)
    .max(1000),
  /** Audit logs (auditd, log_format RAW) in which the kernel writes down executions; one for each machine. */
  executions: z
    .array(z.strictObject({ source: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/), path: AbsolutePath }))
    .max(1000)
    .default([]),
})
export type FollowerConfig = z.infer<typeof FollowerConfig>

/** Reads and checks the file; the error names each problem and never a value. */
export function readConfig(path: string): FollowerConfig {
  const parsed = FollowerConfig.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (parsed.success) return parsed.data
  throw new Error(
    `${path}: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`).join('; ')}`,
  )
}
