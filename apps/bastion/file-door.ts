import type { Locale } from '@huabiao/domains/identity/identity.model'
import { listPlaces, openTransfer } from '@huabiao/domains/transfer/transfer.contract'
import {
  type AskingChannel,
  canonicalPath,
  type Direction,
  type doorRefusals,
  pathMax,
} from '@huabiao/domains/transfer/transfer.model'
import type { ApiClient } from '@huabiao/kit/http/client'
import { refusalText } from './broker-words.ts'
import { codeOf } from './control-plane.ts'
import { Download } from './download.ts'
import { FileTree } from './file-tree.ts'
import type { Log } from './log.ts'
import type { Quarantine } from './quarantine.ts'
import { Upload } from './upload.ts'

export type DoorFault = (typeof doorRefusals)[number]
/** What each door of files needs; one connection, one person. */
export interface FileDoorOptions {
  readonly api: ApiClient
  readonly gateway: ApiClient
  readonly quarantine: Quarantine
  readonly locale: Locale
  readonly log: Log
  readonly channel: AskingChannel
  /** Where the person reads why: file clients show little of what a protocol lets a server say. */
  readonly tell: (text: string) => void
}

/** How long a tree of files is good for: a client asks for it once a name. */
const treeMs = 1_000
/** A client that knocks without end is written down so often; then it is refused unasked. */
const asksMax = 200

/** Why a file does not move, by code. */
export class Refused extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/**
 * The one way to files for every protocol of this connection: it asks with the person's own token, as the prompt does, and decides nothing.
 * What it refuses by itself is only what could not even be put as a question, and that is reported all the same.
 */
export class FileDoor {
  readonly #of: FileDoorOptions
  #tree: FileTree | undefined
  #treeAt = 0
  #asks = 0

  constructor(options: FileDoorOptions) {
    this.#of = options
  }
  async tree(): Promise<FileTree> {
    if (!this.#tree || performance.now() - this.#treeAt > treeMs) {
      const { items } = await this.#of.api(listPlaces)
      this.#tree = new FileTree(items, new Date())
      this.#treeAt = performance.now()
    }
    return this.#tree
  }
  /** @throws Refused */
  async upload(raw: string): Promise<Upload> {
    const admitted = await this.#ask(raw, 'in')
    const upload = await Upload.begin(admitted, this.#of.quarantine, this.#of.gateway)
    if (!upload) throw this.#told('transfer.quarantine_full')
    // What came in is another file in the tree.
    this.#tree = undefined
    return upload
  }
  /** @throws Refused */
  async download(raw: string): Promise<Download> {
    return new Download(await this.#ask(raw, 'out'), this.#of.gateway)
  }
  /** Ends an upload; answers whether the step has its content now. */
  async close(upload: Upload): Promise<boolean> {
    const code = await upload.close()
    this.#tree = undefined
    if (code) this.#told(code)
    return code === undefined
  }
  /** What is not even a question. */
  async refuse(raw: string, direction: Direction, fault: DoorFault): Promise<void> {
    await this.#ask(raw, direction, fault).catch((cause: unknown) => {
      if (!(cause instanceof Refused)) throw cause
    })
  }

  async #ask(raw: string, direction: Direction, fault?: DoorFault) {
    const { api, channel, log } = this.#of
    this.#asks++
    if (this.#asks > asksMax) throw this.#told('request.too_many')
    const path = canonicalPath(raw)
    const refused = fault ?? (path === undefined ? 'transfer.path_malformed' : undefined)
    const body = { channel, direction, path: path ?? shown(raw), ...(refused ? { refused } : {}) }
    try {
      const answer = await api(openTransfer, { body })
      if (answer.outcome === 'admitted') return answer
      log({ level: 'warn', event: 'refused_attempt', door: 'ssh', channel, code: answer.code })
      throw this.#told(answer.code)
    } catch (cause) {
      throw cause instanceof Refused ? cause : this.#told(codeOf(cause))
    }
  }
  #told(code: string): Refused {
    this.#of.tell(`${refusalText(code, this.#of.locale)}\n`)
    return new Refused(code)
  }
}
const shown = (raw: string): string => raw.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\uFFFD]/gu, '·').slice(0, pathMax)
