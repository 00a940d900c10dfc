import { places, ReleaseStatement, statementRefusal } from '@huabiao/domains/release/release.model'
import type { ExecutionGrant } from '@huabiao/domains/session/session-grant.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import { SignedEnvelope } from '@huabiao/kit/crypto/envelope'
import { publicKeysOf, signEnvelope, verifyEnvelope } from '@huabiao/kit/crypto/signature'
import { refuseIf } from '@huabiao/kit/errors/errors'
import type { SignerFacts } from './facts.ts'
import type { KeyStore } from './key-store.ts'

/** The moment of a statement may be this far from the signer's clock. */
const skewMaxMs = 60_000

/** Signs what the release manager says of a draft in the register, and holds every placed file to what it signed itself (RL-12). */
export class Releases {
  readonly #keys: KeyStore
  readonly #facts: SignerFacts
  readonly #clock: Clock
  constructor(keys: KeyStore, facts: SignerFacts, clock: Clock) {
    this.#keys = keys
    this.#facts = facts
    this.#clock = clock
  }

  /** @throws Refusal `release.*` (see `statementRefusal`) or `signer.clock_skewed` */
  async sign(statement: ReleaseStatement): Promise<SignedEnvelope> {
    const skew = Math.abs(Date.parse(statement.issuedAt) - this.#clock.now().getTime())
    refuseIf(skew <= skewMaxMs ? undefined : 'signer.clock_skewed')
    const draft = await this.#facts.releaseDraft(statement.releaseId, statement.issuedBy.personId)
    refuseIf(statementRefusal(statement, draft))
    return signEnvelope('release', statement, this.#keys.signing)
  }

  /**
   * A file is placed only under a statement that bears this signer's own signatures. Whoever can write rows can write a release, and not sign
   * it. The way back is not asked (itsm §2.0.3). @throws Refusal `session.grant_not_released`
   */
  async refuseUnlessReleased(grant: ExecutionGrant): Promise<void> {
    if (grant.command.kind !== 'file' || grant.phase === 'rollback') return
    const found = await this.#facts.releaseOf(grant.changeId, grant.command.digest)
    const envelope = SignedEnvelope.safeParse(found?.envelope)
    const verdict = envelope.success ? verifyEnvelope('release', envelope.data, publicKeysOf(this.#keys.signing)) : undefined
    const statement = verdict?.ok ? ReleaseStatement.safeParse(verdict.payload) : undefined
    const holds = found && statement?.success && places(statement.data, found.tenantId, grant.command.digest)
    refuseIf(holds ? undefined : 'session.grant_not_released')
  }
}
