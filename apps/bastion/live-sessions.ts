import {
  type CloseWork,
  gatewayPause,
  type OpenWork,
  sessionOpened,
  sessionRefused,
  type Work,
} from '@huabiao/domains/session/session-gateway.contract'
import type { z } from 'zod'
import { causeOf, untilAnswered } from './control-plane.ts'
import { Recorder } from './recorder.ts'
import { Run, type RunnerOptions, type RunWork } from './runner.ts'
import type { Terminal } from './terminal.ts'
import { type Findings, Watchdog } from './watchdog.ts'

/** At most so many at once; beyond, a session is refused rather than all of them slow. */
const sessionsMax = 200
/** How long the evidence store may take for the beginning of a recording before the session is refused. */
const keptWithinMs = 8_000

export interface SessionsOptions extends RunnerOptions {
  readonly spoolDir: string
}

interface Live {
  readonly id: string
  readonly executorId: string
  readonly recorder: Recorder
  paused: boolean
  /** Why nothing may be begun or typed now although nobody has paused the session: it goes on by itself. */
  waiting: string | undefined
  draining: string | undefined
  run: Run | undefined
  ended: boolean
  readonly endWatchers: Set<() => void>
}

/** The sessions this gateway holds, and what the control plane orders about them. */
export class LiveSessions {
  readonly #of: SessionsOptions
  readonly #live = new Map<string, Live>()
  readonly #opening = new Map<string, Promise<void>>()
  readonly #closing = new Set<Promise<void>>()
  readonly #watchdog: Watchdog

  constructor(options: SessionsOptions) {
    this.#of = options
    this.#watchdog = new Watchdog(options, (found) => this.#heed(found))
  }

