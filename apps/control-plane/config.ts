import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { guardIds } from '@huabiao/domains/change/change-guard.model'
import { planes } from '@huabiao/kit/actor/actor'
import { HolidayTable } from '@huabiao/kit/calendar/calendar'
import { z } from 'zod'

/** An Ed25519 public key, PEM or base64 of the SPKI DER; becomes the latter. */
const ServiceKey = z.string().transform((text, context) => {
  try {
    const der = { key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' } as const
    const key = createPublicKey(text.startsWith('-----BEGIN') ? text : der)
    if (key.asymmetricKeyType === 'ed25519') return key.export({ format: 'der', type: 'spki' }).toString('base64')
  } catch {
    // Said below, without the text.
  }
  context.addIssue('an Ed25519 public key, PEM or base64 of its SPKI')
  return z.NEVER
})
const Port = z.number().int().min(0).max(65_535)
/** Configuration of the control plane. Unknown keys fail: a misspelt setting must not silently be none. */
export const ControlPlaneConfig = z.strictObject({
  stateDir: z.string().startsWith('/'),
  http: z.strictObject({ host: z.string(), port: Port }),
  https: z
    .strictObject({ host: z.string(), port: Port, keyFile: z.string(), certFile: z.string(), clientCaFile: z.string() })
    .optional(),
  database: z.strictObject({ url: z.url({ protocol: /^postgres(ql)?$/ }) }),
  signer: z.strictObject({ socket: z.string(), token: z.string().min(32) }),
  consoleDir: z.string(),
  /** A folder of our own, or a bucket of S3-compatible storage. */
  evidence: z.union([
    z.strictObject({ folder: z.string().startsWith('/') }),
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
  gateways: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
        plane: z.enum(planes),
        publicKey: ServiceKey,
        sshHost: z.string(),
        sshPort: Port,
        wsUrl: z.string(),
      }),
    )
    .max(100),
  /** Guards without a source that this deployment requires all the same; the others stand as not yet fed. */
  requiredGuards: z.array(z.enum(guardIds)).default([]),
  demo: z.boolean().default(false),
  demoTargetsFile: z.string().optional(),
  ceremonyToken: z.string().optional(),
  /** Statutory holidays and make-up days by year, where the built-in tables lack a year or the deployment has its own. */
  holidays: z.array(HolidayTable).max(50).default([]),
  /** RL-20: nobody logs on from a terminal that is not registered. */
  terminalRequired: z.boolean().default(false),
  /** The one address people type: security keys are bound to its name, and cookies get `Secure` where it is https. */
  origin: z.url({ protocol: /^https?$/ }),
})
export type ControlPlaneConfig = z.infer<typeof ControlPlaneConfig>

/** Reads and checks the file; the error names each problem and never a value. */
export function readConfig(path: string): ControlPlaneConfig {
  const parsed = ControlPlaneConfig.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (parsed.success) return parsed.data
  throw new Error(
    `${path}: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`).join('; ')}`,
  )
}
