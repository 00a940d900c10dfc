import { sign } from 'node:crypto'
import { otherLine, type Seen } from '@huabiao/domains/enrolment/enrolment.model'
import { checkCertificates, checkFinished } from '@huabiao/domains/enrolment/enrolment-gateway.contract'
import type { CheckWork } from '@huabiao/domains/session/session-gateway.contract'
import { checkProofText } from '@huabiao/kit/crypto/signer-client'
import type { z } from 'zod'
import { causeOf, untilAnswered } from './control-plane.ts'
import type { SessionsOptions } from './live-sessions.ts'
import { type EphemeralKey, ephemeralKey, type Leg, onLeg, openLeg } from './second-leg.ts'

type Work = z.infer<typeof CheckWork>
type Certificates = readonly { probe: string; account: string; certificate: string }[]
const attemptMs = 12_000
const checkMs = 90_000

/**
 * Looks at a target as enrolment asks: tries what must open it and what must not, and tells what it saw. It runs nothing but the line that
 * the signer forced into each certificate. What must fail comes last: OpenSSH from 9.8 on punishes an address for failures.
 */
export async function checkTarget(work: Work, of: SessionsOptions): Promise<void> {
  const begun = performance.now()
  const params = { checkId: work.checkId }
  const signal = AbortSignal.any([of.signal, AbortSignal.timeout(checkMs)])
  const key = ephemeralKey()
  const asked = { checkId: work.checkId, publicKey: key.line, gatewayId: of.id }
  const proof = sign(null, Buffer.from(checkProofText(asked)), of.serviceKey).toString('base64')
  let seen: Seen[]
  try {
    const { certificates } = await of.gateway(checkCertificates, { params, body: { publicKey: key.line, proof }, signal })
    seen = await new Look(work, { ...of, key, certificates, signal }).all()
  } catch (cause) {
    // Nothing was seen, and what was not seen has not passed.
    seen = [{ probe: 'enters', account: null, sighting: 'unreached', differenceMs: null, detail: causeOf(cause).slice(0, 200) }]
  }
  const body = { seen, durationMs: Math.round(performance.now() - begun) }
  await untilAnswered(
    () => of.gateway(checkFinished, { params, body }),
    AbortSignal.any([of.signal, AbortSignal.timeout(60_000)]),
  )
}

interface Attempt {
  readonly leg: Leg | undefined
  readonly refused: boolean
  readonly isOtherHost: boolean
  readonly methods: readonly string[]
  readonly detail: string
}

interface LookOptions extends Pick<SessionsOptions, 'clock' | 'reach' | 'signal'> {
  readonly key: EphemeralKey
  readonly certificates: Certificates
}

class Look {
  readonly #work: Work
  readonly #of: LookOptions
  readonly #seen: Seen[] = []

  constructor(work: Work, of: LookOptions) {
    this.#work = work
    this.#of = of
  }

  async all(): Promise<Seen[]> {
    let first: string | undefined
    for (const { account, certificate } of this.#of.certificates.filter(({ probe }) => probe === 'enters')) {
      const isFirst = first === undefined
      first ??= account
      if (!(await this.#enters(account, certificate, isFirst))) return this.#seen
    }
    const login = this.#loginOf(first)
    if (!login) return this.#seen
    await this.#forwarding(login)
    for (const probe of ['wrong-principal', 'login-principal', 'other-plane'] as const) {
      const certificate = this.#of.certificates.find((one) => one.probe === probe)?.certificate
      if (certificate) this.#note(probe, await this.#refusal(login, certificate))
    }
    const bare = await this.#attempt(login, undefined)
    bare.leg?.cut()
    this.#note('no-certificate', bare)
    const others = bare.methods.filter((method) => method !== 'publickey')
    const known = bare.methods.length > 0 && others.length === 0
    this.#say('other-methods', known ? 'refused' : others.length > 0 ? 'offered' : 'unreached', others.join(' '))
    return this.#seen
  }

  /** Answers false where it makes no sense to go on: the host is another, or is not there. */
  async #enters(account: string, certificate: string, isFirst: boolean): Promise<boolean> {
    const login = this.#loginOf(account)
    if (!login) return true
    const tried = await this.#attempt(login, certificate)
    if (isFirst) {
      const reached = tried.leg !== undefined || tried.refused
      this.#say(
        'host-key',
        tried.isOtherHost ? 'differs' : reached ? 'equal' : 'unreached',
        tried.isOtherHost ? '' : tried.detail,
      )
      if (!reached) return false
    }
    this.#say('enters', tried.leg ? 'entered' : tried.refused ? 'refused' : 'unreached', tried.detail, { account })
    if (tried.leg && isFirst) await this.#forced(tried.leg)
    tried.leg?.cut()
    return true
  }

