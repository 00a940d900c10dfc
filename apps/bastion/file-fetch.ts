import { createHash } from 'node:crypto'
import { type FetchWork, grantStarted, requestCertificate } from '@huabiao/domains/session/session-gateway.contract'
import { commandLine, type ExecutionGrant } from '@huabiao/domains/session/session-grant.model'
import { partBytes } from '@huabiao/domains/transfer/transfer.model'
import { putPart, transferEnded } from '@huabiao/domains/transfer/transfer-gateway.contract'
import type { ClientChannel } from 'ssh2'
import type { z } from 'zod'
import { causeOf, untilAnswered } from './control-plane.ts'
import { checkGrant } from './grant-check.ts'
import { credentialRequest, grantedLeg } from './granted-leg.ts'
import type { LiveSessions, SessionsOptions } from './live-sessions.ts'
import { type Finished, reportFinished } from './runner.ts'
import type { Leg } from './second-leg.ts'

type Work = z.infer<typeof FetchWork>
const answerMs = 60_000

/**
 * Reads one file for an out-transfer ticket: the same order as for a step (runner.ts), and the same grant, but what comes back is the content
 * of a transfer. The recording says which file, how much and which digest; the bytes themselves go to evidence, not into a screen.
 */
export async function fetchFile(work: Work, of: SessionsOptions, sessions: LiveSessions): Promise<void> {
  const verdict = checkGrant({ ...work, stdin: '' }, of, of.clock.now())
  const grant = verdict.ok && verdict.grant.kind === 'observe' ? verdict.grant : undefined
  if (!grant || of.pending.has(grant.id)) return refuse(work, of, verdict.ok ? 'grant of another kind' : verdict.detail)
  const recorder = await sessions.recorderOf(work.sessionId)
  if (!recorder) return refuse(work, of, 'no live session')
  of.pending.put(grant.id, {})
  const params = { grantId: grant.id }
  const signal = AbortSignal.any([of.signal, AbortSignal.timeout(answerMs)])
  const begun = performance.now()
  const content = new Content(work, of)
  let end: Pick<Finished, 'outcome' | 'exitCode' | 'detail'>
  try {
    await untilAnswered(() => of.gateway(grantStarted, { params, body: { bootId: of.bootId } }), signal)
    const line = commandLine(grant)
    recorder.mark(work.label, null, grant.target.name)
    recorder.output(`\r\n── ${work.label} · ${grant.account}@${grant.target.name} $ ${line}\r\n`)
    end = await execute(grant, { work, of, sessions, content })
  } catch (cause) {
    end = { outcome: 'not-started', exitCode: null, detail: causeOf(cause) }
  }
  const digests = await content.end(end.exitCode === 0)
  try {
    recorder.output(`── ${digests.bytes} B · sha256:${digests.sha256} · ${end.detail || `exit ${end.exitCode}`}\r\n`)
  } catch {
    // The recording has ended before it; the outcome is still owed.
  }
  const finished: Finished = {
    ...end,
    signal: null,
    stdout: '',
    stderr: content.complaint,
    stdoutBytes: digests.bytes,
    stderrBytes: Buffer.byteLength(content.complaint),
    // As of every run: one digest over those of both streams.
    outputSha256: createHash('sha256')
      .update(Buffer.from(digests.sha256, 'hex'))
      .update(createHash('sha256').update(content.complaint).digest())
      .digest('hex'),
    durationMs: Math.round(performance.now() - begun),
  }
  try {
    of.pending.put(grant.id, { finished })
  } catch {
    // As of every run (runner.ts): what is known is told.
  }
  await reportFinished(of, grant.id, finished)
}

async function refuse(work: Work, of: SessionsOptions, detail: string): Promise<void> {
  of.log({ level: 'warn', event: 'fetch_refused', sessionId: work.sessionId, workId: work.workId, detail })
  await new Content(work, of).end(false)
}

