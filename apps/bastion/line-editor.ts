import { StringDecoder } from 'node:string_decoder'

const lineMax = 1_000
const historyMax = 200
const inputMax = 16 * 1024

/** Columns that a character takes: two for East Asian wide ones, none for combining marks. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const char of text) {
    if (/\p{M}|\p{Cf}/u.test(char)) continue
    columns +=
      /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
        char,
      )
        ? 2
        : 1
  }
  return columns
}

/**
 * The line editor of the broker's own prompt. What it answers is exactly what stood on the screen: no program on a target sees a
 * key, so nothing can be hidden from it (anchors/bastion.md §2.5).
 */
export class LineEditor {
  readonly #write: (text: string) => void
  readonly #decoder = new StringDecoder('utf8')
  readonly #history: string[] = []
  readonly #queue: string[] = []
  #queued = 0
  #waiting: { prompt: string; keep: boolean; done: (line: string | undefined) => void } | undefined
  #chars: string[] = []
  #at = 0
  #past = -1
  #ended = false
  #diverted: ((bytes: Buffer) => void) | undefined
  #onInterrupt: (() => void) | undefined

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** The next line; undefined once the input has ended. `keep` puts it into the history. */
  read(prompt: string, keep = true): Promise<string | undefined> {
    if (this.#ended && this.#queue.length === 0) return Promise.resolve(undefined)
    return new Promise((done) => {
      this.#waiting = { prompt, keep, done }
      this.#chars = []
      this.#at = 0
      this.#past = -1
      this.#write(prompt)
      this.#drain()
    })
  }
  /** Called for Ctrl-C and `q` while no line is read. */
  set onInterrupt(act: (() => void) | undefined) {
    this.#onInterrupt = act
  }

  /** Hands every byte to somebody else, as it comes, until it is taken back: a terminal has an editor of its own. */
  divert(to: ((bytes: Buffer) => void) | undefined): void {
    this.#diverted = to
  }

  input(bytes: Buffer): void {
    if (this.#diverted) return void this.#diverted(bytes)
    for (const key of keysOf(this.#decoder.write(bytes))) {
      if (!this.#waiting && key === '\x03') {
        this.#queue.length = 0
        this.#queued = 0
        this.#onInterrupt?.()
        continue
      }
      if (this.#queued + key.length > inputMax) return
      this.#queue.push(key)
      this.#queued += key.length
    }
    this.#drain()
  }
  end(): void {
    this.#ended = true
    const { done } = this.#waiting ?? {}
    this.#waiting = undefined
    done?.(undefined)
    this.#onInterrupt?.()
  }

  #drain(): void {
    while (this.#waiting && this.#queue.length > 0) {
      const key = this.#queue.shift() as string
      this.#queued -= key.length
      this.#key(key)
    }
  }

  #key(key: string): void {
    const { length } = this.#chars
    switch (key) {
      case '\r':
      case '\n':
        return void this.#finish(this.#chars.join(''))
      case '\x03':
        this.#write('^C')
        return void this.#finish('')
      case '\x04':
        if (length === 0) return void this.end()
        return
      case '\x7f':
      case '\b':
        if (this.#at > 0) this.#splice(this.#at - 1, 1)
        return
      case '\x1b[3~':
        return void this.#splice(this.#at, 1)
      case '\x01':
      case '\x1b[H':
        return void this.#move(0)
      case '\x05':
      case '\x1b[F':
        return void this.#move(length)
      case '\x1b[D':
        return void this.#move(Math.max(0, this.#at - 1))
      case '\x1b[C':
        return void this.#move(Math.min(length, this.#at + 1))
      case '\x15':
        return void this.#splice(0, this.#at)
      case '\x0b':
        return void this.#splice(this.#at, length - this.#at)
      case '\x17': {
        const before = this.#chars.slice(0, this.#at).join('')
        const kept = [...before.replace(/\S+\s*$/u, '')].length
        return void this.#splice(kept, this.#at - kept)
      }
      case '\x0c':
        this.#write('\x1b[2J\x1b[H')
        return void this.#draw()
      case '\x1b[A':
        return void this.#recall(this.#past + 1)
      case '\x1b[B':
        return void this.#recall(this.#past - 1)
    }
    // Control and format characters are no text: they could only disguise what is typed.
    if (/^[^\p{Cc}\p{Cf}]$/u.test(key) && length < lineMax) this.#splice(this.#at, 0, key)
  }

  #recall(index: number): void {
    if (index < -1 || index >= this.#history.length) return
    this.#past = index
    this.#chars = index === -1 ? [] : [...(this.#history.at(-1 - index) ?? '')]
    this.#at = this.#chars.length
    this.#draw()
  }
  #splice(at: number, remove: number, ...add: string[]): void {
    this.#chars.splice(at, remove, ...add)
    this.#at = at + add.length
    this.#draw()
  }
  #move(at: number): void {
    this.#at = at
    this.#draw()
  }
  #draw(): void {
    const back = columnsOf(this.#chars.slice(this.#at).join(''))
    this.#write(`\r\x1b[K${this.#waiting?.prompt ?? ''}${this.#chars.join('')}${back > 0 ? `\x1b[${back}D` : ''}`)
  }
  #finish(line: string): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#write('\r\n')
    if (waiting?.keep && line.trim() !== '' && this.#history.at(-1) !== line) {
      this.#history.push(line)
      if (this.#history.length > historyMax) this.#history.shift()
    }
    waiting?.done(line)
  }
}

/** Keys of a chunk: escape sequences whole, everything else by character. */
function keysOf(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the keys of a terminal
  return (text.match(/\x1b\[[0-9;]*[A-Za-z~]|\x1b.?|\r\n|[\s\S]/gu) ?? []).map((key) => (key === '\r\n' ? '\r' : key))
}
