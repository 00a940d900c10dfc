import { join } from 'node:path'
import { clockSkewMaxMs, ExecutionGrant, grantMaxMs, grantRefusal } from '@huabiao/domains/session/session-grant.model'
import { forcedLine } from '@huabiao/domains/session/session-lifeline.model'
import { terminalGrantRefusal } from '@huabiao/domains/session/session-terminal.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { publicKeysOf, signEnvelope, verifyEnvelope } from '@huabiao/kit/crypto/signature'
import { certificateProofText } from '@huabiao/kit/crypto/signer-client'
import { sha256 } from '@huabiao/kit/crypto/suite'
import { type SecretRequest, secretProofText } from '@huabiao/kit/crypto/vault-client'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import type { SignerFacts } from './facts.ts'
import type { Gateways } from './gateways.ts'
import type { KeyStore } from './key-store.ts'
import type { Releases } from './releases.ts'
import type { SshCertificateBody } from './requests.ts'
import { userCertificateLine } from './ssh-certificate.ts'
import { UsedOnce } from './used-once.ts'
import type { Vault } from './vault.ts'

const certificateBackdateS = 5
const certificateLifeS = 60
const pruneAfterLines = 5_000

export interface GrantsOptions {
  readonly stateDir: string
  readonly keys: KeyStore
  readonly facts: SignerFacts
  readonly releases: Releases
  readonly vault: Vault
  readonly clock: Clock
  readonly gateways: Gateways
  readonly sourceAddresses: readonly string[]
}

/** Signs execution grants that the facts bear out, and turns each, once, into a one-minute certificate for its target. */
export class Grants {
  readonly #of: GrantsOptions
  readonly #used: UsedOnce<'nonce'>

  constructor(options: GrantsOptions) {
    this.#of = options
    this.#used = new UsedOnce(join(options.stateDir, 'used-grants.jsonl'), {
      key: 'nonce',
      clock: options.clock,
      pruneAfterLines,
    })
  }

  /** @throws Refusal `session.grant_*` (see `grantRefusals`) or `signer.gateway_unknown` */
  async signGrant(grant: ExecutionGrant): Promise<SignedEnvelope> {
    this.#of.gateways.ofPlane(grant.gatewayId, grant.plane)
    await this.#refuseUnlessTrue(grant)
    return signEnvelope('execution-grant', grant, this.#of.keys.signing)
  }

  /**
   * A user certificate (OpenSSH line) for the gateway's ephemeral key: one principal, one forced command, one minute.
   * @throws Refusal `signer.*` or `session.grant_*`
   */
  async signCertificate(request: SshCertificateBody): Promise<string> {
    const publicKey = this.#of.gateways.provenKey(request, certificateProofText(request))
    return this.#certificate(await this.#admit(request), publicKey)
  }

  /**
   * The kept secret of the grant's account, in a box for its gateway: admitted as a certificate is, and using the grant up as one does.
   * @throws Refusal `signer.*`, `session.grant_*` or `vault.not_kept`
   */
  async releaseSecret(request: SecretRequest): Promise<string> {
    this.#of.gateways.refuseUnlessProven(request, secretProofText(request))
    return this.#of.vault.release(await this.#admit(request), request)
  }

  /** The grant of a proven request, checked once more and used up. */
  async #admit(request: { envelope: SignedEnvelope; gatewayId: string }): Promise<ExecutionGrant> {
    const grant = this.#openGrant(request.envelope)
    refuseIf(grant.gatewayId === request.gatewayId ? undefined : 'signer.gateway_unknown')
    this.#of.gateways.ofPlane(grant.gatewayId, grant.plane)
    this.#refuseUnlessLive(grant)
    // Asked again: whatever revoked the grant since it was signed (pause, lost reviewer, new executor) holds here too.
    await this.#refuseUnlessTrue(grant)
    this.#refuseUnlessLive(grant)
    // Before the certificate exists.
    this.#used.use(grant.nonce, Math.max(Date.parse(grant.notAfter), this.#of.clock.now().getTime()) + grantMaxMs)
    return grant
  }

  #openGrant(envelope: SignedEnvelope): ExecutionGrant {
    const verdict = verifyEnvelope('execution-grant', envelope, publicKeysOf(this.#of.keys.signing))
    const grant = verdict.ok ? ExecutionGrant.safeParse(verdict.payload) : undefined
    if (!grant?.success) throw new Refusal('signer.envelope_wrong')
    return grant.data
  }

  async #refuseUnlessTrue(grant: ExecutionGrant): Promise<void> {
    if (grant.kind === 'breakglass') {
      const facts = await this.#of.facts.emergencyFacts(grant)
      return refuseIf(terminalGrantRefusal(grant, facts, this.#of.clock.now(), sha256))
    }
    const facts = await this.#of.facts.grantFacts(grant)
    refuseIf(grantRefusal(grant, facts, this.#of.clock.now(), sha256))
    await this.#of.releases.refuseUnlessReleased(grant)
  }

  #refuseUnlessLive(grant: ExecutionGrant): void {
    const now = this.#of.clock.now().getTime()
    const live = Date.parse(grant.notBefore) <= now + clockSkewMaxMs && now < Date.parse(grant.notAfter)
    refuseIf(live ? undefined : 'signer.grant_not_live')
    refuseIf(this.#used.has(grant.nonce) ? 'signer.grant_used' : undefined)
  }

  #certificate(grant: ExecutionGrant, publicKey: Uint8Array): string {
    const nowS = Math.floor(this.#of.clock.now().getTime() / 1000)
    return userCertificateLine(this.#of.keys.sshCas[grant.plane], {
      publicKey,
      // The target's sshd writes this into its log: the reconciler finds the change by it.
      keyId: `hb;chg=${grant.changeNo};step=${grant.stepKey};sess=${grant.sessionId};exec=${grant.executor.personId};rev=${grant.reviewer?.personId ?? '-'}`,
      principals: [grant.target.principal],
      validAfter: nowS - certificateBackdateS,
      validBefore: Math.min(nowS + certificateLifeS, Math.ceil(Date.parse(grant.notAfter) / 1000)),
      forceCommand: forcedLine(grant),
      sourceAddresses: this.#of.sourceAddresses,
      terminal: grant.command.kind === 'interactive',
    })
  }

  close(): void {
    this.#used.close()
  }
}
