import { generateKeyPairSync, randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { ExecutionGrant } from '@huabiao/domains/session/session-grant.model'
import {
  type ReleasedSecret,
  type RotationFacts,
  type RotationSecret,
  rotationMaxMs,
  rotationRefusal,
  type SecretKind,
  secretAbout,
  type VaultFacts,
} from '@huabiao/domains/vault/vault.model'
import type { Clock } from '@huabiao/kit/clock/clock'
import { boxFor } from '@huabiao/kit/crypto/box'
import { lineFingerprint } from '@huabiao/kit/crypto/fingerprint'
import type { Sealer } from '@huabiao/kit/crypto/seal'
import {
  type KeptSecret,
  type RotatedSecret,
  type RotationRequest,
  rotationProofText,
  type SecretRequest,
} from '@huabiao/kit/crypto/vault-client'
import { Refusal, refuseIf } from '@huabiao/kit/errors/errors'
import ssh2 from 'ssh2'
import type { Gateways } from './gateways.ts'
import { openSshPrivateKey } from './ssh-private-key.ts'
import { UsedOnce } from './used-once.ts'

const pruneAfterLines = 500

export interface VaultOptions {
  /** SM4 and SM3 under the signer's own key. */
  readonly seal: Sealer
  readonly clock: Clock
  readonly gateways: Gateways
  readonly facts: {
    vaultFacts(targetId: string, login: string): Promise<VaultFacts | undefined>
    rotationFacts(rotationId: string): Promise<RotationFacts | undefined>
  }
}

/** Kept credentials: sealed here, opened here, and handed on only in a box for a gateway that has a live grant or a rotation to do. */
export class Vault {
  readonly #of: VaultOptions
  readonly #given: UsedOnce<'rotationId'>
  constructor(stateDir: string, of: VaultOptions) {
    this.#of = of
    this.#given = new UsedOnce(join(stateDir, 'used-rotations.jsonl'), { key: 'rotationId', clock: of.clock, pruneAfterLines })
  }

  /** @throws Refusal `vault.secret_wrong` where a private key cannot be read */
  keep(of: { accountId: string; kind: SecretKind; secret: string }): KeptSecret {
    const fingerprint = of.kind === 'ssh-key' ? lineFingerprint(publicLineOf(of.secret)) : null
    return { sealed: this.#seal(of.accountId, of.kind, of.secret), fingerprint }
  }

  /** Whoever calls has checked and used the grant. @throws Refusal `vault.not_kept` */
  async release(grant: ExecutionGrant, request: SecretRequest): Promise<string> {
    const facts = await this.#of.facts.vaultFacts(grant.target.id, grant.target.account)
    if (!facts || facts.plane !== grant.plane) throw new Refusal('vault.not_kept')
    const released: ReleasedSecret = { kind: facts.kind, login: facts.login, secrets: this.#known(facts) }
    return boxFor(request.boxKey, Buffer.from(JSON.stringify(released)), `grant/${grant.id}`)
  }

  /** The next secret, made here; where one was made before and nobody saw it work, that one again. @throws Refusal `vault.*`, `signer.*` */
  async rotate(request: RotationRequest): Promise<RotatedSecret> {
    this.#of.gateways.refuseUnlessProven(request, rotationProofText(request))
    const facts = await this.#of.facts.rotationFacts(request.rotationId)
    refuseIf(rotationRefusal(facts, request.gatewayId))
    const { accountId, kind, plane, login, pending } = facts!
    this.#of.gateways.ofPlane(request.gatewayId, plane)
    refuseIf(this.#given.has(request.rotationId) ? 'vault.rotation_used' : undefined)
    this.#given.use(request.rotationId, this.#of.clock.now().getTime() + 2 * rotationMaxMs)
    const known = this.#known(facts!)
    const next = pending ? known.at(-1)! : kind === 'password' ? newPassword() : newPrivateKey(login)
    const secrets = known.filter((one) => one !== next)
    const inBox: RotationSecret = {
      kind,
      login,
      secrets,
      next,
      nextPublic: kind === 'ssh-key' ? publicLineOf(next) : null,
      oldPublic: kind === 'ssh-key' ? secrets.map(publicLineOf) : [],
    }
    return {
      sealed: this.#seal(accountId, kind, next),
      fingerprint: kind === 'ssh-key' ? lineFingerprint(publicLineOf(next)) : null,
      boxed: boxFor(request.boxKey, Buffer.from(JSON.stringify(inBox)), `rotation/${request.rotationId}`),
      isNew: pending === null,
    }
  }

  #known({ accountId, kind, current, pending }: VaultFacts): string[] {
    return [current, ...(pending ? [pending] : [])].map((sealed) =>
      this.#of.seal.open(sealed, secretAbout(accountId, kind)).toString('utf8'),
    )
  }
  #seal(accountId: string, kind: SecretKind, secret: string): string {
    return this.#of.seal.seal(Buffer.from(secret), secretAbout(accountId, kind)).toString('base64')
  }

  close(): void {
    this.#given.close()
  }
}

function publicLineOf(privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey)
  if (parsed instanceof Error || !parsed.isPrivateKey()) throw new Refusal('vault.secret_wrong')
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`
}

/** 32 signs of four classes, none of which a shell or a program of passwords reads as anything else: 190 bits. */
function newPassword(): string {
  const classes = ['abcdefghijkmnopqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '._-+=@']
  const all = classes.join('')
  const pick = (from: string): string => from[randomInt(from.length)]!
  const signs = [...classes.map(pick), ...Array.from({ length: 28 }, () => pick(all))]
  for (let last = signs.length - 1; last > 0; last--) {
    const other = randomInt(last + 1)
    ;[signs[last], signs[other]] = [signs[other]!, signs[last]!]
  }
  return signs.join('')
}
function newPrivateKey(comment: string): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  return openSshPrivateKey(privateKey, comment)
}
