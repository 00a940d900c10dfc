import { randomBytes } from 'node:crypto'
import { canonicalPath } from '@huabiao/domains/transfer/transfer.model'
import type { Download } from './download.ts'
import { type FileDoor, Refused } from './file-door.ts'
import { longName, type Node } from './file-tree.ts'
import * as sftp from './sftp-packets.ts'
import type { Upload } from './upload.ts'

const { status } = sftp
/** A client holds few files open; whoever opens a thousand wants something else. */
const handlesMax = 32
/** Each upload reserves what its plan pins: nobody takes the whole quarantine for themselves. */
const uploadsMax = 4
const namesAtOnce = 100
const missedMax = 16
/** However much is asked for, an answer is a packet that every client takes. */
const readMaxBytes = 128 * 1024

type Open =
  | { readonly kind: 'folder'; readonly left: Node[] }
  | { readonly kind: 'upload'; readonly upload: Upload; readonly node: sftp.Attributes }
  | { readonly kind: 'download'; readonly download: Download; readonly node: sftp.Attributes }
type WithPath = Extract<sftp.Request, { path: string }>

/**
 * SFTP operation by operation: each is understood, bounded and decided here, and nothing is passed on (anchors/bastion.md §2.2). Handles
 * belong to this channel alone, and are random, so that a guess meets nobody else's file.
 */
export class SftpSession {
  readonly #door: FileDoor
  readonly #handles = new Map<string, Open>()
  #greeted = false
  /** Looked for and not there: an attempt to read, unless it turns out that the client was about to write it. */
  readonly #missed = new Set<string>()

  constructor(door: FileDoor) {
    this.#door = door
  }

