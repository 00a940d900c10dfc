import type { EmergencyItem } from '@huabiao/domains/emergency/emergency.contract'
import { clockFace, useFormat, useNow } from '@huabiao/ui/i18n/format'
import { useWords } from '@huabiao/ui/i18n/language'
import { StatusTag } from '@huabiao/ui/patterns/StatusTag'
import { dueOf } from './emergency-tones.ts'
import { emergencyWords } from './emergency-words.ts'

/** What of the hour, or of the day for the filing, is left; red once it is over. */
export function EmergencyClock({ of }: { of: EmergencyItem }) {
  const w = useWords(emergencyWords)
  const format = useFormat()
  const now = useNow(1_000)
  const due = dueOf(of)
  if (of.overdueAt && due?.of === 'filing') return <StatusTag tone="bad">{w.overdue}</StatusTag>
  if (!due) return <span className="faint">—</span>
  const left = Date.parse(due.at) - now
  const short = due.of === 'filing' ? 4 * 3_600_000 : 600_000
  const label = { answer: w.answerBy, expiry: w.left, filing: w.fileBy }[due.of]
  return (
    <StatusTag
      tone={left < 0 ? 'bad' : left < short ? 'wait' : 'neutral'}
      icon="clock"
      hint={`${label} · ${w.until(format.dateTime(due.at))}`}
    >
      {left < 0 ? due.of === 'filing' ? w.fileOver : w.over : <span className="mono">{clockFace(left)}</span>}
    </StatusTag>
  )
}
