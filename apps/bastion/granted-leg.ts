import { type KeyObject, sign } from 'node:crypto'
import type { requestCertificate } from '@huabiao/domains/session/session-gateway.contract'
import { commandLine, type ExecutionGrant } from '@huabiao/domains/session/session-grant.model'
import { forcedLine } from '@huabiao/domains/session/session-lifeline.model'
import type { ReleasedSecret } from '@huabiao/domains/vault/vault.model'
import type { ResponseOf } from '@huabiao/kit/contract/contract'
import { newBoxKey, openBox } from '@huabiao/kit/crypto/box'
import { certificateProofText } from '@huabiao/kit/crypto/signer-client'
import { secretProofText } from '@huabiao/kit/crypto/vault-client'
import type { z } from 'zod'
import { type EphemeralKey, ephemeralKey, type Leg, openLeg } from './second-leg.ts'
import type { Reach } from './target-reach.ts'

type Body = z.input<(typeof requestCertificate)['body']>
/** What a gateway asks with, for one grant; its two private keys never leave memory. */
export interface CredentialRequest {
  readonly key: EphemeralKey
  readonly boxKey: KeyObject
  readonly body: Body
}
export function credentialRequest(
  of: { readonly id: string; readonly serviceKey: KeyObject },
  envelope: Body['envelope'],
): CredentialRequest {
  const key = ephemeralKey()
  const box = newBoxKey()
  const proof = (text: string): string => sign(null, Buffer.from(text), of.serviceKey).toString('base64')
  const body = {
    envelope,
    publicKey: key.line,
    proof: proof(certificateProofText({ envelope, publicKey: key.line, gatewayId: of.id })),
    boxKey: box.publicKey,
    boxProof: proof(secretProofText({ envelope, boxKey: box.publicKey, gatewayId: of.id })),
  }
  return { key, boxKey: box.privateKey, body }
}

/**
 * The second leg of a grant, and the line to send on it. With a certificate the target itself forces the lifeline and the line, whatever is
 * sent; with a kept secret nothing but this gateway does, so it sends both.
 */
export async function grantedLeg(
  grant: ExecutionGrant,
  asked: CredentialRequest,
  answer: ResponseOf<typeof requestCertificate>,
  on: { readonly signal: AbortSignal; readonly reach: Reach },
): Promise<{ leg: Leg; line: string }> {
  const { host, port, account, hostKeySha256 } = grant.target
  const to = { host, port, account, hostKeySha256, key: asked.key, ...on }
  if (answer.certificate !== null)
    return { leg: await openLeg({ ...to, certificate: answer.certificate }), line: commandLine(grant) }
  const released = JSON.parse(openBox(asked.boxKey, answer.boxed ?? '', `grant/${grant.id}`).toString('utf8')) as ReleasedSecret
  return { leg: await firstThatOpens(released, to), line: forcedLine(grant) }
}

/** Tries secrets in order; where a rotation was cut off, the second may be the one that works. */
export async function firstThatOpens(
  { kind, secrets }: Pick<ReleasedSecret, 'kind' | 'secrets'>,
  to: Omit<Parameters<typeof openLeg>[0], 'certificate' | 'secret'>,
): Promise<Leg> {
  let refused: unknown = new Error('no secret is kept')
  for (const value of secrets) {
    try {
      return await openLeg({ ...to, certificate: undefined, secret: { kind, value } })
    } catch (cause) {
      if ((cause as { level?: string }).level !== 'client-authentication') throw cause
      refused = cause
    }
  }
  throw refused
}
