import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { contentRefusal, partBytes, type uploadFaults } from '@huabiao/domains/transfer/transfer.model'
import { putPart, transferEnded } from '@huabiao/domains/transfer/transfer-gateway.contract'
import type { ApiClient } from '@huabiao/kit/http/client'
import { codeOf, untilAnswered } from './control-plane.ts'
import type { Quarantine } from './quarantine.ts'

type Fault = (typeof uploadFaults)[number]
export interface Admitted {
  readonly transferId: string
  readonly bytes: number
  readonly sha256: string
}
/** How long the control plane may take to say that a content has arrived. */
const answerMs = 120_000

/**
 * One upload on its way through quarantine: digested while it comes, bounded by the size that the plan pins, and handed on only when it is
 * what the plan pins. One byte too many ends it at once.
 */
export class Upload {
  readonly #admitted: Admitted
  readonly #quarantine: Quarantine
  readonly #gateway: ApiClient
  readonly #file: FileHandle
  readonly #sm3 = createHash('sm3')
  readonly #sha256 = createHash('sha256')
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #ended = false
  #fault: Fault | undefined
  bytes = 0

  private constructor(admitted: Admitted, quarantine: Quarantine, gateway: ApiClient, file: FileHandle) {
    this.#admitted = admitted
    this.#quarantine = quarantine
    this.#gateway = gateway
    this.#file = file
  }
  /** Undefined where the quarantine has no room, or no disk; the transfer has ended by that. */
  static async begin(admitted: Admitted, quarantine: Quarantine, gateway: ApiClient): Promise<Upload | undefined> {
    const file = await quarantine.create(admitted.transferId, admitted.bytes)
    if (!file) {
      const digests = { sm3: createHash('sm3').digest('hex'), sha256: createHash('sha256').digest('hex') }
      const body = { outcome: 'refused' as const, code: 'transfer.quarantine_full' as const, kept: false, bytes: 0, ...digests }
      await gateway(transferEnded, { params: { transferId: admitted.transferId }, body })
      return undefined
    }
    return new Upload(admitted, quarantine, gateway, file)
  }
  /** Takes what comes next. Answers the fault that ends it, once and for all. */
  async write(offset: bigint, data: Buffer): Promise<Fault | undefined> {
    if (this.#fault) return this.#fault
    if (offset !== BigInt(this.bytes)) this.#fault = 'transfer.not_sequential'
    else if (this.bytes + data.length > this.#admitted.bytes) this.#fault = 'transfer.too_large'
    if (this.#fault) return this.#fault
    this.#sm3.update(data)
    this.#sha256.update(data)
    this.bytes += data.length
    this.#waiting.push(data)
    this.#waitingBytes += data.length
    if (this.#waitingBytes >= partBytes) await this.#flush()
    return undefined
  }
  /** The client says that this was all. Answers the code of the refusal, or nothing when the step has its content. */
  async close(): Promise<string | undefined> {
    if (this.#ended) return this.#fault
    this.#ended = true
    await this.#flush()
    const came = { bytes: this.bytes, sm3: this.#sm3.digest('hex'), sha256: this.#sha256.digest('hex') }
    const fault = this.#fault ?? (contentRefusal(this.#admitted, came) as Fault | undefined)
    if (fault) {
      // Even what was cut off at its bound is kept as far as it came: it is what somebody tried to bring in.
      await this.#end({ outcome: 'refused', code: fault, kept: this.bytes > 0, ...came })
      return fault
    }
    try {
      await this.#handOver()
      return (await this.#end({ outcome: 'complete', ...came })) ?? undefined
    } catch (cause) {
      await this.#forget()
      return codeOf(cause)
    }
  }
  /** The client is gone before it said that this was all. */
  async abort(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    const came = { bytes: this.bytes, sm3: this.#sm3.digest('hex'), sha256: this.#sha256.digest('hex') }
    this.#waiting = []
    await this.#end({ outcome: 'refused', code: this.#fault ?? 'transfer.interrupted', kept: false, ...came })
  }

  async #flush(): Promise<void> {
    const parts = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    if (parts.length > 0) await this.#file.writev(parts)
  }
  async #handOver(): Promise<void> {
    const params = { transferId: this.#admitted.transferId }
    const part = async (index: number) => {
      const bytes = Buffer.allocUnsafe(Math.min(partBytes, this.bytes - index * partBytes))
      await this.#file.read(bytes, 0, bytes.length, index * partBytes)
      return { index, data: bytes.toString('base64') }
    }
    // The next part is made ready while the one before it is under way.
    let ready = this.bytes > 0 ? part(0) : undefined
    while (ready) {
      const body = await ready
      const sent = untilAnswered(() => this.#gateway(putPart, { params, body }), AbortSignal.timeout(answerMs))
      ready = (body.index + 1) * partBytes < this.bytes ? part(body.index + 1) : undefined
      await Promise.all([sent, ready])
    }
  }
  async #end(body: Ended): Promise<string | null> {
    const kept = body.outcome === 'refused' && body.kept
    const { transferId } = this.#admitted
    // Under its lasting name first: what is told to be kept is kept.
    if (kept) await this.#quarantine.keep(transferId)
    const params = { transferId }
    const { refusal } = await untilAnswered(() => this.#gateway(transferEnded, { params, body }), AbortSignal.timeout(answerMs))
    await this.#file.close()
    if (kept) this.#quarantine.release(this.#admitted.bytes - this.bytes)
    else await this.#dropped()
    return refusal
  }
  async #forget(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    await this.#dropped()
  }
  async #dropped(): Promise<void> {
    await this.#quarantine.drop(this.#admitted.transferId)
    this.#quarantine.release(this.#admitted.bytes)
  }
}
type Ended =
  | { outcome: 'complete'; bytes: number; sm3: string; sha256: string }
  | { outcome: 'refused'; code: Fault; kept: boolean; bytes: number; sm3: string; sha256: string }
