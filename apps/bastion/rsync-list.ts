import type { RsyncReader, RsyncWriter } from './rsync-wire.ts'
import { Malformed } from './sftp-packets.ts'

/** The list of files of rsync, protocol 30, without incremental recursion: what each entry says, and the order both sides count in. */

const flag = {
  topFolder: 0x01,
  sameMode: 0x02,
  more: 0x04,
  sameUser: 0x08,
  sameGroup: 0x10,
  sameName: 0x20,
  longName: 0x40,
  sameTime: 0x80,
  sameMajor: 0x100,
} as const
/** Flags of options that this side refused: they would change what follows. */
const unasked = ~0x1ff
const entriesMax = 4_096
const nameMax = 4_095
const idsMax = 4_096

const kinds = new Map<number, Entry['kind']>([
  [0o100000, 'file'],
  [0o040000, 'folder'],
  [0o120000, 'link'],
  [0o020000, 'device'],
  [0o060000, 'device'],
])
export interface Entry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link' | 'device' | 'special'
  readonly bytes: number
}
/** What the options of the command say of the list. */
export interface ListOptions {
  readonly users: boolean
  readonly groups: boolean
  readonly links: boolean
  readonly devices: boolean
  readonly numericIds: boolean
}

/** Reads the whole list, and puts it in the order in which indices count. @throws Malformed */
export async function readList(input: RsyncReader, options: ListOptions): Promise<Entry[]> {
  const entries: Entry[] = []
  let [name, mode] = [Buffer.alloc(0) as Buffer, 0]
  for (;;) {
    let flags = await input.byte()
    if (flags === 0) break
    if (flags & flag.more) flags |= (await input.byte()) << 8
    if (flags & unasked) throw new Malformed('an entry of options that were refused')
    if (entries.length === entriesMax) throw new Malformed('more entries than one transfer may have')
    const kept = flags & flag.sameName ? await input.byte() : 0
    const added = flags & flag.longName ? await input.varint() : await input.byte()
    if (added < 0 || kept > name.length || kept + added > nameMax) throw new Malformed('a name that is too long')
    name = Buffer.concat([name.subarray(0, kept), await input.exactly(added)])
    const bytes = await input.varlong(3)
    if (!(flags & flag.sameTime)) await input.varlong(4)
    if (!(flags & flag.sameMode)) mode = await input.int()
    if (options.users && !(flags & flag.sameUser)) await input.varint()
    if (options.groups && !(flags & flag.sameGroup)) await input.varint()
    const kind = kinds.get(mode & 0o170000) ?? 'special'
    if (options.devices && (kind === 'device' || kind === 'special')) {
      if (!(flags & flag.sameMajor)) await input.varint()
      await input.varint()
    }
    if (options.links && kind === 'link') {
      const length = await input.varint()
      if (length < 0 || length > nameMax) throw new Malformed('a link that is too long')
      await input.exactly(length)
    }
    // One character a byte until they are in order: both sides count by bytes, and a name need not be UTF-8.
    entries.push({ name: name.toString('latin1'), kind, bytes })
  }
  // Names of users and groups: nothing here belongs to any of them.
  for (const wanted of [options.users, options.groups]) {
    if (!wanted || options.numericIds) continue
    let ids = 0
    while ((await input.varint()) !== 0) {
      if (++ids > idsMax) throw new Malformed('more users than one transfer may have')
      await input.exactly(await input.byte())
    }
  }
  return entries.sort(byOrder).map((one) => ({ ...one, name: Buffer.from(one.name, 'latin1').toString('utf8') }))
}

/** Writes a list with its end; times in seconds, and everything belongs to nobody in particular. */
export function writeList(
  output: RsyncWriter,
  entries: readonly (Entry & { at: Date; mode: number })[],
  options: ListOptions,
): void {
  for (const one of entries) {
    const name = Buffer.from(one.name, 'utf8')
    const long = name.length > 255
    const flags = flag.sameUser | flag.sameGroup | (one.kind === 'folder' ? flag.topFolder : 0) | (long ? flag.longName : 0)
    output.byte(flags)
    if (long) output.varlong(name.length, 1)
    else output.byte(name.length)
    output
      .bytes(name)
      .varlong(one.bytes, 3)
      .varlong(Math.floor(one.at.getTime() / 1000), 4)
      .int(one.mode)
  }
  output.byte(0)
  if (options.numericIds) return
  for (const wanted of [options.users, options.groups]) if (wanted) output.byte(0)
}

/** Within a folder its files come first; folders sort as if their names ended in a slash, and before what is in them (protocol 29 on). */
export function byOrder(a: Entry, b: Entry): number {
  const [left, right] = [wordsOf(a), wordsOf(b)]
  for (let i = 0; ; i++) {
    const [x, y] = [left[i], right[i]]
    if (x === undefined || y === undefined) return (x === undefined ? 0 : 1) - (y === undefined ? 0 : 1)
    const [xPath, yPath] = [i < left.length - 1 || a.kind === 'folder', i < right.length - 1 || b.kind === 'folder']
    if (xPath !== yPath) return xPath ? 1 : -1
    const order = Buffer.compare(Buffer.from(xPath ? `${x}/` : x), Buffer.from(yPath ? `${y}/` : y))
    if (order !== 0) return order
  }
}
/** The folder `.` is the root of what is sent, before everything. */
const wordsOf = ({ name }: Entry): string[] => (name === '.' ? [] : name.split('/'))
