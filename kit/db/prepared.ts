import type { Duplex } from 'node:stream'
import pg from 'pg'

/** A text is prepared from its third use on: what is asked once would only fill the memory of both sides. */
const usesBefore = 2
/** Bound of what one connection keeps: at some 30 KB a plan, 10 MB. */
const mostNames = 300
const mostTexts = 5_000

/**
 * A client that prepares the statements it sends again and again: PostgreSQL parses, rewrites for row security and plans each of them once
 * for a connection and not once for a request, which was the larger part of a short statement (docs/bench.md). It needs a connection of
 * its own to the server: no pooler that hands the statements of one client to several servers.
 */
export function preparingClient(): typeof pg.Client {
  // How often each text was sent, and the name it has once it is prepared: the same for all connections of a pool.
  const known = new Map<string, { uses: number; name: string | undefined }>()
  let names = 0
  const nameOf = (text: string): string | undefined => {
    const one = known.get(text)
    if (one?.name !== undefined) return one.name
    if (!one) {
      if (known.size < mostTexts) known.set(text, { uses: 1, name: undefined })
      return undefined
    }
    one.uses += 1
    if (one.uses > usesBefore && names < mostNames) {
      names += 1
      one.name = `h${names}`
    }
    return one.name
  }
  return class extends pg.Client {
    #isHeld = false
    /** What is sent within one turn of the event loop goes out in one write: each costs the kernel as much as PostgreSQL's own work on it. */
    #hold(): void {
      const { stream } = (this as unknown as { connection: { stream: Duplex } }).connection
      if (this.#isHeld || !stream.cork) return
      this.#isHeld = true
      stream.cork()
      process.nextTick(() => {
        this.#isHeld = false
        stream.uncork()
      })
    }
    override query(...args: unknown[]): never {
      this.#hold()
      const [text, values] = args
      const name =
        args.length === 2 && typeof text === 'string' && Array.isArray(values) && values.length > 0 ? nameOf(text) : undefined
      const send = super.query as (...of: unknown[]) => unknown
      return send.apply(this, name === undefined ? args : [{ name, text, values }]) as never
    }
  }
}
