import { classifySql, type StatementFinding } from '@huabiao/kit/sql/statement'

/**
 * The SQL that a step hands to a database's client, read out of its shell text: what approvers would have to find by eye (RL-15, NT-B12).
 * Only what stands there literally is read; what comes from a variable, a pipe, or a file that the plan does not show is `unseen`.
 */
export interface SqlOfStep {
  /** Statements that stand in the step itself. */
  readonly statements: readonly StatementFinding[]
  /** Files that a client is told to read, with how that client would. */
  readonly files: readonly SqlFile[]
  /** Whether a client runs something that nobody can see here. */
  readonly unseen: boolean
}

export interface SqlFile {
  readonly path: string
  classify(text: string): StatementFinding[]
}

/** How a client is told what to run. */
interface Client {
  /** Option that carries a statement; `''` for clients that take statements from standard input alone. */
  readonly statement: string
  readonly long: string
  readonly file: string
  /** Letters that take a value, glued or as the next word; of no more consequence than where to connect and how to print. */
  readonly valued: string
  /** Letters whose value is glued or absent. */
  readonly glued: string
  readonly classify: SqlFile['classify']
}
/**
 * Clients that end a statement at a line with `/` or `go` alone, or leave it at a blank one, and take the next line for a command of their
 * own (`host rm`): each part is judged by itself.
 */