async function execute(
  grant: ExecutionGrant,
  { work, of, sessions, content }: { work: Work; of: SessionsOptions; sessions: LiveSessions; content: Content },
): Promise<Pick<Finished, 'outcome' | 'exitCode' | 'detail'>> {
  const asked = credentialRequest(of, work.grant)
  const cut = new AbortController()
  // Whatever ends the session ends the reading, and with the connection its process on the target (NT-E09).
  const watched = sessions.watch(
    work.sessionId,
    () => undefined,
    () => cut.abort(),
  )
  const signal = AbortSignal.any([of.signal, cut.signal, AbortSignal.timeout(grant.timeoutMs)])
  let leg: Leg | undefined
  try {
    const answer = await of.gateway(requestCertificate, { body: asked.body, signal })
    const granted = await grantedLeg(grant, asked, answer, { signal, reach: of.reach })
    leg = granted.leg
    signal.addEventListener('abort', () => leg?.cut(), { once: true })
    let reading: Promise<number | null> = Promise.resolve(null)
    let why = ''
    const broken = (cause: unknown): null => {
      why = causeOf(cause)
      return null
    }
    // From here on it may have begun: whatever breaks it off, it is not as if nothing had been read.
    await granted.leg
      .exec(granted.line, undefined, (channel) => {
        reading = content.read(channel).catch(broken)
      })
      .catch(broken)
    const exitCode = await reading
    if (exitCode !== null) return { outcome: 'exited', exitCode, detail: '' }
    if (cut.signal.aborted) return { outcome: 'killed', exitCode, detail: 'the session ended' }
    if (of.signal.aborted) return { outcome: 'killed', exitCode, detail: 'the gateway stopped' }
    if (signal.aborted) return { outcome: 'timed-out', exitCode, detail: `no end within ${grant.timeoutMs} ms` }
    return { outcome: 'unknown', exitCode, detail: why || 'no exit status' }
  } finally {
    watched?.stop()
    leg?.cut()
  }
}

/** What comes back, part by part on its way to the control plane: no more than one part waits here. */
class Content {
  readonly #work: Work
  readonly #of: SessionsOptions
  readonly #sm3 = createHash('sm3')
  readonly #sha256 = createHash('sha256')
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #parts = 0
  #bytes = 0
  #tooMuch = false
  complaint = ''

  constructor(work: Work, of: SessionsOptions) {
    this.#work = work
    this.#of = of
  }
  /** Answers the exit code; null where there was none. */
  async read(channel: ClientChannel): Promise<number | null> {
    let exitCode: number | null = null
    channel.on('exit', (code: number | null) => {
      exitCode = code === null ? null : code & 255
    })
    channel.stderr.on('data', (chunk: Buffer) => {
      if (this.complaint.length < 2_000) this.complaint += chunk.toString('utf8').slice(0, 2_000)
    })
    const closed = new Promise<void>((resolve) => channel.once('close', resolve))
    for await (const chunk of channel.iterator({ destroyOnReturn: false })) {
      await this.#take(chunk as Buffer)
      if (this.#tooMuch) return 1
    }
    await closed
    return exitCode
  }
  async #take(chunk: Buffer): Promise<void> {
    this.#bytes += chunk.length
    if (this.#bytes > this.#work.maxBytes) {
      this.#tooMuch = true
      return
    }
    this.#sm3.update(chunk)
    this.#sha256.update(chunk)
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    while (this.#waitingBytes >= partBytes) await this.#send(partBytes)
  }
  async #send(length: number): Promise<void> {
    const all = Buffer.concat(this.#waiting)
    this.#waiting = all.length > length ? [all.subarray(length)] : []
    this.#waitingBytes = all.length - length
    const body = { index: this.#parts, data: all.toString('base64', 0, length) }
    const params = { transferId: this.#work.transferId }
    await untilAnswered(() => this.#of.gateway(putPart, { params, body }), AbortSignal.timeout(answerMs))
    this.#parts++
  }
  async end(whole: boolean): Promise<{ bytes: number; sm3: string; sha256: string }> {
    if (whole && this.#waitingBytes > 0) await this.#send(this.#waitingBytes)
    const came = { bytes: this.#bytes, sm3: this.#sm3.digest('hex'), sha256: this.#sha256.digest('hex') }
    const code = this.#tooMuch ? ('transfer.too_large' as const) : ('transfer.fetch_failed' as const)
    const body =
      whole && this.#bytes > 0
        ? { outcome: 'complete' as const, ...came }
        : { outcome: 'refused' as const, code, kept: false, ...came }
    const params = { transferId: this.#work.transferId }
    await untilAnswered(() => this.#of.gateway(transferEnded, { params, body }), AbortSignal.timeout(answerMs))
    return came
  }
}
