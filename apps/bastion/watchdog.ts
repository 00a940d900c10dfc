import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gatewayPulse } from '@huabiao/domains/session/session-gateway.contract'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { ApiClient } from '@huabiao/kit/http/client'
import { causeOf, clocksDiffer } from './control-plane.ts'
import { writeDurablyAside } from './durable.ts'

/** One look each; with what an answer may take that is below the two seconds in which a session stops (NT-D01, NT-B02). */
const everyMs = 400
const answerMs = 1_200
/** For an answer that is there already: a process that was itself held up must not blame others. */
const graceMs = 60
/** What the spool must have left: the most that one session holds back, four times over. Below it sessions pause while there is room to write. */
const reserveBytes = 32 * 1024 * 1024
const looksBeforeNo = 3

export interface WatchdogOptions {
  readonly spoolDir: string
  readonly bootId: string
  readonly gateway: ApiClient
  readonly clock: Clock
  readonly signal: AbortSignal
}
export interface Findings {
  /** Why what is recorded here would not be kept; a session that is recorded pauses. */
  readonly spool: string | undefined
  /** Why the control plane cannot be asked now: nothing is begun until it answers, and what waits goes on by itself. */
  readonly link: string | undefined
}

/** Looks at what a gateway leans on while it holds sessions: its own disk, the way to the control plane, and whether their clocks agree. */
export class Watchdog {
  readonly #of: WatchdogOptions
  readonly #told: (found: Findings) => void
  #probe: Promise<void> | undefined
  #running = false

  constructor(options: WatchdogOptions, told: (found: Findings) => void) {
    this.#of = options
    this.#told = told
  }

  /** Why no session may be opened; one look that failed may have been a busy moment, and is not the last. */
  async fault(): Promise<string | undefined> {
    for (let left = looksBeforeNo; ; left--) {
      const { spool, link } = await this.look()
      if (!(spool ?? link) || left === 1) return spool ?? link
      await sleep(everyMs, undefined, { signal: this.#of.signal })
    }
  }

  /** Looks until nobody needs it any more. */
  run(needed: () => boolean): void {
    if (this.#running) return
    this.#running = true
    void (async () => {
      while (needed() && !this.#of.signal.aborted) {
        await this.look()
        await sleep(everyMs, undefined, { signal: this.#of.signal }).catch(() => undefined)
      }
      this.#running = false
    })()
  }

  /** One look, at most 1.3 s long. */
  async look(): Promise<Findings> {
    const [spool, link] = await Promise.all([this.#spool(), this.#link()])
    this.#told({ spool, link })
    return { spool, link }
  }

  /** A disk that hangs is asked once, and counts as slow until it answers. */
  async #spool(): Promise<string | undefined> {
    let found: string | undefined
    const probe = this.#probe ?? this.#write()
    this.#probe = probe
    const answered = (): void => {
      if (this.#probe === probe) this.#probe = undefined
    }
    probe.then(answered, answered)
    const over = new AbortController()
    const late = sleep(answerMs, undefined, { signal: over.signal })
      .then(() => sleep(graceMs, undefined, { signal: over.signal }))
      .then(() => {
        if (this.#probe) found = `the spool did not take a few bytes within ${answerMs} ms`
      })
      .catch(() => undefined)
    const told = probe.catch((cause: unknown) => {
      found = `the spool cannot be written: ${(cause as NodeJS.ErrnoException).code ?? 'unknown'}`
    })
    await Promise.race([told, late])
    over.abort()
    return found
  }

  async #write(): Promise<void> {
    const path = join(this.#of.spoolDir, '.probe')
    await mkdir(this.#of.spoolDir, { recursive: true, mode: 0o700 })
    try {
      await (await writeDurablyAside(path, 'probe'))()
    } catch (cause) {
      await rm(`${path}.new`, { force: true }).catch(() => undefined)
      throw cause
    }
    const { bavail, bsize } = await statfs(this.#of.spoolDir)
    if (bavail * bsize < reserveBytes) throw Object.assign(new Error('nearly full'), { code: 'less than 32 MiB left' })
  }

  async #link(): Promise<string | undefined> {
    const { gateway, bootId, clock } = this.#of
    const asked = clock.now().getTime()
    const late = new AbortController()
    const timer = setTimeout(() => setTimeout(() => late.abort(), graceMs), answerMs)
    try {
      const { now } = await gateway(gatewayPulse, { body: { bootId }, signal: late.signal })
      return clocksDiffer(Date.parse(now), asked, clock.now().getTime())
    } catch (cause) {
      return late.signal.aborted
        ? `the control plane did not answer within ${answerMs} ms`
        : `the control plane cannot be asked: ${causeOf(cause)}`
    } finally {
      clearTimeout(timer)
    }
  }
}
