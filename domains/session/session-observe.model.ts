import { isReadOnlyLine, readOnlyNames } from './session-grant.model.ts'

/** The observe prompt (观察模式): one program with literal words. It is parsed here, and what was parsed is what is sent. */

const lineMax = 2_000
const wordMax = 400
const wordsMax = 40
const plain = /^[A-Za-z0-9_./:=,@%+-]+$/

/**
 * The words of a line: plain characters, 'single' or "double" quotes, no escapes. Undefined for whatever a shell would do something
 * with (`$ ` * ? ~ ; | & < > ( ) { } \ #` outside quotes; `$`, backtick and backslash in double quotes), for an open quote, for
 * control characters, and beyond the bounds: unknown means no.
 */
export function parseArgv(line: string): string[] | undefined {
  if (line.length > lineMax || /[\p{Cc}\p{Cf}]/u.test(line)) return undefined
  const argv: string[] = []
  let rest = line.trimStart()
  while (rest !== '') {
    const [raw] = /^(?:[A-Za-z0-9_./:=,@%+-]|'[^']*'|"[^"$`\\]*")+/.exec(rest) ?? []
    if (raw === undefined) return undefined
    const word = raw.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? '')
    if (word.length > wordMax || argv.length >= wordsMax) return undefined
    argv.push(word)
    rest = rest.slice(raw.length)
    if (rest !== '' && !rest.startsWith(' ')) return undefined
    rest = rest.trimStart()
  }
  return argv.length > 0 ? argv : undefined
}

/** The line that a target's shell reads as exactly these words; undefined where a word cannot be written literally. */
export function lineOfArgv(argv: readonly string[]): string | undefined {
  const words: string[] = []
  for (const word of argv) {
    if (plain.test(word)) words.push(word)
    else if (!word.includes("'") && !/\p{Cc}/u.test(word)) words.push(`'${word}'`)
    else return undefined
  }
  return words.length > 0 ? words.join(' ') : undefined
}

/** Why a typed line would not be sent: no shell reads it, the program is not listed, or it would not only read with these arguments. */
export function observeRefusal(line: string): 'syntax' | 'program' | 'arguments' | undefined {
  const argv = parseArgv(line)
  if (!argv || lineOfArgv(argv) === undefined) return 'syntax'
  if (observeLine(argv) !== undefined) return undefined
  return readOnlyNames.includes(argv[0]!) ? 'arguments' : 'program'
}

/** The line to send for an argv that only reads; undefined where it is not on the list. */
export function observeLine(argv: readonly string[]): string | undefined {
  const line = lineOfArgv(argv)
  return line !== undefined && isReadOnlyLine(line) ? line : undefined
}
