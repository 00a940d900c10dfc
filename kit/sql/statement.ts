/**
 * What class an SQL statement is of, for whoever must know before it runs whether it only reads (NT-B12). It decides one thing: a statement is
 * `read` where every token of it is known to be harmless in PostgreSQL and in MySQL alike; whatever is read differently by the two, or
 * cannot be read, is `unreadable`, and whoever asks holds it. So it needs no grammar, and no dialect escapes it by being unknown (ADR 9).
 */
export type StatementClass = 'read' | 'write' | 'definition' | 'call' | 'export' | 'unreadable'
export interface StatementFinding {
  readonly class: StatementClass
  /** The word that decided it, in upper case; for an unreadable statement why it is one. */
  readonly verb: string
}

/** Longer texts are held, not read. */
const textMax = 200_000

const byWord: Readonly<Record<string, StatementClass>> = Object.fromEntries([
  ...['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'REPLACE', 'TRUNCATE', 'UPSERT', 'LOAD', 'IMPORT', 'HANDLER', 'LOCK', 'UNLOCK'].map(
    (w) => [w, 'write'],
  ),
  ...[
    'CREATE',
    'ALTER',
    'DROP',
    'RENAME',
    'GRANT',
    'REVOKE',
    'COMMENT',
    'REINDEX',
    'CLUSTER',
    'VACUUM',
    'REFRESH',
    'SET',
    'RESET',
  ].map((w) => [w, 'definition']),
  ...[
    'SECURITY',
    'DISCARD',
    'FLUSH',
    'PURGE',
    'KILL',
    'INSTALL',
    'UNINSTALL',
    'SHUTDOWN',
    'OPTIMIZE',
    'REPAIR',
    'ATTACH',
    'DETACH',
  ].map((w) => [w, 'definition']),
  ...['CALL', 'DO', 'EXECUTE', 'EXEC', 'PREPARE', 'DEALLOCATE', 'LISTEN', 'NOTIFY', 'DECLARE'].map((w) => [w, 'call']),
  ...['COPY', 'UNLOAD', 'OUTFILE', 'DUMPFILE', 'INTO'].map((w) => [w, 'export']),
] as [string, StatementClass][])
const readers = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE', 'SHOW', 'DESC', 'DESCRIBE', 'EXPLAIN'])
/** Of a transaction: they change nothing by themselves. */
const brackets = new Set(['BEGIN', 'START', 'COMMIT', 'ROLLBACK', 'END'])
/** Words before a parenthesis that call nothing in either dialect: neither lets a function have such a name. */
const keywords =
  'IN EXISTS ALL AS AND OR NOT ON USING WHERE FROM SELECT THEN WHEN ELSE CASE UNION EXCEPT INTERSECT DISTINCT HAVING LIMIT BETWEEN VALUES ROW INTERVAL LATERAL'
/** Functions that both have built in and that only read. One that only one of them has may be anybody's own in the other. */
const functions = `COUNT SUM AVG MIN MAX NOW COALESCE NULLIF GREATEST LEAST LOWER UPPER LENGTH CHAR_LENGTH SUBSTRING SUBSTR TRIM LTRIM RTRIM ROUND FLOOR CEIL ABS MOD CAST
   CONCAT CONCAT_WS EXTRACT DATE VERSION USER ROW_NUMBER RANK DENSE_RANK LAG LEAD VARCHAR CHAR NUMERIC DECIMAL TIMESTAMP TIME`
const calm = new Set(`${keywords} ${functions}`.split(/\s+/))

interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'other' | 'end'
  readonly text: string
}

