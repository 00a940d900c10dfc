import { createHash } from 'node:crypto'
import { artifactMaxBytes } from '@huabiao/domains/change/change-plan.model'
import type { RsyncCommand } from './file-command.ts'
import { type FileDoor, Refused } from './file-door.ts'
import { type FileTree, isFolder, type Node } from './file-tree.ts'
import { readContent, writeContent } from './rsync-content.ts'
import { byOrder, type Entry, readList, writeList } from './rsync-list.ts'
import { done, itemTransfer, message, protocol, RsyncReader, RsyncWriter } from './rsync-wire.ts'
import type { Wire } from './scp-session.ts'
import { Malformed } from './sftp-packets.ts'
import type { Upload } from './upload.ts'

/**
 * The far side of rsync. It has no file to compare with and says so: everything comes and goes whole, so that each file is one transfer with
 * its digests, held against the plan before it goes anywhere. Nothing is made, removed or renamed; a folder exists or is refused.
 */

const exit = { good: 0, protocol: 2, partial: 23 } as const
/** Count, length of a block, length of its digest, rest: of no blocks. */
const headBytes = 16
const md5Bytes = 16
const digestMax = 64
const blocksMax = 1024 * 1024
const pieceBytes = 256 * 1024
/** Of every list of phases: files, those to be done again, those that were delayed. */
const phases = 3

interface Ends {
  readonly input: RsyncReader
  readonly output: RsyncWriter
}
/** Versions first; undefined where the client is older than rsync 3.0. */
async function greet({ input: raw, send }: Wire): Promise<Ends | undefined> {
  const [input, output] = [new RsyncReader(raw), new RsyncWriter(send)]
  await output.int(protocol).flush()
  if ((await input.int()) < protocol) return undefined
  // No flag of later versions, and no seed: it serves digests of blocks, and there are none.
  await output.byte(0).int(0).flush()
  input.demultiplex()
  output.multiplex()
  return { input, output }
}
const absolute = (path: string): string => (path.startsWith('/') ? path : `/${path === '.' ? '' : path}`)
const trimmed = (path: string): string => path.replace(/\/+$/, '') || '/'

/** Takes what the plan places, one file after the other. Answers the exit status of rsync. @throws Malformed */
export async function rsyncReceive(command: RsyncCommand, door: FileDoor, wire: Wire): Promise<number> {
  const { options } = command
  const ends = options && (await greet(wire))
  if (!ends) return unsupported(command, door)
  const { input, output } = ends
  const entries = await readList(input, options.list)
  const to = absolute(command.path)
  const isFolderAt = (path: string, tree: FileTree): boolean => {
    const node = tree.find(trimmed(path))
    return node !== undefined && isFolder(node)
  }
  const into = to.endsWith('/') || entries.length > 1 || isFolderAt(to, await door.tree())
  let failed = false
  for (const [index, entry] of entries.entries()) {
    const path = into ? `${trimmed(to)}/${entry.name}` : to
    // The same name twice is one file to rsync, and the second entry none.
    if (index > 0 && entries[index - 1]!.name === entry.name) continue
    if (entry.kind === 'file')
      failed = !(await receive({ ...ends, door, compressed: options.compressed }, { index, entry, path })) || failed
    else if (entry.kind !== 'folder' || !isFolderAt(path.replace(/\/\.$/, ''), await door.tree())) {
      await door.refuse(path, 'in', 'transfer.operation_refused')
      failed = true
    }
  }
  for (let phase = 0; phase < phases; phase++) output.index(done)
  await output.flush()
  for (let phase = 0; phase < phases; phase++) if ((await input.index()) !== done) throw new Malformed('no end of a phase')
  await output.index(done).flush()
  return failed ? exit.partial : exit.good
}

async function receive(
  { input, output, door, compressed }: Ends & { door: FileDoor; compressed: boolean },
  { index, entry, path }: { index: number; entry: Entry; path: string },
): Promise<boolean> {
  let upload: Upload
  try {
    upload = await door.upload(path)
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause
    return false
  }
  try {
    await output.index(index).short(itemTransfer).bytes(Buffer.alloc(headBytes)).flush()
    if (!(await input.comes(index))) {
      await upload.abort()
      return false
    }
    if ((await input.index()) !== index) throw new Malformed('another file than was asked for')
    await input.item()
    await input.exactly(headBytes)
    let came = 0
    await readContent(input, compressed, async (piece) => {
      came += piece.length
      // What is too large for the plan is read on to keep the two sides in step, as far as any plan could ask.
      if (came > entry.bytes || came > artifactMaxBytes) throw new Malformed('more than was announced')
      await upload.write(BigInt(upload.bytes), piece)
    })
    // Their own digest of it: the plan's is the one that counts, and it is asked next.
    await input.exactly(md5Bytes)
  } catch (cause) {
    await upload.abort()
    throw cause
  }
  return door.close(upload)
}

