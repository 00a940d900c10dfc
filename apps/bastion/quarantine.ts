import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { quarantineMaxBytes, quarantineMs } from '@huabiao/domains/transfer/transfer.model'
import { transferEnded, transferPurged } from '@huabiao/domains/transfer/transfer-gateway.contract'
import type { Clock } from '@huabiao/kit/clock/clock'
import type { ApiClient } from '@huabiao/kit/http/client'
import { causeOf, isTransient } from './control-plane.ts'
import type { Log } from './log.ts'

export interface QuarantineOptions {
  readonly folder: string
  readonly gateway: ApiClient
  readonly clock: Clock
  readonly log: Log
}

/**
 * Where uploads lie from their first byte: `<transfer>.in` while they come, `<transfer>.kept` when they were not what the plan pins. No file
 * here is ever read for anything but its digest and, once that is the plan's, its way to the control plane.
 */
export class Quarantine {
  readonly #of: QuarantineOptions
  #used = 0

  constructor(options: QuarantineOptions) {
    this.#of = options
    try {
      mkdirSync(options.folder, { recursive: true, mode: 0o700 })
      for (const name of this.#names()) this.#used += statSync(join(options.folder, name)).size
    } catch (cause) {
      // A disk that refuses takes uploads away, one by one; what needs none of it goes on.
      const { code = 'unknown' } = cause as NodeJS.ErrnoException
      options.log({ level: 'error', event: 'quarantine_unusable', code })
    }
  }
  release(bytes: number): void {
    this.#used -= bytes
  }
  /** A file for so many bytes, which count from now until they are dropped; undefined where they do not fit, or the disk refuses. */
  async create(transferId: string, bytes: number): Promise<FileHandle | undefined> {
    if (this.#used + bytes > quarantineMaxBytes) return undefined
    this.#used += bytes
    try {
      return await open(this.#path(transferId, 'in'), 'wx+', 0o600)
    } catch (cause) {
      this.release(bytes)
      this.#of.log({
        level: 'error',
        event: 'quarantine_refused',
        transferId,
        code: (cause as NodeJS.ErrnoException).code ?? 'unknown',
      })
      return undefined
    }
  }
  keep(transferId: string): Promise<void> {
    return rename(this.#path(transferId, 'in'), this.#path(transferId, 'kept'))
  }
  drop(transferId: string): Promise<void> {
    return rm(this.#path(transferId, 'in'), { force: true })
  }
  /** What an earlier boot left half received has come to nothing. Called before anything new comes in. */
  async settle(): Promise<void> {
    for (const [transferId, kind] of this.#entries()) {
      if (kind !== 'in') continue
      const came = await digestOf(this.#path(transferId, 'in'))
      const body = { outcome: 'refused' as const, code: 'transfer.interrupted' as const, kept: false, ...came }
      await this.#told(() => this.#of.gateway(transferEnded, { params: { transferId }, body }))
      await this.drop(transferId)
      this.release(came.bytes)
    }
  }
  /** Deletes what has been kept long enough, and says so: first said, then done, so that nothing is gone without a word. */
  async sweep(): Promise<void> {
    const before = this.#of.clock.now().getTime() - quarantineMs
    for (const [transferId, kind] of this.#entries()) {
      const path = this.#path(transferId, kind)
      const found = statSync(path, { throwIfNoEntry: false })
      if (!found || kind !== 'kept' || found.mtimeMs > before) continue
      if (!(await this.#told(() => this.#of.gateway(transferPurged, { params: { transferId } })))) continue
      await rm(path, { force: true })
      this.release(found.size)
      this.#of.log({ level: 'info', event: 'quarantine_purged', transferId })
    }
  }
  /** False where the same report may succeed later. A refusal is an answer: it was told before. */
  async #told(report: () => Promise<unknown>): Promise<boolean> {
    try {
      await report()
      return true
    } catch (cause) {
      this.#of.log({ level: 'warn', event: 'transfer_not_told', cause: causeOf(cause) })
      return !isTransient(cause)
    }
  }
  #names(): string[] {
    return existsSync(this.#of.folder) ? readdirSync(this.#of.folder) : []
  }
  *#entries(): Generator<[string, 'in' | 'kept']> {
    for (const name of this.#names()) {
      const [, id, kind] = /^([0-9a-f-]{36})\.(in|kept)$/.exec(name) ?? []
      if (id && kind) yield [id, kind as 'in' | 'kept']
    }
  }
  #path(transferId: string, kind: 'in' | 'kept'): string {
    if (!/^[0-9a-f-]{36}$/.test(transferId)) throw new TypeError('not an id')
    return join(this.#of.folder, `${transferId}.${kind}`)
  }
}

async function digestOf(path: string): Promise<{ bytes: number; sm3: string; sha256: string }> {
  const [sm3, sha256] = [createHash('sm3'), createHash('sha256')]
  let bytes = 0
  const file = await open(path, 'r')
  for await (const chunk of file.createReadStream()) {
    sm3.update(chunk as Buffer)
    sha256.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { bytes, sm3: sm3.digest('hex'), sha256: sha256.digest('hex') }
}
