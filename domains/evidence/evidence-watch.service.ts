import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreFault } from './evidence.model.ts'
import type { ObjectStore } from './evidence.ports.ts'

/** A few bytes not kept within this are not kept: with the period of the look that is below the two seconds of NT-D01. */
const keptWithinMs = 1_100
/** For an answer that is there already: a process that was itself held up must not blame the store. */
const graceMs = 60

export interface StoreWatch {
  /** What kept the store from keeping at the last look, or that there was none; undefined where nothing did. */
  fault(): StoreFault | undefined
  /** Asks the store and answers what was found, within 1.2 s whatever the store does. Never throws. */
  look(): Promise<StoreFault | undefined>
}

/** Knows whether evidence would be kept now. A store that hangs is asked once, and counts as slow until it answers. */
export function storeWatch(store: Pick<ObjectStore, 'fault'>): StoreWatch {
  // Nobody has asked yet, and unknown means no.
  let found: StoreFault | undefined = { kind: 'unreachable', detail: 'not asked yet' }
  let asked: Promise<void> | undefined
  return {
    fault: () => found,
    look: async () => {
      asked ??= store.fault().then((fault) => {
        found = fault
        asked = undefined
      })
      const over = new AbortController()
      const late = sleep(keptWithinMs, undefined, { signal: over.signal })
        .then(() => sleep(graceMs, undefined, { signal: over.signal }))
        .then(() => {
          if (asked) found = { kind: 'slow', detail: `no answer within ${keptWithinMs} ms` }
        })
        .catch(() => undefined)
      await Promise.race([asked, late])
      over.abort()
      return found
    },
  }
}
