import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { timed } from './timing.ts'

/** A client with a terminal, and how long its keys take to be answered. */
export class Terminal {
  readonly child: ChildProcess
  #seen = 0
  #waiting: (() => void) | undefined
  constructor(child: ChildProcess) {
    this.child = child
    child.stdout!.on('data', (chunk: Buffer) => {
      this.#seen += chunk.length
      this.#waiting?.()
    })
  }
  /** Milliseconds from a key to the first byte that answers it. */
  async press(key: string): Promise<number> {
    const answered = new Promise<void>((resolve) => {
      this.#waiting = resolve
    })
    const took = await timed(() => {
      this.child.stdin!.write(key)
      return answered
    })
    this.#waiting = undefined
    return took
  }
  async quiet(): Promise<void> {
    for (let before = -1; before !== this.#seen || before === 0; await sleep(250)) before = this.#seen
  }
}
