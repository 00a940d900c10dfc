import {
  type CloseWork,
  gatewayPause,
  type OpenWork,
  sessionOpened,
  sessionRefused,
  type Work,
} from '@huabiao/domains/session/session-gateway.contract'
import type { z } from 'zod'
import { codeOf, untilAnswered } from './control-plane.ts'
import type { Log } from './log.ts'
import { Recorder } from './recorder.ts'
import { Run, type RunnerOptions, type RunWork } from './runner.ts'

/** At most so many at once; beyond, a session is refused rather than all of them slow. */
const sessionsMax = 200

export interface SessionsOptions extends RunnerOptions {
  readonly spoolDir: string
  readonly log: Log
}

interface Live {
  readonly id: string
  readonly executorId: string
  readonly recorder: Recorder
  paused: boolean
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

  constructor(options: SessionsOptions) {
    this.#of = options
  }

  /** Takes an order. Everything slow goes on by itself, so that an order to stop never waits behind an order to run. */
  take(work: Work): void {
    const { log } = this.#of
    const done = (act: Promise<void>): void => {
      void act.catch((cause: unknown) => log({ level: 'error', event: 'work_failed', kind: work.kind, code: codeOf(cause) }))
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
        return
      }
      case 'resume': {
        const live = this.#live.get(work.sessionId)
        if (live) this.#say(live, '▶').paused = false
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
  /** Whether this person is the executor of a live session here: their own output needs no ticket. */
  isExecutor = (sessionId: string, personId: string): boolean => this.#live.get(sessionId)?.executorId === personId
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
      if (this.#live.size >= sessionsMax) throw new Error('too many sessions')
      const recorder = new Recorder(
        {
          spoolDir,
          sessionId: work.sessionId,
          gateway,
          clock,
          signal,
          onPressure: (held) => this.#press(work.sessionId, held),
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
        draining: undefined,
        run: undefined,
        ended: false,
        endWatchers: new Set(),
      }
    } catch (cause) {
      // No recorder, no session (NT-D01).
      const reason = cause instanceof Error ? cause.message.slice(0, 300) : 'no recorder'
      log({ level: 'error', event: 'recorder_refused', sessionId: work.sessionId, reason })
      await untilAnswered(() => gateway(sessionRefused, { params, body: { reason } }), signal)
      return
    }
    this.#live.set(work.sessionId, live)
    try {
      const body = { bootId, startedAt: live.recorder.startedAt }
      await untilAnswered(() => gateway(sessionOpened, { params, body }), signal)
    } catch (cause) {
      this.#end(live, `not opened: ${codeOf(cause)}`)
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
    const run = new Run(work, live.recorder, this.#of)
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
      this.#of.log({ level: 'error', event: 'not_sealed', sessionId: live.id, code: codeOf(cause) })
    }
  }

  #trouble(sessionId: string, detail: string): void {
    const live = this.#live.get(sessionId)
    if (!live || live.paused) return
    live.paused = true
    // A recording that cannot go on ends what it records; one that is merely late holds it already.
    if (live.recorder.broken) this.#end(live, 'recorder-failed')
    const { gateway, signal } = this.#of
    void untilAnswered(
      () => gateway(gatewayPause, { params: { sessionId }, body: { reason: 'recorder-lag', detail } }),
      signal,
    ).catch((cause: unknown) => this.#of.log({ level: 'error', event: 'pause_failed', sessionId, code: codeOf(cause) }))
  }

  #press(sessionId: string, held: boolean): void {
    const run = this.#live.get(sessionId)?.run
    if (held) run?.hold()
    else run?.release()
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
