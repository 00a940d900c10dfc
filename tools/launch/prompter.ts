// Questions to a person at a terminal, or lines of a pipe.
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

export interface Prompter {
  ask(question: string): Promise<string>
  /** What is typed is not shown. */
  askSecret(question: string): Promise<string>
  say(text: string): void
  close(): void
}

export function terminalPrompter(): Prompter {
  let hidden = false
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!hidden) process.stderr.write(chunk)
      done()
    },
  })
  const lines = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY === true })
  // Lines of a pipe come before they are asked for.
  const waiting: string[] = []
  const asked: ((line: string) => void)[] = []
  let ended = false
  lines.on('line', (line) => {
    const next = asked.shift()
    if (next) next(line)
    else waiting.push(line)
  })
  lines.on('close', () => {
    ended = true
    for (const next of asked.splice(0)) next('')
  })
  const ask = (question: string): Promise<string> => {
    process.stderr.write(question)
    const known = waiting.shift()
    if (known !== undefined || ended) return Promise.resolve(known ?? '')
    return new Promise((resolve) => asked.push(resolve))
  }
  return {
    ask,
    askSecret: async (question) => {
      const answer = ask(question)
      hidden = true
      try {
        return await answer
      } finally {
        hidden = false
        process.stderr.write('\n')
      }
    },
    say: (text) => console.log(text),
    close: () => lines.close(),
  }
}
