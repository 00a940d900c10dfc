import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { manifestText } from '@huabiao/domains/session/session.model'
import { putSegment, sessionGap, sessionSealed } from '@huabiao/domains/session/session-gateway.contract'
import type { Clock } from '@huabiao/kit/clock/clock'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import type { ApiClient } from '@huabiao/kit/http/client'
import { toHex, utf8 } from '@huabiao/kit/merkle/bytes'
import type { z } from 'zod'
import { codeOf, untilAnswered } from './control-plane.ts'
import { namesIn, writeDurably } from './durable.ts'

/** Each segment is a durable write, an upload and a record of the ledger: four times as large is a quarter of all three. */
export const segmentMaxBytes = 1024 * 1024
/** Below the 5 s that a segment may span, so that writing it is within them. */
const segmentMaxMs = 4_000
/** What may wait for upload before what is recorded is held back, and how little must be left before it goes on. */
export const lagMaxBytes = 8 * 1024 * 1024
const lagOverBytes = lagMaxBytes / 2
/** Held for so long without one segment acknowledged, the session pauses (NT-D01). */
const stuckMs = 2_000
const firstScreenMax = 64 * 1024

type Segment = z.infer<typeof putSegment.body>
type Mark = Segment['marks'][number]
interface Closing {
  readonly reason: string
  readonly closedAt: string
}
export interface RecorderOptions {
  readonly spoolDir: string
  readonly sessionId: string
  readonly gateway: ApiClient
  readonly clock: Clock
  readonly signal: AbortSignal
  /** More is recorded than is uploaded: hold what is recorded back, or let it go on. A long output is no trouble. */
  readonly onPressure: (held: boolean) => void
  /** The recorder can no longer keep its promise: what it records must stop. */
  readonly onTrouble: (detail: string) => void
}

const folderOf = (spoolDir: string, sessionId: string): string => {
  if (!/^[0-9a-f-]{36}$/.test(sessionId)) throw new TypeError('not an id')
  return join(spoolDir, sessionId)
}
const segmentsIn = (folder: string): string[] =>
  namesIn(folder)
    .filter((name) => name.endsWith('.segment'))
    .sort()

/**
 * Records one session as asciicast v2 in sealed segments. A segment is on disk before it is sent, and stays until the whole
 * recording is acknowledged. It holds output only: nothing that a person types is ever written.
 */
export class Recorder {
  readonly #of: RecorderOptions
  readonly #folder: string
  readonly #startedAt: number
  readonly #watchers = new Set<(text: string) => void>()
  #lines: Buffer[] = []
  #bytes = 0
  #since = 0
  #marks: Mark[] = []
  #next = 0
  #waiting = 0
  #held = false
  #stuck: NodeJS.Timeout | undefined
  #sent = 0
  #timer: NodeJS.Timeout | undefined
  #broken = false
  #closed = false
  #uploads: Promise<void> = Promise.resolve()
  #screen = ''

