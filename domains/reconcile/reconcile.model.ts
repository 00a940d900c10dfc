import { forcedLine } from '@huabiao/domains/session/session-lifeline.model'
import type { RefusalTable } from '@huabiao/kit/errors/errors'

/**
 * Executions on a target as its kernel wrote them down: records `SYSCALL` and `EXECVE` of the Linux audit system (auditd, log_format RAW; the
 * fields are those of the audit project's specification). What a shell made of keys, aliases and variables does not matter here: these are the
 * programs that were started, with the arguments they got (anchors/bastion.md §2.5).
 */
export interface Execution {
  readonly serial: string
  readonly at: Date
  readonly pid: number
  readonly ppid: number
  readonly uid: number
  readonly euid: number
  /** Audit session; undefined where nobody set one. */
  readonly ses: number | undefined
  /** `pts3`; undefined without a terminal. */
  readonly tty: string | undefined
  readonly exe: string
  readonly argv: readonly string[]
}
/** System calls whose arguments have not all been read yet, by serial: their records so far, one a line. */
export type Pending = Readonly<Record<string, string>>

/** What one record may say; longer arguments are cut, and say so. */
const argvMax = 2_000
const pendingMax = 200
const unset = 4_294_967_295

const head = /^type=(SYSCALL|EXECVE) msg=audit\((\d{1,12})\.(\d{3}):(\d{1,12})\): (.*)$/
/**
 * execve and execveat, of 64 and of 32 bits, on x86 (59, 322; 11, 358) and on arm (221, 281; 11, 387). A process with a personality of its
 * own (`setarch`) has `per=` between.
 */
const started =
  /^arch=(c000003e syscall=(59|322)|40000003 syscall=(11|358)|c00000b7 syscall=(221|281)|40000028 syscall=(11|387))( per=[0-9a-f]+)? success=yes /
/** Whether a follower need send the line at all. */
export const isExecLine = (line: string): boolean => /^type=(SYSCALL|EXECVE) /.test(line)

/** Executions in lines of an audit log, with the calls whose arguments are still to come. Lines of other kinds are passed over. */
export function executionsIn(lines: readonly string[], before: Pending = {}): { executions: Execution[]; pending: Pending } {
  const calls = new Map(Object.entries(before))
  const executions: Execution[] = []
  const take = (serial: string, records: string, whatever: boolean): void => {
    const [call = '', ...texts] = records.split('\n')
    const { argv, whole } = argvOf(texts.join(' '))
    if (!whole && !whatever) return void calls.set(serial, records)
    calls.delete(serial)
    const [, , seconds, milliseconds, , text] = head.exec(call) ?? []
    if (text === undefined) return
    const at = new Date(Number(seconds) * 1000 + Number(milliseconds))
    executions.push(execution(serial, at, fieldsOf(text), whole ? argv : [...argv, '…']))
  }
  for (const line of lines) {
    const [, type, , , serial, text] = head.exec(line) ?? []
    if (!serial || text === undefined) continue
    const call = calls.get(serial)
    if (type === 'EXECVE' && call !== undefined) take(serial, `${call}\n${text}`, false)
    // A rule of ours names no other call; other rules of the target may.
    else if (type === 'SYSCALL' && started.test(text)) calls.set(serial, line)
  }
  // Arguments that never come are not waited for without end; that something was started is known all the same.
  for (const [serial, records] of [...calls].slice(0, -pendingMax)) take(serial, records, true)
  return { executions, pending: Object.fromEntries(calls) }
}

