import { useWords } from '../i18n/language.tsx'
import { uiWords } from '../i18n/ui-phrases.tsx'

/** Grey lines where text will be, of the height that will be needed, so that nothing jumps. */
export function Skeleton({ lines = 3, height = 14 }: { lines?: number; height?: number }) {
  const words = useWords(uiWords)
  return (
    <div className="skeleton stack gap-8" role="status" aria-label={words.loading}>
      {Array.from({ length: lines }, (_, at) => (
        <span key={at} style={{ height, width: at === lines - 1 && lines > 1 ? '62%' : '100%' }} />
      ))}
    </div>
  )
}

export function Spinner({ label }: { label?: string }) {
  const words = useWords(uiWords)
  return (
    <span className="row gap-8 muted" role="status">
      <span className="spin" />
      {label ?? words.loading}
    </span>
  )
}
