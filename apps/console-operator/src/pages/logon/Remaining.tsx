import { clockFace, useNow } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { Button } from '@huabiao/ui/primitives/Button'
import { logonWords } from './logon-words.ts'

/** How long a begun logon stands, and the way back when it is over. */
export function Remaining({ until, onEnd }: { until: string; onEnd: () => void }) {
  const w = useWords(logonWords)
  const left = Date.parse(until) - useNow()
  if (left > 0) return <p className="faint small">{w.expires(clockFace(left))}</p>
  return (
    <p className="row gap-8 tone-text-bad small" role="alert">
      {w.expired}
      <Button tone="link" onClick={onEnd}>
        {w.restart}
      </Button>
    </p>
  )
}
