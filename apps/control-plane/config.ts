import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { planes } from '@huabiao/kit/actor/actor'
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
  evidenceDir: z.string(),
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
  demo: z.boolean().default(false),
  demoTargetsFile: z.string().optional(),
  ceremonyToken: z.string().optional(),
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
