import { readFileSync } from 'node:fs'
import { PublicKeyEntry } from '@huabiao/kit/crypto/envelope'
import { isPublicKeyEntry } from '@huabiao/kit/crypto/signature'
import { z } from 'zod'

const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
/** SHA-256 over the SPKI of a client certificate: a renewal of the certificate keeps it, another key does not. */
const Spki = z.string().regex(/^[0-9a-f]{64}$/)
const SignerKey = PublicKeyEntry.refine(isPublicKeyEntry, 'a public key whose id is its own')

/** Configuration of the witness. Unknown keys fail: a misspelt limit must not silently be none. */
export const WitnessConfig = z
  .strictObject({
    /** Absolute; made with mode 0700 on the first start. */
    stateDir: z.string().startsWith('/'),
    listen: z.strictObject({ host: z.string().max(253), port: z.number().int().min(0).max(65_535) }),
    /** Our certificate, and the authorities that client certificates come from. */
    tls: z.strictObject({ keyFile: z.string(), certFile: z.string(), clientCaFile: z.string() }),
    /** Who may submit heads: each by its certificate's key, each believed only with the signatures of its own signer. */
    platforms: z
      .array(
        z.strictObject({
          id: Name,
          clientSpkiSha256: z.array(Spki).min(1).max(4),
          /** Keys of former days stay, so that heads they signed can still be shown as such. */
          signerKeys: z.array(SignerKey).min(2).max(20),
        }),
      )
      .min(1)
      .max(50),
    /** Who may look at everything and submit nothing. */
    readers: z
      .array(z.strictObject({ id: Name, clientSpkiSha256: z.array(Spki).min(1).max(4) }))
      .max(50)
      .default([]),
    chainsMax: z.number().int().min(1).max(10_000).default(1_000),
    headsPerChainMax: z.number().int().min(16).max(100_000).default(2_000),
  })
  .refine(
    ({ platforms, readers }) =>
      new Set([...platforms, ...readers].map(({ id }) => id)).size === platforms.length + readers.length,
    'two peers of one name',
  )
export type WitnessConfig = z.infer<typeof WitnessConfig>

/** Reads and checks the file; throws an Error that lists every problem, and never the values. */
export function readConfig(path: string): WitnessConfig {
  const parsed = WitnessConfig.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (parsed.success) return parsed.data
  throw new Error(
    `${path}: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`).join('; ')}`,
  )
}