  /** The answer to one packet, as buffers to write. @throws sftp.Malformed where the channel must end */
  async answer(packet: Buffer): Promise<Buffer[]> {
    const request = sftp.parseRequest(packet)
    if (request.op === 'init') {
      if (this.#greeted) throw new sftp.Malformed('greeted twice')
      this.#greeted = true
      return [sftp.versionPacket()]
    }
    if (!this.#greeted) throw new sftp.Malformed('not greeted')
    try {
      return await this.#perform(request)
    } catch (cause) {
      if (!(cause instanceof Refused)) throw cause
      return [sftp.statusPacket(request.id, status.permissionDenied, cause.code)]
    }
  }
  /** The channel has ended: what had not been closed has come to nothing. */
  async end(): Promise<void> {
    const open = [...this.#handles.values()]
    this.#handles.clear()
    for (const path of this.#missed) await this.#door.download(path).catch(() => undefined)
    this.#missed.clear()
    await Promise.allSettled(
      open.map((one) =>
        one.kind === 'upload' ? one.upload.abort() : one.kind === 'download' ? one.download.close() : undefined,
      ),
    )
  }

  async #perform(request: Exclude<sftp.Request, { op: 'init' }>): Promise<Buffer[]> {
    const { id } = request
    switch (request.op) {
      case 'realpath':
        return this.#realpath(request)
      case 'stat':
      case 'lstat':
        return this.#stat(request)
      case 'opendir':
        return this.#opendir(request)
      case 'readdir':
        return this.#readdir(id, request.handle)
      case 'open':
        return this.#open(id, request.path, request.flags)
      case 'write':
        return this.#write(id, request.handle, request.offset, request.data)
      case 'read':
        return this.#read(request)
      case 'close':
        return this.#close(id, request.handle)
      case 'fstat': {
        const open = this.#handles.get(request.handle)
        if (open?.kind === 'upload') return [sftp.attributesPacket(id, { ...open.node, bytes: open.upload.bytes })]
        return [open?.kind === 'download' ? sftp.attributesPacket(id, open.node) : sftp.statusPacket(id, status.failure)]
      }
      case 'fsetstat':
        // The client's mode and times say nothing here: the plan has the mode. Told "no", clients would report a failed upload.
        return [sftp.statusPacket(id, this.#handles.has(request.handle) ? status.ok : status.failure)]
      case 'readlink':
        return [sftp.statusPacket(id, status.noSuchFile)]
      case 'setstat':
      case 'remove':
      case 'mkdir':
      case 'rmdir':
      case 'rename':
      case 'symlink':
        await this.#door.refuse(`${request.path}`, 'in', 'transfer.operation_refused')
        return [sftp.statusPacket(id, status.permissionDenied, 'transfer.operation_refused')]
      case 'extended':
      case 'unknown':
        return [sftp.statusPacket(id, status.unsupported)]
    }
  }

  #realpath({ id, path: raw }: WithPath): Buffer[] {
    const path = canonicalPath(raw)
    if (path === undefined) return [sftp.statusPacket(id, status.noSuchFile)]
    const attributes = { bytes: 0, mode: 0o040555, at: new Date(0) }
    return [sftp.namePacket(id, [{ name: path, long: path, attributes }])]
  }
  async #stat({ id, path: raw }: WithPath): Promise<Buffer[]> {
    const path = canonicalPath(raw)
    const node = path === undefined ? undefined : (await this.#door.tree()).find(path)
    if (!node) this.#miss(path)
    return [node ? sftp.attributesPacket(id, node.attributes) : sftp.statusPacket(id, status.noSuchFile)]
  }
  async #opendir({ id, path: raw }: WithPath): Promise<Buffer[]> {
    const path = canonicalPath(raw)
    const nodes = path === undefined ? undefined : (await this.#door.tree()).list(path)
    if (!nodes) {
      this.#miss(path)
      return [sftp.statusPacket(id, status.noSuchFile)]
    }
    return this.#handle(id, { kind: 'folder', left: [...nodes] })
  }
  #miss(path: string | undefined): void {
    if (path !== undefined && this.#missed.size < missedMax) this.#missed.add(path)
  }
  #readdir(id: number, handle: string): Buffer[] {
    const open = this.#handles.get(handle)
    if (open?.kind !== 'folder') return [sftp.statusPacket(id, status.failure)]
    const nodes = open.left.splice(0, namesAtOnce)
    if (nodes.length === 0) return [sftp.statusPacket(id, status.eof)]
    return [
      sftp.namePacket(
        id,
        nodes.map((node) => ({ name: node.name, long: longName(node), attributes: node.attributes })),
      ),
    ]
  }
  async #open(id: number, raw: string, flags: number): Promise<Buffer[]> {
    if (this.#handles.size >= handlesMax) return [sftp.statusPacket(id, status.failure, 'too many open handles')]
    const { read, write, append } = sftp.openFlags
    if ((flags & (write | append)) === 0) {
      const download = await this.#door.download(raw)
      return this.#handle(id, { kind: 'download', download, node: { bytes: download.bytes, mode: 0o100400, at: new Date() } })
    }
    if (flags & (append | read)) {
      await this.#door.refuse(raw, 'in', 'transfer.operation_refused')
      return [sftp.statusPacket(id, status.permissionDenied, 'transfer.operation_refused')]
    }
    if ([...this.#handles.values()].filter((one) => one.kind === 'upload').length >= uploadsMax)
      return [sftp.statusPacket(id, status.failure, 'too many open uploads')]
    const path = canonicalPath(raw) ?? ''
    for (const one of this.#missed) if (path === one || path.startsWith(`${one}/`)) this.#missed.delete(one)
    const upload = await this.#door.upload(raw)
    return this.#handle(id, { kind: 'upload', upload, node: { bytes: 0, mode: 0o100200, at: new Date() } })
  }
  #handle(id: number, open: Open): Buffer[] {
    if (this.#handles.size >= handlesMax) return [sftp.statusPacket(id, status.failure, 'too many open handles')]
    const handle = randomBytes(8).toString('latin1')
    this.#handles.set(handle, open)
    return [sftp.handlePacket(id, handle)]
  }
  async #write(id: number, handle: string, offset: bigint, data: Buffer): Promise<Buffer[]> {
    const open = this.#handles.get(handle)
    if (open?.kind !== 'upload') return [sftp.statusPacket(id, status.failure)]
    const fault = await open.upload.write(offset, data)
    return [fault ? sftp.statusPacket(id, status.failure, fault) : sftp.statusPacket(id, status.ok)]
  }
  async #read({ id, handle, offset, length }: Extract<sftp.Request, { op: 'read' }>): Promise<Buffer[]> {
    const open = this.#handles.get(handle)
    if (!open) return [sftp.statusPacket(id, status.failure)]
    if (open.kind !== 'download') return [sftp.statusPacket(id, status.permissionDenied)]
    if (offset >= BigInt(open.download.bytes)) return [sftp.statusPacket(id, status.eof)]
    const piece = await open.download.read(Number(offset), Math.min(length, readMaxBytes))
    return piece ? sftp.dataPacket(id, piece) : [sftp.statusPacket(id, status.failure)]
  }
  async #close(id: number, handle: string): Promise<Buffer[]> {
    const open = this.#handles.get(handle)
    if (!open) return [sftp.statusPacket(id, status.failure)]
    this.#handles.delete(handle)
    const good =
      open.kind === 'folder' || (open.kind === 'upload' ? await this.#door.close(open.upload) : await open.download.close())
    return [sftp.statusPacket(id, good ? status.ok : status.failure)]
  }
}