type Sent = Entry & { readonly path: string; readonly at: Date; readonly mode: number }
/** Gives what tickets give. Answers the exit status of rsync. @throws Malformed */
export async function rsyncSend(command: RsyncCommand, door: FileDoor, wire: Wire): Promise<number> {
  const { options } = command
  const ends = options && (await greet(wire))
  if (!ends) return unsupported(command, door)
  const { input, output } = ends
  // A rule of a filter would have to be obeyed to the letter, or a client refuses what it gets.
  if ((await input.int()) !== 0) return unsupported(command, door)
  const path = absolute(command.path)
  const entries = sentOf(await door.tree(), path, options)
  if (entries.length === 0) {
    await refused(door, path)
    return exit.partial
  }
  writeList(output, entries, options.list)
  await output.flush()
  let failed = false
  for (let phase = 1; ; ) {
    const index = await input.index()
    if (index === done) {
      if (phase === phases) break
      phase++
      await output.index(done).flush()
      continue
    }
    const { flags, raw } = await input.item()
    const one = entries[index]
    if (!one) throw new Malformed('a file that is not in the list')
    if (!(flags & itemTransfer)) await output.index(index).bytes(raw).flush()
    else failed = !(await give({ ...ends, door }, { index, one, raw, compressed: options.compressed })) || failed
  }
  output.index(done)
  // What went each way, the size of all, and two times: counted by the client itself as well.
  for (let figure = 0; figure < 5; figure++) output.varlong(0, 3)
  await output.flush()
  if ((await input.index()) !== done) throw new Malformed('no end')
  return failed ? exit.partial : exit.good
}

async function give(
  { input, output, door }: Ends & { door: FileDoor },
  { index, one, raw, compressed }: { index: number; one: Sent; raw: Buffer; compressed: boolean },
): Promise<boolean> {
  const head = await input.exactly(headBytes)
  const [blocks, digest] = [head.readInt32LE(0), head.readInt32LE(8)]
  if (blocks < 0 || blocks > blocksMax || digest < 0 || digest > digestMax) throw new Malformed('blocks out of range')
  // What the client has of it already is not looked at: a ticket gives a file whole, once.
  await input.bytes(blocks * (4 + digest), async () => undefined)
  try {
    const download = await door.download(one.path)
    const md5 = createHash('md5')
    async function* pieces() {
      for (let at = 0; at < download.bytes; ) {
        const piece = await download.read(at, pieceBytes)
        if (!piece || piece.length === 0) throw new Malformed('the content ends too early')
        md5.update(piece)
        at += piece.length
        yield piece
      }
    }
    output.index(index).bytes(raw).bytes(head)
    let good = false
    try {
      await writeContent(output, compressed, pieces())
      await output.bytes(md5.digest()).flush()
    } finally {
      good = await download.close()
    }
    return good
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause
    const body = Buffer.alloc(4)
    body.writeInt32LE(index)
    await output.message(message.noSend, body)
    return false
  }
}
/** A path that leads to nothing is asked for all the same, so that it is on record. */
async function refused(door: FileDoor, path: string): Promise<void> {
  try {
    await (await door.download(path)).close()
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause
  }
}
async function unsupported({ path, direction }: RsyncCommand, door: FileDoor): Promise<number> {
  await door.refuse(path, direction, 'transfer.protocol_unsupported')
  return exit.protocol
}

/** A file; or a folder with what is in it, as `-r` and `-d` say, under its own name unless its path ends in a slash. */
function sentOf(tree: FileTree, path: string, { recursive, folders }: { recursive: boolean; folders: boolean }): Sent[] {
  const node = tree.find(trimmed(path))
  if (!node) return []
  const sent: Sent[] = []
  const add = (one: Node, name: string, deeper: boolean): void => {
    const { bytes, mode, at } = one.attributes
    sent.push({ name, kind: isFolder(one) ? 'folder' : 'file', bytes, mode, at, path: one.path })
    if (!deeper) return
    for (const child of tree.list(one.path) ?? []) add(child, name === '.' ? child.name : `${name}/${child.name}`, recursive)
  }
  const root = path.endsWith('/') ? '.' : node.name
  add(node, isFolder(node) ? root : node.name, recursive || (folders && root === '.'))
  return sent.sort(byOrder)
}
