import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdCompressSync } from 'node:zlib'
import type { Clock } from '@huabiao/kit/clock/clock'
import { sha256, sm3 } from '@huabiao/kit/crypto/suite'
import type { ApiClient } from '@huabiao/kit/http/client'
import { toHex } from '@huabiao/kit/merkle/bytes'
import { eventLines, shownBy } from './cast.ts'
import { namesIn, writeDurably, writeDurablyAside } from './durable.ts'
import { RecentOutput } from './recent-output.ts'
import { type Closing, declareGap, folderOf, putOne, type Segment, sealRecording } from './recording-end.ts'

/** Each segment is a durable write, an upload and a record of the ledger: four times as large is a quarter of all three. */
const segmentMaxBytes = 1024 * 1024
/** Below the 5 s that a segment may span, so that writing it is within them. */
const segmentMaxMs = 4_000
/** What may wait for upload before what is recorded is held back, and how little must be left before it goes on. */
const lagMaxBytes = 8 * 1024 * 1024
const lagOverBytes = lagMaxBytes / 2
/** Held for so long without one segment acknowledged, the session pauses (NT-D01). */
const stuckMs = 2_000
/** What is less is compressed at once: a terminal's few lines are not worth another thread's attention. */
const smallBytes = 32 * 1024
/** A segment that is not durable so long after it was closed holds back what is recorded: with what it may span it stays within 5 s. */
const lateMs = 800
/** A screen with its colours, and something above it. */
const firstScreenMax = 16 * 1024
/** Text is a sixth of itself then, and to digest, keep and send the rest takes more than this takes (docs/bench.md, 2026-11-25). */
const compression = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  // Node's default would come back to this thread for every 16 KiB of what was compressed aside.
  chunkSize: 256 * 1024,
}

type Mark = Segment['marks'][number]
/** A segment before its lines are compressed. */
type Part = Pick<Segment, 'index' | 'startedAtMs' | 'endedAtMs' | 'marks'>
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

const compressAside = promisify(zstdCompress)
const toSegment = (part: Part, data: Buffer): Segment => ({
  ...part,
  sm3: toHex(sm3(data)),
  sha256: toHex(sha256(data)),
  data: data.toString('base64'),
})

interface Taken {
  readonly part: Part
  readonly lines: Buffer
}

