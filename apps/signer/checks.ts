import { join } from 'node:path'
import {
  type CheckFacts,
  checkLine,
  checkMaxMs,
  checkRefusal,
  loginOf,
  strangerPrincipal,
} from '@huabiao/domains/enrolment/enrolment.model'
import { principalOf } from '@huabiao/domains/session/session-grant.model'
import type { Plane } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import { type CheckCertificate, type CheckRequest, checkProofText } from '@huabiao/kit/crypto/signer-client'
import { refuseIf } from '@huabiao/kit/errors/errors'
import type { Gateways } from './gateways.ts'
import type { KeyStore } from './key-store.ts'
import { userCertificateLine } from './ssh-certificate.ts'
import { UsedOnce } from './used-once.ts'

const backdateS = 5
const lifeS = 60
const pruneAfterLines = 2_000

export interface ChecksOptions {
  readonly keys: KeyStore
  readonly clock: Clock
  readonly gateways: Gateways
  /** From where targets may see the gateways come. */
  readonly sourceAddresses: readonly string[]
  readonly facts: { checkFacts(checkId: string): Promise<CheckFacts | undefined> }
}

/**
 * Certificates for the check of a target: those that must open it, and those that must not. None runs anything but a line that prints the
 * check's number and the time, whoever asks for what: the signer reads the check, its target and its accounts from the database itself.
 */
export class Checks {
  readonly #of: ChecksOptions
  readonly #used: UsedOnce<'checkId'>

  constructor(stateDir: string, of: ChecksOptions) {
    this.#of = of
    this.#used = new UsedOnce(join(stateDir, 'used-checks.jsonl'), { key: 'checkId', clock: of.clock, pruneAfterLines })
  }

  /** @throws Refusal `signer.*` */
  async sign(request: CheckRequest): Promise<CheckCertificate[]> {
    const { gateways, clock } = this.#of
    const publicKey = gateways.provenKey(request, checkProofText(request))
    const facts = await this.#of.facts.checkFacts(request.checkId)
    refuseIf(checkRefusal(facts, request.gatewayId))
    const { target, plane } = facts!
    gateways.ofPlane(request.gatewayId, plane)
    refuseIf(this.#used.has(request.checkId) ? 'signer.check_used' : undefined)
    // Before a certificate exists, as for grants.
    this.#used.use(request.checkId, clock.now().getTime() + 2 * checkMaxMs)
    const nowS = Math.floor(clock.now().getTime() / 1000)
    const certificate = (ca: Plane, principal: string, permitForwarding = false): string =>
      userCertificateLine(this.#of.keys.sshCas[ca], {
        publicKey,
        // The target's own log names the check by it.
        keyId: `hb;check=${request.checkId};by=${facts!.askedBy}`,
        principals: [principal],
        validAfter: nowS - backdateS,
        validBefore: nowS + lifeS,
        forceCommand: checkLine(request.checkId),
        sourceAddresses: this.#of.sourceAddresses,
        permitForwarding,
      })
    const [first] = target.accounts
    const right = principalOf(target.name, first!.name)
    return [
      ...target.accounts.map(({ name }) => ({
        probe: 'enters',
        account: name,
        certificate: certificate(plane, principalOf(target.name, name)),
      })),
      ...[
        { probe: 'forwarding', certificate: certificate(plane, right, true) },
        { probe: 'wrong-principal', certificate: certificate(plane, strangerPrincipal(request.checkId)) },
        { probe: 'login-principal', certificate: certificate(plane, loginOf(first!)) },
        { probe: 'other-plane', certificate: certificate(plane === 'platform' ? 'tenant' : 'platform', right) },
      ].map((one) => ({ ...one, account: first!.name })),
    ]
  }

  close(): void {
    this.#used.close()
  }
}
