import { useSyncExternalStore } from 'react'

/** Acts that wait until the person has proved their second factor again; one dialog answers for all of them. */
interface Waiting {
  resolve: () => void
  reject: (refusal: unknown) => void
  refusal: unknown
}
let waiting: readonly Waiting[] = []
const listeners = new Set<() => void>()
const set = (next: readonly Waiting[]) => {
  waiting = next
  for (const listener of listeners) listener()
}

/** Resolves when the second factor was proved; rejects with the refusal when the person gives up. */
export const askStepUp = (refusal: unknown): Promise<void> =>
  new Promise((resolve, reject) => set([...waiting, { resolve, reject, refusal }]))

export function endStepUp(outcome: 'proved' | 'given-up'): void {
  const ended = waiting
  set([])
  for (const one of ended) outcome === 'proved' ? one.resolve() : one.reject(one.refusal)
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
export const useStepUpAsked = (): boolean => useSyncExternalStore(subscribe, () => waiting.length > 0)
