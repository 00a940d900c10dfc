import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { planes } from '@huabiao/kit/actor/actor'
import { socketAddress } from '@huabiao/kit/crypto/signer-client'
import { z } from 'zod'

const Cidr = z.union([z.cidrv4(), z.cidrv6()])
const isAddress = (socket: string): boolean => {
  try {
    return Boolean(socketAddress(socket))
  } catch {
    return false
  }
}

/** An Ed25519 public key, PEM or base64 of the SPKI DER, as base64 of the SPKI DER. */
const GatewayKey = z.string().transform((text, context) => {
  try {
    const der = Buffer.from(text, 'base64')
    const key = text.startsWith('-----BEGIN PUBLIC KEY-----')
      ? createPublicKey(text)
      : createPublicKey({ key: der, format: 'der', type: 'spki' })
    if (key.asymmetricKeyType === 'ed25519') return key.export({ format: 'der', type: 'spki' }).toString('base64')
  } catch {
    // Said below, without the text.
  }
  context.addIssue('an Ed25519 public key, PEM or base64 of its SPKI')
  return z.NEVER
})

/** Configuration of the signer. Unknown keys fail: a misspelt limit must not silently be none. */
export const SignerConfig = z.strictObject({
  /** Absolute; made with mode 0700 on the first start. */
  stateDir: z.string().startsWith('/'),
  /** Path of the unix socket, or `host:port`. */
  socket: z.string().refine(isAddress, 'a path or host:port'),
  /** Bearer token of the control plane. */
  token: z.string().min(32).max(200),
  database: z.strictObject({ url: z.url({ protocol: /^postgres(ql)?$/ }) }),
  /** Gateways that may have certificates, by their service keys. */
  authorizedGateways: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
        plane: z.enum(planes).default('platform'),
        publicKey: GatewayKey,
      }),
    )
    .max(100),
  /** In whose name ID tokens are signed; where it is absent none is. */
  idTokenIssuer: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
  /** From where targets may see the gateways come. */
  gatewaySourceAddresses: z.array(Cidr).min(1).max(50).default(['127.0.0.1/32', '::1/128']),
})
export type SignerConfig = z.infer<typeof SignerConfig>

/** Reads and checks the file; throws an Error that lists every problem, and never the values. */
export function readConfig(path: string): SignerConfig {
  const parsed = SignerConfig.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (parsed.success) return parsed.data
  throw new Error(
    `${path}: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`).join('; ')}`,
  )
}
