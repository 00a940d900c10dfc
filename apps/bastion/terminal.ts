import { columnsMax, rowsMax, seatWaitMs } from '@huabiao/domains/session/session-terminal.model'
import { type KeySeal, keySeal } from '@huabiao/kit/crypto/key-seal'
import type { ClientChannel } from 'ssh2'
import type { Recorder } from './recorder.ts'

/** What was typed is sealed in pieces: soon, so that a crash loses little, and not key by key, whose lengths and times tell passwords. */
const pieceMs = 1_000
const pieceMaxBytes = 4 * 1024
/** A target that takes nothing any more must not make the gateway keep what is typed. */
const typedMaxBytes = 256 * 1024

export interface Size {
  readonly columns: number
  readonly rows: number
}
const bounded = ({ columns, rows }: Size): Size => ({
  columns: Math.min(Math.max(Math.trunc(columns) || 80, 2), columnsMax),
  rows: Math.min(Math.max(Math.trunc(rows) || 24, 2), rowsMax),
})

/** What one person at a terminal may do. */
export interface Seat {
  type(bytes: Buffer): void
  resize(size: Size): void
  leave(): void
}

/**
 * A raw terminal on a target, as long as its run lives (design §6). What it shows reaches people through the recorder only; what is typed
 * goes to the target, and into the recording sealed (NT-D08). One person sits at it; when they go, it ends.
 */
export class Terminal {
  readonly #recorder: Recorder
  readonly #seal: KeySeal
  readonly #ended: (reason: string) => void
  #size: Size = { columns: 120, rows: 32 }
  #channel: ClientChannel | undefined
  #held = false
  #seated = false
  #typed: Buffer[] = []
  #typedBytes = 0
  #timer: NodeJS.Timeout | undefined
  readonly #unseated: NodeJS.Timeout
  /** Settles when there is nothing more to sit at. */
  readonly over: Promise<void>
  #settle: () => void = () => undefined

  /** @param sealingKey SPKI DER of the signer's X25519 key. @param ended ends the run */
  constructor(of: { recorder: Recorder; sessionId: string; sealingKey: Uint8Array; ended: (reason: string) => void }) {
    this.#recorder = of.recorder
    this.#ended = of.ended
    this.#seal = keySeal(of.sealingKey, of.sessionId)
    this.over = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#recorder.event('K', this.#seal.announcement)
    this.#unseated = setTimeout(() => of.ended('nobody sat down at the terminal'), seatWaitMs)
  }

  /** Whether the target has given it: before, whatever is typed would be lost. */
  get ready(): boolean {
    return this.#channel !== undefined
  }
  get size(): Size {
    return this.#size
  }

  attach(channel: ClientChannel): void {
    this.#channel = channel
    this.#resized()
  }
  /** The one who carries it out sits down. Undefined where somebody sits there. */
  sit(size: Size): Seat | undefined {
    if (this.#seated) return undefined
    this.#seated = true
    clearTimeout(this.#unseated)
    this.#size = bounded(size)
    this.#resized()
    let here = true
    return {
      type: (bytes) => {
        if (here) this.#type(bytes)
      },
      resize: (next) => {
        if (!here) return
        this.#size = bounded(next)
        this.#resized()
      },
      leave: () => {
        if (here) this.#ended('the executor left the terminal')
        here = false
      },
    }
  }
  /** While held nothing is typed: only a live session moves bytes. */
  hold(held: boolean): void {
    this.#held = held
  }
  /** Everything typed is in the recording when this returns. */
  end(): void {
    clearTimeout(this.#unseated)
    this.#flush()
    this.#channel = undefined
    this.#settle()
  }

  #type(bytes: Buffer): void {
    const channel = this.#channel
    if (!channel || this.#held || channel.destroyed || !channel.writable || channel.writableLength > typedMaxBytes) return
    // Into the recording first, or at least into what the recording will get before it can end.
    this.#typed.push(bytes)
    this.#typedBytes += bytes.length
    if (this.#typedBytes > pieceMaxBytes) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), pieceMs)
    channel.write(bytes)
  }
  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#typedBytes === 0) return
    const piece = Buffer.concat(this.#typed)
    this.#typed = []
    this.#typedBytes = 0
    try {
      this.#recorder.event('k', this.#seal.seal(piece))
    } catch {
      this.#ended('recorder-failed')
    }
  }
  #resized(): void {
    const { columns, rows } = this.#size
    this.#channel?.setWindow(rows, columns, 0, 0)
    try {
      this.#recorder.event('r', `${columns}x${rows}`)
    } catch {
      this.#ended('recorder-failed')
    }
  }
}
