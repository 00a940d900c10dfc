import { createHash, randomUUID } from 'node:crypto'
import type { PlaceView } from '@huabiao/domains/transfer/transfer.contract'
import { listPlaces, openTransfer } from '@huabiao/domains/transfer/transfer.contract'
import * as gate from '@huabiao/domains/transfer/transfer-gateway.contract'
import type { Endpoint } from '@huabiao/kit/contract/contract'
import type { Call } from './control-plane-double.ts'

/** Transfers as the control plane answers them: places that the test sets, parts kept as they come, contents judged by their digest. */
export class TransferDouble {
  places: PlaceView[] = []
  /** What a path that is no place is refused with. */
  refusal = 'transfer.not_in_plan'
  readonly asked: { channel: string; direction: string; path: string; refused?: string }[] = []
  readonly parts = new Map<string, Buffer[]>()
  readonly ended = new Map<string, Record<string, unknown>>()
  readonly purged: string[] = []
  /** What happens meanwhile, on the other machine. */
  meanwhile: (path: string) => void = () => undefined
  /** Contents that a gateway may read for a grant, by transfer. */
  readonly contents = new Map<string, Buffer>()
  readonly #place = new Map<string, PlaceView>()
  readonly #bytes = new Map<string, Buffer>()

  offer(path: string, content: Buffer, direction: 'in' | 'out' = 'in'): PlaceView {
    const sha256 = createHash('sha256').update(content).digest('hex')
    const place = { path, direction, bytes: content.length, sha256, held: false, at: new Date().toISOString() }
    this.places.push(place)
    this.#bytes.set(path, content)
    return place
  }
  mount(on: (endpoint: Endpoint, act: (call: Call) => unknown) => void): void {
    on(listPlaces, () => ({ items: this.places }))
    on(openTransfer, ({ body }) => {
      const asked = body as unknown as (typeof this.asked)[number]
      this.asked.push(asked)
      this.meanwhile(asked.path)
      const transferId = randomUUID()
      const place = asked.refused
        ? undefined
        : this.places.find((one) => one.path === asked.path && one.direction === asked.direction)
      if (!place) {
        const code = asked.refused ?? (asked.direction === 'out' ? 'transfer.no_ticket' : this.refusal)
        return { outcome: 'refused', transferId, code, rule: null, params: {} }
      }
      this.#place.set(transferId, place)
      if (place.direction === 'out') this.contents.set(transferId, this.#bytes.get(place.path)!)
      const { bytes, sha256 } = place
      return { outcome: 'admitted', transferId, name: place.path.split('/').at(-1), bytes, sha256 }
    })
    on(gate.putPart, ({ params, body }) => {
      const id = params.transferId as string
      const parts = this.parts.get(id) ?? []
      this.parts.set(id, parts)
      parts[body.index as number] = Buffer.from(body.data as string, 'base64')
      return {}
    })
    on(gate.transferEnded, ({ params, body }) => {
      const id = params.transferId as string
      const content = Buffer.concat(this.parts.get(id) ?? [])
      const good = createHash('sha256').update(content).digest('hex') === this.#place.get(id)?.sha256
      const pinned = this.#place.has(id)
      const refusal = body.outcome === 'complete' && pinned && !good ? 'transfer.digest_mismatch' : (body.code ?? null)
      this.ended.set(id, { ...body, refusal })
      const place = this.#place.get(id)
      if (place && !refusal) this.places = this.places.map((one) => (one === place ? { ...one, held: true } : one))
      return { refusal }
    })
    on(gate.transferPurged, ({ params }) => {
      this.purged.push(params.transferId as string)
      return {}
    })
    on(gate.readPart, ({ params, body }) => {
      const content = this.contents.get(params.transferId as string) ?? Buffer.alloc(0)
      const from = (body.index as number) * 1024 * 1024
      return { data: content.subarray(from, from + 1024 * 1024).toString('base64') }
    })
  }
}
