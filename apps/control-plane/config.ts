import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { guardIds } from '@huabiao/domains/change/change-guard.model'
import { type RetentionDays, retentionRefusal } from '@huabiao/domains/evidence/evidence.model'
import { planes } from '@huabiao/kit/actor/actor'
import { HolidayTable } from '@huabiao/kit/calendar/calendar'
import { z } from 'zod'
import { ChannelsConfig } from './channels.ts'
import { KnownNetwork } from './places.ts'
import { WitnessPeer } from './witness-client.ts'

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
const Days = z.number().int().max(36_500).optional()
/** Terms of evidence; below a floor is refused at the start, by the name of the red line. */
export const Retention = z
  .strictObject({ recording: Days, document: Days, test: Days, dossier: Days })
  .refine(
    (wished) => retentionRefusal(wished as RetentionDays) === undefined,
    'below the floor of RL-36: recordings 180 days, documents and tests 365, dossiers 3650',
  )
const Port = z.number().int().min(0).max(65_535)
/** Configuration of the control plane. Unknown keys fail: a misspelt setting must not silently be none. */
export const ControlPlaneConfig = z.strictObject({
  stateDir: z.string().startsWith('/'),
  http: z.strictObject({ host: z.string(), port: Port }),
  https: z
    .strictObject({ host: z.string(), port: Port, keyFile: z.string(), certFile: z.string(), clientCaFile: z.string() })
    .optional(),
  /** Where the monitoring system asks: an address of this machine alone, for it asks without a credential. */
  metrics: z.strictObject({ host: z.enum(['127.0.0.1', '::1']), port: Port }).optional(),
  database: z.strictObject({ url: z.url({ protocol: /^postgres(ql)?$/ }) }),
  signer: z.strictObject({ socket: z.string(), token: z.string().min(32) }),
  /** The witness at the supervision side; without one nobody counter-signs, and every page says so. */
  witness: WitnessPeer.optional(),
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
  /** The program that re-verifies chains and recordings each day. */
  inspector: z.strictObject({ id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/), publicKey: ServiceKey }).optional(),
  /** Days that each class of evidence is kept, where that is longer than its floor (RL-36). */
  retentionDays: Retention.default({}),
  /** Followers of target logs: each has a key of its own, and targets it may speak of. */
  followers: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
        plane: z.enum(planes),
        publicKey: ServiceKey,
        targets: z.array(z.string().max(40)).max(1000),
      }),
    )
    .max(1000)
    // A line that two tell of would look like two logons.
    .refine((all) => new Set(all.flatMap((one) => one.targets)).size === all.flatMap((one) => one.targets).length, {
      error: 'a target with two followers',
    })
    .default([]),
  /** Guards without a source that this deployment requires all the same; the others stand as not yet fed. */
  requiredGuards: z.array(z.enum(guardIds)).default([]),
  demo: z.boolean().default(false),
  demoTargetsFile: z.string().optional(),
  ceremonyToken: z.string().optional(),
  /** Statutory holidays and make-up days by year, where the built-in tables lack a year or the deployment has its own. */
  holidays: z.array(HolidayTable).max(50).default([]),
  /** Networks whose place is known, the smaller ones first: one account far apart at once is a violation (V-D4). */
  places: z.array(KnownNetwork).max(1000).default([]),
  /** Ways that notices may take out of the product; none where absent (RL-22). */
  channels: ChannelsConfig.optional(),
  /** Hosts that sources of identity may lead to; their secrets are files `source-secrets/<unit id>/<name>` in our own folder. */
  sources: z.strictObject({ hosts: z.array(z.hostname().toLowerCase()).max(100) }).optional(),
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
