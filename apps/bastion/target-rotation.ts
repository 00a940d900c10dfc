import { sign } from 'node:crypto'
import type { RotateWork } from '@huabiao/domains/session/session-gateway.contract'
import type { RotationOutcome, RotationSecret } from '@huabiao/domains/vault/vault.model'
import { rotationFinished, rotationMaterial } from '@huabiao/domains/vault/vault-gateway.contract'
import { passwordInput, passwordLine, placeKeyLine, removeKeysLine } from '@huabiao/domains/vault/vault-lines.model'
import { newBoxKey, openBox } from '@huabiao/kit/crypto/box'
import { rotationProofText } from '@huabiao/kit/crypto/vault-client'
import type { z } from 'zod'
import { causeOf, untilAnswered } from './control-plane.ts'
import { firstThatOpens } from './granted-leg.ts'
import type { SessionsOptions } from './live-sessions.ts'
import { ephemeralKey, type Leg, onLeg } from './second-leg.ts'

type Work = z.infer<typeof RotateWork>
interface End {
  readonly outcome: RotationOutcome
  readonly detail: string
}
const rotateMs = 60_000

/** Puts the next secret in place, sees it work, and sees the old one refused. Each act may be repeated: after a crash it is. */
export async function rotateTarget(work: Work, of: SessionsOptions): Promise<void> {
  const params = { rotationId: work.rotationId }
  const signal = AbortSignal.any([of.signal, AbortSignal.timeout(rotateMs)])
  const box = newBoxKey()
  const asked = { rotationId: work.rotationId, boxKey: box.publicKey, gatewayId: of.id }
  const proof = sign(null, Buffer.from(rotationProofText(asked)), of.serviceKey).toString('base64')
  let end: End
  try {
    const { boxed } = await of.gateway(rotationMaterial, { params, body: { boxKey: box.publicKey, proof }, signal })
    const secret = JSON.parse(openBox(box.privateKey, boxed, `rotation/${work.rotationId}`).toString('utf8')) as RotationSecret
    end = await new Rotation(work, secret, { ...of, signal }).run()
  } catch (cause) {
    end = { outcome: 'failed', detail: causeOf(cause) }
  }
  const body = { outcome: end.outcome, detail: end.detail.replace(/\p{Cc}/gu, ' ').slice(0, 300) }
  await untilAnswered(
    () => of.gateway(rotationFinished, { params, body }),
    AbortSignal.any([of.signal, AbortSignal.timeout(rotateMs)]),
  )
}

class Rotation {
  readonly #work: Work
  readonly #secret: RotationSecret
  readonly #of: Pick<SessionsOptions, 'signal' | 'reach'>
  constructor(work: Work, secret: RotationSecret, of: Pick<SessionsOptions, 'signal' | 'reach'>) {
    this.#work = work
    this.#secret = secret
    this.#of = of
  }

  async run(): Promise<End> {
    const { kind, next, nextPublic, secrets, oldPublic } = this.#secret
    // Where the old one opens nothing any more, the new one was put in place by a rotation that nobody saw end.
    const placed =
      kind === 'ssh-key'
        ? await this.#runWith(secrets, placeKeyLine(nextPublic!), '')
        : await this.#runWith(secrets, passwordLine, passwordInput(secrets.at(-1)!, next))
    if (placed) return this.#whatOpens(`not put in place: ${placed}`)
    if (kind !== 'ssh-key' || oldPublic.length === 0) return this.#whatOpens('')
    const removed = await this.#runWith([next], removeKeysLine(nextPublic!, oldPublic), '')
    return this.#whatOpens(removed ? `the old key stays: ${removed}` : '', removed !== undefined)
  }

  /** Runs a line where one of the secrets opens the target; answers what was wrong with it, or nothing. Undefined where none does. */
  async #runWith(secrets: readonly string[], line: string, input: string): Promise<string | undefined> {
    const leg = await this.#open(secrets)
    if (!leg) return undefined
    const { ok, said } = await onLeg(leg, this.#of.signal, () => runLine(leg, line, input)).finally(() => leg.cut())
    return ok ? '' : said
  }

  /**
   * Nobody knows how much of it was done: which of the two opens the target is looked up, not guessed, and the new one no second time: each
   * logon there wants an explanation. @param seenNew whether the new one was just seen to open it
   */
  async #whatOpens(detail: string, seenNew = false): Promise<End> {
    const opens = async (secrets: readonly string[]): Promise<boolean> => {
      const leg = await this.#open(secrets)
      leg?.cut()
      return leg !== undefined
    }
    const isNew = seenNew || (await opens([this.#secret.next]))
    const isOld = await opens(this.#secret.secrets)
    if (isNew && !isOld) return { outcome: 'rotated', detail: '' }
    if (isNew) return { outcome: 'both-work', detail: detail || 'the old secret still opens the target' }
    return { outcome: isOld ? 'unchanged' : 'failed', detail: detail || 'the new secret opens nothing' }
  }

  /** Undefined where the target refuses them all. @throws Error where it cannot be reached */
  async #open(secrets: readonly string[]): Promise<Leg | undefined> {
    const { host, port, hostKeySha256 } = this.#work.target
    const { kind } = this.#secret
    const to = { host, port, hostKeySha256, account: this.#work.login, key: ephemeralKey(), ...this.#of }
    try {
      return await firstThatOpens({ kind, secrets }, { ...to, signal: this.#of.signal, reach: this.#of.reach })
    } catch (cause) {
      if ((cause as { level?: string }).level === 'client-authentication' || secrets.length === 0) return undefined
      throw cause
    }
  }
}

/** A line with what it reads. What it says is told only where it failed, and never what was sent to it. */
async function runLine(leg: Leg, line: string, input: string): Promise<{ ok: boolean; said: string }> {
  let said = ''
  let code: number | null = null
  const keep = (chunk: Buffer): void => {
    if (said.length < 300) said += chunk.toString('utf8')
  }
  await new Promise<void>((resolve, reject) => {
    leg
      .exec(line, undefined, (channel) => {
        channel.on('data', keep)
        channel.stderr.on('data', keep)
        channel.on('exit', (exit: number | null) => {
          code = exit
        })
        channel.once('close', resolve)
        channel.end(input)
      })
      .catch(reject)
  })
  return { ok: code === 0, said: code === null ? 'no exit status' : `exit ${code}: ${said.slice(0, 200)}` }
}
