import type { Plane } from '@huabiao/kit/actor/actor'
import type { PublicKeyEntry, SignedEnvelope } from '@huabiao/kit/crypto/envelope'

/** The signer, a process of its own, as the ledger needs it. It refuses to sign a history that was rewritten. */
export interface HeadSigner {
  signTreeHead(request: {
    tenantId: string
    plane: Plane
    size: number
    root: string
    last: string
    at: string
  }): Promise<SignedEnvelope>
  publicKeys(): Promise<readonly PublicKeyEntry[]>
}