function execution(serial: string, at: Date, call: ReadonlyMap<string, string>, argv: string[]): Execution {
  const number = (name: string): number => Number(call.get(name) ?? 0)
  const [ses, tty] = [number('ses'), call.get('tty')]
  return {
    serial,
    at,
    pid: number('pid'),
    ppid: number('ppid'),
    uid: number('uid'),
    euid: number('euid'),
    ses: ses === unset ? undefined : ses,
    tty: tty === '(none)' ? undefined : tty,
    exe: textOf(call.get('exe') ?? ''),
    argv,
  }
}
const fieldsOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/(\w{1,20})=("[^"]*"|\S+)/g)].map(([, name, value]) => [name!, value!]))
/** Quoted where it is plain, in hex where it holds what could be taken for a quote, a space or a control. */
function textOf(value: string): string {
  if (value.startsWith('"')) return value.slice(1, -1)
  if (!/^([0-9A-F]{2})+$/.test(value)) return value
  const bytes = Uint8Array.from(value.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  return decoded(bytes).replace(/\p{Cc}/gu, ' ')
}
/** UTF-8 (RFC 3629); what is none becomes U+FFFD. Without the platform's decoder, which pure files do not have. */
function decoded(bytes: Uint8Array): string {
  const escaped = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  try {
    return decodeURIComponent(escaped)
  } catch {
    return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : '\ufffd')).join('')
  }
}
/**
 * Arguments of one execution in the text of all its EXECVE records. One that does not fit into a record is told in pieces, `a1[0]=` and so on,
 * after its length as written, `a1_len=`.
 */
function argvOf(text: string): { argv: string[]; whole: boolean } {
  const argc = Number(/(?:^| )argc=(\d{1,7})(?: |$)/.exec(text)?.[1] ?? (text === '' ? 1 : 0))
  const written = new Map<number, string>()
  let [last, length] = [-1, 0]
  for (const [, index, full, value] of text.matchAll(/(?:^| )a(\d{1,7})(?:_len=(\d{1,9})|(?:\[\d{1,7}\])?=("[^"]*"|\S+))/g)) {
    if (value === undefined) [last, length] = [Number(index), Number(full)]
    else written.set(Number(index), joined(written.get(Number(index)) ?? '', value))
  }
  const argv: string[] = []
  let room = argvMax
  for (const word of [...written.values()].map(textOf)) {
    if (word.length > room) return { argv: [...argv, `${word.slice(0, room)}…`], whole: true }
    argv.push(word)
    room = Math.max(0, room - word.length - 1)
  }
  return { argv, whole: argv.length >= argc && (written.get(last)?.length ?? 0) >= length }
}
/** Pieces of one argument: in hex all of them, or all of them quoted. */
const joined = (before: string, piece: string): string =>
  before.startsWith('"') && piece.startsWith('"') ? `${before.slice(0, -1)}${piece.slice(1)}` : before + piece

/**
 * The session whose terminal this opens: what sshd starts is the login shell with the very line that our certificate forces, to the letter.
 * Words that only begin like it are somebody's own.
 */
export function sessionOpenedBy({ argv: [, flag, line = '', ...more] }: Pick<Execution, 'argv'>): string | undefined {
  const sessionId = /^: hb-session=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}); /.exec(line)?.[1]
  if (sessionId === undefined || flag !== '-c' || more.length > 0) return undefined
  return line === forcedLine({ command: { kind: 'interactive', purpose: '' }, sessionId }) ? sessionId : undefined
}

/** A process that belongs to a session. */
export interface Kin {
  readonly sessionId: string
  readonly pid: number
  /** Undefined where it was noted before parents were. */
  readonly ppid: number | undefined
  readonly ses: number | undefined
  readonly tty: string | undefined
  /** When the session ended; undefined while it lasts. */
  readonly endedAt: Date | undefined
}
export interface Claim {
  readonly sessionId: string
  /** Ours: the beginning of a terminal. */
  readonly opens: boolean
}
/** A terminal's name is given to the next one who asks: it proves nothing once the session has ended. */
const ttyGraceMs = 2_000

/**
 * The sessions whose process this may be, the likeliest first. What descends from a session is its own whatever it says; then the words of a
 * terminal that begins count, and last the terminal that a session has now.
 */