  /** Takes an order. Everything slow goes on by itself, so that an order to stop never waits behind an order to run. */
  take(work: Work): void {
    const { log } = this.#of
    const done = (act: Promise<void>): void => {
      void act.catch((cause: unknown) => log({ level: 'error', event: 'work_failed', kind: work.kind, cause: causeOf(cause) }))
    }
    switch (work.kind) {
      case 'open': {
        const opening = this.#open(work)
        this.#opening.set(work.sessionId, opening)
        return void done(opening.finally(() => this.#opening.delete(work.sessionId)))
      }
      case 'run':
        return void done(this.#run(work))
      case 'pause': {
        const live = this.#live.get(work.sessionId)
        if (live) this.#say(live, `⏸ ${work.reason}`).paused = true
        live?.run?.flow()
        return
      }
      case 'resume': {
        const live = this.#live.get(work.sessionId)
        if (live) this.#say(live, '▶').paused = false
        live?.run?.flow()
        return
      }
      case 'close':
        return void done(this.#close(work))
    }
  }

  /** Output of a session from now on, with what is on its screen; undefined where it is not live here. */
  watch(sessionId: string, onText: (text: string) => void, onEnd: () => void): { first: string; stop: () => void } | undefined {
    const live = this.#live.get(sessionId)
    if (!live) return undefined
    const stop = live.recorder.watch(onText)
    live.endWatchers.add(onEnd)
    return {
      first: live.recorder.firstScreen,
      stop: () => {
        stop()
        live.endWatchers.delete(onEnd)
      },
    }
  }
  /** The recorder of a session in which something may run now: what reads a file for a ticket writes its marks there. */
  async recorderOf(sessionId: string): Promise<Recorder | undefined> {
    await this.#opening.get(sessionId)
    const live = this.#live.get(sessionId)
    if (!live || live.paused || live.draining !== undefined || live.ended || live.run) return undefined
    return live.recorder.broken || live.recorder.lagging ? undefined : live.recorder
  }
  /** The executor of a live session here: their own output needs no ticket. */
  executorOf = (sessionId: string): string | undefined => this.#live.get(sessionId)?.executorId
  /** The executor's terminal, once it has begun; undefined where there is none for this person, or `untilMs` have passed. */
  async terminalOf(sessionId: string, personId: string, untilMs: number, signal: AbortSignal): Promise<Terminal | undefined> {
    for (const until = Date.now() + untilMs; Date.now() < until && !signal.aborted; ) {
      const live = this.#live.get(sessionId)
      if (live?.executorId === personId && live.run?.terminal?.ready) return live.run.terminal
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    return undefined
  }
  /** Whether the session is open here, its recording kept and the control plane told; waits for it, because a person types at once. */
  async isOpen(sessionId: string, untilMs: number, signal: AbortSignal): Promise<boolean> {
    for (const until = Date.now() + untilMs; Date.now() < until && !signal.aborted; ) {
      if (this.#live.has(sessionId) && !this.#opening.has(sessionId)) return true
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    return false
  }
  /** Whether a command of the session runs here now. */
  isBusy = (sessionId: string): boolean => this.#live.get(sessionId)?.run !== undefined

  /** Ends everything and seals what can be sealed. */
  async close(): Promise<void> {
    for (const live of this.#live.values()) this.#end(live, 'gateway-stopped')
    await Promise.allSettled(this.#closing)
  }

  async #open(work: z.infer<typeof OpenWork>): Promise<void> {
    if (this.#live.has(work.sessionId)) return
    const { gateway, signal, clock, spoolDir, bootId, log } = this.#of
    const params = { sessionId: work.sessionId }
    let live: Live
    try {
      if (this.#live.size + this.#opening.size >= sessionsMax) throw new Error('too many sessions')
      const fault = await this.#watchdog.fault()
      if (fault) throw new Error(fault)
      const recorder = new Recorder(
        {
          spoolDir,
          sessionId: work.sessionId,
          gateway,
          clock,
          signal,
          onPressure: () => this.#live.get(work.sessionId)?.run?.flow(),
          onTrouble: (detail) => this.#trouble(work.sessionId, detail),
        },
        work.title,
      )
      const { sessionId: id, executorId } = work
      live = {
        id,
        executorId,
        recorder,
        paused: false,
        waiting: undefined,
        draining: undefined,
        run: undefined,
        ended: false,
        endWatchers: new Set(),
      }
      // A recording that nobody keeps is none, however well it stands on this disk.
      if (!(await recorder.isKept(keptWithinMs))) {
        void recorder.close('not kept').catch(() => undefined)
        throw new Error(`the evidence store kept nothing within ${keptWithinMs} ms`)
      }
    } catch (cause) {
      // No recorder, no session (NT-D01).
      const reason = cause instanceof Error ? cause.message.slice(0, 300) : 'no recorder'
      log({ level: 'error', event: 'recorder_refused', sessionId: work.sessionId, reason })
      await untilAnswered(() => gateway(sessionRefused, { params, body: { reason } }), signal)
      return
    }
    this.#live.set(work.sessionId, live)
    this.#watchdog.run(() => this.#live.size > 0)
    try {
      const body = { bootId, startedAt: live.recorder.startedAt }
      await untilAnswered(() => gateway(sessionOpened, { params, body }), signal)
    } catch (cause) {
      this.#end(live, `not opened: ${causeOf(cause)}`)
    }
  }

  async #run(work: RunWork): Promise<void> {
    await this.#opening.get(work.sessionId)
    const { log } = this.#of
    const live = this.#live.get(work.sessionId)
    const refused = (detail: string): void =>
      log({ level: 'warn', event: 'run_refused', sessionId: work.sessionId, workId: work.workId, detail })
    if (!live) return refused('no live session')
    if (live.paused || live.draining !== undefined || live.ended) return refused('session is not live')
    if (live.run) return refused('a command of this session still runs')
    if (live.recorder.broken || live.recorder.lagging) return refused('recorder behind')
    const run = new Run(work, live.recorder, this.#of, () => live.paused || live.waiting !== undefined)
    live.run = run
    try {
      const detail = await run.start()
      if (detail) refused(detail)
    } finally {
      live.run = undefined
      if (live.draining !== undefined) this.#end(live, live.draining)
    }
  }

  async #close(work: z.infer<typeof CloseWork>): Promise<void> {
    const live = this.#live.get(work.sessionId)
    if (live) {
      if (work.drain && live.run) live.draining = work.reason
      else this.#end(live, work.reason)
      return
    }
    // Closed while it was being opened: once open, it ends.
    await this.#opening.get(work.sessionId)
    const opened = this.#live.get(work.sessionId)
    if (opened) this.#end(opened, work.reason)
  }

  #end(live: Live, reason: string): void {
    if (live.ended) return
    live.ended = true
    live.run?.kill(reason)
    const sealed = this.#settled(live, reason)
    this.#closing.add(sealed)
    void sealed.finally(() => this.#closing.delete(sealed))
  }

  async #settled(live: Live, reason: string): Promise<void> {
    // The run's last words belong to the recording.
    for (let waits = 0; live.run && waits < 40; waits++) await new Promise((resolve) => setTimeout(resolve, 25))
    this.#live.delete(live.id)
    for (const onEnd of live.endWatchers) onEnd()
    try {
      await live.recorder.close(reason)
    } catch (cause) {
      this.#of.log({ level: 'error', event: 'not_sealed', sessionId: live.id, cause: causeOf(cause) })
    }
  }

  #trouble(sessionId: string, detail: string): void {
    const live = this.#live.get(sessionId)
    if (!live) return
    // A recording that cannot go on ends what it records, paused or not; one that is merely late holds it already.
    if (live.recorder.broken) this.#end(live, 'recorder-failed')
    if (live.paused) return
    live.paused = true
    live.run?.flow()
    const { gateway, signal } = this.#of
    void untilAnswered(
      () => gateway(gatewayPause, { params: { sessionId }, body: { reason: 'recorder-lag', detail } }),
      signal,
    ).catch((cause: unknown) => this.#of.log({ level: 'error', event: 'pause_failed', sessionId, cause: causeOf(cause) }))
  }

  /** What cannot be kept pauses; what cannot be asked waits, and goes on by itself when it can. Both stand in the recording, with their time. */
  #heed({ spool, link }: Findings): void {
    for (const live of this.#live.values()) {
      if (spool) this.#trouble(live.id, spool)
      if (live.waiting === link || (live.waiting && link)) continue
      live.waiting = link
      live.run?.flow()
      this.#say(live, link ? `⏸ ${link}` : '▶')
      this.#of.log({ level: link ? 'warn' : 'info', event: link ? 'waits' : 'goes_on', sessionId: live.id, detail: link ?? '' })
    }
  }

  #say(live: Live, text: string): Live {
    try {
      live.recorder.output(`\r\n── ${text}\r\n`)
    } catch {
      // Its trouble has been reported already.
    }
    return live
  }
}