  /** Opens the recording: its first segment is durable when this returns. Throws where the spool cannot be written. */
  constructor(options: RecorderOptions, title: string) {
    this.#of = options
    this.#folder = folderOf(options.spoolDir, options.sessionId)
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    if (namesIn(this.#folder).length > 0) throw new Error('the spool already holds a recording of this session')
    this.#startedAt = options.clock.now().getTime()
    this.#add(JSON.stringify({ version: 2, width: 120, height: 32, timestamp: Math.floor(this.#startedAt / 1000), title }))
    this.#seal()
  }

  get startedAt(): string {
    return new Date(this.#startedAt).toISOString()
  }
  /** What a person who starts to watch now should see first. */
  get firstScreen(): string {
    return this.#screen.slice(-firstScreenMax)
  }
  get lagging(): boolean {
    return this.#held
  }
  get broken(): boolean {
    return this.#broken
  }

  watch(watcher: (text: string) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Records output, then shows it: nobody sees what is not in the recording. Throws once the spool has failed. */
  output(text: string): void {
    if (text === '') return
    if (this.#closed || this.#broken) throw new Error('the recorder is closed')
    this.#try(() => this.#add(JSON.stringify([this.#atMs() / 1000, 'o', text])))
    this.#screen += text
    // Cut now and then: to copy a screen for each chunk costs more than to record it.
    if (this.#screen.length > 8 * firstScreenMax) this.#screen = this.#screen.slice(-firstScreenMax)
    for (const watcher of this.#watchers) watcher(text)
  }

  mark(label: string, stepKey: string | null, targetName: string | null): void {
    if (this.#marks.length >= 500) this.#try(() => this.#seal())
    this.#marks.push({ atMs: this.#atMs(), label: label.slice(0, 200), stepKey, targetName })
  }

  /** Ends the recording: what closes it is durable when this returns; the seal follows when everything is uploaded. */
  close(reason: string): Promise<void> {
    if (this.#closed) return this.#uploads
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#stuck)
    const closing: Closing = { reason: reason.slice(0, 300), closedAt: this.#of.clock.now().toISOString() }
    try {
      if (!this.#broken && this.#lines.length > 0) this.#seal()
      if (!this.#broken) writeDurably(join(this.#folder, 'closed.json'), JSON.stringify(closing))
    } catch {
      this.#broken = true
    }
    const lost = this.#broken ? this.#bytes : 0
    this.#uploads = this.#uploads.then(() =>
      this.#broken
        ? declareGap(this.#of, this.#next, 'the spool could not be written', lost)
        : sealRecording(this.#of, this.#sent),
    )
    return this.#uploads
  }

  #atMs(): number {
    return Math.max(0, this.#of.clock.now().getTime() - this.#startedAt)
  }

  #add(text: string): void {
    const line = Buffer.from(`${text}\n`)
    if (this.#bytes + line.length > segmentMaxBytes) this.#seal()
    if (this.#lines.length === 0) {
      this.#since = this.#atMs()
      this.#timer = setTimeout(() => this.#try(() => this.#seal(), false), segmentMaxMs)
      this.#timer.unref()
    }
    this.#lines.push(line)
    this.#bytes += line.length
  }

  #seal(): void {
    clearTimeout(this.#timer)
    if (this.#lines.length === 0 && this.#marks.length === 0) return
    const data = Buffer.concat(this.#lines)
    const index = this.#next
    const segment: Segment = {
      index,
      startedAtMs: this.#lines.length > 0 ? this.#since : this.#atMs(),
      endedAtMs: this.#atMs(),
      sm3: toHex(sm3(data)),
      sha256: toHex(sha256(data)),
      data: data.toString('base64'),
      marks: this.#marks,
    }
    writeDurably(join(this.#folder, `${String(index).padStart(7, '0')}.segment`), JSON.stringify(segment))
    this.#next++
    this.#lines = []
    this.#bytes = 0
    this.#marks = []
    this.#upload(segment, data.length)
  }

  #upload(segment: Segment, bytes: number): void {
    this.#waiting += bytes
    if (!this.#held && this.#waiting > lagMaxBytes) this.#press(true)
    this.#uploads = this.#uploads.then(async () => {
      try {
        await putOne(this.#of, segment)
        if (segment.index === this.#sent) this.#sent++
      } catch {
        // It stays in the spool: sealing sends what is missing, and says so where that fails too.
      }
      this.#waiting -= bytes
      if (this.#held) this.#press(this.#waiting > lagOverBytes)
    })
  }

  /** Holds back or lets go; while it holds, every acknowledged segment buys two seconds for the next. */
  #press(held: boolean): void {
    clearTimeout(this.#stuck)
    const changed = held !== this.#held
    this.#held = held
    if (held && !this.#closed) {
      this.#stuck = setTimeout(() => this.#of.onTrouble('recordings wait for upload'), stuckMs)
      this.#stuck.unref()
    }
    if (changed) this.#of.onPressure(held)
  }

  #try(act: () => void, rethrow = true): void {
    try {
      act()
    } catch (cause) {
      this.#broken = true
      this.#of.onTrouble('the spool cannot be written')
      if (rethrow) throw cause
    }
  }
}

type Upload = Pick<RecorderOptions, 'spoolDir' | 'sessionId' | 'gateway' | 'signal'>

const putOne = (of: Upload, segment: Segment): Promise<unknown> =>
  untilAnswered(() => of.gateway(putSegment, { params: { sessionId: of.sessionId }, body: segment }), of.signal)

/** Sends what the control plane has not yet, then seals, or declares a gap where the recording did not end in order. */
async function sealRecording(of: Upload, from: number): Promise<void> {
  const folder = folderOf(of.spoolDir, of.sessionId)
  const names = segmentsIn(folder)
  // One at a time: a recording may be larger than the memory.
  const sized: Parameters<typeof manifestText>[0]['segments'][number][] = []
  try {
    for (const name of names) {
      const segment = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Segment
      if (segment.index >= from) await putOne(of, segment)
      const { data, ...rest } = segment
      sized.push({ ...rest, bytes: Buffer.byteLength(data, 'base64') })
    }
  } catch (cause) {
    if (of.signal.aborted) throw cause
    return declareGap(of, names.length, `upload refused: ${codeOf(cause)}`, 0)
  }
  const closing = readClosing(folder)
  if (!closing) return declareGap(of, names.length, 'the gateway stopped; at most the last 5 s are missing', 0)
  const manifestSm3 = toHex(sm3(utf8(manifestText({ sessionId: of.sessionId, reason: closing.reason, segments: sized }))))
  await untilAnswered(
    () =>
      of.gateway(sessionSealed, {
        params: { sessionId: of.sessionId },
        body: { segments: names.length, manifestSm3, ...closing },
      }),
    of.signal,
  )
  rmSync(folder, { recursive: true, force: true })
}

/** Finishes the recording of an earlier boot. */
export const finishRecording = (of: Upload, known: number): Promise<void> => sealRecording(of, known)

/** The spool keeps what it holds: a gap is somebody's question, and these are the only answers. */
async function declareGap(of: Upload, segments: number, reason: string, bytesLost: number): Promise<void> {
  await untilAnswered(
    () => of.gateway(sessionGap, { params: { sessionId: of.sessionId }, body: { segments, reason, bytesLost } }),
    of.signal,
  )
}

function readClosing(folder: string): Closing | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'closed.json'), 'utf8')) as Closing
  } catch {
    return undefined
  }
}
