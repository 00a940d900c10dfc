import type { Plane } from '@huabiao/kit/actor/actor'
import { ed25519Verify } from '@huabiao/kit/crypto/signature'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { parseOpenSshKey } from './ssh-certificate.ts'

interface Gateway {
  readonly id: string
  readonly plane: Plane
  /** base64 of the SPKI DER. */
  readonly publicKey: string
}

/** The gateways that may have certificates, each of one plane (S3-A.8-03): configured here, whatever the control plane says of them. */
export class Gateways {
  readonly #all: ReadonlyMap<string, Gateway>
  constructor(all: readonly Gateway[]) {
    this.#all = new Map(all.map((gateway) => [gateway.id, gateway]))
  }

  /** @throws Refusal `signer.gateway_unknown`, `signer.plane_differs` */
  ofPlane(id: string, plane: Plane): Gateway {
    const gateway = this.#all.get(id)
    if (!gateway) throw new Refusal('signer.gateway_unknown')
    refuseIf(gateway.plane === plane ? undefined : 'signer.plane_differs')
    return gateway
  }

  /**
   * The raw Ed25519 key to certify, where the gateway proved that it asks. @param text what the proof is a signature of
   * @throws Refusal `signer.gateway_unknown`, `signer.public_key_wrong`, `signer.proof_wrong`
   */
  provenKey(request: { gatewayId: string; publicKey: string; proof: string }, text: string): Uint8Array {
    const publicKey = parseOpenSshKey(request.publicKey)
    this.refuseUnlessProven(request, text)
    if (!publicKey) throw new Refusal('signer.public_key_wrong')
    return publicKey
  }

  /** @throws Refusal `signer.gateway_unknown`, `signer.proof_wrong` */
  refuseUnlessProven(request: { gatewayId: string; proof: string }, text: string): void {
    const gateway = this.#all.get(request.gatewayId)
    if (!gateway) throw new Refusal('signer.gateway_unknown')
    const [key, proof] = [gateway.publicKey, request.proof].map((one) => Buffer.from(one, 'base64'))
    refuseIf(ed25519Verify(key!, Buffer.from(text), proof!) ? undefined : 'signer.proof_wrong')
  }
}
