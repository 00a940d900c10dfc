import { createHash, type KeyObject } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'
import {
  grantFinished,
  grantStarted,
  type RunWork as RunWorkItem,
  requestCertificate,
} from '@huabiao/domains/session/session-gateway.contract'
import { commandLine, type ExecutionGrant } from '@huabiao/domains/session/session-grant.model'
import { lifelineInput } from '@huabiao/domains/session/session-lifeline.model'
import type { Plane } from '@huabiao/kit/actor/actor'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { PublicKeyEntry } from '@huabiao/kit/crypto/envelope'
import type { ApiClient } from '@huabiao/kit/http/client'
import type { ClientChannel } from 'ssh2'
import type { z } from 'zod'
import { WholeCharacters } from './cast.ts'
import { causeOf, clocksDiffer, codeOf, untilAnswered } from './control-plane.ts'
import type { DurableSet } from './durable.ts'
import { checkGrant } from './grant-check.ts'
import { credentialRequest, grantedLeg } from './granted-leg.ts'
import type { Log } from './log.ts'
import type { Recorder } from './recorder.ts'
import type { Leg, LegOptions } from './second-leg.ts'
import { Terminal } from './terminal.ts'

export type RunWork = z.infer<typeof RunWorkItem>
export type Finished = Omit<z.infer<typeof grantFinished.body>, 'bootId'>
/** What the spool knows of a run: begun, or done and not yet acknowledged. */
export interface PendingRun {
  readonly finished?: Finished
}
export interface RunnerOptions {
  readonly id: string
  readonly plane: Plane
  readonly bootId: string
  readonly serviceKey: KeyObject
  readonly keys: readonly PublicKeyEntry[]
  readonly gateway: ApiClient
  readonly clock: Clock
  readonly pending: DurableSet<PendingRun>
  readonly signal: AbortSignal
  readonly log: Log
  readonly reach: LegOptions['reach']
  /** SPKI DER of the key that what is typed is sealed to. */
  readonly sealingKey: Uint8Array
}

const stdoutMax = 64 * 1024
const stderrMax = 16 * 1024
/** How long a step that is told to end may take to do so, before the connection is cut whatever it does; a kill has one second. */
const endMs = 800
/** How long a certificate is asked for. */
const certificateMs = 15_000

/**
 * First bytes as text, all bytes counted and digested: with SHA-256, six times as fast here as SM3 (docs/bench.md). What proves an
 * output is the recording, whose segments have both.
 */
