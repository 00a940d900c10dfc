import { parseArgv } from '@huabiao/domains/session/session-observe.model'

/** What a file client asks of the far side when it runs a command there. */
export type FileCommand =
  | {
      readonly kind: 'scp'
      readonly mode: 'sink' | 'source'
      readonly path: string
      readonly recursive: boolean
      readonly folder: boolean
    }
  | { readonly kind: 'rsync'; readonly direction: 'in' | 'out'; readonly path: string }
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

function rsync(words: readonly string[]): FileCommand | undefined {
  if (words[0] !== '--server') return undefined
  const dot = words.indexOf('.')
  const path = words.at(-1)
  if (dot === -1 || dot === words.length - 1 || path === undefined) return undefined
  return { kind: 'rsync', direction: words.includes('--sender') ? 'out' : 'in', path }
}
