import type { SessionRefusal } from './session.model.ts'
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
export function observeFault(line: string): 'syntax' | 'program' | 'arguments' | undefined {
  const argv = parseArgv(line)
  if (!argv || lineOfArgv(argv) === undefined) return 'syntax'
  if (observeLine(argv) !== undefined) return undefined
  return readOnlyNames.includes(argv[0]!) ? 'arguments' : 'program'
}

/** Why an observe session does not send it: a mutation is named as one (RL-15), whatever else is not on the list (RL-21). */
export const observeRefusal = (line: string): 'session.mutation_refused' | 'session.command_not_listed' =>
  lineRefusal(line) === 'session.mutation_refused' ? 'session.mutation_refused' : 'session.command_not_listed'

/** The line to send for an argv that only reads; undefined where it is not on the list. */
export function observeLine(argv: readonly string[]): string | undefined {
  const line = lineOfArgv(argv)
  return line !== undefined && isReadOnlyLine(line) ? line : undefined
}

type LineRefusal = Extract<
  SessionRefusal,
  | 'session.transfer_refused'
  | 'session.root_refused'
  | 'session.other_way_refused'
  | 'session.mutation_refused'
  | 'session.no_purpose'
  | 'session.direct_shell_refused'
>
/** Programs by what somebody at the bastion's prompt meant by them; names only, because nothing here decides what may run. */
const meanings: readonly { code: LineRefusal; shape: RegExp }[] = [
  { code: 'session.transfer_refused', shape: /^(scp|sftp|sftp-server|rsync|tar|git-(upload|receive)-pack)$/ },
  { code: 'session.root_refused', shape: /^(su|sudo|doas|runuser|login)$/ },
  { code: 'session.other_way_refused', shape: /^(ssh|telnet|nc|ncat|socat|curl|wget|mysql|psql)$/ },
  {
    code: 'session.mutation_refused',
    shape:
      /^(rm|mv|cp|dd|ln|tee|truncate|chmod|chown|mkfs(\.\w+)?|kill|pkill|reboot|systemctl|service|insert|update|delete|drop|alter)$/i,
  },
]
/**
 * Which red line a free line at the prompt runs against. All are refused, because there is no shell; the person is told the one they
 * met: a look without a purpose (RL-19), a mutation of no plan (RL-15), or what nobody can read here (RL-21).
 */
export function lineRefusal(line: string): LineRefusal {
  const program = (line.trim().split(/\s+/)[0] ?? '').replace(/^.*\//, '')
  const meant = meanings.find(({ shape }) => shape.test(program))
  if (meant) return meant.code
  return isReadOnlyLine(line.trim()) ? 'session.no_purpose' : 'session.direct_shell_refused'
}
