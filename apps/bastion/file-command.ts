import { parseArgv } from '@huabiao/domains/session/session-observe.model'
import type { ListOptions } from './rsync-list.ts'

export interface RsyncCommand {
  readonly kind: 'rsync'
  readonly direction: 'in' | 'out'
  readonly path: string
  /** Undefined where one of them asks for what does not exist here. */
  readonly options: RsyncOptions | undefined
}
export interface RsyncOptions {
  readonly recursive: boolean
  readonly folders: boolean
  readonly compressed: boolean
  readonly list: ListOptions
}
/** What a file client asks of the far side when it runs a command there. */
export type FileCommand =
  | {
      readonly kind: 'scp'
      readonly mode: 'sink' | 'source'
      readonly path: string
      readonly recursive: boolean
      readonly folder: boolean
    }
  | RsyncCommand
  | { readonly kind: 'unreadable'; readonly program: 'scp' | 'rsync' }

/**
 * The far side's command line of `scp -O` (`scp -t path`, `scp -f path`) and of rsync (`rsync --server … . path`), read word by word; what it
 * does not say as those programs say it is unreadable, and never guessed at. Undefined where it is neither of them.
 */
export function parseFileCommand(line: string): FileCommand | undefined {
  const program = /^\s*(scp|rsync)(\s|$)/.exec(line)?.[1] as 'scp' | 'rsync' | undefined
  if (!program) return undefined
  const argv = parseArgv(line)
  if (!argv) return { kind: 'unreadable', program }
  return (program === 'scp' ? scp(argv.slice(1)) : rsync(argv.slice(1))) ?? { kind: 'unreadable', program }
}

function scp(words: readonly string[]): FileCommand | undefined {
  let mode: 'sink' | 'source' | undefined
  let [recursive, folder] = [false, false]
  const rest = [...words]
  while (rest[0]?.startsWith('-')) {
    const word = rest.shift()!
    if (word === '--') break
    if (!/^-[tfrdpqv]+$/.test(word)) return undefined
    for (const letter of word.slice(1)) {
      if (letter === 't' || letter === 'f') {
        if (mode) return undefined
        mode = letter === 't' ? 'sink' : 'source'
      }
      recursive ||= letter === 'r'
      folder ||= letter === 'd'
    }
  }
  // One path: several are several commands of the client.
  if (!mode || rest.length !== 1 || rest[0] === '') return undefined
  return { kind: 'scp', mode, path: rest[0]!, recursive, folder }
}

/**
 * Letters that change nothing on the wire, or what is read here. Not among them, since no answer would be true: `n` (a trial), `c` (digests
 * of what lies there), `H`, `A`, `X`, `U`, `N`, `R`, `s`, and every way to remove or to write in place.
 */
const letters = /^[vqlogDtprduWIJOExzLkS]*$/
const longOptions = /^--(sender|partial|list-only|numeric-ids|log-format=(X|%i)|timeout=\d{1,6})$/

function rsync(words: readonly string[]): FileCommand | undefined {
  if (words[0] !== '--server') return undefined
  const dot = words.indexOf('.')
  const path = words.at(-1)
  if (dot === -1 || dot === words.length - 1 || path === undefined) return undefined
  const direction = words.includes('--sender') ? 'out' : 'in'
  return { kind: 'rsync', direction, path, options: dot === words.length - 2 ? rsyncOptions(words.slice(1, dot)) : undefined }
}
function rsyncOptions(words: readonly string[]): RsyncOptions | undefined {
  let said = ''
  for (const word of words) {
    // What follows `e` is what the client knows of later protocols.
    const short = /^-([a-zA-Z]*?)(e[0-9]*\.[a-zA-Z]*)?$/.exec(word)
    if (short ? !letters.test(short[1]!) : !longOptions.test(word)) return undefined
    said += short?.[1] ?? ''
  }
  const has = (letter: string): boolean => said.includes(letter)
  return {
    recursive: has('r'),
    folders: has('d'),
    compressed: has('z'),
    list: {
      users: has('o'),
      groups: has('g'),
      links: has('l'),
      devices: has('D'),
      numericIds: words.includes('--numeric-ids'),
    },
  }
}