/** Pieces that both dialects read alike. A string whose end depends on the dialect is matched by none of them. */
const shapes: readonly { kind: Token['kind'] | 'space'; shape: RegExp }[] = [
  { kind: 'space', shape: /[ \t\r\n]+/y },
  // In MySQL two hyphens are a comment before a blank alone, and a carriage return ends it in PostgreSQL alone.
  { kind: 'space', shape: /--(?=[ \t\r\n]|$)[^\r\n]*(?=\r?\n|$)/y },
  // Comments nest in PostgreSQL alone; `/*!`, `/*M!` and `/*+` are read by those they are meant for.
  { kind: 'space', shape: /\/\*(?![Mm]?!|\+)(?:(?!\/\*|\*\/)[\s\S])*\*\//y },
  // A backslash before the quote ends the string in one dialect and not in the other.
  { kind: 'string', shape: /'(?:[^'\\]|''|\\\\|\\(?!['\\]))*'(?!')/y },
  { kind: 'quoted', shape: /"(?:[^"\\]|"")*"|`[^`\\]*`/y },
  { kind: 'word', shape: /[\p{L}_][\p{L}\p{N}_]*/uy },
  { kind: 'other', shape: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|::|-(?!-)|\/(?!\*)|[+*<>=~!@%^&|.,()[\]?]/y },
  { kind: 'end', shape: /;/y },
]

/** Undefined where a character begins nothing that both dialects know. */
function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    let found: Token | 'space' | undefined
    for (const { kind, shape } of shapes) {
      shape.lastIndex = at
      const [piece] = shape.exec(text) ?? []
      if (piece === undefined) continue
      at += piece.length
      found = kind === 'space' ? 'space' : { kind, text: piece }
      break
    }
    if (!found) return undefined
    if (found !== 'space') tokens.push(found)
  }
  return tokens
}

/** One finding for each statement in the text; a text that cannot be read is one unreadable statement. An empty text has none. */
export function classifySql(text: string): StatementFinding[] {
  if (text.length > textMax) return [{ class: 'unreadable', verb: 'too long' }]
  // What turns the line around or hides in it is for nobody's eye.
  if (/[\p{Cf}\u2028\u2029]|[^\P{Cc}\t\r\n]/u.test(text)) return [{ class: 'unreadable', verb: 'invisible characters' }]
  const meta = /^[ \t\r\n]*\\(?:d[a-zA-Z]*\+?|l\+?|conninfo)(?:[ \t]+[\w.*]+)?[ \t\r\n]*$/.exec(text)
  if (meta) return [{ class: 'read', verb: meta[0].trim().split(/\s/)[0]! }]
  const tokens = tokensOf(text)
  if (!tokens) return [{ class: 'unreadable', verb: 'not read alike by every database' }]
  const findings: StatementFinding[] = []
  let statement: Token[] = []
  for (const token of [...tokens, { kind: 'end', text: ';' } as const]) {
    if (token.kind !== 'end') statement.push(token)
    else {
      if (statement.length > 0) findings.push(classOf(statement))
      statement = []
    }
  }
  return findings
}

function classOf(tokens: readonly Token[]): StatementFinding {
  const words = tokens.filter(({ kind }) => kind === 'word').map(({ text }) => text.toUpperCase())
  const first = tokens.find(({ text }) => text !== '(')
  const verb = first?.kind === 'word' ? first.text.toUpperCase() : ''
  if (brackets.has(verb) && words.every((word) => brackets.has(word) || ['TRANSACTION', 'WORK', 'READ', 'ONLY'].includes(word)))
    return { class: 'read', verb }
  // Wherever it stands: in a common table expression, behind EXPLAIN ANALYZE, as what is prepared.
  const changing = words.filter((word) => byWord[word])
  const strongest = changing.find((word) => byWord[word] === 'write' || byWord[word] === 'definition') ?? changing[0]
  if (strongest) return { class: byWord[strongest]!, verb: strongest }
  if (!readers.has(verb)) return { class: 'unreadable', verb: verb || 'no statement' }
  const called = tokens.find((_, index) => calls(tokens, index))
  return called
    ? { class: 'call', verb: called.kind === 'word' ? called.text.toUpperCase() : called.text }
    : { class: 'read', verb }
}

/** Whether a function is called here that is not known to only read. */
function calls(tokens: readonly Token[], at: number): boolean {
  const { kind, text } = tokens[at]!
  if (tokens[at + 1]?.text !== '(' || (kind !== 'quoted' && kind !== 'word')) return false
  const before = tokens[at - 1]?.text.toUpperCase()
  // Under a schema's name anything may stand, whatever it is called.
  if (kind === 'quoted' || before === '.') return true
  const word = text.toUpperCase()
  return !calm.has(word) && !standsAsKeyword(word, { before, at, after: tokens[at + 2]?.text.toUpperCase() })
}
/** Words that a function may be called by in one of the two, where they stand as no function can. */
function standsAsKeyword(word: string, of: { before: string | undefined; at: number; after: string | undefined }): boolean {
  const { before = '', at, after = '' } = of
  if (word === 'EXPLAIN') return at === 0
  if (word === 'OVER' || word === 'FILTER') return before === ')'
  if (word === 'BY') return ['GROUP', 'ORDER', 'PARTITION'].includes(before)
  if (word === 'MATERIALIZED') return before === 'AS'
  if (word === 'JOIN') return ['SELECT', 'WITH', 'VALUES'].includes(after)
  return (word === 'ANY' || word === 'SOME') && /^[=<>]$/.test(before)
}
