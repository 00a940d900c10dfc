import type { Socket } from 'node:net'

const graceMs = 30_000
const preAuthMaxBytes = 256 * 1024
const connectionsMax = 500
const perSourceMax = 20

export const sourceOf = (socket: Socket): string => (socket.remoteAddress ?? '').replace(/^::ffff:/, '')

/**
 * What a peer may take before it has logged on: half a minute, a quarter of a megabyte, and one of twenty places of its address (F4, NT-A07).
 * It counts from the first packet of TCP: the library itself begins with the peer's greeting, and one that never greets would cost nothing
 * to send and be kept for ever.
 */
export class Admission {
  readonly #sources = new Map<string, number>()
  readonly #waiting = new Map<Socket, () => void>()
  readonly #open = new Set<Socket>()

  /** Whether it may begin; it is cut where it may not. */
  admit(socket: Socket): boolean {
    const source = sourceOf(socket)
    const held = this.#sources.get(source) ?? 0
    socket.on('error', () => undefined)
    if (this.#open.size >= connectionsMax || held >= perSourceMax) {
      socket.destroy()
      return false
    }
    this.#sources.set(source, held + 1)
    this.#open.add(socket)
    const grace = setTimeout(() => socket.destroy(), graceMs)
    const meter = setInterval(() => {
      if (socket.bytesRead > preAuthMaxBytes) socket.destroy()
    }, 200)
    this.#waiting.set(socket, () => {
      clearTimeout(grace)
      clearInterval(meter)
    })
    socket.on('close', () => {
      this.settle(socket)
      this.#open.delete(socket)
      const left = (this.#sources.get(source) ?? 1) - 1
      if (left > 0) this.#sources.set(source, left)
      else this.#sources.delete(source)
    })
    return true
  }
  /** It has logged on. */
  settle(socket: Socket): void {
    this.#waiting.get(socket)?.()
    this.#waiting.delete(socket)
  }
  cutAll(): void {
    for (const socket of this.#open) socket.destroy()
  }
}