class Sink {
  readonly #hash = createHash('sha256')
  /** Memory of its own: a chunk kept is a slice, and keeps all that it is a slice of for as long as the step runs. */
  #kept: Buffer = Buffer.alloc(0)
  readonly #max: number
  #keptBytes = 0
  #told = false
  bytes = 0
  constructor(max: number) {
    this.#max = max
  }
  /** What still comes out of a connection that was cut is no part of what was reported. */
  add(chunk: Buffer): void {
    if (this.#told) return
    this.#hash.update(chunk)
    this.bytes += chunk.length
    const room = this.#max - this.#keptBytes
    if (room <= 0) return
    const due = Math.min(room, chunk.length)
    if (this.#keptBytes + due > this.#kept.length) this.#grow(this.#keptBytes + due)
    chunk.copy(this.#kept, this.#keptBytes, 0, due)
    this.#keptBytes += due
  }
  #grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#max, Math.max(least, 2 * this.#kept.length, 1024)))
    this.#kept.copy(larger, 0, 0, this.#keptBytes)
    this.#kept = larger
  }
  digest(): Buffer {
    this.#told = true
    return this.#hash.digest()
  }
  text(): string {
    // The decoder holds back a character that the cut has halved.
    return new StringDecoder('utf8').write(this.#kept.subarray(0, this.#keptBytes))
  }
}

type Ending = Pick<Finished, 'outcome' | 'exitCode' | 'signal' | 'detail'>
const ending = (outcome: Finished['outcome'], detail: string): Ending => ({ outcome, exitCode: null, signal: null, detail })

/**
 * Runs one granted command once. The order is the promise: verified, written down, told to the control plane, and only then
 * done; what came of it is on disk before it is reported, and reported until it is acknowledged.
 */
export class Run {
  readonly work: RunWork
  readonly #of: RunnerOptions
  readonly #recorder: Recorder
  readonly #isHeld: () => boolean
  readonly #abort = new AbortController()
  readonly #out = new Sink(stdoutMax)
  readonly #err = new Sink(stderrMax)
  #leg: Leg | undefined
  #channel: ClientChannel | undefined
  #terminal: Terminal | undefined
  #cutReason: string | undefined
  #end: ((end: Ending) => void) | undefined
  #told: Ending | undefined

  /** @param isHeld whether the session is paused or waits, whenever it is asked */
  constructor(work: RunWork, recorder: Recorder, options: RunnerOptions, isHeld: () => boolean) {
    this.work = work
    this.#recorder = recorder
    this.#of = options
    this.#isHeld = isHeld
  }

  /** Ends the step on the target, and the connection within a second whether it has ended or not. */
  kill(reason: string): void {
    this.#cutReason ??= reason
    this.#abort.abort()
    this.#stop(ending('killed', this.#cutReason))
  }
  /** Ends the lifeline, and with it the step's processes on the target. sshd closes the channel when they are gone: the proof of it. */
  #stop(told: Ending): void {
    if (this.#told) return
    this.#told = told
    const unproved = { ...told, detail: `${told.detail}; cut off: the end of its processes on the target was not seen` }
    this.#channel?.end()
    setTimeout(() => this.#end?.(unproved), this.#channel ? endMs : 0)
  }
  /** Where somebody may sit down: an interactive step or break-glass, once it has begun. */
  get terminal(): Terminal | undefined {
    return this.#terminal
  }
  /**
   * Lets bytes through, or not one more either way: none while the recording is behind. A step that is under way ends by itself; a terminal
   * does not, so through it goes nothing while its session is held, from its first byte on (NT-B05).
   */
  flow(): void {
    const held = this.#recorder.lagging || (this.#terminal !== undefined && this.#isHeld())
    this.#terminal?.hold(held)
    for (const stream of this.#channel ? [this.#channel, this.#channel.stderr] : []) {
      if (held) stream.pause()
      else stream.resume()
    }
  }

  /** Answers the detail of a refusal when nothing was started and nothing is to be reported by grant. */
  async start(): Promise<string | undefined> {
    const verdict = checkGrant(this.work, this.#of, this.#of.clock.now())
    if (!verdict.ok) {
      if (verdict.grantId) await reportFinished(this.#of, verdict.grantId, noEnd('not-started', verdict.detail))
      return verdict.detail
    }
    const { grant, stdin } = verdict
    if (this.#of.pending.has(grant.id)) return 'session.grant_used'
    this.#of.pending.put(grant.id, {})
    let calls = 0
    let askedAt = 0
    let skewed: string | undefined
    try {
      const { now } = await untilAnswered(
        () => {
          calls++
          askedAt = this.#of.clock.now().getTime()
          return this.#of.gateway(grantStarted, { params: { grantId: grant.id }, body: { bootId: this.#of.bootId } })
        },
        AbortSignal.any([this.#of.signal, this.#abort.signal, AbortSignal.timeout(20_000)]),
      )
      skewed = clocksDiffer(Date.parse(now), askedAt, this.#of.clock.now().getTime())
    } catch (cause) {
      const [code, detail] = [codeOf(cause), causeOf(cause)]
      // Told no at the first call: nothing ran. After a lost answer the grant may count as started: say that nothing ran.
      if (calls > 1 || code === 'request.unreachable') await this.#finish(grant, ending('not-started', detail), 0)
      else this.#of.pending.delete(grant.id)
      return detail
    }
    if (skewed) {
      await this.#finish(grant, ending('not-started', skewed), 0)
      return skewed
    }
    const begun = performance.now()
    const end = await this.#effect(grant, stdin)
    await this.#finish(grant, end, Math.round(performance.now() - begun))
    return undefined
  }

  async #effect(grant: ExecutionGrant, stdin: Buffer): Promise<Ending> {
    const line = commandLine(grant)
    let granted: Awaited<ReturnType<typeof grantedLeg>>
    try {
      const { name, account } = grant.target
      this.#recorder.mark(this.work.label, this.work.stepKey, name)
      this.#recorder.output(`\r\n── ${this.work.label} · ${account}@${name} $ ${line}\r\n`)
      const asked = credentialRequest(this.#of, this.work.grant)
      // Nothing has run yet: a signer that is being restarted is waited for. A certificate whose answer was lost is refused the second time.
      const answer = await untilAnswered(
        () => this.#of.gateway(requestCertificate, { body: asked.body, signal: this.#abort.signal }),
        AbortSignal.any([this.#of.signal, this.#abort.signal, AbortSignal.timeout(certificateMs)]),
      )
      granted = await grantedLeg(grant, asked, answer, { signal: this.#abort.signal, reach: this.#of.reach })
      this.#leg = granted.leg
    } catch (cause) {
      if (this.#cutReason) return ending('not-started', this.#cutReason)
      return ending('not-started', causeOf(cause))
    }
    if (grant.command.kind === 'interactive')
      this.#terminal = new Terminal({
        recorder: this.#recorder,
        sessionId: this.work.sessionId,
        sealingKey: this.#of.sealingKey,
        ended: (reason) => this.kill(reason),
      })
    const end = await this.#execute(granted.leg, granted.line, lifelineInput(grant.command.kind, stdin), grant.timeoutMs)
    this.#terminal?.end()
    return end
  }

  async #execute(leg: Leg, line: string, input: readonly Uint8Array[], timeoutMs: number): Promise<Ending> {
    // Cut between the connection and here: not one byte of the command leaves.
    if (this.#cutReason) {
      leg.cut()
      return ending('not-started', this.#cutReason)
    }
    const ended = new Promise<Ending>((resolve) => {
      this.#end = resolve
    })
    const timer = setTimeout(() => this.#stop(ending('timed-out', `no end within ${timeoutMs} ms`)), timeoutMs)
    // Its processes there end with it; how far they had come nobody knows.
    leg.client.on('close', () => this.#end?.(ending('unknown', 'connection to the target lost')))
    leg.client.on('error', () => this.#end?.(ending('unknown', 'connection to the target failed')))
    leg
      .exec(line, this.#terminal?.size, (channel) => this.#attach(channel, input))
      .catch((cause: unknown) => this.#end?.(ending('unknown', causeOf(cause))))
    const end = await ended
    clearTimeout(timer)
    leg.cut()
    return end
  }

  #attach(channel: ClientChannel, input: readonly Uint8Array[]): void {
    this.#channel = channel
    let exit: Ending | undefined
    channel.on('exit', (code: number | null, signal?: string) => {
      exit =
        code === null
          ? { ...ending('signalled', ''), signal: String(signal ?? '').slice(0, 20) }
          : { ...ending('exited', ''), exitCode: code & 255 }
    })
    channel.on('close', () => {
      if (this.#told) this.#end?.({ ...this.#told, detail: `${this.#told.detail}; its processes on the target have ended` })
      else this.#end?.(exit ?? ending('unknown', 'channel closed without an exit status'))
    })
    this.#terminal?.attach(channel)
    this.#drain(channel, this.#out)
    this.#drain(channel.stderr, this.#err)
    channel.on('error', () => undefined)
    // Never ended from here while the step may live: this is its lifeline.
    for (const part of input) channel.write(part)
    this.flow()
  }

  #drain(stream: NodeJS.ReadableStream, sink: Sink): void {
    const characters = new WholeCharacters()
    const record = (output: Buffer): void => {
      try {
        this.#recorder.output(output, this.#terminal !== undefined)
      } catch {
        this.kill('recorder-failed')
      }
    }
    stream.on('data', (chunk: Buffer) => {
      sink.add(chunk)
      record(characters.take(chunk))
    })
    stream.on('end', () => record(characters.end()))
  }

  async #finish(grant: ExecutionGrant, end: Ending, durationMs: number): Promise<void> {
    const outputSha256 = outputDigest(this.#out.digest(), this.#err.digest())
    const finished: Finished = {
      ...end,
      detail: end.detail.slice(0, 500),
      stdout: this.#out.text(),
      stderr: this.#err.text(),
      stdoutBytes: this.#out.bytes,
      stderrBytes: this.#err.bytes,
      outputSha256,
      durationMs,
    }
    try {
      this.#recorder.output(`── ${outcomeText(end)} · ${durationMs} ms\r\n`)
    } catch {
      // The recording has failed; the outcome is still owed.
    }
    try {
      this.#of.pending.put(grant.id, { finished })
    } catch {
      // A disk that takes nothing more is no reason to keep silent: what is known is told, and only a crash before that loses it.
    }
    await reportFinished(this.#of, grant.id, finished)
  }
}

const outcomeText = (end: Ending): string =>
  end.exitCode !== null ? `exit ${end.exitCode}` : [end.outcome, end.signal, end.detail].filter(Boolean).join(' ')

type Reporter = Pick<RunnerOptions, 'gateway' | 'bootId' | 'pending' | 'signal' | 'log'>

/** Tells until it is acknowledged. A refusal is an acknowledgement too: nothing that is repeated would change it. */
export async function reportFinished(of: Reporter, grantId: string, finished: Finished): Promise<void> {
  try {
    const body = { ...finished, bootId: of.bootId }
    await untilAnswered(() => of.gateway(grantFinished, { params: { grantId }, body }), of.signal)
  } catch (cause) {
    if (of.signal.aborted) throw cause
    of.log({ level: 'error', event: 'result_refused', grantId, outcome: finished.outcome, cause: causeOf(cause) })
  }
  of.pending.delete(grantId)
}

/** SHA-256 over the SHA-256 of standard output and of standard error. */
const outputDigest = (out: Buffer, err: Buffer): string => createHash('sha256').update(out).update(err).digest('hex')
const nothing = createHash('sha256').digest()
/** A report without output. */
function noEnd(outcome: Finished['outcome'], detail: string): Finished {
  const outputSha256 = outputDigest(nothing, nothing)
  return { ...ending(outcome, detail), stdout: '', stderr: '', stdoutBytes: 0, stderrBytes: 0, outputSha256, durationMs: 0 }
}
/** Of a run that an earlier boot began and did not finish nobody knows the end. It is said, and never repeated. */
export const unknownEnd = (): Finished =>
  noEnd('unknown', 'the gateway stopped while the command ran; its processes on the target ended with the connection')
