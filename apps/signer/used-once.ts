import type { Clock } from '@huabiao/kit/clock/clock'
import { Journal } from '@huabiao/kit/durable/journal'

/** What may be used once, kept until it can be live no more; on disk before anything comes of it: a crash in between loses the act, never the single use (NT-B16). */
export class UsedOnce<Key extends string> {
  readonly #of: { readonly key: Key; readonly clock: Clock; readonly pruneAfterLines: number }
  readonly #used = new Map<string, number>()
  readonly #journal: Journal<Record<Key, string> & { readonly until: number }>

  constructor(path: string, of: { key: Key; clock: Clock; pruneAfterLines: number }) {
    this.#of = of
    this.#journal = new Journal(path, (entry) => this.#used.set(entry[of.key], entry.until))
  }

  has(id: string): boolean {
    return this.#used.has(id)
  }

  /** `until`: milliseconds since the epoch after which it can be live no more. */
  use(id: string, until: number): void {
    this.#used.set(id, until)
    this.#journal.append(this.#entry(id, until))
    if (this.#journal.lines < this.#of.pruneAfterLines) return
    const now = this.#of.clock.now().getTime()
    for (const [old, end] of this.#used) if (end < now) this.#used.delete(old)
    this.#journal.compact([...this.#used].map(([kept, end]) => this.#entry(kept, end)))
  }

  #entry(id: string, until: number): Record<Key, string> & { readonly until: number } {
    return { [this.#of.key]: id, until } as Record<Key, string> & { readonly until: number }
  }

  close(): void {
    this.#journal.close()
  }
}
