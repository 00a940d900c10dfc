import { createHash } from 'node:crypto'
import { partBytes, partsOf } from '@huabiao/domains/transfer/transfer.model'
import { readPart, transferEnded } from '@huabiao/domains/transfer/transfer-gateway.contract'
import type { ApiClient } from '@huabiao/kit/http/client'
import { untilAnswered } from './control-plane.ts'
import type { Admitted } from './upload.ts'

const answerMs = 60_000
/** A client reads a little ahead and never back: two parts are at hand, the rest has gone or is still to come. */
const partsHeld = 2

/** One download by a ticket: read from evidence part by part as the client asks, digested as it goes, and on record when it is whole. */
export class Download {
  readonly #admitted: Admitted
  readonly #gateway: ApiClient
  readonly #sm3 = createHash('sm3')
  readonly #sha256 = createHash('sha256')
  readonly #parts = new Map<number, Buffer>()
  #next = 0
  /** The part after the last one, on its way while that one is read. */
  #ahead: Promise<Buffer> | undefined
  #given = 0
  #ended = false

  constructor(admitted: Admitted, gateway: ApiClient) {
    this.#admitted = admitted
    this.#gateway = gateway
  }
  get bytes(): number {
    return this.#admitted.bytes
  }
  /** What lies there, at most to the end of its part; empty at the end of the file, undefined where it is gone. */
  async read(offset: number, length: number): Promise<Buffer | undefined> {
    if (offset >= this.bytes) return Buffer.alloc(0)
    const index = Math.floor(offset / partBytes)
    while (this.#next <= index) await this.#fetch()
    const part = this.#parts.get(index)
    if (!part) return undefined
    const from = offset - index * partBytes
    const piece = part.subarray(from, from + length)
    this.#given = Math.max(this.#given, offset + piece.length)
    return piece
  }
  /** Answers whether all of it went out, as it was taken in. */
  async close(): Promise<boolean> {
    if (this.#ended) return true
    this.#ended = true
    const whole = this.#given >= this.bytes && this.#next === partsOf(this.bytes)
    const sha256 = this.#sha256.digest('hex')
    const went = { bytes: this.#given, sm3: this.#sm3.digest('hex'), sha256 }
    const good = whole && sha256 === this.#admitted.sha256
    const body = good
      ? { outcome: 'delivered' as const, ...went }
      : { outcome: 'refused' as const, code: 'transfer.interrupted' as const, kept: false, ...went }
    const params = { transferId: this.#admitted.transferId }
    await untilAnswered(() => this.#gateway(transferEnded, { params, body }), AbortSignal.timeout(answerMs))
    return good
  }
  async #ask(index: number): Promise<Buffer> {
    const params = { transferId: this.#admitted.transferId }
    const body = { index, grantId: null }
    const { data } = await untilAnswered(() => this.#gateway(readPart, { params, body }), AbortSignal.timeout(answerMs))
    return Buffer.from(data, 'base64')
  }
  async #fetch(): Promise<void> {
    const index = this.#next
    const part = await (this.#ahead ?? this.#ask(index))
    this.#ahead = index + 1 < partsOf(this.bytes) ? this.#ask(index + 1) : undefined
    // Whoever needs it hears of its failure; nobody may.
    this.#ahead?.catch(() => undefined)
    this.#sm3.update(part)
    this.#sha256.update(part)
    this.#parts.set(index, part)
    this.#parts.delete(index - partsHeld)
    this.#next++
  }
}