  /** What runs is the certificate's line and not ours; what it prints tells the time there. */
  async #forced(leg: Leg): Promise<void> {
    const sent = this.#of.clock.now().getTime()
    let out: string
    try {
      out = await onLeg(leg, this.#bound(), () => readAll(leg))
    } catch (cause) {
      return this.#say('forced-command', 'unreached', causeOf(cause))
    }
    const back = this.#of.clock.now().getTime()
    const [mark, stamp = ''] = out.split('\n')
    const forced = mark === `huabiao ${this.#work.checkId}` && !out.includes('not-the-forced-command')
    this.#say('forced-command', forced ? 'forced' : 'not-forced', forced ? '' : out.slice(0, 120).replace(/\s+/g, ' '))
    const [, seconds, fraction = ''] = /^(\d{9,11})(?:\.(\d*))?/.exec(stamp) ?? []
    if (!forced || !seconds) return
    // A date without fractions says only which second it is: its middle is the best guess.
    const there = Number(seconds) * 1000 + (fraction ? Number(`0.${fraction}`) * 1000 : 500)
    // The far clock was read somewhere between question and answer: the difference that is surely there.
    const difference = there < sent ? there - sent : there > back ? there - back : 0
    this.#say('clock', 'measured', '', { differenceMs: Math.round(difference) })
  }

  /** With a certificate that would permit it, so that what refuses is the target itself. */
  async #forwarding(login: string): Promise<void> {
    const certificate = this.#of.certificates.find(({ probe }) => probe === 'forwarding')?.certificate
    const tried = certificate ? await this.#attempt(login, certificate) : undefined
    if (!tried?.leg) return
    const { leg } = tried
    const asked = (): Promise<{ sighting: Seen['sighting']; detail: string }> =>
      new Promise((resolve) => {
        leg.client.forwardOut('127.0.0.1', 1, '127.0.0.1', this.#work.target.port, (cause, channel) => {
          channel?.destroy()
          // RFC 4254 §5.1: 1 is "administratively prohibited"; any other reason means that it was tried, and none that nobody answered.
          const reason = cause && (cause as { reason?: unknown }).reason
          if (cause && typeof reason !== 'number') return resolve({ sighting: 'unreached', detail: causeOf(cause) })
          resolve({ sighting: reason === 1 ? 'refused' : 'opened', detail: '' })
        })
      })
    const { sighting, detail } = await onLeg(leg, this.#bound(), asked).catch((cause: unknown) => ({
      sighting: 'unreached' as const,
      detail: causeOf(cause),
    }))
    this.#say('forwarding', sighting, detail)
    leg.cut()
  }

  async #refusal(login: string, certificate: string): Promise<Attempt> {
    const tried = await this.#attempt(login, certificate)
    tried.leg?.cut()
    return tried
  }

  #note(probe: Seen['probe'], tried: Attempt): void {
    this.#say(probe, tried.leg ? 'entered' : tried.refused ? 'refused' : 'unreached', tried.detail)
  }
  #say(probe: Seen['probe'], sighting: Seen['sighting'], detail = '', also: Partial<Seen> = {}): void {
    const words = detail.replace(/\p{Cc}/gu, ' ').slice(0, 200)
    this.#seen.push({ probe, sighting, account: null, differenceMs: null, ...also, detail: words })
  }
  /** Of one attempt, and of one thing that is done on its leg. */
  #bound(): AbortSignal {
    return AbortSignal.any([this.#of.signal, AbortSignal.timeout(attemptMs)])
  }
  #loginOf(account: string | undefined): string | undefined {
    return this.#work.accounts.find(({ name }) => name === account)?.login
  }

  async #attempt(login: string, certificate: string | undefined): Promise<Attempt> {
    const { host, port, hostKeySha256 } = this.#work.target
    const signal = this.#bound()
    let methods: readonly string[] = []
    let isOtherHost = false
    try {
      const leg = await openLeg({
        host,
        port,
        account: login,
        hostKeySha256,
        key: this.#of.key,
        certificate,
        signal,
        reach: this.#of.reach,
        onMethods: (left) => {
          methods = left
        },
        onOtherHost: () => {
          isOtherHost = true
        },
      })
      return { leg, refused: false, isOtherHost, methods, detail: '' }
    } catch (cause) {
      const refused = (cause as { level?: string }).level === 'client-authentication'
      const detail = refused ? '' : cause instanceof Error ? cause.message : 'unknown'
      return { leg: undefined, refused, isOtherHost, methods, detail }
    }
  }
}

async function readAll(leg: Leg): Promise<string> {
  let out = ''
  await new Promise<void>((resolve, reject) => {
    leg
      .exec(otherLine, undefined, (channel) => {
        channel.stderr.resume()
        channel.on('data', (chunk: Buffer) => {
          if (out.length < 4_000) out += chunk.toString('utf8')
        })
        channel.once('close', resolve)
      })
      .catch(reject)
  })
  return out
}