const classifyParts = (text: string): StatementFinding[] => text.split(/^[ \t\r]*(?:\/|go)?[ \t\r]*$/im).flatMap(classifySql)
const postgres: Client = { statement: 'c', long: 'command', file: 'f', valued: 'dFhpPRTUv', glued: '', classify: classifySql }
const opengauss: Client = { ...postgres, valued: `${postgres.valued}Wk` }
const mysql: Client = { statement: 'e', long: 'execute', file: '', valued: 'DhPSu', glued: 'p#', classify: classifySql }
const piped: Client = { statement: '', long: '', file: '', valued: '', glued: '', classify: classifyParts }
const clients: Readonly<Record<string, Client>> = {
  psql: postgres,
  ksql: postgres,
  gsql: opengauss,
  ...Object.fromEntries(['mysql', 'mariadb', 'obclient'].map((name) => [name, mysql])),
  ...Object.fromEntries(['disql', 'sqlplus', 'sqlite3', 'clickhouse-client'].map((name) => [name, piped])),
}
/** Long options that run nothing and name no file to run. Whatever else is given to a client, an abbreviation included, may run something. */
const calmOptions = new Set(
  `version help list host port user username dbname database password no-password socket protocol quiet silent tuples-only no-align csv html expanded
   single-transaction single-line echo-all echo-queries echo-errors echo-hidden field-separator record-separator pset set variable no-psqlrc no-readline
   batch raw table vertical skip-column-names column-names default-character-set connect-timeout no-defaults no-auto-rehash compress safe-updates
   ssl ssl-mode ssl-ca ssl-cert ssl-key`.split(/\s+/),
)
const names = Object.keys(clients).join('|')
/** A client's name, by itself or at the end of a path, wherever it stands in a text. */
const named = new RegExp(`(?<![\\w.-])(?:${names})(?![\\w./-])`)
const isNamed = (text: string): boolean => named.test(text) || named.test(text.replace(/['"\\]/g, ''))
/** Programs that do nothing with a name that is given to them, as long as nobody reads what they say. */
const bystanders = new Set(
  'echo ls cd cat tail head grep stat du df test id mkdir chown chmod systemctl service journalctl pgrep which type'.split(' '),
)
/** Settings before a client that say where to connect and in which words it answers; others may name a file that it reads first. */
const calmSetting =
  /^(?:PG(?:HOST|PORT|USER|DATABASE|PASSWORD|PASSFILE|CONNECT_TIMEOUT|APPNAME|SSLMODE|CLIENTENCODING|TZ)|MYSQL_PWD|LANG|LC_ALL|TZ)=/
/** Words before a program that are not the program. */
const wrappers = new Set([
  'exec',
  'command',
  'time',
  'env',
  'nice',
  'ionice',
  'timeout',
  'stdbuf',
  'xargs',
  'then',
  'do',
  'else',
  'if',
  'while',
  '!',
  '{',
])

interface Word {
  readonly text: string
  /** Whether the shell would put something else in its place. */
  readonly literal: boolean
}
interface Command {
  readonly words: Word[]
  readonly from: Word[]
  readonly to: Word[]
  readonly here: Word[]
  /** Whether another command reads what it says. */
  read: boolean
}

/** The simple commands of a shell text; undefined where a quote or a heredoc has no end. */
function commandsOf(text: string): Command[] | undefined {
  const commands: Command[] = []
  const fresh = (): Command => ({ words: [], from: [], to: [], here: [], read: false })
  let command = fresh()
  let next: 'words' | 'from' | 'to' | 'tag' = 'words'
  let due: { tag: Word; of: Command }[] = []
  const end = (read = false): void => {
    if (command.words.length > 0) commands.push(Object.assign(command, { read }))
    command = fresh()
    next = 'words'
  }
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at, at + 2)
    if (/^[ \t\r]/.test(rest)) at++
    else if (rest === '\\\n') at += 2
    else if (rest[0] === '\n') {
      end()
      at++
      for (const { tag, of } of due) {
        const close = new RegExp(`^\\t*${tag.text.replace(/[^\w]/g, '\\$&')}$`, 'm')
        const found = close.exec(text.slice(at))
        if (!found) return undefined
        const body = text.slice(at, at + found.index)
        of.here.push({ text: body, literal: !tag.literal || !/[$`\\]/.test(body) })
        at += found.index + found[0].length
      }
      due = []
    } else if (rest[0] === '#') at = text.indexOf('\n', at) === -1 ? text.length : text.indexOf('\n', at)
    else if (rest === '<<') {
      at += /^<<[-<]/.test(text.slice(at, at + 3)) ? 3 : 2
      next = text[at - 1] === '<' && text[at - 3] === '<' ? 'words' : 'tag'
      if (next === 'words') command.from.push({ text: '', literal: false })
    } else if (rest[0] === '<') {
      next = 'from'
      at++
    } else if (rest[0] === '>') {
      next = 'to'
      at += /^>[>&|]/.test(rest) ? 2 : 1
    } else if (rest === '||' || rest === '&&') {
      end()
      at += 2
    } else if (/^[;&|()]/.test(rest)) {
      // What a closed parenthesis said may stand in the words before it: `$(echo psql) -c x`.
      end(rest[0] === '|' || rest[0] === ')')
      at++
    } else {
      const found = wordAt(text, at)
      if (!found) return undefined
      at = found.end
      // The number of what is turned elsewhere, as in `2>/dev/null`.
      if (next === 'words' && !found.quoted && /^\d+$/.test(found.text) && /[<>]/.test(text[at] ?? '')) continue
      if (next === 'tag') due.push({ tag: { text: found.text, literal: !found.quoted }, of: command })
      else command[next].push({ text: found.text, literal: found.literal })
      next = 'words'
    }
  }
  end()
  return due.length > 0 ? undefined : commands
}

/** One word with its quotes taken off, as POSIX sh reads it. */
function wordAt(text: string, from: number): { text: string; literal: boolean; quoted: boolean; end: number } | undefined {
  let [word, literal, quoted, at] = ['', true, false, from]
  while (at < text.length && !/[\s;&|()<>]/.test(text[at]!)) {
    const char = text[at]!
    if (char === "'" || char === '"') {
      const shape = char === "'" ? /'([^']*)'/y : /"((?:[^"\\]|\\[\s\S])*)"/y
      shape.lastIndex = at
      const piece = shape.exec(text)
      if (!piece) return undefined
      word += char === "'" ? piece[1]! : piece[1]!.replace(/\\([$`"\\\n])/g, '$1')
      if (char === '"' && /[$`]/.test(piece[1]!.replace(/\\[$`"\\]/g, ''))) literal = false
      quoted = true
      at += piece[0].length
    } else if (char === '\\') {
      word += text[at + 1] ?? ''
      quoted = true
      at += 2
    } else {
      if (/[$`*?~]/.test(char)) literal = false
      word += char
      at++
    }
  }
  return { text: word, literal, quoted, end: at }
}

export function sqlOfStep(text: string): SqlOfStep {
  const commands = commandsOf(text)
  // Only a name is looked for: whoever cannot be read and has none of it is no business of this.
  if (!commands) return { statements: [], files: [], unseen: isNamed(text) }
  const found: Found = { statements: [], files: [], unseen: false }
  for (const command of commands) {
    const program = command.words.findIndex(({ text: word }, i) => !isBefore(word, command.words[i - 1]?.text))
    const name = command.words[program]?.text.replace(/^.*\//, '') ?? ''
    // It asks where the client is.
    if (!command.read && /^command -v [\w./-]+$/.test(command.words.map((word) => word.text).join(' '))) continue
    const client = Object.hasOwn(clients, name) ? clients[name] : undefined
    if (client) readClient(client, command, program, found)
    if (hidesClient(command, program, client && name)) found.unseen = true
  }
  return found
}
interface Found {
  readonly statements: StatementFinding[]
  readonly files: SqlFile[]
  unseen: boolean
}
const isBefore = (word: string, previous: string | undefined): boolean =>
  wrappers.has(word) || /^[A-Za-z_]\w*=/.test(word) || /^-/.test(word) || (previous === 'timeout' && /^[\d.]+[smh]?$/.test(word))

/** Whether a client is named where it is not the program that was read: behind a program nobody knows here, or inside a word. */
function hidesClient(command: Command, program: number, client: string | undefined): boolean {
  const { words, from, to, here, read } = command
  const name = words[program]?.text ?? ''
  // `xargs` adds words that nobody sees here, and what is put in place of a word may run anything.
  const isHidden = ({ text }: Word) => text === 'xargs' || (/^[A-Za-z_]\w*=/.test(text) && !calmSetting.test(text))
  if (client && words.slice(0, program).some(isHidden)) return true
  const isBystander = !read && to.every(({ text }) => text === '/dev/null') && bystanders.has(name)
  return [...words, ...from, ...here].some((word) => {
    if (word === words[program] && client) return false
    if (!isNamed(word.text)) return false
    if (!word.literal) return true
    if (client) return !isOwnName(word.text, client)
    return !(isBystander && /^[\w./:-]+$/.test(word.text))
  })
}
/** Of the names in a text, only that of the client which reads it. */
const isOwnName = (text: string, client: string): boolean =>
  [...text.replace(/['"\\]/g, '').matchAll(new RegExp(named, 'g'))].every(([one]) => one === client)

function readClient(client: Client, command: Command, program: number, found: Found): void {
  let sources = 0
  const take = (word: Word | undefined): void => {
    sources++
    if (word?.literal) found.statements.push(...client.classify(word.text))
    else found.unseen = true
  }
  const file = (word: Word | undefined): void => {
    sources++
    if (word?.literal) found.files.push({ path: word.text, classify: client.classify })
    else found.unseen = true
  }
  const words = command.words.slice(program + 1)
  const others: Word[] = []
  const long = (word: Word, after: () => Word | undefined): void => {
    const [, option, value] = /^--([\w-]+)(?:=([\s\S]*))?$/.exec(word.text) ?? []
    const given = () => (value === undefined ? after() : { text: value, literal: word.literal })
    if (client.long && option === client.long) take(given())
    else if (client.file && option === 'file') file(given())
    else if (option === 'version' || option === 'help') sources++
    else if (option === undefined || !calmOptions.has(option)) found.unseen = true
  }
  const short = (word: Word, after: () => Word | undefined): void => {
    for (let at = 1; at < word.text.length; at++) {
      const letter = word.text[at]!
      const given = () => (at + 1 < word.text.length ? { text: word.text.slice(at + 1), literal: word.literal } : after())
      if (client.glued.includes(letter)) return
      if (letter === client.statement || letter === client.file || client.valued.includes(letter)) {
        const value = given()
        if (letter === client.statement) take(value)
        else if (letter === client.file) file(value)
        return
      }
      if (letter === 'V' || letter === 'l' || letter === '?') sources++
      // What it prints may go to a program, `-o '|sh'`; and of a client that is told nothing in options, none is known.
      else if (letter === 'o' || !(client.statement || 'SsLb'.includes(letter))) found.unseen = true
    }
  }
  for (let i = 0; i < words.length; i++) {
    const after = () => words[++i]
    if (words[i]!.text.startsWith('--')) long(words[i]!, after)
    else if (words[i]!.text.startsWith('-')) short(words[i]!, after)
    else others.push(words[i]!)
  }
  // Such a client is told where to connect, and nothing else: more may be what it is to run, and `@` and a back-quote name files.
  if (!client.statement && (others.length > 1 || others.some(({ text }) => /^[@`]/.test(text)))) found.unseen = true
  for (const body of command.here) take(body)
  for (const path of command.from) file(path)
  // Nothing said where it comes from: a pipe, or somebody's keyboard.
  if (sources === 0) found.unseen = true
}
