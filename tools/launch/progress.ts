// What the supervisor is doing, line by line, for the command that waits for it.
import { appendFileSync, writeFileSync } from 'node:fs'
import { readText } from './files.ts'

export interface ProgressLine {
  /** Seconds since the supervisor began. */
  at: number
  text: string
  seconds?: number
  /** The last line: everything runs, or why it does not. */
  end?: 'ready' | 'failed'
}

export interface Progress {
  say(text: string, end?: 'ready' | 'failed'): void
  /** Runs a step and says how long it took. The answer of the step may add a word. */
  step<T>(text: string, work: () => Promise<T>, detail?: (result: T) => string): Promise<T>
}

export function startProgress(file: string): Progress {
  const began = performance.now()
  writeFileSync(file, '', { mode: 0o600 })
  let ended = false
  const write = (line: Omit<ProgressLine, 'at'>): void => {
    // What was still under way when the start failed has nothing to add to why.
    if (ended) return
    ended = line.end !== undefined
    const at = Math.round(performance.now() - began) / 1000
    appendFileSync(file, `${JSON.stringify({ at, ...line } satisfies ProgressLine)}\n`)
  }
  return {
    say: (text, end) => write(end === undefined ? { text } : { text, end }),
    async step(text, work, detail) {
      const from = performance.now()
      const result = await work()
      const word = detail?.(result)
      write({ text: word ? `${text}: ${word}` : text, seconds: Math.round(performance.now() - from) / 1000 })
      return result
    },
  }
}

export function readProgress(file: string): ProgressLine[] {
  const lines = (readText(file) ?? '').split('\n')
  // What follows the last line break is still being written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as ProgressLine)
}

export const formatProgress = (line: ProgressLine): string => {
  const took = line.seconds === undefined ? '' : ` (${line.seconds.toFixed(1)} s)`
  return `[${line.at.toFixed(1).padStart(5)} s] ${line.text}${took}`
}