/**
 * Records one session as asciicast v2 in sealed segments, compressed with Zstandard (RFC 8878). A segment is on disk before it is sent, and stays until the whole
 * recording is acknowledged. What a person types at a terminal is in it sealed, and readable to nobody here.
 *
 * Segments are compressed and written by Node's threads while this one reads on, and appear one after the other; only the first and the last
 * are waited for. What is not durable yet counts as waiting just as what is not uploaded: it is bounded, and holds back what is recorded.
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
  #durable = 0
  /** Segments that are not durable yet, and the time one of them may still take. */
  #sealing = 0
  #seals: Promise<void> = Promise.resolve()
  #late: NodeJS.Timeout | undefined
  #isLate = false
  #waiting = 0
  #held = false
  #stuck: NodeJS.Timeout | undefined
  #sent = 0
  #timer: NodeJS.Timeout | undefined
  #broken = false
  /** Bytes that the spool did not take; lost where the evidence store does not take them either. */
  #unwritten = 0
  #closed = false
  #uploads: Promise<void> = Promise.resolve()
  #ended: Promise<void> = Promise.resolve()
  readonly #recent = new RecentOutput(firstScreenMax)

  /** Opens the recording: its first segment is durable when this returns. Throws where the spool cannot be written. */
  constructor(options: RecorderOptions, title: string) {
    this.#of = options
    this.#folder = folderOf(options.spoolDir, options.sessionId)
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    if (namesIn(this.#folder).length > 0) throw new Error('the spool already holds a recording of this session')
    this.#startedAt = options.clock.now().getTime()
    const timestamp = Math.floor(this.#startedAt / 1000)
    this.#add(Buffer.from(`${JSON.stringify({ version: 2, width: 120, height: 32, timestamp, title })}\n`))
    this.#seal(true)
  }

  get startedAt(): string {
    return new Date(this.#startedAt).toISOString()
  }
  /** What a person who starts to watch now should see first. */
  get firstScreen(): string {
    return this.#recent.shown
  }
  /** Whether the beginning of the recording is acknowledged as kept, within so many milliseconds. */
  async isKept(withinMs: number): Promise<boolean> {
    const over = new AbortController()
    await Promise.race([this.#uploads, sleep(withinMs, undefined, { signal: over.signal }).catch(() => undefined)])
    over.abort()
    return this.#sent > 0
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

  /**
   * Records output, whole characters, then shows it: nobody sees what is not in the recording. Throws once the spool has failed.
   * `raw` is what a terminal wrote, where a line feed is only a line feed.
   */
  output(output: string | Buffer, raw = false): void {
    if (output.length === 0) return
    if (this.#closed || this.#broken) throw new Error('the recorder is closed')
    for (const line of eventLines(this.#atMs() / 1000, Buffer.from(output as string), raw)) {
      this.#try(() => this.#add(line))
      this.#recent.add(line)
      if (this.#watchers.size === 0) continue
      const text = shownBy(line)
      for (const watcher of this.#watchers) watcher(text)
    }
  }

  /** What is no output: `r` a new size, `K` and `k` what was typed, sealed. Kept, and shown to nobody who watches. */
  event(code: 'r' | 'K' | 'k', data: string): void {
    if (this.#closed || this.#broken) throw new Error('the recorder is closed')
    this.#try(() => this.#add(Buffer.from(`${JSON.stringify([this.#atMs() / 1000, code, data])}\n`)))
  }

  mark(label: string, stepKey: string | null, targetName: string | null): void {
    if (this.#marks.length >= 500) this.#try(() => this.#seal())
    this.#marks.push({ atMs: this.#atMs(), label: label.slice(0, 200), stepKey, targetName })
  }

  /** Ends the recording: what closes it is durable as soon as every segment is; the seal follows when everything is uploaded. */
  close(reason: string): Promise<void> {
    if (this.#closed) return this.#ended
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#stuck)
    const closing: Closing = { reason: reason.slice(0, 300), closedAt: this.#of.clock.now().toISOString() }
    try {
      if (!this.#broken && this.#lines.length > 0) this.#seal(true)
    } catch {
      this.#broken = true
    }
    this.#ended = this.#sealing === 0 ? this.#end(closing) : this.#seals.then(() => this.#end(closing))
    return this.#ended
  }
  #end(closing: Closing): Promise<void> {
    clearTimeout(this.#late)
    try {
      if (!this.#broken) writeDurably(join(this.#folder, 'closed.json'), JSON.stringify(closing))
    } catch {
      this.#broken = true
    }
    if (this.#broken) this.#rescue(this.#take())
    return this.#uploads.then(() =>
      this.#broken
        ? declareGap(this.#of, this.#durable, 'the spool could not be written', this.#unwritten)
        : sealRecording(this.#of, this.#sent),
    )
  }

  #atMs(): number {
    return Math.max(0, this.#of.clock.now().getTime() - this.#startedAt)
  }

  #add(line: Buffer): void {
    if (this.#bytes + line.length > segmentMaxBytes) this.#seal()
    if (this.#lines.length === 0) {
      this.#since = this.#atMs()
      this.#timer = setTimeout(() => this.#try(() => this.#seal(), false), segmentMaxMs)
      this.#timer.unref()
    }
    this.#lines.push(line)
    this.#bytes += line.length
  }

  /** What was recorded since the last segment, taken out of here. */
  #take(): Taken | undefined {
    clearTimeout(this.#timer)
    if (this.#lines.length === 0 && this.#marks.length === 0) return undefined
    const part: Part = {
      index: this.#next,
      startedAtMs: this.#lines.length > 0 ? this.#since : this.#atMs(),
      endedAtMs: this.#atMs(),
      marks: this.#marks,
    }
    const taken = { part, lines: Buffer.concat(this.#lines) }
    this.#next++
    this.#lines = []
    this.#bytes = 0
    this.#marks = []
    return taken
  }
  /** `now` where nothing else is under way: what it makes is durable when this returns. */
  #seal(now = false): void {
    const taken = this.#take()
    if (!taken) return
    const { part, lines } = taken
    if (!now || this.#sealing > 0) {
      this.#sealAside(part, lines)
      return
    }
    const segment = toSegment(part, zstdCompressSync(lines, compression))
    try {
      writeDurably(this.#path(part), JSON.stringify(segment))
    } catch (cause) {
      if (part.index > 0) this.#rescue(taken)
      throw cause
    }
    this.#upload(segment, lines.length)
  }
  /** What this disk does not take, the evidence store may: then nothing is lost by it but the order in which a recording ends. */
  #rescue(taken: Taken | undefined): void {
    if (!taken) return
    const { part, lines } = taken
    this.#unwritten += lines.length
    this.#upload(toSegment(part, zstdCompressSync(lines, compression)), lines.length, () => {
      this.#unwritten -= lines.length
    })
  }
  #path({ index }: Part): string {
    return join(this.#folder, `${String(index).padStart(7, '0')}.segment`)
  }

  /** Several are compressed and written at once, but they appear one after the other: where one fails, none follows it. */
  #sealAside(part: Part, lines: Buffer): void {
    const written = this.#writeAside(part, lines)
    written.catch(() => {})
    this.#sealing++
    this.#wait(lines.length)
    this.#watchLate()
    this.#seals = this.#seals.then(async () => {
      try {
        if (this.#broken) throw new Error('the spool has failed before it')
        const { segment, appear } = await written
        await appear()
        this.#sealing--
        this.#waiting -= lines.length
        this.#upload(segment, lines.length)
        this.#inTime()
      } catch {
        this.#waiting -= lines.length
        this.#rescue({ part, lines })
        if (!this.#broken) this.#fail()
      }
    })
  }
  async #writeAside(part: Part, lines: Buffer) {
    const isSmall = lines.length <= smallBytes
    const segment = toSegment(part, isSmall ? zstdCompressSync(lines, compression) : await compressAside(lines, compression))
    return { segment, appear: await writeDurablyAside(this.#path(part), JSON.stringify(segment)) }
  }
  #watchLate(): void {
    this.#late ??= setTimeout(() => {
      this.#isLate = true
      this.#weigh()
    }, lateMs).unref()
  }
  /** One has become durable: what was held back for its sake goes on, whatever is still to be uploaded. */
  #inTime(): void {
    clearTimeout(this.#late)
    this.#late = undefined
    if (this.#sealing > 0) this.#watchLate()
    if (!this.#isLate) return
    this.#isLate = false
    this.#weigh()
  }

  /** What waits is counted as it was recorded: that is how far the recording is behind. */
  #wait(bytes: number): void {
    this.#waiting += bytes
    if (!this.#held) this.#weigh()
  }
  #upload(segment: Segment, bytes: number, kept?: () => void): void {
    this.#durable = segment.index + 1
    this.#wait(bytes)
    this.#uploads = this.#uploads.then(async () => {
      try {
        await putOne(this.#of, segment)
        kept?.()
        if (segment.index === this.#sent) this.#sent++
      } catch {
        // It stays in the spool: sealing sends what is missing, and says so where that fails too.
      }
      this.#waiting -= bytes
      if (this.#held) this.#weigh()
    })
  }

  #weigh(): void {
    this.#press(this.#isLate || this.#waiting > (this.#held ? lagOverBytes : lagMaxBytes))
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
      this.#fail()
      if (rethrow) throw cause
    }
  }
  #fail(): void {
    this.#broken = true
    this.#of.onTrouble('the spool cannot be written')
  }
}