export function claimsOn(of: Execution, known: readonly Kin[]): Claim[] {
  const kin = known.find((one) => isSameOrChild(of, one)) ?? known.find((one) => one.ses !== undefined && one.ses === of.ses)
  // Without audit sessions a number that came back looks like a child of what ended; words to the letter say more than that.
  const isSure = kin !== undefined && (kin.ses !== undefined || kin.endedAt === undefined)
  const named = sessionOpenedBy(of)
  const seated = known.find((one) => one.tty !== undefined && one.tty === of.tty && of.at.getTime() <= untilOf(one) + ttyGraceMs)
  const claims: Claim[] = named === undefined ? [] : [{ sessionId: named, opens: true }]
  if (kin) claims.splice(isSure ? 0 : 1, 0, { sessionId: kin.sessionId, opens: false })
  if (seated) claims.push({ sessionId: seated.sessionId, opens: false })
  return claims
}
const untilOf = ({ endedAt }: Kin): number => endedAt?.getTime() ?? Number.POSITIVE_INFINITY
/**
 * Numbers of processes come back. An audit session is inherited, and who may change it may as well end the audit: with another one it is
 * another process. So it is with another parent, unless that is the one which takes orphans.
 */
function isSameOrChild(of: Execution, kin: Kin): boolean {
  if (kin.ses !== undefined && kin.ses !== of.ses) return false
  if (kin.pid === of.ppid) return true
  return kin.pid === of.pid && (kin.ppid === undefined || kin.ppid === of.ppid || of.ppid === 1)
}

/** Grace for the last acts of a terminal that ends, the watcher's own `pkill` or a shell's logout file, and for how late they are written down. */
export const outlivedMs = 5_000
export const outlived = (of: Pick<Execution, 'at'>, endedAt: Date | undefined): boolean =>
  endedAt !== undefined && of.at.getTime() > endedAt.getTime() + outlivedMs

export const verdicts = ['agrees', 'outlived', 'elevated', 'partial', 'unknown'] as const
export type Verdict = (typeof verdicts)[number]
/** How long a sealed terminal waits for the target's word, or for all of it, before nobody can vouch for it. */
export const waitMs = 5 * 60_000
/** After its end, or the last word of it, a session is judged once so much of the target's later word is in. */
export const settleMs = 15_000

export interface Told {
  readonly executions: number
  /** Terminals whose beginning the target told. */
  readonly opened: number
  readonly outlived: number
  /** Started with more rights than the account of the session has, where that account is not root itself. */
  readonly elevated: number
}
/** What is known of the word itself. */
export interface Word {
  readonly closedAt: Date
  /** When the target last told something of the session. */
  readonly heardAt: Date | null
  /** Until when every log that told of it was read to its end. */
  readonly wholeAt: Date | null
  readonly lost: boolean
  /** Terminals that began, by our own records. */
  readonly terminals: number
}
/** What the target's word makes of a session that has ended; undefined while it is too soon to say. */
export function verdictOf(told: Told, word: Word, now: Date): Verdict | undefined {
  const closedAt = word.closedAt.getTime()
  const since = now.getTime() - Math.max(closedAt, word.heardAt?.getTime() ?? closedAt)
  if (told.executions === 0) return since >= waitMs ? 'unknown' : undefined
  if (since < settleMs) return undefined
  if (told.outlived > 0) return 'outlived'
  if (told.elevated > 0) return 'elevated'
  const isRead = word.wholeAt !== null && word.wholeAt.getTime() >= closedAt + outlivedMs
  if (!isRead && !word.lost && since < waitMs) return undefined
  return isRead && !word.lost && told.opened >= word.terminals ? 'agrees' : 'partial'
}

export const reconcileRefusals = {
  'reconcile.log_gap': { status: 409, rule: 'RL-13' },
} as const satisfies RefusalTable
export type ReconcileRefusal = keyof typeof reconcileRefusals
