import { sign } from 'node:crypto'
import type { Clock } from '@huabiao/kit/clock/clock'
import { refuseIf } from '@huabiao/kit/errors/errors'
import { z } from 'zod'
import type { SignerFacts } from './facts.ts'
import type { KeyStore } from './key-store.ts'

/** An ID token lives ten minutes at most, and is signed in the minute in which it begins. */
const lifeMaxS = 600
const skewMaxS = 60

/** What our provider says, and nothing else: a claim that it does not make is somebody else's word. */
const Header = z.strictObject({ alg: z.literal('ES256'), typ: z.literal('JWT').optional(), kid: z.string().max(100) })
const Claims = z.strictObject({
  iss: z.url().max(500),
  sub: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  aud: z.string().max(100),
  iat: z.number().int(),
  exp: z.number().int(),
  nonce: z.string().max(1_000).optional(),
  /** The left half of a SHA-256 (OpenID Connect Core §3.1.3.6). */
  at_hash: z
    .string()
    .regex(/^[A-Za-z0-9_-]{22}$/)
    .optional(),
  /** A client may ask for it by `max_age`. */
  auth_time: z.number().int().optional(),
})

export interface IdTokensOptions {
  readonly keys: KeyStore
  readonly facts: SignerFacts
  readonly clock: Clock
  /** In whose name ID tokens are signed; undefined where in nobody's. */
  readonly issuer: string | undefined
}

/** Signs what tells a third party who logged on: for clients that two persons registered, short-lived, and of a subject that names nobody. */
export class IdTokens {
  readonly #of: IdTokensOptions
  constructor(of: IdTokensOptions) {
    this.#of = of
  }

  /** @returns the signature in base64url (RFC 7518 §3.4). @throws Refusal `signer.token_unclear`, `signer.client_unknown`, `signer.clock_skewed` */
  async sign(input: string): Promise<{ signature: string }> {
    const { keys, facts, clock, issuer } = this.#of
    const [header, claims] = input.split('.').map(parse)
    const [known, said] = [Header.safeParse(header), Claims.safeParse(claims)]
    refuseIf(known.success && said.success ? undefined : 'signer.token_unclear')
    const { iss, aud, iat, exp } = said.data!
    refuseIf(issuer !== undefined && iss === issuer ? undefined : 'signer.token_unclear')
    refuseIf(exp > iat && exp - iat <= lifeMaxS ? undefined : 'signer.token_unclear')
    refuseIf(Math.abs(iat - clock.now().getTime() / 1000) <= skewMaxS ? undefined : 'signer.clock_skewed')
    refuseIf((await facts.isClient(aud)) ? undefined : 'signer.client_unknown')
    const key = { key: keys.idToken, dsaEncoding: 'ieee-p1363' } as const
    return { signature: sign('sha256', Buffer.from(input, 'ascii'), key).toString('base64url') }
  }
}
function parse(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
