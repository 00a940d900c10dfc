import { join } from 'node:path'
import { clockSkewMaxMs, ExecutionGrant, grantMaxMs, grantRefusal } from '@huabiao/domains/session/session-grant.model'
import { forcedLine } from '@huabiao/domains/session/session-lifeline.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { ed25519Verify, publicKeysOf, signEnvelope, verifyEnvelope } from '@huabiao/kit/crypto/signature'
import { certificateProofText } from '@huabiao/kit/crypto/signer-client'
import { sha256 } from '@huabiao/kit/crypto/suite'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import { Journal } from './durable.ts'
import type { SignerFacts } from './facts.ts'
import type { KeyStore } from './key-store.ts'
import type { SshCertificateBody } from './requests.ts'
import { parseOpenSshKey, userCertificateLine } from './ssh-certificate.ts'

const certificateBackdateS = 5
const certificateLifeS = 60
const pruneAfterLines = 5_000

export interface GrantsOptions {
  readonly stateDir: string
  readonly keys: KeyStore
  readonly facts: SignerFacts
  readonly clock: Clock
  readonly gateways: readonly { readonly id: string; readonly publicKey: string }[]
  readonly sourceAddresses: readonly string[]
}

interface UsedNonce {
  readonly nonce: string
  /** Milliseconds since the epoch after which no grant with this nonce can be live. */
  readonly until: number
}

/** Signs execution grants that the facts bear out, and turns each, once, into a one-minute certificate for its target. */
export class Grants {
  readonly #of: GrantsOptions
  readonly #used = new Map<string, number>()
  readonly #journal: Journal<UsedNonce>

  constructor(options: GrantsOptions) {
    this.#of = options
    this.#journal = new Journal(join(options.stateDir, 'used-grants.jsonl'), (entry) => this.#used.set(entry.nonce, entry.until))
  }

  /** @throws Refusal `session.grant_*` (see `grantRefusals`) or `signer.gateway_unknown` */
  async signGrant(grant: ExecutionGrant): Promise<SignedEnvelope> {
    this.#gatewayKey(grant.gatewayId)
    await this.#refuseUnlessTrue(grant)
    return signEnvelope('execution-grant', grant, this.#of.keys.signing)
  }

  /**
   * A user certificate (OpenSSH line) for the gateway's ephemeral key: one principal, one forced command, one minute.
   * @throws Refusal `signer.*` or `session.grant_*`
   */
  async signCertificate(request: SshCertificateBody): Promise<string> {
    const gatewayKey = this.#gatewayKey(request.gatewayId)
    const publicKey = parseOpenSshKey(request.publicKey)
    if (!publicKey) throw new Refusal('signer.public_key_wrong')
    const proof = Buffer.from(request.proof, 'base64')
    refuseIf(ed25519Verify(gatewayKey, Buffer.from(certificateProofText(request)), proof) ? undefined : 'signer.proof_wrong')
    const grant = this.#openGrant(request.envelope)
    refuseIf(grant.gatewayId === request.gatewayId ? undefined : 'signer.gateway_unknown')
    this.#refuseUnlessLive(grant)
    // Asked again: whatever revoked the grant since it was signed (pause, lost reviewer, new executor) holds here too.
    await this.#refuseUnlessTrue(grant)
    this.#refuseUnlessLive(grant)
    this.#use(grant)
    return this.#certificate(grant, publicKey)
  }

  #gatewayKey(id: string): Uint8Array {
    const gateway = this.#of.gateways.find((candidate) => candidate.id === id)
    if (!gateway) throw new Refusal('signer.gateway_unknown')
    return Buffer.from(gateway.publicKey, 'base64')
  }

  #openGrant(envelope: SignedEnvelope): ExecutionGrant {
    const verdict = verifyEnvelope('execution-grant', envelope, publicKeysOf(this.#of.keys.signing))
    const grant = verdict.ok ? ExecutionGrant.safeParse(verdict.payload) : undefined
    if (!grant?.success) throw new Refusal('signer.envelope_wrong')
    return grant.data
  }

  async #refuseUnlessTrue(grant: ExecutionGrant): Promise<void> {
    const facts = await this.#of.facts.grantFacts(grant)
    refuseIf(grantRefusal(grant, facts, this.#of.clock.now(), sha256))
  }

  #refuseUnlessLive(grant: ExecutionGrant): void {
    const now = this.#of.clock.now().getTime()
    const live = Date.parse(grant.notBefore) <= now + clockSkewMaxMs && now < Date.parse(grant.notAfter)
    refuseIf(live ? undefined : 'signer.grant_not_live')
    refuseIf(this.#used.has(grant.nonce) ? 'signer.grant_used' : undefined)
  }

  /** On disk before the certificate exists: a crash in between loses a certificate, never the single use (NT-B16). */
  #use(grant: ExecutionGrant): void {
    const now = this.#of.clock.now().getTime()
    const until = Math.max(Date.parse(grant.notAfter), now) + grantMaxMs
    this.#used.set(grant.nonce, until)
    this.#journal.append({ nonce: grant.nonce, until })
    if (this.#journal.lines < pruneAfterLines) return
    for (const [nonce, end] of this.#used) if (end < now) this.#used.delete(nonce)
    this.#journal.compact([...this.#used].map(([nonce, end]) => ({ nonce, until: end })))
  }

  #certificate(grant: ExecutionGrant, publicKey: Uint8Array): string {
    const nowS = Math.floor(this.#of.clock.now().getTime() / 1000)
    return userCertificateLine(this.#of.keys.sshCa, {
      publicKey,
      // The target's sshd writes this into its log: the reconciler finds the change by it.
      keyId: `hb;chg=${grant.changeNo};step=${grant.stepKey};sess=${grant.sessionId};exec=${grant.executor.personId};rev=${grant.reviewer?.personId ?? '-'}`,
      principals: [grant.target.principal],
      validAfter: nowS - certificateBackdateS,
      validBefore: Math.min(nowS + certificateLifeS, Math.ceil(Date.parse(grant.notAfter) / 1000)),
      forceCommand: forcedLine(grant),
      sourceAddresses: this.#of.sourceAddresses,
    })
  }

  close(): void {
    this.#journal.close()
  }
}
