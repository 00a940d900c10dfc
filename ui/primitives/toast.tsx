import { useSyncExternalStore } from 'react'
import { Icon } from './Icon.tsx'

interface Toast {
  id: number
  tone: 'good' | 'bad'
  text: string
}
let toasts: readonly Toast[] = []
let last = 0
const listeners = new Set<() => void>()
const tell = (next: readonly Toast[]) => {
  toasts = next
  for (const listener of listeners) listener()
}
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** A short word that something is done; refusals are told where the person acted, not here. */
export function toast(text: string, tone: Toast['tone'] = 'good'): void {
  const id = ++last
  tell([...toasts.slice(-3), { id, tone, text }])
  setTimeout(() => tell(toasts.filter((one) => one.id !== id)), tone === 'good' ? 3500 : 7000)
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts)
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((one) => (
        <div key={one.id} className={`toast ${one.tone}`}>
          <Icon name={one.tone === 'good' ? 'pass' : 'fail'} />
          <span>{one.text}</span>
        </div>
      ))}
    </div>
  )
}
